"""The limit on exchanges in flight: how many the server handles well, found out from how exchanges end.

Pure: it has no clock, no randomness and no I/O. It is told how each exchange ended, and when, and gives a number.

The rule is a *queue* rule, of the family of TCP Vegas and FAST. The best latency seen, the *baseline*, says how long an
exchange takes when it waits for no other; whatever it takes longer now is waiting, and by Little's law the share of the
exchanges in flight that only wait is `1 - baseline / now`. The limit is steered until that queue is short,
`0.7 * sqrt(limit)`: long enough to keep the server busy, too short to slow it down. Five further rules make it work in
practice:

* *Slow start.* The limit doubles with each round trip while the latency is flat. Beyond 32 it stays below a sixth of
  what the server has accepted so far, because what is in flight is what one refusal costs.
* *A baseline that does not creep up.* It is learnt while the limit grows, and from time to time by a round at half of
  the limit. It is raised in one case only: when half of the load is as slow as all of it, so that the load is not the
  reason.
* *Noise.* Two rounds are compared by the standard errors of both, their slowest tenths left out: where chance may
  explain the difference, nothing is cut.
* *Refusals* (429, 503) halve the limit, once per round trip, and leave a ceiling below which it stays until a test is
  worth it again: some thirty times the pause that a refusal costs. The ceiling is what the server accepted in the time
  it asked us to wait, again by Little's law.
* *Failures.* The limit is halved when most exchanges get no useful answer at all; single failures say nothing about
  load.

Chosen by measurement (`python -m tests.bench.limit`): the servers there, each against the best of all fixed limits from
1 to 256, until 99 % of 5,000 rows are final, ramp included. The table is in `.github/docs/benchmarks.md`. Other rules
of the family lose where this one holds: AIMD sees no load before it is refused, so it drives a server whose latency
grows into the ground; the gradient rule ignores a latency that is half as long again.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from bulkprov.engine.throttle.ceiling import Accepted, Ceiling
from bulkprov.engine.throttle.latency import LatencySample

__all__ = ["INITIAL_LIMIT", "MAX_LIMIT", "MIN_LIMIT", "AdaptiveLimit", "FixedLimit"]

MIN_LIMIT: Final = 1
MAX_LIMIT: Final = 256
INITIAL_LIMIT: Final = 8

_QUEUE: Final = 0.7
"""Exchanges that may wait on the server, as a multiple of the square root of the limit: chance grows with the root."""
_OWN_DELAY: Final = 0.002
"""Seconds by which a busy event loop of ours may be late for an answer. The server is not to blame for them."""
_OWN_COST: Final = 0.00015
"""Seconds of our event loop that one exchange costs."""
_STEP: Final = 0.5
"""Share of the way to its goal that the limit goes in one round: less is slow, more overshoots."""
_FREE_GROWTH: Final = 32
_SHARE_AT_RISK: Final = 1 / 6
"""Slow start doubles freely up to the former; beyond it, stays below this share of what the server has accepted."""
_CALM_ROUNDS: Final = 3
_STRIDE: Final = 1.5
"""After so many rounds in a row without any queue the limit is multiplied by this: the server has more room now."""

_ANSWERS_PER_SLOT: Final = 1.5
_MIN_ANSWERS: Final = 10
"""A round has so many answers for each slot, and this many at least. Fewer would over-represent the fast ones."""
_MAX_ANSWERS_PER_SLOT: Final = 4.0
"""Answers for each slot after which a round ends even if chance may still explain its latency."""

_PROBE_SECONDS: Final = 10.0
_PROBE_ROUNDS: Final = 30
"""Seconds and rounds, whichever takes longer, between two rounds at half of the limit."""
_PROBE_MIN_LEVEL: Final = 2
_LOWERED: Final = 0.6
"""The limit has been lowered enough to compare latencies when it is at most this share of what it was."""
_NO_FASTER: Final = 0.85
"""With much less in flight a latency of at least this share of the former one is not caused by our load."""
_MUCH_SLOWER: Final = 1.25


@dataclass(slots=True)
class _Round:
    """The exchanges that began after the limit was last set, and so show its effect."""

    since: float = -math.inf
    answers_needed: float = _MIN_ANSWERS
    seconds: list[float] = field(default_factory=list)
    """How long each answered exchange took."""
    peak_in_flight: int = 0
    failures: int = 0

    def covers(self, now: float, seconds: float) -> bool:
        """Whether an exchange that ended now and took `seconds` began in this round."""
        return now - seconds >= self.since - 1e-9


class FixedLimit:
    """A limit on exchanges in flight that never changes. Its methods are those of `AdaptiveLimit`."""

    def __init__(self, value: int) -> None:
        self.value = value

    def restart(self, now: float) -> None:
        """Ignored."""

    def answered(self, now: float, seconds: float, in_flight: int) -> None:
        """Ignored."""

    def failed(self, now: float, seconds: float) -> None:
        """Ignored."""

    def refused(self, now: float, seconds: float, in_flight: int, retry_after: float = 0.0) -> None:
        """Ignored."""


class AdaptiveLimit:
    """A limit on exchanges in flight that follows the server. The rule is in the module's docstring."""

    def __init__(self, *, initial: int = INITIAL_LIMIT, maximum: int = MAX_LIMIT) -> None:
        """Start with the limit `initial`; it never exceeds `maximum`, nor falls below 1."""
        self._maximum = maximum
        self._initial = min(initial, maximum)
        self._level = float(self._initial)
        """The limit before rounding."""
        self._round = _Round(answers_needed=max(_MIN_ANSWERS, _ANSWERS_PER_SLOT * initial))
        self._growing = True
        """In slow start."""
        self._baseline: LatencySample | None = None
        self._baseline_suspect = False
        """The baseline may include waiting: learnt near the initial limit, or just found to be too long."""
        self._accepted = Accepted()
        self._ceiling = Ceiling()
        self._halved_at = -math.inf
        """When the first refusal of the last refused round trip came."""
        self._refusals = 0
        self._refused_level = 0.0
        """Refusals since then, and the limit at that moment."""
        self._calm_rounds = 0
        self._heavier: tuple[float, LatencySample] | None = None
        """Limit and latency before the limit was lowered, to tell whether lowering it helps."""
        self._probe_from: float | None = None
        """The limit to return to after a round at half of it."""
        self._rounds_since_probe = 0
        self._probed_at: float | None = None

    @property
    def value(self) -> int:
        """Exchanges that may be in flight now."""
        return max(MIN_LIMIT, min(self._maximum, round(self._level)))

    def restart(self, now: float) -> None:
        """Start again from the initial limit, since exchanges of another kind follow, with another latency.

        What refusals have taught is kept.
        """
        self._baseline = self._heavier = self._probe_from = None
        self._growing, self._baseline_suspect, self._calm_rounds = True, False, 0
        self._accepted = Accepted()
        self._set(now, min(self._level, self._initial))

    def answered(self, now: float, seconds: float, in_flight: int) -> None:
        """Learn from an exchange that was answered.

        Args:
            now: the time in seconds, by any clock that never goes back.
            seconds: how long the exchange took.
            in_flight: exchanges in flight, this one included.
        """
        self._accepted.add(now, seconds)
        this = self._round
        if not this.covers(now, seconds):
            return
        this.seconds.append(seconds)
        this.peak_in_flight = max(this.peak_in_flight, in_flight)
        if len(this.seconds) >= this.answers_needed:
            self._end_round(now)

    def failed(self, now: float, seconds: float) -> None:
        """Learn from an exchange without a useful answer: it timed out, broke off, or the server had an error.

        Args:
            now: as in `answered`.
            seconds: as in `answered`.
        """
        this = self._round
        if not this.covers(now, seconds):
            return
        this.failures += 1
        if this.failures >= max(_MIN_ANSWERS, len(this.seconds)):
            self._halve(now)

    def refused(self, now: float, seconds: float, in_flight: int, retry_after: float = 0.0) -> None:
        """Learn from an exchange that was refused because of load: 429 or 503.

        Args:
            now: as in `answered`.
            seconds: as in `answered`.
            in_flight: exchanges in flight, this one included.
            retry_after: seconds that the server asked to wait, or 0.
        """
        if now - seconds >= self._halved_at:
            self._halved_at, self._refusals, self._refused_level = now, 0, self._level
            self._halve(now)
        self._refusals += 1
        self._ceiling.refused(
            self._accepted,
            now=now,
            level=self._refused_level,
            refusals=self._refusals,
            in_flight=in_flight - 1,
            retry_after=retry_after,
        )
        self._level = min(self._level, self._ceiling.height)

    def _halve(self, now: float) -> None:
        self._growing = True
        self._probe_from = self._heavier = None
        self._set(now, self._level / 2)

    def _set(self, now: float, level: float) -> None:
        """Set the limit, within its bounds, and begin a round."""
        self._level = max(MIN_LIMIT, min(level, self._ceiling.height, self._maximum))
        self._round = _Round(since=now, answers_needed=max(_MIN_ANSWERS, _ANSWERS_PER_SLOT * self.value))

    def _end_round(self, now: float) -> None:
        """Learn from a round, and set the limit for the next one."""
        latency = LatencySample.of(self._round.seconds)
        self._rounds_since_probe += 1
        baseline = self._learn_baseline(latency)
        if self._probe_from is not None:
            level, self._probe_from = self._probe_from, None
            self._set(now, level)
            return
        waited = latency.mean - baseline.mean
        own_delay = _OWN_DELAY * min(1.0, self._level * _OWN_COST / latency.mean)
        queue = self._level * max(0.0, waited - own_delay) / latency.mean
        used_up = self._round.peak_in_flight >= self.value - 1
        self._calm_rounds = self._calm_rounds + 1 if used_up and waited <= 0 else 0
        if used_up and self._level >= self._ceiling.height - 0.5:
            self._ceiling.rise_if_due(now)
        if self._growing and (queue < self._allowed_queue or not latency.exceeds(baseline)):
            self._grow(now, baseline.merged_with(latency), used_up=used_up)
        else:
            self._baseline_suspect |= self._growing and self._level <= 2 * self._initial
            self._growing = False
            self._steer(now, latency, queue, slower=latency.exceeds(baseline), used_up=used_up)

    @property
    def _allowed_queue(self) -> float:
        """Exchanges that may wait on the server."""
        return max(1.0, _QUEUE * math.sqrt(self._level))

    def _learn_baseline(self, latency: LatencySample) -> LatencySample:
        """Update the baseline from a round of this latency, and give it."""
        baseline = self._baseline or latency
        if self._heavier is not None and self._level <= _LOWERED * self._heavier[0]:
            if latency.mean >= _NO_FASTER * self._heavier[1].mean and latency.exceeds(baseline):
                # Much less in flight, and no faster: our load is not what makes the server slow.
                self._growing = latency.mean > _MUCH_SLOWER * baseline.mean
                baseline = latency
            self._heavier = None
        if baseline.exceeds(latency):
            self._baseline_suspect = self._probe_from is not None and baseline.mean > _MUCH_SLOWER * latency.mean
            baseline = latency
        elif self._probe_from is not None and not latency.exceeds(baseline):
            baseline = baseline.merged_with(latency)
        self._baseline = baseline
        return baseline

    def _grow(self, now: float, baseline: LatencySample, *, used_up: bool) -> None:
        """Slow start, in which every round is part of the baseline.

        A limit that was not used up says nothing about a higher one.
        """
        self._baseline = baseline
        bound = max(_FREE_GROWTH, self._accepted.count * _SHARE_AT_RISK, self._level)
        self._set(now, min(2 * self._level, bound) if used_up else self._level)

    def _steer(self, now: float, latency: LatencySample, queue: float, *, slower: bool, used_up: bool) -> None:
        """Bring the queue near its allowed length."""
        too_long = queue > self._allowed_queue
        if self._is_probe_due(now) and used_up:
            self._heavier, self._probe_from = (self._level, latency), self._level
            self._set(now, self._level / (4 if self._baseline_suspect else 2))
            self._rounds_since_probe, self._probed_at, self._baseline_suspect = 0, now, False
        elif too_long and not slower and len(self._round.seconds) < _MAX_ANSWERS_PER_SLOT * self.value:
            self._round.answers_needed = 2 * len(self._round.seconds)  # load or chance? more answers will tell
        elif too_long and slower:
            if self._heavier is None or latency.mean > self._heavier[1].mean:
                self._heavier = self._level, latency
            self._set(now, self._level + _STEP * (self._allowed_queue - queue))
        else:
            self._heavier = None
            increase = _STEP * max(0.0, self._allowed_queue - queue) if used_up else 0.0
            if self._calm_rounds >= _CALM_ROUNDS:
                self._calm_rounds, increase = 0, self._level * (_STRIDE - 1)
            self._set(now, self._level + increase)

    def _is_probe_due(self, now: float) -> bool:
        if self._probed_at is None:
            self._probed_at = now
        is_time = self._rounds_since_probe >= _PROBE_ROUNDS and now - self._probed_at >= _PROBE_SECONDS
        return (is_time or self._baseline_suspect) and self._level >= _PROBE_MIN_LEVEL
