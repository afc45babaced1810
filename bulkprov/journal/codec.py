"""Our values to and from the text and columns in which the journal stores them. Pure.

Only what differs from a default is written, so that a healthy row's standing is a few bytes, and a journal written
before a field existed can be read after.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from orjson import Fragment, dumps, loads

from bulkprov.engine.model import End, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.engine.wanted import Wanted
from bulkprov.sheets.rows import Fault, Result

__all__ = [
    "batch_text",
    "cells_from",
    "faults_from",
    "faults_text",
    "outcome_from",
    "outcome_values",
    "result_from",
    "row_text",
    "standing_from",
    "standing_text",
    "verdict_from",
    "verdict_text",
]

_STATUSES: Final = {status.value: status for status in Status}


def _plain(value: Any) -> Any:
    """A dataclass as a dict of the fields that are not at their default."""
    if not is_dataclass(value):
        return value
    plain = {}
    for each in fields(value):
        held = getattr(value, each.name)
        if held != each.default and each.name != "listing":
            plain[each.name] = _plain(held)
    return plain


def _encode(value: Any) -> str:
    return dumps(value).decode()


def _text(value: Any) -> str:
    return _encode(_plain(value))


def batch_text(values: Sequence[tuple[Any, ...]]) -> str:
    """Lines of one table, of plain values."""
    return _encode(values)


def verdict_text(verdict: Verdict) -> str:
    """A verdict, without the listing that came with it."""
    return _text(verdict)


def _verdict(plain: dict[str, Any]) -> Verdict:
    return Verdict(**plain | {"end": End(plain["end"]), "reply": Reply(**plain.get("reply", {}))})


def verdict_from(text: str) -> Verdict:
    """A verdict that `verdict_text` wrote."""
    return _verdict(loads(text))


@lru_cache(maxsize=1024)
def standing_text(standing: Standing) -> str:
    """A standing. Healthy rows all have the same one, hence the cache."""
    return _text(standing)


def standing_from(text: str) -> Standing:
    """A standing that `standing_text` wrote."""
    plain = loads(text)
    if "step" in plain:
        plain["step"] = Step(plain["step"])
    if plain.get("refusal"):
        plain["refusal"] = _verdict(plain["refusal"])
    return Standing(**plain)


def cells_from(text: str) -> tuple[str, ...]:
    """The operator's own cells."""
    return tuple(loads(text))


def faults_text(faults: tuple[Fault, ...]) -> str:
    """The faults of a row."""
    return _encode(_faults(faults))


def faults_from(text: str | None) -> tuple[Fault, ...]:
    """What `faults_text` wrote; no text, no faults."""
    return tuple(Fault(*each) for each in loads(text)) if text else ()


def _faults(faults: tuple[Fault, ...]) -> list[tuple[str, int | None]]:
    return [(fault.text, fault.column) for fault in faults]


def row_text(
    number: int,
    sheet_row: int,
    cells: tuple[str, ...],
    *,
    want: Wanted | None,
    to_stored: Callable[[Any], Any],
    faults: tuple[Fault, ...],
    standing: Standing | None,
) -> bytes:
    """A row as TAKE_IN has it, with the digest by which repeats are found."""
    wanted = key = None
    if want:
        wanted = to_stored(want)
        key = blake2b(want.key.encode(), digest_size=16).hexdigest()
    stands = Fragment(standing_text(standing)) if standing else None
    return dumps((number, sheet_row, cells, wanted, key, _faults(faults) if faults else None, stands))


def outcome_values(row: int, outcome: Outcome) -> tuple[Any, ...]:
    """An outcome as a line of the table: the row's number, then OUTCOME_COLUMNS."""
    reply = outcome.reply
    return (
        row,
        outcome.status.value,  # plain values: SQLite's module looks for an adapter of all others, time and again
        reply.error_code,
        _without_nul(reply.error_string),
        reply.id or None,
        outcome.attempts,
        outcome.http_status,
        outcome.seconds,
        outcome.finished_at,
        _without_nul(outcome.note),
        int(outcome.ours),
        int(outcome.carried),
    )


def _without_nul(text: str) -> str:
    r"""The text; a NUL, at which SQLite would end what it takes out of JSON, is written as ``\x00``."""
    return text.replace("\0", r"\x00")


def outcome_from(values: tuple[Any, ...]) -> Outcome:
    """The other way, from OUTCOME_COLUMNS alone."""
    status, code, words, found, attempts, http_status, seconds, finished_at, note, ours, carried = values
    return Outcome(
        status=Status(status),
        reply=Reply(code, words or "", found or 0),
        attempts=attempts,
        http_status=http_status,
        seconds=seconds,
        finished_at=finished_at,
        note=note,
        ours=bool(ours),
        carried=bool(carried),
    )


def result_from(sheet_row: int, cells: tuple[str, ...], faults: tuple[Fault, ...], outcome: tuple[Any, ...]) -> Result:
    """A line of the results, from OUTCOME_COLUMNS without the detour over an `Outcome`: there is one for every row."""
    status, code, words, found, attempts, http_status, seconds, finished_at, note, _, carried = outcome
    return Result(
        cells=cells,
        status=_STATUSES[status],
        error_code=code,
        error_string=words or "",
        id=found or None,
        attempts=attempts,
        http_status=http_status,
        seconds=seconds or None,
        finished_at=finished_at or None,
        note=note,
        sheet_row=sheet_row,
        faults=faults,
        carried=bool(carried),
    )
