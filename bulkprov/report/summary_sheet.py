"""The sheet `Summary`: what became of a run, on one page that can be printed. It knows the totals, not the rows."""

import math
import textwrap
from collections.abc import Sequence
from typing import Any, Final

from bulkprov.engine.model import Status
from bulkprov.report.aggregate import Group, Totals
from bulkprov.report.charts import Data, bar_chart, column_chart, line_chart
from bulkprov.report.context import Context
from bulkprov.report.headline import facts, headline, meaning
from bulkprov.report.over_time import Course, held
from bulkprov.report.readable import clock, length, share, tick_step, ticks
from bulkprov.report.statuses import STATUSES
from bulkprov.report.styles import Styles
from bulkprov.text import clean

__all__ = ["draw_summary", "summary_sheet"]

_SHEET: Final = "Summary"
_COLUMNS: Final = 12
_WIDTH: Final = 13
_STATUS_WIDTH: Final = 17
"""Width of the columns with a status: the longest one fits, in bold."""
_CHART_HEIGHT: Final = 262
_CHART_ROWS: Final = 14
"""Rows of the sheet that a chart covers."""
_ABREAST: Final = 3
"""Charts side by side; four are drawn two by two."""
_MOST_TICKS: Final = 6
"""Marks on the time axis of a chart."""
_CHART_DATA: Final = 14
"""The first of the hidden columns that hold the charts' data."""

_COUNTS: Final = 7
_TEXT: Final = (3, 6)
_EXAMPLE: Final = 7
_RERUN: Final = (8, 11)
"""Columns of the tables; of the wide ones, the first and the last."""
_FACT: Final = (2, 5)
_MEANING: Final = (10, 11)
_LETTERS: Final = 14.8
"""Letters that fit one column, to guess how high a row has to be."""
_LINE: Final = 15.0
"""Height of a line in points."""

_MOST_GROUPS: Final = 40
_MOST_CODES: Final = 8
_LONGEST: Final = 500
"""Letters of a reason that are shown; the rows have all of it."""


def summary_sheet(book: Any) -> Any:
    """Add the sheet to an XlsxWriter workbook, empty, in the place where it is to stand: a workbook opens with it."""
    return book.add_worksheet(_SHEET)


def draw_summary(book: Any, sheet: Any, styles: Styles, totals: Totals, context: Context) -> None:
    """Fill the sheet, once the workbook's rows are all written."""
    _Summary(book, sheet, styles, totals, context).draw()


class _Summary:
    """Cells are first collected in any order, and then written from top to bottom, as the workbook asks for."""

    def __init__(self, book: Any, sheet: Any, styles: Styles, totals: Totals, context: Context) -> None:
        self._book = book
        self._styles = styles
        self._totals = totals
        self._context = context
        self._sheet = sheet
        self._cells: dict[tuple[int, int], tuple[str | float, Any, int]] = {}
        self._heights: dict[int, float] = {}
        self._charts: list[Any] = []
        self._columns = _CHART_DATA
        """The next hidden column for the data of a chart."""

    def draw(self) -> None:
        self._put_title()
        row = max(self._put_facts(3), self._put_counts(3)) + 1
        self._add_charts()
        row = self._put_groups(self._place_charts(row))
        self._write()
        for at in range(_COLUMNS):
            self._sheet.set_column(at, at, _width(at))
        self._sheet.set_column(_CHART_DATA, max(self._columns - 1, _CHART_DATA), None, None, {"hidden": True})
        self._sheet.hide_gridlines(2)
        self._sheet.print_area(0, 0, row, _COLUMNS - 1)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)  # A4
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.7)
        self._sheet.set_footer("&L&F, &A&RPage &P of &N")

    def _place_charts(self, row: int) -> int:
        """Insert the charts from this row on; returns the first row below them."""
        abreast = 2 if len(self._charts) == _ABREAST + 1 else _ABREAST
        columns = _COLUMNS // abreast
        for number, chart in enumerate(self._charts):
            first = columns * (number % abreast)
            width = sum(_pixels(at) for at in range(first, first + columns)) - 10
            chart.set_size({"width": width, "height": _CHART_HEIGHT})
            place = row + _CHART_ROWS * (number // abreast), first
            self._sheet.insert_chart(*place, chart, {"x_offset": 5, "y_offset": 3})
        return row + _CHART_ROWS * math.ceil(len(self._charts) / abreast)

    def _put(self, row: int, column: int, value: str | float, style: Any = None, to: int = 0) -> None:
        """Collect a cell; with `to`, it is merged with those up to that column."""
        self._cells[row, column] = (clean(value) if isinstance(value, str) else value, style, to)

    def _put_title(self) -> None:
        said = headline(self._totals, self._context)
        self._heights[0] = 26
        self._put(0, 0, said.title, self._styles.title)
        self._put(1, 0, f"{said.then} {said.command}".strip())

    def _put_facts(self, row: int) -> int:
        for label, value in facts(self._totals, self._context):
            shown = value[:_LONGEST] if isinstance(value, str) else value
            self._put(row, 0, label, self._styles.fact_label)
            self._put(row, _FACT[0], shown, self._styles.fact, _FACT[1])
            self._heights[row] = _LINE * _lines(str(shown), _FACT)
            row += 1
        return row

    def _put_counts(self, row: int) -> int:
        totals, styles = self._totals, self._styles
        for at, text in enumerate(("Status", "Rows", "Share", "", "")):
            style = styles.table_number_header if text in ("Rows", "Share") else styles.table_header
            self._put(row, _COUNTS + at, text, style)
        for status in (each for each in Status if totals.statuses[each]):
            row += 1
            count = totals.statuses[status]
            self._put(row, _COUNTS, status.value, styles.table_status[status])
            self._put(row, _COUNTS + 1, count, styles.table_number)
            self._put(row, _COUNTS + 2, share(count, totals.rows), styles.table_share)
            self._put(row, _MEANING[0], meaning(status, totals, self._context), styles.table_cell, _MEANING[1])
        self._put(row + 1, _COUNTS, "all", styles.total_label)
        self._put(row + 1, _COUNTS + 1, totals.rows, styles.total)
        return row + 2

    def _put_groups(self, row: int) -> int:
        groups, styles = self._totals.groups, self._styles
        if not groups:
            return row
        plans = self._context.operation.plans
        self._put(row, 0, "Why rows would not be done" if plans else "Why rows are not done", styles.heading)
        self._heights[row] = 22
        row += 1
        advice = "What to do" if plans else "Worth rerunning?"
        headers = {1: "Status", 2: "errorCode", _TEXT[0]: "Reason", _RERUN[0]: advice}
        for at in range(_COLUMNS):
            self._put(row, at, headers.get(at, ""), styles.table_header)
        self._sheet.repeat_rows(row - 1, row)  # with the heading, which may stand alone at the foot of the first page
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
        styles, text, advice = self._styles, group.told[:_LONGEST], self._context.explain(group).advice
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
        course = totals.over_time.course(str(self._context.facts.get("limits", "")))
        if course.tells:
            self._add_course(course)
        codes = totals.codes.most_common(_MOST_CODES)
        if codes:
            data = self._data([code for code, _ in codes], [count for _, count in codes])
            colours = [_bar_colour(Status.REJECTED)] * len(codes)
            self._charts.append(bar_chart(book, "Rows not done, by errorCode", data, colours))

    def _add_course(self, course: Course) -> None:
        """The charts over time. Their axes begin at a round time, so that their marks are at round times."""
        step, book = course.step, self._book
        every = tick_step(len(course.begins) * step, _MOST_TICKS, step)
        begin = course.begins[0]
        before = round((begin - ticks(begin - every, begin, every)[-1]) / step)
        times = [*(begin - step * number for number in range(before, 0, -1)), *course.begins]
        marks = round(every / step)
        # Excel leaves out the labels between the marks by itself, LibreOffice writes them over each other.
        labels = ["" if number % marks else clock(at, every) for number, at in enumerate(times)]

        def data(values: Sequence[float | None], name: str = "") -> Data:
            return self._data(labels, [*([0] * before), *values], name)

        if any(course.created):
            chart = column_chart(
                book, f"Created per {length(step)}", data(course.created), _bar_colour(Status.CREATED), marks
            )
            self._charts.append(chart)
        if any(course.in_flight) and len(course.begins) > 1:  # a line through one point cannot be seen
            lines = [(data([round(each, 2) for each in course.in_flight], "creates"), _bar_colour(Status.CREATED))]
            if points := course.limits:
                limits = [held(points, at + step) for at in times]  # before the first one it is not known
                lines.append((self._data(labels, limits, f"limit{course.limits_since}"), _bar_colour(Status.EXISTS)))
            self._charts.append(line_chart(book, "In flight, on average", lines, marks))
        if any(course.unanswered):
            title = f"Requests without an answer per {length(step)}"
            self._charts.append(column_chart(book, title, data(course.unanswered), _bar_colour(Status.UNKNOWN), marks))

    def _data(self, labels: Sequence[str], values: Sequence[float | None], name: str = "") -> Data:
        """Put the data of a chart into hidden cells."""
        column = self._columns
        self._columns += 2
        for row, (label, value) in enumerate(zip(labels, values, strict=True)):
            self._put(row, column, label)
            self._put(row, column + 1, "" if value is None else value)
        return Data(_SHEET, column, labels, values, name)

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


def _width(column: int) -> int:
    """Width of a column in characters."""
    return _STATUS_WIDTH if column in (1, _COUNTS) else _WIDTH


def _pixels(column: int) -> int:
    """Width of a column on the screen."""
    return 7 * _width(column) + 5
