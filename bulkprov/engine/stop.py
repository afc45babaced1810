"""The stop signal of a run: one object that all of its parts share.

A signal of the operating system, the error budget, a verdict that ends the run, a journal that cannot be written: the
part that finds a reason calls `Stopping.stop`, and the first reason wins. This module knows none of those parts.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bulkprov.errors import Stop

__all__ = ["Stopping"]


class Stopping:
    """Whether the run is being stopped, and why. It is false until `stop` is called."""

    def __init__(self) -> None:
        self.reason: Stop | None = None
        self._sleepers: dict[asyncio.Future[None], asyncio.Handle] = {}
        self._callbacks: list[Callable[[], object]] = []

    def __bool__(self) -> bool:
        return self.reason is not None

    def stop(self, stop: Stop) -> None:
        """Stop the run for this reason, unless it is being stopped already."""
        if self.reason is None:
            self.reason = stop
            for waking in self._sleepers:
                _wake(waking)
            for callback in list(self._callbacks):
                callback()

    def on_stop(self, callback: Callable[[], object]) -> None:
        """Have `callback` called once, when the run is stopped."""
        self._callbacks.append(callback)

    async def until_stopped(self, work: Awaitable[object]) -> bool:
        """Do `work`, and cancel it if the run is stopped first. An exception in it is raised here.

        Returns:
            whether it was completed.
        """
        task = asyncio.ensure_future(work)
        if self:
            task.cancel()
        self._callbacks.append(task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            if not self:
                raise
            return False
        finally:
            self._callbacks.remove(task.cancel)
        return True

    async def sleep(self, seconds: float) -> None:
        """Sleep, and wake early if the run is stopped."""
        if self:
            return
        loop = asyncio.get_running_loop()
        waking = loop.create_future()
        # As in asyncio.timeout, what is due already needs no timer.
        timer = loop.call_later(seconds, _wake, waking) if seconds > 0 else loop.call_soon(_wake, waking)
        self._sleepers[waking] = timer
        try:
            await waking
        finally:
            self._sleepers.pop(waking).cancel()


def _wake(waking: asyncio.Future[None]) -> None:
    if not waking.done():  # the sleeper may have been cancelled, or woken in the same moment
        waking.set_result(None)
