"""The ceiling of the adaptive limit, lowered by refusals: below the load that was refused, until it is tested.

Pure. `Accepted` measures how much the server had in flight of what it accepted; `Ceiling` keeps the limit below the
height it is given, and rises again after some time, a little first and then in doubling steps.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

__all__ = ["Accepted", "Ceiling"]

_MAX_WEIGHT: Final = 500
"""Exchanges that the mean latency weighs as, at most, so that newer ones keep counting."""

_ENOUGH_REFUSALS: Final = 3
"""Refusals in one round trip that are more than a hiccup, even if the server does not say how long to wait."""
_BELOW_ACCEPTED: Final = 0.97
_BELOW_REFUSED: Final = 0.95
"""The ceiling as a share of what the server accepted, and of the limit at which it refused."""

_PAUSES_PER_TEST: Final = 30.0
"""A ceiling is tested after this many times the pause that a refusal costs."""
_SOON: Final = 1.0
_LATER: Final = 5.0
"""Seconds until a ceiling is tested: after a hiccup, and after many refusals that asked for no pause."""
_FIRST_RISE: Final = 0.1
"""Share by which a ceiling rises first. The share doubles each time that no refusal follows."""

_SHORTEST_SPAN: Final = 1e-6
"""Seconds; on some systems the clock stands still for a while."""
_REMEMBERED: Final = 1024
"""Start times of accepted exchanges that are kept."""


class Accepted:
    """The exchanges that the server answered: their number, mean latency and recent start times."""

    def __init__(self) -> None:
        self.count = 0
        self._mean_seconds = 0.0
        self._started: deque[float] = deque(maxlen=_REMEMBERED)

    def add(self, now: float, seconds: float) -> None:
        """Count an exchange that was answered now and took `seconds`."""
        self.count += 1
        self._mean_seconds += (seconds - self._mean_seconds) / min(self.count, _MAX_WEIGHT)
        self._started.append(now - seconds)

    def mean_in_flight(self, now: float, in_flight: int, retry_after: float) -> float:
        """Exchanges that the server had in flight on average, by Little's law.

        Args:
            now: the current time.
            in_flight: exchanges in flight now, which count as accepted.
            retry_after: seconds to look back, since the server asks for this pause; a round trip if it is shorter.
        """
        span = max(retry_after, self._mean_seconds, _SHORTEST_SPAN)
        if len(self._started) == _REMEMBERED:
            span = min(span, max(now - self._started[0], self._mean_seconds))
        accepted = in_flight + sum(started > now - span for started in self._started)
        return accepted / span * self._mean_seconds


@dataclass(slots=True)
class Ceiling:
    """The highest limit to use. It is infinite until the first refusal."""

    height: float = math.inf
    _rise_at: float = math.inf
    _patience: float = _SOON
    _rise: float = _FIRST_RISE

    def refused(
        self, accepted: Accepted, *, now: float, level: float, refusals: int, in_flight: int, retry_after: float
    ) -> None:
        """Lower the ceiling after a refusal.

        Args:
            accepted: what the server answered so far.
            now: the current time.
            level: the limit when the first refusal of this round trip came.
            refusals: how many came in this round trip, this one included.
            in_flight: exchanges in flight, the refused one not counted.
            retry_after: seconds that the server asked to wait, or 0.
        """
        height = min(_BELOW_REFUSED * level, level - 1)
        patience = _SOON
        if accepted.count and (retry_after or refusals >= _ENOUGH_REFUSALS):
            known_good = _BELOW_ACCEPTED * accepted.mean_in_flight(now, in_flight, retry_after)
            height = min(height, known_good if retry_after else max(known_good, level / 2))
            patience = max(_LATER, _PAUSES_PER_TEST * retry_after)
        self.height, self._patience = max(1, height), patience
        self._rise_at, self._rise = now + patience, _FIRST_RISE

    def rise_if_due(self, now: float) -> None:
        """Rise if it is time to test a higher limit."""
        if now >= self._rise_at:
            self.height = max(self.height * (1 + self._rise), self.height + 1)
            self._rise *= 2
            self._rise_at = now + self._patience / 4
