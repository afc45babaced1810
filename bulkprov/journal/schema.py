"""The journal's tables, and the statements that fill them. SQL and nothing else.

Rows come in many at a time, as one statement. Between two statements the journal's thread would have to take the
interpreter's lock again, for which the event loop would have to wait. What a commit of the work brings are JSON arrays
of any length, which SQLite takes apart; the rows of a wave are values of a statement with places for so many.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

__all__ = [
    "ADDED_COLUMNS",
    "BATCH_VIEW",
    "FORMAT",
    "MOST_ROWS",
    "OUTCOME_COLUMNS",
    "SCHEMA",
    "STORE_BATCH",
    "STORE_FACT",
    "STORE_OUTCOME",
    "store_rows",
]

FORMAT: Final = "2"
"""The format of what is stored, a fact of each journal. In format 1 what a row wants was a list of six values."""

SCHEMA: Final = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
    """CREATE TABLE rows (
        number INTEGER PRIMARY KEY,  -- position in the results, from 1
        sheet_row INTEGER NOT NULL,  -- row of the sheet as the operator sees it
        cells TEXT NOT NULL,         -- the operator's own cells, a JSON array
        want TEXT,                   -- what the row wants, as its kind stores it; null if the row is invalid
        key TEXT,                    -- digest of Wanted.key; null likewise
        faults TEXT,                 -- [[text, column], ...]
        standing TEXT                -- what an earlier run left open; else null
    )""",
    """CREATE TABLE exchanges (
        nr INTEGER PRIMARY KEY,
        row INTEGER NOT NULL,
        step TEXT NOT NULL,
        standing TEXT NOT NULL,      -- before the exchange: all that the next decision depends on
        at REAL NOT NULL,            -- when it was about to begin, seconds since the epoch
        verdict TEXT,                -- how it ended; null if nothing is known of that, or if the outcome tells
        operation TEXT,              -- the name of the operation that made it; null in what version 1 wrote
        known INTEGER                -- of an act: the highest id known anywhere before it; null likewise
    )""",
    """CREATE TABLE outcomes (
        row INTEGER PRIMARY KEY,
        status TEXT NOT NULL, error_code INTEGER, error_string TEXT, backupset_id INTEGER, attempts INTEGER,
        http_status INTEGER, seconds REAL, finished_at REAL, note TEXT,
        ours INTEGER,     -- whether this run made it: 0 no, 1 certainly, 2 perhaps
        carried INTEGER,  -- settled by an earlier run
        before INTEGER,   -- the highest id known anywhere when its first create left, if `facts` does not tell
        facts TEXT,       -- what any later work on the row must know, as a standing; null if nothing
        nr INTEGER        -- highest exchange nr when this was stored; later exchanges are not covered by it
    )""",
)

_ROW_COLUMNS: Final = ("number", "sheet_row", "cells", "want", "key", "faults", "standing")
_EXCHANGE_COLUMNS: Final = ("nr", "row", "step", "standing", "at", "verdict", "operation", "known")
OUTCOME_COLUMNS: Final = (
    "status", "error_code", "error_string", "backupset_id", "attempts", "http_status", "seconds", "finished_at",
    "note", "ours", "carried", "before", "facts",
)  # fmt: skip


def _places(columns: Iterable[str]) -> str:
    """The elements of a JSON array, one for each column."""
    return ", ".join(f"json_extract(value, '$[{place}]')" for place, _ in enumerate(columns))


_NEWEST: Final = "(SELECT coalesce(max(nr), 0) FROM exchanges)"
_OUTCOME: Final = f"INSERT OR REPLACE INTO outcomes (row, {', '.join(OUTCOME_COLUMNS)}, nr)"

ADDED_COLUMNS: Final = (
    ("exchanges", "operation", "TEXT"), ("exchanges", "known", "INTEGER"), ("outcomes", "before", "INTEGER"),
    ("outcomes", "facts", "TEXT"),
)  # fmt: skip
"""Columns that journals of an earlier version lack (table, column, type); opening such a journal adds them."""

STORE_FACT: Final = "INSERT OR REPLACE INTO facts VALUES (?, ?)"

STORE_OUTCOME: Final = f"{_OUTCOME} VALUES (?, {'?, ' * len(OUTCOME_COLUMNS)} {_NEWEST})"
"""Stores a row's outcome in place of an older one. Its values: the row's number, then OUTCOME_COLUMNS."""

MOST_ROWS: Final = 1_000
"""Rows that `store_rows` stores at most: SQLite has places for 32,766 values."""


@lru_cache(maxsize=4)
def store_rows(rows: int) -> str:
    """A statement that stores so many rows, one to MOST_ROWS, in a third of the time that SQLite takes for JSON.

    Its values: those of `codec.row_values`, one row's after another's.
    """
    places = f"({', '.join('?' for _ in _ROW_COLUMNS)})"
    return f"INSERT INTO rows ({', '.join(_ROW_COLUMNS)}) VALUES {', '.join([places] * rows)}"


STORE_BATCH: Final = "INSERT INTO batch VALUES (?, ?, ?, ?)"
"""Stores a batch. Its values: exchanges; verdicts on exchanges that were stored before, each with its `nr`; outcomes,
each after its row's number; and numbers of rows whose outcome is taken back. The first three are arrays
of arrays, the last is an array."""

BATCH_VIEW: Final = (
    "CREATE TEMP VIEW batch (exchanges, verdicts, outcomes, reopened) AS SELECT '[]', '[]', '[]', '[]'",
    f"""CREATE TEMP TRIGGER store INSTEAD OF INSERT ON batch BEGIN
        INSERT INTO exchanges ({", ".join(_EXCHANGE_COLUMNS)})
            SELECT {_places(_EXCHANGE_COLUMNS)} FROM json_each(NEW.exchanges);
        UPDATE exchanges SET verdict = json_extract(value, '$[0]')
            FROM json_each(NEW.verdicts) WHERE nr = json_extract(value, '$[1]');
        {_OUTCOME}
            SELECT {_places(("row", *OUTCOME_COLUMNS))}, {_NEWEST} FROM json_each(NEW.outcomes);
        DELETE FROM outcomes WHERE row IN (SELECT value FROM json_each(NEW.reopened));
    END""",
)
"""The view into which STORE_BATCH inserts, and its trigger: part of the connection, not of the file."""
