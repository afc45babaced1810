"""What a server says beside the facts: warnings, names of clients, plans; by whole commands, in both formats."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Said
from tests.end_to_end.recorded_server import Client, RecordedServer
from tests.end_to_end.results import read, wave

Command = Callable[..., Said]
How = tuple[Any, ...]

CLIENTS = (Client(id=2, name="client001"), Client(id=3, name="client002", display="Finance", host="fin.example.com"))


@pytest.fixture(name="server")
def recorded_server() -> Iterator[RecordedServer]:
    """A CommServe with two clients and no sets."""
    with RecordedServer(CLIENTS) as server:
        yield server


@pytest.fixture(name="how", params=["json", "xml"])
def options(request: pytest.FixtureRequest, server: RecordedServer, password: Path) -> How:
    """The options of all commands."""
    signed_in = "--server", server.url, "--username", "admin", "--password-file", password
    return (*signed_in, "--wire", request.param, "--format", "csv", "--json", "--settle", "0.1")


def test_a_warning_beside_a_success_is_in_the_results_without_the_token(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """Of the create, and then of the delete; the server repeats the token in its words."""
    server.beside = {"warningCode": 7, "warningMessage": "no policy, says QSDK 0123456789abcdef"}
    server.put(900, "client001", "defaultBackupSet")
    made = bulkprov("run", wave(tmp_path / "wave.csv", [("client001", "FS_1")]), *how, "-o", "run")
    (created,) = read(Path("run/results.csv"))
    undone = bulkprov("rollback", "run", *how, "--yes")
    (deleted,) = read(Path("run/results.csv"))

    assert (made.code, created["status"]) == (0, "created"), made.err
    assert (undone.code, deleted["status"]) == (0, "rolled-back"), undone.err
    assert created["note"] == "the server warns: warningCode 7 no policy, says ***"
    assert deleted["note"] == "deleted; the server warns: warningCode 7 no policy, says ***"


PLANNED = ("clientName", "backupsetName", "planName")


def test_a_verification_names_the_plan_that_a_set_has_instead(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """The list shows another plan, none, the right one; and for one set its id knows better than the list."""
    plans = "Gold", "Gold", "gold", "", "Gold"
    rows: list[tuple[str, ...]] = [("client001", f"FS_{number}", plan) for number, plan in enumerate(plans)]
    server.put(900, "client001", "defaultBackupSet")
    made = bulkprov("run", wave(tmp_path / "wave.csv", rows, PLANNED), *how, "-o", "run")
    ids = [int(row["backupsetId"]) for row in read(Path("run/results.csv"))]
    gold, silver, none = ({"planEntity": each} for each in ({"planId": 5, "planName": "Gold"}, SILVER, {}))
    server.more.update(zip(ids, (silver, none, gold, silver, none), strict=True))
    server.more_by_id[ids[4]] = gold
    before = server.asked["GET Backupset"]
    checked = bulkprov("verify", "run", *how)

    told = [(row["status"], row["note"]) for row in read(Path("run/verification.csv"))]
    assert made.code == 0, made.err
    assert checked.code == 1, checked.err
    assert told == [
        ("differs", 'its plan is "Silver", and the sheet asks for "Gold"'),
        ("differs", 'it is shown without a plan, and the sheet asks for "Gold"'),
        *[("as-reported", "")] * 3,
    ]
    assert server.asked["GET Backupset"] - before == 4, "one list, and those ids of which the list tells otherwise"


SILVER = {"planId": 6, "planName": "Silver"}
