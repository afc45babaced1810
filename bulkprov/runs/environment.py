"""What a run has around it: clocks, chance, connections, a thread for the disk, signals.

`real` gives those of this machine. They are one value that is handed in, so that a rehearsal can put the whole program
on another clock and other connections, and everything else stays what it is.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from random import Random, SystemRandom
from types import FrameType
from typing import Final

from bulkprov.commvault.transport import Connector
from bulkprov.engine.stop import Stopping
from bulkprov.errors import ExitCode, Stop
from bulkprov.journal.group_commit import OffLoop

__all__ = ["Surroundings", "hosted", "real"]

_SIGNALS: Final = {"SIGINT": ExitCode.INTERRUPTED, "SIGTERM": ExitCode.TERMINATED, "SIGBREAK": ExitCode.INTERRUPTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All that touches the world besides the journal, put into one value."""

    clock: Callable[[], float]
    """Seconds since the epoch, by a clock that nobody sets while the run goes on."""
    random: Random
    """For the jitter of waits, and for a name under which a session is renewed."""
    connector: Connector | None
    """Where connections come from instead of TCP."""
    off_loop: Callable[[], AbstractContextManager[OffLoop]]
    """Gives what runs a function where it does not block the event loop."""
    signals: Callable[[Stopping, Callable[[str], None]], AbstractContextManager[None]]
    """Has the run stopped when the operator or the system wants it; says so."""


def real() -> Surroundings:
    """This machine's."""
    began = time.time() - _steady()
    return Surroundings(
        clock=lambda: began + _steady(),
        random=SystemRandom(),
        connector=None,
        off_loop=_thread,
        signals=_signals,
    )


def _steady() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the machine sleeps: a laptop may be closed."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    else:  # noqa: RET505 - so that the type checker leaves it out elsewhere
        return time.monotonic()


def hosted() -> Surroundings:
    """This machine's, for a run inside a program that has signal handlers of its own, or runs us in a thread."""
    return replace(real(), signals=lambda _stopping, _say: nullcontext())


@contextmanager
def _thread() -> Iterator[OffLoop]:
    with ThreadPoolExecutor(1, thread_name_prefix="journal") as threads:
        yield partial(asyncio.get_running_loop().run_in_executor, threads)


@contextmanager
def _signals(stopping: Stopping, say: Callable[[str], None]) -> Iterator[None]:
    """The first signal stops the run and lets what is under way end; the second leaves at once."""
    loop = asyncio.get_running_loop()
    heard: list[int] = []

    def handler(number: int, _frame: FrameType | None) -> None:
        code = _SIGNALS[signal.Signals(number).name]
        heard.append(number)
        if stopping or len(heard) > 1:  # the second may come before the loop has heard of the first
            say("leaving at once; the journal is whole, and resume goes on from it")
            os._exit(code)
        say("stopping: the requests under way may end, then the results are written. Once more leaves at once")
        reason = "stopped by the operator" if code is ExitCode.INTERRUPTED else "told to end by the system"
        loop.call_soon_threadsafe(stopping.stop, Stop(reason, code))

    before = {name: signal.signal(getattr(signal, name), handler) for name in _SIGNALS if hasattr(signal, name)}
    try:
        yield
    finally:
        for name, old in before.items():
            signal.signal(getattr(signal, name), old)
