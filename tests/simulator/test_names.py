"""Names of sets: what is stored of one, and when two are the same; each is a setting."""

from typing import Any

import pytest

from bulkprov.simulator import Simulator, SimulatorSettings
from bulkprov.simulator.commserve.names import Names
from tests.simulator.http_client import signed_in


@pytest.mark.parametrize(
    ("settings", "sent", "stored"),
    [
        ({}, " x ", "x"),
        ({}, "  ", ""),
        ({"name_blanks": "kept"}, " x ", " x "),
        ({"name_blanks": "kept"}, "  ", ""),
        ({"name_length": 3}, "abc", "abc"),
        ({"name_length": 3}, " abc ", "abc"),
        ({"name_length": 3}, "abcd", None),
        ({"name_length": 3, "name_blanks": "kept"}, " abc", None),
        ({"name_length": 3, "long_names": "cut"}, "abcd", "abc"),
        ({"name_length": 3, "long_names": "cut"}, "ab cd", "ab"),
        ({"name_length": 3, "long_names": "cut", "name_blanks": "kept"}, "ab cd", "ab "),
    ],
)
def test_a_name_is_trimmed_cut_or_refused(settings: dict[str, Any], sent: str, stored: str | None) -> None:
    """Blanks are dropped before it is measured, and after it is cut."""
    assert Names(SimulatorSettings(**settings)).stored(sent) == stored


@pytest.mark.parametrize(
    ("settings", "codes", "names"),
    [
        ({}, [0, 2, 2, 0], ["Night", "x" * 120]),
        ({"name_case": "told"}, [0, 0, 2, 0], ["Night", "NIGHT", "x" * 120]),
        ({"name_blanks": "kept"}, [0, 2, 0, 0], ["Night", " Night ", "x" * 120]),
        ({"name_length": 100}, [0, 2, 2, 2], ["Night"]),
        ({"name_length": 100, "long_names": "cut"}, [0, 2, 2, 0], ["Night", "x" * 100]),
    ],
    ids=["default", "case", "blanks", "refused", "cut"],
)
async def test_names_are_created_as_the_settings_say(
    settings: dict[str, Any], codes: list[int], names: list[str]
) -> None:
    """A name, in other case, with blanks around it, and a long one."""
    async with Simulator(SimulatorSettings(clients=1, **settings)) as simulator, signed_in(simulator) as client:
        sent = ("Night", "NIGHT", " Night ", "x" * 120)
        answers = [(await client.create(backupsetName=name))["errorCode"] for name in sent]
        made = [row.name for row in simulator.backupsets() if row.name not in ("defaultBackupSet", "FS_Legacy_01")]

    assert (answers, made) == (codes, names)


@pytest.mark.parametrize(("case", "left"), [("ignored", ["NIGHT"]), ("told", ["Night"])])
async def test_a_delete_by_name_compares_names_as_a_create_does(case: Any, left: list[str]) -> None:
    """The oldest of that name is deleted: of two that differ in case, the one that is meant if case tells."""
    settings = SimulatorSettings(clients=1, name_case=case, refuse_duplicates=False)
    path = "Backupset/byName(clientName='client001',appName='File%20System',backupsetName='NIGHT')"
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        for name in ("Night", "NIGHT"):
            await client.create(backupsetName=name)
        await client.json("DELETE", path)

        assert [row.name for row in simulator.backupsets() if row.name.casefold() == "night"] == left


async def test_an_idempotent_server_tells_by_case_too() -> None:
    """It gives the id of the very name."""
    settings = SimulatorSettings(clients=1, name_case="told", idempotent=True)
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        ids = [(await client.create(backupsetName=name))["entity"]["backupsetId"] for name in ("a", "A", "a", "A")]

    assert ids == [931, 932, 931, 932]
