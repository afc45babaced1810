"""Killed, stopped, corrected, run again: nothing lost, nothing made twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from bulkprov.runs.begin import begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.settings import Access, Reading
from bulkprov.shell import typed
from tests.end_to_end.conftest import CommServe, Said, start
from tests.end_to_end.results import read, wave

INPUTS = Path(__file__).parents[2] / "inputs"

Command = Callable[..., Said]
ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")


def big(path: Path, rows: int = 400) -> Path:
    """A wave that takes a while."""
    return wave(path, [(f"client{n % 60 + 1:03d}", f"FS_{n:04d}") for n in range(rows)])


def wait_for_creates(commserve: CommServe, number: int, command: subprocess.Popen[str]) -> None:
    """Until the server has made so many sets; the interval only spares the processor."""
    while commserve.statistics.creates < number:
        assert command.poll() is None, command.communicate()
        time.sleep(0.005)


@ON_POSIX
@pytest.mark.parametrize("commserve", [{"latency": 0.02}], indirect=True)
def test_a_killed_run_is_resumed_to_the_end(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Killed in mid-run, twice, then resume: all rows final, no set made twice, ids as the server has them."""
    options = ("--username", "admin", "--password-file", password, "--settle", "1")
    first = start("run", big(tmp_path / "big.csv"), "--server", commserve.url, *options, "-o", "run", cwd=tmp_path)
    with first:
        wait_for_creates(commserve, 100, first)
        first.kill()
    with start("resume", "run", *options, cwd=tmp_path) as second:
        wait_for_creates(commserve, 200, second)
        second.kill()

    said = bulkprov("resume", "run", *options, "--json")

    assert (said.code, said.json["created"]) == (0, 400)
    there = commserve.sets()
    rows = read(tmp_path / "run/results.xlsx")
    assert [there[row["clientName"], row["backupsetName"]] for row in rows] == [[row["backupsetId"]] for row in rows]


@ON_POSIX
@pytest.mark.parametrize("commserve", [{"latency": 0.02}], indirect=True)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_requests_end_and_writes_the_results(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path, number: int, code: int
) -> None:
    """What is under way is answered and kept, the rest is pending, and the command to go on with is printed."""
    options = ("--username", "admin", "--password-file", password)
    command = start(
        "run", big(tmp_path / "big.csv"), "--server", commserve.url, *options, "-o", "run", "--format", "csv",
        cwd=tmp_path,
    )  # fmt: skip
    with command:
        wait_for_creates(commserve, 50, command)
        os.kill(command.pid, number)
        out, err = command.communicate(timeout=20)

    assert code == command.returncode, err
    assert "bulkprov resume run" in out
    rows = read(tmp_path / "run/results.csv")
    made = {(row["clientName"], row["backupsetName"]) for row in rows if row["status"] == "created"}
    assert {key for key in commserve.sets() if key[1] != "FS_Legacy_01"} == made
    assert {"created", "pending"} == {row["status"] for row in rows}
    assert (
        bulkprov("resume", "run", *options).code,
        sum(len(ids) for ids in commserve.sets().values()) - 5,
    ) == (0, 400)


def test_failed_rows_are_corrected_and_run_again(bulkprov: Command, tmp_path: Path) -> None:
    """failed.xlsx, edited, takes the place of the rows it came from; done rows are carried over at no cost."""
    sheet = wave(
        tmp_path / "w.csv",
        [("client001", "A", "x"), ("nobody", "B", "y"), ("client002", "", "z"), ("client003", "D", "")],
        ("clientName", "backupsetName", "ticket"),
    )
    first = bulkprov("run", sheet, "--simulate", "-o", "one", "--json")
    assert (first.code, first.json["created"], first.json["rejected"], first.json["invalid"]) == (1, 2, 1, 1)
    book = openpyxl.load_workbook("one/failed.xlsx")
    cells = book.worksheets[0]
    columns = {cell.value: cell.column for cell in cells[1]}
    cells.cell(2, columns["clientName"], "client004")
    cells.cell(3, columns["backupsetName"], "C")
    book.save("fixed.xlsx")
    book.close()

    second = bulkprov("rerun", "one", "fixed.xlsx", "-o", "two", "--json")

    assert (second.code, second.json["created"], second.json["carried"]) == (0, 4, 2)
    rows = read(Path("two/results.xlsx"))
    assert [row["backupsetName"] for row in rows] == ["A", "B", "C", "D"]
    assert [row["sheetRow"] for row in rows] == [2, 3, 4, 5]
    assert [row["ticket"] for row in rows] == ["x", "y", "z", None]
    before = read(Path("one/results.xlsx"))
    assert before[0]["backupsetId"] == rows[0]["backupsetId"]
    assert "carried over from one" in rows[0]["note"]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_results_file_is_run_again_as_it_is(bulkprov: Command, form: str) -> None:
    """`run` on results is the same as `rerun`: done rows are carried over, and the server is that of the run."""
    bulkprov("run", INPUTS / "wave-troubled.xlsx", "--simulate", "-o", "one", "--format", form)
    before = read(Path(f"one/results.{form}"))

    for command, folder in (("run", "two"), ("rerun", "three")):
        said = bulkprov(command, f"one/results.{form}", "-o", folder, "--json", "--format", form)

        assert (said.code, said.json["carried"]) == (1, 7)
        rows = read(Path(f"{folder}/results.{form}"))
        for name in ("status", "backupsetId", "clientName", "backupsetName", "sheetRow", "finishedAt"):
            of_done = [row[name] for row in rows if row["status"] in ("created", "exists")]
            assert of_done == [row[name] for row in before if row["status"] in ("created", "exists")], name


def test_a_limited_run_is_resumed(bulkprov: Command) -> None:
    """--limit leaves a clean rest, and `resume` without a name finds the run."""
    first = bulkprov("run", INPUTS / "wave.csv", "--simulate", "--limit", "10", "--json")
    assert (first.code, first.json["created"], first.json["pending"]) == (1, 10, 40)

    said = bulkprov("resume", "--json")

    assert (0, 50, first.json["run"]) == (said.code, said.json["created"], said.json["run"])


def test_another_server_is_refused(bulkprov: Command) -> None:
    """The journal keeps the server's URL."""
    bulkprov("run", INPUTS / "wave.csv", "--simulate", "--limit", "1", "-o", "run")

    said = bulkprov("resume", "run", "--server", "https://cs.example.com/api", "--username", "a")

    assert said.code == 2
    assert "belongs to" in said.err
    begun_there = f"{typed(['run', INPUTS / 'wave.csv', '--server', 'https://cs.example.com/api'])}"
    assert said.err.endswith(f"To make what its sheet names there as well: {begun_there}\n")


def test_the_report_is_written_again_from_the_journal(bulkprov: Command) -> None:
    """Byte for byte in CSV, and in the other format if that is asked for."""
    bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", "-o", "run", "--format", "csv")
    before = Path("run/results.csv").read_bytes()
    Path("run/results.csv").unlink()

    assert bulkprov("report", "run").code == 1
    assert before == Path("run/results.csv").read_bytes()
    bulkprov("report", "run", "--format", "xlsx")
    assert [row["status"] for row in read(Path("run/results.xlsx"))] == [
        row["status"] for row in read(Path("run/results.csv"))
    ]


def test_runs_are_listed_with_what_reruns_which(bulkprov: Command) -> None:
    """Newest first, done of all, and the run that each reruns."""
    bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", "-o", "reports/one")
    bulkprov("rerun", "reports/one", "-o", "reports/two")

    said = bulkprov("runs", "--json")

    two, one = json.loads(said.out)
    assert (one["run"], one["reruns"], one["rows"]) == ("reports/one", None, 20)
    assert (two["run"], two["reruns"]) == ("reports/two", "reports/one")
    assert "7 of 20" in bulkprov("runs").out


def test_results_of_a_rehearsal_are_not_believed_in_production(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Away from its run's folder a results file may be of any server: what it calls done is looked up, and made."""
    sheet = wave(tmp_path / "w.csv", [("client001", "one"), ("client002", "two")])
    bulkprov("run", sheet, "--simulate", "-o", "rehearsal", "--format", "csv")
    Path("rehearsal/results.csv").rename("final.csv")
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password, "--json")

    said = bulkprov("run", "final.csv", *how, "-o", "one", "--no-first-look")
    again = bulkprov("run", "final.csv", *how, "-o", "two")

    assert (said.json["created"], said.json["carried"]) == (2, 0)
    assert {("client001", "one"), ("client002", "two")} <= set(commserve.sets())
    assert "rows that it calls done are looked up first" in said.err
    assert (again.json["exists"], again.json["requests"]) == (2, 4), "log-in and -out, and a list for each client"


def test_a_moved_file_of_rows_to_fix_is_not_run_beside_its_wave_by_mistake(bulkprov: Command) -> None:
    """The command that corrects the run is named, and nothing is kept; with `--yes` it is a wave of its own."""
    bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", "-o", "reports/one", "--format", "csv")
    planned = bulkprov("plan", "reports/one/failed.csv", "--events")
    assert planned.code == 1
    assert " rejected before, " in planned.err
    assert "row 10: rejected before: refused in reports/one with errorCode " in planned.err
    assert "were refused in reports/one and are not changed since (rows 10, " in planned.err
    events = [json.loads(line) for line in planned.out.splitlines()]
    last = {event["sheetRow"]: event["status"] for event in events if event["event"] == "row"}
    assert last[10] == "rejected"
    assert list(last.values()).count("rejected") == events[-1]["summary"]["rejected"] > 1
    Path("reports/one/failed.csv").rename("fixed.csv")

    for command in ("run", "rerun"):
        refused = bulkprov(command, "fixed.csv", "--simulate", "-o", "reports/two")
        assert (refused.code, Path("reports/two").exists()) == (2, False)
        assert "fixed.csv has rows of reports/one (13 rows with its numbers and names)" in refused.err
        assert "results: bulkprov rerun reports/one fixed.csv. To run it as a wave of its own" in refused.err
    several = bulkprov("run", "fixed.csv", INPUTS / "wave.csv", "--simulate")
    assert (several.code, len(list(Path("reports").iterdir()))) == (2, 1)

    said = bulkprov("run", "fixed.csv", "--simulate", "-o", "reports/two", "--yes", "--json")

    assert (said.code, said.json["rows"]) == (1, 13)
    assert "by --yes they are a wave of their own" in said.err
    again = bulkprov("rerun", "reports/one", "--plan-first", "--yes", "--json", "-o", "reports/three")
    assert (again.code, again.json["rejected"]) == (3, events[-1]["summary"]["rejected"]), "--plan-first says the same"


def test_rows_stay_the_same_rows_when_another_program_has_written_their_numbers(
    bulkprov: Command,
) -> None:
    """Pandas makes fractions of a column with an empty cell, as a new row has one."""
    bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", "-o", "one", "--format", "csv")
    lines = pd.read_csv("one/failed.csv")
    assert len(lines) == 13
    lines.loc[len(lines)] = {"clientName": "client003", "backupsetName": "new"}
    lines.to_csv("fixed.csv", index=False)
    assert "2.0" in Path("fixed.csv").read_text("utf-8") or ".0\n" in Path("fixed.csv").read_text("utf-8")

    said = bulkprov("rerun", "one", "fixed.csv", "-o", "two", "--json")

    assert said.json["rows"] == 21, said.err
    lines["sheetRow"] = lines["sheetRow"].map("about {}".format)
    lines.to_csv("fixed.csv", index=False)
    refused = bulkprov("rerun", "one", "fixed.csv", "-o", "three", "--yes")
    assert refused.code == 2
    assert "row 2: sheetRow is 'about" in refused.err
    assert not Path("three").exists()


def test_what_a_verification_found_gone_is_made_again_by_either_command(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """`run` on its file, and `rerun` with it."""
    sheet = wave(tmp_path / "w.csv", [("client001", "one"), ("client002", "two")])
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password, "--json", "--settle", "0.1")
    bulkprov("run", sheet, *how, "-o", "run")
    for number, words in enumerate([("run", "run/verification.xlsx"), ("rerun", "run", "run/verification.xlsx")]):
        there = commserve.sets()["client002", "two"][0]
        commserve.call(partial(commserve.simulator.remove, there))
        assert bulkprov("verify", "run", *how).json["gone"] == 1

        said = bulkprov(*words, *how, "-o", f"again-{number}")

        assert (said.json["created"], said.json["carried"]) == (2, 1)
        assert commserve.sets()["client002", "two"] != [there]


def test_a_rerun_that_could_not_begin_leaves_nothing_behind(bulkprov: Command) -> None:
    """Its folder can be used the next time, and `resume` does not find half a run."""
    bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", "-o", "one")

    said = bulkprov("rerun", "one", "--ca-file", "nowhere.pem", "-o", "two")

    assert said.code == 2
    assert not Path("two").exists()
    assert bulkprov("rerun", "one", "-o", "two").code == 1


def test_corrections_are_not_written_over(bulkprov: Command) -> None:
    """What somebody has edited in place is kept beside the new file, and said; what nobody touched is not."""
    bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", "-o", "run")
    untouched = bulkprov("report", "run")
    book = openpyxl.load_workbook("run/failed.xlsx")
    book.active["A2"] = "client005"
    book.save("run/failed.xlsx")

    said = bulkprov("report", "run")

    assert "kept as" not in untouched.out
    assert "failed.xlsx was edited since it was written: it is kept as failed-edited.xlsx" in said.out
    assert openpyxl.load_workbook("run/failed-edited.xlsx").active["A2"].value == "client005"
    assert openpyxl.load_workbook("run/failed.xlsx").active["A2"].value != "client005"

    book.save("run/failed.xlsx")
    other = bulkprov("report", "run", "--format", "csv")
    assert "it is kept as failed-edited-2.xlsx" in other.out
    assert "kept as" not in bulkprov("report", "run", "--format", "csv").out


def test_resume_says_which_run_it_goes_on_with(bulkprov: Command) -> None:
    """The newest, and which others there are."""
    for name in ("reports/old", "reports/new"):
        bulkprov("run", INPUTS / "wave.csv", "--simulate", "--limit", "10", "-o", name)

    said = bulkprov("resume", "--json")

    assert said.json["run"] == "reports/new"
    assert "continuing reports/new" in said.err
    assert "also unfinished: reports/old; to continue it: bulkprov resume reports/old" in said.err


def test_a_run_that_was_rerun_is_not_gone_on_with_by_mistake(bulkprov: Command) -> None:
    """Both would claim to have made the same sets; the rerun has all of its rows."""
    bulkprov("run", INPUTS / "wave.csv", "--simulate", "--limit", "10", "-o", "reports/one")
    bulkprov("rerun", "reports/one", "--limit", "10", "-o", "reports/two")

    refused = bulkprov("resume", "reports/one")

    assert refused.code == 2
    assert "was rerun as reports/two" in refused.err
    for words in (
        ("rerun", "reports/one"),
        ("run", "reports/one/failed.xlsx"),
        ("run", INPUTS / "wave.csv", "reports/one/failed.xlsx", "--simulate"),
    ):
        refused = bulkprov(*words)
        assert refused.code == 2
        assert "reports/one was rerun as reports/two, which holds its rows now" in refused.err
    assert sorted(Path("reports").iterdir()) == [Path("reports/one"), Path("reports/two")]
    reported = bulkprov("report", "reports/one").out
    assert "Rerun as: reports/two" in reported
    assert "Go on:" not in reported
    assert "It was rerun as reports/two" in Path("reports/one/results.html").read_text("utf-8")
    assert bulkprov("plan", "reports/one/failed.xlsx", "--offline").code == 0
    assert bulkprov("resume", "--json").json["run"] == "reports/two"
    shown = bulkprov("rollback", "reports/one").err
    assert (
        "rows of reports/one were carried over into reports/two: they would be marked as rolled back there too" in shown
    )
    continued = bulkprov("resume", "reports/one", "--yes", "--json")
    assert continued.json["exists"] == 40
    assert "which now holds all its rows; by --yes reports/one is continued all the same" in continued.err


def test_only_a_rerun_of_all_rows_takes_a_run_over(bulkprov: Command) -> None:
    """No plan does, nor a run of a file from which rows were deleted, nor a rerun that is gone."""
    bulkprov("run", INPUTS / "wave.csv", "--simulate", "--limit", "10", "-o", "one", "--format", "csv")
    lines = Path("one/results.csv").read_text("utf-8-sig").splitlines(keepends=True)
    bulkprov("plan", "one/results.csv")
    Path("one/results.csv").write_text("".join(lines[:20]), "utf-8")
    bulkprov("run", "one/results.csv", "--limit", "1", "-o", "part")
    assert bulkprov("resume", "one", "--limit", "1").code == 1

    bulkprov("rerun", "one", "--limit", "1", "-o", "all")
    assert bulkprov("resume", "one", "--limit", "1").code == 2
    shutil.rmtree("all")
    assert bulkprov("resume", "one", "--limit", "1").code == 1


def test_a_run_knows_its_server_whichever_one_the_file_is_for(
    bulkprov: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rehearsal is gone on with beside the settings for production; only a server that is typed is refused."""
    (tmp_path / "bulkprov.toml").write_text("server = 'https://cs.example.com/api'\nusername = 'ops'\n")
    monkeypatch.setenv("BULKPROV_SERVER", "https://cs2.example.com/api")
    bulkprov("run", INPUTS / "wave.csv", "--simulate", "--limit", "1", "-o", "reports/run")

    assert bulkprov("resume", "--limit", "1", "--json").json["created"] == 2
    assert bulkprov("rerun", "reports/run", "--limit", "1", "-o", "two", "--json").json["created"] == 3
    assert "belongs to" in bulkprov("resume", "two", "--server", "https://cs.example.com/api").err


def test_what_refused_a_sheet_is_not_resumed_into_the_same_refusal(bulkprov: Command) -> None:
    """The rows are to be corrected first; errors of the last go do not stop the next one."""
    sheet = INPUTS / "wave-troubled.csv"
    for words in (["--strict"], ["--plan-first"]):
        said = bulkprov("run", sheet, "--simulate", *words, "-o", f"run{words[0]}", "--format", "csv")
        folder = f"run{words[0]}"
        assert said.out.splitlines()[-1] == f"Go on:    bulkprov rerun {folder} {folder}/failed.csv {words[0]}"
    bulkprov("run", sheet, "--simulate", "--max-errors", "1", "-j", "1", "-o", "budget")
    again = bulkprov("resume", "budget", "--max-errors", "3", "-j", "1", "--json")
    assert (again.json["rejected"], again.json["error"]) == (3, None)


@pytest.mark.parametrize("words", [("--strict",), ("--plan-first",)])
def test_the_summary_names_the_command_that_the_terminal_names(bulkprov: Command, words: tuple[str, ...]) -> None:
    """A resume without the option would send the rows that the refusal kept back."""
    bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", *words, "-o", "run")

    summary = openpyxl.load_workbook("run/results.xlsx")["Summary"]
    said = [str(cell.value) for cell in summary["A"]]
    assert any(line.endswith("To continue: bulkprov rerun run run/failed.xlsx") for line in said), said


def test_a_preliminary_plan_that_stops_refuses_nothing(bulkprov: Command, password: Path) -> None:
    """No server answered, so nothing is known against the rows: the run is resumed."""
    server = Access(server="http://127.0.0.1:9")
    with begin_run(str(INPUTS / "wave.csv"), output=Path("run"), access=server, reading=Reading()) as begun:
        load_rows(begun)

    said = bulkprov(
        *("resume", "run", "--max-attempts", "1", "--plan-first", "--username", "ops", "--password-file", password)
    )

    assert said.code == 3
    assert "Go on:    bulkprov resume run" in said.out


def test_the_command_to_go_on_with_has_the_brakes_of_this_one(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Whoever pastes it goes on as carefully; what the settings file says is not repeated, its profile is."""
    (tmp_path / "bulkprov.toml").write_text(
        f"[profile.lab]\nserver = '{commserve.url}'\nusername = 'admin'\n"
        f"password-file = '{password.name}'\nrate = '50'\n"
    )

    said = bulkprov("run", INPUTS / "wave.csv", "--profile", "lab", "--limit", "5", "--max-errors", "3", "-o", "run")

    assert "Go on:    bulkprov resume run --max-errors 3 --profile lab" in said.out.splitlines()
    assert "bulkprov resume run --profile lab" in (tmp_path / "run" / "results.html").read_text("utf-8")
    later = bulkprov("report", "run")
    assert "Go on:    bulkprov resume run --profile lab" in later.out.splitlines(), "the run keeps --max-errors"


def test_the_summary_of_a_plan_names_the_server_and_the_user_that_a_run_needs(
    bulkprov: Command, commserve: CommServe, password: Path
) -> None:
    """No folder remembers them. Where a secret is kept is not said to those who read the file."""
    bulkprov(
        "plan", INPUTS / "wave.csv", "--server", commserve.url, "--username", "admin", "--password-file", password,
        "-o", "plan",
    )  # fmt: skip

    summary = openpyxl.load_workbook("plan/plan.xlsx")["Summary"]
    lines = [str(cell.value) for row in summary.iter_rows() for cell in row]
    assert any(line.endswith(f"wave.csv --server {commserve.url} --username admin") for line in lines), lines


def test_the_end_of_the_window_is_said_before_anything_is_sent(bulkprov: Command) -> None:
    """A time of day that is gone by means tomorrow."""
    now = datetime.now().astimezone()
    said = bulkprov("run", INPUTS / "wave.csv", "--simulate", "--until", f"{now - timedelta(minutes=2):%H:%M}")

    assert (said.code, "in 23 h 5" in said.err) == (0, True), said.err


DIES_LOADING = """
import os, sys
from bulkprov.__main__ import main
from bulkprov.journal.store import Journal
Journal.load = lambda *_: os._exit(9)
main(sys.argv[1:])
"""


def test_a_run_that_was_killed_while_loading_finds_its_sheet_from_anywhere(
    bulkprov: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its path was given relative to another working directory."""
    sheet = wave(tmp_path / "w.csv", [("client001", "one")])
    words = ["run", sheet.name, "--simulate", "-o", "run"]
    died = subprocess.run([sys.executable, "-c", DIES_LOADING, *words], cwd=tmp_path, check=False)  # noqa: S603 - ours
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert died.returncode == 9
    assert bulkprov("resume", "../run", "--json").json["created"] == 1


def test_rows_are_left_out_of_a_rerun_by_a_mark_or_by_deleting_one_of_two(bulkprov: Command, tmp_path: Path) -> None:
    """`failed` that is run by itself corrects its run, and is not the whole of it."""
    rows: list[tuple[str, ...]] = [("client001", "A"), ("client001", "a"), ("client999", "C"), ("client998", "D")]
    bulkprov("run", wave(tmp_path / "w.csv", rows), "--simulate", "-o", "one", "--format", "csv")
    twice, marked, fixed = read(Path("one/failed.csv"))
    assert twice["note"] == "names the same backup set as row 2: correct or delete one of the two"
    edited = [{**marked, "skip": "x"}, {**fixed, "skip": "no", "clientName": "client003"}]
    wave(Path("one/failed.csv"), [tuple(each.values()) for each in edited], tuple(marked))

    said = bulkprov("run", "one/failed.csv", "--simulate", "-o", "two")

    assert said.code == 0
    assert "one/failed.csv has the rows to fix of one: this is a rerun of that run, corrected by them" in said.err
    assert "row 3 is left out: it was deleted from failed.csv" in said.err
    assert "row 4 is left out: it was marked `skip` in failed.csv" in said.err
    assert "Left out: 2 (rows 3, 4)" in said.out
    assert "2 (rows 3, 4)" in Path("two/results.html").read_text("utf-8")
    assert bulkprov("report", "two", "--json").json["left_out"] == [3, 4]
    assert bulkprov("rerun", "two", "-o", "three", "--json").json["left_out"] == [3, 4]
    got = read(Path("two/results.csv"))  # as before
    assert [(row["clientName"], row["status"], row["sheetRow"]) for row in got] == [
        *(("client001", "created", "2"), ("client003", "created", "5"))
    ]
    assert "skip" not in got[0]
