"""Our values to and from the text and columns in which the journal stores them. Pure.

Only what differs from a default is written, so that a healthy row's standing is a few bytes, and a journal written
before a field existed can be read after.
"""

import json
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Final

from bulkprov.model import BackupSet, End, Fault, Outcome, Reply, Standing, Status, Step, Verdict

__all__ = [
    "ADD_OUTCOME",
    "OUTCOME_COLUMNS",
    "cells_text",
    "faults_from",
    "faults_text",
    "outcome_from",
    "outcome_values",
    "standing_from",
    "standing_text",
    "verdict_from",
    "verdict_text",
    "want_from",
    "want_text",
]

OUTCOME_COLUMNS: Final = (
    "status, error_code, error_string, backupset_id, attempts, http_status, seconds, finished_at, note, ours, carried"
)
ADD_OUTCOME: Final = (
    f"INSERT OR REPLACE INTO outcomes (row, {OUTCOME_COLUMNS}, nr) "  # noqa: S608 - our own names
    f"VALUES ({'?, ' * 12} (SELECT coalesce(max(nr), 0) FROM exchanges))"
)
"""Stores what `outcome_values` gives, in place of an older outcome."""


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


_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
"""As `json.dumps`, which makes an encoder for each call."""


def _text(value: Any) -> str:
    return _encode(_plain(value))


def verdict_text(verdict: Verdict) -> str:
    """A verdict, without the listing that came with it."""
    return _text(verdict)


def _verdict(plain: dict[str, Any]) -> Verdict:
    return Verdict(**plain | {"end": End(plain["end"]), "reply": Reply(**plain.get("reply", {}))})


def verdict_from(text: str) -> Verdict:
    """The other way."""
    return _verdict(json.loads(text))


@lru_cache(maxsize=1024)
def standing_text(standing: Standing) -> str:
    """A standing. Healthy rows all have the same one, hence the cache."""
    return _text(standing)


def standing_from(text: str) -> Standing:
    """The other way."""
    plain = json.loads(text)
    if "step" in plain:
        plain["step"] = Step(plain["step"])
    if plain.get("refusal"):
        plain["refusal"] = _verdict(plain["refusal"])
    return Standing(**plain)


def want_text(want: BackupSet) -> str:
    """A backup set."""
    return _encode((want.client, want.app, want.instance, want.name, want.on_demand, want.plan))


def want_from(text: str) -> BackupSet:
    """The other way."""
    client, app, instance, name, on_demand, plan = json.loads(text)
    return BackupSet(client=client, app=app, instance=instance, name=name, on_demand=on_demand, plan=plan)


def cells_text(cells: tuple[str, ...]) -> str:
    """The operator's own cells."""
    return _encode(cells)


def faults_text(faults: tuple[Fault, ...]) -> str | None:
    """The faults of a row; None if there are none."""
    return _encode([(fault.text, fault.column) for fault in faults]) if faults else None


def faults_from(text: str | None) -> tuple[Fault, ...]:
    """The other way."""
    return tuple(Fault(*each) for each in json.loads(text)) if text else ()


def outcome_values(row: int, outcome: Outcome) -> tuple[Any, ...]:
    """An outcome as a line of the table: the row's number, then OUTCOME_COLUMNS."""
    reply = outcome.reply
    return (
        row,
        outcome.status.value,  # plain values: SQLite's module looks for an adapter of all others, time and again
        reply.error_code,
        reply.error_string,
        reply.id or None,
        outcome.attempts,
        outcome.http_status,
        outcome.seconds,
        outcome.finished_at,
        outcome.note,
        int(outcome.ours),
        int(outcome.carried),
    )


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
