"""What is settled when all rows of a wave are in the journal: numbers for new rows, and rows that repeat another.

Statements in the transaction that takes the rows in. It knows the journal's tables and nothing else.
"""

import sqlite3
from typing import Final

from bulkprov.engine.model import Outcome, Status
from bulkprov.journal.codec import faults_text, outcome_values
from bulkprov.journal.schema import ADD_OUTCOME
from bulkprov.sheets.rows import Fault

__all__ = ["settle"]

_CHUNK: Final = 1000


def settle(db: sqlite3.Connection, noun: str) -> None:
    """Number the rows that have no number yet, which are stored with 0, and refuse repeats.

    Args:
        db: in the transaction that takes the rows in.
        noun: what a row names, in a sentence.
    """
    _number_new(db)
    _refuse_repeats(db, noun)


def _number_new(db: sqlite3.Connection) -> None:
    """New rows of a rerun follow all others; the header is row 1."""
    db.execute(
        """UPDATE rows SET sheet_row = numbered.sheet_row FROM (
            SELECT number, (SELECT max(1, max(sheet_row)) FROM rows) + row_number() OVER (ORDER BY number) AS sheet_row
            FROM rows WHERE sheet_row = 0
        ) AS numbered WHERE rows.number = numbered.number"""
    )


def _refuse_repeats(db: sqlite3.Connection, noun: str) -> None:
    """Two rows that name the same thing are one create: all but one are invalid, and say which row they repeat.

    The one that stays is the one that is done already, else the first.
    """
    db.execute("CREATE TEMP TABLE repeated AS SELECT key FROM rows WHERE key NOT NULL GROUP BY key HAVING count(*) > 1")
    db.execute("CREATE TEMP TABLE firsts (key TEXT PRIMARY KEY, number INTEGER, sheet_row INTEGER) WITHOUT ROWID")
    db.execute(
        """INSERT OR IGNORE INTO firsts SELECT key, number, sheet_row FROM rows WHERE key IN repeated
        ORDER BY EXISTS (SELECT 1 FROM outcomes WHERE row = rows.number) DESC, number"""
    )
    repeats = db.execute(
        """SELECT rows.number, firsts.sheet_row FROM rows JOIN firsts ON rows.key = firsts.key
        WHERE rows.number <> firsts.number AND NOT EXISTS (SELECT 1 FROM outcomes WHERE row = rows.number)"""
    )
    while chunk := repeats.fetchmany(_CHUNK):
        for number, first in chunk:
            fault = Fault(f"names the same {noun} as row {first}: correct or delete one of the two")
            outcome = Outcome(status=Status.INVALID, note=fault.text)
            db.execute("UPDATE rows SET faults = ? WHERE number = ?", (faults_text((fault,)), number))
            db.execute(ADD_OUTCOME, outcome_values(number, outcome))
    db.execute("DROP TABLE firsts")
    db.execute("DROP TABLE repeated")
