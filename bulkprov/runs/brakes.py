"""What stops a run or holds it back: the window (--until), the first rows (--canary), too many errors (--max-errors).

`--strict` is in `execute`, as it needs no server, and `--plan-first` in `cli.workflow`, as it is a job of its own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from bulkprov.engine.model import Row, Status
from bulkprov.engine.pipeline import Pipeline
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.errors import ExitCode, Stop
from bulkprov.runs.job import Job
from bulkprov.runs.log import Log
from bulkprov.settings import Effort

__all__ = ["StopSignal", "error_budget", "say_pause", "send_canary", "stop_signal"]

_FAIR_SAMPLE: Final = 20
"""Rows tried before a share of errors means anything."""


class StopSignal(Stopping):
    """The stop signal of a run that has no window."""

    @contextmanager
    def timer(self) -> Iterator[None]:
        """A block in which those who wait are woken at the end of the window."""
        yield


class _EndOfWindow(StopSignal):
    """The stop signal of a run with a window: it is true once the window is over.

    The clock is asked whenever the signal is read, which is before each act, since the timers of an event loop stand
    still while the machine sleeps.
    """

    def __init__(self, end: float, stop: Stop, clock: Callable[[], float]) -> None:
        super().__init__()
        self._end, self._stop, self._clock = end, stop, clock

    def __bool__(self) -> bool:
        if self.reason is None and self._clock() >= self._end:
            self.stop(self._stop)
        return self.reason is not None

    @contextmanager
    def timer(self) -> Iterator[None]:
        timer = asyncio.get_running_loop().call_later(self._end - self._clock(), self.stop, self._stop)
        try:
            yield
        finally:
            timer.cancel()


def say_pause(log: Log, why: str, since: float, until: float, then: str) -> None:
    """Say on the terminal and in the log that the run pauses; see `Gate.on_pause`. The times are local."""
    began, ends = (f"{datetime.fromtimestamp(at).astimezone():%H:%M:%S}" for at in (since, until))
    log.warning("server.paused", why=why, since=began, until=ends, then=then)


def stop_signal(job: Job) -> StopSignal:
    """The stop signal of a job, which is given at the end of its window if it has one."""
    if job.window_end is None:
        return StopSignal()
    stop = Stop(f"reached {job.window_end:%H:%M} (--until)", ExitCode.STOPPED)
    return _EndOfWindow(job.window_end.timestamp(), stop, job.environment.clock)


async def send_canary(job: Job, tally: Tally, pipeline: Pipeline, rows: AsyncIterator[Row], stopping: Stopping) -> None:
    """Send the first rows by themselves; go on only if all of them succeed, or the observer says so."""
    well, sent = job.operation.well, 0

    async def first() -> AsyncIterator[Row]:
        nonlocal sent
        while sent < (job.effort.canary or 0):
            try:
                row = await anext(rows)
            except StopAsyncIteration:
                return
            sent += 1
            yield row

    before = sum(tally.statuses[status] for status in well)
    await pipeline.run(first())
    succeeded = sum(tally.statuses[status] for status in well) - before
    if succeeded < sent and not stopping:
        reason = f"{sent - succeeded} of {sent} canary rows did not succeed"
        if not job.observer.ask(f"{reason}. Continue with the rest?"):
            stopping.stop(Stop(reason, ExitCode.STOPPED))


def error_budget(effort: Effort, before: Counter[Status]) -> Callable[[Tally], str]:
    """What says why the run stops, once too many rows have gone wrong; an empty text until then.

    Args:
        effort: has the budget.
        before: the rows by status before this work; they do not count.
    """
    number, share = effort.budget

    def enough(tally: Tally) -> str:
        since = tally.statuses - before
        wrong = tally.refused + since[Status.FAILED]
        tried = wrong + since[Status.CREATED] + since[Status.EXISTS]
        if number is not None and wrong >= number:
            return (
                f"{wrong} row{' was' if wrong == 1 else 's were'} rejected or failed (--max-errors {effort.max_errors})"
            )
        if share is not None and tried >= _FAIR_SAMPLE and wrong >= share * tried:
            return f"{wrong} of {tried} rows were rejected or failed (--max-errors {effort.max_errors})"
        return ""

    return enough
