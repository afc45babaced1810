"""How many exchanges may be under way at once: found out from how they end, for a server nobody knows anything of.

Pure: it has no clock, no randomness and no I/O. It is told how each exchange ended, with the time, and gives a number.

The rule is a *queue* rule, of the family of TCP Vegas and FAST. The best latency seen says how long an exchange takes
when it waits for nobody; what it takes longer now is waiting, and by Little's law the share of the exchanges under way
that only wait is `1 - best / now`. The limit is steered until that queue is small, `0.7 * sqrt(limit)`: enough to keep
every place on the server busy, too little to slow it down. Around it stand five rules that make it hold in practice:

* *Slow start.* It doubles with each round trip while the latency is flat. Beyond 32 it is never above a sixth of what
  the server has taken so far, because what is under way is what one refusal costs.
* *A best latency that does not creep up.* It is learnt while the limit grows, and now and then by a round at half of
  the limit. It is raised in one case only: when half of the load is as slow as all of it, so that it is not us.
* *Noise.* A round is told from another by the standard errors of both, its slowest tenth left out: where the
  difference may be chance, nothing is cut.
* *Refusals* (429, 503) halve it, once per round trip, and leave a ceiling below which it stays until probing is worth
  it again: some thirty times the pause that a refusal costs. The ceiling is what the server took in the time it asked
  us to wait, by Little's law again.
* *Silence.* It is halved when most exchanges get no useful answer at all; single ones say nothing about load.

Chosen by measurement (`python -m tests.bench.limit`): the six servers there, each against the best of all fixed limits
from 1 to 256, until 99 % of 5,000 rows are final, ramp included. The table is in the README; the other rules of the
family lose where this one holds: AIMD knows no load but the one that is refused, so that it runs a server whose
latency grows into the ground; the gradient rule takes a latency half as long again for none at all.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Self

__all__ = ["LEAST", "MOST", "START", "Fixed", "Limit"]

LEAST: Final = 1
MOST: Final = 256
START: Final = 8

_QUEUE: Final = 0.7
"""Exchanges that may wait on the server: so many times the square root of the limit, by which chance grows too."""
_LAG: Final = 0.002
_COST: Final = 0.00015
"""Seconds by which an event loop that is always busy comes too late to an answer, and for which an exchange keeps it
busy: that much of what we wait for, on a fast server, is our own doing, and nothing it is hurt by."""
_STEP: Final = 0.5
"""How much of the way to its aim the limit goes in one round: less is slow, more overshoots what it cannot see yet."""
_BOLD: Final = 32
_SHARE_AT_RISK: Final = 1 / 6
"""Slow start goes on doubling up to the first; beyond it, stays below this share of what the server took so far."""
_CALM: Final = 3
_STRIDE: Final = 1.5
"""After so many rounds in a row without any queue the limit takes strides: the server has more room than before."""

_ROUND: Final = 1.5
_FEWEST: Final = 10
"""A round is so many answers for each place, and so many at least. With fewer, the fast ones would be overcounted."""
_LONGEST_ROUND: Final = 4.0
"""Answers for each place after which a round in which chance cannot be told from load ends all the same."""
_SLOWEST: Final = 0.1
"""Share of a round, its slowest answers, that is left out."""
_CERTAIN: Final = 2.0
"""Standard errors by which one latency must be above another to count as longer."""
_REMEMBERED: Final = 500
"""Answers that the best latency is the mean of, at most."""

_PROBE_EVERY: Final = 10.0
_PROBE_ROUNDS: Final = 30
"""Seconds and rounds, whichever takes longer, between two rounds at half of the limit."""
_NO_BETTER: Final = 0.85
"""Half of the load is not to blame for what takes it at least this share of the time it takes at full load."""
_MUCH_SLOWER: Final = 1.25

_SURE: Final = 3
"""Refusals in one round trip that are no hiccup any more, even if the server does not say how long to wait."""
_BELOW: Final = 0.97
_UNDER_REFUSED: Final = 0.95
"""The ceiling as a share of what the server took, and of the limit at which it refused."""
_WORTH: Final = 30.0
"""A ceiling is probed after so many times the pause that it costs if it is still there."""
_SOON: Final = 1.0
_LATER: Final = 5.0
"""Seconds after which a ceiling is probed that a hiccup left, and one that many refusals left without a pause."""
_RISE: Final = 0.1
"""By how much a ceiling is lifted first; twice as much each time that goes well."""
_TICK: Final = 1e-6
"""Seconds that something takes at least: on some systems the clock stands still for a while."""
_KEPT: Final = 1024
"""Exchanges that are remembered, to tell what the server took lately."""


@dataclass(frozen=True, slots=True)
class _Latency:
    """Seconds that exchanges took: their mean, the variance of one of them, and how many there were."""

    mean: float
    variance: float
    number: int

    @classmethod
    def of(cls, seconds: list[float]) -> Self:
        """What these say, their slowest tenth left out."""
        kept = sorted(seconds)[: len(seconds) - math.ceil(len(seconds) * _SLOWEST)]
        mean = max(sum(kept) / len(kept), 1e-9)
        return cls(mean, sum((each - mean) ** 2 for each in kept) / max(1, len(kept) - 1), len(kept))

    def above(self, other: Self) -> bool:
        """Whether this is certainly longer, and not by chance."""
        error = math.sqrt(self.variance / self.number + other.variance / other.number)
        return self.mean - other.mean > _CERTAIN * error + 1e-9

    def with_(self, other: Self) -> "_Latency":
        """Both together; what is older fades."""
        share = other.number / (self.number + other.number)
        return _Latency(
            self.mean + share * (other.mean - self.mean),
            self.variance + share * (other.variance - self.variance),
            min(self.number + other.number, _REMEMBERED),
        )


@dataclass(slots=True)
class _Round:
    """Exchanges that began after the limit was last set, and so tell what it is worth."""

    since: float = -math.inf
    wanted: float = _FEWEST
    seconds: list[float] = field(default_factory=list)
    busiest: int = 0
    """Most exchanges under way at once."""
    lost: int = 0
    """Exchanges without a useful answer."""


@dataclass(slots=True)
class _Ceiling:
    """What refusals have taught."""

    height: float = math.inf
    lift_at: float = math.inf
    """When a higher one may be tried."""
    patience: float = _SOON
    rise: float = _RISE

    def lower(self, height: float, *, now: float, patience: float) -> None:
        self.height, self.patience, self.lift_at, self.rise = max(LEAST, height), patience, now + patience, _RISE

    def lift(self, now: float) -> None:
        """Try a higher one, if it is time: a little first, then boldly."""
        if now >= self.lift_at:
            self.height = max(self.height * (1 + self.rise), self.height + 1)
            self.rise *= 2
            self.lift_at = now + self.patience / 4


class Fixed:
    """A limit on exchanges under way that stays as it is, whatever it hears; its methods are those of `Limit`."""

    def __init__(self, value: int) -> None:
        self.value = value

    def restart(self, now: float) -> None:
        """A new kind of exchange begins."""

    def answered(self, now: float, seconds: float, in_flight: int) -> None:
        """An exchange was answered."""

    def lost(self, now: float, seconds: float) -> None:
        """An exchange came to nothing."""

    def refused(self, now: float, seconds: float, in_flight: int, retry_after: float = 0.0) -> None:
        """The server has too much to do."""


class Limit:
    """A limit on exchanges under way that follows the server. See the module."""

    def __init__(self, *, start: int = START, most: int = MOST) -> None:
        """Begin.

        Args:
            start: the first limit.
            most: it never goes above this, nor below 1.
        """
        self._most = most
        self._start = min(start, most)
        self._level = float(self._start)
        self._round = _Round(wanted=max(_FEWEST, _ROUND * start))
        self._growing = True
        self._best: _Latency | None = None
        self._ceiling = _Ceiling()
        self._taken = 0
        self._mean = 0.0
        self._began: deque[float] = deque(maxlen=_KEPT)
        self._cut_at = -math.inf
        self._refusals = 0
        self._refused_level = 0.0
        self._calm = 0
        self._fuller: tuple[float, _Latency] | None = None
        self._back: float | None = None
        self._rounds = 0
        self._probed_at: float | None = None
        self._doubtful = False
        """The best latency may be one that already waited: learnt at the first limit, or just found to be too long."""

    @property
    def value(self) -> int:
        """Exchanges that may be under way now."""
        return max(LEAST, min(self._most, round(self._level)))

    def restart(self, now: float) -> None:
        """Begin anew, since exchanges of another kind follow, which have a latency of their own.

        What refusals have taught stays.
        """
        self._best = self._fuller = self._back = None
        self._growing, self._doubtful, self._calm = True, False, 0
        self._taken, self._mean = 0, 0.0
        self._began.clear()
        self._set(now, min(self._level, self._start))

    def answered(self, now: float, seconds: float, in_flight: int) -> None:
        """An exchange ended with an answer.

        Args:
            now: by any clock that never goes back, in seconds.
            seconds: how long it took.
            in_flight: exchanges under way, this one included.
        """
        self._taken += 1
        self._mean += (seconds - self._mean) / min(self._taken, _REMEMBERED)
        self._began.append(now - seconds)
        this = self._round
        if now - seconds < this.since - 1e-9:
            return
        this.seconds.append(seconds)
        this.busiest = max(this.busiest, in_flight)
        if len(this.seconds) >= this.wanted:
            self._end_round(now)

    def lost(self, now: float, seconds: float) -> None:
        """An exchange ended without any useful answer: it timed out, broke off, or the server failed."""
        this = self._round
        if now - seconds < this.since - 1e-9:
            return
        this.lost += 1
        if this.lost >= max(_FEWEST, len(this.seconds)):
            self._halve(now)

    def refused(self, now: float, seconds: float, in_flight: int, retry_after: float = 0.0) -> None:
        """An exchange was turned away for load: 429 or 503.

        Args:
            now: as in `answered`.
            seconds: how long it took.
            in_flight: exchanges under way, this one included.
            retry_after: seconds the server asked to wait, or 0.
        """
        if now - seconds >= self._cut_at:
            self._cut_at, self._refusals, self._refused_level = now, 0, self._level
            self._halve(now)
        self._refusals += 1
        height = min(_UNDER_REFUSED * self._refused_level, self._refused_level - 1)
        patience = _SOON
        if self._taken and (retry_after or self._refusals >= _SURE):
            took = _BELOW * self._took(now, in_flight - 1, retry_after)
            height = min(height, took if retry_after else max(took, self._refused_level / 2))
            patience = max(_LATER, _WORTH * retry_after)
        self._ceiling.lower(height, now=now, patience=patience)
        self._level = min(self._level, self._ceiling.height)

    def _took(self, now: float, in_flight: int, retry_after: float) -> float:
        """What the server had under way on average, of all it took within the pause it asks for (or a round trip)."""
        span = max(retry_after, self._mean, _TICK)
        if len(self._began) == _KEPT:
            span = min(span, max(now - self._began[0], self._mean))
        taken = in_flight + sum(began > now - span for began in self._began)
        return taken / span * self._mean

    def _halve(self, now: float) -> None:
        self._growing = True
        self._back = self._fuller = None
        self._set(now, self._level / 2)

    def _set(self, now: float, level: float) -> None:
        """Set the limit, within its bounds, and begin a round."""
        self._level = max(LEAST, min(level, self._ceiling.height, self._most))
        self._round = _Round(since=now, wanted=max(_FEWEST, _ROUND * self.value))

    def _end_round(self, now: float) -> None:
        """Learn from a round, and set the limit for the next."""
        latency = _Latency.of(self._round.seconds)
        self._rounds += 1
        best = self._learn(latency)
        if self._back is not None:
            back, self._back = self._back, None
            self._set(now, back)
            return
        waited = latency.mean - best.mean
        ours = _LAG * min(1.0, self._level * _COST / latency.mean)
        queue = self._level * max(0.0, waited - ours) / latency.mean
        full = self._round.busiest >= self.value - 1
        self._calm = self._calm + 1 if full and waited <= 0 else 0
        if full and self._level >= self._ceiling.height - 0.5:
            self._ceiling.lift(now)
        if self._growing and (queue < self._room or not latency.above(best)):
            self._grow(now, latency, full=full)
        else:
            self._doubtful |= self._growing and self._level <= 2 * self._start
            self._growing = False
            self._steer(now, latency, queue, full=full)

    @property
    def _room(self) -> float:
        """Exchanges that may wait on the server."""
        return max(1.0, _QUEUE * math.sqrt(self._level))

    def _learn(self, latency: _Latency) -> _Latency:
        """The best latency, after a round of this one."""
        best = self._best or latency
        if self._fuller is not None and self._level <= 0.6 * self._fuller[0]:
            if latency.mean >= _NO_BETTER * self._fuller[1].mean and latency.above(best):
                # Much less under way, and no faster: it is not we who make it slow.
                self._growing = latency.mean > _MUCH_SLOWER * best.mean
                best = latency
            self._fuller = None
        if best.above(latency):
            self._doubtful = self._back is not None and best.mean > _MUCH_SLOWER * latency.mean
            best = latency
        elif self._back is not None and not latency.above(best):
            best = best.with_(latency)
        self._best = best
        return best

    def _grow(self, now: float, latency: _Latency, *, full: bool) -> None:
        """Slow start. A limit that was not used up says nothing about a higher one."""
        if self._best is not None:
            self._best = self._best.with_(latency)
        bound = max(_BOLD, self._taken * _SHARE_AT_RISK, self._level)
        self._set(now, min(2 * self._level, bound) if full else self._level)

    def _steer(self, now: float, latency: _Latency, queue: float, *, full: bool) -> None:
        """Bring the queue near its aim."""
        slower = self._best is not None and latency.above(self._best)
        if self._is_probe_due(now) and full:
            self._fuller, self._back = (self._level, latency), self._level
            self._set(now, self._level / (4 if self._doubtful else 2))
            self._rounds, self._probed_at, self._doubtful = 0, now, False
        elif queue > self._room and not slower and len(self._round.seconds) < _LONGEST_ROUND * self.value:
            self._round.wanted = 2 * len(self._round.seconds)  # load or chance? more answers will tell
        elif queue > self._room and slower:
            if self._fuller is None or latency.mean > self._fuller[1].mean:
                self._fuller = self._level, latency
            self._set(now, self._level + _STEP * (self._room - queue))
        else:
            self._fuller = None
            up = _STEP * max(0.0, self._room - queue) if full else 0.0
            if self._calm >= _CALM:
                self._calm, up = 0, self._level * (_STRIDE - 1)
            self._set(now, self._level + up)

    def _is_probe_due(self, now: float) -> bool:
        if self._probed_at is None:
            self._probed_at = now
        is_time = self._rounds >= _PROBE_ROUNDS and now - self._probed_at >= _PROBE_EVERY
        return (is_time or self._doubtful) and self._level >= 2
