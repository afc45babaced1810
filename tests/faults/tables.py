"""What must come of each fault: status, note, exit code, attempts, evidence, and what the server has in the end.

Together these tables are what the program promises. They know faults by name, and not how one is staged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bulkprov.engine.model import Evidence
from tests.faults.scripted_server import CLOSE, MADE, RESET, Script
from tests.rawserver import answer


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come of a fault."""

    status: str
    note: str
    """The whole note; ANYTHING where two outcomes are right."""
    exit_code: int
    attempts: int
    """-1 where two numbers are right."""
    made: int
    """Backup sets of the row's name that the server has in the end."""
    stop: str = ""
    """Why the run stopped early: a regular expression."""
    evidence: Evidence = Evidence.NONE
    """Whether the run made it: a rollback deletes what is PROVEN, and leaves what is PERHAPS its own."""


ANYTHING = "anything"
FOUND = Expected(
    "created",
    "an answer was lost, and a look-up found it: perhaps made by this run, perhaps by another",
    0,
    1,
    1,
    evidence=Evidence.PERHAPS,
)
"""Another actor may have made it meanwhile, as in `made-instead`: no answer tells."""
AGAIN = Expected(
    "created", "created on attempt 2: earlier answers were lost or not believed", 0, 2, 1, evidence=Evidence.PROVEN
)
UNHARMED = Expected("created", "", 0, 1, 1, evidence=Evidence.PROVEN)
RACED = Expected("created", ANYTHING, 0, -1, 1)
"""The next request may or may not be on the connection already when it is reset; milliseconds decide. So they do
whether a second answer is read as the next request's."""
REFUSED = Expected("rejected", "", 1, 1, 0)
GIVEN_UP = Expected("failed", "2 creates went unanswered, and the last look-up says it is not there", 1, 2, 0)
LEFT_OPEN = "a create may have taken effect; resume will look it up"
REDIRECTED = Expected(
    "unknown",
    LEFT_OPEN,
    4,
    1,
    0,
    "the server redirects to http://elsewhere",
)
REDIRECTED_AFTER = replace(REDIRECTED, made=1)
REDIRECTED_EARLY = Expected("pending", "", 3, 0, 0, "the server redirects to http://elsewhere")
NO_TOKEN = Expected("pending", "", 3, 0, 0, "the server refuses tokens as soon as it issues them")
TURNED_AWAY = "the server says that it turned the create away unread (HTTP 429 or 401); resume will look it up first"
NO_TOKEN_FOR_IT = replace(NO_TOKEN, status="unknown", note=TURNED_AWAY, exit_code=4)
"""A create has left, and was turned away: it is not said that none was sent."""
NO_LOGIN = Expected("pending", "", 3, 0, 0, ".")


def refused_by(status: str) -> Expected:
    """A refusal by an HTTP status."""
    return replace(REFUSED, note=f"HTTP {status}")


NOT_LISTED = replace(
    REFUSED,
    note="no look-up could settle it: the server says that it exists, but does not list it; HTTP 409 Conflict",
)
SECOND_OF_TWO = Expected(
    "exists",
    "found after a create had left: made by another program or person, or by a second copy of the request",
    0,
    1,
    1,
    evidence=Evidence.PERHAPS,
)
"""A gateway sent the create twice and passed on the second response, or another actor was first: the client cannot tell
whose the set is."""
NEVER_LISTED = Expected(
    "created",
    "it may have been there before: there was no first look",
    1,
    1,
    1,
    evidence=Evidence.PERHAPS,
)
"""The set cannot be audited either."""
GONE = Expected(
    "unknown", "the answer to the create has id 931, which nothing of this name has; resume looks again", 1, 0, 0
)
"""The audit finds neither its name nor its id. A row that is in doubt anew counts its attempts anew."""

STRUCK_ONCE: Mapping[Expected, str] = {
    FOUND: """drop-after reset-after silent-after slow drip late-commit late-504 truncated truncated-chunked
        truncated-silently empty rubbish huge gzip-bomb not-http long-header many-headers bad-charset deep long-number
        double-key not-a-number html-after zero-id no-entity slow-list-drop 408-after 500-after 502-after 503-after
        504-after 202-after 204-after 206-after other-id made-instead previous-answer""",
    AGAIN: """drop-before reset-before silent-before maintenance hollow-success 406-before 408-before 411-before
        414-before 421-before 425-before 431-before 500-before 501-before 502-before 503-before 504-before 505-before
        503-seconds 503-date denied""",
    RACED: "stale-connection",
    UNHARMED: """wrong-type text-numbers slow-list token-expired 429-seconds 429-date
        429-period 429-bare double-apply-first double-apply-late repeated-answer""",
    GONE: "deleted-after",
    REFUSED: "refused refused-outside",
    refused_by("500 Internal Server Error"): "internal-error",
    refused_by("400 Bad Request"): "400-before",
    refused_by("403 Forbidden"): "403-before",
    refused_by("404 Not Found"): "404-before",
    refused_by("405 Method Not Allowed"): "405-before",
    refused_by("413 Request Entity Too Large"): "413-before",
    refused_by("415 Unsupported Media Type"): "415-before",
    refused_by("422 Unprocessable Entity"): "422-before",
    NOT_LISTED: "409-before",
    SECOND_OF_TWO: """double-apply name-in-use-after refused-after refused-late internal-error-after 429-after
        made-first""",
    REDIRECTED: "redirect-301 redirect-302 redirect-303 redirect-307 redirect-308",
    REDIRECTED_AFTER: "redirect-after",
}
"""The first create is struck."""

STRUCK_ALWAYS: Mapping[Expected, str] = {
    GIVEN_UP: """drop-before reset-before silent-before maintenance hollow-success 406-before 408-before 411-before
        414-before 421-before 425-before 431-before 500-before 501-before 502-before 503-before 504-before 505-before
        503-seconds""",
    FOUND: "late-commit truncated zero-id 504-after",
    REFUSED: "refused",
    NO_TOKEN_FOR_IT: "token-expired",
    replace(refused_by("401 Unauthorized"), attempts=2): "denied",
}
"""Every create is struck, with two attempts. A set whose creates were not processed is known not to exist."""

LIST_STRUCK_ONCE: Mapping[Expected, str] = {
    RACED: "stale-connection repeated-answer",
    UNHARMED: """drop-before reset-before silent-before slow drip truncated rubbish maintenance previous-answer
        truncated-chunked truncated-silently wrong-type huge gzip-bomb not-http long-header many-headers bad-charset
        deep long-number double-key not-a-number token-expired denied 429-seconds 429-date 429-period 429-bare
        503-seconds 503-date 408-before 500-before 502-before 503-before 504-before""",
    REDIRECTED_EARLY: "redirect-301 redirect-302 redirect-303 redirect-307 redirect-308",
}
"""The first look is struck, and repeated."""

LIST_STRUCK_ALWAYS: Mapping[Expected, str] = {
    NEVER_LISTED: "rubbish 500-before maintenance truncated",
    NO_TOKEN: "denied",
}
"""Every look is struck: the row is sent without a first look, and cannot be audited."""

LOGIN_STRUCK_ONCE: Mapping[Expected, str] = {
    RACED: "stale-connection repeated-answer",
    UNHARMED: """drop-before drop-after reset-before reset-after silent-before silent-after slow drip
        truncated maintenance 429-seconds 429-date 429-period 429-bare 503-seconds 503-date 408-before 500-before
        502-before 503-before 504-before""",
    replace(NO_LOGIN, stop="the login is redirected to http://elsewhere"): """redirect-301 redirect-302 redirect-303
        redirect-307 redirect-308""",
}
"""The first log-in is struck. Nothing was said about the credentials, so they are sent again, but to no other host."""

LOGIN_STRUCK_ALWAYS: Mapping[Expected, str] = {
    replace(NO_LOGIN, stop="the connection was lost before an answer came"): "drop-before drop-after reset-after",
    replace(NO_LOGIN, stop=r"no answer within 1 s"): "silent-before slow",
    replace(NO_LOGIN, stop=r"this is not a sign-in reply \(HTTP 200\)"): "maintenance",
    replace(NO_LOGIN, stop=r"the server cannot sign anyone in at the moment \(HTTP 503\)"): "503-before",
    replace(NO_LOGIN, stop=r"the server cannot sign anyone in at the moment \(HTTP 429\)"): "429-bare",
}
"""Every log-in is struck, and no row is touched."""

_EMPTY: Mapping[str, Expected] = {"": UNHARMED, "drop-before": AGAIN}
_TWICE: Mapping[str, Expected] = {"double-apply": SECOND_OF_TWO, "drop-before": AGAIN, "drop-after": FOUND}

SERVERS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Expected]]] = {
    "session-ends-as-401": ({"session_end": "401"}, {"token-expired": UNHARMED}),
    "session-ends-as-403": ({"session_end": "403"}, {"token-expired": UNHARMED}),
    "session-ends-as-code": ({"session_end": "code"}, {"token-expired": UNHARMED}),
    "session-ends-as-page": ({"session_end": "page"}, {"token-expired": UNHARMED}),
    "session-ends-as-redirect": ({"session_end": "redirect"}, {"token-expired": UNHARMED}),
    "renewal-in-vain": ({"renewal": "same"}, {"token-expired": UNHARMED}),
    "renewal-refused": ({"renewal": "refused"}, {"token-expired": UNHARMED}),
    "empty-list-without-key": ({"default_sets": False, "empty_list": "missing"}, _EMPTY),
    "empty-list": ({"default_sets": False, "empty_list": "empty"}, {**_EMPTY, "drop-after": FOUND}),
    "empty-list-without-body": ({"default_sets": False, "empty_list": "blank"}, {"": UNHARMED}),
    "empty-list-as-204": ({"default_sets": False, "empty_list": "204"}, {"": UNHARMED}),
    "empty-list-as-404": ({"default_sets": False, "empty_list": "404"}, _EMPTY),
    "names-as-documented": ({"spelling": "documented"}, _TWICE),
    "replies-as-guessed": ({"replies": "guessed"}, {**_TWICE, "refused": REFUSED}),
    "display-names": ({"display_names": True}, _TWICE),
    "duplicates-refused-with-500": ({"duplicate_status": 500}, _TWICE),
    "duplicates-refused-with-500-as-guessed": ({"duplicate_status": 500, "replies": "guessed"}, _TWICE),
    "duplicates-refused-with-409": ({"duplicate_status": 409, "duplicate_code": 3}, _TWICE),
    "duplicates-refused-with-409-as-guessed": ({"duplicate_status": 409, "replies": "guessed"}, _TWICE),
    "duplicates-refused-in-other-words": ({"duplicate_text": "Name in use.", "duplicate_code": 7}, _TWICE),
    "late-list": ({"list_lag": 0.2}, {"": UNHARMED, "drop-before": AGAIN, "drop-after": FOUND}),
    "late-witnesses": ({"list_lag": 0.2, "read_lag": 0.2}, {"": UNHARMED, "drop-after": FOUND}),
    "cut-list": ({"list_cut": 1}, {"": UNHARMED}),
    "repeats-every-answer": ({"repeat_every": 1}, {"": RACED, "drop-after": RACED}),
    "idempotent": ({"idempotent": True}, {"": UNHARMED, "double-apply": UNHARMED, "drop-after": FOUND}),
}
"""Servers that are made otherwise, and what must come of faults there: none (""), or one that strikes the first create.

How often an empty list has to be given depends on its form; what comes of it does not."""


def _json(text: str, **more: Any) -> bytes:
    return answer(text.encode(), **more)


def _chunked(*chunks: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


BODY = MADE.partition(b"\r\n\r\n")[2]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

SCRIPTED: Mapping[str, tuple[Script, Expected]] = {
    "honest": (Script(True, [MADE]), UNHARMED),
    "in-single-bytes": (Script(True, [MADE[n : n + 1] for n in range(len(MADE))]), UNHARMED),
    "in-chunks": (Script(True, [_chunked(BODY[:10], BODY[10:]) + b"0\r\n\r\n"]), UNHARMED),
    "early-hints-first": (Script(True, [b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", MADE]), UNHARMED),
    "closed-after-it": (Script(True, [answer(BODY, "Connection: close"), CLOSE]), UNHARMED),
    "reset-after-it": (Script(True, [answer(BODY, "Connection: close"), RESET]), UNHARMED),
    "no-content-type": (Script(True, [HEAD[:17] + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY]), UNHARMED),
    "spaces-around": (Script(True, [_json(f"\n  {BODY.decode()}\n\n")]), UNHARMED),
    "id-and-message-of-success": (
        Script(True, [_json('{"response":[{"errorCode":0,"errorString":"","entity":{"backupsetId":931}}]}')]),
        UNHARMED,
    ),
    "chunk-of-no-size": (Script(True, [_chunked(BODY) + b"zz\r\n\r\n", CLOSE]), FOUND),
    "chunks-without-end": (Script(True, [_chunked(BODY), CLOSE]), FOUND),
    "two-lengths": (Script(True, [HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n" + BODY, CLOSE]), FOUND),
    "negative-length": (Script(True, [HEAD + b"Content-Length: -5\r\n\r\n" + BODY, CLOSE]), FOUND),
    "length-of-no-number": (Script(True, [HEAD + b"Content-Length: many\r\n\r\n" + BODY, CLOSE]), FOUND),
    "longer-than-it-is": (Script(True, [answer(BODY, length=len(BODY) + 1)]), FOUND),
    "shorter-than-it-is": (Script(True, [answer(BODY, length=len(BODY) - 1), CLOSE]), FOUND),
    "status-of-no-number": (Script(True, [b"HTTP/1.1 abc OK\r\n\r\n", CLOSE]), FOUND),
    "status-999": (Script(True, [b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"]), FOUND),
    "header-of-control-bytes": (Script(True, [HEAD + b"X: a\x00b\r\nContent-Length: 2\r\n\r\n{}", CLOSE]), FOUND),
    "head-cut-off": (Script(True, [b"HTTP/1.1 200 OK\r\nContent-Le", CLOSE]), FOUND),
    "nothing-reset": (Script(True, [RESET]), FOUND),
    "wrapped-in-gzip-unasked": (Script(True, [answer(b"\x1f\x8b\x08\x00rubbish", "Content-Encoding: gzip")]), FOUND),
    "byte-order-mark-16": (Script(True, [answer(BODY.decode().encode("utf-16"))]), FOUND),
    "two-documents": (Script(True, [_json(BODY.decode() * 2)]), FOUND),
    "xml-unasked": (Script(True, [answer(b'<r><response errorCode="0"/></r>', kind="application/xml")]), FOUND),
    "list-for-object": (Script(True, [_json("[]")]), FOUND),
    "null": (Script(True, [_json("null")]), FOUND),
    "text": (Script(True, [_json('"created"')]), FOUND),
    "empty-response": (Script(True, [_json('{"response":[]}')]), FOUND),
    "hollow-response": (Script(True, [_json('{"response":[{}]}')]), FOUND),
    "code-true": (Script(True, [_json('{"response":[{"errorCode":false,"entity":{"backupsetId":931}}]}')]), FOUND),
    "id-true": (Script(True, [_json('{"response":[{"errorCode":0,"entity":{"backupsetId":true}}]}')]), FOUND),
    "id-negative": (Script(True, [_json('{"response":[{"errorCode":0,"entity":{"backupsetId":-1}}]}')]), FOUND),
    "id-broken": (Script(True, [_json('{"response":[{"errorCode":0,"entity":{"backupsetId":931.5}}]}')]), FOUND),
    "id-in-words": (Script(True, [_json('{"response":[{"errorCode":0,"entity":{"backupsetId":"many"}}]}')]), FOUND),
    "success-with-words": (
        Script(True, [_json('{"response":[{"errorCode":0,"errorString":"Successful","entity":{"backupsetId":931}}]}')]),
        UNHARMED,
    ),
    "success-with-a-warning": (
        Script(
            True,
            [_json('{"response":{"errorCode":0,"warningCode":3,"warningMessage":"no","entity":{"backupsetId":931}}}')],
        ),
        replace(UNHARMED, note="the server warns: warningCode 3 no"),
    ),
    "refused-with-status-500": (
        Script(False, [answer(b'{"errorCode":2,"errorMessage":"Error 0x10c: no."}', status="500 Oops")]),
        refused_by("500 Internal Server Error"),
    ),
    "refused-inside-error": (
        Script(False, [answer(b'{"error":{"errorCode":500,"errorMessage":"not right"}}', status="500 Oops")]),
        refused_by("500 Internal Server Error"),
    ),
    "made-and-refused-in-unknown-words": (
        Script(True, [_json('{"response":[{"errorCode":2,"errorString":"Name in use."}]}')]),
        SECOND_OF_TWO,
    ),
    "success-with-status-500": (Script(True, [answer(BODY, status="500 Oops")]), FOUND),
    "success-with-status-404": (Script(True, [answer(BODY, status="404 Not Found")]), FOUND),
    "says-it-exists": (
        Script(True, [_json('{"response":[{"errorCode":2,"errorString":"Backup set already exists."}]}')]),
        SECOND_OF_TWO,
    ),
    "refused-with-control-characters": (
        Script(False, [_json(r'{"response":[{"errorCode":2,"errorString":"\u001b[2J\u202eno\u0000"}]}')]),
        REFUSED,
    ),
    "refused-with-a-formula": (
        Script(False, [_json('{"response":[{"errorCode":2,"errorString":"=cmd|\' /C calc\'!A0"}]}')]),
        REFUSED,
    ),
}
"""The first create gets a response written by hand: whether it is processed, and the bytes."""
