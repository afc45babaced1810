"""What reads show where a server's copies of its data are late, cut off, or differ; over real sockets."""

from typing import Any

import pytest

from bulkprov.simulator import EstateSet, Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, signed_in

NAME = "FS_Backup_01"
START = 1_000_000.0


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return self.now


def _settings(**more: Any) -> SimulatorSettings:
    return SimulatorSettings(clients=1, **more)


async def _readable(client: PlainClient, number: int) -> bool:
    return bool(await client.json("GET", f"Backupset/{number}"))


async def test_a_late_list_shows_creates_and_deletes_some_seconds_later() -> None:
    """Meanwhile a read by id tells the truth."""
    clock = Clock()
    async with Simulator(_settings(list_lag=5), clock=clock) as simulator, signed_in(simulator) as client:
        number = (await client.create())["entity"]["backupsetId"]
        seen = [(NAME in await client.names(), await _readable(client, number))]
        clock.now += 5
        seen.append((NAME in await client.names(), await _readable(client, number)))
        await client.json("DELETE", f"Backupset/{number}")
        seen.append((NAME in await client.names(), await _readable(client, number)))
        clock.now += 5
        seen.append((NAME in await client.names(), await _readable(client, number)))

    assert seen == [(False, True), (True, True), (True, False), (False, False)]


async def test_a_late_read_by_id_shows_them_some_seconds_later() -> None:
    """Meanwhile the list tells the truth."""
    clock = Clock()
    async with Simulator(_settings(read_lag=5), clock=clock) as simulator, signed_in(simulator) as client:
        number = (await client.create())["entity"]["backupsetId"]
        seen = [(NAME in await client.names(), await _readable(client, number))]
        clock.now += 5
        await client.json("DELETE", f"Backupset/{number}")
        seen.append((NAME in await client.names(), await _readable(client, number)))

    assert seen == [(True, False), (False, True)]


@pytest.mark.parametrize("stale", ["list_replica_lag", "read_replica_lag"])
async def test_of_two_replicas_one_is_stale(stale: str) -> None:
    """Some answers have the new set and some have not, until the lag is over."""
    clock = Clock()
    async with Simulator(_settings(**{stale: 60}), clock=clock) as simulator, signed_in(simulator) as client:
        number = (await client.create())["entity"]["backupsetId"]
        listed = stale == "list_replica_lag"

        async def seen() -> set[bool]:
            return {NAME in await client.names() if listed else await _readable(client, number) for _ in range(30)}

        first = await seen()
        clock.now += 60

        assert first == {False, True}
        assert await seen() == {True}


async def test_a_cut_list_shows_the_oldest_sets() -> None:
    """What comes after them can be read by its id only."""
    async with Simulator(_settings(list_cut=2)) as simulator, signed_in(simulator) as client:
        number = (await client.create())["entity"]["backupsetId"]

        assert await client.names() == ["defaultBackupSet"] * 2
        assert await _readable(client, number)


async def test_a_client_can_be_without_sets() -> None:
    """Without default sets, and with a body that is empty in place of a list."""
    settings = SimulatorSettings(estate=(EstateSet(client="web-1"),), default_sets=False, empty_list="blank")
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        assert await client.call("GET", "Backupset?clientName=web-1") == (200, b"")


async def test_names_are_listed_in_other_spellings() -> None:
    """A display name for the client, and HTML escapes in the name of a set, in lists and in reads by id."""
    settings = _settings(display_names=True, escaped_names=True)
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        number = (await client.create(backupsetName="R&D"))["entity"]["backupsetId"]
        read = await client.json("GET", f"Backupset/{number}")
        names = await client.names()

    entity = read["backupsetProperties"][0]["backupSetEntity"]
    assert (entity["backupsetName"], entity["clientName"]) == ("R&amp;D", "client001 (2)")
    assert "R&amp;D" in names


async def test_an_idempotent_server_repeats_the_id() -> None:
    """A second create is answered like the first, and there is one set."""
    async with (
        Simulator(_settings(idempotent=True, refuse_duplicates=False)) as simulator,
        signed_in(simulator) as client,
    ):
        answers = [await client.create() for _ in range(2)]
        statistics = simulator.statistics
        names = await client.names()

    assert answers[0] == answers[1]
    assert names.count(NAME) == 1
    assert (statistics.creates, statistics.duplicates_repeated, statistics.duplicates_refused) == (1, 1, 0)


async def test_a_refusal_of_a_duplicate_can_come_under_http_500() -> None:
    """In words of one's own choosing."""
    settings = _settings(duplicate_status=500, duplicate_text="Name in use.")
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        await client.create()
        status, body = await client.call(
            "POST",
            "Backupset",
            {
                "association": {
                    "entity": [
                        {
                            "clientName": "client001",
                            "appName": "File System",
                            "instanceName": "DefaultInstanceName",
                            "backupsetName": NAME,
                        }
                    ]
                }
            },
        )

    assert status == 500
    assert b"Name in use." in body


async def test_sets_are_made_and_removed_by_hand() -> None:
    """As an administrator might, and views are late for these too."""
    clock = Clock()
    async with Simulator(_settings(list_lag=5), clock=clock) as simulator, signed_in(simulator) as client:
        number = simulator.create(EstateSet(client="client001", name="by hand"))
        again = simulator.create(EstateSet(client="client001", name="by hand"))
        late = "by hand" in await client.names()
        clock.now += 5
        listed = "by hand" in await client.names()
        simulator.remove(number)

        assert (number, again, late, listed) == (931, 0, False, True)
        assert "by hand" in await client.names()
