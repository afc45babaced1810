"""Statistics of latency: the mean of several exchanges, and whether one mean is longer than another beyond chance.

Pure: a sample is made of a list of durations and knows nothing of where they come from.
"""

import math
from dataclasses import dataclass
from typing import Final, Self

__all__ = ["MAX_WEIGHT", "LatencySample"]

MAX_WEIGHT: Final = 500
"""Exchanges that a long-running mean weighs as, at most, so that newer ones keep counting."""

_TRIMMED: Final = 0.1
"""Share of the exchanges, the slowest, that a sample leaves out: a few stragglers say nothing about load."""
_SIGNIFICANT: Final = 2.0
"""Standard errors by which two means must differ to count as different."""
_SHORTEST: Final = 1e-9
"""Seconds; below this, latencies are equal and means are not divided by."""


@dataclass(frozen=True, slots=True)
class LatencySample:
    """How long a number of exchanges took, in seconds."""

    mean: float
    variance: float
    """Variance of a single exchange, not of the mean."""
    count: int

    @classmethod
    def of(cls, seconds: list[float]) -> Self:
        """The sample of these durations, without the slowest tenth of them."""
        kept = sorted(seconds)[: len(seconds) - math.ceil(len(seconds) * _TRIMMED)]
        mean = max(sum(kept) / len(kept), _SHORTEST)
        return cls(mean, sum((each - mean) ** 2 for each in kept) / max(1, len(kept) - 1), len(kept))

    def exceeds(self, other: Self) -> bool:
        """Whether this latency is longer than `other` by more than chance explains."""
        error = math.sqrt(self.variance / self.count + other.variance / other.count)
        return self.mean - other.mean > _SIGNIFICANT * error + _SHORTEST

    def merged_with(self, newer: Self) -> "LatencySample":
        """Both samples as one, in which the older exchanges fade."""
        share = newer.count / (self.count + newer.count)
        return LatencySample(
            self.mean + share * (newer.mean - self.mean),
            self.variance + share * (newer.variance - self.variance),
            min(self.count + newer.count, MAX_WEIGHT),
        )
