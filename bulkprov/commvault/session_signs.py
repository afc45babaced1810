"""What an answer says of the session in which its request was made: that it has ended, or that it is good. Pure.

Most answers say neither: a server in trouble tells nothing about the token. What is made of these signs, `session`
decides.
"""

import re
from enum import Enum
from http import HTTPStatus
from typing import Final

from bulkprov.commvault.classify import REFUSALS, Answer, begun, is_page

__all__ = ["SignedOut", "shows_session", "signed_out"]

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LOG_IN: Final = re.compile(rb"password|log[-_ ]?[io]n\b|sign[-_ ]?in\b|\bsso\b|\bsaml", re.IGNORECASE)
"""Words of a log-in page and of its address. A wrong guess costs a read, and nothing else while the session is good."""
_PAGE_SEARCHED: Final = 1 << 16
"""Bytes of a page that are searched for them."""

_ACCESS_DENIED: Final = re.compile(rb"""errorCode"?\s*[:=]\s*"?5"?[\s,}/>]""")
_DENIAL: Final = 1000
"""Bytes of an error that says no more than that."""

_EDGE: Final = 64
"""Bytes at either end of a body in which it begins and ends; there may be blanks and line ends around it."""


class SignedOut(Enum):
    """What an answer looks like with which a session may have ended; the value says it for a person."""

    UNAUTHORIZED = "HTTP 401"
    FORBIDDEN = "HTTP 403"
    PAGE = "a log-in page"
    REDIRECT = "a redirect to a log-in page"
    DENIED = "errorCode 5"

    @property
    def turned_away(self) -> bool:
        """Whether it says that the request was not carried out. A page may stand in for any answer that was lost."""
        return self in (SignedOut.UNAUTHORIZED, SignedOut.FORBIDDEN, SignedOut.DENIED)


def signed_out(answer: Answer) -> SignedOut | None:
    """Whether an answer is one with which a session may have ended."""
    status = answer.status
    if status == HTTPStatus.OK:
        if _denies(answer.body):
            return SignedOut.DENIED
        page = answer.body[:1] != b"{" and is_page(answer.body) and _LOG_IN.search(answer.body, 0, _PAGE_SEARCHED)
        return SignedOut.PAGE if page else None
    if status == HTTPStatus.UNAUTHORIZED:
        return SignedOut.UNAUTHORIZED
    if status == HTTPStatus.FORBIDDEN:
        return SignedOut.FORBIDDEN
    if status in _REDIRECTS and _LOG_IN.search(answer.headers.get("Location", "").encode("utf-8", "replace")):
        return SignedOut.REDIRECT
    return None


def shows_session(answer: Answer) -> bool:
    """Whether a request was served, or judged, as only one with a valid token is.

    A body must be whole: what stands between may empty it, cut it off or garble it, whatever the server has said.
    """
    if answer.status == HTTPStatus.NO_CONTENT:
        return True
    if answer.status < 300:
        return _is_whole(answer.body) and not _denies(answer.body)
    return answer.status in REFUSALS and answer.status != HTTPStatus.FORBIDDEN


def _is_whole(body: bytes) -> bool:
    """Whether a body begins and ends as JSON or XML does, and is no web page."""
    first, last = begun(body[:_EDGE])[:1], body[-_EDGE:].rstrip()[-1:]
    return (first, last) == (b"{", b"}") or ((first, last) == (b"<", b">") and not is_page(body))


def _denies(body: bytes) -> bool:
    """Whether a body is nothing but errorCode 5, "access denied", which documented calls send under a 401."""
    return len(body) <= _DENIAL and b"response" not in body and _ACCESS_DENIED.search(body) is not None
