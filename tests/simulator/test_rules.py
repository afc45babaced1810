"""The rules of the CommServe: what it creates, what it refuses and in which words, over HTTP."""

import pytest

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import create_body, signed_in


async def test_an_unknown_client_is_refused_as_in_the_vendors_second_sample() -> None:
    """HTTP 200 with errorCode 1, the documented text and id 0."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        answer = await client.create(clientName="nobody")

    assert (answer["errorCode"], answer["entity"]["backupsetId"]) == (1, 0)
    assert answer["errorString"] == "DB error: please refer to logs for more details."


async def test_a_set_is_created_once_and_refused_the_second_time() -> None:
    """Names are compared without case, as the vendor's SDK relies on."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        first = await client.create()
        second = await client.create(clientName="CLIENT001", appName="file system", backupsetName="fs_backup_01")
        names = await client.names()

    assert (first["errorCode"], second["errorCode"], second["entity"]["backupsetId"]) == (0, 2, 0)
    assert names.count("FS_Backup_01") == 1


async def test_duplicates_are_created_when_they_are_not_refused() -> None:
    """The second set of the same name has an id of its own."""
    async with Simulator(SimulatorSettings(refuse_duplicates=False)) as simulator, signed_in(simulator) as client:
        ids = [(await client.create())["entity"]["backupsetId"] for _ in range(2)]
        names = await client.names()

    assert ids[0] != ids[1]
    assert names.count("FS_Backup_01") == 2


@pytest.mark.parametrize(
    "entity",
    [{"appName": "Filesystem"}, {"backupsetName": " "}, {"instanceName": "none"}, {"appName": "NAS"}],
    ids=["no such agent", "empty name", "no such instance", "agent not on the client"],
)
async def test_what_cannot_be_created_is_refused_in_words(entity: dict[str, str]) -> None:
    """A refusal is HTTP 200 with an errorCode and an errorString, and nothing is created."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        before = simulator.backupsets()
        answer = await client.create(**entity)

        assert simulator.backupsets() == before
    assert answer["errorCode"] == 2
    assert answer["errorString"]


async def test_an_unknown_plan_is_refused() -> None:
    """No set is created without the plan that was asked for."""
    body = create_body() | {"backupSetInfo": {"planEntity": {"planName": "Platinum"}}}
    async with Simulator() as simulator, signed_in(simulator) as client:
        answer = await client.json("POST", "Backupset", body)
        names = await client.names()

    assert answer["response"][0]["errorCode"] == 2
    assert "FS_Backup_01" not in names


async def test_a_deleted_set_is_gone() -> None:
    """Deleting works once, and is refused the second time."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        number = (await client.create())["entity"]["backupsetId"]
        codes = [(await client.json("DELETE", f"Backupset/{number}"))["response"][0]["errorCode"] for _ in range(2)]
        names = await client.names()

    assert codes == [0, 2]
    assert "FS_Backup_01" not in names


async def test_names_are_trimmed() -> None:
    """Blanks around a client, an agent, an instance or a set do not count."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        await client.create(
            clientName=" client001 ",
            appName=" File System ",
            instanceName=" DefaultInstanceName ",
            backupsetName=" FS_Backup_01 ",
        )

        assert "FS_Backup_01" in await client.names()


async def test_a_plan_can_be_named_by_its_id() -> None:
    """Some clients send planId in place of planName, and an unknown id is refused like an unknown name."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        replies = [
            await client.json(
                "POST", "Backupset", create_body() | {"backupSetInfo": {"planEntity": {"planId": plan_id}}}
            )
            for plan_id in (99, 2)
        ]
        plans = [row.plan for row in simulator.backupsets() if row.name == "FS_Backup_01"]

    assert [reply["response"][0]["errorCode"] for reply in replies] == [2, 0]
    assert plans == ["Silver"]


async def test_the_default_set_cannot_be_deleted() -> None:
    """It comes with its instance and stays with it."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        default = next(row for row in simulator.backupsets() if row.is_default)
        reply = await client.json("DELETE", f"Backupset/{default.id}")

        assert default in simulator.backupsets()
    assert reply["response"][0]["errorCode"] == 2


async def test_the_words_for_a_duplicate_are_settings() -> None:
    """What a real CommServe says is not known, so a rehearsal can choose."""
    settings = SimulatorSettings(duplicate_code=587, duplicate_text="There is one.")
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        await client.create()
        answer = await client.create()

    assert (answer["errorCode"], answer["errorString"]) == (587, "There is one.")
