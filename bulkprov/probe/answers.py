"""What one answer says, in the few words that a finding keeps. Pure.

Bodies are read by the same readers as a run's, so that what a probe understands is what a run will understand.
"""

from enum import StrEnum
from http import HTTPStatus

from bulkprov.commvault import classify as judge
from bulkprov.commvault.backupset_replies import read_by_id, read_reply
from bulkprov.commvault.classify import Answer, Failure
from bulkprov.commvault.session_signs import SignedOut, signed_out
from bulkprov.engine.model import End, Listing, Verdict, value
from bulkprov.wire import Tree, Wire, WireError, integer, items

__all__ = [
    "Heard",
    "Said",
    "Shape",
    "alike",
    "ended_session",
    "form_of_listing",
    "form_of_read",
    "heard",
    "is_witness",
    "said",
    "verdict_on",
]


class Shape(StrEnum):
    """Where in an answer a refusal stands."""

    RESPONSE = "response"
    """In `response[]`, as on the vendor's page."""
    TOP = "top"
    """At the top level, as `{"errorMessage": ..., "errorCode": ...}` (recorded)."""
    NESTED = "error"
    """In `error{}` (recorded)."""
    NONE = "none"
    """Nowhere: only the HTTP status tells."""


@value(frozen=True, slots=True, kw_only=True)
class Heard:
    """One answer, or why there is none."""

    status: int | None = None
    """None if no answer came."""
    tree: Tree | None = None
    """The body, if it is a document."""
    blank: bool = False
    """Whether the body is empty."""
    why: str = ""
    """Why there is no answer, or what else than a document the body is."""
    answer: Answer | None = None

    @property
    def words(self) -> str:
        """The answer for a person, when it is none of those that are understood."""
        status = "" if self.status is None else f"HTTP {self.status}"
        told = read_reply(self.tree).error_string if self.tree else ""
        return " with ".join(filter(None, (status, self.why or (told and f'"{told}"')))) or "no answer"

    @property
    def passing(self) -> bool:
        """Whether it is one of a server, or of something before it, that may answer otherwise a moment later."""
        if self.status == HTTPStatus.OK:
            return self.tree is None
        later = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
        return self.status is None or self.status in later or self.status >= 500

    @property
    def signed_out(self) -> bool:
        """Whether it looks as if the token were not accepted."""
        return self.answer is not None and signed_out(self.answer) is not None


@value(frozen=True, slots=True, kw_only=True)
class Said:
    """What the server said to a create or a delete."""

    http: int
    """The HTTP status."""
    code: int | None = None
    """The errorCode; None where there is none."""
    words: str = ""
    """The server's words."""
    shape: str = Shape.RESPONSE
    """Where the errorCode stands; a `Shape`."""

    def __str__(self) -> str:
        """For a person."""
        code = "" if self.code is None else f"errorCode {self.code}"
        told = ", ".join(filter(None, (f"HTTP {self.http}" if self.http != HTTPStatus.OK or not code else "", code)))
        return f'{told} "{self.words}"' if self.words else told


def heard(answer: Answer | Failure, wire: Wire) -> Heard:
    """An exchange as it ended."""
    if isinstance(answer, Failure):
        return Heard(why=answer.why)
    blank = not answer.body.strip()
    tree: Tree | None = None
    why = "an empty body" if blank else ""
    if not blank:
        try:
            tree = wire.loads(answer.body)
        except WireError:
            why = "a web page" if judge.is_page(answer.body) else "a body that cannot be read"
    return Heard(status=answer.status, tree=tree, blank=blank, why=why, answer=answer)


def verdict_on(heard: Heard, *, gives_id: bool) -> Verdict | None:
    """The verdict that a run would pass on the answer to a create or a delete; None where no answer came."""
    if heard.answer is None:
        return None
    return judge.of_act(heard.answer, lambda _body: read_reply(heard.tree or {}), now=0.0, gives_id=gives_id)


def said(heard: Heard, *, gives_id: bool = True) -> Said | None:
    """What the server said to a create or a delete; None if a run would not understand it.

    Args:
        heard: the answer.
        gives_id: whether a success must tell the id.
    """
    verdict = verdict_on(heard, gives_id=gives_id)
    if verdict is None or verdict.end is not End.ANSWERED or heard.status is None:
        return None
    words = verdict.reply.error_string.strip()
    return Said(http=heard.status, code=verdict.reply.error_code, words=words, shape=_shape(heard.tree or {}))


def _shape(tree: Tree) -> Shape:
    if any("errorCode" in each for each in items(tree, "response")):
        return Shape.RESPONSE
    if any("errorCode" in each for each in items(tree, "error")):
        return Shape.NESTED
    return Shape.TOP if integer(tree.get("errorCode")) is not None else Shape.NONE


def form_of_listing(heard: Heard) -> str:
    """How a listing without any set looks: `missing`, `empty`, `blank`, `204`, `404`, `error`, `other`; or `sets`."""
    if heard.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND):
        return str(int(heard.status))
    if heard.status == HTTPStatus.OK and heard.blank:
        return "blank"
    if heard.tree is None or heard.status != HTTPStatus.OK:
        return "error" if _is_error(heard.tree) else "other"
    if "backupsetProperties" not in heard.tree:
        return "error" if _is_error(heard.tree) else "missing"
    return "sets" if items(heard.tree, "backupsetProperties") else "empty"


def form_of_read(heard: Heard, client: str) -> str:
    """How a read by id looks whose set is gone: `empty`, `404`, `error`, `blank` or `other`; `set` if it is there."""
    listing = read_by_id(heard.tree, client) if heard.tree is not None else None
    if heard.status == HTTPStatus.NOT_FOUND:
        return "404"
    if heard.status == HTTPStatus.OK and heard.blank:
        return "blank"
    if heard.status != HTTPStatus.OK or listing is None:
        return "other"
    if listing.ids:
        return "set"
    return "error" if _is_error(heard.tree) else "empty"


def alike(heard: Heard, other: Heard) -> bool:
    """Whether two answers to reads by id say the same of their ids, and neither shows anything.

    An answer about the session, or about too many requests, says nothing of an id.
    """
    if heard.status is None or heard.status == HTTPStatus.TOO_MANY_REQUESTS or heard.signed_out:
        return False
    one, two = ((each.status, each.blank, each.why, _codes(each.tree)) for each in (heard, other))
    return one == two and not any((each.tree or {}).get("backupsetProperties") for each in (heard, other))


def is_witness(heard: Heard, client: str) -> bool:
    """Whether a run takes the answer to a read by id for a witness that there is no such set."""

    def read(_body: bytes) -> Listing | None:
        return None if heard.tree is None else read_by_id(heard.tree, client)

    verdict = judge.of_listing(heard.answer, read, now=0.0, reads_404=True) if heard.answer else None
    return verdict is not None and verdict.listing is not None and verdict.listing.sure and not verdict.listing.ids


def _is_error(tree: Tree | None) -> bool:
    return any(_codes(tree))


def _codes(tree: Tree | None) -> list[int]:
    """The errorCodes of an answer, wherever one may stand; 0 where there is none."""
    parts = (tree or {}, *items(tree, "response"), *items(tree, "error"))
    return [integer(each.get("errorCode")) or 0 for each in parts]


def ended_session(heard: Heard) -> str:
    """How a request with a dead token is answered: `401`, `403`, `code`, `page`, `redirect`, or else in words."""
    how = signed_out(heard.answer) if heard.answer else None
    names = {
        SignedOut.UNAUTHORIZED: "401",
        SignedOut.FORBIDDEN: "403",
        SignedOut.DENIED: "code",
        SignedOut.PAGE: "page",
    }
    if how is not None:
        return names.get(how, "redirect")
    return heard.words if heard.tree is None else f"HTTP {heard.status}, as with a good one"
