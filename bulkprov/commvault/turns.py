"""Turns with long bodies, so that many exchanges at once do not cost as many times the memory that one may.

A body has its turn from when it shows to be long until its exchange's verdict is known: it is kept in memory meanwhile.
"""

from asyncio import Semaphore
from typing import Self

__all__ = ["Turn"]


class Turn:
    """The turn of one exchange; use it with ``with``."""

    __slots__ = ("_taken", "_turns")

    def __init__(self, turns: Semaphore) -> None:
        """Take nothing yet: most bodies are short.

        Args:
            turns: how many long bodies there may be at the same time.
        """
        self._turns, self._taken = turns, False

    async def take(self) -> None:
        """Wait until it is this exchange's turn."""
        if not self._taken:
            await self._turns.acquire()
            self._taken = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Let the next have its turn, if this one had come."""
        if self._taken:
            self._taken = False
            self._turns.release()
