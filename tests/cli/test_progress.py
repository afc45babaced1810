import asyncio
import io
import os
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from bulkprov.cli import progress as progress_module
from bulkprov.cli.pace import clock_time
from bulkprov.cli.progress import Progress, Terminal, TerminalObserver
from bulkprov.engine.model import Status
from bulkprov.engine.tally import Tally
from bulkprov.settings import Screen


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def console(*, terminal: bool) -> Console:
    """A place to draw that remembers."""
    return Console(file=io.StringIO(), force_terminal=terminal, width=100, legacy_windows=False, color_system=None)


def drawn(console: Console) -> str:
    """Everything that was drawn."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_elsewhere_than_on_a_terminal_lines_are_plain() -> None:
    """In a pipe there is no escape sequence and no cursor, but the time; the last line has the final counts."""
    tally, clock, out = Tally(), Clock(), console(terminal=False)
    async with Progress(tally, console=out, total=10, clock=clock, wall=lambda: 1e9 + clock()) as progress:
        clock.now += 2
        tally.statuses[Status.CREATED] = 4
        tally.unanswered = 1
        progress.draw()
        tally.unanswered = 1234
        clock.now += 3
        tally.statuses[Status.CREATED] = 10

    assert drawn(out).splitlines() == [
        f"{clock_time(1e9 + 102)} 4 of 10 rows, 4 created, 1 unanswered request, about 3s left, 2s elapsed",
        f"{clock_time(1e9 + 105)} 10 of 10 rows, 10 created, 1,234 unanswered requests, 5s elapsed",
    ]


async def test_a_terminal_that_knows_no_cursor_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """`TERM=dumb`, as in the shells of editors: what is written stays, and has no escape sequence."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(progress_module, "columns", lambda _: 60)  # rich takes it for one of 80
    tally, clock, out = Tally(), Clock(), console(terminal=True)
    async with Progress(tally, console=out, total=4, clock=clock, wall=lambda: 0) as progress:
        clock.now += 6
        tally.statuses[Status.CREATED] = 2
        progress.draw()

    assert "\x1b" not in drawn(out)
    assert drawn(out).startswith(
        f"{clock_time(0)} 2 of 4 rows, 2 created, 0.3 rows/s, about 6s left,\n  6s elapsed\n"
    ), "broken between words"


async def test_a_line_that_says_nothing_new_comes_once_a_minute() -> None:
    """In a pause of an hour, say."""
    tally, clock, out = Tally(paused=3), Clock(), console(terminal=False)
    async with Progress(tally, console=out, total=4, clock=clock) as progress:
        for _ in range(24):
            clock.now += 5
            progress.draw()

    lines = drawn(out).splitlines()
    assert [line.rpartition(", ")[2] for line in lines] == ["5s elapsed", "1m 05s elapsed"]
    assert all("paused, as the server asked" in line for line in lines)


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_the_bar_stands_in_one_line_on_terminals_of_all_widths(width: int) -> None:
    """With the time elapsed and the time left beside it."""
    tally, clock = Tally(statuses=Counter({Status.CREATED: 0})), Clock()
    out = Console(file=io.StringIO(), force_terminal=True, width=width, legacy_windows=False, color_system=None)
    async with Progress(tally, console=out, total=5000, clock=clock) as progress:
        progress.draw()
        clock.now += 100
        tally.statuses[Status.CREATED] = 1234
        progress.draw()
        picture = drawn(out)

    assert "0/5,000 0s elapsed" in picture, "as long as there is no speed, no gap is left for it"
    (line,) = (each for each in picture.splitlines() if "1,234/5,000" in each)
    assert "12 rows/s" in line
    assert "1m 40s elapsed" in line
    assert "5m 05s left" in line


async def test_a_server_that_is_silent_stands_out() -> None:
    """All else that is going on is drawn faintly."""
    tally = Tally(statuses=Counter({Status.CREATED: 1}), waiting=2, silent="Connection refused")
    out = Console(file=io.StringIO(), force_terminal=True, width=100, legacy_windows=False, color_system="standard")
    async with Progress(tally, console=out, total=3) as progress:
        progress.draw()

    assert "\x1b[2m2 waiting\x1b[0m" in drawn(out)
    assert "\x1b[1;31mSERVER NOT RESPONDING: Connection refused\x1b[0m" in drawn(out)


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_behind_the_picture_there_is_room_for_ctrl_c(width: int) -> None:
    """The terminal shows it as `^C`: a line of its own for that would be wiped out in place of the bar."""
    for length in range(width):
        tally = Tally(statuses=Counter({Status.CREATED: 10**length}))
        out = Console(file=io.StringIO(), force_terminal=True, width=width, legacy_windows=False, color_system=None)
        async with Progress(tally, console=out, total=5000) as progress:
            progress.draw()
            last = drawn(out).splitlines()[-1]

        assert len(last) <= width - len("^C^C")


async def test_on_a_terminal_the_picture_is_redrawn_and_then_gone() -> None:
    """The live picture shows a bar and counts; after it one plain line stays."""
    tally, clock, out = Tally(), Clock(), console(terminal=True)
    async with Progress(tally, console=out, clock=clock) as progress:
        progress.total = 4
        clock.now += 1
        tally.statuses[Status.CREATED] = 2
        tally.waiting, tally.unanswered = 1, 2
        progress.draw()
        picture = drawn(out)

    assert "2/4" in picture
    assert "2 created" in picture
    assert "1 waiting, 2 unanswered requests" in picture
    assert drawn(out).rstrip().endswith("2 of 4 rows, 2 created, 1 waiting, 2 unanswered requests, 1s elapsed")


async def test_the_picture_makes_room_for_a_question() -> None:
    """Nothing is drawn over it, and afterwards the picture is there again."""
    out = console(terminal=True)
    progress = Progress(Tally(rows=3), console=out, total=3)
    async with progress:
        progress.draw()
        with progress.aside():
            before = drawn(out)
            out.print("Go on? [y/N]", markup=False)
            asked = drawn(out)[len(before) :]
        progress.draw()
        again = drawn(out)[len(before) + len(asked) :]

        assert asked == "Go on? [y/N]\n", "and no control sequence that would redraw"
        assert "0/3" in again
        assert "\x1b[1A" not in again, "it stands below, and does not wipe out question and answer"


async def test_quiet_draws_nothing() -> None:
    """With -q nothing at all is written."""
    out = console(terminal=True)
    async with Progress(Tally(), console=out, quiet=True) as progress:
        progress.draw()

    assert drawn(out) == ""


async def test_nobody_reading_does_not_end_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    """When the other end of the pipe is gone, the block goes on to its end and nothing is raised."""
    reader, writer = os.pipe()
    os.close(reader)
    file = io.TextIOWrapper(io.FileIO(writer, "w"), write_through=True)
    async with Progress(Tally(), console=Terminal(file=file)) as progress:
        progress.draw()
        progress.draw()
    file.close()

    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
async def test_a_full_disk_under_stderr_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """When what is shown goes to a file and cannot be written, the block goes on to its end and nothing is raised."""
    monkeypatch.setattr(progress_module, "_PLAIN", 0)
    file = io.TextIOWrapper(io.FileIO("/dev/full", "w"), write_through=True)
    async with Progress(Tally(), console=Terminal(file=file)) as progress:
        assert progress._task is not None
        await asyncio.wait([progress._task])
    file.close()


async def test_nothing_is_left_running() -> None:
    """After the block, also after one that failed, no task of it is left and the cursor is back."""
    out = console(terminal=True)
    with pytest.raises(RuntimeError):
        async with Progress(Tally(), console=out):
            raise RuntimeError

    assert {asyncio.current_task()} == asyncio.all_tasks()
    assert drawn(out).rfind("\x1b[?25h") > drawn(out).rfind("\x1b[?25l")


@pytest.mark.parametrize("yes", [False, True])
async def test_the_observer_shows_the_work_and_asks_without_a_terminal_only_for_form(
    capsys: pytest.CaptureFixture[str], *, yes: bool
) -> None:
    """What is said goes to stderr; the answer is that of --yes. To a brake that was asked for, that is no answer."""
    observer = TerminalObserver(Screen(yes=yes, json=True))
    assert observer.ask("Send these rows?") is yes
    tally = Tally(rows=2)
    async with observer.watch(tally):
        observer.say("the server asks to wait")
        assert not observer.overrules("1 of 2 canary rows did not succeed", ["  1 rejected"])
        tally.statuses[Status.CREATED] = 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[0] == "the server asks to wait"
    assert said.err.splitlines()[1][9:].startswith("2 of 2 rows, 2 created, ")


@pytest.mark.parametrize("yes", [False, True])
def test_a_brake_that_has_caught_is_asked_about_on_a_terminal_unless_yes_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, yes: bool
) -> None:
    """A scheduled task may have an unattended console: a prompt would wait there forever."""
    monkeypatch.setattr("bulkprov.cli.progress.attended", lambda: True)
    monkeypatch.setattr("bulkprov.cli.prompts.attended", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    gone_on = TerminalObserver(Screen(yes=yes)).overrules("1 of 2 canary rows did not succeed", ["  1 rejected"])

    question = "  1 rejected\n1 of 2 canary rows did not succeed. Continue with the rest? [y/N] "
    assert (gone_on, capsys.readouterr().err) == ((False, "") if yes else (True, question))
