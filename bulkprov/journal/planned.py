"""What a plan has said of rows that nothing was sent of, kept beside them until something is.

It is no outcome: what goes on with the run looks again. The table is made when the first plan is kept, so that
a journal of an earlier version has none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bulkprov.engine.model import Status
from bulkprov.journal.codec import status_from
from bulkprov.journal.sqlite import Database

__all__ = ["Planned", "forget_plan", "has_plan", "keep_plan", "planned"]

_TABLE: Final = "CREATE TABLE planned (row INTEGER PRIMARY KEY, status TEXT NOT NULL, note TEXT, id INTEGER)"
_THERE: Final = "SELECT 1 FROM sqlite_schema WHERE name = 'planned'"


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan has said of one row."""

    status: Status
    note: str
    id: int | None
    """Of the thing that is there already."""


def keep_plan(database: Database, said: Iterable[tuple[int, Planned]]) -> None:
    """Keep what a plan has said, in place of an earlier one.

    Args:
        database: of the journal of the run.
        said: of rows by their numbers in the sheet, in the order of the journal.
    """
    numbers = iter(list(database.rows("SELECT number, sheet_row FROM rows ORDER BY number")))
    forget_plan(database)
    with database.transaction() as db:
        db.execute(_TABLE)
        for wanted, each in said:
            number = next(number for number, sheet_row in numbers if sheet_row == wanted)
            db.execute("INSERT INTO planned VALUES (?, ?, ?, ?)", (number, each.status.value, each.note, each.id))


def forget_plan(database: Database) -> None:
    """Forget it, since something is about to be sent."""
    if next(database.rows(_THERE), None):
        database.execute("DROP TABLE planned")


def has_plan(database: Database) -> bool:
    """Whether a plan is kept: its words stand in the results for rows of which nothing was sent."""
    return next(planned(database), None) is not None


def planned(database: Database) -> Iterator[tuple[int, Planned]]:
    """What is kept of rows without an outcome, each after its number in the journal; nothing if no plan is."""
    if next(database.rows(_THERE), None):
        for number, status, note, thing in database.rows(
            """SELECT row, status, note, id FROM planned
            WHERE NOT EXISTS (SELECT 1 FROM outcomes WHERE outcomes.row = planned.row) ORDER BY row"""
        ):
            yield number, Planned(status_from(status), note, thing)
