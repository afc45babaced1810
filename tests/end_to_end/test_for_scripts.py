"""What scripts read: objects as their schemas say, with the next command, and nothing that is gone."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import CommServe, Said, start
from tests.end_to_end.results import read, wave
from tests.schemas import check

Command = Callable[..., Said]
INPUTS = Path(__file__).parents[2] / "inputs"


def paths(told: Any) -> list[str]:
    """All absolute paths in an object; sentences that begin with one are none."""
    if isinstance(told, dict):
        return [path for value in told.values() for path in paths(value)]
    if isinstance(told, list):
        return [path for value in told for path in paths(value)]
    return [told] if isinstance(told, str) and Path(told).is_absolute() and " " not in told else []


def test_the_objects_of_all_commands_are_as_their_schemas_say(bulkprov: Command, tmp_path: Path) -> None:
    """One wave, from its plan to its rollback; each object names its schema, and no path that is not there."""
    sheet = INPUTS / "wave-troubled.xlsx"
    run = tmp_path / "one"
    commands: list[tuple[Any, ...]] = [
        ("plan", sheet, "--simulate"),
        ("plan", sheet, "--offline"),
        ("run", sheet, "--simulate", "-o", run),
        ("report", run),
        ("verify", run),
        ("show", run, "--row", 4),
        ("show", run, "--row", 12),
        ("rollback", run),
        ("rollback", run, "--yes"),
        ("login", "--simulate"),
        ("probe", "--client", "client001", "--simulate", "-o", tmp_path / "probe"),
        ("runs", tmp_path),
        ("show", run, "--row", 4711),
    ]
    told = []
    for words in commands:
        said = bulkprov(*words, "--json", *(() if words[0] in ("report", "runs", "show") else ("-q",)))
        each = json.loads(said.out)
        check(each)
        assert [path for path in paths(each) if not Path(path).exists()] == [], words
        told.append(each[0] if isinstance(each, list) else each)

    assert [each["schema"] for each in told] == [
        *["summary-1"] * 5, "row-1", "row-1", "summary-1", "summary-1", "login-1", "probe-1", "run-1", "summary-1",
    ]  # fmt: skip
    planned, _, ran, reported, _, _, _, shown, *_, failed = told
    assert planned["next"] is None, "the sheet is to be corrected first"
    assert ran["next"] == ["bulkprov", "rerun", str(run), str(run / "failed.xlsx")] == reported["next"]
    assert shown["next"] == ["bulkprov", "rollback", str(run), "--yes"]
    assert (failed["exit_code"], failed["rows"]) == (2, None)
    assert datetime.fromisoformat(ran["started"]) <= datetime.fromisoformat(ran["ended"])
    assert reported["started"] is None, "it did no work"
    assert {(each["status"], each["errorCode"]) for each in ran["groups"]} == {
        ("invalid", None), ("rejected", 1), ("rejected", 2),
    }  # fmt: skip
    assert "instanceName, or appName if the row's note says so" in [each["edit"] for each in ran["groups"]]


def test_the_next_command_of_a_plan_can_be_given_as_it_is(bulkprov: Command, tmp_path: Path) -> None:
    """With the server and how the sheet is read."""
    sheet = wave(tmp_path / "my wave.csv", [("client001", "one")])

    planned = bulkprov("plan", sheet, "--simulate", "--delimiter", ",", "--json").json

    assert planned["next"] == ["bulkprov", "run", str(sheet), "--simulate", "--delimiter", ","]
    assert bulkprov(*planned["next"][1:], "--json").json["created"] == 1


def test_no_folder_is_named_that_is_gone_when_the_command_ends(bulkprov: Command, tmp_path: Path) -> None:
    """A plan and a verification work in temporary ones: neither an error nor a line of the log says so."""
    run = tmp_path / "one"
    bulkprov("run", INPUTS / "wave.csv", "--simulate", "--limit", "1", "-o", run)

    elsewhere = bulkprov("verify", run, "--server", "http://127.0.0.1:9")
    verified = bulkprov("verify", run, "-v")
    planned = bulkprov("plan", INPUTS / "wave.csv", "--simulate", "-v")

    assert f"bulkprov: {run} belongs to the server" in elsewhere.err
    for said in (verified, planned):
        assert "run.started" in said.err
        assert "bulkprov-" not in said.out + said.err


def events(said: Said) -> list[dict[str, Any]]:
    """What a command printed with --events: one object a line, each as its schema says."""
    told = [json.loads(line) for line in said.out.splitlines()]
    check(told)
    return told


def test_each_row_has_events_of_which_the_last_says_what_the_results_say(bulkprov: Command, tmp_path: Path) -> None:
    """Rows that had ended come first, those that are left last; what people read goes to stderr."""
    run = tmp_path / "one"
    options = ("--format", "csv", "--settle", "0.2", "--events")

    started = bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", "--limit", "7", "-o", run, *options)
    results = {int(row["sheetRow"]): row for row in read(run / "results.csv")}
    first, *rows, last = events(started)
    resumed = events(bulkprov("resume", run, *options))
    undone = events(bulkprov("rollback", run, "--yes", *options))

    assert (first["event"], first["rows"], last["event"]) == ("start", len(results), "end")
    assert {row["sheetRow"]: (row["status"], row["backupsetId"]) for row in rows} == {
        number: (row["status"], int(row["backupsetId"]) if row["backupsetId"] else None)
        for number, row in results.items()
    }
    whens = [row["when"] for row in rows]
    assert whens == sorted(whens, key=["before", "now", "left"].index)
    assert {(row["when"], row["status"]) for row in rows if row["when"] != "now"} == {
        ("before", "invalid"), ("left", "pending"),
    }  # fmt: skip
    made = next(row for row in rows if row["status"] == "created")
    assert made["wanted"]["backupsetName"] == results[made["sheetRow"]]["backupsetName"].strip()
    assert last["summary"]["next"][:3] == ["bulkprov", "resume", str(run)]
    assert "Go on:" in started.err
    assert {row["when"] for row in resumed[1:-1] if row["sheetRow"] == made["sheetRow"]} == {"before"}
    assert {row["status"] for row in undone[1:-1]} == {"rolled-back"}
    assert len(undone) == 2 + undone[0]["rows"]


def test_a_plan_and_a_verification_have_events_too(bulkprov: Command, tmp_path: Path) -> None:
    """They name no folder; and a command that cannot begin has its last line only."""
    run = tmp_path / "one"
    sheet = INPUTS / "wave-troubled.csv"
    bulkprov("run", INPUTS / "wave.csv", "--simulate", "--limit", "2", "--settle", "0.2", "-o", run)

    planned = events(bulkprov("plan", sheet, "--simulate", "--events"))
    offline = events(bulkprov("plan", sheet, "--offline", "--events"))
    verified = events(bulkprov("verify", run, "--events"))
    (failed,) = events(bulkprov("verify", tmp_path / "two", "--events"))

    assert [told[0]["run"] for told in (planned, offline, verified)] == [None] * 3
    assert [Counter(each["status"] for each in told[1:-1]) for told in (planned, offline, verified)] == [
        Counter({"invalid": 10, "would-create": 7, "exists": 2, "client-not-found": 1}),
        Counter({"invalid": 10, "pending": 10}),
        Counter({"as-reported": 2}),
    ]
    assert (failed["event"], failed["summary"]["exit_code"]) == ("end", 2)


def test_a_reader_that_goes_away_stops_no_run(bulkprov: Command, tmp_path: Path) -> None:
    """Nor does one that reads nothing for a while: lines are written by a thread of their own."""
    run = tmp_path / "one"
    process = start("run", INPUTS / "wave.csv", "--simulate", "--settle", "0.2", "-o", run, "--events", cwd=tmp_path)
    assert process.stdout
    assert process.stderr
    assert json.loads(process.stdout.readline())["event"] == "start"
    process.stdout.close()
    process.stderr.read()
    process.stderr.close()
    process.wait(60)

    assert bulkprov("report", run, "--json").json["created"] == 50


def test_one_object_and_lines_are_not_wanted_at_once(bulkprov: Command) -> None:
    """The last line has the same object."""
    said = bulkprov("plan", INPUTS / "wave.csv", "--offline", "--json", "--events")

    assert said.code == 2
    assert "--events" in said.json["error"]


def test_a_plan_says_what_has_changed_since_an_earlier_one(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """A row that was fine and is not, a set that is there by now; in words and for scripts."""
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password)
    rows: list[tuple[str, ...]] = [("client001", "one"), ("client002", "two"), ("client003", "three")]
    before = wave(tmp_path / "before.csv", [*rows, ("client999", "four")])
    bulkprov("plan", before, *how, "-o", tmp_path / "monday")
    bulkprov("run", wave(tmp_path / "one.csv", rows[:1]), *how, "-o", tmp_path / "run")
    after = wave(tmp_path / "after.csv", [rows[0], ("client998", "two"), rows[2], ("client004", "four")])

    told = bulkprov("plan", after, *how, "--against", tmp_path / "monday", "--json").json
    said = bulkprov("plan", after, *how, "--against", tmp_path / "monday" / "plan.xlsx")
    none = bulkprov("plan", before, *how, "--against", tmp_path / "one.csv")
    offline = bulkprov("plan", before, "--offline", "--against", tmp_path / "monday")

    assert [(each["change"], each["sheetRow"], each["was"], each["now"]) for each in told["changes"]] == [
        ("made", 2, "would-create", "exists"),
        ("worse", 3, "would-create", "client-not-found"),
        ("better", 5, "client-not-found", "would-create"),
    ]
    assert "  1 row names a set that is there by now:\n    row 2, one on client001: exists" in said.out
    assert (none.code, offline.code) == (2, 2)
    assert "not the file of a plan" in none.err
    assert "leave out --offline" in offline.err


def test_events_go_to_stdout_while_a_terminal_shows_the_progress(tmp_path: Path) -> None:
    """The live picture on stderr takes what is printed for its own otherwise."""
    pty = pytest.importorskip("pty", reason="only POSIX has pseudo-terminals")
    screen, end = pty.openpty()
    command = [sys.executable, "-m", "bulkprov", "plan", str(INPUTS / "wave.csv"), "--simulate", "--events"]
    environment = os.environ | {"TERM": "xterm"}
    said = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=end, check=True)  # noqa: S603 - our own command
    os.close(end)
    shown = os.read(screen, 1 << 16).decode()
    os.close(screen)

    told = [json.loads(line) for line in said.stdout.splitlines()]
    check(told)
    assert len(told) == 2 + 50
    assert "event-1" not in shown
    assert "50 would-create" in shown
