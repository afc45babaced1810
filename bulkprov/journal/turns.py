"""The order in which rows are worked on: rows of one scope together, so that one listing answers for all of them.

Scopes come in the order of their first rows, and the rows of each in the order of the sheet. Where a sheet has the rows
of each scope together, as most have, that is the sheet's own order, and nothing is stored. For any other sheet there
is a table `turns`; a journal of an earlier version has none. It knows the tables and nothing of what rows want.
"""

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from bulkprov.journal.codec import batch_text
from bulkprov.journal.sqlite import Database

__all__ = ["InTurn", "add_stretches", "begin_stretches", "in_turn", "put_together"]

_STRETCHES: Final = "CREATE TEMP TABLE stretches (first INTEGER PRIMARY KEY, scope INTEGER NOT NULL)"
_ADD: Final = """INSERT INTO stretches
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)"""
_SCATTERED: Final = "SELECT 1 FROM stretches GROUP BY scope HAVING count(*) > 1 LIMIT 1"
_PUT_TOGETHER: Final = (
    """CREATE TABLE turns (
        turn INTEGER PRIMARY KEY,  -- position in the order of the work, from 1
        row INTEGER NOT NULL
    )""",
    """INSERT INTO turns (row) SELECT number FROM (
        SELECT
            first,
            lead(first, 1, 1 << 62) OVER (ORDER BY first) AS beyond,
            min(first) OVER (PARTITION BY scope) AS scope_first
        FROM stretches
    ) CROSS JOIN rows ON number >= first AND number < beyond ORDER BY scope_first, number""",
    "CREATE UNIQUE INDEX turn_of_row ON turns (row)",
)
_THERE: Final = "SELECT 1 FROM sqlite_schema WHERE name = 'turns'"


class InTurn(NamedTuple):
    """Parts of a query for rows in the order of the work."""

    rows: str
    """What to select from: all columns of the table `rows`, and `turn` to order by."""
    after: str
    """The condition that a row comes after another; its value is that row's number, or 0."""


_AS_IN_SHEET: Final = InTurn("(SELECT number AS turn, * FROM rows)", "turn > ?")
_TOGETHER: Final = InTurn(
    "(SELECT turn, rows.* FROM turns CROSS JOIN rows ON number = turns.row)",
    "turn > coalesce((SELECT turn FROM turns WHERE turns.row = ?), 0)",
)


def begin_stretches(db: sqlite3.Connection) -> None:
    """Get ready to be told of stretches, in the transaction that takes the rows in."""
    db.execute(_STRETCHES)


def add_stretches(db: sqlite3.Connection, stretches: Sequence[tuple[int, int]]) -> None:
    """Tell of the next stretches: rows one after the other that have the same scope.

    Args:
        db: in the same transaction.
        stretches: the number of the first row of each, and a number that stands for its scope. If one stands for two
            scopes, their rows are worked on one after the other, and that is all.
    """
    db.execute(_ADD, (batch_text(stretches),))


def put_together(db: sqlite3.Connection) -> None:
    """Store the order of the work if it is not that of the sheet, once all rows are in."""
    if db.execute(_SCATTERED).fetchone():
        for statement in _PUT_TOGETHER:
            db.execute(statement)
    db.execute("DROP TABLE stretches")


def in_turn(database: Database) -> InTurn:
    """How to ask for rows in the order of the work."""
    return _TOGETHER if next(database.rows(_THERE), None) else _AS_IN_SHEET
