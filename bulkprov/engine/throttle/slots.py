"""Slots for exchanges in flight, a rate limit for acts, places before it, and a budget for acts that are sent again.

Four ways to make an exchange wait, which the gate combines. They know no verdict, no server and no row. (An *act* is
an exchange that changes something on the server: a create, or a delete.)
"""

import asyncio
from collections import deque
from typing import Final

from aiolimiter import AsyncLimiter

from bulkprov.engine.priority import Priority

__all__ = ["Places", "Rate", "RetryBudget", "Slots"]

_DEPOSIT: Final = 0.1
"""Acts that may be sent again for each act that is sent for the first time..."""
_FLOOR: Final = 10.0
"""... and, besides, for each slot every second. The slots alone protect a slow server: a slot whose exchanges take
100 ms makes ten of them a second. The floor takes effect where failures come back faster than that, and is high enough
that a server which fails 40 % of its requests costs no more throughput than those 40 %."""


_AHEAD: Final = 2.0
"""Seconds of the rate for which acts have places: their intents are on disk by then, also where a disk is slow."""


class Rate:
    """A limit on acts per second, over the whole run."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        # Small buckets: the server must not see a burst at the start of each period.
        burst = max(1.0, per_second / 50)
        self._limiter = AsyncLimiter(burst, burst / per_second)
        self._next = 0.0

    async def wait(self) -> None:
        """Wait until the next act may be sent."""
        await self._limiter.acquire()
        self._next = asyncio.get_running_loop().time() + 1 / self.per_second

    def due_in(self, now: float) -> float:
        """Seconds until the next act may be sent, by the clock of the event loop; not above 0 if it may be now."""
        return self._next - now


class Places:
    """Places for rows whose acts are next at a rate: only their intents are written before they have their turn.

    An intent that a kill leaves behind may stand for an act that was sent. A row keeps its place until its act leaves,
    while it is looked up once more too.
    """

    def __init__(self, rate: Rate) -> None:
        self._free = asyncio.Semaphore(1 + int(_AHEAD * rate.per_second))
        self._held: set[int] = set()

    async def take(self, number: int) -> None:
        """Wait for a place, unless this row has one."""
        if number not in self._held:
            await self._free.acquire()
            self._held.add(number)

    def give_back(self, number: int) -> None:
        """Give the place of this row back, if it has one."""
        if number in self._held:
            self._held.remove(number)
            self._free.release()


class RetryBudget:
    """A limit on acts that are sent again, relative to those sent for the first time.

    A bucket of tokens that may be overdrawn: the budget delays an act, and never refuses one.
    """

    def __init__(self, slots: int) -> None:
        self._tokens = _FLOOR * slots
        self._refilled_at: float | None = None

    def deposit(self, slots: int) -> None:
        """Add what an act earns that is sent for the first time, while there are `slots` slots."""
        self._tokens = min(_FLOOR * slots, self._tokens + _DEPOSIT)

    def withdraw(self, now: float, slots: int) -> float:
        """Pay for an act that is sent again, and return the seconds it has to wait first.

        Args:
            now: the time in seconds, by any clock that never goes back.
            slots: number of slots now.
        """
        capacity = _FLOOR * slots
        if self._refilled_at is not None:
            self._tokens = min(capacity, self._tokens + (now - self._refilled_at) * capacity)
        self._refilled_at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / capacity)


class Slots:
    """Slots for exchanges in flight: a semaphore with priorities, whose size may change at any time.

    Within a priority, slots are granted in the order in which they were asked for.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._queues: dict[Priority, deque[asyncio.Future[None]]] = {priority: deque() for priority in Priority}
        self._waiting = 0
        self._admits_all = False

    def try_acquire(self) -> bool:
        """Take a slot if one is free and nothing waits for it.

        Returns:
            whether a slot was taken.
        """
        free = self._held < self._size and not self._waiting
        self._held += free
        return free

    async def acquire(self, priority: Priority) -> None:
        """Take a slot as soon as one is free."""
        if self.try_acquire():
            return
        if self._admits_all and priority is not Priority.SETTLE:
            self._held += 1
            return
        granted = asyncio.get_running_loop().create_future()
        self._queues[priority].append(granted)
        self._waiting += 1
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Give a slot back."""
        self._held -= 1
        self._grant_free_slots()

    def resize(self, size: int) -> None:
        """Change the number of slots. Slots in use are not taken away."""
        self._size = size
        self._grant_free_slots()

    def admit_all(self) -> None:
        """Let everything in that waits or comes later, since the run is being stopped; only settling reads still queue.

        What is let in finds out behind the gate that it may not be sent any more.
        """
        self._admits_all = True
        for priority, queue in self._queues.items():
            while queue and priority is not Priority.SETTLE:
                self._grant_to_first(queue)

    def _grant_free_slots(self) -> None:
        while self._waiting and self._held < self._size:
            self._grant_to_first(next(filter(None, self._queues.values())))

    def _grant_to_first(self, queue: deque[asyncio.Future[None]]) -> None:
        granted = queue.popleft()
        self._waiting -= 1
        if not granted.done():
            self._held += 1
            granted.set_result(None)
