"""The calls of the web service; each gives a `Verdict` and never raises for a row.

It puts together the messages of a kind, a wire format, the token and the transport, and sends a request again that
met the end of a session. It knows nothing of rows, retries or the journal.
"""

from asyncio import Lock, sleep
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final, NamedTuple, TypeVar

from bulkprov.commvault import classify as judge
from bulkprov.commvault.classify import Answer, Break, Failure
from bulkprov.commvault.session import Auth, Ruling, Session, not_taken, ruled
from bulkprov.commvault.session_signs import SignedOut, shows_session, signed_out
from bulkprov.commvault.transport import Transport
from bulkprov.commvault.turns import Turn
from bulkprov.engine.model import End, Listing, Reply, Verdict
from bulkprov.engine.wanted import Wanted, folded
from bulkprov.kind import Kind, Query
from bulkprov.pieces import Steps, ended, in_pieces, is_long, step
from bulkprov.wire import Tree, Wire, WireError, items

__all__ = ["WebService"]

T = TypeVar("T")

_REPLY_CAP: Final = 1 << 20
_STRAY: Final = "HTTP 401 in a session that is good: it may be the answer to an earlier request"
_TRIES: Final = 4
"""How often one request is sent before its row has to wait: with the token, a renewed one and that of a fresh log-in,
and once more after a 401 although the session is good."""


class WebService:
    """`<webservice>` of the vendor's pages."""

    def __init__(
        self,
        transport: Transport,
        auth: Auth,
        wire: Wire,
        kind: Kind[Any],
        *,
        clock: Callable[[], float],
        mask: Callable[[str], str] = str,
    ) -> None:
        """Put the parts together.

        Args:
            transport: where requests go.
            auth: the token.
            wire: format of requests and answers.
            kind: of the things that are created, deleted and listed.
            clock: seconds since the epoch.
            mask: hides secrets in the server's words, which are kept and may repeat a request's headers.
        """
        self._transport, self._wire, self._clock, self._mask = transport, wire, clock, mask
        self._auth, self._session = auth, Session(auth, self._probe, clock)
        self._messages = kind.messages
        listing = kind.messages.listing
        self._worked = _Read(
            listing.path.format(""), {listing.parameter: ""} if listing.parameter else None, listing.cap
        )
        """The newest read that worked; one that was answered with nothing only as long as no other was."""
        self._one_long_list = Lock()
        self._scopes: dict[int, str] = {}
        """Names of scopes that were listed, by their ids."""
        self._asked_again: set[str] = set()
        """Names of scopes whose listing seemed to be another's."""
        self._denied: set[str] = set()
        """What creates and deletes were about that were answered with 401 although the session is good."""
        self._reading = {"Accept": wire.media_type}
        self._writing = {"Accept": wire.media_type, "Content-type": wire.media_type}

    async def create(self, want: Wanted, leaves: Callable[[], None] | None = None, mark: str = "") -> Verdict:
        """POST the kind's path; `leaves` is called just before the first byte does. See `kind.Messages.create`."""
        messages = self._messages
        body = self._wire.dumps(messages.root, messages.create(want, mark))
        return await self._judged(
            self._of_create,
            "POST",
            messages.path,
            self._writing,
            body=body,
            cap=_REPLY_CAP,
            leaves=leaves,
            about=want.scope,
        )

    async def delete(self, number: int, leaves: Callable[[], None] | None = None) -> Verdict:
        """DELETE by id, as the name may be another thing's by now; `leaves` as for `create`."""
        path = f"{self._messages.path}/{number}"
        return await self._judged(
            self._of_delete, "DELETE", path, self._reading, cap=_REPLY_CAP, leaves=leaves, about=path
        )

    async def listing(self, scope: str) -> Verdict:
        """What is in a scope; the verdict holds what is listed if the answer does."""
        return await self.read(self._messages.listing, scope)

    async def thing(self, number: int, scope: str) -> Verdict:
        """GET one thing by its id; the verdict holds a listing of it, or an empty one if no thing has the id."""
        messages = self._messages

        def read(body: bytes) -> Listing | None:
            tree = self._wire.loads(body)
            listing = None if self._is_of_another_kind(_is_reply(tree)) else messages.read_by_id(tree, scope)
            if listing is not None and listing.ids and number not in listing.ids.values():
                self.distrust("a read of one thing was answered with another")
                return None
            return listing

        async def of_thing(answer: Answer, now: float, in_session: bool) -> Verdict:
            return judge.of_listing(answer, read, now=now, reads_404=True, in_session=in_session)

        # "There is no such thing" names no thing, so that only its connection tells whose answer it is.
        path = f"{messages.path}/{number}"
        return await self._judged(of_thing, "GET", path, self._reading, cap=_REPLY_CAP, alone=True)

    async def read(self, query: Query, name: str) -> Verdict:
        """GET what a query asks for; the verdict holds what is listed if the answer does."""

        async def of_listing(answer: Answer, now: float, in_session: bool) -> Verdict:
            listing = await self._listed(answer.body, query, name) if answer.status == HTTPStatus.OK else None
            return judge.of_listing(answer, lambda _body: listing, now=now, in_session=in_session)

        asked = _Read(query.path.format(name), {query.parameter: name} if query.parameter else None, query.cap)
        with self._transport.turn() as turn:
            verdict = await self._judged(
                of_listing, "GET", asked.path, self._reading, query=asked.query, cap=asked.cap, turn=turn
            )
        if verdict.listing is not None and verdict.http_status == HTTPStatus.OK:
            empty = not verdict.listing.size
            if not empty or self._worked.empty is not False:
                self._worked = asked._replace(empty=empty)
        return verdict

    async def _listed(self, body: bytes, query: Query, name: str) -> Listing | None:
        """What an answer lists; None if it is an error, is not well-formed, or seems to be another request's.

        A long list is read while all other work goes on, one such list at a time.
        """
        of_another_kind = False

        def trees() -> Iterator[Tree]:
            nonlocal of_another_kind
            for tree in in_pieces(self._wire, body):
                of_another_kind = of_another_kind or _is_reply(tree)
                yield tree

        try:
            steps = query.read(trees(), name)
            if is_long(body):
                async with self._one_long_list:
                    listing = await _among_others(steps)
            else:
                listing = ended(steps)
        except WireError:
            return None
        if listing is None or (not listing.ids and self._is_of_another_kind(of_another_kind)):
            return None
        if listing.scope_id and self._is_of_another(listing.scope_id, name):
            return None
        return replace(listing, size=len(body))

    def _is_of_another_kind(self, is_reply: bool) -> bool:
        """Whether the answer to a read is the reply to a create, a delete or a log-in: then answers are out of step."""
        if not is_reply:
            return False
        self.distrust("a read was answered with the reply to another request")
        return True

    def _is_of_another(self, scope_id: int, name: str) -> bool:
        """Whether a listing seems to be another scope's, as it has the id of one with another name.

        A scope may have two names. So its listing is asked for once more, on a connection of its own, and believed.
        """
        owner = self._scopes.setdefault(scope_id, folded(name))
        if owner == folded(name) or folded(name) in self._asked_again:
            return False
        self._asked_again.add(folded(name))
        self.distrust(f"the listing of {name} has the id of {owner}")
        return True

    def distrust(self, why: str) -> None:
        """Learn that a reply was not plausible, so that its connection is not to be used again; see `Transport`."""
        self._transport.distrust(why)

    async def _of_create(self, answer: Answer, now: float, in_session: bool) -> Verdict:
        verdict = judge.of_act(answer, self._reply, now=now, meanings=self._messages.meanings, in_session=in_session)
        if verdict.end is End.IN_DOUBT and verdict.http_status == HTTPStatus.OK and verdict.reply.error_code is None:
            self._look_for_order(answer)
        return verdict

    async def _of_delete(self, answer: Answer, now: float, in_session: bool) -> Verdict:
        return judge.of_act(answer, self._reply, now=now, gives_id=False, in_session=in_session)

    def _look_for_order(self, answer: Answer) -> None:
        """Distrust the connections if an answer that is no reply to a create is well-formed all the same."""
        try:
            self._wire.loads(answer.body)
        except WireError:
            return
        if shows_session(answer):
            self.distrust("a create was answered with something else than a reply")

    async def _judged(
        self,
        verdict_on: Callable[[Answer, float, bool], Awaitable[Verdict]],
        method: str,
        path: str,
        formats: dict[str, str],
        *,
        query: dict[str, str] | None = None,
        body: bytes | None = None,
        cap: int,
        leaves: Callable[[], None] | None = None,
        alone: bool = False,
        about: str = "",
        turn: Turn | None = None,
    ) -> Verdict:
        """The verdict on one exchange, with when it ended and how long it took.

        After an answer with which the session has ended the request is sent again with a new token, if it was turned
        away unread or is a read: that is not an attempt.

        A 401 in a session that is good may be an answer to an earlier request, and a create that it came for may have
        been carried out. So the first one is in doubt that is about this scope, or about this delete; the next ones are
        refusals.
        """
        began = now = self._clock()
        verdict: Verdict | None = None
        turned_away: int | None = None
        good = False
        for _ in range(_TRIES):
            headers = {**formats, **(token := self._auth.headers)}
            answer = await self._transport.exchange(
                method, path, headers=headers, query=query, body=body, cap=cap, leaves=leaves, alone=alone, turn=turn
            )
            now = self._clock()
            if isinstance(answer, Failure):
                verdict = judge.of_failure(answer)
                break
            how = signed_out(answer)
            if how is None:
                if token is not self._session.proven and shows_session(answer):
                    self._session.worked(token)
                verdict = await verdict_on(answer, now, False)
                break
            if turn:
                turn.end()  # looking into the session may take one
            ruling, problem = await self._session.rule(how, token, at=now)
            turned_away = answer.status
            if ruling is Ruling.RENEWED and (how.turned_away or method == "GET"):
                continue
            if ruling is Ruling.GOOD and how is SignedOut.UNAUTHORIZED and not good:
                if method == "GET":
                    good = True  # a stray 401, perhaps
                    continue
                verdict = self._first_denial(about)
            verdict = verdict or ruled(how, ruling, problem, await verdict_on(answer, now, ruling is Ruling.GOOD))
            break
        verdict = verdict or not_taken("turned away each time, even with a new token")
        if verdict.end is End.NOT_TAKEN and verdict.http_status is None and turned_away:
            verdict = replace(verdict, http_status=turned_away)  # the last try did not leave, and an earlier one did
        return verdict.masked(self._mask).timed(at=now, seconds=now - began)

    def _first_denial(self, about: str) -> Verdict | None:
        """The verdict on a create or delete answered with 401 in a good session, if it is the first about this."""
        if about in self._denied:
            return None
        self._denied.add(about)
        return Verdict(end=End.IN_DOUBT, http_status=HTTPStatus.UNAUTHORIZED, why=_STRAY)

    async def _probe(self, token: Mapping[str, str]) -> Answer | Failure:
        """Make the read once more that worked last; before there is one, a listing of no scope.

        What it is answered is said of all rows that were turned away. So it can be no other request's answer, and what
        nobody can read is none: it may stand in for another 401. Nothing at all is an answer where it was one before.
        """
        path, query, cap, was_empty = self._worked
        headers = {**self._reading, **token}
        answer = await self._transport.exchange("GET", path, headers=headers, query=query, cap=cap, alone=True)
        if isinstance(answer, Failure) or answer.status != HTTPStatus.OK:
            return answer
        if was_empty and not answer.body.strip():
            return replace(answer, status=HTTPStatus.NO_CONTENT)
        if not shows_session(answer):
            return answer
        well_formed = await _among_others(_read_through(self._wire, answer.body))
        return answer if well_formed else Failure(Break.AFTER, "the answer cannot be read")

    def _reply(self, body: bytes) -> Reply:
        return self._messages.read_reply(self._wire.loads(body))


def _is_reply(tree: Tree) -> bool:
    """Whether this is the reply to a create, a delete or a log-in, or a piece of it."""
    return "token" in tree or any(items(each, "entity") for each in items(tree, "response"))


def _read_through(wire: Wire, body: bytes) -> Steps[bool]:
    """Whether a body is well-formed."""
    try:
        for _tree in in_pieces(wire, body):
            yield
    except WireError:
        return False
    return True


async def _among_others(steps: Steps[T]) -> T:
    """What comes out of work in steps, with a turn of the event loop for all others after each."""
    while True:
        if (made := step(steps)) is not None:
            return made[0]
        await sleep(0)


class _Read(NamedTuple):
    """What a GET asks for, and how many bytes its answer may have."""

    path: str
    query: dict[str, str] | None
    cap: int
    empty: bool | None = None
    """Whether it was answered with HTTP 200 and nothing, as some servers list nothing; None before it was answered."""
