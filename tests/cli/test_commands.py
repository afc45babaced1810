"""What `plan`, `rollback` and `verify` have in common with `run`: words for errors, files, and how they end."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from bulkprov.__main__ import main
from bulkprov.engine.model import Evidence
from bulkprov.engine.record import Recorder
from bulkprov.runs.run import Run
from tests.end_to_end.results import wave

Command = Callable[..., tuple[int, str]]
ENTRY = "[[error]]\ncode = 1\nmeans = 'ask the storage team'\n"
UNKNOWN = ("client999", "one")
"""A row of a client that the server does not have, which it refuses with errorCode 1."""


@pytest.fixture(name="bulkprov")
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Gives a command in an empty directory; returns its exit code and what it printed on stdout."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        return int(left.value.code or 0), capsys.readouterr().out

    return run


def texts(path: Path) -> str:
    """All that a workbook's Summary says."""
    return "\n".join(str(cell) for row in openpyxl.load_workbook(path)["Summary"].values for cell in row if cell)


def test_a_rollback_explains_the_other_rows_as_the_run_did(bulkprov: Command, tmp_path: Path) -> None:
    """It writes the results again, with the entries of the user's own catalogue."""
    Path("errors.toml").write_text(ENTRY)
    sheet = wave(tmp_path / "wave.csv", [("client001", "one"), UNKNOWN])
    bulkprov("run", sheet, "--simulate", "-o", "run", "--catalogue", "errors.toml")
    assert "sk the storage team" in texts(Path("run/results.xlsx"))

    bulkprov("rollback", "run", "--yes", "--catalogue", "errors.toml")

    assert "sk the storage team" in texts(Path("run/results.xlsx"))


@pytest.mark.parametrize("words", [("plan", "wave.csv", "--simulate"), ("rollback", "run"), ("verify", "run")])
def test_a_wrong_entry_of_the_catalogue_ends_every_command_before_it_works(
    bulkprov: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """In one line, as with `run`."""
    bulkprov("run", wave(tmp_path / "wave.csv", [("client001", "one")]), "--simulate", "-o", "run")
    Path("errors.toml").write_text("[[error]]\ncode = 'seven'\nmeans = 'x'\n")

    code, _ = bulkprov(*words, "--yes", "--catalogue", "errors.toml")

    assert code == 2


def test_the_json_of_a_verification_is_of_the_run_that_is_verified(bulkprov: Command, tmp_path: Path) -> None:
    """Not of the temporary folder in which it works."""
    bulkprov("run", wave(tmp_path / "wave.csv", [("client001", "one")]), "--simulate", "-o", "run")

    told = json.loads(bulkprov("verify", "run", "--json")[1])

    assert (told["run"], told["journal"]) == ("run", str(Path("run/journal.sqlite")))


@pytest.mark.parametrize("offline", [("--offline",), ("--simulate",)])
def test_the_json_of_a_plan_names_no_run(bulkprov: Command, tmp_path: Path, offline: tuple[str, ...]) -> None:
    """Its folder is deleted when the command ends."""
    sheet = wave(tmp_path / "wave.csv", [("client001", "one")])

    told = json.loads(bulkprov("plan", sheet, *offline, "--json")[1])

    assert (told["run"], told["journal"], told["sheet"]) == (None, None, str(sheet))


def test_a_run_that_comes_second_is_told_to_come_first(
    bulkprov: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its folder has sheets in it, none of which is meant; and a rerun keeps the format of the results."""
    sheet = wave(tmp_path / "wave.csv", [("client001", "one"), UNKNOWN])
    bulkprov("run", sheet, "--simulate", "-o", "reports/first", "--format", "csv")

    for named in ("reports/first", "latest", "fir"):
        with pytest.raises(SystemExit):
            main(["rerun", str(sheet), named])
        assert f"the run comes first: bulkprov rerun {named} {sheet}" in capsys.readouterr().err
    bulkprov("rerun", "first", "-o", "second")
    assert Path("second/results.csv").is_file()


def test_a_kept_plan_that_is_replaced_is_named(
    bulkprov: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--against` lives on kept plans."""
    words = ["plan", str(wave(tmp_path / "wave.csv", [("client001", "one")])), "--offline", "-o", "kept"]
    bulkprov(*words)

    with pytest.raises(SystemExit):
        main(words)

    assert f"{Path('kept/plan.xlsx')} was there, and is replaced" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "done"),
    [
        (("plan", "wave.csv", "--simulate", "-o", "run"), "1 row: 1 would-create"),
        (("rollback", "run", "--yes"), "1 row: 1 rolled-back"),
        (("verify", "run"), "1 row: 1 as-reported"),
    ],
)
def test_what_was_done_is_said_even_if_its_file_cannot_be_written(
    bulkprov: Command, tmp_path: Path, words: tuple[str, ...], done: str
) -> None:
    """Exit 5: a directory has the place of the file."""
    bulkprov("run", wave(tmp_path / "wave.csv", [("client001", "one")]), "--simulate", "-o", "run")
    Path("run/results.xlsx").unlink()
    for name in ("plan", "results", "verification"):
        (tmp_path / "run" / f"{name}.xlsx").mkdir()

    code, out = bulkprov(*words)

    assert (code, out.splitlines()[0]) == (5, done)
    assert "cannot be written" in out
    again = (
        "`bulkprov report run` will write them"
        if words[0] == "rollback"
        else "Once this is fixed, give the command again"
    )
    assert again in out


def test_the_traceback_of_a_bug_outlives_the_temporary_folder(
    bulkprov: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names a file that is there."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Recorder, "ended", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    code, out = bulkprov("plan", wave(tmp_path / "wave.csv", [("client001", "one")]), "--simulate")

    (log,) = tmp_path.glob("bulkprov-*.log")
    assert (code, f"{log} has the traceback" in out) == (70, True), out
    assert "ZeroDivisionError" in log.read_text()


def test_a_rollback_adds_nothing_to_what_the_run_has_cost(bulkprov: Command, tmp_path: Path) -> None:
    """Rows per second are those of the creates."""
    bulkprov("run", wave(tmp_path / "wave.csv", [("client001", "one")]), "--simulate", "-o", "run")
    with Run.open(Path("run")) as run:
        before = run.manifest

    bulkprov("rollback", "run", "--yes")

    with Run.open(Path("run")) as run:
        after = run.manifest
    assert (after.seconds, after.requests, after.finished) == (before.seconds, before.requests, before.finished)


def half_proven(bulkprov: Command, tmp_path: Path) -> None:
    """A run of two sets; of the second one it is not proven that the run has made it."""
    bulkprov(
        "run", wave(tmp_path / "wave.csv", [("client001", "one"), ("client002", "two")]), "--simulate", "-o", "run"
    )
    with sqlite3.connect("run/journal.sqlite") as journal:
        journal.execute("UPDATE outcomes SET ours = ? WHERE row = 2", (int(Evidence.PERHAPS),))
    journal.close()


def test_a_rollback_names_what_is_not_proven_and_leaves_it(bulkprov: Command, tmp_path: Path) -> None:
    """Before and after, with the command that deletes it as well; until then something is left to do."""
    half_proven(bulkprov, tmp_path)

    shown, before = bulkprov("rollback", "run")
    code, after = bulkprov("rollback", "run", "--yes")

    assert (shown, code) == (0, 1)
    for said in (before, after):
        assert "1 row may have made sets that are not proven" in said
        assert "row 3: two on client002 (id " in said
        assert "bulkprov rollback run --yes --also-unproven" in said
    assert "1 row: 1 rolled-back" in after


def test_a_rollback_deletes_what_is_not_proven_if_that_is_asked_for(bulkprov: Command, tmp_path: Path) -> None:
    """It is shown first like the rest, and the command that is offered asks for it again."""
    half_proven(bulkprov, tmp_path)

    _, shown = bulkprov("rollback", "run", "--also-unproven")
    code, said = bulkprov("rollback", "run", "--yes", "--also-unproven", "--json")

    assert "2 backup sets on 2 clients would be deleted" in shown
    assert "bulkprov rollback run --yes --also-unproven" in shown
    assert "are not proven" not in shown
    told = json.loads(said)
    assert (code, told["rolled-back"], told["unproven"]) == (0, 2, 0)


def test_the_json_of_a_run_says_whether_it_was_audited(bulkprov: Command, tmp_path: Path) -> None:
    """One that was not is not well; that no audit is wanted is."""
    sheet = wave(tmp_path / "wave.csv", [("client001", "one")])
    audited = bulkprov("run", sheet, "--simulate", "-o", "audited", "--json")
    code, without = bulkprov("run", sheet, "--simulate", "-o", "without", "--no-audit", "--json")

    assert (audited[0], json.loads(audited[1])["audited"]) == (0, True)
    assert (code, json.loads(without)["audited"]) == (0, False)


def test_an_audit_that_was_left_out_is_made_by_the_next_command(bulkprov: Command, tmp_path: Path) -> None:
    """`resume` has no row to do, and looks at what was created."""
    sheet = wave(tmp_path / "wave.csv", [("client001", "one"), ("client002", "two")])
    bulkprov("run", sheet, "--simulate", "-o", "run", "--limit", "1", "--no-audit")

    code, said = bulkprov("resume", "run", "--json")

    assert (code, json.loads(said)["created"], json.loads(said)["audited"]) == (0, 2, True)


def test_a_bare_resume_keeps_to_the_rate_of_its_run_goes_on_marking_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rerun too, and a rollback to the rate; `--rate none`, `-j auto` and `--no-mark` lift them, for good."""
    monkeypatch.chdir(tmp_path)
    sheet = wave(tmp_path / "wave.csv", [("client001", f"set {number}") for number in range(6)])

    def told(*words: object) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main([*map(str, words), "--limit", "1", "--quiet", "--no-audit", "--json"])
        return capsys.readouterr().err

    told("run", sheet, "--simulate", "-o", "run", "--rate", "100/s", "-j", "2", "--mark")
    kept = "--rate 100/s --concurrency 2 --mark, as"
    lifts = "(--rate none, --concurrency auto, --no-mark lift them)"
    assert f"{kept} the run was begun {lifts}" in told("resume", "run")
    with Run.open(Path("run")) as run:
        marks = [row.outcome.facts.mark for row in run.rows() if row.outcome]
    assert len(list(filter(None, marks))) == 2, "also those of the resume"
    assert f"{kept} run was run" in told("rerun", "run", "-o", "again")
    assert "--rate 100/s --concurrency 2, as the run was begun" in told("rollback", "again", "--yes")
    assert "--concurrency 2 --mark, as the run was begun" in told("resume", "run", "--rate", "none", "--yes")
    assert "--rate none, as" in told("resume", "run", "-j", "auto", "--no-mark", "--yes")
