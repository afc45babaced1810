"""What went over the wire when: what was created, creates in flight, requests without an answer, pauses. Pure.

All of it is counted in the same bars, so that one chart can stand above another. It stays small however many rows
there are, and however long they take.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bulkprov.engine.model import End, Status, Step, Verdict
from bulkprov.engine.tally import PUT_OFF
from bulkprov.sheets.rows import Result

__all__ = ["Course", "OverTime", "Timeline", "held"]

_BAR_LENGTHS: Final = (1, 5, 10, 50, 150, 600, 3_000, 9_000, 36_000, 144_000, 864_000)
"""Lengths of a bar in tenths of a second: 0.1 s to a day. Each divides the next."""
_MOST_BARS: Final = 72
_MOST_PAUSES: Final = 100
"""Pauses that are kept; further ones are not marked."""


class Timeline:
    """Amounts in bars of equal length, which grow longer when there would be more than fit a chart.

    There may be several series of amounts, by name; they have the same bars.
    """

    def __init__(self, most: int = _MOST_BARS) -> None:
        self._most = most
        self._lengths = _bar_lengths()
        self._tenths = next(self._lengths)
        self._amounts: dict[str, dict[int, float]] = {}
        self._first, self._last = 0, -1
        """The first bar and the last one; there is none yet."""

    def add(self, moment: float, series: str = "") -> None:
        """Count a moment, in seconds since the epoch; moments may come in any order."""
        self._put(series, self._bar(moment), 1)

    def span(self, begin: float, end: float, series: str = "") -> None:
        """Add the seconds of a stretch of time, to each bar those that are in it."""
        self._bar(begin)
        last = self._bar(end)
        first = self._bar(begin)  # bars may have grown longer
        if first == last:
            self._put(series, first, max(end - begin, 0.0))
            return
        for bar in range(first, last + 1):
            inside = min(end, (bar + 1) * self.step) - max(begin, bar * self.step)
            self._put(series, bar, max(inside, 0.0))

    @property
    def step(self) -> float:
        """Length of a bar in seconds."""
        return self._tenths / 10

    def bars(self, series: str = "") -> list[tuple[float, float]]:
        """The beginning of each bar, in seconds since the epoch, and its amount; empty bars in between included."""
        amounts = self._amounts.get(series, {})
        return [(bar * self._tenths / 10, amounts.get(bar, 0)) for bar in range(self._first, self._last + 1)]

    def _put(self, series: str, bar: int, amount: float) -> None:
        amounts = self._amounts.setdefault(series, {})
        amounts[bar] = amounts.get(bar, 0) + amount

    def _bar(self, moment: float) -> int:
        """The bar in which a moment is; there is room for it then."""
        bar = math.floor(moment * 10 / self._tenths)
        if self._first <= bar <= self._last:  # as nearly always
            return bar
        empty = self._last < self._first
        self._first, self._last = (bar, bar) if empty else (min(self._first, bar), max(self._last, bar))
        while self._last - self._first >= self._most:
            self._widen()
        return math.floor(moment * 10 / self._tenths)

    def _widen(self) -> None:
        longer = next(self._lengths)
        ratio = longer // self._tenths
        before, self._amounts = self._amounts, {}
        self._tenths = longer
        for series, amounts in before.items():
            for bar, amount in amounts.items():
                self._put(series, bar // ratio, amount)
        self._first, self._last = self._first // ratio, self._last // ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What happened in each bar of a run; times are in seconds since the epoch."""

    step: float
    """Length of a bar in seconds."""
    begins: Sequence[float]
    """Of the bars."""
    created: Sequence[int]
    """Rows that ended as created."""
    in_flight: Sequence[float]
    """Creates that were in flight, on average."""
    unanswered: Sequence[int]
    """Requests that were not answered, or in a way that cannot be understood."""
    pauses: Sequence[tuple[float, float]]
    """When the server had asked that nothing be sent: from, until."""
    limits: Sequence[tuple[float, int]]
    """Moments, and the limit on requests in flight from then on; empty if it is fixed, or not known."""
    rolled_back: bool = False
    """Whether some of what was created is rolled back, so that when it was created is not known any more."""

    @property
    def tells(self) -> bool:
        """Whether anything was created or went wrong, and all of it is known."""
        return not self.rolled_back and (any(self.created) or any(self.unanswered))

    @property
    def limits_since(self) -> str:
        """What is to be said beside the limit where it is known of the last work on the run only; else empty."""
        late = self.limits and self.limits[0][0] > self.begins[0] + self.step
        return ", since the last resume" if late else ""

    @property
    def end(self) -> float:
        """The end of the last bar."""
        return self.begins[-1] + self.step if self.begins else 0.0


class OverTime:
    """Adds up what happened when, row by row and exchange by exchange."""

    def __init__(self) -> None:
        self._line = Timeline()
        self._pauses: list[tuple[float, float]] = []
        self._told: set[float] = set()
        self._rolled_back = False

    def ended(self, result: Result) -> None:
        """Take in a row: if this run created it, its create, which the outcome tells of."""
        self._rolled_back = self._rolled_back or result.status is Status.ROLLED_BACK
        if result.status is Status.CREATED and result.finished_at and not result.carried:
            self._line.add(result.finished_at, "created")
            if result.seconds:
                self._line.span(result.finished_at - result.seconds, result.finished_at, "in flight")

    def exchanged(self, step: Step, verdict: Verdict) -> None:
        """Take in an exchange after which its row went on. A look that many rows share is taken in once."""
        if not verdict.at:
            return
        if step is Step.ACT:
            self._line.span(verdict.at - verdict.seconds, verdict.at, "in flight")
        elif verdict.at in self._told:
            return
        if verdict.end is not End.ANSWERED:
            self._told.add(verdict.at)
            if verdict.http_status not in PUT_OFF:
                self._line.add(verdict.at, "unanswered")
            if verdict.retry_after:
                self._pause(verdict.at, verdict.at + verdict.retry_after)

    def _pause(self, begin: float, end: float) -> None:
        """Keep a pause, joined with those that it overlaps."""
        apart = []
        for from_, until in self._pauses:
            if until < begin or end < from_:
                apart.append((from_, until))
            else:
                begin, end = min(begin, from_), max(end, until)
        self._pauses = sorted([*apart, (begin, end)])[:_MOST_PAUSES]

    def course(self, limits: str = "") -> Course:
        """What happened in each bar.

        Args:
            limits: the points of the limit on requests in flight, as JSON.
        """
        line = self._line
        return Course(
            step=line.step,
            begins=[begin for begin, _ in line.bars()],
            created=[round(count) for _, count in line.bars("created")],
            in_flight=[seconds / line.step for _, seconds in line.bars("in flight")],
            unanswered=[round(count) for _, count in line.bars("unanswered")],
            pauses=self._pauses,
            limits=[(at, limit) for at, limit in json.loads(limits)] if limits else [],
            rolled_back=self._rolled_back,
        )


def held(points: Sequence[tuple[float, int]], moment: float) -> int | None:
    """The value that holds at a moment, of points that each hold until the next one; None before the first."""
    value = None
    for at, each in points:
        if at > moment:
            break
        value = each
    return value


def _bar_lengths() -> Iterator[int]:
    yield from _BAR_LENGTHS
    tenths = _BAR_LENGTHS[-1]
    while True:
        tenths *= 10
        yield tenths
