"""The limit on exchanges in flight: how many the server handles well, found out from how exchanges begin and end.

Pure: it has no clock, no randomness and no I/O. It is told when each exchange begins and how it ends, and gives a
number. The caller must tell it everything: an exchange that began and of which no end is told counts as in flight.

Four rules make the number:

* *Latency.* What began together is judged together (`cohort.py`) and compared with what it took when nothing waited
  (`comparison.py`); what follows from that is in `steering.py`. Beyond 48 the limit grows only as the server has
  accepted four times as many, because what is in flight is what one refusal costs.
* *Refusals* (429, 503) halve the limit, once for all that were in flight together, and leave a ceiling below which it
  stays until a test is worth it again (`ceiling.py`).
* *Failures.* The limit is halved when most exchanges of a cohort get no useful answer at all; single failures say
  nothing about load.
* *Acts* begin anew. Lists that were read fast say nothing about creates, so the limit goes back to where it began as
  soon as the first act comes.

Chosen by measurement (`python -m tests.bench.limit`); `.github/docs/limit.md` has the rule in pictures, and figures.
"""

import math
from typing import Final

from bulkprov.engine.throttle.ceiling import Accepted, Ceiling
from bulkprov.engine.throttle.cohort import Cohort
from bulkprov.engine.throttle.steering import Steering

__all__ = ["INITIAL_LIMIT", "MAX_LIMIT", "MIN_LIMIT", "AdaptiveLimit", "FixedLimit"]

MIN_LIMIT: Final = 1
MAX_LIMIT: Final = 256
INITIAL_LIMIT: Final = 16

_MIN_COHORT: Final = 8
_FREE_GROWTH: Final = 48
_SHARE_AT_RISK: Final = 1 / 4
"""The limit grows freely up to the former; beyond it, to no more than this share of what the server has accepted."""
_SLOW: Final = 1.0
"""Seconds. Where an answer takes that long there is no risk worth the wait: a server that slow sets no rate."""
_MIN_FAILURES: Final = 10
"""Failures in a cohort, and at least as many as answers, that halve the limit."""


class FixedLimit:
    """A limit on exchanges in flight that never changes. Its methods are those of `AdaptiveLimit`."""

    def __init__(self, value: int) -> None:
        self.value = value

    def begins(self, now: float, *, act: bool) -> int:  # noqa: ARG002 - as those of `AdaptiveLimit`
        """Ignored."""
        return 0

    def answered(self, number: int, now: float, seconds: float, *, act: bool) -> None:
        """Ignored."""

    def failed(self, number: int, *, act: bool) -> None:
        """Ignored."""

    def refused(self, number: int, now: float, retry_after: float = 0.0, *, act: bool) -> None:
        """Ignored."""

    def dropped(self, number: int, *, act: bool) -> None:
        """Ignored."""


class AdaptiveLimit:
    """A limit on exchanges in flight that follows the server. The rule is in the module's docstring."""

    def __init__(self, *, initial: int = INITIAL_LIMIT, maximum: int = MAX_LIMIT) -> None:
        """Start with the limit `initial`; it never exceeds `maximum`, nor falls below 1."""
        self._maximum = maximum
        self._initial = min(initial, maximum)
        self._steering = Steering()
        self._accepted = Accepted()
        self._ceiling = Ceiling()
        self._begun = 0
        """Exchanges that have begun: the number of the next one."""
        self._in_flight = 0
        self._has_acts = False
        self._refused_before = 0
        """Number of the first exchange that began after the last refusal which has halved the limit."""
        self._refusals = 0
        self._refused_level = 0.0
        """Refusals of exchanges before that, and the limit at the first of them."""
        self._level = self._goal = self._began_at = float(self._initial)
        """The limit before rounding, where it grows to, and what it was when the cohort began."""
        self._failures = self._answers = 0
        """Of the cohort."""
        self._cohort = Cohort(0, max(_MIN_COHORT, self._initial))

    @property
    def value(self) -> int:
        """Exchanges that may be in flight now."""
        return max(MIN_LIMIT, min(self._maximum, round(self._level)))

    def begins(self, now: float, *, act: bool) -> int:
        """An exchange begins.

        Args:
            now: the time in seconds, by any clock that never goes back.
            act: whether it changes something on the server (a create, or a delete), or only reads.

        Returns:
            its number, to be given back when it ends, in one of the four ways below.
        """
        if act and not self._has_acts:
            self._has_acts = True
            if self._begun:
                self._restart()
        number = self._begun
        self._begun = number + 1
        self._in_flight += 1
        self._cohort.begins(number, now, self._in_flight, act=act)
        return number

    def answered(self, number: int, now: float, seconds: float, *, act: bool) -> None:
        """An exchange was answered.

        Args:
            number: what `begins` has returned for it.
            now: as in `begins`.
            seconds: how long it took.
            act: as in `begins`.
        """
        self._in_flight -= 1
        self._accepted.add(now, seconds)
        if self._level < self._goal:
            self._level = min(self._goal, self._bound(), self._ceiling.height)
        cohort = self._cohort
        if cohort.has(number):
            self._answers += 1
            cohort.answered(seconds, act=act)
        if cohort.is_known(now):
            self._learn(now, cohort)

    def failed(self, number: int, *, act: bool) -> None:
        """An exchange ended without a useful answer: it timed out, broke off, or the server had an error.

        The arguments are as in `answered`.
        """
        is_new = self._cohort.has(number)
        self.dropped(number, act=act)
        if is_new:
            self._failures += 1
            if self._failures >= max(_MIN_FAILURES, self._answers):
                self._halve()

    def refused(self, number: int, now: float, retry_after: float = 0.0, *, act: bool) -> None:
        """An exchange was refused because of load: 429 or 503.

        Args:
            number: as in `answered`.
            now: as in `answered`.
            retry_after: seconds that the server asked to wait, or 0.
            act: as in `answered`.
        """
        self.dropped(number, act=act)
        if number >= self._refused_before:
            self._refused_before, self._refusals, self._refused_level = self._begun, 0, self._level
            self._halve()
        self._refusals += 1
        self._ceiling.refused(
            self._accepted,
            now=now,
            level=self._refused_level,
            refusals=self._refusals,
            in_flight=self._in_flight,
            retry_after=retry_after,
        )
        self._level = min(self._level, self._ceiling.height)

    def dropped(self, number: int, *, act: bool) -> None:
        """An exchange ended in a way that says nothing about load; the arguments are as in `answered`."""
        self._in_flight -= 1
        if self._cohort.has(number):
            self._cohort.dropped(act=act)
            if self._cohort.is_void:
                self._begin_cohort()

    def _restart(self) -> None:
        """Begin anew with exchanges of another kind. What refusals have taught is kept."""
        self._steering.restart()
        self._accepted = Accepted()
        self._set(min(self._level, self._initial))

    def _halve(self) -> None:
        self._steering.halved(self._level / 2)
        self._set(self._level / 2)

    def _bound(self) -> float:
        """The limit does not grow beyond this for now."""
        return max(_FREE_GROWTH, self._accepted.count * _SHARE_AT_RISK, self._level)

    def _set(self, goal: float, *, at_once: bool = True) -> None:
        """Set the limit, within its bounds, and begin a cohort.

        Args:
            goal: the limit to reach.
            at_once: whether it is reached now, or as the server has accepted enough.
        """
        self._goal = max(MIN_LIMIT, min(goal, self._maximum))
        bound = math.inf if at_once else self._bound()
        self._level = max(MIN_LIMIT, min(self._goal, bound, self._ceiling.height))
        self._failures = self._answers = 0
        self._begin_cohort()

    def _begin_cohort(self) -> None:
        self._began_at = self._level
        value, steering = self.value, self._steering
        size = value // 2 if steering.is_in_haste and steering.has_base(act=self._has_acts) else value
        self._cohort = Cohort(self._begun, max(_MIN_COHORT, size))

    def _learn(self, now: float, cohort: Cohort) -> None:
        """Learn from a cohort, and set the limit for the next one."""
        latencies, steering = cohort.latencies(), self._steering
        used_up = cohort.peak_in_flight >= round(self._began_at)
        if used_up and self._level >= self._ceiling.height - 0.5:
            self._ceiling.rise_if_due(now)
        if latencies[True] and not steering.has_base(act=True) and self._level > self._initial:
            self._restart()  # the limit was found with reads, and acts have come again
            return
        goal = steering.next_level(
            latencies,
            level=self._level,
            began_at=self._began_at,
            used_up=used_up,
            highest=min(self._maximum, self._ceiling.height) - 0.5,
        )
        is_slow = max(latency.seconds for latency in latencies if latency) >= _SLOW
        self._set(goal, at_once=is_slow or not steering.is_growing)
