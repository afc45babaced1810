"""What the readers of files give and the loader takes: rows of text with their numbers, and where the header is.

Pure. It also makes records of rows, which is the one place where the operator's own columns and the result columns of
an earlier run part.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, NamedTuple

from bulkprov.sheets.header import Header
from bulkprov.sheets.rows import Fault, Record

__all__ = ["CHUNK", "Opener", "RawRow", "Table", "record_of"]

CHUNK = 2_000
"""Rows handed on at a time."""

Opener = Callable[[], AbstractContextManager[IO[bytes]]]
"""Gives the file's bytes from the start, as often as asked."""


class RawRow(NamedTuple):
    """A row as it is in the file."""

    number: int
    cells: Sequence[str]
    """As many as the header has."""
    faults: tuple[Fault, ...] = ()
    """Their `column` is a place in the row of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A sheet that was found fit to be read, before its rows are."""

    header: Header
    sheet_name: str
    notes: tuple[str, ...]
    rows: Callable[[], Iterator[list[RawRow]]]
    """The rows below the header that are not blank, in chunks, from the start each time it is called."""


def record_of(header: Header, row: RawRow) -> Record:
    """Part the operator's own cells from the results of an earlier run."""
    if not header.prior and not row.faults:
        return Record(sheet_row=row.number, cells=tuple(row.cells))
    return Record(
        sheet_row=row.number,
        cells=tuple(row.cells[place] for place in header.own),
        faults=tuple(
            fault if fault.column is None else Fault(fault.text, header.own_position(fault.column))
            for fault in row.faults
        ),
        prior=tuple(row.cells[place] for place in header.prior),
    )
