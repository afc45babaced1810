"""How much the server can take: rate limits, creates processed at a time, and what happens past the overload point.

It knows the settings and the event loop's time only. With the default settings it adds nothing to a create.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

from bulkprov.simulator.http_messages import READS, WRITES, RequestKind, Response
from bulkprov.simulator.settings import SimulatorSettings

__all__ = ["Capacity"]


@dataclass(slots=True)
class _RateLimit:
    """Requests of one sort in the current period."""

    limit: int
    """0: any number."""
    ends: float = -math.inf
    """The loop's time at which the period ends."""
    used: int = 0

    def admits(self, now: float, period: float) -> bool:
        if now >= self.ends:
            self.ends, self.used = now + period, 0
        self.used += 1
        return self.used <= self.limit


class Capacity:
    """The capacity of one CommServe, and the creates at work on it."""

    def __init__(self, settings: SimulatorSettings) -> None:
        """Capacity, service time, overload point and rate limits come from the settings."""
        self._settings = settings
        self._places = asyncio.Semaphore(settings.capacity) if settings.capacity else None
        writes, reads = _RateLimit(settings.rate_limit), _RateLimit(settings.read_limit)
        self._rate_limits = dict.fromkeys(WRITES, writes) | dict.fromkeys(READS, reads)
        self.at_work = 0
        """Creates being processed or waiting for their turn."""
        self.most_at_work = 0

    def turn_away(self, kind: RequestKind) -> Response | None:
        """The response to a request that is not accepted: 429 over its rate limit, or 503 past the overload point.

        DOCUMENTED for Commvault Cloud (/saas/rest_api.html): 100 writes and 1,000 reads an hour, then 429 with
        X-RateLimit-Limit and X-RateLimit-Period, the seconds to wait. The 503 is a GUESS.
        """
        rate_limit = self._rate_limits.get(kind)
        if rate_limit is not None and rate_limit.limit:
            now = asyncio.get_running_loop().time()
            if not rate_limit.admits(now, self._settings.rate_period):
                wait = str(math.ceil(rate_limit.ends - now))
                headers = {"X-RateLimit-Limit": str(rate_limit.limit), "X-RateLimit-Period": wait}
                return Response(status=429, text="Rate limit exceeded.", headers=headers)
        if kind is RequestKind.CREATE and self._overloaded and not self._settings.overload_slows:
            return Response(status=503, text="The server is overloaded.")
        return None

    @property
    def _overloaded(self) -> bool:
        return 0 < self._settings.overload <= self.at_work

    async def process(self, create: Callable[[], Response]) -> Response:
        """Run a create once there is room for it, at the end of its service time."""
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            if self._places is None:
                return await self._serve(create)
            async with self._places:
                return await self._serve(create)
        finally:
            self.at_work -= 1

    async def _serve(self, create: Callable[[], Response]) -> Response:
        seconds = self._settings.service_time
        if self._overloaded:  # as a server that thrashes: the more creates at work, the longer each takes
            seconds *= self.at_work / self._settings.overload
        if seconds:
            await asyncio.sleep(seconds)
        return create()
