"""The table found in a file: where its header is, and its rows as text with their numbers. Pure.

Every reader of files gives a `Table`. What readers have in common is here too, and the making of records from rows,
which is the one place where the operator's own columns and the result columns of an earlier run part.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import IO, Final, NamedTuple

from bulkprov.errors import SheetError
from bulkprov.sheets.header import MOST_COLUMNS, Header
from bulkprov.sheets.no_data import no_data
from bulkprov.sheets.rows import Fault, Record

__all__ = [
    "CHANGED",
    "CHUNK",
    "MOST_COLUMNS",
    "Opener",
    "RawRow",
    "Table",
    "has_text",
    "no_rows",
    "record_of",
    "title_notes",
    "used_columns",
]

CHUNK: Final = 2_000
"""Rows handed on at a time."""
CHANGED: Final = "it was changed while it was read: save and close it, and try again"

Opener = Callable[[], AbstractContextManager[IO[bytes]]]
"""Gives the file's bytes from the start, as often as asked."""


class RawRow(NamedTuple):
    """A row as it is in the file."""

    number: int
    """As the spreadsheet program counts."""
    cells: Sequence[str]
    """As many as the header has."""
    faults: tuple[Fault, ...] = ()
    """Their `column` is a place in the row of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A sheet that was found fit to be read, before its rows are."""

    header: Header
    sheet_name: str
    """The worksheet; "" for CSV, and for results that continue in several worksheets."""
    notes: tuple[str, ...]
    """What was guessed, for the operator to check."""
    rows: Callable[[], Iterator[list[RawRow]]]
    """The rows below the header that are not blank, in chunks, from the start each time it is called."""
    delimiter: str = ""
    """What separates the cells of a text file; "" for a workbook."""
    encoding: str = ""
    """Of a text file, if it is certain: by its mark, or because it was asked for; "" if it was found or guessed."""


def record_of(header: Header, row: RawRow) -> Record:
    """A row as a record: the operator's own cells, and apart from them the results of an earlier run."""
    faults = tuple(replace(each, doubtful=True) for each in row.faults)
    if problem := no_data(header, row.cells):
        faults = (Fault(f"row {row.number} {problem}"),)
    if not header.prior and not faults:
        return Record(sheet_row=row.number, cells=tuple(row.cells))
    return Record(
        sheet_row=row.number,
        cells=tuple(row.cells[place] for place in header.own),
        faults=tuple(
            fault if fault.column is None else replace(fault, column=header.own_position(fault.column))
            for fault in faults
        ),
        prior=tuple(row.cells[place] for place in header.prior),
    )


def used_columns(header: Header) -> dict[int, str]:
    """The columns that bulkprov uses: from the place in the row of the file to the canonical name."""
    return {header.own[position]: name for name, position in header.fields.items()}


def has_text(cells: Iterable[str | None]) -> bool:
    """Whether a row is not blank."""
    return any(cell and not cell.isspace() for cell in cells)


def title_notes(header: Header) -> list[str]:
    """Say that there are rows above the header, if there are."""
    return [f"the header is in row {header.row}; the rows above it were skipped"] if header.row > 1 else []


def no_rows(header: Header, where: str) -> SheetError:
    """Say that there is nothing below the header; `where` begins the complaint."""
    return SheetError(f"{where}: there is a header (row {header.row}) but no row of data below it")
