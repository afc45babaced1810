"""The progress display: a live bar and counts on a terminal, a plain line now and then elsewhere.

It looks at the run's `Tally` a few times a second and costs a row nothing. It knows no rows and changes nothing; what
it draws goes to stderr, so that stdout stays for results. `TerminalObserver` is how the work on a run reaches it.
"""

import asyncio
import contextlib
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bulkprov.cli.events import EventLines
from bulkprov.cli.prompts import confirmed, say
from bulkprov.engine.model import Outcome, Row, Status
from bulkprov.engine.operations import Operation
from bulkprov.engine.tally import Tally
from bulkprov.report.statuses import STATUSES
from bulkprov.runs.observer import Observer
from bulkprov.runs.run import Run
from bulkprov.settings import Screen
from bulkprov.text import clean, clean_lines

__all__ = ["Pace", "Progress", "Terminal", "TerminalObserver", "duration", "headline"]

_LIVE: Final = 0.25
_PLAIN: Final = 5.0
"""Seconds between two pictures on a terminal, and between two lines elsewhere."""

_WINDOW: Final = 15.0
"""Seconds over which the speed is measured."""

_ENOUGH: Final = 2.0
"""Seconds that must be known before a time left is estimated."""

_MINUTE: Final = 60
_HOUR: Final = 3600


class Pace:
    """Rows per second over the last seconds, from counts that arrive now and then."""

    def __init__(self, window: float = _WINDOW) -> None:
        self._window = window
        self._heard: deque[tuple[float, int]] = deque()

    def hear(self, now: float, done: int) -> None:
        """Take the number of rows done by now. Of the counts older than the window one is kept.

        The time before the first row is done does not count: the sheet is still being read then.
        """
        if len(self._heard) == 1 and self._heard[0][1] == done:
            self._heard.clear()
        self._heard.append((now, done))
        while self._heard[-1] is not self._heard[0] and self._heard[1][0] <= now - self._window:
            self._heard.popleft()

    @property
    def rate(self) -> float:
        """Rows per second; 0 while it is unknown."""
        if not self._heard:
            return 0.0
        (begin, before), (end, after) = self._heard[0], self._heard[-1]
        return (after - before) / (end - begin) if end > begin else 0.0

    def left(self, rows: int) -> float | None:
        """Seconds that so many rows will take at this speed; None while it is unknown."""
        known = self._heard[-1][0] - self._heard[0][0] if self._heard else 0.0
        return rows / self.rate if self.rate > 0 and known >= _ENOUGH else None


def duration(seconds: float) -> str:
    """A length of time as people write it: `42s`, `3m 05s`, `2h 10m`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"


def _speed(rate: float) -> str:
    """A speed, with as many digits as one can judge by."""
    return f"{rate:,.1f}" if round(rate, 1) < 10 else f"{rate:,.0f}"


def headline(tally: Tally, total: int | None, pace: Pace) -> str:
    """Where the run stands, in one line of plain text."""
    parts = [*_counts(tally, total), f"{_speed(pace.rate)} rows/s"]
    done = tally.statuses.total()
    if total is not None and done < total and (left := pace.left(total - done)) is not None:
        parts.append(f"about {duration(left)} left")
    return ", ".join(parts)


def _counts(tally: Tally, total: int | None) -> list[str]:
    done = tally.statuses.total()
    parts = [f"{done:,} of {total:,} rows" if total is not None else f"{done:,} rows"]
    parts += [f"{tally.statuses[status]:,} {status}" for status in Status if tally.statuses[status]]
    return [*parts, *_busy(tally)]


def _busy(tally: Tally) -> list[str]:
    """What is in flight, and how many requests went unanswered: they are not shown one by one."""
    if tally.audit:
        return [f"auditing: {tally.audit.statuses.total():,} looked at again", *_busy(tally.audit)]
    parts = [f"{tally.in_flight:,} of {tally.limit:,} in flight"] if tally.in_flight else []
    parts += [f"{tally.waiting:,} waiting"] if tally.waiting else []
    parts += (
        [f"{tally.unanswered:,} unanswered request{'' if tally.unanswered == 1 else 's'}"] if tally.unanswered else []
    )
    parts += [f"SERVER NOT RESPONDING: {clean(tally.silent)}"] if tally.silent else []
    return parts


class Terminal(Console):
    """A console that falls silent when its reader is gone (`bulkprov run … 2>&1 | head`).

    rich would end the process, in the middle of a wave and without its results.
    """

    def on_broken_pipe(self) -> None:
        """Say no more."""
        self.quiet = True


class Progress:
    """Shows a tally for as long as its `async with` block lasts.

    Args:
        tally: the run's counts; the rows that are done are the sum of its statuses.
        console: where to draw: a live picture on a terminal, lines elsewhere. By default stderr. If its reader may go
            away, it should be a `Terminal`.
        total: rows that will be done, if known; `total` can be set later.
        quiet: draw nothing at all.
        sums_up: leave a line that tells how it ended.
        clock: seconds, for speed and time left.
    """

    def __init__(
        self,
        tally: Tally,
        *,
        console: Console | None = None,
        total: int | None = None,
        quiet: bool = False,
        sums_up: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self._tally = tally
        self._console = console or Terminal(stderr=True)
        self._quiet, self._sums_up = quiet, sums_up
        self._clock = clock
        self._began = clock()
        self._before = 0
        self._pace = Pace()
        self._live: Live | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if not self._quiet:
            self._began = self._clock()
            self._before = self._tally.statuses.total()
            self._pace.hear(self._began, self._before)
            if self._console.is_terminal:
                self._live = Live(self._picture(), console=self._console, auto_refresh=False, transient=True)
                self._live.start()
            self._task = asyncio.create_task(self._keep_drawing(), name="progress")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None
        with contextlib.suppress(OSError):
            self._end()

    def _end(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        if not self._sums_up or self._tally.statuses.total() == self._before:
            return  # the last lines of the command say it; or nothing was done, and they say why
        whole = (self._tally.statuses.total() - self._before) / self._gone if self._gone else 0.0
        self._print(f"{', '.join(_counts(self._tally, self.total))} in {duration(self._gone)} ({_speed(whole)} rows/s)")

    async def _keep_drawing(self) -> None:
        with contextlib.suppress(OSError):  # if stderr cannot be written, nothing more is shown, and the run goes on
            while True:
                await asyncio.sleep(_LIVE if self._live else _PLAIN)
                self.draw()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Take the picture away while a question is asked."""
        if self._live:
            self._live.stop()
        try:
            yield
        finally:
            if self._live:
                self._live.start()

    def draw(self) -> None:
        """Draw what the tally says now."""
        self._pace.hear(self._clock(), self._tally.statuses.total())
        if self._live:
            self._live.update(self._picture(), refresh=True)
        elif not self._quiet:
            self._print(f"{headline(self._tally, self.total, self._pace)}, {duration(self._gone)} elapsed")

    @property
    def _gone(self) -> float:
        return self._clock() - self._began

    def _print(self, line: str) -> None:
        self._console.print(clean_lines(line), markup=False, highlight=False, soft_wrap=True)

    def _picture(self) -> Group:
        done = self._tally.statuses.total()
        bar = Table.grid(padding=(0, 1))
        rate, left = self._pace.rate, self._pace.left((self.total or done) - done)
        bar.add_row(
            ProgressBar(total=self.total, completed=done, width=32, pulse=self.total is None, complete_style="cyan"),
            f"{done:,}/{self.total:,}" if self.total is not None else f"{done:,}",
            f"{_speed(rate)} rows/s",
            f"{duration(left)} left" if self.total is not None and left is not None else "",
        )
        counts = Text("  ").join(
            Text(f"{self._tally.statuses[status]:,} {status}", style=STATUSES[status].terminal)
            for status in Status
            if self._tally.statuses[status]
        )
        busy = ", ".join(_busy(self._tally))
        return Group(bar, counts.append("  " if counts else "").append(busy, style="dim"))


class TerminalObserver(Observer):
    """The person at the terminal: told on stderr, asked there, and shown the progress.

    Args:
        screen: what to show, and whether `--yes` answers the questions.
        events: where to tell how each row ends, if that is wanted.
    """

    def __init__(self, screen: Screen, events: EventLines | None = None) -> None:
        self._screen, self._events = screen, events
        self._progress: Progress | None = None

    def say(self, line: str) -> None:
        """Print a line on stderr."""
        say(line)

    def ask(self, question: str) -> bool:
        """Ask on the terminal, with the progress out of the way; without a terminal the answer is no."""
        with self._progress.aside() if self._progress else contextlib.nullcontext():
            return confirmed(question, yes=self._screen.yes)

    def watch(self, tally: Tally) -> Progress:
        """Show the progress."""
        console = Terminal(stderr=True, no_color=self._screen.no_color or None, highlight=False)
        # Where stdout is on the screen as well, the last lines of the command sum up.
        sums_up = self._screen.json or self._screen.events or not sys.stdout.isatty()
        # A live picture and the events would overwrite each other on one screen.
        quiet = self._screen.quiet or (self._screen.events and sys.stdout.isatty())
        self._progress = Progress(tally, console=console, total=tally.rows, quiet=quiet, sums_up=sums_up)
        return self._progress

    def follow(self, run: Run, operation: Operation) -> AbstractContextManager[None]:
        """Tell the events of the work on a run, if they are wanted."""
        return self._events.of(run, operation) if self._events else nullcontext()

    def ended(self, row: Row, outcome: Outcome | None) -> None:
        """Tell how a row has ended."""
        if self._events:
            self._events.ended(row, outcome)
