"""Whether an answer means that the session has ended, and what is done about it: once for all workers.

A session may end as HTTP 401, but also as HTTP 403, as errorCode 5 or a log-in page under HTTP 200, or as a redirect to
a log-in page. And a single client may answer 401 or 403 for ever, though the session is good. What tells these apart is
a read that worked before: made once more after such an answer, it works as before, or it does not.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from enum import Enum, auto
from http import HTTPStatus
from typing import Protocol, assert_never

from bulkprov.commvault.classify import Answer, Failure
from bulkprov.commvault.session_signs import SignedOut, shows_session, signed_out
from bulkprov.engine.model import End, Verdict

__all__ = ["Auth", "Ruling", "Session", "not_taken", "ruled"]


class Auth(Protocol):
    """What the web service needs of tokens."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header with the current token. Each token has its own object here, by which `renew` tells them apart."""
        ...

    @property
    def can_renew(self) -> bool:
        """Whether another token may be asked for now, though that in use is not known to be dead."""
        ...

    async def sign_in(self) -> None:
        """Get a token.

        Raises:
            RefusedError: the server has refused the credentials.
            ServerError: it could not be reached or trusted, or gives no token.
        """
        ...

    def accepted(self, used: Mapping[str, str]) -> None:
        """Learn that a request with the headers `used` was served."""
        ...

    async def renew(self, used: Mapping[str, str], how: str) -> str | None:
        """Get a new token, as that in the headers `used` is no longer good.

        Args:
            used: as `headers` gave them.
            how: what the server answers, for a person.

        Returns:
            why there is no new token, and never will be; None if a fresh log-in was made just now, and its token is
            the one that is no good; empty if there is a new token.
        """
        ...

    async def sign_out(self) -> None:
        """End the session, if it was begun here."""
        ...


class Ruling(Enum):
    """What an answer says of the session."""

    GOOD = auto()
    """The session is good, so the answer is about the request."""
    RENEWED = auto()
    """It had ended, and there is another token now."""
    OVER = auto()
    """It has ended, and no other token is to be had."""
    UNKNOWN = auto()
    """It cannot be told: the read was not answered."""


class Session:
    """The session that all workers share."""

    def __init__(
        self,
        auth: Auth,
        probe: Callable[[Mapping[str, str]], Awaitable[Answer | Failure]],
        clock: Callable[[], float],
    ) -> None:
        """Begin with a session that has not worked yet.

        Args:
            auth: the token.
            probe: makes a read that has worked before, with the token in these headers.
            clock: seconds since the epoch.
        """
        self._auth, self._probe, self._clock = auth, probe, clock
        self._lock = asyncio.Lock()
        self.proven: Mapping[str, str] | None = None
        """The headers with the newest token with which a request was served."""
        self._good_at = float("-inf")
        """When the newest read left that proved the session good."""

    def worked(self, used: Mapping[str, str]) -> None:
        """Learn that a request with the token in the headers `used` was served."""
        self.proven = used
        self._auth.accepted(used)

    async def rule(self, how: SignedOut, used: Mapping[str, str], *, at: float) -> tuple[Ruling, str]:
        """Find out what an answer of this kind says of the session, and renew the session if it has ended.

        An answer other than 401 is believed as it is while the session has never worked, and while the token of a fresh
        log-in is not accepted either.

        Args:
            how: the answer looks as if this were the end of the session.
            used: the headers with the token of the request.
            at: when it was answered, in seconds since the epoch.

        Returns:
            the ruling, and for `OVER` why there is no other token.
        """
        denied = how is SignedOut.UNAUTHORIZED
        if not denied and self.proven is None:
            return Ruling.GOOD, ""
        async with self._lock:
            if used is not self._auth.headers:
                return Ruling.RENEWED, ""
            if self._good_at >= at:
                return Ruling.GOOD, ""
            left, answer = self._clock(), await self._probe(used)
            if isinstance(answer, Answer) and shows_session(answer):
                self.worked(used)
                self._good_at = left
                return Ruling.GOOD, ""
            has_ended = isinstance(answer, Answer) and signed_out(answer) is not None
            if not has_ended and not (denied and self._auth.can_renew):
                return Ruling.UNKNOWN, ""
            problem = await self._auth.renew(used, how.value)
        if problem is None and denied:
            problem = f"the server refuses tokens as soon as it issues them ({how.value})"
        if problem is None:
            return Ruling.GOOD, ""
        return (Ruling.OVER, problem) if problem else (Ruling.RENEWED, "")


def ruled(how: SignedOut, ruling: Ruling, problem: str, verdict: Verdict) -> Verdict:
    """The verdict on an exchange after whose answer the session was looked into.

    Args:
        how: what the answer looks like.
        ruling: what became of the session.
        problem: why the session is over.
        verdict: on the answer as such.
    """
    untold = f"{how.value}, and no read could tell whether the session has ended"
    match ruling:
        case Ruling.GOOD:
            return verdict
        case Ruling.OVER if how.turned_away:
            return not_taken(problem, verdict.http_status, halt=problem)
        case Ruling.OVER:
            return replace(verdict, halt=problem)
        case Ruling.UNKNOWN if how in (SignedOut.FORBIDDEN, SignedOut.DENIED):
            return Verdict(end=End.IN_DOUBT, http_status=verdict.http_status, why=untold)
        case Ruling.UNKNOWN if how is SignedOut.UNAUTHORIZED:
            return replace(verdict, why=untold)
        case Ruling.RENEWED | Ruling.UNKNOWN:
            return replace(verdict, halt="")
        case _:
            assert_never(ruling)


def not_taken(why: str, status: int | None = HTTPStatus.UNAUTHORIZED, *, halt: str = "") -> Verdict:
    """The verdict on a request that was turned away unread: why, with which status, and why the run must stop."""
    return Verdict(end=End.NOT_TAKEN, http_status=status, why=why, halt=halt)
