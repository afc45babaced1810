"""Classification of an exchange: answered, not taken, or in doubt. Pure and total.

Whatever is not listed here is *in doubt*: that costs a look-up, while a wrong "it had no effect" costs a thing that is
made twice. It knows HTTP's status codes and the ways in which an exchange can break, and not which library broke.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from http import HTTPStatus
from typing import Final, assert_never

from bulkprov.engine.model import End, Listing, Reply, Verdict, value
from bulkprov.wire import WireError, text

__all__ = [
    "Answer",
    "Break",
    "Failure",
    "begun",
    "is_page",
    "of_act",
    "of_failure",
    "of_listing",
    "retry_after",
]

LONGEST_PAUSE: Final = 3600.0
"""Seconds; a server that asks for more is asked again after this. Commvault Cloud counts requests by the hour."""

REFUSALS: Final = frozenset({400, 403, 404, 405, 409, 413, 415, 422})
"""HTTP statuses that say the request was understood, or at least read, and not carried out."""

CARRIED_OUT: Final = frozenset({200, 201})
"""HTTP statuses under which a reply is believed. A 202 says it is not done yet, a 206 that something is missing."""

_NO_MEANINGS: Final[Mapping[tuple[int, str], str]] = {}

_NONE_AFTER: Final = 3
"""How often 404, 204 or an empty body must be the answer until it is believed that nothing is listed. It may mean that,
and may be a hiccup."""

_SHOWN: Final = 200
"""Characters of a redirect's target, or of an unreadable answer, that a message quotes."""


@value(frozen=True, slots=True)
class Answer:
    """An HTTP answer that came back whole."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes


class Break(Enum):
    """Where in an exchange it broke off, by positive evidence only."""

    BEFORE = auto()
    """No connection came about, so nothing was sent: name resolution, refused, TLS, connect timeout."""
    UNTRUSTED = auto()
    """The server's certificate is not trusted. Nothing was sent, and no other row will fare better."""
    REFUSED = auto()
    """The proxy gives no way to the server. Nothing was sent, and no other row will fare better."""
    AFTER = auto()
    """Anything later, and anything that cannot be told."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An exchange that gave no answer."""

    broke: Break
    why: str
    """Plain English, without anything secret."""


def of_failure(failure: Failure) -> Verdict:
    """The verdict on an exchange that gave no answer."""
    match failure.broke:
        case Break.BEFORE:
            return Verdict(end=End.NOT_TAKEN, why=failure.why)
        case Break.UNTRUSTED | Break.REFUSED:
            return Verdict(end=End.NOT_TAKEN, why=failure.why, halt=failure.why)
        case Break.AFTER:
            return Verdict(end=End.IN_DOUBT, why=failure.why)
        case _:
            assert_never(failure.broke)


def of_act(
    answer: Answer,
    read: Callable[[bytes], Reply],
    *,
    now: float,
    gives_id: bool = True,
    meanings: Mapping[tuple[int, str], str] = _NO_MEANINGS,
    in_session: bool = False,
) -> Verdict:
    """The verdict on the answer to a create or a delete.

    Args:
        answer: what came back.
        read: reads a body; raises `WireError` for one that is not well-formed.
        now: seconds since the epoch, to understand a date in Retry-After.
        gives_id: whether a success must tell the id: that of a create does, that of a delete does not.
        meanings: see `kind.Messages.meanings`.
        in_session: whether the session is known to be good, so that a 401 is a refusal like any other.
    """
    if in_session and answer.status == HTTPStatus.UNAUTHORIZED:
        return _refused(answer, _read(answer.body, read), meanings, retry_after=0.0)
    verdict = _whatever_was_asked(answer, now)
    reply = _read(answer.body, read)
    # An error with an errorCode in it is an answer like any other: recorded servers refuse with HTTP 500. A 202 or a
    # 206 is none, whatever it says.
    if verdict and not (reply.error_code and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR):
        return verdict
    told = answer.status in CARRIED_OUT or answer.status >= HTTPStatus.BAD_REQUEST
    if (reply.error_code and told) or (answer.status in REFUSALS and reply.error_code is None):
        return _refused(answer, reply, meanings, retry_after=verdict.retry_after if verdict else 0.0)
    if answer.status in CARRIED_OUT and reply.error_code == 0 and (reply.id > 0 or not gives_id):
        return Verdict(end=End.ANSWERED, reply=reply, http_status=answer.status)
    return _in_doubt(answer, reply)


def _refused(answer: Answer, reply: Reply, meanings: Mapping[tuple[int, str], str], *, retry_after: float) -> Verdict:
    """The verdict on a refusal. The vendor's page shows its sample refusal under HTTP 200 only."""
    status = answer.status
    carried_out = status in CARRIED_OUT
    meaning = meanings.get((reply.error_code or 0, reply.error_string.strip()), "") if carried_out else ""
    said = replace(
        reply,
        says_exists=reply.says_exists or status == HTTPStatus.CONFLICT,
        not_created=bool(meaning),
    )
    why = meaning if carried_out else _named(status)
    return Verdict(end=End.ANSWERED, reply=said, http_status=status, why=why, retry_after=retry_after)


def of_listing(
    answer: Answer,
    read: Callable[[bytes], Listing | None],
    *,
    now: float,
    reads_404: bool = False,
    in_session: bool = False,
) -> Verdict:
    """The verdict on the answer to a listing, with the listing itself if there is one.

    404, 204, an empty body and a body without a list all mean that nothing is listed, but say it weakly
    (`Listing.none_after`).

    Args:
        answer: what came back.
        read: reads a body; None if it is an error. Raises `WireError` for one that is not well-formed.
        now: seconds since the epoch, to understand a date in Retry-After.
        reads_404: whether the body of a 404 tells something too.
        in_session: as for `of_act`: then a 401 is no reason to wait.
    """
    if in_session and answer.status == HTTPStatus.UNAUTHORIZED:
        return _in_doubt(answer, Reply())
    if verdict := _whatever_was_asked(answer, now):
        return verdict
    listing: Listing | None = None
    not_found = answer.status == HTTPStatus.NOT_FOUND
    if answer.body.strip() and (answer.status == HTTPStatus.OK or (not_found and reads_404)):
        with suppress(WireError):
            listing = read(answer.body)
    elif not_found or answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.OK):
        listing = Listing(sure=False, none_after=_NONE_AFTER)
    if listing is None:
        return _in_doubt(answer, Reply())
    return Verdict(end=End.ANSWERED, http_status=answer.status, listing=listing)


def retry_after(headers: Mapping[str, str], *, now: float) -> float:
    """Seconds that the server asks to wait: Retry-After in seconds or as a date, else X-RateLimit-Period; else 0.

    The second is what Commvault Cloud's gateway sends ("REST API" page of its SaaS manual). A date is by the server's
    clock, so it is compared with the answer's own Date: this machine's clock may be wrong by hours.

    Args:
        headers: of the answer.
        now: seconds since the epoch, for an answer without a Date.
    """
    now = _moment(headers.get("Date", "")) or now
    for name in ("Retry-After", "X-RateLimit-Period"):
        if (wait := _seconds(headers.get(name, "").strip(), now)) is not None:
            return min(max(wait, 0.0), LONGEST_PAUSE)
    return 0.0


def _seconds(value: str, now: float) -> float | None:
    """A time to wait, given in seconds or as a date; None if it is neither."""
    if value.isascii() and value.isdigit():
        return float(value[:12])
    until = _moment(value)
    return None if until is None else until - now


def _moment(date: str) -> float | None:
    """A date of HTTP in seconds since the epoch; None if it is none."""
    try:
        parsed = parsedate_to_datetime(date)
        if parsed.tzinfo is None:  # a date without a zone is in UTC (RFC 9110, 5.6.7)
            parsed = parsed.replace(tzinfo=UTC)
        return parsed.timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _whatever_was_asked(answer: Answer, now: float) -> Verdict | None:
    """What a status means for any request, or None if that depends on the request."""
    status = answer.status
    if status < 300:
        return None
    named = _named(status)
    if status == HTTPStatus.UNAUTHORIZED:
        return Verdict(end=End.NOT_TAKEN, http_status=status, why=named)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        pause = retry_after(answer.headers, now=now)
        return Verdict(end=End.NOT_TAKEN, http_status=status, why=named, retry_after=pause)
    if status < 400:
        # Never followed: the token would go to the other host, and a POST would become a GET. A 303 after a POST may
        # well mean "done", hence the doubt.
        why = f"{named}: the server redirects to {text(answer.headers.get('Location', 'nowhere'))[:_SHOWN]}"
        return Verdict(end=End.IN_DOUBT, http_status=status, why=why, halt=why)
    if status >= 500:
        pause = retry_after(answer.headers, now=now)
        return Verdict(end=End.IN_DOUBT, http_status=status, why=named, retry_after=pause)
    return None


def _read(body: bytes, read: Callable[[bytes], Reply]) -> Reply:
    try:
        return read(body)
    except WireError:
        return Reply()


def is_page(body: bytes) -> bool:
    """Whether a body is a web page."""
    return begun(body)[:1] == b"<" and b"<html" in body[:1024].lower()


def begun(body: bytes) -> bytes:
    """A body from its first character on; some servers put a byte order mark before all that they send."""
    return body.removeprefix(BOM_UTF8).lstrip()


def _in_doubt(answer: Answer, reply: Reply) -> Verdict:
    if reply.error_code == 0 and reply.id > 0:
        why = f"{_named(answer.status)} with errorCode 0 and an id"
    elif reply.error_code == 0:
        why = f"{_named(answer.status)} with errorCode 0, but no id"
    elif not answer.body.strip():
        why = f"{_named(answer.status)} with an empty body"
    elif is_page(answer.body):
        why = f"{_named(answer.status)} with a web page instead of an answer"
    else:
        why = f"{_named(answer.status)} with an unreadable answer"
    return Verdict(end=End.IN_DOUBT, reply=reply, http_status=answer.status, why=why)


def _named(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
