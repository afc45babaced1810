"""The rows of the results as a sheet of a workbook: one that a person filters and prints and the next run reads.

Every cell of the sheet stays the text it was: no formula, no link, no number is made of it, and Excel's own "this is
text" mark (`quotePrefix`, the apostrophe one types before a text) keeps that so when somebody edits the cell.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bulkprov.errors import StorageError
from bulkprov.report.aggregate import Digest
from bulkprov.report.context import About
from bulkprov.report.failed_sheet import height, help_to_fix
from bulkprov.report.row import added, headers
from bulkprov.report.styles import Looks
from bulkprov.report.summary_sheet import draw_summary
from bulkprov.report.xlsx_file import packed
from bulkprov.sheets.columns import Columns
from bulkprov.sheets.rows import RESULT_COLUMNS, Fault, Result
from bulkprov.text import clean

__all__ = ["ROWS", "failed_xlsx", "results_xlsx"]

ROWS: Final = 1_048_575
"""Rows that a sheet holds below its header; more go on in `Results 2` and so on.

https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
"""

_COLUMNS: Final = 16_384
_TEXT: Final = 32_767
"""What a cell holds, in UTF-16 units."""
_EXACT: Final = 10**15
"""Excel keeps 15 digits of a number: a longer id is written as text."""

_SAMPLE: Final = 500
"""Rows from which the widths of the columns are taken."""
_NARROWEST: Final = 7
_WIDEST: Final = 36
_BUTTON: Final = 3
"""What the filter's button takes of a header cell."""

_REMARKS: Final = 1_000
"""Faulty cells that get a remark of their own; the note of the row has it in any case."""

_LOOKED_AT: Final = 10_000
"""Rows of a sheet that get a height of their own; XlsxWriter keeps each in memory."""

_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_NOTE: Final = RESULT_COLUMNS.index("note")


@contextmanager
def results_xlsx(path: Path, columns: Sequence[str], about: About) -> Iterator[Callable[[Result], None]]:
    """The workbook of all rows, with a summary; gives the function that adds a row.

    Raises:
        StorageError: there are more columns than a sheet holds.
    """
    _refuse_if_too_wide(path, headers(columns, about.kind.columns))
    digest = Digest(about.operation.well)
    with packed(path) as book:
        looks = Looks(book)
        rows = _Rows(book, looks, columns, about.kind.columns, "Results")

        def add(result: Result) -> None:
            digest.add(result)
            rows.add(result)

        yield add
        rows.end_sheet()
        draw_summary(book, looks, digest, about)


@contextmanager
def failed_xlsx(
    path: Path,
    columns: Sequence[str],
    about: About,
) -> Iterator[Callable[[Result], None]]:
    """The workbook of the rows to fix; gives the function that adds a row.

    Raises:
        StorageError: there are more columns than a sheet holds.
    """
    _refuse_if_too_wide(path, headers(columns, about.kind.columns))
    with packed(path) as book:
        rows = _Rows(book, Looks(book), columns, about.kind.columns, "Failed")
        yield rows.add
        rows.end_sheet()


def _refuse_if_too_wide(path: Path, head: Sequence[str]) -> None:
    if len(head) > _COLUMNS:
        raise StorageError(f"{path.name}: a workbook has at most {_COLUMNS:,} columns; use `--format csv`")


class _Rows:
    """Rows in as many sheets as they need."""

    def __init__(self, book: Any, looks: Looks, columns: Sequence[str], known: Columns, name: str) -> None:
        self._book = book
        self._looks = looks
        self._known = known
        self._head = headers(columns, known)
        self._ours = len(columns)
        """Where our columns begin."""
        self._name = name
        self._fixing = name == "Failed"
        self._remarks = 0
        self._sheets = 0
        self._begin_sheet()

    def add(self, result: Result) -> None:
        """Write one row, into a further sheet if this one is full."""
        if self._row > ROWS:
            self.end_sheet()
            self._begin_sheet()
        row, looks, values = self._row, self._looks, added(result)
        if self._fixing and row <= _LOOKED_AT and (points := height(values)):
            self._sheet.set_row(row, points)
        cut = [at for at, cell in enumerate(result.cells) if cell and not self._text(row, at, cell, looks.own)]
        if cut:
            values = (*values[:_NOTE], self._said_to_be_cut(values[_NOTE], cut), *values[_NOTE + 1 :])
        for fault in result.faults:
            self._mark(row, fault, result.cells)
        self._sheet.write_string(row, self._ours, result.status.value, looks.status[result.status])
        for at, value in enumerate(values[1:], self._ours + 1):
            if value != "":
                self._value(row, at, value)
        if row <= _SAMPLE:
            self._measure((*result.cells, *values))
        self._row += 1

    def end_sheet(self) -> None:
        """Give the sheet what can be said only when its rows are known."""
        sheet, last = self._sheet, max(self._row - 1, 1)
        for at, width in enumerate(self._widths):
            look = self._looks.own if at < self._ours else None  # what is typed into an empty cell stays text too
            sheet.set_column(at, at, min(max(width, _NARROWEST), _WIDEST) + 1, look)
        if self._fixing:
            help_to_fix(sheet, self._known, self._head[: self._ours], last)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(self._head) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        sheet.set_footer("&L&F, &A&RPage &P of &N")

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(self._name if self._sheets == 1 else f"{self._name} {self._sheets}")
        self._widths = [min(len(name), _WIDEST) + _BUTTON for name in self._head]
        for at, name in enumerate(self._head):
            self._text(0, at, name, self._looks.header if at < self._ours else self._looks.added_header)
        self._row = 1

    def _measure(self, values: Sequence[str | int | float]) -> None:
        self._widths = [max(width, len(str(value))) for width, value in zip(self._widths, values, strict=True)]

    def _mark(self, row: int, fault: Fault, cells: Sequence[str]) -> None:
        if fault.column is None:
            return
        if cells[fault.column]:
            self._text(row, fault.column, cells[fault.column], self._looks.faulty)
        else:
            self._sheet.write_blank(row, fault.column, None, self._looks.faulty)
        if self._fixing and self._remarks < _REMARKS:
            self._remarks += 1
            self._sheet.write_comment(row, fault.column, clean(fault.text), {"x_scale": 2, "author": "bulkprov"})

    def _said_to_be_cut(self, note: str | float, cut: Sequence[int]) -> str:
        names = " and ".join(self._head[at] for at in cut)
        added = f"{names}: cut here to the {_TEXT:,} characters a cell of a workbook holds; CSV has it all"
        return f"{note}; {added}" if note else added

    def _value(self, row: int, at: int, value: str | float) -> None:
        if isinstance(value, str):
            self._text(row, at, value, self._looks.reason if self._fixing else self._looks.said)
        elif -_EXACT < value < _EXACT:
            self._sheet.write_number(row, at, value, self._looks.number)
        else:
            self._sheet.write_string(row, at, str(value), self._looks.number)

    def _text(self, row: int, at: int, text: str, look: Any) -> bool:
        """Write a text as it is; False if it had to be cut."""
        if not text.isascii() and _SURROGATES.search(text):
            text = text.encode("utf-8", "backslashreplace").decode()
        whole = len(text)
        if whole > _TEXT // 2:
            text = text.encode("utf-16-le")[: 2 * _TEXT].decode("utf-16-le", "ignore")
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter would take this for the inside of a rich text and write it unescaped
            plain = self._looks.number
            self._sheet.write_rich_string(row, at, plain, text[:1], plain, text[1:], look)
        else:
            self._sheet.write_string(row, at, text, look)
        return len(text) == whole
