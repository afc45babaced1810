"""What must come of each fault that strikes a rollback: its deletes, and the reads by id that are the second witness.

The run itself meets no fault; `Expected.made` says whether its set is there in the end, and `attempts` counts deletes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bulkprov.engine.model import Evidence
from tests.faults.tables import ANYTHING, Expected

__all__ = ["DELETE_STRUCK_ALWAYS", "DELETE_STRUCK_ONCE", "READ_STRUCK_ALWAYS", "READ_STRUCK_ONCE"]

DELETED: Final = Expected("rolled-back", "deleted", 0, 1, 0)
DELETED_AGAIN: Final = replace(DELETED, attempts=2)
RACED: Final = replace(DELETED, note=ANYTHING, attempts=-1)
LEFT: Final = Expected("created", "", 1, 1, 1, evidence=Evidence.PROVEN)
NO_EFFECT: Final = replace(LEFT, note="not rolled back: 2 deletes had no effect, and it is still there")
OPEN: Final = Expected(
    "unknown",
    "a delete may have taken effect; rollback will look it up",
    4,
    1,
    1,
    "the server redirects to http://elsewhere",
)
REDIRECTED_EARLY: Final = replace(LEFT, exit_code=3, stop="the server redirects to http://elsewhere")


def _refused(why: str) -> Expected:
    return replace(LEFT, note=f"not rolled back: the server refused to delete it: {why}")


DELETE_STRUCK_ONCE: Final[Mapping[Expected, str]] = {
    DELETED: """drop-after reset-after silent-after slow drip late-commit late-504 truncated truncated-chunked
        truncated-silently empty rubbish wrong-type huge gzip-bomb not-http long-header many-headers bad-charset deep
        long-number double-key not-a-number html-after refused-after previous-answer token-expired 429-seconds
        429-date 429-period 429-bare 429-after 202-after 204-after 206-after 408-after 500-after 502-after 503-after
        504-after refused-late internal-error-after""",
    DELETED_AGAIN: """drop-before reset-before silent-before maintenance hollow-success 406-before 408-before
        411-before 414-before 421-before 425-before 431-before 500-before 501-before 502-before 503-before 504-before
        505-before 503-seconds 503-date denied""",
    RACED: "stale-connection repeated-answer",
    _refused("errorCode 2"): "refused",
    _refused("errorCode 2 Failed to process the request."): "refused-outside",
    _refused("errorCode 500 Something is not right. Please check web service logs for details"): "internal-error",
    _refused("HTTP 400 Bad Request"): "400-before",
    _refused("HTTP 403 Forbidden"): "403-before",
    _refused("HTTP 404 Not Found"): "404-before",
    _refused("HTTP 405 Method Not Allowed"): "405-before",
    _refused("HTTP 409 Conflict"): "409-before",
    _refused("HTTP 413 Request Entity Too Large"): "413-before",
    _refused("HTTP 415 Unsupported Media Type"): "415-before",
    _refused("HTTP 422 Unprocessable Entity"): "422-before",
    OPEN: "redirect-301 redirect-302 redirect-303 redirect-307 redirect-308",
    replace(OPEN, made=0): "redirect-after",
}
"""The first delete is struck. Both witnesses tell whether it took effect, were it later than it was refused."""

DELETE_STRUCK_ALWAYS: Final[Mapping[Expected, str]] = {
    DELETED: "silent-after late-commit truncated empty",
    NO_EFFECT: "drop-before maintenance hollow-success 500-before",
    _refused("errorCode 2"): "refused",
}
"""Every delete is struck, with two attempts."""

READ_STRUCK_ONCE: Final[Mapping[Expected, str]] = {
    DELETED: """drop-before reset-before silent-before slow drip truncated truncated-chunked truncated-silently rubbish
        maintenance wrong-type huge gzip-bomb not-http long-header many-headers bad-charset deep long-number double-key
        not-a-number previous-answer token-expired denied 429-seconds 429-date 429-period 429-bare 503-seconds 503-date
        408-before 500-before 502-before 503-before 504-before""",
    RACED: "stale-connection repeated-answer",
    REDIRECTED_EARLY: "redirect-301 redirect-302 redirect-303 redirect-307 redirect-308",
}
"""The first request for the set by its id is struck, before the delete: nothing is deleted until it is answered."""


def _not_told(why: str) -> Expected:
    return replace(LEFT, note=f"not rolled back: whether it is there could not be told: {why}")


READ_STRUCK_ALWAYS: Final[Mapping[Expected, str]] = {
    _not_told("the connection was lost before an answer came"): "drop-before",
    _not_told("HTTP 200 OK with a web page instead of an answer"): "maintenance",
    _not_told("HTTP 500 Internal Server Error"): "500-before",
    _not_told("HTTP 401 Unauthorized with an unreadable answer"): "denied",
}
"""There is no second witness, so that nothing is deleted, and the note says why."""
