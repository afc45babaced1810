"""Who is signed in: tokens, their idle life, and their renewal.

It knows the clock and the database, and nothing of HTTP. Tokens are derived from the seed and a counter, so that a
run can be repeated exactly; they guard nothing, since the simulator listens on loopback only.
"""

import hashlib
from collections.abc import Callable

from bulkprov.simulator.state import Session, State

__all__ = ["Sessions"]

_SAVED_TIMES_PER_LIFE = 20
"""How often, at most, the use of a token is written down during its idle life."""


class Sessions:
    """The tokens of one CommServe; DOCUMENTED: rest_api_authentication_post_login.html, RenewLoginToken, Logout."""

    def __init__(
        self, state: State, *, life: float, access_tokens: tuple[str, ...], seed: int, clock: Callable[[], float]
    ) -> None:
        """`life`: seconds without use after which a token is no longer good."""
        self._state = state
        self._life = life
        self._access_tokens = set(access_tokens)
        self._seed = seed
        self._clock = clock
        self._sessions = {session.token: session for session in state.sessions()}
        self._last_use = {token: session.used_at for token, session in self._sessions.items()}

    def begin(self, device: str) -> str:
        """A new token; it includes the word QSDK, and is used as it is (DOCUMENTED)."""
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
        """Whether a request with these two headers may pass; using a token prolongs its life.

        An access token is given as a Bearer in Authorization (DOCUMENTED: access_tokens_for_rest_apis.html), or in
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
        """A new token for an old one, which may have expired; None if it is not known, or of another device.

        The device has to be the one of the log-in (DOCUMENTED). That the old token dies of it is a GUESS.
        """
        session = self._sessions.get(token)
        if session is None or not device or session.device != device:
            return None
        renewed = self.begin(device)
        self.end(token)
        return renewed

    def expire(self, token: str) -> None:
        """Let a token's life be over at once; unless it is an access token, it can still be renewed."""
        self._access_tokens.discard(token)
        if session := self._sessions.get(token):
            self._keep(Session(session.token, session.device, float("-inf")))

    def expire_all(self) -> None:
        """Let the idle life of every token be over at once."""
        for token in list(self._sessions):
            self.expire(token)

    def end(self, token: str) -> bool:
        """Forget a token; False if it was not known."""
        if self._sessions.pop(token, None) is None:
            return False
        del self._last_use[token]
        self._state.remove_session(token)
        return True
