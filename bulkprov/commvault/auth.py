"""Tokens: where they come from, the header that carries them, and their renewal, once for all workers.

It knows the vendor's Login, RenewLoginToken and Logout messages ("REST API - POST Login", "Renew Login Token", "POST
Logout"). Refused credentials are never sent again, because accounts are locked after a few failed log-ins. A password
that may end in a one-time PIN is sent once in any case (`one_time`).
"""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from random import Random, SystemRandom
from typing import Final, Protocol
from uuid import UUID

from bulkprov.commvault.classify import Answer, Break, Failure, retry_after
from bulkprov.commvault.one_time import FOLLOWS, SENT_ONCE, asks_for_pin
from bulkprov.commvault.retrying import retrying_sign_in
from bulkprov.errors import RefusedError, ServerError
from bulkprov.urls import USUAL_ROOTS
from bulkprov.wire import Tree, Wire, WireError, items, text

__all__ = ["Exchange", "GivenToken", "Login", "OpenSession", "fits_header"]

_REPLY_CAP: Final = 1 << 20
"""Bytes of a reply that are read at most."""
_NEXT_LOG_IN: Final = 60.0
"""Seconds after a fresh log-in until there may be another one, if its token was not accepted either, or is not known to
be dead."""
_UNREADABLE: Final[Tree] = {}
_UNJUDGED: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Besides 5xx: statuses of a server that has not looked at the credentials."""


class _Tried(Enum):
    """What was tried for a token since one was accepted."""

    NOTHING = auto()
    RENEWAL = auto()
    LOG_IN = auto()


class Exchange(Protocol):
    """Makes one HTTP exchange, as `Transport.exchange` does."""

    def __call__(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None, cap: int
    ) -> Awaitable[Answer | Failure]:
        """Send one request and read its answer."""
        ...


def _header(token: str) -> Mapping[str, str]:
    """The header for a token: Authorization for a `Bearer` access token, Authtoken for any other."""
    return {"Authorization": token} if token.startswith("Bearer ") else {"Authtoken": token}


def fits_header(token: str) -> bool:
    """Whether HTTP can carry the token in a header: it has nothing but visible ASCII characters and blanks."""
    return token.isascii() and token.isprintable()


@dataclass(slots=True)
class OpenSession:
    """A session that one job of a command leaves to the next, so that one log-in does for both."""

    token: str = ""
    """Empty before it is left, and once it is taken over."""
    device_id: str = ""
    """Which a renewal has to repeat."""
    lasting: bool = False
    """Whether a job that takes it over leaves it again, for more than one to come."""


class GivenToken:
    """A token that the operator brought, used as it is. When it is no longer accepted, the run stops."""

    can_renew = False

    def __init__(self, token: str) -> None:
        self.headers = _header(token)

    async def sign_in(self) -> None:
        """Nothing to do."""

    def accepted(self, used: Mapping[str, str]) -> None:
        """Nothing to do."""

    async def renew(self, used: Mapping[str, str], how: str) -> str:  # noqa: ARG002 - there is no other token
        """See `session.Auth`. A renewal needs the deviceId of the session's log-in, which is not known here."""
        return f"the server rejected the token ({how}); get a new one"

    async def sign_out(self) -> None:
        """Nothing to do: the session was not begun here."""


class Login:
    """A session that is begun and ended here, with user name and password."""

    def __init__(
        self,
        exchange: Exchange,
        wire: Wire,
        *,
        username: str,
        password: str,
        max_attempts: int,
        hide: Callable[[str], None] = lambda _secret: None,
        mask: Callable[[str], str] = str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Random | None = None,
        clock: Callable[[], float] = time.time,
        sent_once: bool = False,
        shared: OpenSession | None = None,
    ) -> None:
        """Prepare; nothing is sent before `sign_in`.

        Args:
            exchange: sends a request.
            wire: format of the messages.
            username: as known to the CommServe.
            password: in the clear; sent as base64, as the vendor's page says.
            max_attempts: attempts to log in at most while the server does not answer.
            hide: is given each new token, so that the log masks it.
            mask: masks secrets in the server's words.
            sleep: waits.
            random: for the jitter of waits, and for the deviceId of this session, which a renewal has to repeat.
            clock: seconds since the epoch.
            sent_once: whether the password must not be sent a second time.
            shared: a session to take over, if an earlier job has left one; else to be left for a later job.
        """
        random = random or SystemRandom()
        self._exchange, self._wire, self._hide, self._mask, self._sleep = exchange, wire, hide, mask, sleep
        self._credentials = {"username": username, "password": base64.b64encode(password.encode()).decode()}
        self._max_attempts = max_attempts
        self._device_id = str(UUID(int=random.getrandbits(128), version=4))
        self._random, self._clock = random, clock
        self._sent_once, self._shared = sent_once, shared
        self._lock = asyncio.Lock()
        self._problem = ""
        """Why there is no usable token; empty while there is one."""
        self._is_refused = self._is_locked = False
        """Whether the server has refused these credentials, and whether for a lock of the account."""
        self._tried = _Tried.NOTHING
        self._next_log_in = 0.0
        """When there may be another fresh log-in, by the event loop's clock."""
        self.headers: Mapping[str, str] = {}

    async def sign_in(self) -> None:
        """See `session.Auth`."""
        if self._shared and self._shared.token:
            self._device_id = self._shared.device_id
            self._use(self._shared.token)
            self._shared.token = ""
            self._shared = self._shared if self._shared.lasting else None
        elif problem := self._mask(await self._log_in()):
            if self._is_refused:
                raise RefusedError(problem, again=not self._is_locked)
            raise ServerError(problem)

    def accepted(self, used: Mapping[str, str]) -> None:
        """See `session.Auth`."""
        if used is self.headers:
            self._tried = _Tried.NOTHING

    @property
    def can_renew(self) -> bool:
        """See `session.Auth`. Not after a log-in just now: many rows may be denied before a read tells of the token."""
        return asyncio.get_running_loop().time() >= self._next_log_in

    async def renew(self, used: Mapping[str, str], how: str) -> str | None:
        """See `session.Auth`. For all workers together: one renewal, and one fresh log-in if that does not help."""
        async with self._lock:
            if used is not self.headers or self._problem:
                return self._problem
            if self._tried is _Tried.NOTHING and await self._renewed():
                self._tried = _Tried.RENEWAL
                return ""
            if self._sent_once:
                self._problem = f"the session has ended ({how}) and cannot be renewed; {SENT_ONCE}"
                return self._problem
            if self._tried is _Tried.LOG_IN and not self.can_renew:
                return None
            self._problem = self._mask(await self._log_in())
            self._tried = _Tried.LOG_IN
            self._next_log_in = asyncio.get_running_loop().time() + _NEXT_LOG_IN
            return self._problem

    async def sign_out(self) -> None:
        """See `session.Auth`. A session that cannot be ended expires by itself after 30 idle minutes."""
        if self.headers and self._shared:
            (self._shared.token,) = self.headers.values()
            self._shared.device_id = self._device_id
            self.headers = {}
        if self.headers:
            await self._exchange("POST", "Logout", headers={**self._media_types(), **self.headers}, cap=_REPLY_CAP)
            self.headers = {}

    async def _log_in(self) -> str:
        """Log in, and say why that failed; empty if there is a token now."""
        body = self._wire.dumps(
            "DM2ContentIndexing_CheckCredentialReq",
            {f"@{name}": value for name, value in (self._credentials | {"deviceId": self._device_id}).items()},
        )
        retrying = retrying_sign_in(
            self._is_unjudged,
            max_attempts=self._max_attempts,
            random=self._random,
            asked_wait=self._asked_wait,
            sleep=self._sleep,
        )
        answer: Answer | Failure = await retrying(
            self._exchange, "POST", "Login", headers=self._media_types(), body=body, cap=_REPLY_CAP
        )
        if isinstance(answer, Failure):
            return self._once(answer.why) if answer.broke is Break.AFTER else answer.why
        return self._take_token(answer)

    def _once(self, why: str) -> str:
        """Why a log-in failed that may have used a one-time PIN up."""
        return f"{why}; {SENT_ONCE}" if self._sent_once else why

    def _is_unjudged(self, answer: Answer | Failure) -> bool:
        """Whether the server has not judged the credentials. Only then may they be sent again: accounts get locked.

        An answer that was lost, or that a gateway gave, does not tell whether a one-time PIN was used up.
        """
        if isinstance(answer, Failure):
            return answer.broke is Break.BEFORE or (answer.broke is Break.AFTER and not self._sent_once)
        if answer.status in _UNJUDGED:
            return True
        return not self._sent_once and (answer.status >= 500 or (answer.status < 300 and not self._read(answer)))

    def _is_no_reply(self, answer: Answer | Failure) -> bool:
        """Whether a renewal was not answered by the web service itself, or put off."""
        if isinstance(answer, Failure) or answer.status >= 500 or answer.status in _UNJUDGED:
            return True
        return answer.status < 300 and self._read(answer) is _UNREADABLE

    def _asked_wait(self, answer: Answer | Failure) -> float:
        """Seconds that the server asks to wait."""
        return retry_after(answer.headers, now=self._clock()) if isinstance(answer, Answer) else 0.0

    def _take_token(self, answer: Answer) -> str:
        """Use the token in the answer to a log-in, or say why there is none. A refusal is HTTP 200 with `errList`."""
        tree = self._read(answer)
        token = text(tree.get("token"))
        if token and fits_header(token):
            self._use(token)
            return ""
        if tree.get("isAccountLocked") in (True, "true", "True", "1"):
            self._is_refused = self._is_locked = True
            return f"the account of {self._credentials['username']} is locked"
        first = next(iter(items(tree, "errList")), {})
        said = text(first.get("errLogMessage")) or text(tree.get("errorMessage"))
        if said or answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            self._is_refused = True
            advice = f"; {FOLLOWS}" if asks_for_pin(said) and not self._sent_once else ""
            return self._once(f"login refused: {said or f'HTTP {answer.status}'}{advice}")
        if 300 <= answer.status < 400:
            return f"the login is redirected to {answer.headers.get('Location', 'nowhere')[:200]}; is the URL right?"
        if answer.status in _UNJUDGED or answer.status >= 500:
            why = f"the server cannot sign anyone in at the moment (HTTP {answer.status})"
            return self._once(why) if answer.status >= 500 else why
        why = f"this is not a sign-in reply (HTTP {answer.status}); is the --server URL right?"
        return self._once(
            f"{why} Most end in {' or '.join(USUAL_ROOTS)}" if answer.status == HTTPStatus.NOT_FOUND else why
        )

    async def _renewed(self) -> bool:
        """Renew the token; whether that worked. Some servers give the same token back, as dead as it was."""
        if not self._sent_once:
            return self._take_renewed(await self._renew_token())
        retrying = retrying_sign_in(  # there is no other way, so that a hiccup must not be the end
            self._is_no_reply,
            max_attempts=self._max_attempts,
            random=self._random,
            asked_wait=self._asked_wait,
            sleep=self._sleep,
        )
        return self._take_renewed(await retrying(self._renew_token))

    async def _renew_token(self) -> Answer | Failure:
        request = {"sessionId": self.headers.get("Authtoken", ""), "deviceId": self._device_id}
        return await self._exchange(
            "POST",
            "RenewLoginToken",
            headers=self._media_types(),
            body=self._wire.dumps("DM2ContentIndexing_RenewLoginTokenReq", {f"@{k}": v for k, v in request.items()}),
            cap=_REPLY_CAP,
        )

    def _take_renewed(self, answer: Answer | Failure) -> bool:
        if isinstance(answer, Failure):
            return False
        token = text(self._read(answer).get("token"))
        if not token or not fits_header(token) or _header(token) == self.headers:
            return False
        self._use(token)
        return True

    def _use(self, token: str) -> None:
        self._hide(token)
        self._hide(token.removeprefix("QSDK "))
        self.headers = _header(token)

    def _read(self, answer: Answer) -> Tree:
        """The answer's body, or an empty tree if it is not well-formed."""
        try:
            return self._wire.loads(answer.body)
        except WireError:
            return _UNREADABLE

    def _media_types(self) -> dict[str, str]:
        return {"Accept": self._wire.media_type, "Content-type": self._wire.media_type}
