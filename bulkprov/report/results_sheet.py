"""The rows of the results as sheets of a workbook, to be filtered and printed by people and read by the next run.

Every cell of the operator's sheet stays the text it was: no formula, no link, no number is made of it. Excel's own
"this is text" mark (`quotePrefix`, the apostrophe that one types before a text) keeps that so when the cell is edited.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bulkprov.errors import StorageError
from bulkprov.report.aggregate import Totals
from bulkprov.report.context import Context
from bulkprov.report.failed_sheet import SENTENCES, explain_marks, help_to_fix, row_height
from bulkprov.report.row import headers, result_values
from bulkprov.report.styles import Styles
from bulkprov.report.summary_sheet import draw_summary, summary_sheet
from bulkprov.report.xlsx_file import describe, workbook
from bulkprov.sheets.columns import Columns
from bulkprov.sheets.rows import RESULT_COLUMNS, Fault, Result
from bulkprov.text import clean

__all__ = ["MOST_ROWS", "failed_xlsx", "results_xlsx"]

MOST_ROWS: Final = 1_048_575
"""Rows that a sheet holds below its header; more go into `Results 2` and so on.

https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
"""

_MOST_COLUMNS: Final = 16_384
_LONGEST_TEXT: Final = 32_767
"""What a cell holds, in UTF-16 units."""
_LARGEST_NUMBER: Final = 10**15
"""Excel keeps 15 digits of a number: a longer id is written as text."""

_SAMPLE: Final = 500
"""Rows from which the widths of the columns are taken."""
_NARROWEST: Final = 7
_WIDEST: Final = 36
_PAGE: Final = 240
"""Letters abreast that can be read on a printed page."""
_REPEATED: Final = 2
"""Columns, the first, that are printed on each page where one is not wide enough for all."""
_BUTTON: Final = 3
"""Width of the filter's button in a header cell."""

_MOST_COMMENTS: Final = 1_000
"""Faulty cells that get a comment of their own; the note of the row has the fault in any case."""

_MOST_HEIGHTS: Final = 10_000
"""Rows that get a height of their own; XlsxWriter keeps each in memory."""

_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_NOTE: Final = RESULT_COLUMNS.index("note")


@contextmanager
def results_xlsx(path: Path, columns: Sequence[str], context: Context) -> Iterator[Callable[[Result], None]]:
    """The workbook of all rows, with a summary; gives the function that adds a row.

    Raises:
        StorageError: there are more columns than a sheet holds.
    """
    _refuse_if_too_wide(path, headers(columns, context.kind.columns))
    totals = Totals(context.operation.well)
    with workbook(path) as book:
        describe(book, context)
        styles, summary = Styles(book), summary_sheet(book)
        rows = _Rows(book, styles, columns, context.kind.columns, "Results")

        def add(result: Result) -> None:
            totals.add(result)
            rows.add(result)

        yield add
        rows.end_sheet()
        for step, verdict in context.exchanges():
            totals.over_time.exchanged(step, verdict)
        draw_summary(book, summary, styles, totals, context)


@contextmanager
def failed_xlsx(path: Path, columns: Sequence[str], context: Context) -> Iterator[Callable[[Result], None]]:
    """The workbook of the rows to fix, whose first column is that of marks; gives the function that adds a row.

    Raises:
        StorageError: there are more columns than a sheet holds.
    """
    _refuse_if_too_wide(path, headers(columns, context.kind.columns))
    with workbook(path) as book:
        describe(book, context, "rows to fix")
        rows = _Rows(book, Styles(book), columns, context.kind.columns, "Failed")
        yield rows.add
        rows.end_sheet()


def _refuse_if_too_wide(path: Path, header: Sequence[str]) -> None:
    if len(header) > _MOST_COLUMNS:
        raise StorageError(f"{path.name}: a workbook has at most {_MOST_COLUMNS:,} columns; use `--format csv`")


class _Rows:
    """Rows in as many sheets as they need."""

    def __init__(self, book: Any, styles: Styles, columns: Sequence[str], known: Columns, name: str) -> None:
        self._book = book
        self._styles = styles
        self._known = known
        self._header = headers(columns, known)
        self._first = len(columns)
        """The first column of ours."""
        self._name = name
        self._fixing = name == "Failed"
        self._comments = self._heights = 0
        self._sheets = 0
        self._begin_sheet()

    def add(self, result: Result) -> None:
        """Write one row, into a further sheet if this one is full."""
        if self._row > MOST_ROWS:
            self.end_sheet()
            self._begin_sheet()
        row, styles, values = self._row, self._styles, result_values(result)
        if self._heights < _MOST_HEIGHTS and (height := row_height(result.cells, values, _WIDEST)):
            self._heights += 1
            self._sheet.set_row(row, height)
        cut = [at for at, cell in enumerate(result.cells) if cell and not self._own(row, at, cell)]
        if cut:
            values = (*values[:_NOTE], self._note_of_cut(values[_NOTE], cut), *values[_NOTE + 1 :])
        for fault in result.faults:
            self._mark(row, fault, result.cells)
        self._sheet.write_string(row, self._first, result.status.value, styles.status[result.status])
        for at, value in enumerate(values[1:], self._first + 1):
            if value != "":
                self._value(row, at, value)
        for place, widest in SENTENCES.items():  # of each row: those with sentences may be few, and come late
            at = self._first + place
            self._widths[at] = max(self._widths[at], min(len(str(values[place])), widest))
        if row <= _SAMPLE:
            self._measure((*result.cells, *values))
        self._row += 1

    def end_sheet(self) -> None:
        """Give the sheet what depends on all of its rows: widths, filter, lists, page."""
        sheet, last = self._sheet, max(self._row - 1, 1)
        for at, width in enumerate(self._widths):
            style = (
                self._styles.sheet_cell if at < self._first else None
            )  # what is typed into an empty cell is text too
            widest = SENTENCES.get(at - self._first, _WIDEST)
            sheet.set_column(at, at, min(max(width, _NARROWEST), widest) + 1, style)
        if self._fixing:
            help_to_fix(sheet, self._known, self._header[: self._first], last)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(self._header) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        letters = sum(min(max(width, _NARROWEST), _WIDEST) for width in self._widths)
        sheet.fit_to_pages(math.ceil(letters / _PAGE), 0)
        sheet.repeat_columns(0, min(_REPEATED + self._fixing, len(self._widths)) - 1)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        sheet.set_footer("&L&F, &A&RPage &P of &N")

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(self._name if self._sheets == 1 else f"{self._name} {self._sheets}")
        self._widths = [min(len(name), _WIDEST) + _BUTTON for name in self._header]
        for at, name in enumerate(self._header):
            own = int(self._fixing) <= at < self._first
            self._text(0, at, name, self._styles.sheet_header if own else self._styles.result_header)
        if self._fixing:
            explain_marks(self._sheet)
        self._row = 1

    def _measure(self, values: Sequence[str | int | float]) -> None:
        self._widths = [max(width, len(str(value))) for width, value in zip(self._widths, values, strict=True)]

    def _own(self, row: int, at: int, cell: str) -> bool:
        """Write a cell of the sheet's own; False if it had to be cut."""
        styles = self._styles
        return self._text(row, at, cell, styles.sheet_cell if len(cell) <= _WIDEST else styles.wrapped_cell)

    def _mark(self, row: int, fault: Fault, cells: Sequence[str]) -> None:
        if fault.column is None:
            return
        if cells[fault.column]:
            self._text(row, fault.column, cells[fault.column], self._styles.faulty_cell)
        else:
            self._sheet.write_blank(row, fault.column, None, self._styles.faulty_cell)
        if self._fixing and self._comments < _MOST_COMMENTS:
            self._comments += 1
            self._sheet.write_comment(row, fault.column, clean(fault.text), {"x_scale": 2, "author": "bulkprov"})

    def _note_of_cut(self, note: str | float, cut: Sequence[int]) -> str:
        names = " and ".join(self._header[at] for at in cut)
        more = f"{names}: shortened here to {_LONGEST_TEXT:,} characters, the most a cell can hold; CSV keeps it all"
        return f"{note}; {more}" if note else more

    def _value(self, row: int, at: int, value: str | float) -> None:
        if isinstance(value, str):
            sentence = at - self._first in SENTENCES
            self._text(row, at, value, self._styles.wrapped_text if sentence else self._styles.text)
        elif -_LARGEST_NUMBER < value < _LARGEST_NUMBER:
            self._sheet.write_number(row, at, value, self._styles.number)
        else:
            self._sheet.write_string(row, at, str(value), self._styles.number)

    def _text(self, row: int, at: int, text: str, style: Any) -> bool:
        """Write a text as it is; False if it had to be cut."""
        if not text.isascii() and _SURROGATES.search(text):
            text = text.encode("utf-8", "backslashreplace").decode()
        length = len(text)
        if length > _LONGEST_TEXT // 2:
            text = text.encode("utf-16-le")[: 2 * _LONGEST_TEXT].decode("utf-16-le", "ignore")
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter would take this for the inside of a rich text and write it unescaped
            plain = self._styles.number
            self._sheet.write_rich_string(row, at, plain, text[:1], plain, text[1:], style)
        else:
            self._sheet.write_string(row, at, text, style)
        return len(text) == length
