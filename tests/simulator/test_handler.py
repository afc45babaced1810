"""One request from its arrival to its response: effects, waits and dates, on a virtual clock where time matters."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, create_body, signed_in
from tests.simulator.policies import Strike
from tests.simulator.raw_http import look, raw_create, raw_request
from tests.simulator.virtual_time import ask, run_virtually

NAME = "FS_Backup_01"
SETTINGS = SimulatorSettings(clients=1)
NOON = 1_767_614_400.0


def _one(settings: SimulatorSettings, fault: str) -> tuple[bytes, float, list[int]]:
    """One create: its response, its virtual seconds, and how many sets of its name exist.

    They are counted at the response, just before `late_seconds` have passed since then, and just after.
    """

    async def main() -> tuple[bytes, float, list[int]]:
        loop = asyncio.get_running_loop()
        simulator = Simulator(settings, clock=loop.time, fault_policy=Strike(fault))
        started = loop.time()
        answer = await ask(simulator, raw_create(simulator))
        seconds = loop.time() - started
        counts = [_made(simulator)]
        await asyncio.sleep(settings.late_seconds - 0.001)
        counts.append(_made(simulator))
        await asyncio.sleep(0.002)
        counts.append(_made(simulator))
        await simulator.stop()
        return answer, seconds, counts

    return run_virtually(main)


def _made(simulator: Simulator) -> int:
    return sum(row.name == "FS_Backup_01" for row in simulator.backupsets())


def test_a_slow_response_is_late_by_slow_seconds() -> None:
    """The delay is exact."""
    answer, seconds, _ = _one(replace(SETTINGS, slow_seconds=120), "slow")

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert seconds == pytest.approx(120)


def test_a_silent_server_closes_the_connection_after_hang_seconds() -> None:
    """The request took effect, and no byte of a response comes."""
    answer, seconds, counts = _one(replace(SETTINGS, hang_seconds=3600), "silent-after")

    assert (answer, counts[0]) == (b"", 1)
    assert seconds == pytest.approx(3600)


def test_a_drip_pauses_before_each_byte() -> None:
    """A body of N bytes takes N pauses."""
    answer, seconds, _ = _one(SETTINGS, "drip")
    body = answer.partition(b"\r\n\r\n")[2]

    assert body.endswith(b"}]}")
    assert seconds == pytest.approx(0.2 * len(body))


def test_a_late_commit_takes_effect_after_late_seconds() -> None:
    """The set does not exist when the connection is closed, nor just before its time, and then it does."""
    answer, seconds, counts = _one(replace(SETTINGS, late_seconds=30), "late-commit")

    assert (answer, counts) == (b"", [0, 0, 1])
    assert seconds < 1


def test_latency_is_added_to_every_response() -> None:
    """A request takes the latency, and no more."""
    _, seconds, _ = _one(replace(SETTINGS, latency=0.25), "double-apply")

    assert seconds == pytest.approx(0.25)


def test_dates_come_from_the_given_clock() -> None:
    """The Date header and a Retry-After date follow it."""

    async def main() -> bytes:
        simulator = Simulator(SETTINGS, clock=lambda: NOON, fault_policy=Strike("429-date"))
        answer = await ask(simulator, raw_create(simulator))
        await simulator.stop()
        return answer

    dates = re.findall(rb"(Date|Retry-After): \w+, 05 Jan 2026 (12:00:0\d) GMT", run_virtually(main))
    assert sorted(dates) == [(b"Date", b"12:00:00"), (b"Retry-After", b"12:00:02")]


def test_a_run_with_faults_repeats_byte_by_byte() -> None:
    """The same seed gives the same responses, tokens and ids at the same times."""

    async def main() -> list[tuple[float, bytes]]:
        loop = asyncio.get_running_loop()
        simulator = Simulator(replace(SETTINGS, latency=0.01, faults=0.5, seed=7, capacity=2), clock=loop.time)
        requests = [raw_create(simulator, f"set{number}") for number in range(40)]

        async def timed(request: bytes) -> tuple[float, bytes]:
            answer = await ask(simulator, request)
            return loop.time(), answer

        history = await asyncio.gather(*map(timed, requests))
        await simulator.stop()
        return history

    first, second = run_virtually(main), run_virtually(main)

    assert first == second
    assert len({answer[:12] for _, answer in first}) > 3


@pytest.mark.parametrize("name", ["late-commit", "late-504"])
async def test_a_late_commit_is_not_lost_when_the_server_stops(name: str, tmp_path: Path) -> None:
    """What is due later when the server is stopped takes effect before it stops."""
    settings = replace(SETTINGS, state=tmp_path / "state.db", late_seconds=600)
    async with Simulator(settings, fault_policy=Strike(name)) as simulator:
        await look(simulator, raw_create(simulator))
        before = [row.name for row in simulator.backupsets()]
    async with Simulator(settings) as simulator:
        after = [row.name for row in simulator.backupsets()]

    assert (before.count(NAME), after.count(NAME)) == (0, 1)


@pytest.mark.parametrize("name", ["slow-list", "slow-list-drop"])
async def test_a_slow_list_shows_a_new_set_later(name: str) -> None:
    """The set exists, and listings show it only once late_seconds have passed."""
    now = 1_000_000.0
    async with (
        Simulator(SETTINGS, clock=lambda: now, fault_policy=Strike(name)) as simulator,
        signed_in(simulator) as client,
    ):
        await look(simulator, raw_request("POST", "Backupset", client.token, create_body()))
        truth = [row.name for row in simulator.backupsets()]
        listed = []
        for passed in (0.0, 1.9, 0.2):
            now += passed
            listed.append(NAME in await client.names())

    assert NAME in truth
    assert listed == [False, False, True]


async def test_double_apply_makes_two_sets_where_duplicates_are_not_refused() -> None:
    """A request processed twice leaves two sets, and the response has the id of the second."""
    settings = replace(SETTINGS, refuse_duplicates=False)
    async with Simulator(settings, fault_policy=Strike("double-apply")) as simulator, signed_in(simulator) as client:
        answer = await client.create()
        names = await client.names()

    assert (answer["entity"]["backupsetId"], names.count(NAME)) == (932, 2)


async def test_an_expired_token_stays_invalid_and_a_denied_one_does_not() -> None:
    """After `token-expired` every request is denied until the token is renewed; `denied` strikes once."""
    statuses = {}
    for name in ("token-expired", "denied"):
        async with Simulator(SETTINGS, fault_policy=Strike(name)) as simulator, signed_in(simulator) as client:
            statuses[name] = [(await client.call("POST", "Backupset", create_body()))[0] for _ in range(2)]

    assert statuses == {"token-expired": [401, 401], "denied": [401, 200]}


async def test_an_expired_access_token_stays_invalid() -> None:
    """An access token from the settings can expire too, and no request with it is processed any more."""
    settings = replace(SETTINGS, access_tokens=("secret",))
    async with Simulator(settings, fault_policy=Strike("token-expired")) as simulator, aiohttp.ClientSession() as http:
        client = PlainClient(http, simulator.url)
        calls = [client.call("POST", "Backupset", create_body(), Authorization="Bearer secret") for _ in range(2)]
        statuses = [(await call)[0] for call in calls]

        assert NAME not in [row.name for row in simulator.backupsets()]
    assert statuses == [401, 401]


async def test_a_client_that_hangs_up_does_no_harm() -> None:
    """When the client closes the connection in the middle of a huge body, the server goes on."""
    async with Simulator(SETTINGS, fault_policy=Strike("huge")) as simulator:
        token = simulator.sessions.begin("here")
        reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
        writer.write(raw_request("POST", "Backupset", token, create_body()))
        await reader.read(1)
        writer.transport.abort()
        async with aiohttp.ClientSession() as http:
            assert NAME in await PlainClient(http, simulator.url, token).names()
