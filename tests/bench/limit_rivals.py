"""Other rules for the limit, written from what was published about them, to measure ours by.

None of them is told more than ours is. What they leave open is filled in as favourably as we could.
"""

import math
from collections import deque
from statistics import median
from typing import Final

__all__ = ["RIVALS", "Bbr", "Envoy", "Gradient2", "HillClimbing"]

_MOST: Final = 256


class _Rival:
    """What they have in common: a limit between 1 and 256, and windows of answers after each of which it is set."""

    first = 8.0
    """The limit at the start."""
    window_seconds = 0.1
    window_answers = 10
    """A window has at least so many seconds and answers."""

    def __init__(self) -> None:
        self.level = self.first
        self.in_flight = self.peak = 0
        self._seconds: list[float] = []
        self._since = 0.0
        self._begun = self._cut_before = 0

    @property
    def value(self) -> int:
        """The limit."""
        return int(max(1, min(_MOST, self.level)))

    def begins(self, now: float, *, act: bool) -> int:  # noqa: ARG002 - `Rule`'s
        """Count it."""
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        self._begun += 1
        return self._begun - 1

    def answered(self, number: int, now: float, seconds: float, *, act: bool) -> None:  # noqa: ARG002 - `Rule`'s
        """Set the limit if this answer completes a window."""
        self.in_flight -= 1
        self._seconds.append(seconds)
        if len(self._seconds) >= self.window_answers and now - self._since >= self.window_seconds:
            self.window(now, self._seconds, len(self._seconds) / max(now - self._since, 1e-9))
            self._seconds, self._since, self.peak = [], now, self.in_flight

    def refused(self, number: int, now: float, retry_after: float = 0.0, *, act: bool) -> None:  # noqa: ARG002 - `Rule`'s
        """Halve the limit, once for all that were in flight together, where the rule says what to do."""
        self.in_flight -= 1
        if number >= self._cut_before:
            self._cut_before = self._begun
            self.level = max(1.0, self.level / 2)

    def window(self, now: float, seconds: list[float], rate: float) -> None:
        """A window is complete, of answers that took so long and came at this rate."""
        raise NotImplementedError


class Gradient2(_Rival):
    """Netflix's Gradient2Limit: the mean latency against its long average; half as long again counts as no longer."""

    first = 20.0

    def __init__(self) -> None:
        super().__init__()
        self._long = 0.0

    def window(self, now: float, seconds: list[float], rate: float) -> None:  # noqa: ARG002 - others need it
        """Towards the limit times the gradient, and room for four that queue."""
        short = sum(seconds) / len(seconds)
        self._long = self._long + (short - self._long) * 2 / 601 if self._long else short
        if self._long > 2 * short:
            self._long *= 0.95
        if self.peak * 2 >= self.value:
            gradient = max(0.5, min(1.0, 1.5 * self._long / short))
            self.level = min(_MOST, max(1.0, 0.8 * self.level + 0.2 * (self.level * gradient + 4)))

    def refused(self, number: int, now: float, retry_after: float = 0.0, *, act: bool) -> None:  # noqa: ARG002 - `Rule`'s
        """It goes by latency only."""
        self.in_flight -= 1


class Envoy(_Rival):
    """Envoy's adaptive concurrency: the middle latency against the least, measured at three in flight each minute."""

    first = 3.0
    _base_answers = 50

    def __init__(self) -> None:
        super().__init__()
        self._least = 0.0
        self._measuring: list[float] | None = []
        self._measured_at, self._before = 0.0, 20.0

    def window(self, now: float, seconds: list[float], rate: float) -> None:  # noqa: ARG002 - others need it
        """The limit times the gradient, and the square root of it as headroom."""
        if self._measuring is not None:
            self._measuring += seconds
            if len(self._measuring) >= self._base_answers:
                self._least, self._measuring = median(self._measuring), None
                self._measured_at, self.level = now, self._before
        elif now - self._measured_at >= 60:
            self._measuring, self._before, self.level = [], self.level, self.first
        else:
            gradient = max(0.5, min(2.0, 1.25 * self._least / median(seconds)))
            self.level = min(_MOST, max(3.0, self.level * gradient + math.sqrt(self.level)))

    def refused(self, number: int, now: float, retry_after: float = 0.0, *, act: bool) -> None:  # noqa: ARG002 - `Rule`'s
        """It goes by latency only."""
        self.in_flight -= 1


class HillClimbing(_Rival):
    """As thread pools do it: on in the same direction while throughput rises, and back if it falls."""

    def __init__(self) -> None:
        super().__init__()
        self._rate, self._direction = 0.0, 1

    def window(self, now: float, seconds: list[float], rate: float) -> None:  # noqa: ARG002 - others need it
        """A step of a tenth."""
        if rate < self._rate * 1.02:
            self._direction = -self._direction
        self._rate = rate
        self.level = min(_MOST, max(1.0, self.level + self._direction * max(1.0, self.level / 10)))


class Bbr(_Rival):
    """Like BBR: the highest rate of the last ten windows times the least latency of ten seconds.

    The latency of a window is its middle one: with the least of all, uneven servers would be left idle.
    """

    _gains = (1.25, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)

    def __init__(self) -> None:
        super().__init__()
        self._rates: deque[float] = deque(maxlen=10)
        self._least: deque[tuple[float, float]] = deque()
        self._turn = self._flat = 0
        self._full = 0.0

    def window(self, now: float, seconds: list[float], rate: float) -> None:
        """Start-up until the rate has not grown by a quarter for three windows; then the cycle of gains."""
        self._rates.append(rate)
        self._least.append((now, median(seconds)))
        while now - self._least[0][0] > 10:
            self._least.popleft()
        gain = 2.0
        if self._flat < 3:
            self._flat = self._flat + 1 if rate < 1.25 * self._full else 0
            self._full = max(self._full, rate)
        else:
            gain = self._gains[self._turn % len(self._gains)]
            self._turn += 1
        product = max(self._rates) * min(least for _, least in self._least)
        self.level = min(_MOST, max(4.0, gain * product + 1))


RIVALS: Final[dict[str, type[_Rival]]] = {
    "Gradient2": Gradient2,
    "Envoy": Envoy,
    "hill climbing": HillClimbing,
    "like BBR": Bbr,
}
