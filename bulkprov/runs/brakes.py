"""What stops a run or holds it back: the window (--until), the first rows (--canary), too many errors (--max-errors).

`--strict` is in `execute`, as it needs no server, and `--plan-first` in `cli.plan_first`, as it is a job of its own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Final

from bulkprov.engine.model import Row, Status
from bulkprov.engine.pipeline import Pipeline
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.errors import ExitCode, Stop
from bulkprov.journal.group_commit import OffLoop
from bulkprov.report.aggregate import Totals
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import explanation
from bulkprov.runs.job import Job
from bulkprov.runs.log import Log
from bulkprov.settings import Effort
from bulkprov.text import plural

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


def say_pause(log: Log, why: str, since: float, until: float, words: str) -> None:
    """Say on the terminal and in the log that the run pauses; see `Gate.on_pause`. The times are local."""
    began, ends = (f"{datetime.fromtimestamp(at).astimezone():%H:%M:%S}" for at in (since, until))
    told = f"{began} {words.format(why=why, until=ends)}"
    log.warning("server.paused", told=told, why=why, since=began, until=ends)


def stop_signal(job: Job) -> StopSignal:
    """The stop signal of a job, which is given at the end of its window if it has one."""
    if job.window_end is None:
        return StopSignal()
    stop = Stop(f"reached {job.window_end:%H:%M} (--until)", ExitCode.STOPPED)
    return _EndOfWindow(job.window_end.timestamp(), stop, job.environment.clock)


async def send_canary(
    job: Job,
    tally: Tally,
    pipeline: Pipeline,
    rows: AsyncIterator[Row],
    stopping: Stopping,
    *,
    off_loop: OffLoop,
    flushed: Callable[[], Awaitable[bool]],
    told: Callable[[], None] = lambda: None,
) -> bool:
    """Send the first rows by themselves; go on only if all of them succeed, or the observer says so.

    Rows whose thing is there already are looked up and do not count: a canary that sends nothing tells nothing.

    Args:
        job: has the number.
        tally: the counts of the work.
        pipeline: works on rows.
        rows: all rows to do; those that are left over are the ones to go on with.
        stopping: stopped if the work is not to go on.
        off_loop: runs a function in the journal's thread.
        flushed: waits until all that was stored is on disk, and tells whether it is.
        told: called before a person is asked, who may take long: until then nothing else goes on.

    Returns:
        whether it has passed with as many acts as were wanted, or was overruled: then it is not sent once more.
    """
    wanted, well = job.effort.canary or 0, job.operation.well
    began = await off_loop(job.run.journal.last_nr)
    before = sum(tally.statuses[status] for status in well)
    given: set[int] = set()
    acted = failed = 0
    while acted < wanted and not failed and not stopping:
        portion = [row async for row in _first(rows, wanted - acted)]
        if not portion:
            break
        given.update(row.number for row in portion)
        await pipeline.run(_each(portion))
        if not await flushed():
            return False
        acted = len(await off_loop(partial(job.run.view().acted_since, began)))
        failed = len(given) - (sum(tally.statuses[status] for status in well) - before)
    if stopping:
        return False
    there = len(given) - acted
    if not failed:
        act, were = job.operation.act or "request", "was" if there == 1 else "were"
        if acted:
            and_there = f" ({there:,} more {were} there already)" if there else ""
            job.observer.say(f"canary: {plural(acted, act)} sent, and all succeeded{and_there}; going on with the rest")
        elif there:
            job.observer.say(f"canary: no {act} was needed, as {plural(there, 'row')} {were} there already")
        return acted >= wanted
    reason = f"{failed} of {plural(len(given), 'canary row')} did not succeed"
    why = await off_loop(partial(_explained, job, frozenset(given)))
    told()
    if not job.observer.overrules(reason, why):
        stopping.stop(Stop(reason, ExitCode.STOPPED))
    return not stopping


async def _first(rows: AsyncIterator[Row], most: int) -> AsyncIterator[Row]:
    """The next rows, so many at most; the others stay where they are."""
    for _ in range(most):
        try:
            yield await anext(rows)
        except StopAsyncIteration:
            return


async def _each(rows: list[Row]) -> AsyncIterator[Row]:
    for row in rows:
        yield row


def _explained(job: Job, rows: frozenset[int]) -> list[str]:
    """What became of those rows that are not well, with what the catalogue knows of it.

    Args:
        job: whose rows they are.
        rows: their numbers in the journal.
    """
    totals = Totals(job.operation.well)
    for number, result in enumerate(job.run.results(), 1):
        if number in rows:
            totals.add(result)
    catalogue = (job.catalogue or Catalogue.shipped()).of_kind(job.run.kind.name)
    return list(explanation(totals.groups, catalogue, job.observer.width))


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
                f"{wrong} row{' was' if wrong == 1 else 's were'} refused or failed (--max-errors {effort.max_errors})"
            )
        if share is not None and tried >= _FAIR_SAMPLE and wrong >= share * tried:
            return f"{wrong} of {tried} rows were refused or failed (--max-errors {effort.max_errors})"
        return ""

    return enough
