"""Every fault by name: one table, from which the help, the listing and the tests are made.

An effect is committed before its delivery begins, unless it is a late one. The table knows no sockets, no stored state
and no chance.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from bulkprov.simulator.faults import bodies, connections, statuses
from bulkprov.simulator.faults.delivery import Delivery, normal
from bulkprov.simulator.http_messages import READS, WRITES, RequestKind

__all__ = ["FAULTS", "Effect", "Fault"]


class Effect(Enum):
    """What becomes of the request on the server."""

    NONE = "not processed"
    NORMAL = "processed"
    LATE = "processed some seconds later"
    UNLISTED = "processed, but listed only some seconds later"
    TWICE = "processed twice"
    TWICE_ANSWERED_FIRST = "processed twice, the first time answered"
    TWICE_AND_LATE = "processed, and again some seconds later"
    MADE_FIRST = "created by another actor, then processed"
    MADE_INSTEAD = "not processed, but created by another actor"
    DELETED = "processed, then deleted by another actor"
    TOKEN_EXPIRES = "token expires, not processed"  # noqa: S105 - words for the help


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which a request can go wrong."""

    name: str
    strikes: frozenset[RequestKind]
    effect: Effect
    delivery: Delivery
    shows: str
    """What the client sees, for the help."""

    @property
    def description(self) -> str:
        """The effect and what the client sees, in one line."""
        return f"{self.effect.value}; {self.shows}"

    @property
    def weight(self) -> float:
        """How often the overall share draws this fault, relative to the others; 0 unless it is an everyday fault."""
        return _WEIGHTS.get(self.name, 0)


_CREATES: Final = frozenset({RequestKind.CREATE})
_CALLS: Final = WRITES | READS
_SIGN_IN: Final = frozenset({RequestKind.LOGIN, RequestKind.RENEW, RequestKind.LOGOUT})
_ALL: Final = frozenset(RequestKind)

_WEIGHTS: Final = {
    "drop-before": 1,
    "drop-after": 1,
    "reset-after": 1,
    "slow": 1,
    "late-commit": 1,
    "truncated": 1,
    "empty": 1,
    "rubbish": 1,
    "maintenance": 1,
    "429-seconds": 0.05,  # pauses every client for a second; as often as the others, it would hide them
    "500-after": 1,
    "503-before": 1,
    "503-after": 1,
}
"""The everyday faults. The others end a run or tell an untruth, so they strike only when named."""


def _fault(name: str, strikes: frozenset[RequestKind], effect: Effect, delivery: Delivery, shows: str) -> Fault:
    return Fault(name=name, strikes=strikes, effect=effect, delivery=delivery, shows=shows)


_CONNECTIONS: Final = (
    _fault("drop-before", _ALL, Effect.NONE, connections.closed, "connection closed without a response"),
    _fault("drop-after", WRITES | _SIGN_IN, Effect.NORMAL, connections.closed, "connection closed without a response"),
    _fault("reset-before", _ALL, Effect.NONE, connections.reset, "connection reset"),
    _fault("reset-after", WRITES | _SIGN_IN, Effect.NORMAL, connections.reset, "connection reset"),
    _fault("silent-before", _ALL, Effect.NONE, connections.silent, "no response, connection left open"),
    _fault("silent-after", WRITES | _SIGN_IN, Effect.NORMAL, connections.silent, "no response, connection left open"),
    _fault("slow", _ALL, Effect.NORMAL, connections.slow, "response comes late"),
    _fault("drip", _ALL, Effect.NORMAL, connections.drip, "response comes one byte at a time"),
    _fault(
        "stale-connection",
        _ALL,
        Effect.NORMAL,
        connections.stale,
        "normal response, connection reset a moment later, perhaps under the next request",
    ),
    _fault(
        "repeated-answer",
        _ALL,
        Effect.NORMAL,
        connections.repeated,
        "normal response, sent once more a moment later, perhaps under the next request",
    ),
    _fault("late-commit", WRITES, Effect.LATE, connections.closed, "connection closed without a response"),
    _fault("late-504", WRITES, Effect.LATE, statuses.status(504), "HTTP 504"),
)

_BODIES: Final = (
    _fault(
        "truncated", _CALLS | _SIGN_IN, Effect.NORMAL, connections.truncated, "connection closed after half the body"
    ),
    _fault("empty", WRITES, Effect.NORMAL, bodies.empty, "HTTP 200 without a body"),
    _fault("rubbish", _CALLS, Effect.NORMAL, bodies.rubbish, "HTTP 200 with bytes that are no document"),
    _fault(
        "maintenance", _ALL, Effect.NONE, bodies.page("Scheduled Maintenance"), "HTTP 200 with an HTML maintenance page"
    ),
    *(
        _fault(name, _CALLS, Effect.NORMAL, delivery, shows)
        for name, delivery, shows in (
            ("truncated-chunked", connections.truncated_chunked, "half the body as a chunk, no last chunk"),
            ("truncated-silently", connections.truncated_silently, "half the body, no Content-Length"),
            ("wrong-type", bodies.wrong_type, "right body labelled text/html"),
            ("huge", bodies.huge, "body of 64 MiB"),
            ("gzip-bomb", bodies.gzip_bomb, "small gzip body that unpacks to 64 MiB"),
            ("not-http", connections.not_http, "bytes that are not HTTP"),
            ("long-header", connections.long_header, "header line longer than HTTP libraries accept"),
            ("many-headers", connections.many_headers, "500 extra headers"),
            ("bad-charset", bodies.damaged(bodies.bad_charset), "body that is not UTF-8"),
            ("deep", bodies.damaged(bodies.deep), "body nested 100,000 levels deep"),
            ("long-number", bodies.damaged(bodies.long_number), "number of 5,000 digits"),
            ("double-key", bodies.damaged(bodies.double_key), "a key occurs twice with different values"),
            ("not-a-number", bodies.damaged(bodies.not_a_number), "NaN in place of a number"),
        )
    ),
    _fault("html-after", WRITES, Effect.NORMAL, bodies.page("Sign in"), "HTTP 200 with an HTML sign-in page"),
)

_HOLLOW: Final = {"response": [{"@errorCode": 0, "entity": {"@backupsetId": 0}}]}
_REFUSED: Final = {"response": [{"@errorCode": 2}]}
_NAME_IN_USE: Final = {"response": [{"@errorCode": 2, "@errorString": "Name in use."}]}
_REFUSED_OUTSIDE: Final = {"@errorCode": 2, "@errorMessage": "Failed to process the request."}
_INTERNAL_ERROR: Final = {
    "error": {
        "@errorMessage": "Something is not right. Please check web service logs for details",
        "@errorCode": 500,
    }
}
"""RECORDED: internal-error-500.json."""

_REPLIES: Final = (
    *(
        _fault(name, _CREATES, Effect.NORMAL, bodies.edited(edit), shows)
        for name, edit, shows in (
            ("zero-id", bodies.zero_id, "errorCode 0 with backupsetId 0"),
            ("no-entity", bodies.no_entity, "errorCode 0 without an entity"),
            ("other-id", bodies.other_id, "errorCode 0 with the backupsetId of something else"),
            ("text-numbers", bodies.text_numbers, "numbers written as text"),
        )
    ),
    *(
        _fault(name, WRITES, Effect.NONE, bodies.replaced(tree), shows)
        for name, tree, shows in (
            ("hollow-success", _HOLLOW, "errorCode 0 with backupsetId 0"),
            ("refused", _REFUSED, "errorCode 2 without an errorString"),
            ("refused-outside", _REFUSED_OUTSIDE, "errorCode 2 and errorMessage outside response[]"),
        )
    ),
    _fault(
        "internal-error",
        WRITES,
        Effect.NONE,
        bodies.replaced(_INTERNAL_ERROR, 500),
        "HTTP 500 with errorCode 500 inside error{}",
    ),
    _fault(
        "internal-error-after",
        WRITES,
        Effect.NORMAL,
        bodies.replaced(_INTERNAL_ERROR, 500),
        "HTTP 500 with errorCode 500 inside error{}",
    ),
    _fault("double-apply", _CREATES, Effect.TWICE, normal, "response from the second time"),
    _fault("double-apply-first", _CREATES, Effect.TWICE_ANSWERED_FIRST, normal, "response from the first time"),
    _fault("double-apply-late", _CREATES, Effect.TWICE_AND_LATE, normal, "response from the first time"),
    _fault(
        "name-in-use-after",
        _CREATES,
        Effect.NORMAL,
        bodies.replaced(_NAME_IN_USE),
        'errorCode 2 and "Name in use.", as for a copy that a gateway sent',
    ),
    _fault("refused-after", WRITES, Effect.NORMAL, bodies.replaced(_REFUSED), "errorCode 2 without an errorString"),
    _fault("refused-late", WRITES, Effect.LATE, bodies.replaced(_REFUSED), "errorCode 2 without an errorString"),
    _fault("made-first", _CREATES, Effect.MADE_FIRST, normal, "normal response"),
    _fault("made-instead", _CREATES, Effect.MADE_INSTEAD, statuses.status(500), "HTTP 500"),
    _fault("deleted-after", _CREATES, Effect.DELETED, normal, "normal response"),
    _fault(
        "previous-answer",
        _CALLS,
        Effect.NORMAL,
        connections.previous,
        "response to the request before on the same connection",
    ),
    _fault("slow-list", _CREATES, Effect.UNLISTED, normal, "normal response"),
    _fault("slow-list-drop", _CREATES, Effect.UNLISTED, connections.closed, "connection closed without a response"),
    _fault("token-expired", _CALLS, Effect.TOKEN_EXPIRES, statuses.access_denied, "HTTP 401"),
    _fault("denied", _CALLS, Effect.NONE, statuses.access_denied, "HTTP 401 although the token is valid"),
)

_BUSY: Final = tuple(
    _fault(name, _ALL, Effect.NONE, delivery, shows)
    for name, delivery, shows in (
        ("429-seconds", statuses.busy(429, "Retry-After"), "HTTP 429 with Retry-After in seconds"),
        ("429-date", statuses.busy_until(429), "HTTP 429 with Retry-After as a date"),
        ("429-period", statuses.busy(429, "X-RateLimit-Period"), "HTTP 429 with X-RateLimit-Period only"),
        ("429-bare", statuses.status(429), "HTTP 429 without a time to wait"),
        ("503-seconds", statuses.busy(503, "Retry-After"), "HTTP 503 with Retry-After in seconds"),
        ("503-date", statuses.busy_until(503), "HTTP 503 with Retry-After as a date"),
    )
)

_REFUSALS: Final = (400, 403, 404, 405, 406, 409, 411, 413, 414, 415, 421, 422, 425, 431, 501, 505)
_DOUBTFUL: Final = (408, 500, 502, 503, 504)
_REDIRECTS: Final = (301, 302, 303, 307, 308)

_STATUSES: Final = (
    *(_fault(f"{code}-before", WRITES, Effect.NONE, statuses.status(code), f"HTTP {code}") for code in _REFUSALS),
    *(_fault(f"{code}-before", _ALL, Effect.NONE, statuses.status(code), f"HTTP {code}") for code in _DOUBTFUL),
    *(
        _fault(f"{code}-after", WRITES, Effect.NORMAL, statuses.status(code), f"HTTP {code}")
        for code in (*_DOUBTFUL, 202, 204, 429)
    ),
    _fault("206-after", WRITES, Effect.NORMAL, statuses.status_over_response(206), "normal body under HTTP 206"),
    *(
        _fault(f"redirect-{code}", _ALL, Effect.NONE, statuses.redirect(code), f"HTTP {code} redirect to another host")
        for code in _REDIRECTS
    ),
    _fault("redirect-after", WRITES, Effect.NORMAL, statuses.redirect(303), "HTTP 303 redirect to another host"),
)

FAULTS: Final = {fault.name: fault for fault in (*_CONNECTIONS, *_BODIES, *_REPLIES, *_BUSY, *_STATUSES)}
"""Every fault by its name."""
