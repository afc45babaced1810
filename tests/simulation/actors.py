"""Who acts on the estate of a world beside the run: an operator who works by hand, and a script.

Whatever happens on the server happens in the context of the actor who asked for it: `ACTOR` is set by each of them, and
connections carry it on to the server, since its tasks begin in the context that opened the connection.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random
from typing import Final

from bulkprov.commvault.backupset import BackupSet
from bulkprov.simulator.commserve.rules import Commserve, CreateRequest
from tests.simulation.ledger import Ledger

__all__ = ["ACTOR", "ESTATE", "OPERATOR", "OURS", "SCRIPT", "SECOND", "Hands", "acting_as"]

ESTATE: Final = "estate"
OURS: Final = "first"
SECOND: Final = "second"
OPERATOR: Final = "operator"
SCRIPT: Final = "script"

ACTOR: ContextVar[str] = ContextVar("actor", default=ESTATE)
"""Who acts at the moment."""


@contextmanager
def acting_as(actor: str) -> Iterator[None]:
    """Let an actor act."""
    before = ACTOR.set(actor)
    try:
        yield
    finally:
        ACTOR.reset(before)


class Hands:
    """Those who act without bulkprov: straight on the CommServe, and sure of what they are told."""

    def __init__(self, commserve: Commserve, ledger: Ledger, draw: Random) -> None:
        self._commserve, self._ledger, self._draw = commserve, ledger, draw
        self._tasks: set[asyncio.Task[None]] = set()
        self.idle = False
        """Whether they have stopped acting."""

    def stop(self) -> None:
        """Let them do nothing more."""
        self.idle = True
        for task in self._tasks:
            task.cancel()

    def make(self, want: BackupSet, actor: str = OPERATOR) -> None:
        """Create a set by hand."""
        if self.idle:
            return
        request = CreateRequest(client=want.client, app=want.app, instance=want.instance, name=want.name)
        with acting_as(actor):
            self._commserve.create(request)

    def delete_soon(self, want: BackupSet, longest: float) -> None:
        """Delete every set of that name by hand, some seconds from now."""

        def due() -> None:
            if not self.idle:
                self.delete([each.id for each in self._ledger.sets_of(want.key) if each.exists])

        asyncio.get_running_loop().call_later(longest * self._draw.random(), due)

    def delete(self, ids: Sequence[int]) -> None:
        """Delete these sets by hand."""
        with acting_as(OPERATOR):
            for number in ids:
                if row := self._ledger.row(number):
                    self._commserve.remove(row)

    def run_script(self, wants: Sequence[BackupSet], pause: Callable[[], float]) -> None:
        """Start a script that creates these sets one after the other."""

        async def work() -> None:
            for want in wants:
                await asyncio.sleep(pause())
                self.make(want, SCRIPT)

        task = asyncio.get_running_loop().create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
