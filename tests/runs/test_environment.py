"""What a run has around it."""

import asyncio
import signal
import threading
import time

import pytest

from bulkprov.engine.stop import Stopping
from bulkprov.errors import ExitCode, Stop
from bulkprov.runs.environment import inside_a_program, this_machine


def test_the_clock_goes_on_steadily_when_the_machines_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """It began as the machine's, and a jump of that is nothing to a settle time."""
    clock = this_machine().clock
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: 0.0)

    assert began - 1 < clock() < began + 60


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        (signal.SIGINT, ExitCode.INTERRUPTED, "stopped by the operator"),
        (signal.SIGTERM, ExitCode.TERMINATED, "terminated by the system"),
    ],
)
async def test_the_first_signal_stops_the_run_and_says_how_to_leave_at_once(
    number: signal.Signals, code: ExitCode, reason: str
) -> None:
    """The handlers of before are back afterwards."""
    stopping, said, before = Stopping(), [""], signal.getsignal(number)
    with this_machine().signals(stopping, said.append, "bulkprov resume run"):
        signal.raise_signal(number)
        await asyncio.sleep(0)  # the handler has the loop do it

    assert stopping.reason == Stop(reason, code)
    assert "again: quit now" in said[-1]
    assert signal.getsignal(number) == before


async def test_inside_a_program_signals_are_left_to_it() -> None:
    """In a thread that is not the first one, too."""
    before = signal.getsignal(signal.SIGINT)
    with inside_a_program().signals(Stopping(), print, ""):
        assert signal.getsignal(signal.SIGINT) is before


async def test_what_would_block_the_loop_runs_in_a_thread_of_its_own() -> None:
    """The same one each time, since it has the journal."""
    with this_machine().off_loop() as off_loop:
        first, second = await off_loop(threading.current_thread), await off_loop(threading.current_thread)

    assert first is second is not threading.current_thread()
