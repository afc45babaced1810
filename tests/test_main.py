"""The last resorts of a command: Ctrl-C, a bug, a reader that is gone."""

import io
import json
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from bulkprov.__main__ import main


def ended(*words: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as left:
        main(words)
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory, for the folder of bugs too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_ctrl_c_ends_a_command_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, and with --json in the object too."""

    def interrupted(_folder: Path) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("bulkprov.cli.inspect.overviews", interrupted)

    assert ended("runs", "--json") == 130
    said = capsys.readouterr()
    assert said.err == "bulkprov: interrupted\n"
    assert json.loads(said.out)["exit_code"] == 130


def test_ctrl_c_while_a_run_is_prepared_says_how_to_continue_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only where there may be a run."""

    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("bulkprov.cli.commands.unfinished", interrupted)

    assert ended("resume") == 130
    assert capsys.readouterr().err.startswith("bulkprov: interrupted; `bulkprov runs` shows")


def test_a_bug_is_one_line_and_its_traceback_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file has no values of variables: one of them may be a token."""

    def buggy(_folder: Path) -> int:
        secret = "QSDK canary"
        return int(secret == "") // 0

    monkeypatch.setattr("bulkprov.cli.inspect.overviews", buggy)

    assert ended("runs") == 70
    said = capsys.readouterr()
    (file,) = tmp_path.glob("bulkprov-*.txt")
    assert said.err == f"bulkprov: a bug in bulkprov: ZeroDivisionError; the traceback is in {file}\n"
    assert "in buggy" in file.read_text()
    assert "QSDK canary\n" not in file.read_text()


def test_a_reader_that_is_gone_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in `bulkprov runs | head -1`."""

    class Gone(io.StringIO):
        def write(self, _text: str, /) -> NoReturn:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Gone())

    assert ended("runs") == 0
    assert capsys.readouterr().err == ""
