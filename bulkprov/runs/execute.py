"""One stretch of work on a run, whatever the operation, and how it ended.

Commands and the library both come in here. It knows no terminal: what is to be seen meanwhile, and who is told, is
handed in.
"""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.model import Status, Tally
from bulkprov.engine.operations import RUN, Operation
from bulkprov.errors import ExitCode, ServerError, Stop, StorageError
from bulkprov.runs.assemble import Job, work
from bulkprov.runs.environment import Surroundings, real
from bulkprov.runs.log import Log
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort

__all__ = ["Ended", "Seen", "as_it_stands", "carry_out", "drive"]

T = TypeVar("T")

Seen: TypeAlias = Callable[[Tally], AbstractAsyncContextManager[Any]]
"""Shows a tally for as long as the work goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run, or one more stretch of it, ended."""

    tally: Tally
    seconds: float
    finished: int
    """Rows that ended in this stretch."""
    stop: Stop | None
    statuses: Counter[Status]
    """Rows by status, those without an outcome too; of a rollback, the rows that were to be rolled back."""
    operation: Operation = RUN
    refused: bool = False
    """Whether it was the sheet that was stopped at, before anything was sent: by --strict, or --plan-first."""

    @property
    def exit_code(self) -> ExitCode:
        """What the process says."""
        if self.tally.bugs:
            return ExitCode.BUG
        if self.stop is None:
            left = sum(count for status, count in self.statuses.items() if status not in self.operation.well)
            return ExitCode.ROWS_LEFT if left else ExitCode.DONE
        if self.stop.exit_code is ExitCode.STOPPED and not self.tally.creates:
            return ExitCode.NO_SERVER
        return self.stop.exit_code


async def carry_out(
    run: Run,
    *,
    access: Access,
    effort: Effort,
    credentials: Credentials,
    log: Log,
    operation: Operation = RUN,
    seen: Seen = nullcontext,
    say: Callable[[str], None] = lambda _line: None,
    ask: Callable[[str], bool] = lambda _question: False,
    around: Surroundings | None = None,
) -> Ended:
    """Do what an operation wants of a run's rows, as far as it is not done; the results are not written here.

    Args:
        run: with its rows taken in.
        access: which server; see `Run.access`.
        effort: how hard to try.
        credentials: how to sign in.
        log: told what happens.
        operation: what is wanted of the rows.
        seen: shows the tally meanwhile.
        say: tells the person who waits.
        ask: asks that person.
        around: clocks, connections and so on, if not this machine's.

    Raises:
        StorageError: the journal cannot be used.
    """
    tally, around = run.tally(operation), around or real()
    before, began = tally.statuses.total(), time.monotonic()
    log.info("run.started", operation=operation.name, run=str(run.folder), rows=tally.rows, server=run.manifest.server)
    refusal = stop = _refusal(run, effort) if operation.creates else None
    if refusal is None:
        job = Job(
            journal=run.journal,
            access=access,
            effort=effort,
            credentials=credentials,
            simulator_state=run.simulator_state,
            tally=tally,
            log=log,
            say=say,
            ask=ask,
            operation=operation,
            around=around,
        )
        stop = await _worked(job, seen)
    seconds, finished = time.monotonic() - began, tally.statuses.total() - before
    limits = _limits(tally, around.clock()) if operation.creates else ()
    unkept = _kept(run, limits, seconds=seconds, requests=tally.requests, finished=finished)
    ended = Ended(
        tally=tally,
        seconds=seconds,
        finished=finished,
        stop=stop or unkept,
        statuses=_statuses(run, tally, operation),
        operation=operation,
        refused=refusal is not None,
    )
    log.info("run.ended", operation=operation.name, exit_code=int(ended.exit_code), seconds=round(seconds, 3))
    return ended


async def _worked(job: Job, seen: Seen) -> Stop | None:
    async with seen(job.tally):
        try:
            return await work(job)
        except ServerError as error:
            return Stop(str(error), ExitCode.NO_SERVER)


def _kept(
    run: Run, limits: tuple[tuple[float, int], ...], *, seconds: float, requests: int, finished: int
) -> Stop | None:
    """Keep what this stretch has cost, and what else is known of it; why not, if it cannot be kept."""
    try:
        run.add_costs(seconds=seconds, requests=requests, finished=finished)
        if limits:
            run.update(limits=limits)
    except StorageError as error:
        return Stop(str(error), ExitCode.NOT_WRITTEN)
    return None


def _limits(tally: Tally, now: float) -> tuple[tuple[float, int], ...]:
    """How the limit on requests in flight went, if it did not stay as it was.

    In this stretch only: there may be a night between it and the one before.
    """
    points = tally.limits.points
    return (*points, (max(now, points[-1][0]), tally.limit)) if points else ()


def as_it_stands(run: Run, operation: Operation = RUN) -> Ended:
    """What a stretch would tell in which nothing was done."""
    tally = run.tally(operation)
    statuses = _statuses(run, tally, operation)
    return Ended(tally=tally, seconds=0, finished=0, stop=None, statuses=statuses, operation=operation)


def _statuses(run: Run, tally: Tally, operation: Operation) -> Counter[Status]:
    """Rows by how they look; in a rollback, those that it did not come to are still as they were."""
    if not operation.undoes:
        return run.statuses()
    doubted = run.half_deleted()
    left = {Status.UNKNOWN: doubted, Status.CREATED: tally.rows - tally.statuses.total() - doubted}
    return tally.statuses + Counter(left)


def _refusal(run: Run, effort: Effort) -> Stop | None:
    """With --strict, why nothing may be sent."""
    invalid = run.invalid() if effort.strict else 0
    if not invalid:
        return None
    return Stop(f"{invalid} rows are invalid, and --strict was said; nothing was sent", ExitCode.NO_SERVER)


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run an event loop for this: uvloop's, where it is installed."""
    gc.freeze()  # what was imported and read so far stays; nobody need search it for cycles again
    try:
        import uvloop  # noqa: PLC0415 - not on every system
    except ImportError:
        new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    else:
        new_loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.get_loop().set_exception_handler(_unless_lost)
        return runner.run(work)


def _unless_lost(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tell what went wrong in the loop itself, but for connections that were lost: whoever used one was told."""
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(context)
