"""The sheet `Summary`: what became of a run, on one page that can be printed. It knows the totals, not the rows."""

import json
import math
import textwrap
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bulkprov.engine.model import Status
from bulkprov.engine.timeseries import TimeSeries
from bulkprov.report.aggregate import Group, Totals
from bulkprov.report.charts import Data, bar_chart, column_chart, line_chart
from bulkprov.report.context import Context
from bulkprov.report.statuses import STATUSES
from bulkprov.report.styles import Styles
from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = ["draw_summary"]

_SHEET: Final = "Summary"
_COLUMNS: Final = 12
_WIDTH: Final = 13
_PIXELS: Final = 96
"""Width of such a column on the screen."""
_CHART_HEIGHT: Final = 262
_CHART_ROWS: Final = 14
"""Rows of the sheet that a chart covers."""
_ABREAST: Final = 3
"""Charts side by side; four are drawn two by two."""
_MOST_POINTS: Final = 48
"""Points of a line in a chart."""
_CHART_DATA: Final = 14
"""The first of the hidden columns that hold the charts' data."""

_COUNTS: Final = 7
_TEXT: Final = (3, 7)
_EXAMPLE: Final = 8
_RERUN: Final = (9, 11)
"""Columns of the tables; of the wide ones, the first and the last."""
_LETTERS: Final = 14.5
"""Letters that fit one column, to guess how high a row has to be."""
_LINE: Final = 15.0
"""Height of a line in points."""

_MOST_GROUPS: Final = 40
_MOST_CODES: Final = 8
_LONGEST: Final = 500
"""Letters of a reason that are shown; the rows have all of it."""

_FACTS: Final = {
    "run": "Run",
    "sheet": "Sheet",
    "server": "Server",
    "reruns": "Rerun of",
    "started": "Started",
    "seconds": "Duration",
    "rows_per_second": "Rows per second",
    "requests": "Requests",
    "audited": "Audited",
}


def draw_summary(book: Any, styles: Styles, totals: Totals, context: Context) -> None:
    """Add the sheet to an XlsxWriter workbook whose rows are all written."""
    _Summary(book, styles, totals, context).draw()


class _Summary:
    """Cells are first collected in any order, and then written from top to bottom, as the workbook asks for."""

    def __init__(self, book: Any, styles: Styles, totals: Totals, context: Context) -> None:
        self._book = book
        self._styles = styles
        self._totals = totals
        self._context = context
        self._sheet = book.add_worksheet(_SHEET)
        self._cells: dict[tuple[int, int], tuple[str | float, Any, int]] = {}
        self._heights: dict[int, float] = {}
        self._charts: list[Any] = []

    def draw(self) -> None:
        self._put_title()
        row = max(self._put_facts(3), self._put_counts(3)) + 1
        self._add_charts()
        row = self._put_groups(self._place_charts(row))
        self._write()
        self._sheet.set_column(0, _COLUMNS - 1, _WIDTH)
        self._sheet.set_column(_CHART_DATA, _CHART_DATA + 2 * len(self._charts), None, None, {"hidden": True})
        self._sheet.hide_gridlines(2)
        self._sheet.print_area(0, 0, row, _COLUMNS - 1)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)  # A4
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.7)
        self._sheet.set_footer("&L&F, &A&RPage &P of &N")

    def _place_charts(self, row: int) -> int:
        """Insert the charts from this row on; returns the first row below them."""
        abreast = 2 if len(self._charts) > _ABREAST else _ABREAST
        columns = _COLUMNS // abreast
        for number, chart in enumerate(self._charts):
            chart.set_size({"width": columns * _PIXELS - 10, "height": _CHART_HEIGHT})
            place = row + _CHART_ROWS * (number // abreast), columns * (number % abreast)
            self._sheet.insert_chart(*place, chart, {"x_offset": 5, "y_offset": 3})
        return row + _CHART_ROWS * math.ceil(len(self._charts) / abreast)

    def _put(self, row: int, column: int, value: str | float, style: Any = None, to: int = 0) -> None:
        """Collect a cell; with `to`, it is merged with those up to that column."""
        self._cells[row, column] = (clean(value) if isinstance(value, str) else value, style, to)

    def _put_title(self) -> None:
        rows, context = self._totals.rows, self._context
        left = rows - sum(self._totals.statuses[status] for status in self._totals.well)
        words = context.operation.title
        self._heights[0] = 26
        if left:
            command = context.next_step(self._totals.statuses)
            others = words.others if command else "not"
            title = f"{rows - left:,} of {rows:,} {context.kind.plural} {words.well}, {left:,} {others}"
            self._put(1, 0, f"{words.then} {typed(command)}" if command else "")
        else:
            title = f"All {rows:,} {context.kind.plural} {words.well}" if rows else "There are no rows"
        self._put(0, 0, title, self._styles.title)

    def _put_facts(self, row: int) -> int:
        facts = self._context.facts
        for name, label in _FACTS.items():
            if facts.get(name, "") != "":
                self._put(row, 0, label, self._styles.fact_label)
                self._put(row, 2, _readable(name, facts[name]), self._styles.fact)
                row += 1
        return row

    def _put_counts(self, row: int) -> int:
        totals, styles = self._totals, self._styles
        for at, text in enumerate(("Status", "Rows", "Share", "", "")):
            style = styles.table_number_header if text in ("Rows", "Share") else styles.table_header
            self._put(row, _COUNTS + at, text, style)
        for status in (each for each in Status if totals.statuses[each]):
            row += 1
            count, carried = totals.statuses[status], totals.carried[status]
            meaning = STATUSES[status].meaning.format(scope=self._context.kind.scope_noun)
            if carried and status is Status.CREATED:
                meaning = f"{carried:,} by earlier runs"
            self._put(row, _COUNTS, status.value, styles.table_status[status])
            self._put(row, _COUNTS + 1, count, styles.table_number)
            self._put(row, _COUNTS + 2, _share(count, totals.rows), styles.table_share)
            self._put(row, _COUNTS + 3, meaning, styles.table_cell, _COUNTS + 4)
        self._put(row + 1, _COUNTS, "all", styles.total_label)
        self._put(row + 1, _COUNTS + 1, totals.rows, styles.total)
        return row + 2

    def _put_groups(self, row: int) -> int:
        groups, styles = self._totals.groups, self._styles
        if not groups:
            return row
        self._put(row, 0, "Why rows are not done", styles.heading)
        self._heights[row] = 22
        row += 1
        headers = {1: "Status", 2: "errorCode", _TEXT[0]: "Reason", _RERUN[0]: "Worth rerunning?"}
        for at in range(_COLUMNS):
            self._put(row, at, headers.get(at, ""), styles.table_header)
        self._put(row, 0, "Rows", styles.table_number_header)
        self._put(row, _EXAMPLE, "First row", styles.table_number_header)
        for group in groups[:_MOST_GROUPS]:
            row += 1
            self._put_group(row, group)
        if len(groups) > _MOST_GROUPS:
            row += 1
            self._put(row, 0, f"and {len(groups) - _MOST_GROUPS:,} other reasons; see each row's note")
        return row + 1

    def _put_group(self, row: int, group: Group) -> None:
        styles, text, advice = self._styles, group.text[:_LONGEST], self._context.advice(group)
        self._put(row, 0, group.rows, styles.table_number)
        self._put(row, 1, group.status.value, styles.table_status[group.status])
        self._put(row, 2, group.code if group.code is not None else group.http_label, styles.table_cell)
        self._put(row, _TEXT[0], text, styles.table_cell, _TEXT[1])
        self._put(row, _EXAMPLE, group.example, styles.table_number)
        self._put(row, _RERUN[0], advice, styles.table_cell, _RERUN[1])
        lines = max(_lines(text, _TEXT), _lines(advice, _RERUN))
        self._heights[row] = _LINE * lines + 3

    def _add_charts(self) -> None:
        totals, book = self._totals, self._book
        statuses = [status for status in Status if totals.statuses[status]]
        if statuses:
            data = self._data([status.value for status in statuses], [totals.statuses[status] for status in statuses])
            self._charts.append(bar_chart(book, "Rows by status", data, [_bar_colour(status) for status in statuses]))
        bars, step = totals.creates.bars(), totals.creates.step
        if bars:
            data = self._data([_clock(at, step) for at, _ in bars], [count for _, count in bars])
            self._charts.append(column_chart(book, f"Created per {_length(step)}", data, _bar_colour(Status.CREATED)))
        if limits := self._context.facts.get("limits"):
            points = TimeSeries(json.loads(str(limits))).sampled(_MOST_POINTS)
            labels = [_clock(at, 1 if points[-1][0] - points[0][0] < 3600 else 60) for at, _ in points]
            data = self._data(labels, [limit for _, limit in points])
            self._charts.append(line_chart(book, "Limit on requests in flight", data, _bar_colour(Status.EXISTS)))
        codes = totals.codes.most_common(_MOST_CODES)
        if codes:
            data = self._data([code for code, _ in codes], [count for _, count in codes])
            colours = [_bar_colour(Status.REJECTED)] * len(codes)
            self._charts.append(bar_chart(book, "Errors by code", data, colours))

    def _data(self, labels: Sequence[str], counts: Sequence[int]) -> Data:
        """Put the data of a chart into hidden cells."""
        column = _CHART_DATA + 2 * len(self._charts)
        for row, (label, count) in enumerate(zip(labels, counts, strict=True)):
            self._put(row, column, label)
            self._put(row, column + 1, count)
        return Data(_SHEET, column, labels, counts)

    def _write(self) -> None:
        for row, height in self._heights.items():
            self._sheet.set_row(row, height)
        for (row, column), (value, style, to) in sorted(self._cells.items(), key=lambda item: item[0]):
            if to:
                self._sheet.merge_range(row, column, row, to, value, style)
            elif value == "":
                self._sheet.write_blank(row, column, None, style)
            elif isinstance(value, str):
                self._sheet.write_string(row, column, value, style)
            else:
                self._sheet.write_number(row, column, value, style)


def _bar_colour(status: Status) -> str:
    return STATUSES[status].colours.bar


def _lines(text: str, columns: tuple[int, int]) -> int:
    """Lines that a text takes in merged columns."""
    return max(1, len(textwrap.wrap(text, int(_LETTERS * (columns[1] - columns[0] + 1)))))


def _readable(name: str, value: str | float) -> str | float:
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
    """A moment, as exactly as the length of the step to the next one asks for."""
    at = datetime.fromtimestamp(moment).astimezone()
    if step < 1:
        return f"{at:%H:%M:%S}.{at.microsecond // 100_000}"
    return at.strftime("%H:%M:%S" if step < 60 else "%H:%M" if step < 86_400 else "%d %b")


def _share(part: int, whole: int) -> float:
    """A part of the whole, never shown as 100 % for less than all, nor as 0 % for one."""
    return 1.0 if part == whole else min(max(part / whole, 0.001), 0.999)
