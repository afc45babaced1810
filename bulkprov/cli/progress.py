"""How far the run is, for the person who waits: a live line and bar on a terminal, a plain line now and then elsewhere.

It looks at the run's `Tally` a few times a second and costs a row nothing. It knows no rows and changes nothing; what
it draws goes to stderr, so that stdout stays for results.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bulkprov.engine.model import Status, Tally
from bulkprov.report.statuses import STATUSES
from bulkprov.text import clean

__all__ = ["Pace", "Progress", "Terminal", "duration", "headline"]

_LIVE: Final = 0.25
_PLAIN: Final = 5.0
"""Seconds between two pictures on a terminal, and between two lines elsewhere."""

_WINDOW: Final = 15.0
"""Seconds of the past that the present speed is taken from."""

_ENOUGH: Final = 2.0
"""Seconds of the past without which nothing is said of the future."""

_MINUTE: Final = 60
_HOUR: Final = 3600


class Pace:
    """Rows per second over the last moments, from counts heard now and then."""

    def __init__(self, window: float = _WINDOW) -> None:
        self._window = window
        self._heard: deque[tuple[float, int]] = deque()

    def hear(self, now: float, done: int) -> None:
        """Remember how many rows were done at this time; what is older than the window is forgotten but for one.

        The time before the first row is done does not count: the sheet is still being read then.
        """
        if len(self._heard) == 1 and self._heard[0][1] == done:
            self._heard.clear()
        self._heard.append((now, done))
        while self._heard[-1] is not self._heard[0] and self._heard[1][0] <= now - self._window:
            self._heard.popleft()

    @property
    def rate(self) -> float:
        """Rows per second; 0 as long as nothing can be said."""
        if not self._heard:
            return 0.0
        (begin, before), (end, after) = self._heard[0], self._heard[-1]
        return (after - before) / (end - begin) if end > begin else 0.0

    def left(self, rows: int) -> float | None:
        """Seconds that so many rows will take at this speed; None if that cannot be said yet."""
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
    """Two digits are enough to judge by."""
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
    """What is under way, and what went wrong and was survived: nobody is told of that one by one."""
    parts = [f"{tally.in_flight:,} of {tally.limit:,} in flight"] if tally.in_flight else []
    parts += [f"{tally.waiting:,} waiting"] if tally.waiting else []
    parts += [f"{tally.faults:,} fault{'' if tally.faults == 1 else 's'} survived"] if tally.faults else []
    parts += [f"THE SERVER IS SILENT: {clean(tally.silent)}"] if tally.silent else []
    return parts


class Terminal(Console):
    """A console that falls silent when nobody reads it any more (`bulkprov run … 2>&1 | head`).

    rich would end the process, in the middle of a wave and without its results.
    """

    def on_broken_pipe(self) -> None:
        """Say no more."""
        self.quiet = True


class Progress:
    """Shows a tally for as long as its `async with` block lasts.

    Args:
        tally: the run's counts; the rows that are done are the sum of its statuses.
        console: where to draw, better a `Terminal` than any console; stderr if none is given. On a terminal it is a
            live picture, elsewhere lines.
        total: rows that will be done, when that is known already; set `total` later if it is not.
        quiet: draw nothing at all.
        sums_up: leave a line behind that tells how it ended.
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
            return  # somebody else says it; or nothing came of it, and whoever stopped it says why
        whole = (self._tally.statuses.total() - self._before) / self._gone if self._gone else 0.0
        self._print(f"{', '.join(_counts(self._tally, self.total))} in {duration(self._gone)} ({_speed(whole)} rows/s)")

    async def _keep_drawing(self) -> None:
        with contextlib.suppress(OSError):  # stderr cannot be written: nothing is shown any more, and the run goes on
            while True:
                await asyncio.sleep(_LIVE if self._live else _PLAIN)
                self.draw()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Take the picture away for as long as somebody is asked something."""
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
            self._print(f"{headline(self._tally, self.total, self._pace)}, {duration(self._gone)} gone")

    @property
    def _gone(self) -> float:
        return self._clock() - self._began

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

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
