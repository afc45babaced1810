"""Circuit breakers: nothing is sent to a server that has fallen silent, until a probe is answered.

There are two, because a server may go on answering reads while it answers no act. Both are told how exchanges end; they
know nothing of slots, rates and pauses.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from bulkprov.engine.model import Verdict
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.errors import ExitCode, Stop

__all__ = ["GIVE_UP", "ActCircuit", "Circuit", "FailureStreak"]

_MIN_FAILURES: Final = 20
"""Failures in a row that open a circuit, or as many as there were slots when they began, if that is more."""
_MAX_PAUSE: Final = 30.0
"""Seconds between two probes at most. The pause starts at one second and doubles."""
_MAX_DOUBLINGS: Final = 9
"""More would make numbers large for nothing: `_MAX_PAUSE` is reached before."""
GIVE_UP: Final = 600.0
"""Seconds after which the run is stopped if the circuit is still open."""


class FailureStreak:
    """Exchanges in a row without a well-formed answer, and whether they are enough to open a circuit.

    Whatever is in flight when a server dies fails together and proves nothing more than the first failure does.
    Therefore a streak has to be as long as there were slots when it began, and 20 at least.
    """

    def __init__(self) -> None:
        self.is_long = False
        self.long_since = 0.0
        """When it became long, by the loop's clock."""
        self._length, self._threshold = 0, _MIN_FAILURES

    @property
    def excess(self) -> int:
        """Failures beyond those that made the streak long."""
        return self._length - self._threshold

    def add(self, slots: int, now: float) -> None:
        """Add a failure, while there are `slots` slots."""
        if not self._length:
            self._threshold = max(_MIN_FAILURES, slots)
        self._length += 1
        if self._length == self._threshold:
            self.is_long, self.long_since = True, now

    def end(self) -> None:
        """End the streak: the server has answered."""
        self._length, self.is_long = 0, False


class Circuit:
    """The circuit of the whole server. While it is open, only the probes of `guard` are sent."""

    def __init__(self, *, tally: Tally, stopping: Stopping) -> None:
        self._tally, self._stopping = tally, stopping
        self._loop = asyncio.get_running_loop()
        self._streak = FailureStreak()
        self._opened = asyncio.Event()
        self.closed = asyncio.Event()
        """Set while the circuit is closed, and once the run is being stopped, so that nothing waits for it."""
        self.closed.set()
        stopping.on_stop(self.closed.set)
        stopping.on_stop(self._opened.set)

    @property
    def server_is_silent(self) -> bool:
        """Whether the server has fallen silent. Unlike `closed`, this does not change when the run is stopped."""
        return self._streak.is_long

    def answered(self) -> None:
        """Close the circuit: the server is there."""
        self._streak.end()
        if not self.closed.is_set():
            self._opened.clear()
            self.closed.set()
            self._tally.silent = ""

    def failed(self, why: str, slots: int, now: float) -> None:
        """Count an exchange without a well-formed answer, and open the circuit if there have been enough of them.

        Args:
            why: how the exchange ended, in plain English.
            slots: number of slots now.
            now: the time by the loop's clock.
        """
        self._streak.add(slots, now)
        if self._streak.is_long and not self._stopping:
            self.closed.clear()
            self._opened.set()
        if not self.closed.is_set():
            self._tally.silent = why

    async def guard(self, probe: Callable[[], Awaitable[Verdict]]) -> None:
        """Probe the server while the circuit is open, one read at a time; runs beside the workers.

        Stops the run when the server has been silent for ten minutes. Returns when the run is stopped.

        Args:
            probe: makes one read, and tells this circuit how it ended.
        """
        while True:
            await self._opened.wait()
            began, pause = self._loop.time(), 1.0
            while not self.closed.is_set():
                await self._stopping.sleep(pause)
                if self._stopping:
                    return
                verdict = await probe()
                if not self.closed.is_set() and self._loop.time() - began > GIVE_UP:
                    reason = f"the server has not answered for {GIVE_UP / 60:g} minutes: {verdict.why}"
                    self._stopping.stop(Stop(reason, ExitCode.STOPPED, server=True))
                pause = min(pause * 2, _MAX_PAUSE)
            if self._stopping:
                return


class ActCircuit:
    """The circuit of acts alone, for a server that answers reads and no act.

    While it is open, acts are sent one at a time, with growing pauses between them. Otherwise each row in turn would
    use up its attempts on a server that cannot create anything for a minute.
    """

    def __init__(self, verb: str, *, stopping: Stopping) -> None:
        """Start with a closed circuit; `verb` says what an act does, for messages."""
        self._verb, self._stopping = verb, stopping
        self._streak = FailureStreak()
        self.turn = asyncio.Lock()
        """Held by the one act that may be sent while the circuit is open."""

    @property
    def is_open(self) -> bool:
        """Whether acts have to take turns."""
        return self._streak.is_long

    async def pause(self) -> None:
        """Wait before the next act is sent through the open circuit; no longer than the run goes on."""
        await self._stopping.sleep(min(2.0 ** min(self._streak.excess, _MAX_DOUBLINGS), _MAX_PAUSE))

    def answered(self) -> None:
        """Close the circuit: an act was answered, or turned away by a server that is there."""
        self._streak.end()

    def failed(self, why: str, slots: int, now: float) -> None:
        """Count an act without a well-formed answer; the arguments are those of `Circuit.failed`.

        Stops the run when no act has been answered for ten minutes.
        """
        self._streak.add(slots, now)
        if self._streak.is_long and now - self._streak.long_since > GIVE_UP:
            reason = f"no {self._verb} was answered for {GIVE_UP / 60:g} minutes: {why}"
            self._stopping.stop(Stop(reason, ExitCode.STOPPED))
