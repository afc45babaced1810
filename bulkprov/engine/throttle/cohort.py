"""A cohort: exchanges that began one after the other at the same limit, judged together.

Pure. The answers that come first are those of the fast exchanges, and make every server seem faster than it
is. Therefore what began together counts together. A cohort is *known* as soon as three quarters of it were answered
within the time that has passed since the last of it began. What has not been answered by then belongs to the slowest
quarter, which the middle leaves out (`latency.py`), so nothing waits for a straggler.
"""

import math
from bisect import insort
from typing import Final

from bulkprov.engine.throttle.comparison import KINDS, Latencies
from bulkprov.engine.throttle.latency import Latency, answers_needed

__all__ = ["Cohort"]

_FEWEST: Final = 4
"""Exchanges of a kind that are a sample; fewer are ignored."""
_OPEN: Final = 1 << 62
"""Number of the exchange that comes after the last one of a cohort that is not complete."""
_ROUNDING: Final = 1e-9
"""Seconds."""


class Cohort:
    """The exchanges from number `first` on, until there are `size` of one kind."""

    __slots__ = ("_answered", "_begun", "_end", "_first", "_last_began", "_needed", "_size", "peak_in_flight")

    def __init__(self, first: int, size: int) -> None:
        self._first, self._end, self._size = first, _OPEN, size
        self._begun = [0] * KINDS
        self._answered: list[list[float]] = [[] for _ in range(KINDS)]
        """Seconds of those that were answered, ascending."""
        self._needed = [0] * KINDS
        """Answers after which the middle of a kind is known; 0 for a kind that is ignored, and until it is complete."""
        self._last_began = math.inf
        self.peak_in_flight = 0
        """Exchanges in flight at most, since the first of these."""

    def begins(self, number: int, now: float, in_flight: int, *, act: bool) -> None:
        """Take an exchange in that begins now, if the cohort is not complete."""
        if in_flight > self.peak_in_flight:  # noqa: PLR1730 - for every exchange, and `max` takes three times as long
            self.peak_in_flight = in_flight
        if number < self._end:
            begun = self._begun
            begun[act] += 1
            self._last_began = now
            if begun[act] >= self._size:
                self._end = number + 1
                self._count_needed()

    def has(self, number: int) -> bool:
        """Whether this exchange belongs to the cohort."""
        return self._first <= number < self._end

    def answered(self, seconds: float, *, act: bool) -> None:
        """One of its exchanges was answered."""
        insort(self._answered[act], seconds)

    def dropped(self, *, act: bool) -> None:
        """One of its exchanges ended in another way, and says nothing about latency."""
        self._begun[act] -= 1
        if self._end != _OPEN:
            self._count_needed()

    @property
    def is_void(self) -> bool:
        """Whether it is complete, and too few of its exchanges are left to ever be known."""
        return self._end != _OPEN and not any(self._needed)

    def is_known(self, now: float) -> bool:
        """Whether it is complete, and the middle of each kind is known."""
        (of_reads, of_acts), (reads, acts) = self._needed, self._answered
        if not (of_reads or of_acts) or len(acts) < of_acts or len(reads) < of_reads:
            return False
        longest = max(reads[of_reads - 1] if of_reads else 0.0, acts[of_acts - 1] if of_acts else 0.0)
        return longest <= now - self._last_began + _ROUNDING

    def _count_needed(self) -> None:
        self._needed = [answers_needed(begun) if begun >= _FEWEST else 0 for begun in self._begun]

    def latencies(self) -> Latencies:
        """How long its exchanges took, once it is known."""
        return tuple(
            Latency.of(answered, begun) if begun >= _FEWEST else None
            for begun, answered in zip(self._begun, self._answered, strict=True)
        )
