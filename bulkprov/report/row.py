"""The cells of one row of the results: the sheet's own, then ten of ours. Pure; it knows no file format."""

import functools
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bulkprov.engine.model import Status
from bulkprov.sheets.columns import Columns
from bulkprov.sheets.rows import OURS, RESULT_COLUMNS, Result
from bulkprov.text import clean

__all__ = ["FREE_TEXTS", "headers", "note", "reason", "result_values"]

FREE_TEXTS: Final = tuple(RESULT_COLUMNS.index(name) for name in ("errorString", "note"))
"""Positions of those among our columns that may quote the server; the others hold numbers and words of ours."""

_NAMES: Final = {status: status.value for status in Status}
"""What statuses are called: `value` takes as long to be looked up as all other values of a healthy row."""


def headers(columns: Sequence[str], known: Columns) -> tuple[str, ...]:
    """The header row: the sheet's own columns as they are, then ours, renamed where the sheet has a column of the name.

    Where both `status` and `status (bulkprov)` are the sheet's own, ours is the last one of that name.
    """
    taken = {column.strip().removesuffix(OURS) for column in columns}
    return (*columns, *(f"{name}{OURS}" if name in taken else name for name in known.results))


def result_values(result: Result) -> tuple[str | int | float, ...]:
    """The ten values of RESULT_COLUMNS; an empty text for what is not known."""
    code, found, http_status = result.error_code, result.id, result.http_status
    return (
        _NAMES[result.status],
        "" if code is None else code,
        clean(result.error_string) if result.error_string else "",
        "" if found is None else found,
        result.attempts,
        "" if http_status is None else http_status,
        "" if result.seconds is None else round(result.seconds, 3),
        "" if result.finished_at is None else _iso(math.floor(result.finished_at)),
        note(result) if result.note or result.faults else "",
        result.sheet_row,
    )


@functools.lru_cache(maxsize=256)
def _iso(second: int) -> str:
    """ISO 8601 with the offset that this machine had at that moment; rows of one second share it."""
    return datetime.fromtimestamp(second).astimezone().isoformat()


def note(result: Result) -> str:
    """The note, or what is wrong with a row that was never sent."""
    return _note(result, result.note)


def reason(result: Result) -> str:
    """The same without what is to be known of the row whatever became of it."""
    return _note(result, result.reason)


def _note(result: Result, words: str) -> str:
    if result.faults and not words:
        words = "; ".join(fault.text for fault in result.faults)
    return clean(words)
