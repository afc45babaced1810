"""The sheet `Summary`: what became of a run, on one page that can be printed. It knows the digest, not the rows."""

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bulkprov.engine.model import Status
from bulkprov.engine.timeseries import Course
from bulkprov.report.aggregate import Advice, Digest, Group
from bulkprov.report.charts import Data, line, lying, standing
from bulkprov.report.context import About
from bulkprov.report.statuses import STATUSES
from bulkprov.report.styles import Looks
from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = ["draw_summary"]

_SHEET: Final = "Summary"
_COLUMNS: Final = 12
_WIDTH: Final = 13
_PIXELS: Final = 96
"""What a column of that width is on the screen."""
_CHART_HEIGHT: Final = 262
_CHART_ROWS: Final = 14
_ABREAST: Final = 3
_SAMPLES: Final = 48
_DATA: Final = 14
"""The column from which on the charts' data stand, hidden."""

_COUNTS: Final = 7
_TEXT: Final = (3, 7)
_EXAMPLE: Final = 8
_RERUN: Final = (9, 11)
"""Columns of the tables; of the wide ones, the first and the last."""
_LETTERS: Final = 14.5
"""How many of them a column takes, for guessing how high a row has to be."""
_LINE: Final = 15.0

_GROUPS: Final = 40
_CODES: Final = 8
_LONGEST: Final = 500
"""Letters of a reason that are shown; the rows have it all."""

_FACTS: Final = {
    "run": "Run",
    "sheet": "Sheet",
    "server": "Server",
    "reruns": "Rerun of",
    "started": "Started",
    "seconds": "Took",
    "rows_per_second": "Rows per second",
    "requests": "Requests",
}


def draw_summary(book: Any, looks: Looks, digest: Digest, about: About) -> None:
    """Add the sheet to an XlsxWriter workbook whose rows are all written."""
    _Summary(book, looks, digest).draw(about)


class _Summary:
    """Cells are first put into their places in any order, and then written from top to bottom."""

    def __init__(self, book: Any, looks: Looks, digest: Digest) -> None:
        self._book = book
        self._looks = looks
        self._digest = digest
        self._sheet = book.add_worksheet(_SHEET)
        self._cells: dict[tuple[int, int], tuple[str | float, Any, int]] = {}
        self._heights: dict[int, float] = {}
        self._charts: list[Any] = []

    def draw(self, about: About) -> None:
        self._put_title(about)
        row = max(self._put_facts(3, about.facts), self._put_counts(3, about.kind.scope_noun)) + 1
        self._add_charts(str(about.facts.get("limits", "")))
        row = self._put_groups(self._place_charts(row), about.advice)
        self._write()
        self._sheet.set_column(0, _COLUMNS - 1, _WIDTH)
        self._sheet.set_column(_DATA, _DATA + 2 * len(self._charts), None, None, {"hidden": True})
        self._sheet.hide_gridlines(2)
        self._sheet.print_area(0, 0, row, _COLUMNS - 1)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)  # A4
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.7)
        self._sheet.set_footer("&L&F, &A&RPage &P of &N")

    def _place_charts(self, row: int) -> int:
        """Up to three of them side by side, four in two rows; the row below them."""
        abreast = 2 if len(self._charts) > _ABREAST else _ABREAST
        columns = _COLUMNS // abreast
        for number, chart in enumerate(self._charts):
            chart.set_size({"width": columns * _PIXELS - 10, "height": _CHART_HEIGHT})
            place = row + _CHART_ROWS * (number // abreast), columns * (number % abreast)
            self._sheet.insert_chart(*place, chart, {"x_offset": 5, "y_offset": 3})
        return row + _CHART_ROWS * math.ceil(len(self._charts) / abreast)

    def _put(self, row: int, column: int, value: str | float, look: Any = None, to: int = 0) -> None:
        self._cells[row, column] = (clean(value) if isinstance(value, str) else value, look, to)

    def _put_title(self, about: About) -> None:
        rows = self._digest.rows
        left = rows - sum(self._digest.statuses[status] for status in self._digest.well)
        words = about.operation.title
        self._heights[0] = 26
        if left:
            command = about.next_step(self._digest.statuses)
            others = words.others if command else "not"
            title = f"{rows - left:,} of {rows:,} {about.kind.noun}s {words.well}, {left:,} {others}"
            self._put(1, 0, f"{words.then} {typed(command)}" if command else "")
        else:
            title = f"All {rows:,} {about.kind.noun}s {words.well}" if rows else "There are no rows"
        self._put(0, 0, title, self._looks.title)

    def _put_facts(self, row: int, facts: Mapping[str, str | int | float]) -> int:
        for name, label in _FACTS.items():
            if facts.get(name, "") != "":
                self._put(row, 0, label, self._looks.label)
                self._put(row, 2, _shown(name, facts[name]), self._looks.fact)
                row += 1
        return row

    def _put_counts(self, row: int, scope: str) -> int:
        digest, looks = self._digest, self._looks
        for at, text in enumerate(("Status", "Rows", "Share", "", "")):
            self._put(row, _COUNTS + at, text, looks.count_head if text in ("Rows", "Share") else looks.table_head)
        for status in (each for each in Status if digest.statuses[each]):
            row += 1
            count, carried = digest.statuses[status], digest.carried[status]
            meaning = STATUSES[status].meaning.format(scope=scope)
            if carried and status is Status.CREATED:
                meaning = f"{carried:,} by earlier runs"
            self._put(row, _COUNTS, status.value, looks.counted[status])
            self._put(row, _COUNTS + 1, count, looks.count)
            self._put(row, _COUNTS + 2, _share(count, digest.rows), looks.share)
            self._put(row, _COUNTS + 3, meaning, looks.cell, _COUNTS + 4)
        self._put(row + 1, _COUNTS, "all", looks.total_label)
        self._put(row + 1, _COUNTS + 1, digest.rows, looks.total)
        return row + 2

    def _put_groups(self, row: int, advice: Advice) -> int:
        groups, looks = self._digest.groups, self._looks
        if not groups:
            return row
        self._put(row, 0, "Why rows are not done", looks.heading)
        self._heights[row] = 22
        row += 1
        heads = {1: "Status", 2: "errorCode", _TEXT[0]: "What was said", _RERUN[0]: "Is a rerun worthwhile?"}
        for at in range(_COLUMNS):
            self._put(row, at, heads.get(at, ""), looks.table_head)
        self._put(row, 0, "Rows", looks.count_head)
        self._put(row, _EXAMPLE, "e.g. row", looks.count_head)
        for group in groups[:_GROUPS]:
            row += 1
            self._put_group(row, group, advice(group))
        if len(groups) > _GROUPS:
            row += 1
            self._put(row, 0, f"and {len(groups) - _GROUPS:,} other reasons; every row has its own in its note")
        return row + 1

    def _put_group(self, row: int, group: Group, rerun: str) -> None:
        looks, text = self._looks, group.text[:_LONGEST]
        self._put(row, 0, group.rows, looks.count)
        self._put(row, 1, group.status.value, looks.counted[group.status])
        self._put(row, 2, group.code if group.code is not None else group.http_label, looks.cell)
        self._put(row, _TEXT[0], text, looks.cell, _TEXT[1])
        self._put(row, _EXAMPLE, group.example, looks.count)
        self._put(row, _RERUN[0], rerun, looks.cell, _RERUN[1])
        lines = max(_lines(text, _TEXT), _lines(rerun, _RERUN))
        self._heights[row] = _LINE * lines + 3

    def _add_charts(self, limits: str) -> None:
        digest, book = self._digest, self._book
        statuses = [status for status in Status if digest.statuses[status]]
        if statuses:
            data = self._data([status.value for status in statuses], [digest.statuses[status] for status in statuses])
            self._charts.append(lying(book, "Rows by status", data, [_bar_colour(status) for status in statuses]))
        bars, step = digest.creates.bars(), digest.creates.step
        if bars:
            data = self._data([_clock(at, step) for at, _ in bars], [count for _, count in bars])
            self._charts.append(standing(book, f"Created per {_length(step)}", data, _bar_colour(Status.CREATED)))
        if limits:
            course = Course(json.loads(limits)).sampled(_SAMPLES)
            labels = [_clock(at, 1 if course[-1][0] - course[0][0] < 3600 else 60) for at, _ in course]
            data = self._data(labels, [limit for _, limit in course])
            self._charts.append(line(book, "Requests in flight at most", data, _bar_colour(Status.EXISTS)))
        codes = digest.codes.most_common(_CODES)
        if codes:
            data = self._data([code for code, _ in codes], [count for _, count in codes])
            self._charts.append(lying(book, "Errors by code", data, [_bar_colour(Status.REJECTED)] * len(codes)))

    def _data(self, labels: Sequence[str], counts: Sequence[int]) -> Data:
        """Put the data of a chart into hidden cells."""
        column = _DATA + 2 * len(self._charts)
        for row, (label, count) in enumerate(zip(labels, counts, strict=True)):
            self._put(row, column, label)
            self._put(row, column + 1, count)
        return Data(_SHEET, column, labels, counts)

    def _write(self) -> None:
        for row, height in self._heights.items():
            self._sheet.set_row(row, height)
        for (row, column), (value, look, to) in sorted(self._cells.items(), key=lambda item: item[0]):
            if to:
                self._sheet.merge_range(row, column, row, to, value, look)
            elif value == "":
                self._sheet.write_blank(row, column, None, look)
            elif isinstance(value, str):
                self._sheet.write_string(row, column, value, look)
            else:
                self._sheet.write_number(row, column, value, look)


def _bar_colour(status: Status) -> str:
    return STATUSES[status].colours.bar


def _lines(text: str, columns: tuple[int, int]) -> int:
    return max(1, len(textwrap.wrap(text, int(_LETTERS * (columns[1] - columns[0] + 1)))))


def _shown(name: str, value: str | float) -> str | float:
    """A fact as people read it."""
    if name == "started":
        return datetime.fromtimestamp(float(value)).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    if name == "seconds":
        return _length(float(value))
    return value


def _length(seconds: float) -> str:
    """A length of time in at most two units."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _clock(moment: float, step: float) -> str:
    """When a bar begins, as exactly as its length asks for."""
    at = datetime.fromtimestamp(moment).astimezone()
    if step < 1:
        return f"{at:%H:%M:%S}.{at.microsecond // 100_000}"
    return at.strftime("%H:%M:%S" if step < 60 else "%H:%M" if step < 86_400 else "%d %b")


def _share(part: int, whole: int) -> float:
    """Never shown as 100 % for less than all, nor as 0 % for one."""
    return 1.0 if part == whole else min(max(part / whole, 0.001), 0.999)
