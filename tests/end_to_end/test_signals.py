"""Ctrl-C twice, and two processes at one run."""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import Popen

import pytest

from bulkprov.simulator import FAULTS, Fault, RequestKind, SeededFaults
from tests.end_to_end.conftest import CommServe, Said, start
from tests.end_to_end.results import wave

Command = Callable[..., Said]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")


def until_asked(commserve: CommServe, number: int, command: Popen[str]) -> None:
    """Until the server has been asked so much; the interval only spares the processor."""
    while commserve.statistics.requests.total() < number:
        assert command.poll() is None, command.communicate()
        time.sleep(0.005)


class Silent:
    """A fault policy: every create is processed and never answered."""

    def choose(self, kind: RequestKind, _content: bytes) -> Fault | None:
        """That, for a create."""
        return FAULTS["silent-after"] if kind is RequestKind.CREATE else None


@pytest.mark.parametrize("commserve", [{"refuse_duplicates": False}], indirect=True)
def test_a_second_signal_leaves_at_once_and_nothing_is_lost(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """A server that never answers keeps nobody: the first Ctrl-C waits for it, the second does not."""
    sheet = wave(tmp_path / "wave.csv", [("client001", f"FS_{n}") for n in range(20)])
    options = ("--username", "admin", "--password-file", password, "--settle", "0.5")
    commserve.call(lambda: setattr(commserve.simulator, "fault_policy", Silent()))
    command = start("run", sheet, "--server", commserve.url, *options, "-o", "run", cwd=tmp_path)
    with command:
        until_asked(commserve, 6, command)
        os.kill(command.pid, signal.SIGINT)
        assert command.stderr
        while "stopping" not in (said := command.stderr.readline()):
            assert said, "the first signal is answered by a line"
        assert command.poll() is None
        os.kill(command.pid, signal.SIGINT)
        said = "".join(command.stderr)
        assert "quitting now; the journal is complete. To go on: bulkprov resume run --" in said
        command.wait(10)  # much sooner than the half a minute that exchanges get which are under way

    assert command.returncode == 130
    with closing(sqlite3.connect(tmp_path / "run/journal.sqlite")) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    made = sum(name != "FS_Legacy_01" for _, name in commserve.sets())
    assert made > 0

    commserve.call(lambda: setattr(commserve.simulator, "fault_policy", SeededFaults(seed=0, overall=0, by_name={})))
    again = bulkprov("resume", "run", *options, "--json")

    assert (again.code, again.json["created"]) == (0, 20)
    assert {len(ids) for ids in commserve.sets().values()} == {1}


@pytest.mark.parametrize("commserve", [{"latency": 0.05}], indirect=True)
def test_a_second_process_cannot_work_on_a_run(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Neither resume nor report nor a new run into the folder: exit code 2, and the first one goes on unharmed."""
    sheet = wave(tmp_path / "wave.csv", [(f"client{n % 60 + 1:03d}", f"FS_{n}") for n in range(200)])
    options = ("--username", "admin", "--password-file", password)
    with start("run", sheet, "--server", commserve.url, *options, "-o", "run", cwd=tmp_path) as first:
        until_asked(commserve, 10, first)
        refused = [
            bulkprov("resume", "run", *options),
            bulkprov("report", "run"),
            bulkprov("run", sheet, "--server", commserve.url, *options, "-o", "run"),
        ]
        first.communicate(timeout=60)

    assert [said.code for said in refused] == [2, 2, 2]
    assert all("another process is working on run" in said.err for said in refused)
    assert first.returncode == 0
