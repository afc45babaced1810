"""Loading a wave's rows into the journal, all or none, while the next ones are read from the sheet."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from bulkprov.engine.wanted import folded
from bulkprov.journal.codec import outcome_values, row_values
from bulkprov.journal.duplicates import refuse_repeats
from bulkprov.journal.rows import NEW, JournalRow
from bulkprov.journal.schema import FORMAT, MOST_ROWS, STORE_FACT, STORE_OUTCOME, store_rows
from bulkprov.journal.sqlite import Database
from bulkprov.journal.turns import add_stretches, begin_stretches, put_together
from bulkprov.kind import Kind

__all__ = ["take_in"]

_PORTION: Final = 1 << 19
"""Letters of cells that are stored at a time."""
_CELLS: Final = 2
"""Where the cells are among the values of a row."""


def take_in(
    database: Database, kind: Kind[Any], rows: Iterable[JournalRow], facts: Callable[[], Mapping[str, str]]
) -> None:
    """Store all rows of a wave in one transaction, and find those that repeat another.

    Args:
        database: the journal's file, which has no rows yet.
        kind: of the things that the rows want.
        rows: in input order.
        facts: asked when all rows are in, and stored together with them.

    Raises:
        StorageError: the file cannot be written. It has no row then.
    """
    # While SQLite stores some rows, the next ones are read and checked: hardly any of its work is Python's.
    with database.transaction() as db, ThreadPoolExecutor(1, "rows") as beside:
        stored: Future[None] | None = None
        begin_stretches(db)
        for portion in _portions(rows, kind):
            if stored:
                stored.result()
            stored = beside.submit(_store, db, portion)
        if stored:
            stored.result()
        put_together(db)
        _number_new(db)
        refuse_repeats(db, kind.noun)
        # A journal of an earlier format has no row yet: what it has from now on is of this one.
        db.executemany(STORE_FACT, {**facts(), "format": FORMAT}.items())


@dataclass(slots=True)
class _Portion:
    """Rows that are stored at a time."""

    rows: int = 0
    values: list[Any] = field(default_factory=list)
    """What is stored of them: see `codec.row_values`."""
    outcomes: list[tuple[Any, ...]] = field(default_factory=list)
    """The outcomes that some have already."""
    stretches: list[tuple[int, int]] = field(default_factory=list)
    """Where another scope begins; see `turns.add_stretches`."""


def _portions(rows: Iterable[JournalRow], kind: Kind[Any]) -> Iterator[_Portion]:
    """The rows as they are stored, not too many at a time."""
    portion, size = _Portion(), 0
    scope = stretch = None
    for number, row in enumerate(rows, 1):
        values = row_values(
            number,
            row.sheet_row,
            row.cells,
            want=row.want,
            to_stored=kind.to_stored,
            faults=row.faults,
            standing=row.standing,
        )
        portion.rows += 1
        portion.values += values
        size += len(values[_CELLS])
        if row.outcome:
            portion.outcomes.append(outcome_values(number, row.outcome))
        if row.want and row.want.scope != scope:
            scope = row.want.scope
            if (now := hash(folded(scope))) != stretch:
                stretch = now
                portion.stretches.append((number, now))
        if portion.rows == MOST_ROWS or size > _PORTION:
            yield portion
            portion, size = _Portion(), 0
    if portion.rows:
        yield portion


def _store(db: sqlite3.Connection, portion: _Portion) -> None:
    db.execute(store_rows(portion.rows), portion.values)
    db.executemany(STORE_OUTCOME, portion.outcomes)
    add_stretches(db, portion.stretches)


def _number_new(db: sqlite3.Connection) -> None:
    """Number the new rows of a rerun after all others; the header is row 1."""
    db.execute(
        """UPDATE rows SET sheet_row = numbered.sheet_row FROM (
            SELECT number, (SELECT max(1, max(sheet_row)) FROM rows) + row_number() OVER (ORDER BY number) AS sheet_row
            FROM rows WHERE sheet_row = ?
        ) AS numbered WHERE rows.number = numbered.number""",
        (NEW,),
    )
