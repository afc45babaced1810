"""The last resorts of a command: Ctrl-C, a bug, a reader that is gone."""

import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from bulkprov.__main__ import main
from bulkprov.errors import RunError
from bulkprov.runs.mask import Mask


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

    monkeypatch.setattr("bulkprov.cli.overviews.overviews", interrupted)

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
    assert capsys.readouterr().err.startswith("bulkprov: interrupted; if a run had begun, `bulkprov runs` shows")


def test_a_bug_is_one_line_and_its_traceback_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file has no values of variables: one of them may be a token."""

    def buggy(_folder: Path) -> int:
        secret = "QSDK canary"
        return int(secret == "") // 0

    monkeypatch.setattr("bulkprov.cli.overviews.overviews", buggy)

    assert ended("runs") == 70
    said = capsys.readouterr()
    (file,) = tmp_path.glob("bulkprov-*.txt")
    assert said.err == f"bulkprov: a bug in bulkprov: ZeroDivisionError; the traceback is in {file}\n"
    assert "in buggy" in file.read_text()
    assert "QSDK canary\n" not in file.read_text()


def test_what_a_bug_quotes_has_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in its traceback nor, if it is an error of ours, on the screen: a server's words may be in it."""

    def quoting(error: type[Exception]) -> Callable[[Path], None]:
        def quote(_folder: Path) -> None:
            mask = Mask(["QSDK nachtigall"])
            raise error("the server said QSDK%20Nachtigall", mask)

        return quote

    monkeypatch.setattr("bulkprov.cli.overviews.overviews", quoting(KeyError))
    assert ended("runs") == 70
    (file,) = tmp_path.glob("bulkprov-*.txt")
    assert "the server said ***" in file.read_text()
    assert "achtigall" not in file.read_text().partition("KeyError")[2]

    monkeypatch.setattr("bulkprov.cli.overviews.overviews", quoting(RunError))
    capsys.readouterr()
    assert ended("runs") == 2
    assert "the server said ***" in capsys.readouterr().err


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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows reports a closed pipe otherwise")
@pytest.mark.parametrize("gone", ["stdout", "stderr"])
def test_the_exit_code_tells_how_a_run_ended_though_nobody_reads_what_it_says(tmp_path: Path, gone: str) -> None:
    """As in `bulkprov run ... | head -1` under `set -o pipefail`: a row that was refused is no success.

    And a list of runs that nobody reads to its end is no failure.
    """
    (tmp_path / "w.csv").write_text("Wave 3,\nclientName,backupsetName\nclient001,A\nclient999,B\n")
    reader, writer = os.pipe()
    os.close(reader)
    ran, listed = (
        subprocess.run(  # noqa: S603 - ours
            [sys.executable, "-m", "bulkprov", *words],
            cwd=tmp_path,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=writer if gone == "stdout" else subprocess.PIPE,
            stderr=writer if gone == "stderr" else subprocess.PIPE,
        )
        for words in (("run", "w.csv", "--simulate", "--settle", "0", "-o", "here/run"), ("runs", "here"))
    )
    os.close(writer)

    assert (ran.returncode, listed.returncode) == (1, 0)
    assert b"Exception ignored" not in (ran.stderr or b"") + (listed.stderr or b"")
    assert (tmp_path / "here/run/results.xlsx").is_file()


def test_too_little_memory_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With how to go on."""

    def exhausted(*_: object) -> NoReturn:
        raise MemoryError

    monkeypatch.setattr("bulkprov.cli.commands.unfinished", exhausted)

    assert ended("resume") == 5
    assert capsys.readouterr().err.startswith("bulkprov: not enough memory; if a run had begun, ")


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
@pytest.mark.parametrize(("module", "times"), [("cyclopts", 1), ("bulkprov.runs.run", 1), ("bulkprov.runs.run", 2)])
def test_ctrl_c_while_modules_are_imported_ends_in_one_line(tmp_path: Path, module: str, times: int) -> None:
    """Those that every command needs, and those that one needs; the second time without waiting for them."""
    program = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            for _ in range({times}):
                os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from bulkprov.__main__ import main
main()
"""
    command = [sys.executable, "-c", program, "runs", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - ours

    assert (done.returncode, done.stderr) == (130, "bulkprov: interrupted\n")
    assert times == 2 or json.loads(done.stdout)["error"] == "interrupted"


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_ctrl_c_where_nothing_can_be_raised_ends_the_command_too(tmp_path: Path) -> None:
    """Python would print a traceback, and go on as if nothing had been."""
    program = """
import os, signal, sys
import bulkprov.cli.overviews as module
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        sum(range(10))
module.overviews = lambda *_: Last() and []
from bulkprov.__main__ import main
main()
"""
    command = [sys.executable, "-c", program, "runs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - ours

    assert (done.returncode, done.stderr) == (130, "bulkprov: interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="streams and limits as POSIX has them")
class TestPoorProcess:
    """A process that was started with less than usual: by a scheduler, or by a shell with limits."""

    @staticmethod
    def run(tmp_path: Path, line: str) -> "subprocess.CompletedProcess[str]":
        """A rehearsal, in a shell line in which {} stands for the command."""
        (tmp_path / "wave.csv").write_text("clientName,backupsetName\nclient001,One\n")
        command = f"{shlex.quote(sys.executable)} -m bulkprov run wave.csv --simulate -o run"
        shell = ["/bin/sh", "-c", line.format(command)]
        return subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - ours

    @pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
    def test_closed_streams_are_no_harm(self, tmp_path: Path, closed: str) -> None:
        """The results are written, and no file of the run takes the place of a stream."""
        done = self.run(tmp_path, f"{{}} {closed}")

        assert done.returncode == 0
        assert "Traceback" not in done.stderr
        assert (tmp_path / "run/results.xlsx").is_file()
        assert (tmp_path / "run/journal.sqlite").read_bytes().startswith(b"SQLite format 3")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
    @pytest.mark.parametrize(("full", "code"), [(">/dev/full", 5), ("2>/dev/full", 0), (">/dev/full 2>&1", 5)])
    def test_full_streams_lose_words_and_no_results(self, tmp_path: Path, full: str, code: int) -> None:
        """What could not be printed is in the results."""
        done = self.run(tmp_path, f"{{}} {full}")

        assert done.returncode == code
        assert (tmp_path / "run/results.xlsx").is_file()

    def test_the_limit_of_open_files_is_raised_as_far_as_it_goes(self, tmp_path: Path) -> None:
        """A soft one is no harm."""
        assert self.run(tmp_path, "ulimit -Sn 20; {}").returncode == 0

    def test_too_few_open_files_are_one_line(self, tmp_path: Path) -> None:
        """Before anything is begun."""
        done = self.run(tmp_path, "ulimit -n 20; {}")

        assert done.returncode == 2
        assert done.stderr == (
            "bulkprov: this process may open 20 files only, and bulkprov needs 64: raise it with `ulimit -n`\n"
        )
        assert not (tmp_path / "run").exists()
