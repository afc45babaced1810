"""The calls of the web service; each gives a `Verdict` and never raises for a row.

It puts together the messages of a kind, a wire format, the token and the transport, and renews the token on a 401. It
knows nothing of rows, retries or the journal.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from bulkprov.commvault import classify as judge
from bulkprov.commvault.auth import Auth
from bulkprov.commvault.classify import Answer, Failure
from bulkprov.commvault.transport import Transport
from bulkprov.engine.model import End, Reply, Verdict
from bulkprov.engine.wanted import Wanted
from bulkprov.kind import Kind, Query
from bulkprov.wire import Wire

__all__ = ["WebService"]

_REPLY_CAP: Final = 1 << 20
_UNAUTHORIZED: Final = int(HTTPStatus.UNAUTHORIZED)
_TOKENS: Final = 3
"""Tokens with which one request is sent before its row has to wait: a new one may be dead as well by then."""


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
        self._transport, self._auth, self._wire, self._clock, self._mask = transport, auth, wire, clock, mask
        self._messages = kind.messages
        self._reading = {"Accept": wire.media_type}
        self._writing = {"Accept": wire.media_type, "Content-type": wire.media_type}

    async def create(self, want: Wanted) -> Verdict:
        """POST the kind's path."""
        messages = self._messages
        body = self._wire.dumps(messages.root, messages.create(want))
        return await self._judged(self._of_create, "POST", messages.path, self._writing, body=body, cap=_REPLY_CAP)

    async def delete(self, number: int) -> Verdict:
        """DELETE by id, as the name may be another thing's by now."""
        path = f"{self._messages.path}/{number}"
        return await self._judged(self._of_delete, "DELETE", path, self._reading, cap=_REPLY_CAP)

    async def listing(self, scope: str) -> Verdict:
        """What is in a scope; the verdict holds what is listed if the answer does."""
        return await self.read(self._messages.listing, scope)

    async def thing(self, number: int, scope: str) -> Verdict:
        """GET one thing by its id; the verdict holds a listing of it, or an empty one if no thing has the id."""
        messages = self._messages

        def of_thing(answer: Answer, now: float) -> Verdict:
            return judge.of_listing(
                answer, lambda body: messages.read_by_id(self._wire.loads(body), scope), now=now, reads_404=True
            )

        return await self._judged(of_thing, "GET", f"{messages.path}/{number}", self._reading, cap=_REPLY_CAP)

    def distrust(self) -> None:
        """Take it that the last answer was another request's, and use no connection again that idles."""

    async def read(self, query: Query, name: str) -> Verdict:
        """GET what a query asks for; the verdict holds what is listed if the answer does."""

        def of_listing(answer: Answer, now: float) -> Verdict:
            return judge.of_listing(answer, lambda body: query.read(self._wire.loads(body), name), now=now)

        parameters = {query.parameter: name} if query.parameter else None
        path = query.path.format(name)
        return await self._judged(of_listing, "GET", path, self._reading, query=parameters, cap=query.cap)

    def distrust(self, why: str) -> None:
        """Learn that a reply was not plausible, so that its connection is not to be used again; see `Transport`."""
        self._transport.distrust(why)

    def _of_create(self, answer: Answer, now: float) -> Verdict:
        return judge.of_act(answer, self._reply, now=now, meanings=self._messages.meanings)

    def _of_delete(self, answer: Answer, now: float) -> Verdict:
        return judge.of_act(answer, self._reply, now=now, gives_id=False)

    async def _judged(
        self,
        verdict_on: Callable[[Answer, float], Verdict],
        method: str,
        path: str,
        formats: dict[str, str],
        *,
        query: dict[str, str] | None = None,
        body: bytes | None = None,
        cap: int,
    ) -> Verdict:
        """The verdict on one exchange, with when it ended and how long it took.

        After a 401 it is replayed with a new token: a request that was turned away unread is not an attempt.
        """
        began = now = self._clock()
        verdict: Verdict | None = None
        for _ in range(_TOKENS):
            token = self._auth.headers
            headers = {**formats, **token}
            answer = await self._transport.exchange(method, path, headers=headers, query=query, body=body, cap=cap)
            now = self._clock()
            if not _turned_away(answer):
                self._auth.accepted(token)
                verdict = judge.of_failure(answer) if isinstance(answer, Failure) else verdict_on(answer, now)
                break
            if problem := await self._auth.renew(token):
                verdict = _denied(problem, halt=problem)
                break
        verdict = verdict or _denied("rejected with HTTP 401 each time, even with a new token")
        return verdict.masked(self._mask).timed(at=now, seconds=now - began)

    def _reply(self, body: bytes) -> Reply:
        return self._messages.read_reply(self._wire.loads(body))


def _denied(why: str, halt: str = "") -> Verdict:
    return Verdict(end=End.NOT_TAKEN, http_status=HTTPStatus.UNAUTHORIZED, why=why, halt=halt)


def _turned_away(answer: Answer | Failure) -> bool:
    return isinstance(answer, Answer) and answer.status == _UNAUTHORIZED
