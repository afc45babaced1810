"""Answers after which the whole run is stopped, because they mean that no row can succeed.

Pure: it is told how each exchange ended, and gives the reason to stop, if there is one. A server that gives no answers
at all is the circuit's concern (`circuit.py`).
"""

from http import HTTPStatus
from typing import Final

from bulkprov.engine.model import Verdict

__all__ = ["StopRules"]

_MAX_DENIED: Final = 20
"""Acts turned away by 401 in a row, though other tokens were had, or no read could tell whether the token is good."""
_LONGEST_DENIED_OF_ONE: Final = 300.0
"""Seconds that it takes as well, if all are of one scope: it may be the only one without rights, and have many rows."""
_MAX_BUSY: Final = 7200.0
"""Seconds of nothing but 429: longer than the period of any quota."""
_MAX_REFUSED_AT_START: Final = 5
"""Acts answered 401 (in a session that is good), 403 or 404 before any other answer to an act: the URL is wrong, or
rights are missing."""
_MAX_REFUSED_OF_ONE: Final = 25
"""The same, if all are of one scope: it may be the first of many, and the only one without rights."""
_REFUSED_AT_START: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class StopRules:
    """The reasons to stop that can be seen in the sequence of verdicts."""

    def __init__(self, verb: str) -> None:
        """Start with nothing seen; `verb` says what an act does, for messages."""
        self._verb = verb
        self._busy_since: float | None = None
        self._denied = 0
        self._denied_since = 0.0
        self._denied_scopes: set[str] = set()
        self._refused_at_start: int | None = 0
        """None once an act was answered otherwise: from then on, refusals concern single rows."""
        self._scopes: set[str] = set()
        """Of the acts that were refused at the start."""

    def answered(self, verdict: Verdict, *, act: bool, scope: str = "") -> str:
        """The reason to stop after an exchange that was answered; empty if there is none.

        Args:
            verdict: how it ended.
            act: whether it was an act.
            scope: of the row, if it was one.
        """
        self._busy_since = None
        if act:
            self._denied = 0
        if self._refused_at_start is None or verdict.listing is not None:
            return ""
        if verdict.http_status not in _REFUSED_AT_START:
            self._refused_at_start = None
            return ""
        self._refused_at_start += 1
        self._scopes.add(scope)
        enough = _MAX_REFUSED_AT_START if len(self._scopes) > 1 else _MAX_REFUSED_OF_ONE
        if self._refused_at_start < enough:
            return ""
        answers = f"the first {self._refused_at_start} {self._verb}s all got HTTP {verdict.http_status}"
        return f"{answers}: wrong --server URL, or missing permissions"

    def failed(self, verdict: Verdict, *, act: bool, now: float, scope: str = "") -> str:
        """The reason to stop after an exchange that was not answered; empty if there is none.

        Args:
            verdict: how it ended.
            act: whether it was an act.
            now: the time in seconds, by any clock that never goes back.
            scope: of the row, if it was one.
        """
        busy = self._busy(verdict, now)
        denied = self._all_denied(verdict, scope, now) if act else ""
        return verdict.halt or busy or denied

    def _busy(self, verdict: Verdict, now: float) -> str:
        """The server has answered nothing but "too many requests" for longer than any quota lasts."""
        if verdict.http_status != HTTPStatus.TOO_MANY_REQUESTS:
            self._busy_since = None
        elif self._busy_since is None:
            self._busy_since = now
        elif now - self._busy_since > _MAX_BUSY:
            return f'the server has answered only "too many requests" for {_MAX_BUSY / 3600:g} hours: {verdict.why}'
        return ""

    def _all_denied(self, verdict: Verdict, scope: str, now: float) -> str:
        """Every act is turned away for its token, and no token helps."""
        if verdict.http_status != HTTPStatus.UNAUTHORIZED:
            self._denied = 0
            return ""
        if not self._denied:
            self._denied_since = now
            self._denied_scopes.clear()
        self._denied += 1
        self._denied_scopes.add(scope)
        early = len(self._denied_scopes) == 1 and now - self._denied_since < _LONGEST_DENIED_OF_ONE
        if self._denied < _MAX_DENIED or early:
            return ""
        turned_away = f"{self._denied} {self._verb}s in a row were turned away ({verdict.why})"
        return f"{turned_away}: does this user have permission to {self._verb}?"
