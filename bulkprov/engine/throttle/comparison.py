"""Whether exchanges take longer than they did, by how much of what chance explains, and how many of them only wait.

Pure. Reads and acts have latencies that have nothing to do with each other, so each kind is compared with itself. The
two are then weighed by the time that their exchanges are in flight.
"""

import math
from dataclasses import dataclass
from typing import Final

from bulkprov.engine.throttle.latency import MAX_WEIGHT, Latency

__all__ = ["KINDS", "Comparison", "Latencies", "Spread", "merged"]

KINDS: Final = 2
"""Reads and acts, in this order: the number of a kind is whether it is an act."""

Latencies = tuple[Latency | None, ...]
"""The latency of each kind; None where too few exchanges were of that kind."""

_LEAST_ERROR: Final = 0.01
"""Two samples differ by this much for no reason, however evenly a server answers."""
_SPREAD_WEIGHT: Final = 1000
"""Exchanges that the spread is learnt from, at most, so that newer ones keep counting."""
_TRIMMED: Final = 1.2
"""The variance of the mean of the middle half, relative to that of the mean of all, where values vary normally."""
_MOST_SKEWED: Final = 4.0
"""The mean latency is believed to be at most so many times the middle one."""
_LONGEST: Final = 20.0
"""Logarithm of a ratio that no two latencies have."""


def merged(older: Latencies | None, newer: Latencies, most: int = MAX_WEIGHT) -> Latencies:
    """Both as one. A kind that one of them does not have is the other's."""
    if older is None:
        return newer
    pairs = zip(older, newer, strict=True)
    return tuple(before.merged_with(after, most) if before and after else before or after for before, after in pairs)


class Spread:
    """How much the latency of each kind varies, learnt from all cohorts: one alone is too few to tell."""

    def __init__(self) -> None:
        self._variance = [0.0] * KINDS
        self._count = [0] * KINDS

    def learn(self, latencies: Latencies) -> None:
        """Learn from a cohort."""
        for kind, latency in enumerate(latencies):
            if latency:
                before = self._count[kind]
                share = latency.count / (before + latency.count)
                self._variance[kind] += (latency.variance - self._variance[kind]) * share
                self._count[kind] = min(before + latency.count, _SPREAD_WEIGHT)

    def of(self, kind: int, latency: Latency) -> float:
        """The variance to judge a sample of this kind by: its own, if that is larger."""
        return max(latency.variance, self._variance[kind])


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a latency compares with the one of a base, at which nothing waits."""

    shift: float
    """Logarithm of the ratio of the two."""
    error: float
    """Standard error of `shift`."""
    skew: float
    """Mean latency over middle latency: where a few take very long, a server does less than its middle suggests."""
    known: float
    """Share of the time in flight that is of kinds with a base; the others count as not waiting."""

    @classmethod
    def between(cls, latencies: Latencies, base: Latencies, spread: Spread) -> "Comparison":
        """Compare two samples of which each has one kind at least."""
        pairs = enumerate(zip(latencies, base, strict=True))
        both = [(kind, now, before) for kind, (now, before) in pairs if now and before]
        if not both:
            return cls(0.0, 1.0, 1.0, 0.0)
        times = [now.count * now.seconds for _, now, _ in both]
        shift = variance = skew = 0.0
        for time, (kind, now, before) in zip(times, both, strict=True):
            share, of_one = time / sum(times), spread.of(kind, now)
            shift += share * (now.middle - before.middle)
            variance += share**2 * (of_one * (1 / now.count + 1 / before.count) + _LEAST_ERROR**2)
            skew += share * min(_MOST_SKEWED, math.exp(of_one / _TRIMMED / 2))
        in_flight = sum(latency.count * latency.seconds for latency in latencies if latency)
        return cls(shift, math.sqrt(variance), skew, sum(times) / in_flight)

    def waiting(self, errors: float = 0.0) -> float:
        """Share of the exchanges in flight that only wait, by Little's law.

        Args:
            errors: standard errors to take off the shift first. With 0 it is what is likeliest; with more, the share
                that there is at least.
        """
        wait = max(0.0, math.exp(min(self.shift - errors * self.error, _LONGEST)) - 1)
        return self.known * wait / (wait + self.skew)

    def is_shorter(self, errors: float) -> bool:
        """Whether this latency is shorter than the base's by more than so many standard errors."""
        return self.shift < -errors * self.error

    def is_longer(self, errors: float) -> bool:
        """Whether this latency is longer than the base's by more than so many standard errors."""
        return self.shift > errors * self.error
