"""Updates, descriptions, and reads by an id that no set has."""

import json
from typing import Any

import pytest

from bulkprov.simulator import RequestKind, Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, create_body, signed_in


def changes(**common: Any) -> dict[str, Any]:
    """An update as the vendor's template has it."""
    return {"association": {"entity": [{"backupsetName": "x"}]}, "backupsetProperties": {"commonBackupSet": common}}


async def created(client: PlainClient, **common: Any) -> int:
    """The id of a new set with these properties."""
    body = create_body() | {"backupSetInfo": {"commonBackupSet": common}}
    made = await client.json("POST", "Backupset", body)
    return int(made["response"][0]["entity"]["backupsetId"])


async def read(client: PlainClient, number: int) -> Any:
    """The properties of a set."""
    return (await client.json("GET", f"Backupset/{number}"))["backupsetProperties"][0]


async def test_a_set_is_renamed_and_described_and_its_plan_is_changed() -> None:
    """Each by itself, and what is not named stays as it is."""
    now = 1_700_000_000.0
    async with Simulator(clock=lambda: now) as simulator, signed_in(simulator) as client:
        number = await created(client, userDescription="first")
        now += 60
        await client.json("POST", f"Backupset/{number}", changes(newBackupSetName="renamed"))
        renamed = await read(client, number)
        await client.json("POST", f"Backupset/{number}", changes(userDescription="second"))
        plan = {"backupsetProperties": {"planEntity": {"planName": "Silver"}}}
        await client.json("POST", f"Backupset/{number}", plan)
        after = await read(client, number)
        kinds = simulator.statistics.requests

    assert (renamed["backupSetEntity"]["backupsetName"], renamed["modifiedTime"]) == ("renamed", 1_700_000_060)
    assert renamed["commonBackupSet"]["userDescription"] == "first"
    assert after["commonBackupSet"]["newBackupSetName"] == "renamed"
    assert after["commonBackupSet"]["userDescription"] == "second"
    assert after["planEntity"] == {"planId": 2, "planName": "Silver"}
    assert kinds[RequestKind.UPDATE] == 3


async def test_a_set_can_be_updated_by_its_names_and_in_xml() -> None:
    """The vendor's XML template, with the names in the path."""
    body = b"""<App_SetBackupsetPropertiesRequest><association><entity/></association>
        <backupsetProperties><commonBackupSet><newBackupSetName>renamed</newBackupSetName></commonBackupSet>
        </backupsetProperties></App_SetBackupsetPropertiesRequest>"""
    path = "Backupset/byName(clientName='CLIENT001',appName='File%20System',backupsetName='fs_legacy_01')"
    async with Simulator() as simulator, signed_in(simulator) as client:
        status, answer = await client.call("POST", path, body, accept="application/xml")
        names = await client.names()

    assert status == 200
    assert b'errorCode="0"' in answer
    assert "renamed" in names


NONE: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("change", "settings", "words"),
    [
        (changes(newBackupSetName="DEFAULTBACKUPSET"), {}, "already exists"),
        (changes(newBackupSetName="  "), {}, "empty"),
        (changes(newBackupSetName="x" * 13), {"name_length": 12}, "longer than 12"),
        ({"backupsetProperties": {"planEntity": {"planName": "Platinum"}}}, {}, "Plan"),
    ],
)
async def test_an_update_that_cannot_be_done_is_refused(
    change: dict[str, Any], settings: dict[str, Any], words: str
) -> None:
    """As a create would be, and nothing changes."""
    async with Simulator(SimulatorSettings(**settings)) as simulator, signed_in(simulator) as client:
        number = await created(client)
        before = simulator.backupsets()
        answer = await client.json("POST", f"Backupset/{number}", change)

        assert simulator.backupsets() == before
    assert answer["response"][0]["errorCode"] == 2
    assert words in answer["response"][0]["errorString"]


async def test_an_update_of_what_is_not_there_is_refused() -> None:
    """By an id that no set has; and a body that is no update is HTTP 400."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        answer = await client.json("POST", "Backupset/4711", changes(newBackupSetName="x"))
        malformed = [(await client.call("POST", "Backupset/1", body))[0] for body in (NONE, b"<a>")]

    assert answer["response"][0]["errorString"] == "Backup set not found."
    assert malformed == [400, 400]


async def test_a_set_may_keep_its_name_in_an_update() -> None:
    """As in the recorded request, which renames a set to what it is called."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        number = await created(client)
        answer = await client.json("POST", f"Backupset/{number}", changes(newBackupSetName="FS_Backup_01"))

    assert answer["response"][0]["errorCode"] == 0


@pytest.mark.parametrize(
    ("settings", "shown", "listed"),
    [
        ({}, "ours", None),
        ({"description_lists": True}, "ours", "ours"),
        ({"descriptions": False, "description_lists": True}, "", ""),
        ({"replies": "guessed"}, "ours", ""),
        ({"replies": "guessed", "description_lists": True}, "ours", "ours"),
    ],
)
async def test_a_description_is_kept_and_listed_as_the_settings_say(
    settings: dict[str, Any], shown: str, listed: str | None
) -> None:
    """By id it is shown wherever it is kept."""
    async with Simulator(SimulatorSettings(**settings)) as simulator, signed_in(simulator) as client:
        number = await created(client, userDescription="ours")
        one = await read(client, number)
        entries = (await client.json("GET", "Backupset?clientId=2"))["backupsetProperties"]

    assert one["commonBackupSet"]["userDescription"] == shown
    assert entries[-1].get("commonBackupSet", {}).get("userDescription") == listed


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("empty", (200, {})),
        ("404", (404, None)),
        ("blank", (200, None)),
        ("error", (200, {"errorMessage": "Backup set not found.", "errorCode": 2})),
    ],
)
async def test_a_set_that_is_gone_is_read_as_the_setting_says(form: Any, expected: tuple[int, object]) -> None:
    """What a CommServe answers is not known."""
    async with Simulator(SimulatorSettings(gone_read=form)) as simulator, signed_in(simulator) as client:
        status, body = await client.call("GET", "Backupset/4711")

    assert (status, json.loads(body) if body else None) == expected


async def test_a_denied_client_is_denied_updates_too() -> None:
    """Its set is named by the path, and not by the body."""
    settings = SimulatorSettings(denied_clients=("client001",))
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        theirs, others = (
            next(row.id for row in simulator.backupsets() if row.client == name) for name in ("client001", "client002")
        )
        statuses = [
            (await client.call("POST", f"Backupset/{number}", changes(userDescription="x")))[0]
            for number in (theirs, others)
        ]

    assert statuses == [401, 200]
