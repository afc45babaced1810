"""The progress display: a live bar and counts on a terminal, a plain line now and then elsewhere.

It looks at the run's `Tally` a few times a second and costs a row nothing. It knows no rows and changes nothing; what
it draws goes to stderr, so that stdout stays for results. `TerminalObserver` is how the work on a run reaches it.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.constrain import Constrain
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bulkprov.cli.events import EventLines
from bulkprov.cli.pace import Pace, busy, clock_time, counts, headline, time_left, waits
from bulkprov.cli.prompts import attended, columns, confirmed, confirmed_at_work, say, width
from bulkprov.cli.words import duration
from bulkprov.cli.wrapping import wrapped
from bulkprov.engine.model import Outcome, Row, Status
from bulkprov.engine.operations import Operation
from bulkprov.engine.tally import Tally
from bulkprov.report.explain import WIDTH
from bulkprov.report.statuses import STATUSES
from bulkprov.runs.observer import Observer
from bulkprov.runs.run import Run
from bulkprov.settings import Screen
from bulkprov.text import clean_lines

__all__ = ["Progress", "Terminal", "TerminalObserver"]

_LIVE: Final = 0.25
_PLAIN: Final = 5.0
"""Seconds between two pictures on a terminal, and between two lines elsewhere."""
_HEARD: Final = 1.0
"""Seconds between two looks at the counts where there are lines, so that waits are known to the second."""
_SAME: Final = 60.0
"""Seconds after which a line is written that says nothing new."""

_BAR: Final = 32
_SHORTEST_BAR: Final = 8
_BESIDE_BAR: Final = 57
"""Columns of the bar, and of what stands beside it."""
_TYPED: Final = len("^C^C")
"""Columns left free behind the picture, for what the terminal shows of Ctrl-C there: if that began a line of its own,
the picture would be a line higher than rich knows, and its first line would stay."""


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
        wall: seconds since the epoch, for the times that are shown.
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
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.total = total
        self._tally = tally
        self._console = console or Terminal(stderr=True)
        self._quiet, self._sums_up = quiet, sums_up
        self._clock, self._wall = clock, wall
        self._said, self._said_at = "", clock()
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
            if self._console.is_terminal and not self._console.is_dumb_terminal:
                self._live = self._drawing()
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
        self._print(f"{', '.join(counts(self._tally, self.total))}, {duration(self._gone)} elapsed")

    def _drawing(self) -> Live:
        """A picture, drawn below what stands there."""
        live = Live(self._picture(), console=self._console, auto_refresh=False, transient=True)
        live.start()
        return live

    async def _keep_drawing(self) -> None:
        with contextlib.suppress(OSError):  # if stderr cannot be written, nothing more is shown, and the run goes on
            while True:
                if self._live is None:
                    for _ in range(int(_PLAIN / _HEARD)):
                        await asyncio.sleep(_HEARD)
                        self._hear()
                else:
                    await asyncio.sleep(_LIVE)
                self.draw()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Take the picture away while a question is asked."""
        if self._live:
            self._live.stop()
        try:
            yield
        finally:
            self._pace.go_on(self._clock())
            if self._live:  # the old one would go up by the height of its picture, and wipe out what was asked
                self._live = self._drawing()

    def draw(self) -> None:
        """Draw what the tally says now."""
        self._hear()
        if self._live:
            self._live.update(self._picture(), refresh=True)
        elif not self._quiet:
            new = ", ".join(counts(self._tally, self.total, self._wall()))
            if new != self._said or self._clock() - self._said_at >= _SAME:
                self._said, self._said_at = new, self._clock()
                line = headline(self._tally, self.total, self._pace, self._wall())
                self._print(f"{line}, {duration(self._gone)} elapsed")

    def _hear(self) -> None:
        waiting = waits(self._tally, self.total, self._wall())
        self._pace.hear(self._clock(), self._tally.statuses.total(), waits=waiting)

    @property
    def _gone(self) -> float:
        return self._clock() - self._began

    def _print(self, line: str) -> None:
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            line = f"{clock_time(self._wall())} {line}"
        line = wrapped(clean_lines(line), columns(self._console.file))
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _picture(self) -> Group:
        done = self._tally.statuses.total()
        bar = Table.grid(padding=(0, 1))
        now = self._wall()
        left = time_left(self._tally, self.total, self._pace, now)
        figures = (
            f"{done:,}/{self.total:,}" if self.total is not None else f"{done:,}",
            *filter(None, (self._pace.told,)),
            f"{duration(self._gone)} elapsed",
            left,
        )
        width = min(_BAR, max(self._console.width - _BESIDE_BAR, _SHORTEST_BAR))
        bar.add_row(
            ProgressBar(total=self.total, completed=done, width=width, pulse=self.total is None, complete_style="cyan"),
            *filter(None, figures),
        )
        told = Text("  ").join(
            Text(f"{self._tally.statuses[status]:,} {status}", style=STATUSES[status].terminal)
            for status in Status
            if self._tally.statuses[status]
        )
        doing = [Text(each, style="dim") for each in busy(self._tally, now)]
        if self._tally.silent:
            doing[-1].style = "bold red"  # the one thing that a person may have to see to
        told.append("  " if told else "").append(Text(", ").join(doing))
        return Group(bar, Constrain(told, self._console.width - _TYPED))


class TerminalObserver(Observer):
    """The person at the terminal: told on stderr, asked there, and shown the progress.

    Args:
        screen: what to show, and whether `--yes` answers the questions before anything is sent.
        events: where to tell how each row ends, if that is wanted.
    """

    def __init__(self, screen: Screen, events: EventLines | None = None) -> None:
        self._screen, self._events = screen, events
        self._progress: Progress | None = None
        self.width = width(WIDTH, sys.stderr)

    def say(self, line: str) -> None:
        """Print a line on stderr."""
        say(line)

    def ask(self, question: str) -> bool:
        """Ask on the terminal; `--yes` answers it, and without a terminal the answer is no."""
        return confirmed(question, yes=self._screen.yes)

    def overrules(self, reason: str, why: Sequence[str] = ()) -> bool:
        """Ask on the terminal, with the progress out of the way; the answer is no without a terminal or with `--yes`.

        With `--yes` the terminal may be unattended: Windows gives a scheduled task a console, where a prompt would wait
        forever. Without a prompt, the last lines of the command say why it stopped. Ctrl-C is a no.
        """
        if self._screen.yes or not attended():
            return False
        with self._progress.aside() if self._progress else contextlib.nullcontext():
            say(*why)
            return confirmed_at_work(f"{reason}. Continue with the rest?")

    def watch(self, tally: Tally) -> Progress:
        """Show the progress."""
        console = Terminal(stderr=True, no_color=self._screen.no_color or None, highlight=False)
        # Where stdout is on the screen as well, the last lines of the command sum up.
        sums_up = self._screen.json or self._screen.events or not sys.stdout.isatty()
        # A live picture and the events would overwrite each other on one screen.
        quiet = self._screen.quiet or (self._screen.events and sys.stdout.isatty())
        total = tally.goal or tally.rows
        self._progress = Progress(tally, console=console, total=total, quiet=quiet, sums_up=sums_up)
        return self._progress

    def follow(self, run: Run, operation: Operation) -> AbstractContextManager[None]:
        """Tell the events of the work on a run, if they are wanted."""
        return self._events.of(run, operation) if self._events else nullcontext()

    def ended(self, row: Row, outcome: Outcome | None) -> None:
        """Tell how a row has ended."""
        if self._events:
            self._events.ended(row, outcome)
