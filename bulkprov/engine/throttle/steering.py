"""Where the limit goes next: what follows from a cohort whose latencies are known.

Pure. `.github/docs/limit.md` explains the rule with pictures; here it is as code. Each cohort is compared with the
*base*, the latency at which nothing waits. The difference says how many exchanges wait, and its standard error how far
chance may have had a hand in that. A queue of `sqrt(limit) / 3` is allowed.

* *Growing*, until a queue is certain. Each cohort without one becomes part of the base.
* *Steady*. Small steps towards the allowed queue, as long as there is one beyond doubt.
* *Climbing*: where a queue is likely and not certain, the limit is raised by two fifths to find out. If the server has
  no place for more, everything more waits, and is seen at once.
* *Half*: where a queue is certain, and longer than small steps can deal with, a round at half of the limit tells
  whether our load makes the server slow, and how much of it. If something else does, it gives a new base.
"""

import math
from dataclasses import dataclass
from typing import Final

from bulkprov.engine.throttle.comparison import KINDS, Comparison, Latencies, Spread, merged

__all__ = ["Steering"]

_QUEUE: Final = 1 / 3
"""Exchanges that may wait on the server, as a multiple of the square root of the limit: chance grows with the root."""
_CERTAIN: Final = 3.0
_LIKELY: Final = 1.5
_PROBABLE: Final = 1.0
"""Standard errors. Growth ends with a certain queue and hesitates with a likely one. Small steps go by the queue that
there is probably at least: then the errors of a base learnt from a few exchanges do not hold the limit down."""
_DIFFERENT: Final = 2.0
"""Standard errors beyond which a half is no sample of the base any more."""

_GROWTH: Final = 2.0
_CLIMB: Final = 1.4
_STEP: Final = 0.5
"""Share of the way to the allowed queue that the limit goes with one cohort: less is slow, more overshoots."""
_BIG_STEP: Final = 0.5
"""A step down of more than this many exchanges begins a new sample; what was seen before holds for the old limit."""
_HESITATIONS: Final = 3
"""Cohorts in a row with a likely queue after which growth does not wait for more of them."""
_MEMORY: Final = 4
"""A steady sample weighs as much as so many cohorts, at most."""

_CLIMB_AFTER: Final = 4
"""Steady cohorts after which a climb is due. It doubles with each climb that failed."""
_HALF_AFTER: Final = 8
_MAX_HALF_AFTER: Final = 64
"""Steady cohorts at the floor after which a half is due. It doubles with each half that showed nothing new."""
_CHANGED_AFTER: Final = 3
_CHANGED: Final = 2.0
"""After so many steady cohorts a queue that is certainly so many times the allowed one means a half at once: small
steps keep the queue near the allowed one, so the server has changed."""
_PRECISE: Final = 0.2
_MAX_COHORTS_AT_HALF: Final = 3
"""A half lasts until the standard error of its comparison is that small, or for so many cohorts."""
_NOTHING: Final = 0.1
"""Share of waiting exchanges that is none."""
_MOST: Final = 1 - 0.5 / 0.85
"""Share of waiting exchanges at the whole limit from which on half of it does at least 85 % as much."""


@dataclass(frozen=True, slots=True)
class _Half:
    """A round at half of the limit."""

    level: float
    """The whole limit."""
    latencies: Latencies
    """What was seen there."""
    suspected: bool
    """Whether it was made since the base may include waiting."""
    cohorts: int = 0


@dataclass(frozen=True, slots=True)
class _Climb:
    """A round above the limit, and what to go back to if it fails."""

    level: float
    base: Latencies


class Steering:
    """Decides about the limit, from one cohort to the next."""

    def __init__(self) -> None:
        self._spread = Spread()
        self._base: Latencies = (None,) * KINDS
        self.restart()

    def restart(self) -> None:
        """Begin to grow anew, since exchanges of another kind follow. What is known of each kind is kept."""
        self.is_growing = True
        """Whether the limit is looked for still."""
        self._sample: Latencies | None = None
        """What was seen at the present limit."""
        self._floor = self._approved = 1.0
        """The limit is not lowered below the floor in small steps. What has shown no queue is approved; the floor is
        what was approved before that."""
        self._hesitations = 0
        self._half: _Half | None = None
        self._climb: _Climb | None = None
        self._steady_cohorts = self._since_climb = 0
        self._half_after, self._climb_after = _HALF_AFTER, _CLIMB_AFTER
        self._base_is_suspect = False
        """Growth ended with its first step: the base may include waiting already."""

    @property
    def is_in_haste(self) -> bool:
        """Whether half a cohort must do, since the limit is far from what the server may take."""
        return self.is_growing and self._climb is None

    def has_base(self, *, act: bool) -> bool:
        """Whether it is known how long this kind of exchange takes when nothing waits."""
        return self._base[act] is not None

    def halved(self, level: float) -> None:
        """The limit was halved to this level, because of refusals or failures."""
        self.is_growing = True
        self._sample = self._half = self._climb = None
        self._floor = self._approved = min(self._floor, level)

    def next_level(self, seen: Latencies, *, level: float, began_at: float, used_up: bool, highest: float) -> float:
        """Learn from a cohort, and give the limit for the next one.

        Args:
            seen: the latencies of the cohort.
            level: the limit now.
            began_at: the limit when the cohort began; it may have grown since.
            used_up: whether as many exchanges were in flight as the limit allows; if not, they say nothing about more.
            highest: the limit cannot be higher.
        """
        self._spread.learn(seen)
        is_steady = not (self.is_growing or self._half)
        sample = merged(self._sample, seen, round(_MEMORY * level)) if is_steady else merged(self._sample, seen)
        self._sample = sample
        if self._half:
            return self._after_half(self._half, sample, level)
        if self.is_growing:
            return self._grow(sample, level, began_at, used_up=used_up, highest=highest)
        return self._steer(sample, level, used_up=used_up, highest=highest)

    def _against_base(self, sample: Latencies) -> Comparison:
        return Comparison.between(sample, self._base, self._spread)

    def _grow(self, sample: Latencies, level: float, began_at: float, *, used_up: bool, highest: float) -> float:
        compared, allowed = self._against_base(sample), _allowed(level)
        if level * compared.waiting(_CERTAIN) > allowed:
            return self._end_growth(level, level * compared.waiting())
        if level * compared.waiting(_LIKELY) > allowed:
            self._hesitations += 1
            if self._hesitations < _HESITATIONS:
                return level
            return self._begin_half(sample, level) if self._climb else self._begin_climb(sample, level)
        if not used_up:
            return level
        self._base = merged(self._base, sample)
        self._sample = self._climb = None
        self._hesitations, self._climb_after = 0, _CLIMB_AFTER
        self._floor, self._approved = max(self._floor, self._approved), began_at
        self.is_growing = level < highest
        return level * _GROWTH

    def _end_growth(self, level: float, queue: float) -> float:
        self.is_growing, self._sample = False, None
        if climb := self._climb:
            self._base, self._climb = climb.base, None
            self._climb_after *= 2
            return climb.level
        self._base_is_suspect = self._floor <= 1
        return max(level - queue, self._floor)

    def _begin_climb(self, sample: Latencies, level: float) -> float:
        """Grow again, with what was seen here as part of the base until the climb fails."""
        self._climb = _Climb(level, self._base)
        self._base, self._sample = merged(self._base, sample), None
        self._since_climb = self._hesitations = 0
        self.is_growing = True
        return level * _CLIMB

    def _begin_half(self, sample: Latencies, level: float) -> float:
        self._half = _Half(level, sample, self._base_is_suspect)
        self._base_is_suspect = False
        self._steady_cohorts = self._hesitations = 0
        self._sample = self._climb = None
        return level / 2

    def _steer(self, sample: Latencies, level: float, *, used_up: bool, highest: float) -> float:
        self._steady_cohorts += 1
        compared, allowed = self._against_base(sample), _allowed(level)
        if compared.is_shorter(_CERTAIN):
            self._base, self._sample = merged(sample, self._base) if None in sample else sample, None
            return level + (_STEP * allowed if used_up else 0.0)
        queue = level * compared.waiting(_PROBABLE)
        if level >= 2 and self._needs_half(compared, level, queue):
            return self._begin_half(sample, level)
        self._since_climb += 1
        is_unsure = not compared.is_longer(_DIFFERENT)
        if is_unsure and used_up and level < highest and self._since_climb >= self._climb_after:
            return self._begin_climb(sample, level)
        step = _STEP * (allowed - queue)
        if step < -_BIG_STEP:
            self._sample = None
        if step > 0 and not used_up:
            return level
        return max(level + step, min(self._floor, level))

    def _needs_half(self, compared: Comparison, level: float, queue: float) -> bool:
        allowed, cohorts = _allowed(level), self._steady_cohorts
        has_changed = cohorts >= _CHANGED_AFTER and level * compared.waiting(_CERTAIN) > _CHANGED * allowed
        is_stuck = cohorts >= self._half_after and level <= self._floor and queue > allowed
        return self._base_is_suspect or has_changed or is_stuck

    def _after_half(self, half: _Half, sample: Latencies, level: float) -> float:
        """Learn from a round at half of the limit; `level` is that half."""
        error = Comparison.between(half.latencies, sample, self._spread).error
        if error > _PRECISE and half.cohorts + 1 < _MAX_COHORTS_AT_HALF:
            self._half = _Half(half.level, half.latencies, half.suspected, half.cohorts + 1)
            return level
        compared = self._against_base(sample)
        is_longer, is_shorter = compared.is_longer(_DIFFERENT), compared.is_shorter(_DIFFERENT)
        self._base = sample if is_longer or is_shorter else merged(self._base, sample)
        at_whole = self._against_base(half.latencies)
        self._half = self._sample = None
        if at_whole.waiting() <= _NOTHING and (self.is_growing or is_longer):
            self.is_growing, self._half_after = True, _HALF_AFTER
            return half.level
        self.is_growing = False
        self._floor = self._approved = level
        self._half_after = _HALF_AFTER if is_longer or is_shorter else min(_MAX_HALF_AFTER, 2 * self._half_after)
        if half.suspected and at_whole.waiting() >= _MOST:
            self._base_is_suspect = level >= 2
            return level
        return max(level, half.level * (1 - at_whole.waiting(_PROBABLE)) + _allowed(half.level))


def _allowed(level: float) -> float:
    """Exchanges that may wait on the server."""
    return max(1.0, _QUEUE * math.sqrt(level))
