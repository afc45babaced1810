"""Opens a workbook, whatever its kind, and says of each worksheet what its values are and how they look.

The one place that calls pandas for workbooks, and that turns what foreign readers raise into a line for the operator.
Nothing is given to a reader before the guard has seen it.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel import ods, xls, xlsx
from bulkprov.sheets.excel.displayed import Looks
from bulkprov.sheets.excel.zip_guard import Package, open_package

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Book", "open_book"]

_ZIP: Final = b"PK"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MOST_XLS: Final = 64 << 20
_SAVE: Final = "open it in the spreadsheet program and save it again as .xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """An open workbook."""

    names: tuple[str, ...]
    """Of its worksheets, in order."""
    hidden: frozenset[str]
    """Those that the operator does not see."""
    looks: Callable[[str], Looks]
    """How the cells of a worksheet look. To be asked before its values are: it makes sure that they can be read."""
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
        with _xls(path, where) as book:
            yield book
        return
    with open_package(path, where) as package:
        if xlsx.is_workbook(package):
            workbook = xlsx.read_workbook(package)
            hidden = frozenset(name for name, sheet in workbook.sheets.items() if sheet.hidden)
            with _pandas(path, where) as (names, values):
                yield Book(
                    names=names,
                    hidden=hidden,
                    looks=lambda name: xlsx.looks_of(package, workbook, name),
                    values=values,
                )
        elif ods.is_spreadsheet(package):
            found = ods.read_looks(package)
            with _pandas(path, where) as (names, values):
                yield Book(names=names, hidden=frozenset(), looks=lambda name: found.get(name, Looks()), values=values)
        else:
            raise SheetError(f"{where}: {_other_zip(package)}")


def _other_zip(package: Package) -> str:
    kinds = {
        "xl/workbook.bin": f"this is a binary workbook (.xlsb): {_SAVE}",
        "word/document.xml": "this is a Word document: copy its table to a spreadsheet",
        "ppt/presentation.xml": "this is a presentation, and no spreadsheet",
    }
    return next((text for part, text in kinds.items() if part in package), "this is a zip file that holds no workbook")


@contextmanager
def _xls(path: Path, where: str) -> Iterator[Book]:
    size = path.stat().st_size
    if size > _MOST_XLS:
        raise SheetError(
            f"{where}: it has {size >> 20:,} MB, more than an .xls sheet of {_MOST_XLS >> 20} MB: save it as CSV"
        )
    if _ENCRYPTED in path.read_bytes():
        raise SheetError(f"{where}: it is protected with a password: save it without one")
    with _translated(where):
        import pandas as pd  # noqa: PLC0415 - takes half a second, so it is loaded when a sheet is read
        import xlrd  # noqa: PLC0415 - likewise

        book = xlrd.open_workbook(str(path), formatting_info=True, logfile=io.StringIO())

    def looks(name: str) -> Looks:
        with _translated(where):
            return xls.looks_of(book, name, where)

    def values(name: str) -> "pd.DataFrame":  # pandas has given up its own way to xlrd
        with _translated(where):
            return pd.DataFrame(
                [[cell.value for cell in row] for row in book.sheet_by_name(name).get_rows()], dtype=object
            )

    names = tuple(book.sheet_names())
    hidden = frozenset(name for name in names if book.sheet_by_name(name).visibility)
    yield Book(names=names, hidden=hidden, looks=looks, values=values)


@contextmanager
def _pandas(path: Path, where: str) -> Iterator[tuple[tuple[str, ...], Callable[[str], "pd.DataFrame"]]]:
    """Open with pandas; give the names of the worksheets, and what reads one."""
    import pandas as pd  # noqa: PLC0415 - takes half a second, so it is loaded when a sheet is read

    with _translated(where):
        file = pd.ExcelFile(path, engine="calamine")

    def values(name: str) -> "pd.DataFrame":
        with _translated(where):
            return pd.read_excel(
                file, sheet_name=name, header=None, dtype=object, na_filter=False, keep_default_na=False
            )

    with file:
        yield tuple(map(str, file.sheet_names)), values


@contextmanager
def _translated(where: str) -> Iterator[None]:
    """Say in one line that a foreign reader could not make sense of the file, whatever it raised.

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
            raise SheetError(f"{where}: it is protected with a password: save it without one") from error
        raise SheetError(f"{where}: it is damaged, or no workbook ({reason}): {_SAVE}") from error
