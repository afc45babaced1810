"""What happens around a run: planned before, verified after, rolled back, its rows told one by one."""

import json
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bulkprov.simulator import EstateSet
from tests.end_to_end.conftest import CommServe, Said, start
from tests.end_to_end.results import read, wave

INPUTS = Path(__file__).parents[2] / "inputs"

Command = Callable[..., Said]
ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="kill as POSIX has it")

ESTATE = tuple(EstateSet(client=f"host{n:04d}", name=f"old{k}") for n in range(300) for k in range(4))


def truth(commserve: CommServe) -> list[tuple[Any, ...]]:
    """Every backup set on the server."""
    return sorted((each.id, each.client, each.name) for each in commserve.call(commserve.simulator.backupsets))


def options(commserve: CommServe, password: Path, *more: object) -> tuple[object, ...]:
    """How to reach the CommServe."""
    return ("--server", commserve.url, "--username", "admin", "--password-file", password, *more)


# Plan


@pytest.mark.parametrize("commserve", [{"estate": ESTATE}], indirect=True)
def test_a_plan_costs_one_listing_a_client_and_says_what_the_run_then_does(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """At most distinct clients + 5 requests; row for row the same as the run."""
    rows: list[tuple[str, ...]] = [(f"HOST{n % 300:04d}", f"old{n % 7}" if n % 3 else f"new{n}") for n in range(500)]
    rows.append(("hots0007", "x"))
    sheet = wave(tmp_path / "w.csv", rows)
    before = truth(commserve)

    how = options(commserve, password, "--json", "--format", "csv")
    planned = bulkprov("plan", sheet, *how, "-o", tmp_path / "plan")

    assert sum(commserve.statistics.requests.values()) == planned.json["requests"] <= 300 + 5
    assert truth(commserve) == before
    ran = bulkprov("run", sheet, *how, "-o", tmp_path / "run")
    says = {"would-create": "created", "exists": "exists", "client-not-found": "rejected", "invalid": "invalid"}
    plan_rows, run_rows = read(tmp_path / "plan/plan.csv"), read(Path(ran.json["results"]))
    assert [says[row["status"]] for row in plan_rows] == [row["status"] for row in run_rows]
    assert len(plan_rows) == len(rows)
    assert "host0007" in plan_rows[-1]["note"]
    assert (planned.code, planned.json["client-not-found"]) == (1, 1)


def test_a_plan_creates_nothing_and_leaves_nothing(bulkprov: Command, tmp_path: Path) -> None:
    """Without -o not even a folder; each row that needs somebody is named on the terminal."""
    said = bulkprov("plan", INPUTS / "wave-troubled.xlsx", "--simulate")

    assert said.code == 1
    assert "7 would-create" in said.out
    assert 'row 9: client-not-found: there is no client "client999"' in said.out
    assert "\nNot looked at: whether each client has its agent and instance. `plan --deep` asks\n" in said.out
    assert said.out.endswith("\nNot looked at: whether each plan is there and can be used. Only a create tells\n")
    assert not list(tmp_path.iterdir())


def test_an_offline_plan_asks_no_server(bulkprov: Command) -> None:
    """The sheet is checked, and that is all; no server need be named."""
    said = bulkprov("plan", INPUTS / "wave-troubled.csv", "--offline", "--json")

    assert (said.code, said.json["requests"], said.json["invalid"], said.json["pending"]) == (1, 0, 10, 10)


def test_a_clean_plan_is_exit_0(bulkprov: Command) -> None:
    """Every row would be created or exists."""
    assert bulkprov("plan", INPUTS / "wave.csv", "--simulate").code == 0


DEEP: list[tuple[str, ...]] = [
    ("client001", "new", "File System", ""),
    ("client002", "new", "File System", ""),
    ("client003", "new", "Oracle", ""),
    ("client003", "new", "SQL Server", "CLIENT003\\OTHER"),
    ("client003", "new", "SQL Server", "client003\\sqlexpress"),
    ("client002", "new2", "File System", ""),
    ("client004", "FS_Legacy_01", "File System", ""),
]


@pytest.mark.parametrize("commserve", [{"retired_clients": ("client002",)}], indirect=True)
@pytest.mark.parametrize("wire", ["json", "xml"])
def test_a_deep_plan_knows_what_a_client_lacks(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path, wire: str
) -> None:
    """A retired client, an agent and an instance that are not there; three more reads for each client at most."""
    columns = ("clientName", "backupsetName", "appName", "instanceName")
    sheet = wave(tmp_path / "w.csv", DEEP, columns)
    how = options(commserve, password, "--wire", wire, "--json", "--format", "csv")

    said = bulkprov("plan", sheet, "--deep", *how, "-o", tmp_path / "plan")

    rows = read(tmp_path / "plan/plan.csv")
    lacking = "client-not-found"
    assert [row["status"] for row in rows] == [
        "would-create", lacking, lacking, lacking, "would-create", lacking, "exists",
    ]  # fmt: skip
    assert [row["note"] for row in rows if row["status"] == lacking] == [
        'client "client002" is deleted (retired) on the CommServe and takes no backup sets: name one in use',
        'client "client003" has no agent "Oracle"; it has "File System" and "SQL Server"',
        (
            'agent "SQL Server" on client "client003" has no instance "CLIENT003\\OTHER"; '
            'it has "CLIENT003\\SQLEXPRESS" and "DefaultInstanceName"'
        ),
        'client "client002" is deleted (retired) on the CommServe and takes no backup sets: name one in use',
    ]
    assert said.code == 1
    # Log-in, all clients, three lists of sets, and two clients that are asked further; the deleted one is not.
    assert sum(commserve.statistics.requests.values()) == 1 + 1 + 3 + (3 + 3) + 1
    plain = bulkprov("plan", sheet, *how).json
    assert (plain["would-create"], plain[lacking]) == (4, 2), "deleted clients are found without --deep"


# Rollback


def test_a_rollback_shows_and_deletes_nothing_without_yes(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """It needs no server for that, and says how to have it done."""
    bulkprov("run", INPUTS / "wave-troubled.csv", *options(commserve, password, "-o", tmp_path / "run"))
    before = truth(commserve)

    said = bulkprov("rollback", "run")

    assert said.code == 0
    assert "5 backup sets" in said.out
    assert "bulkprov rollback run --yes" in said.out
    assert truth(commserve) == before


FAULTY = {"faults": 0.4, "seed": 3, "slow_seconds": 0.1, "late_seconds": 0.3, "hang_seconds": 0.5}


@pytest.mark.parametrize("commserve", [FAULTY], indirect=True)
def test_after_a_rollback_the_server_is_as_it_was(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """With two requests in five going wrong, in the run and in the rollback; a second rollback does nothing."""
    before = truth(commserve)
    how = options(commserve, password, "--timeout", "0.4", "--settle", "0.5", "-j", "16", "--json")
    ran = bulkprov("run", INPUTS / "wave-troubled.csv", *how, "-o", tmp_path / "run", "--format", "csv")
    assert (ran.json["created"], ran.json["exists"]) == (5, 2)

    bulkprov("rollback", "run", "--yes", *how)
    said = bulkprov("rollback", "run", "--yes", "--also-unproven", *how)

    assert (said.code, said.json["unproven"]) == (0, 0)
    assert truth(commserve) == before
    assert [row["status"] for row in read(tmp_path / "run/results.csv")].count("rolled-back") == 5
    assert "run is rolled back already: 5 rows" in bulkprov("rollback", "run").out


@ON_POSIX
@pytest.mark.parametrize("commserve", [{"latency": 0.02}], indirect=True)
def test_a_killed_rollback_is_gone_on_with(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Killed in the middle: rows in doubt look so; again, and the server is as it was before the run."""
    before = truth(commserve)
    sheet = wave(tmp_path / "w.csv", [(f"client{n % 60 + 1:03d}", f"FS_{n:04d}") for n in range(300)])
    how = options(commserve, password, "--settle", "0.5")
    assert bulkprov("run", sheet, *how, "-o", tmp_path / "run", "-j", "32").code == 0
    with start("rollback", "run", "--yes", *how, cwd=tmp_path) as command:
        while len(truth(commserve)) > len(before) + 200:
            assert command.poll() is None, command.communicate()
        command.kill()
    told = bulkprov("report", "run", "--format", "csv", "--json").json
    statuses = Counter(row["status"] for row in read(tmp_path / "run/results.csv"))
    assert set(statuses) <= {"created", "rolled-back", "unknown"}
    assert {name: told[name] for name in statuses} == statuses, "what is said and what is written agree"
    assert (told["pending"], told["rows"]) == (0, 300)
    if statuses["unknown"]:
        assert "Go on:    bulkprov rollback run --yes" in bulkprov("resume", "run", *how).out
        shown = bulkprov("rollback", "run", "--json")
        assert (shown.code, shown.json["unknown"]) == (0, statuses["unknown"])
        assert "Nothing was deleted" in shown.err

    said = bulkprov("rollback", "run", "--yes", *how, "--json")

    assert said.code == 0
    assert truth(commserve) == before
    bulkprov("report", "run", "--format", "csv")
    assert {row["status"] for row in read(tmp_path / "run/results.csv")} == {"rolled-back"}


def test_a_rollback_leaves_alone_what_is_not_ours(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Renamed sets stay and are said; what existed before, or was carried over, is never touched."""
    sheet = wave(tmp_path / "w.csv", [("client001", "FS_Legacy_01"), ("client002", "mine"), ("client003", "renamed")])
    bulkprov("run", sheet, *options(commserve, password, "-o", tmp_path / "run", "--format", "csv"))
    number = commserve.sets()["client003", "renamed"][0]
    commserve.call(lambda: commserve.simulator.rename(number, "kept by Ann"))

    said = bulkprov("rollback", "run", "--yes", *options(commserve, password))

    assert said.code == 1
    there = {name for _, name in commserve.sets()}
    assert {"FS_Legacy_01", "kept by Ann"} <= there
    assert "mine" not in there
    exists, gone, kept = read(tmp_path / "run/results.csv")
    assert [row["status"] for row in (exists, gone, kept)] == ["exists", "rolled-back", "created"]
    assert "kept by ann" in kept["note"]
    again = bulkprov("rerun", "run", *options(commserve, password, "-o", "two", "--json"))
    assert (again.json["created"], again.json["carried"]) == (2, 2)
    assert "1 backup set on" in bulkprov("rollback", "two").out


# Verify


def test_a_verification_finds_what_is_gone_and_what_was_renamed(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Each with its row; the results themselves stay as they were."""
    bulkprov("run", INPUTS / "wave.csv", *options(commserve, password, "-o", tmp_path / "run", "--format", "csv"))
    results = (tmp_path / "run/results.csv").read_bytes()
    ids = [int(row["backupsetId"]) for row in read(tmp_path / "run/results.csv")]
    how = options(commserve, password, "--settle", "0.5")
    assert bulkprov("verify", "run", *how).code == 0
    commserve.call(lambda: commserve.simulator.remove(ids[4]))
    commserve.call(lambda: commserve.simulator.rename(ids[7], "another"))

    said = bulkprov("verify", "run", *how, "--json")

    assert (said.code, said.json["as-reported"], said.json["gone"], said.json["differs"]) == (1, 48, 1, 1)
    rows = read(tmp_path / "run/verification.csv")
    assert [row["sheetRow"] for row in rows if row["status"] == "gone"] == ["6"]
    assert [row["note"] for row in rows if row["status"] == "differs"] == [f"id {ids[7]} is now named another"]
    assert (tmp_path / "run/results.csv").read_bytes() == results


@ON_POSIX
@pytest.mark.parametrize(
    ("words", "file", "status"),
    [(("verify",), "verification.csv", "pending"), (("rollback", "--yes"), "results.csv", "created")],
    ids=["verify", "rollback"],
)
def test_a_row_whose_list_may_be_late_is_not_settled_by_being_looked_at(
    bulkprov: Command,
    commserve: CommServe,
    password: Path,
    tmp_path: Path,
    words: tuple[str, ...],
    file: str,
    status: str,
) -> None:
    """Stopped while it waits by --settle, it is as it was: what is written then believes no more than the run does."""
    sheet = wave(tmp_path / "w.csv", [("client001", "one")])
    bulkprov("run", sheet, *options(commserve, password, "-o", tmp_path / "run", "--format", "csv"))
    number = commserve.sets()["client001", "one"][0]
    commserve.call(lambda: commserve.simulator.remove(number))
    with closing(sqlite3.connect(tmp_path / "run/journal.sqlite")) as journal, journal:
        journal.execute("UPDATE outcomes SET finished_at = finished_at - 12")  # later than the settle time of 10 s

    how = options(commserve, password, "--settle", "60")
    with start(words[0], "run", *words[1:], *how, cwd=tmp_path) as command:
        while commserve.statistics.requests["list"] < 3:  # the first look, the audit, and this one
            assert command.poll() is None, command.communicate()
        command.send_signal(signal.SIGINT)
        command.communicate(timeout=20)

    assert [row["status"] for row in read(tmp_path / "run" / file)] == [status]


# Show


def test_a_rows_whole_story_is_told(bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path) -> None:
    """The request without the token, every exchange, the end; as text and as JSON."""
    sheet = wave(tmp_path / "w.csv", [("client001", "one"), ("nobody", "two")])
    bulkprov("run", sheet, *options(commserve, password, "-o", tmp_path / "run"))

    told = bulkprov("show", "run", "--row", "2")
    xml = bulkprov("show", "run", "--row", "3", "--wire", "xml")
    plain = bulkprov("show", "run", "--row", "3", "--json")

    assert "Authtoken: ***" in told.out
    assert '"backupsetName":"one"' in told.out
    assert "created, errorCode 0" in told.out
    assert "<backupsetName>two</backupsetName>" in xml.out
    assert json.loads(plain.out)["ended"]["errorString"] == "DB error: please refer to logs for more details."
    assert bulkprov("show", "run", "--row", "9").code == 2
