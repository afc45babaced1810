"""What is whole in a damaged journal, copied into a new one, so that it can be reported.

A damaged page must not cost what is on the others, so everything is read one by one, by its number. A row counts as
whole only if all that its status depends on could be read: no row is reported as something that it may not be.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bulkprov.errors import RunError, StorageError
from bulkprov.journal.codec import cells_from, faults_from, outcome_from, standing_from
from bulkprov.journal.schema import OUTCOME_COLUMNS
from bulkprov.journal.store import Journal
from bulkprov.kind import Kind

__all__ = ["Salvaged", "salvage"]

_ROW: Final = "SELECT number, sheet_row, cells, want, key, faults, standing FROM rows WHERE number = ?"
_OUTCOME: Final = f"SELECT row, {', '.join(OUTCOME_COLUMNS)}, nr FROM outcomes WHERE row = ?"  # noqa: S608 - of names
_EXCHANGE: Final = "SELECT nr, row, step, standing, at, verdict, operation, known FROM exchanges WHERE nr = ?"
_STORE: Final = {
    table: f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608 - of names
    for table, columns in (("rows", 7), ("exchanges", 8), ("outcomes", len(OUTCOME_COLUMNS) + 2))
}
"""Stores what was read: the columns in the order of the schema."""
_HIGHEST: Final = {
    "rows": ("SELECT max(number) FROM rows", "SELECT max(row) FROM outcomes"),
    "exchanges": ("SELECT max(nr) FROM exchanges", "SELECT max(nr) FROM outcomes"),
}
"""Which number each is counted up to: the first of these that can be read."""

_NUMBER: Final = (int, float)
_TYPES: Final[tuple[type | tuple[type, ...], ...]] = (
    *(str, int, str, int, int, int, _NUMBER, _NUMBER),
    *(str, int, int, int, str, int),
)
"""What the values of an outcome are, from its status on, where they are not null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """What could be saved of a journal."""

    whole: int
    """Rows that are whole."""
    lost: int
    """Rows that are not, as far as can be told."""


def salvage(damaged: Path, into: Path, kinds: Mapping[str, Kind[Any]]) -> Salvaged:
    """Copy what is whole in a journal.

    Args:
        damaged: the journal's file. It is only read.
        into: the new journal's file.
        kinds: by name, as they are stored.

    Raises:
        RunError: not even what kind of journal it is can be read.
    """
    with closing(sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True)) as old:
        facts = dict(_while_it_can_be_read(old, "SELECT name, value FROM facts"))
        kind = kinds.get(facts.get("kind", next(iter(kinds))))
        if "format" not in facts or kind is None:
            raise RunError(f"{damaged} is too damaged: nothing can be read of it")
        with closing(Journal.create(into, facts, kind)) as new, new.database.transaction() as db:
            highest = _highest(old, "exchanges")
            exchanges = [_read(old, _EXCHANGE, number) for number in range(1, highest + 1)]
            all_exchanges = None not in exchanges
            kept, count = set[int](), _highest(old, "rows")
            for number in range(1, count + 1):
                row, outcome = _read(old, _ROW, number), _read(old, _OUTCOME, number)
                if not row or outcome is None or not _is_understood(new, row, outcome):
                    continue
                if not (outcome or row[3] is None or all_exchanges):  # pending or unknown: it cannot be told
                    continue
                db.execute(_STORE["rows"], row)
                if outcome:
                    db.execute(_STORE["outcomes"], outcome)
                kept.add(number)
            db.executemany(_STORE["exchanges"], (each for each in exchanges if each and each[1] in kept))
    return Salvaged(whole=len(kept), lost=count - len(kept))


def _highest(old: sqlite3.Connection, what: str) -> int:
    return next((highest for query in _HIGHEST[what] for (highest,) in _while_it_can_be_read(old, query) if highest), 0)


def _while_it_can_be_read(old: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    try:
        for row in old.execute(query):  # noqa: UP028 - the error is to be caught
            yield row
    except (sqlite3.Error, UnicodeDecodeError):
        return


def _read(old: sqlite3.Connection, query: str, number: int) -> tuple[Any, ...] | None:
    """What has this number; an empty tuple if there is nothing, and None if that cannot be read."""
    try:
        found: tuple[Any, ...] | None = old.execute(query, (number,)).fetchone()
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    return found or ()


def _is_understood(new: Journal, row: tuple[Any, ...], outcome: tuple[Any, ...]) -> bool:
    """Whether the values of a row and its outcome are such as are written."""
    _, sheet_row, cells, want, _, faults, standing = row
    try:
        cells_from(cells)
        faults_from(faults)
        if want is not None:
            _ = new.want(want).key
        if standing is not None:
            standing_from(standing)
        if outcome:
            outcome_from(outcome[1 : 1 + len(OUTCOME_COLUMNS)])
    except StorageError:
        return False
    types = zip(outcome[1:], _TYPES, strict=False)
    return isinstance(sheet_row, int) and all(value is None or isinstance(value, kind) for value, kind in types)
