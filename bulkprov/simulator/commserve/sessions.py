"""Sessions: the tokens of those who signed in, their idle life and their renewal.

They know the clock and the state, and nothing of HTTP. A token is derived from the seed and a counter, so that a run
repeats exactly; it protects nothing, since the simulator listens on loopback only.
"""

import hashlib
from collections.abc import Callable

from bulkprov.simulator.commserve.state import Session, State

__all__ = ["Sessions"]

_SAVED_TIMES_PER_LIFE = 20
"""How often, at most, the last use of a token is stored within one idle life."""


class Sessions:
    """The tokens of one CommServe; DOCUMENTED: rest_api_authentication_post_login.html, RenewLoginToken, Logout."""

    def __init__(
        self, state: State, *, life: float, access_tokens: tuple[str, ...], seed: int, clock: Callable[[], float]
    ) -> None:
        """Read the stored tokens.

        Args:
            state: keeps the tokens.
            life: seconds without use after which a token expires.
            access_tokens: tokens that are accepted from the start.
            seed: of the tokens issued.
            clock: seconds since the epoch.
        """
        self._state = state
        self._life = life
        self._access_tokens = set(access_tokens)
        self._seed = seed
        self._clock = clock
        self._sessions = {session.token: session for session in state.sessions()}
        self._last_use = {token: session.used_at for token, session in self._sessions.items()}

    def begin(self, device: str) -> str:
        """A new token for a device. It contains the word QSDK and is sent back as it is (DOCUMENTED)."""
        number = len(self._sessions)
        while (token := self._token(number)) in self._sessions:
            number += 1
        self._keep(Session(token, device, self._clock()))
        return token

    def _token(self, number: int) -> str:
        return "QSDK " + hashlib.blake2b(f"{self._seed} {number}".encode(), digest_size=48).hexdigest()

    def _keep(self, session: Session) -> None:
        self._sessions[session.token] = session
        self._last_use[session.token] = session.used_at
        self._state.save_session(session)

    def admits(self, authtoken: str, authorization: str) -> bool:
        """Whether a request with these two headers is signed in; its token starts a new idle life.

        An access token comes as a Bearer in Authorization (DOCUMENTED: access_tokens_for_rest_apis.html), or in
        Authtoken, with or without the word Bearer (SEEN in cvpysdk 11.44 and in the vendor's MCP server).
        """
        for header in (authorization, authtoken):
            if header.removeprefix("Bearer ") in self._access_tokens:
                return True
        session = self._sessions.get(authtoken)
        now = self._clock()
        if session is None or now - self._last_use[authtoken] > self._life:
            return False
        self._last_use[authtoken] = now
        if now - session.used_at > self._life / _SAVED_TIMES_PER_LIFE:
            self._keep(Session(session.token, session.device, now))
        return True

    def renew(self, token: str, device: str) -> str | None:
        """A new token for an old one, expired or not; None if it is unknown or belongs to another device.

        The device must be that of the log-in (DOCUMENTED). That the old token ends with it is a GUESS.
        """
        session = self._sessions.get(token)
        if session is None or not device or session.device != device:
            return None
        renewed = self.begin(device)
        self.end(token)
        return renewed

    def expire(self, token: str) -> None:
        """Expire a token at once. It can still be renewed, unless it is an access token."""
        self._access_tokens.discard(token)
        if session := self._sessions.get(token):
            self._keep(Session(session.token, session.device, float("-inf")))

    def expire_all(self) -> None:
        """Expire every token at once, access tokens excepted."""
        for token in list(self._sessions):
            self.expire(token)

    def end(self, token: str) -> bool:
        """End the session of a token; False if there is none."""
        if self._sessions.pop(token, None) is None:
            return False
        del self._last_use[token]
        self._state.remove_session(token)
        return True
