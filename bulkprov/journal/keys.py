"""The keys of the rows that a run has to do, as digests that another run's rows can be compared with."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from bulkprov.journal.codec import stored
from bulkprov.journal.store import Journal

__all__ = ["in_common", "keys_to_do"]

_DIGITS: Final = 16
"""Hexadecimal digits of a key's digest that are compared: 64 bits."""
_CHUNK: Final = 4096
_TO_DO: Final = "FROM rows WHERE key NOT NULL AND NOT EXISTS (SELECT 1 FROM outcomes WHERE outcomes.row = rows.number)"


def keys_to_do(journal: Journal) -> Iterator[bytes]:
    """The keys of all rows that have no outcome, in portions: eight bytes for each, one after the other."""
    keys = journal.database.rows(f"SELECT substr(key, 1, {_DIGITS}) {_TO_DO}")
    while portion := "".join(key for (key,) in islice(keys, _CHUNK)):
        yield _digests_in(portion)


@stored
def _digests_in(portion: str) -> bytes:
    return bytes.fromhex(portion)


def in_common(journal: Journal, keys: Iterable[bytes]) -> int:
    """How many rows without an outcome have one of these keys.

    Args:
        journal: of the rows.
        keys: in portions, as `keys_to_do` gives them. What is no whole key is the key of no row.
    """
    with journal.database.transaction() as db:
        db.execute("CREATE TEMP TABLE others (key TEXT PRIMARY KEY) WITHOUT ROWID")
        for portion in keys:
            text = portion.hex()
            each = ((text[start : start + _DIGITS],) for start in range(0, len(text), _DIGITS))
            db.executemany("INSERT OR IGNORE INTO others VALUES (?)", each)
        counted = f"SELECT count(*) {_TO_DO} AND substr(key, 1, {_DIGITS}) IN others"
        (number,) = db.execute(counted).fetchone()
        db.execute("DROP TABLE others")
    return int(number)
