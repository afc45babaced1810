"""Loading a wave's rows into the journal, all or none, while the next ones are read from the sheet."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from bulkprov.journal.codec import outcome_values, row_text
from bulkprov.journal.duplicates import refuse_repeats
from bulkprov.journal.rows import NEW, JournalRow
from bulkprov.journal.schema import FORMAT, STORE_FACT, STORE_OUTCOME, STORE_ROWS
from bulkprov.journal.sqlite import Database
from bulkprov.kind import Kind

__all__ = ["take_in"]

_PORTION: Final = 1 << 19
"""Bytes of rows that are stored at a time."""


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
        for lines, outcomes in _portions(rows, kind):
            if stored:
                stored.result()
            stored = beside.submit(_store, db, lines, outcomes)
        if stored:
            stored.result()
        _number_new(db)
        refuse_repeats(db, kind.noun)
        # A journal of an earlier format has no row yet: what it has from now on is of this one.
        db.executemany(STORE_FACT, {**facts(), "format": FORMAT}.items())


def _portions(rows: Iterable[JournalRow], kind: Kind[Any]) -> Iterator[tuple[list[bytes], list[tuple[Any, ...]]]]:
    """The rows as they are stored, and the outcomes that some have already, not too many at a time."""
    lines: list[bytes] = []
    outcomes: list[tuple[Any, ...]] = []
    size = 0
    for number, row in enumerate(rows, 1):
        line = row_text(
            number,
            row.sheet_row,
            row.cells,
            want=row.want,
            to_stored=kind.to_stored,
            faults=row.faults,
            standing=row.standing,
        )
        lines.append(line)
        size += len(line)
        if row.outcome:
            outcomes.append(outcome_values(number, row.outcome))
        if size > _PORTION:
            yield lines, outcomes
            lines, outcomes, size = [], [], 0
    yield lines, outcomes


def _store(db: sqlite3.Connection, lines: Sequence[bytes], outcomes: Sequence[tuple[Any, ...]]) -> None:
    db.execute(STORE_ROWS, (f"[{b','.join(lines).decode()}]",))
    db.executemany(STORE_OUTCOME, outcomes)


def _number_new(db: sqlite3.Connection) -> None:
    """Number the new rows of a rerun after all others; the header is row 1."""
    db.execute(
        """UPDATE rows SET sheet_row = numbered.sheet_row FROM (
            SELECT number, (SELECT max(1, max(sheet_row)) FROM rows) + row_number() OVER (ORDER BY number) AS sheet_row
            FROM rows WHERE sheet_row = ?
        ) AS numbered WHERE rows.number = numbered.number""",
        (NEW,),
    )
