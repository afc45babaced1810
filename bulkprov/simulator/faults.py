"""All that can go wrong, by name: one table, from which the help and the tests are made.

A fault says which requests it may strike, what becomes of the request's effect, and what shape the answer then takes.
Whatever its effect is, it is committed before the fault shows. This table knows no sockets, state or randomness.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from bulkprov.simulator import shapes
from bulkprov.simulator.answer import Kind
from bulkprov.simulator.shapes import Shape

__all__ = ["FAULTS", "Effect", "Fault"]


class Effect(Enum):
    """What becomes of the request itself."""

    NONE = "nothing is done"
    FIRST = "it is done before the fault shows"
    LATE = "it is done some seconds after the fault has shown"
    UNLISTED = "it is done, and listings show it some seconds later"
    TWICE = "it is done twice, and the second end is told"
    EXPIRED = "the token expires, and nothing is done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which a request can go wrong."""

    name: str
    does: str
    """What happens, for the help: a sentence that begins with a verb."""
    strikes: frozenset[Kind]
    effect: Effect
    shape: Shape
    everyday: float
    """How often the overall share draws it, beside the others. 0 is never: such a one ends a run or tells an untruth,
    and strikes by name only."""


_WRITES: Final = frozenset({Kind.CREATE, Kind.DELETE})
_READS: Final = frozenset({Kind.LIST, Kind.READ})
_SIGN_IN: Final = frozenset({Kind.LOGIN, Kind.RENEW, Kind.LOGOUT})
_CALLS: Final = _WRITES | _READS
_EVERY: Final = _CALLS | _SIGN_IN | {Kind.OTHER}
_CREATE: Final = frozenset({Kind.CREATE})
_RARE: Final = 0.05
"""A server that asks to be left alone stops every client for a second: as often as the other faults, there would be
nothing else to see."""


def _fault(
    name: str, does: str, strikes: frozenset[Kind], effect: Effect, shape: Shape, *, everyday: float = 0
) -> Fault:
    return Fault(name=name, does=does, strikes=strikes, effect=effect, shape=shape, everyday=everyday)


def _row(*columns: tuple[str, str, Shape], strikes: frozenset[Kind], effect: Effect) -> tuple[Fault, ...]:
    return tuple(_fault(name, does, strikes, effect, shape) for name, does, shape in columns)


_CONNECTION: Final = (
    _fault("drop-before", "closes the connection, nothing done", _EVERY, Effect.NONE, shapes.closed, everyday=1),
    _fault(
        "drop-after",
        "does it, then closes the connection without an answer",
        _WRITES | _SIGN_IN,
        Effect.FIRST,
        shapes.closed,
        everyday=1,
    ),
    _fault("reset-before", "resets the connection, nothing done", _EVERY, Effect.NONE, shapes.reset),
    _fault(
        "reset-after",
        "does it, then resets the connection",
        _WRITES | _SIGN_IN,
        Effect.FIRST,
        shapes.reset,
        everyday=1,
    ),
    _fault("silent-before", "never answers, nothing done", _EVERY, Effect.NONE, shapes.silent),
    _fault("silent-after", "does it and never answers", _WRITES | _SIGN_IN, Effect.FIRST, shapes.silent),
    _fault("slow", "does it and answers late", _EVERY, Effect.FIRST, shapes.slow, everyday=1),
    _fault("drip", "does it and answers one byte at a time", _EVERY, Effect.FIRST, shapes.drip),
    _fault(
        "stale-connection",
        "answers, and resets the connection a moment later while the next request may be on it",
        _EVERY,
        Effect.FIRST,
        shapes.stale,
    ),
    _fault(
        "late-commit",
        "closes the connection without an answer and does it some seconds later",
        _WRITES,
        Effect.LATE,
        shapes.closed,
        everyday=1,
    ),
    _fault("late-504", "answers 504 and does it some seconds later", _WRITES, Effect.LATE, shapes.status(504)),
)

_BODY: Final = (
    _fault(
        "truncated",
        "does it, half of the body arrives",
        _CALLS | _SIGN_IN,
        Effect.FIRST,
        shapes.truncated,
        everyday=1,
    ),
    _fault("empty", "does it, 200 without a body", _WRITES, Effect.FIRST, shapes.empty, everyday=1),
    _fault("rubbish", "does it, 200 with bytes of no format", _CALLS, Effect.FIRST, shapes.rubbish, everyday=1),
    _fault(
        "maintenance",
        "answers 200 with a maintenance page, nothing done",
        _EVERY,
        Effect.NONE,
        shapes.page("Scheduled Maintenance"),
        everyday=1,
    ),
    *_row(
        ("truncated-chunked", "does it, half of the body arrives in chunks", shapes.truncated_chunked),
        ("truncated-silently", "does it, half of the body arrives, no length given", shapes.truncated_silently),
        ("wrong-type", "does it, the answer is right but called text/html", shapes.wrong_type),
        ("huge", "does it, the body is 64 MiB", shapes.huge),
        ("gzip-bomb", "does it, a small packed body unpacks to 64 MiB", shapes.gzip_bomb),
        ("not-http", "does it, the answer is no HTTP", shapes.not_http),
        ("long-header", "does it, a header line is longer than libraries take", shapes.long_header),
        ("many-headers", "does it, 500 headers come with the answer", shapes.many_headers),
        strikes=_CALLS,
        effect=Effect.FIRST,
    ),
    *_row(
        ("bad-charset", "does it, the answer is not UTF-8", shapes.bytewise(shapes.bad_charset)),
        ("deep", "does it, the answer is nested 100,000 deep", shapes.bytewise(shapes.deep)),
        ("long-number", "does it, a number has 5,000 digits", shapes.bytewise(shapes.long_number)),
        ("double-key", "does it, a key stands twice and differs", shapes.bytewise(shapes.double_key)),
        ("not-a-number", "does it, a number is NaN", shapes.bytewise(shapes.not_a_number)),
        strikes=_CALLS,
        effect=Effect.FIRST,
    ),
    _fault("html-after", "does it, 200 with a log-in page", _WRITES, Effect.FIRST, shapes.page("Sign in")),
)

_WORDS: Final = (
    *_row(
        ("zero-id", "does it, errorCode 0 with backupsetId 0", shapes.edited(shapes.zero_id)),
        ("no-entity", "does it, errorCode 0 without an entity", shapes.edited(shapes.no_entity)),
        ("other-id", "does it, the entity is another's", shapes.edited(shapes.other_id)),
        ("text-numbers", "does it, the numbers come as text", shapes.edited(shapes.text_numbers)),
        strikes=_CREATE,
        effect=Effect.FIRST,
    ),
    *_row(
        (
            "hollow-success",
            "says errorCode 0 with backupsetId 0, nothing done",
            shapes.said({"response": [{"@errorCode": 0, "entity": {"@backupsetId": 0}}]}),
        ),
        (
            "refused",
            "says errorCode 2 with no errorString, nothing done",
            shapes.said({"response": [{"@errorCode": 2}]}),
        ),
        (
            "refused-outside",
            "says errorCode 2 and errorMessage outside of any response, nothing done",
            shapes.said({"@errorCode": 2, "@errorMessage": "Failed to process the request."}),
        ),
        strikes=_WRITES,
        effect=Effect.NONE,
    ),
    _fault("double-apply", "does it twice and tells the second end", _CREATE, Effect.TWICE, shapes.honest),
    _fault("slow-list", "does it, listings show it some seconds later", _CREATE, Effect.UNLISTED, shapes.honest),
    _fault(
        "slow-list-drop",
        "does it, closes the connection, listings show it some seconds later",
        _CREATE,
        Effect.UNLISTED,
        shapes.closed,
    ),
    _fault("token-expired", "lets the token expire: 401, nothing done", _CALLS, Effect.EXPIRED, shapes.denied),
    _fault("denied", "answers 401 though the token is good, nothing done", _CALLS, Effect.NONE, shapes.denied),
)

_BUSY: Final = (
    _fault(
        "429-seconds",
        "answers 429 with Retry-After in seconds, nothing done",
        _EVERY,
        Effect.NONE,
        shapes.busy(429, "Retry-After"),
        everyday=_RARE,
    ),
    *_row(
        ("429-date", "answers 429 with Retry-After as a date, nothing done", shapes.busy_until(429)),
        (
            "429-period",
            "answers 429 with X-RateLimit-Period only, nothing done",
            shapes.busy(429, "X-RateLimit-Period"),
        ),
        ("429-bare", "answers 429 and says no more, nothing done", shapes.status(429)),
        ("503-seconds", "answers 503 with Retry-After in seconds, nothing done", shapes.busy(503, "Retry-After")),
        ("503-date", "answers 503 with Retry-After as a date, nothing done", shapes.busy_until(503)),
        strikes=_EVERY,
        effect=Effect.NONE,
    ),
)

_EVERYDAY_STATUSES: Final = frozenset({"500-after", "503-before", "503-after"})


def _statuses() -> tuple[Fault, ...]:
    refusals = (400, 403, 404, 405, 406, 409, 411, 413, 414, 415, 421, 422, 425, 431, 501, 505)
    doubtful = (408, 500, 502, 503, 504)
    made = [
        *(_status(f"{code}-before", code, Effect.NONE, _WRITES) for code in refusals),
        *(_status(f"{code}-before", code, Effect.NONE, _EVERY) for code in doubtful),
        *(_status(f"{code}-after", code, Effect.FIRST, _WRITES) for code in (*doubtful, 202, 204)),
    ]
    moved = (301, 302, 303, 307, 308)
    return (
        *made,
        _fault("206-after", "does it, 206 over the answer", _WRITES, Effect.FIRST, shapes.status_with_answer(206)),
        *(
            _fault(
                f"redirect-{code}",
                f"redirects to another host with {code}, nothing done",
                _EVERY,
                Effect.NONE,
                shapes.redirect(code),
            )
            for code in moved
        ),
        _fault("redirect-after", "does it, then redirects with 303", _WRITES, Effect.FIRST, shapes.redirect(303)),
    )


def _status(name: str, code: int, effect: Effect, strikes: frozenset[Kind]) -> Fault:
    does = f"answers {code}, nothing done" if effect is Effect.NONE else f"does it and answers {code}"
    return _fault(name, does, strikes, effect, shapes.status(code), everyday=name in _EVERYDAY_STATUSES)


FAULTS: Final = {fault.name: fault for fault in (*_CONNECTION, *_BODY, *_WORDS, *_BUSY, *_statuses())}
"""Every fault by its name."""
