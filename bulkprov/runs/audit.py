"""The audit: once all creates of a run are settled, every row of which one left is looked at again.

An answer may have been another request's, a list late, a set deleted meanwhile. So when work on a run ends, and its
last create is settled, each client of which a create left is listed once more. A row that was created must stand there
under its id; if it does not, it is asked for by its id too. A process that was killed owes its audit to whatever goes
on with the run.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from bulkprov.engine.model import Evidence, Row, Standing, Status
from bulkprov.engine.operations import AUDIT, Operation
from bulkprov.engine.pipeline import Pipeline
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.errors import ExitCode, Stop, StorageError
from bulkprov.journal.group_commit import OffLoop
from bulkprov.runs.job import Job

__all__ = ["Audit", "note"]

_WORTH_SAYING = 2.0
"""Seconds of waiting that the operator should know of."""


async def note(job: Job, off_loop: OffLoop, stopping: Stopping, **facts: Any) -> None:
    """Store facts of the job's run; a journal that cannot be written stops it."""
    try:
        await off_loop(partial(job.run.update, **facts))
    except StorageError as error:
        stopping.stop(Stop(str(error), ExitCode.NOT_WRITTEN))


class Audit:
    """The audits of a job."""

    def __init__(
        self,
        job: Job,
        *,
        tally: Tally,
        pipeline: Callable[[Operation, Tally, Stopping], Pipeline],
        begun: Callable[[Stopping], Awaitable[Mapping[int, Standing]]],
        off_loop: OffLoop,
        flushed: Callable[[], Awaitable[bool]],
        told: Callable[[], None],
        began: float,
    ) -> None:
        """Prepare.

        Args:
            job: whose run is audited.
            tally: of the job's work; its last act is what has to settle.
            pipeline: makes a pipeline for an operation.
            begun: where rows stand that have begun something.
            off_loop: runs a function in the journal's thread.
            flushed: waits until all that was stored is on disk, and tells whether it is.
            told: tells other processes how far the work is: the audit's wait begins, or the audit itself.
            began: when this process began its work, in seconds since the epoch.
        """
        self._job, self._tally, self._pipeline, self._begun = job, tally, pipeline, begun
        self.complete = True
        """Whether no audit is owed any more."""
        self._off_loop, self._flushed, self._began = off_loop, flushed, began
        self._told = told
        self._done_before = tally.statuses.total()

    async def owed(self, stopping: Stopping) -> None:
        """The audit that an earlier process owes; before a rollback of its unfinished rows too."""
        job = self._job
        owed = await self._off_loop(job.run.unaudited)
        if job.operation.undoes:
            owed += await self._off_loop(job.run.left_open)
        self.complete = not owed
        if owed and not job.effort.no_audit:
            await self._carry_out(stopping, since=self._began, first=True)

    async def of_this_work(self, stopping: Stopping) -> None:
        """The audit of what this work has created, however it ended.

        Not after the operator has interrupted it, who wants to leave, nor if the server leaves no way to ask.
        """
        job, stop = self._job, stopping.reason
        # Creates of a process that was killed may have been settled by looks alone.
        worked = self._tally.acted_at or self._tally.statuses.total() > self._done_before
        if job.effort.no_audit or not (worked and await self._off_loop(job.run.unaudited)):
            return
        since = self._tally.acted_at or self._began
        if stop is None:
            await self._carry_out(stopping, since=since)
        elif stop.exit_code is ExitCode.STOPPED and not stop.server:
            after_stop = Stopping()
            with job.environment.signals(after_stop, job.observer.say, job.go_on):
                await self._carry_out(after_stop, since=since)

    async def _carry_out(self, stopping: Stopping, *, since: float, first: bool = False) -> None:
        began = self._job.environment.clock()
        try:
            await self._look_again(stopping, since=since, first=first)
        finally:
            self._tally.audit_seconds += self._job.environment.clock() - began

    async def _look_again(self, stopping: Stopping, *, since: float, first: bool) -> None:
        job, settle = self._job, self._job.policy.settle
        wait = min(since + settle - job.environment.clock(), settle)
        if wait > _WORTH_SAYING:
            of = "what was created before comes first: it" if first else "what was created"
            job.observer.say(f"the audit of {of} begins in {wait:.0f} s, when the last create is settled")
        self._tally.audit_at = job.environment.clock() + wait
        self._told()
        await stopping.sleep(max(wait, 0.0))
        self._tally.audit_at = 0.0
        begun = await self._begun(stopping)
        tally = self._tally.audit = Tally(rows=self._tally.rows)
        self._told()
        pipeline = self._pipeline(AUDIT, tally, stopping)
        given = 0

        async def rows() -> AsyncIterator[Row]:
            nonlocal given
            last, audited = 0, job.run.manifest.audited
            while chunk := await self._off_loop(
                partial(job.run.journal.to_audit, last, audited, begun, job.environment.clock())
            ):
                for row in chunk:
                    if self._is_for_the_rollback(row):
                        continue
                    if row.reported or row.standing.left or row.standing.ever_in_doubt:
                        given += 1
                        yield row
                last = chunk[-1].number

        await pipeline.run(rows())
        self._tally.audit = None
        self._tally.bugs += tally.bugs
        self._tally.taken_back += tally.statuses[Status.GONE]
        job.log.info("run.audited", rows=given, left=given - tally.statuses.total())
        # What it has found comes to disk first: the fact that says so may not be believed without it.
        self.complete = await self._flushed() and given == tally.statuses.total() and not stopping
        if self.complete:
            await self.note(stopping)

    async def note(self, stopping: Stopping) -> None:
        """Store that all rows are audited."""
        newest = await self._off_loop(self._job.run.journal.last_nr)
        await note(self._job, self._off_loop, stopping, audited=newest)

    def _is_for_the_rollback(self, row: Row) -> bool:
        """Whether a rollback asks about a row itself; so it does of one whose delete may have taken effect."""
        if row.standing.target and row.standing.sends:
            return True
        if not (self._job.operation.undoes and row.reported and row.reported.status.done):
            return False
        evidence = row.reported.evidence
        return evidence is Evidence.PROVEN or (self._job.also_unproven and evidence is Evidence.PERHAPS)
