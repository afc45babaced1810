"""The results as a workbook: the sheet `Results`, which a person filters and prints and the next run reads.

Every cell of the sheet stays the text it was: no formula, no link, no number is made of it, and Excel's own "this is
text" mark (`quotePrefix`, the apostrophe one types before a text) keeps that so when somebody edits the cell. Rows go
to XlsxWriter in its constant-memory mode, one after the other.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import xlsxwriter

from bulkprov.errors import StorageError
from bulkprov.model import RESULT_COLUMNS, Result, Status
from bulkprov.report.line import added, headers
from bulkprov.report.place import private_file

__all__ = ["ROWS", "xlsx_file"]

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
_NARROWEST: Final = 9
_WIDEST: Final = 48

_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")

_LOOKS: Final[dict[Status, dict[str, object]]] = {
    Status.CREATED: {"bg_color": "#E2F0D9", "font_color": "#1E4620"},
    Status.EXISTS: {"bg_color": "#EAF3F8", "font_color": "#1F3D52"},
    Status.REJECTED: {"bg_color": "#C0392B", "font_color": "#FFFFFF", "bold": True},
    Status.FAILED: {"bg_color": "#C0392B", "font_color": "#FFFFFF", "bold": True},
    Status.UNKNOWN: {"bg_color": "#6C3483", "font_color": "#FFFFFF", "bold": True},
    Status.INVALID: {"bg_color": "#F5C26B", "font_color": "#4A3000", "bold": True},
    Status.PENDING: {"font_color": "#595959", "italic": True},
}
"""By status; light ones need nobody, dark ones do, so that it can be read off a grey print too."""


@contextmanager
def xlsx_file(
    path: Path,
    columns: Sequence[str],
    facts: Mapping[str, str | int | float],  # noqa: ARG001
) -> Iterator[Callable[[Result], None]]:
    """A workbook, on the disk for good when the block has ended well; gives the function that adds a row.

    Raises:
        StorageError: there are more columns than a sheet holds.
    """
    if len(headers(columns)) > _COLUMNS:
        raise StorageError(f"{path.name}: a workbook has at most {_COLUMNS:,} columns; use `--format csv`")
    with private_file(path) as file:
        book = _Book(file, path.parent, headers(columns))
        try:
            yield book.add
            book.close()
        except BaseException:
            book.abandon()
            raise


class _Output:
    """What the packing writes to. Once its file is closed it is deaf: after a failure, `zipfile` tries once more."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0

    def write(self, data: bytes) -> int:
        if not self._file.closed:
            self._file.write(data)
        self._at += len(data)
        return len(data)

    def seek(self, offset: int) -> int:
        if not self._file.closed:
            self._file.seek(offset)
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()


class _Book:
    def __init__(self, file: BinaryIO, folder: Path, head: Sequence[str]) -> None:
        options: dict[str, object] = {"constant_memory": True, "tmpdir": str(folder), "use_zip64": True}
        options |= dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        self._book = xlsxwriter.Workbook(_Output(file), options)
        self._head = head
        self._columns = len(head) - len(RESULT_COLUMNS)
        text = {"num_format": "@", "quote_prefix": True, "valign": "top"}
        self._own = self._book.add_format(text)
        self._said = self._book.add_format({"quote_prefix": True, "valign": "top"})
        self._plain = self._book.add_format({"valign": "top"})
        self._header = self._book.add_format({**text, "bold": True, "bg_color": "#D9D9D9", "bottom": 1})
        self._added_header = self._book.add_format({**text, "bold": True, "bg_color": "#BFBFBF", "bottom": 1})
        self._looks = {
            status.value: self._book.add_format({"valign": "top", **look}) for status, look in _LOOKS.items()
        }
        self._sheets = 0
        self._begin_sheet()

    def add(self, result: Result) -> None:
        """Write one row, into a further sheet if this one is full."""
        if self._row > ROWS:
            self._end_sheet()
            self._begin_sheet()
        row, values = self._row, added(result)
        own = len(result.cells)
        cut = [
            self._head[at] for at, cell in enumerate(result.cells) if cell and not self._text(row, at, cell, self._own)
        ]
        if cut:
            note = (
                f"{' and '.join(cut)}: cut here to the {_TEXT:,} characters a cell of a workbook holds; CSV has it all"
            )
            values = (*values[:8], f"{values[8]}; {note}".removeprefix("; "), values[9])
        for at, value in enumerate(values, own):
            self._value(row, at, value, self._looks.get(result.status.value, self._said) if at == own else self._said)
        if row <= _SAMPLE:
            self._measure((*result.cells, *values))
        self._row += 1

    def close(self) -> None:
        """Finish the sheet and pack the file."""
        self._end_sheet()
        self._book.close()

    def abandon(self) -> None:
        """Close the files that XlsxWriter keeps its rows in; it has no public way to give a workbook up."""
        for sheet in self._book.worksheets():
            with suppress(OSError):  # a full disk was told already
                sheet._opt_close()  # noqa: SLF001

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet("Results" if self._sheets == 1 else f"Results {self._sheets}")
        self._row = 0
        self._widths = [_NARROWEST] * len(self._head)
        self._measure(self._head)
        for at, name in enumerate(self._head):
            self._text(0, at, name, self._header if at < self._columns else self._added_header)
        self._row = 1

    def _end_sheet(self) -> None:
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, max(self._row - 1, 1), len(self._head) - 1)
        for at, width in enumerate(self._widths):
            look = self._own if at < self._columns else self._plain  # what is typed into an empty cell stays text too
            self._sheet.set_column(at, at, min(width, _WIDEST) + 3, look)

    def _measure(self, values: Sequence[str | int | float]) -> None:
        self._widths = [max(width, len(str(value))) for width, value in zip(self._widths, values, strict=True)]

    def _value(self, row: int, at: int, value: str | float, look: Any) -> None:
        if isinstance(value, str):
            if value:
                self._text(row, at, value, look)
        elif abs(value) < _EXACT:
            self._sheet.write_number(row, at, value, self._plain)
        else:
            self._sheet.write_string(row, at, str(value), self._plain)

    def _text(self, row: int, at: int, text: str, look: Any) -> bool:
        """Write a text as it is; False if it had to be cut."""
        if not text.isascii() and _SURROGATES.search(text):
            text = text.encode("utf-8", "backslashreplace").decode()
        whole = len(text)
        if len(text) > _TEXT // 2:
            text = text.encode("utf-16-le")[: 2 * _TEXT].decode("utf-16-le", "ignore")
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter would take this for the inside of a rich text and write it unescaped
            self._sheet.write_rich_string(row, at, self._plain, text[:1], self._plain, text[1:], look)
        else:
            self._sheet.write_string(row, at, text, look)
        return len(text) == whole
