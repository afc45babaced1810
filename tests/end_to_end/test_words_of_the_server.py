"""What a server says beside the facts: warnings, names of clients, plans; by whole commands, in both formats."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bulkprov.cli.progress import TerminalObserver
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


def test_a_plan_says_what_a_name_is_that_no_client_in_use_has(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """A display name leads to the client, and its sets are found; the other names are suggestions."""
    server.clients = (*CLIENTS, Client(id=4, name="client003", deleted=True))
    server.put(900, "client001", "defaultBackupSet")
    server.put(901, "client002", "FS_1")
    names = "client001", "FINANCE", "Finance", "fin.example.com", "client003", "client001.example.com"
    rows: list[tuple[str, ...]] = [(name, f"FS_{number}") for number, name in enumerate(names)]
    sheet = wave(tmp_path / "wave.csv", rows)
    planned = bulkprov("plan", sheet, *how, "-o", "plan")
    told = [(row["status"], row["backupsetId"], row["note"]) for row in read(Path("plan/plan.csv"))]
    shown = bulkprov("plan", sheet, *[word for word in how if word != "--json"])

    assert planned.code == 1, planned.err
    suggestion = 'is the display name of client "client002": write "client002" instead'
    assert told == [
        ("would-create", "", ""),
        ("exists", "901", f'"FINANCE" {suggestion}'),
        ("would-create", "", f'"Finance" {suggestion}'),
        (
            *("client-not-found", ""),
            (
                'there is no client "fin.example.com"; '
                'it is the host name of client "client002": write "client002" instead'
            ),
        ),
        (
            *("client-not-found", ""),
            'client "client003" is deleted (retired) on the CommServe and takes no backup sets: name one in use',
        ),
        ("client-not-found", "", 'there is no client "client001.example.com"; did you mean "client001"?'),
    ]
    assert f'row 4: would-create: "Finance" {suggestion}' in shown.out


def test_what_a_plan_has_to_say_is_said_before_the_run_as_well(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """With `--plan-first`, though every row would be there; this server knows the display name."""
    server.clients = (Client(id=3, name="client002", display="Finance", answers_to=("Finance",)),)
    server.put(900, "client002", "defaultBackupSet")
    words = [word for word in how if word != "--json"]
    ran = bulkprov("run", wave(tmp_path / "wave.csv", [("Finance", "FS_1")]), *words, "--plan-first", "-o", "run")

    assert ran.code == 0, ran.err
    assert 'row 2: would-create: "Finance" is the display name of client "client002": write "client002"' in ran.out


def test_a_run_of_a_name_that_the_server_does_not_know_says_where_to_find_the_right_one(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """It does not read the list of clients; what a plan would find, it leaves to a plan."""
    server.put(900, "client001", "defaultBackupSet")
    ran = bulkprov("run", wave(tmp_path / "wave.csv", [("Finance", "FS_1")]), *how, "-o", "run")
    (row,) = read(Path("run/results.csv"))
    shown = bulkprov("show", "run", "--row", "2")

    assert (ran.code, row["status"], server.asked["GET Client"]) == (1, "rejected", 0)
    assert row["note"].endswith("check clientName (`bulkprov plan RUN/failed.xlsx` suggests names)")
    assert "`bulkprov plan RUN/failed.xlsx` suggests names" in shown.out.split("edit:")[-1]


def test_a_run_that_is_planned_first_tells_of_a_refused_client_what_the_plan_read(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which name was meant; the list of clients is read once, by the plan, though it is sent all the same."""
    server.put(900, "client001", "defaultBackupSet")
    monkeypatch.setattr(TerminalObserver, "overrules", lambda *_: True)
    ran = bulkprov("run", wave(tmp_path / "wave.csv", [("clientOO1", "FS_1")]), *how, "--plan-first", "-o", "run")
    (row,) = read(Path("run/results.csv"))

    assert (ran.code, row["status"], server.asked["GET Client"]) == (1, "rejected", 1)
    assert row["note"].endswith('there is no client "clientOO1"; did you mean "client001", which looks the same?')


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


TWO_NAMES = (Client(id=2, name="client001", display="Finance", answers_to=("Finance", "fin.example.com")),)


@pytest.mark.parametrize("workers", [1, 8])
def test_two_names_of_one_client_are_one_set(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path, workers: int
) -> None:
    """The second row ends: it is there, by the first. Nothing is left that a command could do."""
    server.clients = TWO_NAMES
    server.put(900, "client001", "defaultBackupSet")
    rows: list[tuple[str, ...]] = [("client001", "FS_1"), ("Finance", "fs_1"), ("client001", "FS_2")]
    words = [word for word in how if word != "--json"]
    ran = bulkprov("run", wave(tmp_path / "wave.csv", rows), *words, "-j", workers, "-o", "run")
    told = read(Path("run/results.csv"))
    undone = bulkprov("rollback", "run", *how, "--yes")

    assert (ran.code, sorted(row["status"] for row in told)) == (0, ["created", "created", "exists"]), ran.out
    first, second = sorted(told[:2], key=lambda row: str(row["status"]))
    assert first["backupsetId"] == second["backupsetId"]
    names = f'on "{first["clientName"]}", which is another name of "{second["clientName"]}"'
    assert second["note"].startswith(f"row {first['sheetRow']} names it too, {names}: one of the two rows is enough")
    assert "Go on" not in ran.out
    assert (undone.code, undone.json["rolled-back"], list(server.sets)) == (0, 2, [900])


def test_a_set_that_its_second_name_finds_while_its_create_is_under_way_is_created_all_the_same(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """Whichever name is sent first: the other one finds the set half a second before the create is answered."""
    server.late = {"FS_1": 0.5, "fs_1": 0.5}
    server.clients = TWO_NAMES
    server.put(900, "client001", "defaultBackupSet")
    sheet = wave(tmp_path / "wave.csv", [("client001", "FS_1"), ("Finance", "fs_1")])
    ran = bulkprov("run", sheet, *how, "-j", "8", "-o", "run")
    undone = bulkprov("rollback", "run", *how, "--yes", "--also-unproven")

    assert (ran.code, ran.json["created"], ran.json["exists"]) == (0, 1, 1), ran.err
    assert (undone.code, undone.json["rolled-back"], list(server.sets)) == (0, 1, [900])


def test_two_names_of_one_client_are_found_out_by_a_process_that_knows_neither(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """The first row is made by one process, and the second is looked up by the next."""
    server.clients = TWO_NAMES
    server.put(900, "client001", "defaultBackupSet")
    sheet = wave(tmp_path / "wave.csv", [("client001", "FS_1"), ("fin.example.com", "FS_1")])
    bulkprov("run", sheet, *how, "--limit", "1", "-o", "run")
    resumed = bulkprov("resume", "run", *how)

    assert (resumed.code, resumed.json["created"], resumed.json["exists"]) == (0, 1, 1), resumed.err
    assert 'on "client001", which is another name of "fin.example.com"' in read(Path("run/results.csv"))[1]["note"]


def test_a_row_that_only_a_person_can_settle_is_to_be_corrected_and_not_resumed(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """A set of its name is listed under an agent of which nothing is known: another look would not tell more."""
    server.put(900, "client001", "FS_1")
    server.sets[900] |= {"appName": "Agent of tomorrow", "applicationId": 4711}
    words = [word for word in how if word != "--json"]
    ran = bulkprov(
        "run", wave(tmp_path / "wave.csv", [("client001", "FS_1"), ("client001", "FS_2")]), *words, "-o", "r"
    )
    row, _ = read(Path("r/results.csv"))
    (edited,) = read(Path("r/failed.csv"))
    wave(tmp_path / "edited.csv", [(edited["clientName"], "FS_3", edited["sheetRow"])], (*NAMES, "sheetRow"))
    rerun = bulkprov("rerun", "r", "edited.csv", *how, "-o", "again")

    assert (ran.code, row["status"], row["attempts"]) == (1, "pending", "0")
    assert row["note"].endswith("if it is this set, delete the row, else correct the row or rename what is listed")
    assert ran.out.splitlines()[-1].startswith("Go on:    bulkprov rerun r r/failed.csv")
    assert "means: A set of this name is listed" in ran.out
    assert (rerun.code, rerun.json["created"]) == (0, 2), rerun.err


NAMES = ("clientName", "backupsetName")


def test_an_agent_that_is_named_on_purpose_is_noted_in_plan_and_results(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """It is sent as the SDK spells it. A near miss is a fault as ever, and nothing else is."""
    server.put(900, "client001", "defaultBackupSet")
    rows: list[tuple[str, ...]] = [
        ("client001", "A", "db2"),
        ("client001", "B", "SAP HANNA"),
        ("client001", "C", "NAS"),
    ]
    sheet = wave(tmp_path / "wave.csv", rows, (*NAMES, "appName"))
    words = [word for word in how if word != "--json"]
    offline = bulkprov("plan", sheet, "--offline")
    planned = bulkprov("plan", sheet, *words)
    ran = bulkprov("run", sheet, *how, "-o", "run")
    made, faulty, other = read(Path("run/results.csv"))

    note = "agent DB2 is not on the vendor's page for backup sets: the CommServe decides"
    assert f"row 2: not looked up: {note}" in offline.out
    assert f"row 2: would-create: {note}" in planned.out
    assert (ran.code, made["status"], made["note"]) == (1, "created", note)
    assert (faulty["status"], other["status"], other["note"]) == ("invalid", "created", "")
    assert 'did you mean "SAP HANA"?' in faulty["note"]
    assert {each["appName"] for each in server.sets.values()} == {"File System", "DB2", "NAS"}


@pytest.mark.parametrize("wire", ["json", "xml"])
def test_a_plan_and_its_run_share_the_session_that_a_pin_began(
    bulkprov: Command, server: RecordedServer, wire: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The PIN is sent once; the session is ended once, and also if the plan says no."""
    server.pins = {"secret123456"}
    server.put(900, "client001", "defaultBackupSet")
    monkeypatch.setenv("BULKPROV_PASSWORD", "secret123456")
    words = "--server", server.url, "--username", "ops", "--wire", wire, "--settle", "0.1", "--plan-first", "-o"
    ran = bulkprov("run", wave(tmp_path / "wave.csv", [("client001", "FS_1")]), *words, "one")
    asked = server.asked["POST Login"], server.asked["POST Logout"]
    again = bulkprov("run", tmp_path / "wave.csv", *words, "two")
    server.pins.add("secret654321")
    monkeypatch.setenv("BULKPROV_PASSWORD", "secret654321")
    refused = bulkprov("run", wave(tmp_path / "no.csv", [("nobody", "FS_1")]), *words, "three")

    assert (ran.code, asked) == (0, (1, 1)), ran.err
    assert again.code == 3
    assert "may end in a one-time PIN is sent once: try again with a new PIN" in again.err + again.out
    assert refused.code == 3
    assert (server.asked["POST Login"], server.asked["POST Logout"]) == (3, 2)
