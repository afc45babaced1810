"""Statistics of latency: the middle of some exchanges, and how far chance may have moved it.

Pure: a sample is made of durations and knows nothing of where they come from. Seconds are taken on the logarithmic
scale, where latencies vary evenly to both sides and where "twice as long" is the same step everywhere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

__all__ = ["MAX_WEIGHT", "Latency", "answers_needed"]

MAX_WEIGHT: Final = 2000
"""Exchanges that a merged sample weighs as, at most, so that newer ones keep counting."""

_CUT: Final = 4
"""One part in so many is left out at either end: the fastest quarter, and the slowest."""
_SHORTEST: Final = 1e-6
"""Seconds; anything shorter counts as this. On some systems the clock stands still for a while."""


def answers_needed(begun: int) -> int:
    """How many of so many exchanges must be answered to know their middle. The slowest quarter need not be."""
    return begun - begun // _CUT


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a number of exchanges took."""

    middle: float
    """The mean of the middle half of the logarithms of the seconds."""
    variance: float
    """Variance of `middle`, times `count`."""
    count: int

    @classmethod
    def of(cls, ordered: Sequence[float], begun: int) -> Self:
        """The sample of `begun` exchanges.

        The variance is that of a trimmed mean, after Tukey and McLaughlin: of all values, with those that were left out
        set to the nearest one that was kept, and scaled by the share that was kept.

        Args:
            ordered: their shortest durations in seconds, ascending; `answers_needed(begun)` at least.
            begun: how many they are, answered or not; at least 1.
        """
        cut = begun // _CUT
        logs = [math.log(max(seconds, _SHORTEST)) for seconds in ordered[cut : begun - cut]]
        total, low, high = sum(logs), logs[0], logs[-1]
        mean = (total + cut * (low + high)) / begun
        squares = sum((each - mean) ** 2 for each in logs) + cut * ((low - mean) ** 2 + (high - mean) ** 2)
        return cls(total / len(logs), squares / max(1, begun - 1) * (begun / len(logs)) ** 2, begun)

    @property
    def seconds(self) -> float:
        """The middle, in seconds."""
        return math.exp(self.middle)

    def merged_with(self, newer: Self, most: int = MAX_WEIGHT) -> "Latency":
        """Both samples as one, which weighs as `most` exchanges at most."""
        share = newer.count / (self.count + newer.count)
        return Latency(
            self.middle + share * (newer.middle - self.middle),
            self.variance + share * (newer.variance - self.variance),
            min(self.count + newer.count, most),
        )
