"""Whether the run is being stopped, and why: one object that all parts of a run share.

A signal, the error budget, a verdict that no row can survive, a journal that cannot be written: whoever finds a reason
calls `stop`, and the first reason wins. It knows none of them.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bulkprov.errors import Stop

__all__ = ["Stopping"]


class Stopping:
    """False as long as the run goes on."""

    def __init__(self) -> None:
        self.reason: Stop | None = None
        self._event = asyncio.Event()
        self._listeners: list[Callable[[], object]] = []

    def __bool__(self) -> bool:
        return self.reason is not None

    def stop(self, stop: Stop) -> None:
        """Stop the run, unless it is being stopped already."""
        if self.reason is None:
            self.reason = stop
            self._event.set()
            for listener in list(self._listeners):
                listener()

    def then(self, listener: Callable[[], object]) -> None:
        """Have `listener` called when the run is stopped."""
        self._listeners.append(listener)

    async def unless(self, work: Awaitable[object]) -> bool:
        """Do something that is not worth waiting for once the run is being stopped; whether it was done."""
        task = asyncio.ensure_future(work)
        if self:
            task.cancel()
        self._listeners.append(task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            if not self:
                raise
            return False
        finally:
            self._listeners.remove(task.cancel)
        return True

    async def nap(self, seconds: float) -> None:
        """Sleep, but no longer than the run goes on."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
