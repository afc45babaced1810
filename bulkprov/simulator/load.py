"""How much the server can bear: creates it works on at once, how long each takes, and what happens past that.

It knows the loop's time only. Without any of its settings a create costs nothing here.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bulkprov.simulator.answer import Answer, Kind
from bulkprov.simulator.settings import SimulatorSettings

__all__ = ["Load"]

_WRITES: Final = frozenset({Kind.CREATE, Kind.DELETE})
_READS: Final = frozenset({Kind.LIST, Kind.READ})


@dataclass(slots=True)
class _Window:
    """Calls of one sort in the current period."""

    limit: int
    ends: float = -math.inf
    used: int = 0

    def admits(self, now: float, period: float) -> bool:
        if now >= self.ends:
            self.ends, self.used = now + period, 0
        self.used += 1
        return not self.limit or self.used <= self.limit


class Load:
    """The load of one CommServe."""

    def __init__(self, settings: SimulatorSettings) -> None:
        """Capacity, service time, overload point and rate limits are read from the settings."""
        self._settings = settings
        self._places = asyncio.Semaphore(settings.capacity) if settings.capacity else None
        self._writes = _Window(settings.rate_limit)
        self._reads = _Window(settings.read_limit)
        self.at_work = 0
        """Creates that are worked on or wait for a place."""
        self.most_at_work = 0

    def turned_away(self, kind: Kind) -> Answer | None:
        """The answer to a request that is not taken: over its rate (429), or past the overload point (503).

        DOCUMENTED for Commvault Cloud (/saas/rest_api.html): 100 writes and 1,000 reads an hour, then 429 with
        X-RateLimit-Limit and X-RateLimit-Period, the seconds to wait. The 503 is a GUESS.
        """
        settings = self._settings
        window = self._writes if kind in _WRITES else self._reads if kind in _READS else None
        if window is not None and window.limit:
            now = asyncio.get_running_loop().time()
            if not window.admits(now, settings.rate_period):
                wait = str(math.ceil(window.ends - now))
                headers = {"X-RateLimit-Limit": str(window.limit), "X-RateLimit-Period": wait}
                return Answer(status=429, text="Rate limit exceeded.", headers=headers)
        if kind is Kind.CREATE and self._overloaded and not settings.overload_slows:
            return Answer(status=503, text="The server is overloaded.")
        return None

    @property
    def _overloaded(self) -> bool:
        return 0 < self._settings.overload <= self.at_work

    async def work(self, act: Callable[[], Answer]) -> Answer:
        """Do a create once there is a place for it; its effect comes at the end of its service time."""
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            if self._places is None:
                return await self._serve(act)
            async with self._places:
                return await self._serve(act)
        finally:
            self.at_work -= 1

    async def _serve(self, act: Callable[[], Answer]) -> Answer:
        seconds = self._settings.service_time
        if self._overloaded:  # it thrashes: each create takes longer, the more there are
            seconds *= self.at_work / self._settings.overload
        if seconds:
            await asyncio.sleep(seconds)
        return act()
