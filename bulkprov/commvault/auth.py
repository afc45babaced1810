"""The token: where it comes from, the header it goes into, and getting a new one, once for all workers.

It knows the vendor's Login, RenewLoginToken and Logout messages ("REST API - POST Login", "Renew Login Token", "POST
Logout"). A refused login is never tried again: accounts lock.
"""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from random import Random, SystemRandom
from typing import Final, Protocol, TypeVar
from uuid import UUID

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from bulkprov.commvault.classify import Answer, Break, Failure, retry_after
from bulkprov.errors import ServerError
from bulkprov.wire import Tree, Wire, WireError, items, text

__all__ = ["Auth", "Exchange", "GivenToken", "Login", "backoff", "fits_header", "persevering"]

T = TypeVar("T")

_CAP: Final = 1 << 20
_PATIENCE: Final = 30.0
"""Seconds for which a log-in is tried again on network faults."""
_UNPROVEN: Final = 3
"""After so many tokens in a row that were all turned away, no other one is asked for."""
_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Besides 5xx: statuses that say nothing about the credentials."""


class Exchange(Protocol):
    """One HTTP exchange; `Transport.exchange` is one."""

    def __call__(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None, cap: int
    ) -> Awaitable[Answer | Failure]:
        """Send one request and read its answer."""
        ...


class Auth(Protocol):
    """What a web service needs to know of tokens."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header that carries the token now; the very object tells which token a request was sent with."""
        ...

    async def sign_in(self) -> None:
        """Get a token.

        Raises:
            ServerError: the server could not be reached or trusted, or refused the credentials.
        """
        ...

    def worked(self, used: Mapping[str, str]) -> None:
        """A request sent with `used` was not answered 401."""
        ...

    async def renew(self, used: Mapping[str, str]) -> str:
        """Get a new token after a 401 to a request sent with `used`; empty if there is one, else why not."""
        ...

    async def sign_out(self) -> None:
        """End the session, if it was begun here."""
        ...


def _header(token: str) -> Mapping[str, str]:
    """`Bearer` access tokens have a header of their own; all others go into Authtoken as they are."""
    return {"Authorization": token} if token.startswith("Bearer ") else {"Authtoken": token}


def fits_header(token: str) -> bool:
    """Whether HTTP can carry the token: nothing but visible ASCII characters and blanks."""
    return token.isascii() and token.isprintable()


def persevering(
    again: Callable[[T], bool],
    *,
    max_attempts: int,
    wait: Callable[[RetryCallState], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncRetrying:
    """Calls a function that signs in, or tries a token, until it has an answer; gives the last result in any case.

    Args:
        again: whether a result is no answer.
        max_attempts: calls at most; nor is any made after half a minute.
        wait: seconds before the next call; see `backoff`.
        sleep: waits.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE

    def out_of_time(state: RetryCallState) -> bool:
        return loop.time() + state.upcoming_sleep > deadline

    return AsyncRetrying(
        retry=retry_if_result(again),
        wait=wait,
        stop=lambda state: stop_after_attempt(max_attempts)(state) or out_of_time(state),
        sleep=sleep,
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )


def backoff(attempt: int, random: Random) -> float:
    """Seconds to wait after so many calls: ever longer, with full jitter."""
    return random.uniform(0, min(5.0, 0.5 * 2 ** (attempt - 1)))


class GivenToken:
    """A token that somebody else got, used as it is. When it dies, the run stops."""

    def __init__(self, token: str) -> None:
        self.headers = _header(token)

    async def sign_in(self) -> None:
        """Nothing to do."""

    def worked(self, used: Mapping[str, str]) -> None:
        """Nothing to learn from that."""

    async def renew(self, used: Mapping[str, str]) -> str:  # noqa: ARG002 - there is no other token to have
        """See `Auth`. The session's deviceId is not known here, and without it no token is renewed."""
        return "the token is not accepted (HTTP 401); get a new one"

    async def sign_out(self) -> None:
        """Nothing to do: the session is not ours."""


class Login:
    """A session of our own, from user name and password."""

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
    ) -> None:
        """Prepare; nothing is sent before `sign_in`.

        Args:
            exchange: sends a request.
            wire: format of the messages.
            username: as known to the CommServe.
            password: in the clear; sent as Base64, as the vendor wants it.
            max_attempts: log-ins tried at most while the network fails.
            hide: told each new token, so that it never shows in a log.
            mask: hides what is secret in the server's words.
            sleep: waits.
            random: for the jitter of waits, and for the name of this device, which only a renewal needs.
            clock: seconds since the epoch.
        """
        random = random or SystemRandom()
        self._exchange, self._wire, self._hide, self._mask, self._sleep = exchange, wire, hide, mask, sleep
        self._credentials = {"username": username, "password": base64.b64encode(password.encode()).decode()}
        self._max_attempts = max_attempts
        self._device = str(UUID(int=random.getrandbits(128), version=4))
        self._random, self._clock = random, clock
        self._lock = asyncio.Lock()
        self._dead = ""
        self._unproven = 0
        self.headers: Mapping[str, str] = {}

    async def sign_in(self) -> None:
        """See `Auth`."""
        if problem := await self._log_in():
            raise ServerError(self._mask(problem))

    def worked(self, used: Mapping[str, str]) -> None:
        """See `Auth`."""
        if used is self.headers:
            self._unproven = 0

    async def renew(self, used: Mapping[str, str]) -> str:
        """See `Auth`. However many workers ask, one renewal is made; then, if it fails, one fresh login."""
        async with self._lock:
            if used is self.headers and not self._dead:
                if self._unproven >= _UNPROVEN:
                    self._dead = "tokens are refused as soon as they are given out (HTTP 401)"
                else:
                    self._dead = "" if await self._renewed() else self._mask(await self._log_in())
            return self._dead

    async def sign_out(self) -> None:
        """See `Auth`. A session that cannot be ended dies by itself after 30 idle minutes."""
        if self.headers:
            await self._exchange("POST", "Logout", headers={**self._formats(), **self.headers}, cap=_CAP)
            self.headers = {}

    async def _log_in(self) -> str:
        body = self._wire.dumps(
            "DM2ContentIndexing_CheckCredentialReq",
            {f"@{name}": value for name, value in (self._credentials | {"deviceId": self._device}).items()},
        )
        retrying = persevering(self._unanswered, max_attempts=self._max_attempts, wait=self._wait, sleep=self._sleep)
        answer: Answer | Failure = await retrying(
            self._exchange, "POST", "Login", headers=self._formats(), body=body, cap=_CAP
        )
        if isinstance(answer, Failure):
            return answer.why
        return self._accept(answer)

    def _unanswered(self, answer: Answer | Failure) -> bool:
        """Whether nobody has judged the credentials yet: only then may a log-in be tried again, since accounts lock."""
        if isinstance(answer, Failure):
            return answer.broke not in (Break.UNTRUSTED, Break.REFUSED)
        if answer.status in _LATER or answer.status >= 500:
            return True
        return answer.status < 300 and not self._read(answer)

    def _wait(self, state: RetryCallState) -> float:
        """Backoff, or as long as the server asks for."""
        asked = 0.0
        answer = state.outcome.result() if state.outcome else None
        if isinstance(answer, Answer):
            asked = retry_after(answer.headers, now=self._clock())
        return max(asked, backoff(state.attempt_number, self._random))

    def _accept(self, answer: Answer) -> str:
        """Take the token out of a login's answer; a refusal is HTTP 200 without one, with `errList`."""
        tree = self._read(answer)
        token = text(tree.get("token"))
        if token and fits_header(token):
            self._use(token)
            return ""
        if tree.get("isAccountLocked") in (True, "true", "True", "1"):
            return f"the account of {self._credentials['username']} is locked"
        said = next((text(e.get("errLogMessage")) for e in items(tree, "errList")), "") or text(
            tree.get("errorMessage")
        )
        if said or answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return f"login refused: {said or f'HTTP {answer.status}'}"
        if 300 <= answer.status < 400:
            return f"the login is redirected to {answer.headers.get('Location', 'nowhere')[:200]}; is the URL right?"
        if answer.status in _LATER or answer.status >= 500:
            return f"the server cannot log anybody in now (HTTP {answer.status})"
        return f"what came back is no reply to a login (HTTP {answer.status}); is the server's URL right?"

    async def _renewed(self) -> bool:
        request = {"sessionId": self.headers.get("Authtoken", ""), "deviceId": self._device}
        answer = await self._exchange(
            "POST",
            "RenewLoginToken",
            headers=self._formats(),
            body=self._wire.dumps("DM2ContentIndexing_RenewLoginTokenReq", {f"@{k}": v for k, v in request.items()}),
            cap=_CAP,
        )
        if isinstance(answer, Failure):
            return False
        token = text(self._read(answer).get("token"))
        if not token or not fits_header(token):
            return False
        self._use(token)
        return True

    def _use(self, token: str) -> None:
        self._hide(token)
        self._hide(token.removeprefix("QSDK "))
        self.headers = _header(token)
        self._unproven += 1

    def _read(self, answer: Answer) -> Tree:
        try:
            return self._wire.loads(answer.body)
        except WireError:
            return {}

    def _formats(self) -> dict[str, str]:
        return {"Accept": self._wire.media_type, "Content-type": self._wire.media_type}
