import asyncio
import io
import os
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from bulkprov.cli import progress as progress_module
from bulkprov.cli.progress import Pace, Progress, Terminal, TerminalObserver, duration, headline
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


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0s"), (41.6, "42s"), (59.7, "1m 00s"), (185, "3m 05s"), (7800, "2h 10m")]
)
def test_a_duration_reads_as_people_write_it(seconds: float, words: str) -> None:
    """Two units at most, rounded to what matters."""
    assert words == duration(seconds)


def test_pace_is_that_of_the_last_moments() -> None:
    """A slow beginning does not weigh on the speed for ever."""
    pace = Pace(window=10)
    for second in range(100):
        pace.hear(second, second if second < 50 else 50 + (second - 50) * 20)

    assert pace.rate == 20
    assert pace.left(200) == 10


def test_pace_claims_nothing_it_cannot_know() -> None:
    """With one look, or no progress, there is no speed and no time left."""
    pace = Pace()
    assert pace.rate == 0
    pace.hear(1, 5)
    assert pace.rate == 0
    pace.hear(9, 5)
    assert pace.left(3) is None


def test_pace_does_not_count_the_reading_of_the_sheet() -> None:
    """Speed is counted from the last moment at which nothing was done yet, and time left only after a while."""
    pace = Pace()
    for now, done in [(0, 3), (60, 3), (61, 8)]:
        pace.hear(now, done)
    assert (pace.rate, pace.left(10)) == (5, None)

    pace.hear(62, 13)
    assert (pace.rate, pace.left(10)) == (5, 2)


def test_the_headline_says_all_that_counts() -> None:
    """Done of total, each status, speed, what is in flight and waits, and time left."""
    pace = Pace()
    pace.hear(0, 0)
    pace.hear(10, 1200)
    statuses = Counter({Status.CREATED: 1180, Status.REJECTED: 20})
    tally = Tally(rows=5000, statuses=statuses, in_flight=8, limit=16, waiting=2)

    assert headline(tally, 5000, pace) == (
        "1,200 of 5,000 rows, 1,180 created, 20 rejected, 8 of 16 in flight, 2 waiting, 120 rows/s, about 32s left"
    )


def test_the_headline_does_without_a_total() -> None:
    """While the sheet is still read, only what is known is said."""
    assert headline(Tally(), None, Pace()) == "0 rows, 0.0 rows/s"


async def test_elsewhere_than_on_a_terminal_lines_are_plain() -> None:
    """In a pipe there is no escape sequence and no cursor, and the last line has the final counts."""
    tally, clock, out = Tally(), Clock(), console(terminal=False)
    async with Progress(tally, console=out, total=10, clock=clock) as progress:
        clock.now += 2
        tally.statuses[Status.CREATED] = 4
        tally.unanswered = 1
        progress.draw()
        tally.unanswered = 1234
        clock.now += 3
        tally.statuses[Status.CREATED] = 10

    assert drawn(out).splitlines() == [
        "4 of 10 rows, 4 created, 1 unanswered request, 2.0 rows/s, about 3s left, 2s elapsed",
        "10 of 10 rows, 10 created, 1,234 unanswered requests in 5s (2.0 rows/s)",
    ]


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
    assert drawn(out).rstrip().endswith("2 of 4 rows, 2 created, 1 waiting, 2 unanswered requests in 1s (2.0 rows/s)")


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

        assert asked == "Go on? [y/N]\n", "and no control sequence that would redraw"
        assert "0/3" in drawn(out)[len(before) + len(asked) :]


def test_a_server_that_is_silent_is_said() -> None:
    """Until it answers; why is said as well."""
    tally = Tally(rows=3, silent="cannot connect to cs.example.com: Connection refused")

    assert headline(tally, 3, Pace()).count("SERVER NOT RESPONDING: cannot connect to cs.example.com") == 1


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
    """What is said goes to stderr; the answer is that of --yes."""
    observer = TerminalObserver(Screen(yes=yes, json=True))
    assert observer.ask("Send these rows?") is yes
    tally = Tally(rows=2)
    async with observer.watch(tally):
        observer.say("the server asks to wait")
        assert observer.ask("Continue with the rest?") is yes
        tally.statuses[Status.CREATED] = 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[0] == "the server asks to wait"
    assert said.err.splitlines()[1].startswith("2 of 2 rows, 2 created in ")
