"""The run's environment: clocks, randomness, connections, a thread for the disk, signals.

They are one value that is passed in, so that a test can put the whole program on another clock and other connections,
and everything else stays as it is. `this_machine` gives the real ones.
"""

import asyncio
import getpass
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from random import Random, SystemRandom
from types import FrameType
from typing import Final

from bulkprov.commvault.transport import ConnectorFactory
from bulkprov.engine.stop import Stopping
from bulkprov.errors import ExitCode, Stop
from bulkprov.journal.group_commit import OffLoop

__all__ = ["Environment", "inside_a_program", "operator", "this_machine"]

_SIGNALS: Final = {"SIGINT": ExitCode.INTERRUPTED, "SIGTERM": ExitCode.TERMINATED, "SIGBREAK": ExitCode.INTERRUPTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """All that touches the world besides the journal."""

    clock: Callable[[], float]
    """Seconds since the epoch; never set back or forward while the run goes on."""
    random: Random
    """For the jitter of waits, and for the name under which a session is renewed."""
    connector: ConnectorFactory | None
    """Where connections come from instead of TCP."""
    off_loop: Callable[[], AbstractContextManager[OffLoop]]
    """Gives a caller of functions that would block the event loop."""
    signals: Callable[[Stopping, Callable[[str], None]], AbstractContextManager[None]]
    """Stops the run when the operator or the system asks for it, and says so."""

    def now(self) -> datetime:
        """The time by the clock, in the time zone of this machine."""
        return datetime.fromtimestamp(self.clock()).astimezone()


def this_machine() -> Environment:
    """The clocks, connections and signals of this machine and process."""
    began = time.time() - _steady()
    return Environment(
        clock=lambda: began + _steady(),
        random=SystemRandom(),
        connector=None,
        off_loop=_thread,
        signals=_signals,
    )


def operator() -> str:
    """The account of this machine under which the process runs; empty where it has no name, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""


def inside_a_program() -> Environment:
    """The same without signals, for a program that handles its own or runs us in a thread."""
    return replace(this_machine(), signals=lambda _stopping, _say: nullcontext())


def _steady() -> float:
    """Seconds by a clock that is never set, and that goes on while the machine sleeps: a laptop may be closed."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    else:  # noqa: RET505 - so that the type checker leaves it out elsewhere
        return time.monotonic()


@contextmanager
def _thread() -> Iterator[OffLoop]:
    with ThreadPoolExecutor(1, thread_name_prefix="journal") as threads:
        yield partial(asyncio.get_running_loop().run_in_executor, threads)


@contextmanager
def _signals(stopping: Stopping, say: Callable[[str], None]) -> Iterator[None]:
    """The first signal stops the run and lets requests in flight end; the second leaves at once."""
    loop = asyncio.get_running_loop()
    received: list[int] = []

    def handler(number: int, _frame: FrameType | None) -> None:
        code = _SIGNALS[signal.Signals(number).name]
        received.append(number)
        if stopping or len(received) > 1:  # the second may come before the loop has handled the first
            say("quitting now; the journal is complete, and `bulkprov resume` continues from it")
            os._exit(code)
        say("stopping: waiting for the requests in flight, then writing the results (Ctrl-C again: quit now)")
        reason = "stopped by the operator" if code is ExitCode.INTERRUPTED else "terminated by the system"
        loop.call_soon_threadsafe(stopping.stop, Stop(reason, code))

    before = {name: signal.signal(getattr(signal, name), handler) for name in _SIGNALS if hasattr(signal, name)}
    try:
        yield
    finally:
        for name, old in before.items():
            signal.signal(getattr(signal, name), old)
