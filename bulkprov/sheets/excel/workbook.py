"""Opens a workbook of any kind, and gives for each worksheet what it displays.

A zip is given to a reader only when `zip_guard` has checked it. What xlrd raises on old files becomes a line for the
operator here.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel import ods, xls, xlsx, xlsx_cells
from bulkprov.sheets.excel.displayed import Display
from bulkprov.sheets.excel.starts import OLDER
from bulkprov.sheets.excel.zip_guard import PROTECTED, SAVE_AGAIN, Package, open_package

__all__ = ["Book", "open_book"]

_ZIP: Final = b"PK"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_RIGHTS: Final = "DRMEncrypted".encode("utf-16-le")
"""Part of the names of what rights management keeps in an encrypted file ([MS-OFFCRYPTO] 2.2)."""
_MOST_XLS: Final = 64 << 20
_APPLE: Final = "this is a document of Apple's Numbers, Pages or Keynote: export it from there as Excel (.xlsx) or CSV"
_OTHER_ZIPS: Final = {
    "xl/workbook.bin": "this is a binary workbook (.xlsb): open it in the spreadsheet program and save it as .xlsx",
    "word/document.xml": "this is a Word document: copy its table to a spreadsheet",
    "ppt/presentation.xml": "this is a presentation, not a spreadsheet: copy its table to one",
    "index/document.iwa": _APPLE,
    "index.zip": _APPLE,
    "index.apxl": _APPLE,
    "index.xml": _APPLE,
}
"""What else a zip may be, by a part that only this kind of file has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """An open workbook."""

    names: tuple[str, ...]
    """Of its worksheets, in order."""
    hidden: frozenset[str]
    """Those that the operator does not see."""
    read: Callable[[str], Display]
    """What a worksheet displays, by its name."""


@contextmanager
def open_book(path: Path, where: str) -> Iterator[Book]:
    """Open a workbook.

    Raises:
        SheetError: it cannot be opened, or not without danger.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if not start.startswith(_ZIP):
        with _open_xls(path, where, start) as book:
            yield book
        return
    with open_package(path, where) as package:
        part = xlsx.workbook_part(package)
        if part:
            workbook = xlsx.read_workbook(package, part)
            yield Book(
                names=tuple(workbook.sheets),
                hidden=frozenset(name for name, sheet in workbook.sheets.items() if sheet.hidden),
                read=lambda name: xlsx_cells.read_sheet(workbook, name),
            )
        elif ods.is_spreadsheet(package):
            sheets = ods.read_sheets(package)
            yield Book(
                names=tuple(sheets),
                hidden=frozenset(name for name, sheet in sheets.items() if sheet.hidden),
                read=lambda name: sheets[name].display,
            )
        else:
            raise SheetError(f"{where}: {_other_zip(package)}")


def _other_zip(package: Package) -> str:
    known = (kind for part, kind in _OTHER_ZIPS.items() if part in package)
    return next(known, "this is a zip file without a workbook: if there is a sheet in it, unpack it first")


@contextmanager
def _open_xls(path: Path, where: str, start: bytes) -> Iterator[Book]:
    if start in OLDER:
        raise SheetError(
            f"{where}: this is a file of Excel {OLDER[start]}, from before 1994: open it in the spreadsheet "
            "program and save it as .xlsx"
        )
    size = path.stat().st_size
    if size > _MOST_XLS:
        most = f"{_MOST_XLS >> 20} MB is the most an .xls file may have"
        raise SheetError(f"{where}: it has {size >> 20:,} MB, and {most}: save it as CSV")
    content = path.read_bytes()
    if _RIGHTS in content:
        raise SheetError(
            f"{where}: it is protected by rights management (a sensitivity label): save a copy without that"
        )
    if _ENCRYPTED in content:
        raise SheetError(f"{where}: {PROTECTED}")
    with _reader_errors(where):
        import xlrd  # noqa: PLC0415 - takes a while, so it is loaded when a sheet is read

        book = xlrd.open_workbook(str(path), formatting_info=True, logfile=io.StringIO(), on_demand=True)
        names = tuple(book.sheet_names())
        hidden = frozenset(name for name in names if book.sheet_by_name(name).visibility)

    def read(name: str) -> Display:
        with _reader_errors(where):
            return xls.read_sheet(book, name, where)

    try:
        yield Book(names=names, hidden=hidden, read=read)
    finally:
        book.release_resources()


@contextmanager
def _reader_errors(where: str) -> Iterator[None]:
    """Turn whatever xlrd raises, which is all kinds of things, into one line that says that the file makes no sense."""
    try:
        yield
    except SheetError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        if "password" in reason.lower() or "encrypted" in reason.lower():
            raise SheetError(
                f"{where}: it is protected with a password, or by Review, Protect Workbook: save it without"
            ) from error
        raise SheetError(f"{where}: it is damaged, or not a workbook ({reason}): {SAVE_AGAIN}") from error
