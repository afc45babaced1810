"""Who may go next: places for exchanges under way, a rate of creates, a budget of creates that are sent again.

Three ways to wait, for the governor to put together. They know no verdict, no server and no row.
"""

import asyncio
from collections import deque
from enum import IntEnum
from typing import Final

from aiolimiter import AsyncLimiter

__all__ = ["Budget", "Rank", "Rate", "Slots"]

_SHARE: Final = 0.1
"""Creates that may be sent again for each one that is sent for the first time..."""
_FLOOR: Final = 10.0
"""... and, besides, for each slot every second. Slots alone bound what a slow server has to bear: a slot that is
answered within 100 ms makes ten exchanges a second. The floor binds where failures come back faster than that, and
leaves enough for a server that fails 40 % of its requests to cost that share of the throughput and no more."""


class Rank(IntEnum):
    """Who goes before whom."""

    SETTLES = 0
    """A read that is to settle what became of a create."""
    GOES_ON = 1
    """A create, or a delete."""
    BEGINS = 2
    """A read with which something begins."""


class Rate:
    """Creates per second at most, over the whole run."""

    def __init__(self, per_second: float) -> None:
        # Small buckets: the server must not see a burst at the start of each period.
        burst = max(1.0, per_second / 50)
        self._limiter = AsyncLimiter(burst, burst / per_second)

    async def wait(self) -> None:
        """Wait for the next create's turn."""
        await self._limiter.acquire()


class Budget:
    """Creates sent again. It delays them, and never refuses one."""

    def __init__(self, slots: int) -> None:
        self._left = _FLOOR * slots
        self._at: float | None = None

    def sent_first(self, slots: int) -> None:
        """A create was sent for the first time, while there were so many slots."""
        self._left = min(_FLOOR * slots, self._left + _SHARE)

    def delay(self, now: float, slots: int) -> float:
        """Seconds that a create which is to be sent again has to wait.

        Args:
            now: by any clock that never goes back.
            slots: how many there are now.
        """
        floor = _FLOOR * slots
        if self._at is not None:
            self._left = min(floor, self._left + (now - self._at) * floor)
        self._at = now
        self._left -= 1
        return max(0.0, -self._left / floor)


class Slots:
    """Places for exchanges under way, given out in the order of asking. The limit may be changed at any time.

    Rows that were begun are brought to their end before others are begun: see `Rank`.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open = False
        self._taken = 0
        self._queues: dict[Rank, deque[asyncio.Future[None]]] = {rank: deque() for rank in Rank}
        self._waiting = 0

    def take_now(self) -> bool:
        """Take a place if one is free and nobody waits for one; whether it was so."""
        free = self._taken < self._limit and not self._waiting
        self._taken += free
        return free

    async def take(self, rank: Rank) -> None:
        """Wait for a place."""
        if self.take_now():
            return
        if self._open and rank is not Rank.SETTLES:
            self._taken += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._queues[rank].append(place)
        self._waiting += 1
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """Give a place back."""
        self._taken -= 1
        self._admit()

    def set(self, limit: int) -> None:
        """Have so many places from now on. Nobody is thrown out of one."""
        if limit != self._limit:
            self._limit = limit
            self._admit()

    def open(self) -> None:
        """The run is being stopped: let everybody in who waits, and whoever comes, except reads that settle something.

        They find out behind the gate that nothing may be sent any more.
        """
        self._open = True
        for rank in (Rank.GOES_ON, Rank.BEGINS):
            while queue := self._queues[rank]:
                self._hand_to_first(queue)

    def _admit(self) -> None:
        """Hand free places to whoever waits."""
        while self._waiting and self._taken < self._limit:
            self._hand_to_first(next(filter(None, self._queues.values())))

    def _hand_to_first(self, queue: deque[asyncio.Future[None]]) -> None:
        place = queue.popleft()
        self._waiting -= 1
        if not place.done():
            self._taken += 1
            place.set_result(None)
