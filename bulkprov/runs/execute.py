"""Runs a job, and reports its result and what it cost.

Commands and the library both come in here. It knows no terminal: the job's observer follows the work.
"""

import asyncio
import gc
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from bulkprov.engine.model import Status
from bulkprov.engine.operations import RUN, Operation
from bulkprov.engine.tally import Tally
from bulkprov.errors import BulkprovError, ExitCode, RefusedError, ServerError, Stop, StorageError
from bulkprov.runs.assemble import work_through_rows
from bulkprov.runs.folder import LOG
from bulkprov.runs.job import Job
from bulkprov.runs.kept_plan import forget
from bulkprov.runs.leftovers import Leftover
from bulkprov.runs.mask import masked_by_all
from bulkprov.runs.run import Run
from bulkprov.runs.summary_facts import carried_unproven
from bulkprov.settings import Effort
from bulkprov.text import clean

__all__ = ["Ended", "as_it_stands", "broken_off", "carry_out", "drive", "with_log_kept", "worst"]

_UNSENT: Final = (ExitCode.UNUSABLE, ExitCode.NO_SERVER)
"""The exit codes that say that nothing was sent."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a job ended."""

    tally: Tally
    seconds: float
    finished: int
    """Rows that ended meanwhile."""
    stop: Stop | None
    """Why it ended early, if it did."""
    statuses: Counter[Status]
    """All rows by status, unfinished ones too; of a rollback, only the rows that it is about."""
    operation: Operation = RUN
    limit: int | None = None
    """How many rows were to be worked on at most; None if there was no such limit."""
    refused: bool = False
    """Nothing was sent because of what is in the sheet: by --strict, or --plan-first."""
    unaudited: int = 0
    """Rows of which a create left, and that no audit has looked at since."""
    audits: bool = True
    """Whether an audit was to be made, so that one that is owed counts."""
    audited: bool = False
    """Whether an audit has looked at all others."""
    unproven: int = 0
    """Rows that may have made sets which are not proven to be the run's."""
    carried_unproven: int = 0
    """Rows likewise that were carried over, so that it is not proven which sets are the earlier run's."""
    marks: bool = False
    """Whether its creates carried marks."""
    leftovers: tuple[Leftover, ...] = ()
    """After a rollback: what the run may have made, and that is left."""
    log: Path | None = None
    """Where the log is, if not in the run's folder."""
    began: float | None = None
    """When the work began, in seconds since the epoch; None if there was none."""
    over: float | None = None
    """When it was over, likewise: after the audit, before the results are written."""

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the command."""
        if self.tally.bugs:
            return ExitCode.BUG
        if self.stop is None:
            left = sum(count for status, count in self.statuses.items() if status not in self.operation.well)
            owed = self.unaudited and self.audits
            return ExitCode.ROWS_LEFT if left or owed or self.leftovers else ExitCode.DONE
        if self.stop.exit_code is ExitCode.STOPPED and not self.tally.creates:
            return ExitCode.NO_SERVER
        return self.stop.exit_code


async def carry_out(job: Job) -> Ended:
    """Do what a job wants of the rows of its run, as far as it is not done. The results are not written here.

    Raises:
        StorageError: the journal cannot be used.
        RefusedError: the server has refused the credentials, before anything was sent.
    """
    run, operation = job.run, job.operation
    tally = run.tally(operation, also_unproven=job.also_unproven)
    before, began, began_at = tally.statuses.total(), time.monotonic(), job.environment.clock()
    if job.effort.limit is not None:
        tally.goal = min(tally.rows, before + job.effort.limit)
    # a plan and a verification work in a folder that is gone when someone looks for it
    where = {"run": str(run.folder)} if operation.has_rows_to_fix else {}
    job.log.info("run.started", operation=operation.name, **where, rows=tally.rows, server=run.manifest.server)
    refusal = _refusal(run, job.effort) if operation.creates else None
    if operation.creates and not refusal:
        forget(run)
    with job.observer.follow(run, operation):
        stop = refusal or await _worked(job, tally)
    seconds = max(time.monotonic() - began - tally.audit_seconds, 0.0)
    finished = tally.statuses.total() - before
    limits = _limits(tally, job.environment.clock()) if operation.creates else ()
    unkept = None
    if not operation.undoes:  # what a run has cost is said beside its creates; deletes have another speed
        unkept = _store_costs(run, limits, seconds=seconds, requests=tally.requests, finished=finished)
    ended = Ended(
        tally=tally,
        seconds=seconds,
        finished=finished,
        stop=stop or unkept,
        statuses=_statuses(run, tally, operation),
        operation=operation,
        limit=job.effort.limit,
        refused=refusal is not None,
        unaudited=run.unaudited() if operation.act else 0,
        audits=not job.effort.no_audit,
        audited=run.manifest.audited > 0,
        unproven=run.unproven() if operation.creates else 0,
        carried_unproven=carried_unproven(run) if operation.creates else 0,
        marks=job.effort.mark and operation.creates,
        leftovers=tuple(run.leftovers(rolled_back=True)) if operation.undoes else (),
        began=began_at,
        over=job.environment.clock(),
    )
    job.log.info("run.ended", operation=operation.name, exit_code=int(ended.exit_code), seconds=round(seconds, 3))
    return ended


def as_it_stands(run: Run, operation: Operation = RUN) -> Ended:
    """The run's current summary, without doing any work."""
    tally = run.tally(operation)
    statuses = _statuses(run, tally, operation)
    return Ended(
        tally=tally,
        seconds=0,
        finished=0,
        stop=None,
        statuses=statuses,
        operation=operation,
        unaudited=run.unaudited() if operation.creates else 0,
        audits=False,
        audited=run.manifest.audited > 0,
        unproven=run.unproven() if operation.creates else 0,
        carried_unproven=carried_unproven(run) if operation.creates else 0,
    )


def with_log_kept(ended: Ended, run: Run) -> Ended:
    """How a job ended on a run in a temporary folder; after a bug, with a copy of the log, which goes with the folder.

    Args:
        ended: how it ended.
        run: whose folder is about to be deleted.
    """
    if not ended.tally.bugs:
        return ended
    with tempfile.NamedTemporaryFile(prefix="bulkprov-", suffix=".log", delete=False) as kept:
        kept.write((run.folder / LOG).read_bytes())
    return replace(ended, log=Path(kept.name))


def broken_off(run: Run, error: BulkprovError, operation: Operation = RUN) -> Ended:
    """How a run ended that could not begin, or be gone on with, after others of the same command.

    Raises:
        StorageError: its journal cannot be read.
    """
    return replace(as_it_stands(run, operation), stop=Stop(str(error), error.exit_code))


def worst(ended: Sequence[Ended]) -> ExitCode:
    """The worst exit code of several jobs; one that says that nothing was sent, only if that is true of them all."""
    code = max((each.exit_code for each in ended), default=ExitCode.DONE)
    return ExitCode.STOPPED if code in _UNSENT and any(each.tally.creates for each in ended) else code


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on an event loop of its own: uvloop's, where it is installed."""
    gc.freeze()  # what was imported and read so far stays, so no search for cycles has to go through it again
    try:
        import uvloop  # noqa: PLC0415 - not on every system
    except ImportError:
        new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    else:
        new_loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.get_loop().set_exception_handler(_unless_lost)
        return runner.run(work)


async def _worked(job: Job, tally: Tally) -> Stop | None:
    async with job.observer.watch(tally):
        try:
            return await work_through_rows(job, tally)
        except RefusedError:
            raise
        except ServerError as error:
            return Stop(str(error), ExitCode.NO_SERVER, unreached=True)


def _refusal(run: Run, effort: Effort) -> Stop | None:
    """With --strict, why nothing may be sent."""
    invalid = run.invalid() if effort.strict else 0
    if not invalid:
        return None
    rows = "1 row is" if invalid == 1 else f"{invalid} rows are"
    return Stop(f"{rows} invalid, and nothing was sent (--strict)", ExitCode.NO_SERVER)


def _store_costs(
    run: Run, limits: tuple[tuple[float, int], ...], *, seconds: float, requests: int, finished: int
) -> Stop | None:
    """Add to the manifest what this work has cost; why not, if it cannot be written."""
    try:
        run.add_costs(seconds=seconds, requests=requests, finished=finished)
        if limits:
            run.update(limits=limits)
    except StorageError as error:
        return Stop(str(error), ExitCode.NOT_WRITTEN)
    return None


def _limits(tally: Tally, now: float) -> tuple[tuple[float, int], ...]:
    """The limit on requests in flight over this work, if it ever changed.

    Over this work only: a night may lie between it and the work before.
    """
    points = tally.limits.points
    return (*points, (max(now, points[-1][0]), tally.limit)) if points else ()


def _statuses(run: Run, tally: Tally, operation: Operation) -> Counter[Status]:
    """Rows by status. In a rollback, the rows that it did not get to are still as they were."""
    if not operation.undoes:
        return run.statuses()
    doubted = run.half_deleted()
    left = {Status.UNKNOWN: doubted, Status.CREATED: tally.rows - tally.statuses.total() - doubted}
    return tally.statuses + Counter(left)


def _unless_lost(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say what went wrong in the loop itself, except for lost connections: their users have seen the error.

    asyncio's own report has the `repr` of everything at hand, and that of aiohttp's exceptions holds the token.
    """
    error = context.get("exception")
    if not isinstance(error, OSError):
        what = f"{type(error).__name__}: {error}" if error else "no exception"
        line = f"bulkprov: a bug in the event loop: {context.get('message')} ({what})"
        with suppress(OSError):  # stderr has no reader any more
            sys.stderr.write(f"{clean(masked_by_all(line))}\n")
