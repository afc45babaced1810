"""Servers and a client in virtual time, to measure rules for how many exchanges may be under way.

Nothing here waits: what happens next is taken from a heap, and the clock jumps to it, so that a wave of minutes takes
a tenth of a second and the same seed gives the same wave. The client is as bulkprov's: as many exchanges under way as
the limit says, 0.1 ms of its one processor for each, refused rows come back after a jittered backoff, and a
Retry-After holds back everybody.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

__all__ = ["Curve", "Queue", "Rated", "Rule", "Server", "Wave"]

COST = 1e-4
"""Seconds of the client's processor for one exchange; aiohttp alone takes most of them."""
_QUICK = 0.001
"""Seconds after which a server turns away what it does not even look at."""


class Rule(Protocol):
    """Says how many exchanges may be under way."""

    @property
    def value(self) -> int:
        """So many."""
        ...

    def begins(self, now: float, *, act: bool) -> int:
        """One begins; the number is given back when it ends."""
        ...

    def answered(self, number: int, now: float, seconds: float, *, act: bool) -> None:
        """One was answered."""
        ...

    def refused(self, number: int, now: float, retry_after: float = 0.0, *, act: bool) -> None:
        """One was refused."""
        ...


@dataclass(frozen=True, slots=True)
class _Exchange:
    began: float
    attempt: int
    act: bool
    number: int
    """The rule's."""


class Wave:
    """So many rows, sent to a server under a rule."""

    def __init__(self, server: "Server", rule: Rule, *, rows: int = 5000, seed: int = 1) -> None:
        self.server, self.rule, self.random = server, rule, Random(seed)
        self.now = 0.0
        self.in_flight = self.final = self.requests = self.refused = 0
        self.levels: list[tuple[float, int]] = []
        """The limit after each answer."""
        self._rows, self._left = rows, rows
        self._ready: deque[int] = deque()
        """Creates that only wait for their turn: how often each was sent."""
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = 0
        self._client_free = 0.0
        self._paused_until = 0.0
        server.wave = self

    def run(self, share: float = 0.99, pauses: tuple[tuple[float, float], ...] = ()) -> float:
        """Seconds until this share of the rows is final.

        Args:
            share: of all rows.
            pauses: when nothing more is sent, and until when.
        """
        goal = math.ceil(self._rows * share)
        for begin, end in pauses:
            self.at(begin, self._pause, end)
        self._fill()
        while self.final < goal:
            self.now, _, happen, arguments = heapq.heappop(self._events)
            happen(*arguments)
        return self.now

    def at(self, when: float, happen: Callable[..., None], *arguments: Any) -> None:
        """Have something happen."""
        self._number += 1
        heapq.heappush(self._events, (when, self._number, happen, arguments))

    def answer(self, exchange: _Exchange, *, refused: bool = False, retry_after: float = 0.0) -> None:
        """The server's answer arrives; the client hears it as soon as it has time."""
        self.at(self._busy(), self._hear, exchange, refused, retry_after)

    def _busy(self) -> float:
        self._client_free = max(self._client_free, self.now) + COST / 2
        return self._client_free

    def _pause(self, until: float) -> None:
        self._paused_until = max(self._paused_until, until)
        self.at(self._paused_until, self._fill)

    def _fill(self) -> None:
        while self.in_flight < self.rule.value and (self._ready or self._left) and self.now >= self._paused_until:
            if self._ready:
                attempt, act = self._ready.popleft(), True
            else:
                attempt, act = 0, not self.server.read_seconds or self._left % self.server.rows_per_read > 0
                self._left -= 1
            self.in_flight += 1
            self.requests += 1
            exchange = _Exchange(self.now, attempt, act, self.rule.begins(self.now, act=act))
            self.at(self._busy(), self.server.arrive, exchange)

    def _hear(self, exchange: _Exchange, refused: bool, retry_after: float) -> None:
        seconds = self.now - exchange.began
        if refused:
            self.refused += 1
            self.rule.refused(exchange.number, self.now, retry_after, act=exchange.act)
            if retry_after:
                self._pause(self.now + retry_after)
            attempt = exchange.attempt + 1
            self.at(self.now + self.random.uniform(0, min(30, 2**attempt / 2)), self._send_again, attempt)
        else:
            self.rule.answered(exchange.number, self.now, seconds, act=exchange.act)
            self.final += exchange.act
            if not exchange.act:
                self._ready.append(0)
        self.in_flight -= 1
        self.levels.append((self.now, self.rule.value))
        self._fill()

    def _send_again(self, attempt: int) -> None:
        self._ready.append(attempt)
        self._fill()


@dataclass(slots=True)
class Server:
    """A server that takes so many seconds, however much it has to do."""

    seconds: float = 0.05
    jitter: float = 0.0
    """Standard deviation of the logarithm of the seconds."""
    slow: float = 0.0
    """Share of exchanges that take ten times as long."""
    stray: float = 0.0
    """Share of exchanges that are answered 503 for no reason."""
    slower: tuple[tuple[float, float], ...] = ()
    """From when on everything takes so many times as long, whatever the load."""
    read_seconds: float = 0.0
    """What a read takes; 0 if rows need none."""
    rows_per_read: int = 1
    """A read is needed for every so many rows."""
    wave: Wave = None  # type: ignore[assignment]  # set by the wave that it serves

    def arrive(self, exchange: _Exchange) -> None:
        """A request arrives."""
        if self.stray and self.wave.random.random() < self.stray:
            self.later(_QUICK, exchange, refused=True)
        else:
            self.later(self.takes(exchange), exchange)

    def later(self, seconds: float, exchange: _Exchange, *, refused: bool = False, retry_after: float = 0.0) -> None:
        """Answer after so many seconds."""
        wave = self.wave
        wave.at(wave.now + seconds, lambda: wave.answer(exchange, refused=refused, retry_after=retry_after))

    def takes(self, exchange: _Exchange) -> float:
        """How long this exchange takes."""
        return self.spent(self.read_seconds if self.read_seconds and not exchange.act else self.seconds)

    def spent(self, seconds: float) -> float:
        """How long something takes that should take so many seconds."""
        random = self.wave.random
        if self.jitter:
            seconds *= math.exp(random.gauss(0, self.jitter))
        if self.slow and random.random() < self.slow:
            seconds *= 10
        for since, factor in self.slower:
            if self.wave.now >= since:
                seconds *= factor
        return seconds


@dataclass(slots=True)
class Queue(Server):
    """A server with places; who finds none waits, and past so many in all is answered 503."""

    places: int = 8
    most: float = math.inf
    changes: tuple[tuple[float, int], ...] = ()
    """From when on it has how many places."""
    _working: int = 0
    _waiting: deque[_Exchange] | None = None

    def arrive(self, exchange: _Exchange) -> None:
        """A request arrives."""
        self._waiting = self._waiting if self._waiting is not None else deque()
        if self._working + len(self._waiting) >= self.most:
            self.later(_QUICK, exchange, refused=True)
            return
        self._waiting.append(exchange)
        self._start()

    def _start(self) -> None:
        places = self.places
        for since, number in self.changes:
            if self.wave.now >= since:
                places = number
        while self._waiting and self._working < places:
            self._working += 1
            exchange = self._waiting.popleft()
            self.wave.at(self.wave.now + self.takes(exchange), self._finish, exchange)

    def _finish(self, exchange: _Exchange) -> None:
        self._working -= 1
        self._start()
        self.wave.answer(exchange)


@dataclass(slots=True)
class Curve(Server):
    """A server that everything makes slower: seconds as a function of what is under way."""

    curve: Callable[[int], float] = float
    _working: int = 0

    def arrive(self, exchange: _Exchange) -> None:
        """A request arrives."""
        self._working += 1
        self.wave.at(self.wave.now + self.spent(self.curve(self._working)), self._finish, exchange)

    def _finish(self, exchange: _Exchange) -> None:
        self._working -= 1
        self.wave.answer(exchange)


@dataclass(slots=True)
class Rated(Server):
    """A server that takes so many requests in a second, and answers 429 with Retry-After to all others."""

    rate: int = 200
    late: bool = False
    """Whether a refusal takes as long as an answer, or comes at once."""
    _ends: float = -math.inf
    _used: int = 0

    def arrive(self, exchange: _Exchange) -> None:
        """A request arrives."""
        if self.wave.now >= self._ends:
            self._ends, self._used = self.wave.now + 1, 0
        self._used += 1
        if self._used > self.rate:
            self.later(self.seconds if self.late else _QUICK, exchange, refused=True, retry_after=1.0)
        else:
            self.later(self.takes(exchange), exchange)
