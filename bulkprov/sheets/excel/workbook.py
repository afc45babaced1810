"""Opens a workbook of any kind, and gives for each worksheet its values and what its cells display.

The one place that calls pandas for workbooks, and that turns what other people's readers raise into a line for the
operator. A zip is given to a reader only when `zip_guard` has checked it.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel import ods, xls, xlsx, xlsx_cells
from bulkprov.sheets.excel.displayed import Display
from bulkprov.sheets.excel.zip_guard import PROTECTED, SAVE_AGAIN, Package, open_package

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Book", "open_book"]

_ZIP: Final = b"PK"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MOST_XLS: Final = 64 << 20
_OTHER_ZIPS: Final = {
    "xl/workbook.bin": "this is a binary workbook (.xlsb): open it in the spreadsheet program and save it as .xlsx",
    "word/document.xml": "this is a Word document: copy its table to a spreadsheet",
    "ppt/presentation.xml": "this is a presentation, not a spreadsheet: copy its table to one",
}
"""What else a zip may be, by a part that only this kind of file has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """An open workbook."""

    names: tuple[str, ...]
    """Of its worksheets, in order."""
    hidden: frozenset[str]
    """Those that the operator does not see."""
    display: Callable[[str], Display]
    """What the cells of a worksheet display. Call it before `values`: it makes sure that they can be read."""
    values: Callable[[str], "pd.DataFrame"]
    """The values of a worksheet: row 1 of the sheet is row 0 of the frame, column A is column 0."""


@contextmanager
def open_book(path: Path, where: str) -> Iterator[Book]:
    """Open a workbook.

    Raises:
        SheetError: it cannot be opened, or not without danger.
    """
    with path.open("rb") as file:
        start = file.read(2)
    if start != _ZIP:
        yield _open_xls(path, where)
        return
    with open_package(path, where) as package:
        if xlsx.is_workbook(package):
            workbook = xlsx.read_workbook(package)
            hidden = frozenset(name for name, sheet in workbook.sheets.items() if sheet.hidden)
            with _calamine(path, where) as (names, values):
                yield Book(
                    names=names,
                    hidden=hidden,
                    display=lambda name: xlsx_cells.read_display(package, workbook, name),
                    values=values,
                )
        elif ods.is_spreadsheet(package):
            displays = ods.read_displays(package)
            with _calamine(path, where) as (names, values):
                yield Book(
                    names=names, hidden=frozenset(), display=lambda name: displays.get(name, Display()), values=values
                )
        else:
            raise SheetError(f"{where}: {_other_zip(package)}")


def _other_zip(package: Package) -> str:
    known = (kind for part, kind in _OTHER_ZIPS.items() if part in package)
    return next(known, "this is a zip file without a workbook: if there is a sheet in it, unpack it first")


def _open_xls(path: Path, where: str) -> Book:
    size = path.stat().st_size
    if size > _MOST_XLS:
        most = f"{_MOST_XLS >> 20} MB is the most an .xls file may have"
        raise SheetError(f"{where}: it has {size >> 20:,} MB, and {most}: save it as CSV")
    if _ENCRYPTED in path.read_bytes():
        raise SheetError(f"{where}: {PROTECTED}")
    with _reader_errors(where):
        import pandas as pd  # noqa: PLC0415 - takes half a second, so it is loaded when a sheet is read
        import xlrd  # noqa: PLC0415 - likewise

        book = xlrd.open_workbook(str(path), formatting_info=True, logfile=io.StringIO())

    def display(name: str) -> Display:
        with _reader_errors(where):
            return xls.read_display(book, name, where)

    def values(name: str) -> "pd.DataFrame":  # pandas' own way to xlrd makes datetimes of dates and NaN of errors
        with _reader_errors(where):
            return pd.DataFrame(
                [[cell.value for cell in row] for row in book.sheet_by_name(name).get_rows()], dtype=object
            )

    names = tuple(book.sheet_names())
    hidden = frozenset(name for name in names if book.sheet_by_name(name).visibility)
    return Book(names=names, hidden=hidden, display=display, values=values)


@contextmanager
def _calamine(path: Path, where: str) -> Iterator[tuple[tuple[str, ...], Callable[[str], "pd.DataFrame"]]]:
    """Open by pandas with calamine; give the names of the worksheets, and what reads one."""
    import pandas as pd  # noqa: PLC0415 - takes half a second, so it is loaded when a sheet is read

    with _reader_errors(where):
        file = pd.ExcelFile(path, engine="calamine")

    def values(name: str) -> "pd.DataFrame":
        with _reader_errors(where):
            return pd.read_excel(
                file, sheet_name=name, header=None, dtype=object, na_filter=False, keep_default_na=False
            )

    with file:
        yield tuple(map(str, file.sheet_names)), values


@contextmanager
def _reader_errors(where: str) -> Iterator[None]:
    """Turn whatever a reader raises into one line that says that it cannot make sense of the file.

    Readers raise all kinds of exceptions on damaged files; calamine's panics are not even an `Exception`.
    """
    try:
        yield
    except SheetError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = " ".join(str(error).split())[:200]
        if "password" in reason.lower() or "encrypted" in reason.lower():
            raise SheetError(f"{where}: {PROTECTED}") from error
        raise SheetError(f"{where}: it is damaged, or not a workbook ({reason}): {SAVE_AGAIN}") from error
