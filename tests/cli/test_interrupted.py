"""What a command says after Ctrl-C, at each place where it may come."""

import io
import sys
from pathlib import Path
from typing import NoReturn

import pytest

import bulkprov.cli.commands  # noqa: F401 - before anything is patched that it takes by name, and would keep
from bulkprov.__main__ import main
from tests.cli.loaded import loaded


def ended(*words: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as left:
        main(words)
    assert isinstance(left.value.code, int)
    return left.value.code


def interrupted(*_: object, **__: object) -> NoReturn:
    """Ctrl-C comes here."""
    raise KeyboardInterrupt


RUN = ("run", "wave.csv", "--simulate", "-o", "out", "--timeout", "30")
BEFORE = "bulkprov: interrupted"


@pytest.mark.parametrize(
    ("place", "said", "then"),
    [
        (
            "load_rows",
            f"{BEFORE} before wave.csv was read: nothing was sent, all of its rows are left to do; to go on: ",
            "bulkprov resume out --timeout 30",
        ),
        (
            "look_around",
            f"{BEFORE}; 2 rows of 2 left to do; to go on: ",
            "bulkprov resume out --timeout 30",
        ),
        (
            "reported",
            f"{BEFORE}; all rows have ended, and the journal has what became of them; for the results: ",
            "bulkprov report out",
        ),
    ],
)
def test_it_says_what_is_left_to_do_and_the_command_that_does_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
    said: str,
    then: str,
) -> None:
    """While the sheet is read, before anything is sent, while results are written; the command works."""
    monkeypatch.chdir(tmp_path)
    Path("wave.csv").write_text("clientName,backupsetName\nclient001,One\nclient002,Two\n")
    with monkeypatch.context() as patched:
        patched.setattr(f"bulkprov.cli.workflow.{place}", interrupted)
        assert ended(*RUN) == 130
    assert capsys.readouterr().err.splitlines()[-1] == said + then

    assert ended(*then.split()[1:]) == 0
    assert Path("out/results.xlsx").is_file()


@pytest.mark.parametrize(
    ("place", "left"),
    [
        ("several.load_rows", ["a.csv, of which nothing was sent", "b.csv, of which nothing was sent"]),
        ("workflow.look_around", ["a.csv, 1 row of 1", "b.csv, 2 rows of 2"]),
        ("workflow.reported", ["a.csv, whose rows have all ended, the results", "b.csv, 2 rows of 2"]),
    ],
)
def test_of_several_sheets_it_says_so_of_each(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
    left: list[str],
) -> None:
    """One line for each, with its command."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("clientName,backupsetName\nclient001,One\n")
    Path("b.csv").write_text("clientName,backupsetName\nclient002,Two\nclient003,Three\n")
    with monkeypatch.context() as patched:
        patched.setattr(f"bulkprov.cli.{place}", interrupted)
        assert ended("run", "a.csv", "b.csv", "--simulate") == 130
    begun = [Path(name) for name in sorted(str(each) for each in Path("reports").iterdir())]
    *_, head, first, second = capsys.readouterr().err.splitlines()

    assert head == f"{BEFORE}; left to do:"
    for line, run, words in zip((first, second), begun, left, strict=True):
        command = "report" if "ended" in words else "resume"
        assert line == f"  {words}: bulkprov {command} {run}"


def test_of_a_rollback_it_names_the_command_that_deletes_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No `resume` would."""
    monkeypatch.chdir(tmp_path)
    with loaded(Path(), ("client001", "one")):
        pass
    monkeypatch.setattr("bulkprov.cli.made.worked", interrupted)

    assert ended("rollback", "run", "--yes", "--also-unproven", "--wave", "--rate", "5") == 130
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"{BEFORE}; to go on: bulkprov rollback run --yes --rate 5 --wave --also-unproven"
    )


def test_a_sheet_from_stdin_cannot_be_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So no run is kept of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bulkprov.cli.workflow.load_rows", interrupted)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"clientName,backupsetName\nclient001,One\n")))

    assert ended("run", "-", "--simulate", "-o", "out") == 130
    assert capsys.readouterr().err.endswith("nothing was sent; the sheet came from stdin, so run it again\n")
    assert not Path("out").exists()
