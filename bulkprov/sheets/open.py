"""Opens a sheet: from the name of a file to a `Sheet` with its columns, notes and rows.

It tells by the first bytes what kind of file it is, never by the name, lets the reader for that kind find the table,
and turns the table's rows into records.
"""

import hashlib
import os
import shutil
import stat
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.columns import Columns
from bulkprov.sheets.delimited import open_delimited
from bulkprov.sheets.encoding import encoding_of, has_mark
from bulkprov.sheets.excel.starts import STARTS
from bulkprov.sheets.other_files import directory, is_in_cloud, missing, other_file
from bulkprov.sheets.rows import Record
from bulkprov.sheets.table import CHANGED, Opener, Table, record_of

__all__ = ["Sheet", "is_workbook", "open_sheet"]

_STDIN: Final = "/dev/stdin"
_BLOCK: Final = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet that was opened and found fit to be read."""

    path: str
    """As given; "-" for stdin."""
    sheet_name: str
    """The worksheet; "" for CSV."""
    columns: tuple[str, ...]
    """The operator's own header cells, in order; in a results file without the ten result columns."""
    fields: Mapping[str, int]
    """Canonical name to position in `columns`."""
    is_results: bool
    """Whether it has all ten result columns, so that `Record.prior` is filled."""
    sha256: str
    """Of the file's bytes."""
    notes: tuple[str, ...]
    """What was guessed: encoding, separator, worksheet, header row."""
    _records: Callable[[], Iterator[list[Record]]] = field(repr=False, compare=False)
    delimiter: str = ""
    """What separates the cells of a text file; "" for what is none."""
    encoding: str = ""
    """Of a text file, if it is certain: by its mark, or because it was asked for; "" if it was found or guessed."""

    def without(self, column: int) -> "Sheet":
        """The same sheet without one of its own columns, which is none that it was asked for, by its position."""

        def moved(at: int) -> int:
            return at - (at > column)

        def less(record: Record) -> Record:
            faults = tuple(
                each if each.column is None else replace(each, column=moved(each.column))
                for each in record.faults
                if each.column != column
            )
            return replace(record, cells=record.cells[:column] + record.cells[column + 1 :], faults=faults)

        return replace(
            self,
            columns=self.columns[:column] + self.columns[column + 1 :],
            fields={name: moved(at) for name, at in self.fields.items()},
            _records=lambda: ([less(record) for record in chunk] for chunk in self._records()),
        )

    def chunks(self) -> Iterator[list[Record]]:
        """Give the rows that are not blank, in the order of the file, from the start each time it is called.

        Raises:
            SheetError: the file can no longer be read.
        """
        try:
            yield from self._records()
        except OSError as error:
            raise SheetError(f"{self.path}: cannot be read: {error.strerror or error}") from error


def open_sheet(
    path: str | Path, *, columns: Columns, sheet: str = "", encoding: str = "", delimiter: str = ""
) -> Sheet:
    """Open a sheet: find its table and columns, and make sure that its rows can be read.

    Args:
        path: A CSV, TSV, XLSX, XLSM, XLS or ODS file, told apart by content; "-" or /dev/stdin is CSV on stdin.
        columns: Those that it may have.
        sheet: The worksheet; empty to find the one that has the columns.
        encoding: Of a text file; empty to find out.
        delimiter: Of a text file; empty to find out.

    Raises:
        SheetError: it cannot be used. The text is one line that says why and what to do.
    """
    name = "-" if str(path) == _STDIN else str(path)
    before = _fingerprint(name)
    try:
        opener = _spooled(sys.stdin.buffer) if name == "-" else _file(name)
        with opener() as raw:
            head = raw.read(_BLOCK)
            digest = hashlib.sha256(head)
            while block := raw.read(_BLOCK):
                digest.update(block)
        table = _find_table(opener, head, name, columns=columns, sheet=sheet, encoding=encoding, delimiter=delimiter)
    except OSError as error:
        raise SheetError(f"{name}: cannot be read: {error.strerror or error}{_hint(error, Path(name))}") from error
    header = table.header

    def records() -> Iterator[list[Record]]:
        for rows in table.rows():
            yield [record_of(header, row) for row in rows]
        if _fingerprint(name) != before:
            raise SheetError(f"{name}: {CHANGED}")

    return Sheet(
        path=name,
        sheet_name=table.sheet_name,
        columns=header.columns,
        fields=header.fields,
        is_results=bool(header.prior),
        sha256=digest.hexdigest(),
        notes=tuple(f"{'stdin' if name == '-' else Path(name).name}: {note}" for note in table.notes),
        delimiter=table.delimiter,
        encoding=table.encoding,
        _records=records,
    )


def is_workbook(path: str) -> bool:
    """Whether a file begins as workbooks do; not if it cannot be read."""
    try:
        with Path(path).open("rb") as raw:
            return raw.read(max(map(len, STARTS))).startswith(STARTS)
    except OSError:
        return False


def _hint(error: OSError, path: Path) -> str:
    """What to do about a file that cannot be read, if that is known."""
    if is_in_cloud(path):
        return "; it is in the cloud only: download it first"
    busy = os.name == "nt" and isinstance(error, PermissionError)
    return "; is it open in Excel? Save and close it there" if busy else ""


def _fingerprint(name: str) -> tuple[int, ...]:
    """What differs once a file was changed, or replaced by another of its name; empty if it is not a regular file."""
    try:
        known = Path(name).stat()
    except OSError:
        return ()
    if not stat.S_ISREG(known.st_mode):
        return ()
    return known.st_ino, known.st_size, known.st_mtime_ns


def _find_table(
    opener: Opener, head: bytes, name: str, *, columns: Columns, sheet: str, encoding: str, delimiter: str
) -> Table:
    """Let the reader for the kind of file that begins with `head` find its table."""
    where = "stdin" if name == "-" else name
    if other := other_file(Path(name).name, head, None if name == "-" else Path(name)):
        raise SheetError(f"{where}: this is {other}")
    if not head:
        raise SheetError(f"{where}: the file is empty")
    if head.startswith(STARTS):
        from bulkprov.sheets.excel.worksheet import open_workbook  # noqa: PLC0415 - heavy, and text does without

        if name == "-":
            raise SheetError("stdin: only CSV is read from stdin, not a workbook: give the file's name")
        for option in (name for name, given in (("encoding", encoding), ("delimiter", delimiter)) if given):
            raise SheetError(f"{where}: this is a workbook, which has no {option} to choose: leave --{option} out")
        return open_workbook(Path(name), columns=columns, where=where, asked=sheet)
    if sheet:
        raise SheetError(f"{where}: this is text, which has no worksheets: leave --sheet out")
    known, notes = encoding_of(opener, where=where, asked=encoding)
    table = open_delimited(opener, columns=columns, where=where, encoding=known, delimiter=delimiter, notes=notes)
    return replace(table, encoding=known if encoding or has_mark(head) else "")


def _file(name: str) -> Opener:
    path = Path(name)
    if path.is_dir():
        raise SheetError(f"{name}: {directory(path)}")
    if not path.exists():
        raise SheetError(f"{name}: {missing(path)}")  # as given: a path has no two slashes, and an address has
    if not path.is_file():  # what another program is still writing: <(...) in a shell
        with path.open("rb") as stream:
            return _spooled(stream)
    return lambda: path.open("rb")


def _spooled(stream: IO[bytes]) -> Opener:
    """Copy a stream to a temporary file, as a sheet is read more than once."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the sheet is in use, as the next lines say
    shutil.copyfileobj(stream, copy)

    @contextmanager
    def rewound() -> Iterator[IO[bytes]]:
        copy.seek(0)
        yield copy

    weakref.finalize(rewound, copy.close)
    return rewound
