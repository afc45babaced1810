"""Detection of duplicate rows, when all rows of a wave are in the journal.

Statements in the transaction that takes the rows in. It knows the journal's tables and nothing else.
"""

import sqlite3
from typing import Final

from bulkprov.engine.model import Outcome, Status
from bulkprov.journal.codec import faults_text, outcome_values
from bulkprov.journal.schema import STORE_OUTCOME
from bulkprov.sheets.rows import Fault

__all__ = ["refuse_repeats"]

_CHUNK: Final = 1000


def refuse_repeats(db: sqlite3.Connection, noun: str) -> None:
    """Two rows that name the same thing are one create: all but one become invalid, and say which row they repeat.

    The one that stays is the one that is done already, else the first.

    Args:
        db: in the transaction that takes the rows in.
        noun: what a row names, in a sentence.
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
            db.execute(STORE_OUTCOME, outcome_values(number, outcome))
    db.execute("DROP TABLE firsts")
    db.execute("DROP TABLE repeated")
