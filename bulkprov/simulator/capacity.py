"""How much the server can take: rate limits, creates processed at a time, and what happens past the overload point.

It knows the settings and the event loop's time only. With the default settings it adds nothing to a create.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bulkprov.simulator.http_messages import READS, WRITES, RequestKind, Response
from bulkprov.simulator.settings import SimulatorSettings

__all__ = ["Capacity"]

_TOO_MANY: Final = "Rate limit exceeded."


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


@dataclass(slots=True)
class _Bucket:
    """Requests that may come: so many a second, and no more saved up than a burst has."""

    rate: float
    """Requests a second; 0: any number."""
    burst: float
    saved: float = 0.0
    since: float = -math.inf
    """The loop's time at which `saved` were left."""

    def admits(self, now: float) -> bool:
        if not self.rate:
            return True
        self.saved = min(self.burst, self.saved + (now - self.since) * self.rate)
        self.since = now
        if self.saved < 1:
            return False
        self.saved -= 1
        return True


class Capacity:
    """The capacity of one CommServe, and the creates at work on it."""

    def __init__(self, settings: SimulatorSettings) -> None:
        """Capacity, service time, overload point and rate limits come from the settings."""
        self._settings = settings
        self._places = asyncio.Semaphore(settings.capacity) if settings.capacity else None
        rate = settings.requests_per_second
        self._bucket = _Bucket(rate, burst=max(1.0, settings.burst or rate))
        writes, reads = _RateLimit(settings.rate_limit), _RateLimit(settings.read_limit)
        self._rate_limits = dict.fromkeys(WRITES, writes) | dict.fromkeys(READS, reads)
        self.at_work = 0
        """Creates being processed or waiting for their turn."""
        self.most_at_work = 0

    def turn_away(self, kind: RequestKind) -> Response | None:
        """The response to a request that is not accepted: 429 over a rate limit, or 503 past the overload point.

        DOCUMENTED for Commvault Cloud (/saas/rest_api.html): 100 writes and 1,000 reads an hour, then 429 with
        X-RateLimit-Limit and X-RateLimit-Period, the seconds to wait. DOCUMENTED for a CommCell of one's own
        (/11.42/software/controlling_api_requests_with_rate_limiter_policy.html): requests a second, and a burst; that
        the answer is a 429 without a time to wait is a GUESS, and so is the 503.
        """
        now = asyncio.get_running_loop().time()
        if not self._bucket.admits(now):
            return Response(status=429, text=_TOO_MANY)
        rate_limit = self._rate_limits.get(kind)
        if rate_limit is not None and rate_limit.limit and not rate_limit.admits(now, self._settings.rate_period):
            wait = str(math.ceil(rate_limit.ends - now))
            headers = {"X-RateLimit-Limit": str(rate_limit.limit), "X-RateLimit-Period": wait}
            return Response(status=429, text=_TOO_MANY, headers=headers)
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
