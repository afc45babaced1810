"""What all rows together amount to: counts, errors grouped, creates over time. Pure, and small however many rows.

Errors are grouped by code and by text, where what stands in quotes or brackets does not count: a thousand clients that
the server does not know are one kind of trouble. What is worth a rerun is told by status, or by somebody who knows the
server's codes better: see `Advice`.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from bulkprov.engine.lifecycle import RUN
from bulkprov.engine.model import Status
from bulkprov.report.row import note
from bulkprov.report.statuses import STATUSES
from bulkprov.sheets.rows import Result
from bulkprov.text import clean

__all__ = ["Advice", "Digest", "Group", "Timeline", "by_status"]

_KINDS: Final = 500
"""Groups kept at most, so that a server with ever new texts cannot fill the memory; the rest is one group."""

_NAMES: Final = r"""(?<!\w)'[^']*'(?!\w)|"[^"]*"|\[[^]]*\]|“[^”]*”|«[^»]*»"""
_IN_THEIRS: Final = re.compile(_NAMES)
_IN_OURS: Final = re.compile(rf"{_NAMES}|(?<!HTTP )\b[0-9]+\b")
"""What differs between texts that say the same: names, and in our own texts the numbers of rows and tries."""
_COMPARED: Final = 1_000
"""Letters of a text that are looked at: a megabyte of opening brackets must not cost minutes."""
_ALIKE: Final = "…"
_CELL: Final = re.compile(r"^(?:(?:[^!:]*!)?[A-Z]{1,3}|row )[0-9]+: ")
"""The cell at the beginning of a fault, or the row if it is in no file: `Wave 3!C17: `, `row 17: `."""

_SILENT: Final = {Status.PENDING: "the run stopped before it came to these rows"}
_EXAMPLES: Final = 3
"""Rows that a group names."""
_OTHERS: Final = "other reasons: they are in the notes of the rows"

_STEPS: Final = (1, 5, 10, 50, 150, 600, 3_000, 9_000, 36_000, 144_000, 864_000)
"""Lengths of a bar in tenths of a second: 0.1 s to a day. Each divides the next."""
_BARS: Final = 48


@dataclass(slots=True)
class Group:
    """Rows that ended in the same way for the same reason."""

    status: Status
    code: int | None
    """The server's errorCode, if it is one."""
    http_status: int | None
    text: str
    """The server's words or ours; `…` stands for what differs between its rows."""
    rows: int = 0
    examples: list[int] = field(default_factory=list)
    """The first such rows, counted as in the sheet."""

    @property
    def example(self) -> int:
        """The first such row."""
        return self.examples[0]

    @property
    def http_label(self) -> str:
        """The HTTP status, if it is an error."""
        return _http_label(self.http_status)


Advice: TypeAlias = Callable[[Group], str]
"""Whether a rerun is worthwhile, in plain words."""


def by_status(group: Group) -> str:
    """What can be said of a rerun without knowing the server's codes."""
    return STATUSES[group.status].advice


def _http_label(status: int | None) -> str:
    return f"HTTP {status}" if status is not None and status >= 400 else ""


class Timeline:
    """Moments counted in bars of equal length; the bars grow longer when there would be too many to look at."""

    def __init__(self, most: int = _BARS) -> None:
        self._most = most
        self._steps = _longer_and_longer()
        self._tenths = next(self._steps)
        self._counts: Counter[int] = Counter()
        self._first = self._last = 0

    def add(self, moment: float) -> None:
        """Count a moment, in seconds since the epoch; moments may come in any order."""
        bar = math.floor(moment * 10 / self._tenths)
        self._first = min(self._first, bar) if self._counts else bar
        self._last = max(self._last, bar) if self._counts else bar
        self._counts[bar] += 1
        while self._last - self._first >= self._most:
            self._widen()

    @property
    def step(self) -> float:
        """Seconds that a bar stands for."""
        return self._tenths / 10

    def bars(self) -> list[tuple[float, int]]:
        """Each bar's beginning, in seconds since the epoch, and its count; empty bars between others are there too."""
        if not self._counts:
            return []
        return [(bar * self._tenths / 10, self._counts[bar]) for bar in range(self._first, self._last + 1)]

    def _widen(self) -> None:
        longer = next(self._steps)
        ratio = longer // self._tenths
        counts, self._counts = self._counts, Counter()
        for bar, count in counts.items():
            self._counts[bar // ratio] += count
        self._tenths = longer
        self._first, self._last = self._first // ratio, self._last // ratio


class Digest:
    """What was added up, row by row."""

    def __init__(self, well: Collection[Status] = RUN.well) -> None:
        """Begin; of a row whose status is in `well` nothing is to be put right."""
        self.well = well
        self.statuses: Counter[Status] = Counter()
        self.carried: Counter[Status] = Counter()
        """Of those, the ones that an earlier run settled."""
        self.codes: Counter[str] = Counter()
        """Rows that were tried or checked and are not well, by the server's code or what stands for one."""
        self.creates = Timeline()
        """Creates of this run."""
        self._groups: dict[tuple[Status, int | None, int | None, str], Group] = {}

    def add(self, result: Result) -> None:
        """Count a row."""
        self.statuses[result.status] += 1
        if result.carried:
            self.carried[result.status] += 1
        elif result.status is Status.CREATED and result.finished_at:
            self.creates.add(result.finished_at)
        if result.status not in self.well:
            if result.status is not Status.PENDING:
                code = f"errorCode {result.error_code}" if result.error_code else _http_label(result.http_status)
                self.codes[code or result.status.value] += 1
            varying = _IN_THEIRS if result.error_string else _IN_OURS
            for text in {reason[:_COMPARED] for reason in _reasons(result)}:
                self._sort_in(result, text, varying.sub(_ALIKE, text))

    @property
    def rows(self) -> int:
        """All of them."""
        return self.statuses.total()

    @property
    def groups(self) -> list[Group]:
        """Why rows are not done, the most frequent reason first; a row with two faults is in two groups."""
        return sorted(self._groups.values(), key=lambda group: -group.rows)

    def _sort_in(self, result: Result, text: str, alike: str) -> None:
        http_status = None if result.error_code else result.http_status
        key = (result.status, result.error_code, http_status, alike)
        if key not in self._groups and len(self._groups) >= _KINDS:
            key, alike, text = (result.status, None, None, ""), _OTHERS, _OTHERS
        if key not in self._groups:
            self._groups[key] = Group(result.status, key[1], key[2], text)
        group = self._groups[key]
        group.rows += 1
        if len(group.examples) < _EXAMPLES:
            group.examples.append(result.sheet_row)
        if group.text != text:
            group.text = alike


def _reasons(result: Result) -> set[str]:
    """Why a row is not done: the server's words, or all that is wrong with it, or our note."""
    if result.error_string:
        return {clean(result.error_string)}
    faults = {_CELL.sub("", clean(fault.text)) for fault in result.faults}
    return faults or {note(result) or _SILENT.get(result.status, "nothing was said")}


def _longer_and_longer() -> Iterator[int]:
    yield from _STEPS
    tenths = _STEPS[-1]
    while True:
        tenths *= 10
        yield tenths
