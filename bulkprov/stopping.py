"""Whether the run is being stopped, and why: one object that all parts of a run share.

A signal, the error budget, a verdict that no row can survive, a journal that cannot be written: whoever finds a reason
calls `stop`, and the first reason wins. It knows none of them.
"""

import asyncio
from collections.abc import Callable

from bulkprov.errors import Stop

__all__ = ["Stopping"]


class Stopping:
    """False as long as the run goes on."""

    def __init__(self) -> None:
        self.reason: Stop | None = None
        self._event = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    def __bool__(self) -> bool:
        return self.reason is not None

    def stop(self, stop: Stop) -> None:
        """Stop the run, unless it is being stopped already."""
        if self.reason is None:
            self.reason = stop
            self._event.set()
            for listener in self._listeners:
                listener()

    def then(self, listener: Callable[[], None]) -> None:
        """Have `listener` called when the run is stopped."""
        self._listeners.append(listener)

    async def nap(self, seconds: float) -> None:
        """Sleep, but no longer than the run goes on."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
