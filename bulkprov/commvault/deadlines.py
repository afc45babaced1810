"""A limit on how long an exchange takes in all, however slowly its answer arrives.

It does for less what `asyncio.timeout` does, which sets and clears a timer for each exchange. All deadlines here have
the same length and so expire in the order in which they were set, which one timer for all of them can follow. With
`asyncio.timeout` an exchange costs 5 µs more: 7 % of all that `transport.py` takes, and more than 4 % of a create with
everything around it (`python -m tests.bench layers`, three runs each, in turns: 78, 78 and 79 µs for `transport`,
against 83, 84 and 84).
"""

import asyncio
from typing import Any, Final

__all__ = ["Deadlines"]


class Deadlines:
    """Cancels each exchange soon after its deadline. All exchanges are given the same time."""

    _CHECK_EVERY: Final = 1.0
    """Seconds."""

    def __init__(self, seconds: float) -> None:
        """Start the timer; each exchange is given this much time."""
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._running: dict[asyncio.Task[Any], tuple[float, int]] = {}
        """Deadline of each exchange, and how often its task had been cancelled before; by age, the oldest first."""
        self._cancelled: set[asyncio.Task[Any]] = set()
        self._timer = self._loop.call_later(self._CHECK_EVERY, self._check)

    def start(self) -> asyncio.Task[Any]:
        """Set the deadline of an exchange in the current task, which is cancelled after it."""
        task = asyncio.current_task(self._loop)
        if task is None:
            raise RuntimeError("an exchange outside of a task")
        self._running[task] = self._loop.time() + self._seconds, task.cancelling()
        return task

    def uncancel(self, task: asyncio.Task[Any]) -> bool:
        """Undo the cancellation for the deadline.

        Returns:
            whether the task was cancelled for its deadline and for nothing else.
        """
        if task not in self._cancelled:
            return False
        self._cancelled.discard(task)
        return task.uncancel() <= self._running[task][1]

    def finish(self, task: asyncio.Task[Any]) -> None:
        """Forget the exchange of this task, which has ended."""
        del self._running[task]
        if task in self._cancelled:  # it ended by itself in the very moment in which it was cancelled
            self._cancelled.discard(task)
            task.uncancel()

    def close(self) -> None:
        """Stop the timer."""
        self._timer.cancel()

    def _check(self) -> None:
        self._timer = self._loop.call_later(self._CHECK_EVERY, self._check)
        now = self._loop.time()
        for task, (deadline, _) in self._running.items():
            if deadline > now:
                break
            if task not in self._cancelled:  # else it was cancelled before, and takes a while to end
                self._cancelled.add(task)
                task.cancel()
