"""A user's night: a wave from its empty sheet to a rollback, each command as the one before it names the next.

Commands that send are processes of their own. Those that only read are called in this one, as starting Python costs
more than they do; the probe, which waits most of the time, is an exception.
"""

import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bulkprov.simulator import Fault, RequestKind, SeededFaults
from tests.end_to_end.conftest import CommServe, Said, start
from tests.end_to_end.results import read as read_results
from tests.end_to_end.test_users_hour import GOOD, MISTAKES, fill_in
from tests.end_to_end.truth import Striking, untrue
from tests.report.page.pages import Seen
from tests.terminal import Terminal

Command = Callable[..., Said]

ROWS = 60
WRONG = len(MISTAKES)
FURTHER: list[dict[str, str | int]] = [
    {"clientName": f"client{n:03d}", "backupsetName": f"FS_{n:02d}"} for n in range(GOOD + WRONG + 1, ROWS)
]
THERE: dict[str, str | int] = {"clientName": "client004", "backupsetName": "FS_Legacy_01"}
"""A row whose set is there before the night."""
FIRST_WRONG = 2 + GOOD
REPEATED, FIRST_REFUSED = (
    FIRST_WRONG + next(at for at, (_, _, told) in enumerate(MISTAKES) if told.startswith(words))
    for words in ("same backup set", "a client name")
)
"""The row that repeats another, and the first that only the server finds wrong."""


class Outage(Striking):
    """The first creates are answered; those after them are carried out, and nothing is said any more."""

    def __init__(self, *, answered: int, lost: int) -> None:
        super().__init__({RequestKind.CREATE: "silent-after"}, after=answered)
        self._lost, self.over = lost, threading.Event()

    def choose(self, kind: RequestKind, content: bytes) -> Fault | None:
        """As it says; the event comes with the last answer that is lost."""
        fault = super().choose(kind, content)
        self._lost -= fault is not None
        if self._lost <= 0:
            self.over.set()
        return fault


def ended(command: subprocess.Popen[str]) -> Said:
    """How a command has ended."""
    out, err = command.communicate(timeout=60)
    return Said(command.returncode, out, err)


def named(said: Said, label: str) -> str:
    """What a line names after a label."""
    (line,) = (line for line in f"{said.err}{said.out}".splitlines() if label in line)
    return line.partition(label)[2].strip()


def next_of(said: Said, label: str = "Go on:") -> list[str]:
    """The command that a line names, as it would be typed again."""
    words = shlex.split(named(said, label))
    assert words[0] == "bulkprov"
    return words[1:]


def correct(path: Path, rows: range, *, delete: int = 0) -> None:
    """Put rows of the file right, and save it in its place, as people do."""
    book = openpyxl.load_workbook(path)
    sheet = book["Failed"]
    columns = {str(cell.value).rstrip(" *"): at for at, cell in enumerate(sheet[1])}
    for row in list(sheet.iter_rows(min_row=2)):
        number = row[columns["sheetRow"]].value
        if number in rows:
            for name, value in MISTAKES[number - FIRST_WRONG][1].items():
                row[columns[name]].value = value
    for at in [row[0].row for row in sheet.iter_rows(min_row=2) if row[columns["sheetRow"]].value == delete]:
        sheet.delete_rows(at)
    book.save(path)
    book.close()


class Night:
    """Somebody at a prompt with a CommServe: each chapter ends with what the last command has said."""

    def __init__(self, commserve: CommServe, read: Command, folder: Path) -> None:
        self.commserve, self.read, self.folder = commserve, read, folder
        self.before = self.record()

    def begin(self, *words: object) -> subprocess.Popen[str]:
        """Type a command that becomes a process of its own, and do not wait for it."""
        return start(*words, cwd=self.folder, BULKPROV_PASSWORD="simulator")

    def type(self, *words: object) -> Said:
        """Type a command, and read what it has said when it has ended."""
        with self.begin(*words) as command:
            return ended(command)

    def record(self) -> list[Any]:
        """The server's own record of all sets, whoever made them."""
        sets: Callable[[], list[Any]] = self.commserve.simulator.backupsets
        found: list[Any] = self.commserve.call(sets)
        return found

    def made(self) -> int:
        """How many sets more than in the evening the server has."""
        return len(self.record()) - len(self.before)

    def results(self, said: Said) -> list[dict[str, Any]]:
        """The results that a command names: there is nothing in them that the server's record denies."""
        found = read_results(self.folder / named(said, "Results:"))
        rows = [{name.rstrip(" *"): value for name, value in row.items()} for row in found]
        assert untrue(rows, self.commserve.sets()) == []
        return rows

    def sheet(self) -> None:
        """A sheet is filled in; what can be seen in it is said before there is a server."""
        empty = self.read("template", "wave.xlsx")
        fill_in(self.folder / "wave.xlsx", [*FURTHER, THERE])
        checked = self.read(*next_of(empty, "Fill it in, then:"))
        assert checked.code == 1
        assert "60 rows: 16 invalid, 44 not looked up" in checked.out

    def server(self) -> list[list[str]]:
        """The server is named once, tried, and kept; gives the commands of a wave that stand there then."""
        first = Terminal("init", "--timeout", "1")
        answers = {"Web service": self.commserve.url, "User": "admin", "Password for admin": "simulator"}
        for question, answer in answers.items():
            first.answer(question, answer)
        assert first.end() == 0
        lines = [line.strip() for line in first.shown.splitlines() if line.startswith("  bulkprov ")]
        return [shlex.split(line.partition("  ")[0])[1:] for line in lines]

    def look(self, plan: list[str]) -> None:
        """Probed and planned in two windows, as a probe is slow on purpose; neither changes anything."""
        with self.begin("probe", "wave.xlsx", "--client", "client060") as probing:
            planned = self.read(*plan)
            probed = ended(probing)
        assert probed.code == 0
        assert "Nothing was made." in probed.out
        assert planned.code == 1
        assert "60 rows: 1 exists, 16 invalid, 42 would-create, 1 client-not-found" in planned.out
        assert self.made() == 0

    def canary(self, run: list[str]) -> Said:
        """The first rows by themselves: the last of them is refused, and nothing more is sent."""
        said = self.type(*run, "--canary", GOOD + 1)
        assert said.code == 4
        assert "Stopped early: 1 of 17 canary rows did not succeed" in said.out
        assert "edit: clientName (`bulkprov plan RUN/failed.xlsx` suggests names" in said.out
        assert self.made() == GOOD
        return said

    def kill(self, go_on: list[str]) -> Said:
        """The server falls silent in the middle, and the command is killed; then it is gone on with on a bad line."""
        (folder,) = self.folder.glob("reports/wave-*")
        self.commserve.simulator.fault_policy = outage = Outage(answered=6, lost=8)
        with self.begin(*go_on) as command:
            assert outage.over.wait(30)
            command.kill()
        self.commserve.simulator.fault_policy = SeededFaults(seed=16, overall=0.2, by_name={})
        said = self.type("resume", "--canary", 0)  # it is kept until it has passed, and a kill has broken it off
        assert said.code == 1
        assert f"continuing {folder.relative_to(self.folder)}, the newest unfinished run" in said.err
        assert "60 rows: 39 created, 1 exists, 4 rejected, 16 invalid" in said.out
        for row, (_, _, told) in zip(self.results(said)[GOOD:], MISTAKES, strict=False):
            assert told in f"{row['errorString'] or ''} {row['note'] or ''}"
        return said

    def corrections(self, said: Said) -> Said:
        """In two sittings, each in the file that the last lines name; one row is deleted there."""
        correct(self.folder / named(said, "To fix:"), range(FIRST_WRONG, FIRST_REFUSED), delete=REPEATED)
        again = self.type(*next_of(said))
        assert again.code == 1
        assert f"row {REPEATED} is left out: it was deleted from failed.xlsx" in again.err
        assert "59 rows: 54 created, 1 exists, 4 rejected (40 carried over)" in again.out
        correct(self.folder / named(again, "To fix:"), range(FIRST_REFUSED, FIRST_WRONG + WRONG))
        done = self.type(*next_of(again))
        assert done.code == 0
        assert "59 rows: 58 created, 1 exists (55 carried over)" in done.out
        assert "Go on:" not in done.out
        assert len(self.results(done)) == 59
        assert self.made() == 58
        return done

    def morning(self, done: Said) -> None:
        """It is checked once more, and somebody looks at the page."""
        verified = self.read("verify", "latest")
        assert verified.code == 0
        assert "59 rows: 59 as-reported" in verified.out
        assert "All 59 backup sets are there" in Seen(self.folder / named(done, "Page:")).text

    def undo(self) -> None:
        """The whole wave is rolled back: first shown, then what is proven, then what is only perhaps its own."""
        shown = self.read("rollback", "latest", "--wave")
        assert self.made() == 58
        proven = self.type(*next_of(shown, "To delete them:"))
        assert proven.code == 1
        undone = self.read(*next_of(proven, "To delete them as well:"))
        assert undone.code == 0
        assert self.record() == self.before

    def account(self) -> None:
        """The list of runs, the results and the page of each say that nothing of it is there any more."""
        listed = self.read("runs").out
        assert "1 of 59 done after 3 runs" in listed
        for folder in self.folder.glob("reports/wave-*"):
            told = [row["status"] for row in read_results(folder / "results.xlsx")]
            assert {"created", "pending", "unknown"}.isdisjoint(told)
            assert f"{told.count('rolled-back')} rolled-back" in listed
            assert f"rolled-back {told.count('rolled-back')}" in Seen(folder / "results.html").text


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal, and kill as POSIX has it")
@pytest.mark.parametrize(
    "commserve", [{"latency": 0.01, "slow_seconds": 0.1, "late_seconds": 0.2, "hang_seconds": 30}], indirect=True
)
def test_a_users_night(
    commserve: CommServe, bulkprov: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong, the next command stands there; what is said is what the server has; all can be undone."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    night = Night(commserve, bulkprov, tmp_path)

    night.sheet()
    plan, run, _ = night.server()
    monkeypatch.setenv("BULKPROV_PASSWORD", "simulator")
    night.look(plan)
    stopped = night.canary(run)
    resumed = night.kill(next_of(stopped))
    done = night.corrections(resumed)
    night.morning(done)
    night.undo()
    night.account()
