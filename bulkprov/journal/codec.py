"""Values to and from the text and columns in which the journal stores them. Pure.

Values are stored by name, and only where they differ from a default: a healthy row's standing is a few bytes, and a
journal can be read that was written before a field existed, or by a later version that has more of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache, wraps
from hashlib import blake2b
from operator import attrgetter
from types import NoneType
from typing import Any, Final, Generic, ParamSpec, TypeVar

from orjson import dumps, loads

from bulkprov.engine.model import NOTHING, End, Evidence, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.engine.wanted import Wanted
from bulkprov.errors import DamagedError
from bulkprov.journal.schema import OUTCOME_COLUMNS
from bulkprov.sheets.rows import Fault, Result

__all__ = [
    "batch_text",
    "cells_from",
    "faults_from",
    "faults_text",
    "moment",
    "outcome_from",
    "outcome_values",
    "result_from",
    "row_values",
    "standing_from",
    "standing_text",
    "status_from",
    "step_from",
    "stored",
    "verdict_from",
    "verdict_text",
]

_STATUSES: Final = {status.value: status for status in Status}

_STORED_NAMES: Final = {
    "inconclusive_looks": "turns",
    "unproven_absences": "absent",
    "ever_in_doubt": "doubt",
    "unsettled": "open",
    "absent_before_send": "clean",
    "doubt_began": "since",
}
"""What fields are called on disk, where it is not what they are called here: the names are those of version 1, and
never change. All other fields have one name."""

_NOT_STORED: Final = frozenset({"listing"})

T = TypeVar("T", bound=Reply | Verdict | Standing)
P = ParamSpec("P")
R = TypeVar("R")


_END: Final = 32_503_680_000
"""The year 3000, up to which all systems can tell the date of a time."""
_INTEGER: Final = (int, NoneType)
_REAL: Final = (int, float, NoneType)
_TEXT: Final = (str, NoneType)
_KINDS: Final[tuple[tuple[type, ...], ...]] = (
    (str,), _INTEGER, _TEXT, _INTEGER, _INTEGER, _INTEGER, _REAL, _REAL, _TEXT, _INTEGER, _INTEGER, _INTEGER, _TEXT,
)  # fmt: skip
"""Of the values of OUTCOME_COLUMNS."""
_TIMES: Final = slice(OUTCOME_COLUMNS.index("seconds"), OUTCOME_COLUMNS.index("finished_at") + 1)


def stored(read: Callable[P, R]) -> Callable[P, R]:
    """A reader of stored values, for which a value that no version has written is a damaged journal."""

    @wraps(read)
    def checked(*args: P.args, **more: P.kwargs) -> R:
        try:
            return read(*args, **more)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise DamagedError("the journal is damaged: a value in it cannot be read") from error

    return checked


def moment(value: float) -> float:
    """A stored time in seconds since the epoch, 0 for none; or a stored number of seconds.

    Raises:
        ValueError: no calendar has it, or it is longer than any calendar.
        TypeError: it is no number.
    """
    if not 0 <= value < _END:
        raise ValueError(f"{value} is no time")
    return value


class _Form(Generic[T]):
    """How values of one class are stored: by name, and without what is at its default."""

    def __init__(self, kind: type[T], inner: Mapping[str, Callable[[Any], Any]], missing: Mapping[str, Any]) -> None:
        """Prepare.

        Args:
            kind: the class.
            inner: makes a field's value of what is stored, by field, where it is not the value itself.
            missing: values of the fields that have no default, for when they are not stored.
        """
        names = [each.name for each in fields(kind) if each.name not in _NOT_STORED]
        defaults = {each.name: each.default for each in fields(kind)}
        self._kind, self._missing = kind, missing
        self._values = attrgetter(*names)
        self._stored = [(_STORED_NAMES.get(name, name), defaults[name]) for name in names]
        self._fields = {_STORED_NAMES.get(name, name): (name, inner.get(name)) for name in names}

    def plain(self, value: T) -> dict[str, Any]:
        """A value as a dict of plain values."""
        return {
            name: form.plain(held) if (form := _FORMS.get(type(held))) else held
            for held, (name, default) in zip(self._values(value), self._stored, strict=True)
            if held != default
        }

    def read(self, plain: Mapping[str, Any]) -> T:
        """The value that `plain` stored. What is not there has its default; names of a later version are ignored."""
        values: dict[str, Any] = dict(self._missing)
        for stored, held in plain.items():
            if known := self._fields.get(stored):
                name, made = known
                values[name] = made(held) if made else held
        return self._kind(**values)


_REPLY: Final = _Form(Reply, {"others": tuple, "also": tuple, "marks": lambda pairs: tuple(map(tuple, pairs))}, {})
_VERDICT: Final = _Form(
    Verdict,
    {"end": End, "reply": _REPLY.read, "at": moment, "seconds": moment, "retry_after": moment},
    {"end": End.IN_DOUBT},
)
_STANDING: Final = _Form(
    Standing,
    {
        "step": Step,
        "refusal": _VERDICT.read,
        "others": tuple,
        "candidates": tuple,
        "marked": tuple,
        "found": _VERDICT.read,
        "evidence": Evidence,
        "look_after": moment,
        "doubt_began": moment,
    },
    {},
)
_FORMS: Final[Mapping[type, _Form[Any]]] = {Reply: _REPLY, Verdict: _VERDICT, Standing: _STANDING}


def _encode(value: Any) -> str:
    return dumps(value).decode()


def batch_text(values: Sequence[tuple[Any, ...] | int]) -> str:
    """Lines of one table, of plain values; or numbers."""
    return _encode(values)


def verdict_text(verdict: Verdict) -> str:
    """A verdict, without the listing that came with it."""
    return _encode(_VERDICT.plain(verdict))


@stored
def verdict_from(text: str) -> Verdict:
    """A verdict that `verdict_text` wrote."""
    return _VERDICT.read(loads(text))


@lru_cache(maxsize=1024)
def standing_text(standing: Standing) -> str:
    """A standing. Healthy rows all have the same one, hence the cache."""
    return _encode(_STANDING.plain(standing))


@stored
def standing_from(text: str) -> Standing:
    """A standing that `standing_text` wrote."""
    return _STANDING.read(loads(text))


@stored
def status_from(text: str) -> Status:
    """A status."""
    return Status(text)


@stored
def step_from(text: str) -> Step:
    """A kind of exchange."""
    return Step(text)


@stored
def cells_from(text: str) -> tuple[str, ...]:
    """The operator's own cells."""
    return tuple(loads(text))


def faults_text(faults: tuple[Fault, ...]) -> str:
    """The faults of a row."""
    return _encode(_faults(faults))


@stored
def faults_from(text: str | None) -> tuple[Fault, ...]:
    """What `faults_text` wrote; no text, no faults."""
    if not text:
        return ()
    return tuple(Fault(words, column, doubtful=more[:1] == [1]) for words, column, *more in loads(text))


def _faults(faults: tuple[Fault, ...]) -> list[tuple[str, int | None] | tuple[str, int | None, int]]:
    return [(fault.text, fault.column, 1) if fault.doubtful else (fault.text, fault.column) for fault in faults]


def row_values(
    number: int,
    sheet_row: int,
    cells: tuple[str, ...],
    *,
    want: Wanted | None,
    to_stored: Callable[[Any], Any],
    faults: tuple[Fault, ...],
    standing: Standing | None,
) -> tuple[int, int, str, str | None, str | None, str | None, str | None]:
    """A row as it is stored (`schema.store_rows`), with the digest by which repeats are found."""
    wanted = key = None
    if want:
        wanted = _encode(to_stored(want))
        key = blake2b(want.key.encode(), digest_size=16).hexdigest()
    found = faults_text(faults) if faults else None
    return number, sheet_row, _encode(cells), wanted, key, found, standing_text(standing) if standing else None


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
        int(outcome.evidence),
        int(outcome.carried),
        outcome.known or None,
        standing_text(outcome.facts) if outcome.facts is not NOTHING else None,
    )


def _without_nul(text: str) -> str:
    r"""The text; a NUL, at which SQLite would end what it takes out of JSON, is written as ``\x00``."""
    return text.replace("\0", r"\x00")


@stored
def outcome_from(values: tuple[Any, ...]) -> Outcome:
    """The other way, from OUTCOME_COLUMNS alone."""
    status, code, words, found, attempts, http_status, seconds, finished_at, note, ours, carried, known, facts = (
        _checked(values)
    )
    return Outcome(
        status=Status(status),
        reply=Reply(code, words or "", found or 0),
        attempts=attempts,
        http_status=http_status,
        seconds=seconds,
        finished_at=finished_at,
        note=note,
        evidence=Evidence(ours or 0),
        carried=bool(carried),
        known=known or 0,
        facts=standing_from(facts) if facts else NOTHING,
    )


def _checked(outcome: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values of OUTCOME_COLUMNS, if each is of its kind: a damaged page may hold anything in their place."""
    if not _are_outcome(tuple(map(type, outcome))):
        raise TypeError(f"{outcome!r} is no outcome")
    for value in outcome[_TIMES]:
        moment(value or 0.0)
    return outcome


@lru_cache(maxsize=256)
def _are_outcome(kinds: tuple[type, ...]) -> bool:
    """Whether OUTCOME_COLUMNS may have values of these kinds. Few combinations occur, each of them in many rows."""
    return len(kinds) == len(_KINDS) and all(map(issubclass, kinds, _KINDS))


@stored
def result_from(sheet_row: int, cells: tuple[str, ...], faults: tuple[Fault, ...], outcome: tuple[Any, ...]) -> Result:
    """A line of the results, from OUTCOME_COLUMNS without the detour over an `Outcome`: there is one for every row."""
    status, code, words, found, attempts, http_status, seconds, finished_at, note, _, carried, _, _ = _checked(outcome)
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
