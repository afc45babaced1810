"""The parts of a run at work, put together for a job, and driven until the run ends or is stopped.

Only here are all parts of a run's work known by name: transport, web service, lookups, gate, journal, pipeline. It
decides nothing about rows; what holds a run back is in `brakes`, when rows are looked at once more in `audit`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from bulkprov.commvault.transport import Transport
from bulkprov.commvault.webservice import WebService
from bulkprov.engine import lifecycle
from bulkprov.engine.evidence import further
from bulkprov.engine.known_ids import KnownIds
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.marks import minted
from bulkprov.engine.model import Outcome, Row, Standing, Verdict
from bulkprov.engine.operations import Operation
from bulkprov.engine.parts import Parts
from bulkprov.engine.pipeline import Pipeline
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.engine.throttle.adaptive_limit import MAX_LIMIT, AdaptiveLimit, FixedLimit
from bulkprov.engine.throttle.gate import Gate
from bulkprov.engine.throttle.slots import Rate
from bulkprov.engine.wanted import folded
from bulkprov.errors import ExitCode, Stop, StorageError
from bulkprov.journal.group_commit import JournalWriter, OffLoop
from bulkprov.journal.rows import Batch
from bulkprov.journal.view import View
from bulkprov.runs.advice import advice_for, reader_of
from bulkprov.runs.audit import Audit, note
from bulkprov.runs.brakes import error_budget, say_pause, send_canary, stop_signal
from bulkprov.runs.connect import authority, root_of, service_with, sign_in, sign_out, transport_to
from bulkprov.runs.gated import ask, fetched
from bulkprov.runs.go_on import decide
from bulkprov.runs.job import Job
from bulkprov.runs.kept_options import passed
from bulkprov.runs.progress import ProgressFile

if TYPE_CHECKING:
    from bulkprov.engine.ports import Lookups

__all__ = ["work_through_rows"]


async def work_through_rows(job: Job, tally: Tally) -> Stop | None:
    """Do what a job wants of the rows of its run.

    Args:
        job: what is to be done, and with what.
        tally: the run's counts, kept up to date.

    Returns:
        why the run stopped early, or None.

    Raises:
        ServerError: the server could not be reached, trusted or signed in to; no create was sent.
        StorageError: the journal could not be read.
    """
    run, stopping, environment, attempts = job.run, stop_signal(job), job.environment, job.effort.max_attempts
    with environment.signals(stopping, job.observer.say, job.go_on), environment.off_loop() as off_loop:
        async with AsyncExitStack() as stack:
            stack.enter_context(stopping.timer())
            transport = await _transport(job, tally, stack)
            auth = authority(
                transport.exchange,
                job.access,
                job.credentials,
                max_attempts=attempts,
                log=job.log,
                environment=environment,
                shared=job.shared,
            )
            service = service_with(transport, auth, job.access, job.log, environment, kind=run.kind)
            signed_in = sign_in(auth, service, job.credentials, max_attempts=attempts, random=environment.random)
            with tally.awaits_first_answer():
                await stopping.until_stopped(signed_in)
            progress = ProgressFile(run.folder, run.manifest, tally, job.operation.name, environment.clock)
            stack.enter_context(progress.kept_new())
            writer = JournalWriter(
                run.journal,
                off_loop=off_loop,
                clock=environment.clock,
                operation=job.operation.name,
                failed=lambda error: stopping.stop(Stop(str(error), ExitCode.NOT_WRITTEN)),
                written=progress.after(job.log.flush),
                told=job.observer.ended,
            )
            async with writer:
                work = _Work(
                    job=job,
                    tally=tally,
                    service=service,
                    writer=writer,
                    progress=progress,
                    off_loop=off_loop,
                    ids=await _known_ids(job, off_loop),
                    began=environment.clock(),
                )
                await work.done(stopping)
            for row, outcome in writer.lost:
                known = f"{outcome.status}, {run.kind.columns.id_column} {outcome.reply.id}"
                job.observer.say(f"not saved in the journal: row {row.sheet_row}, {known}")
            await sign_out(auth)
    return stopping.reason


async def _known_ids(job: Job, off_loop: OffLoop) -> KnownIds:
    """The ids that earlier processes have reported."""
    journal, now = job.run.journal, job.environment.clock()
    ids = KnownIds(await off_loop(journal.reported_ids) if job.operation.act else (), settle=job.policy.settle)
    if job.operation.creates:
        for scope, number in await off_loop(journal.newest_reported):
            ids.testify(folded(scope), number, now)
    return ids


async def _transport(job: Job, tally: Tally, stack: AsyncExitStack) -> Transport:
    def sent() -> None:
        tally.requests += 1

    def distrusted(why: str) -> None:
        job.log.warning("connections.distrusted", why=why)

    root = await root_of(job.access, job.run.simulator_state, stack)
    connections = _most_at_once(job, tally) + 1  # one more, for the probe of a silent server
    transport = transport_to(
        root, job.access, job.environment, connections=connections, sent=sent, distrusted=distrusted
    )
    return await stack.enter_async_context(transport)


def _most_at_once(job: Job, tally: Tally) -> int:
    """The most exchanges that are ever in flight: a small wave needs no more than it has rows."""
    asked = job.effort.concurrency
    return min(MAX_LIMIT if asked == "auto" else asked, max(tally.rows, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The work of a job, with what it takes."""

    job: Job
    tally: Tally
    service: WebService
    writer: JournalWriter
    progress: ProgressFile
    off_loop: OffLoop
    ids: KnownIds
    began: float
    """When this process began it, in seconds since the epoch."""
    given: set[int] = field(default_factory=set)
    """The rows that count among those of --limit, by number."""

    async def done(self, stopping: Stopping) -> None:
        """Do it: first the audit that an earlier process owes, then the job itself, then the audit of this work."""
        job = self.job
        audit = Audit(
            job,
            tally=self.tally,
            pipeline=self.pipeline,
            begun=self.begun,
            off_loop=self.off_loop,
            flushed=self.writer.flushed,
            told=self.progress.write,
            began=self.began,
        )
        if job.operation.act:
            await audit.owed(stopping)
            await self._wait_for_deletes(stopping)
        rows = self._todo(await self.begun(stopping))
        pipeline = self.pipeline(job.operation, self.tally, stopping)
        if job.effort.canary and job.operation.act and not stopping:
            flushed, off_loop, told = self.writer.flushed, self.off_loop, self.progress.write
            parts = job, self.tally, pipeline, rows, stopping
            well = await send_canary(*parts, off_loop=off_loop, flushed=flushed, told=told)
            if well and job.operation.creates:
                await note(job, off_loop, stopping, **passed(job.run.manifest, "canary"))
        await pipeline.run(rows)
        if not stopping and await self.writer.flushed():
            # A last pass over the rows that no look-up could settle: the server may answer by now.
            await pipeline.run(_in_doubt(self._todo(await self.begun(stopping))))
        if job.operation.undoes:
            await self._undo_further(stopping)
        if job.operation.undoes and audit.complete and not stopping and await self.writer.flushed():
            await audit.note(stopping)  # it has asked about its own rows itself
        if job.operation.undoes and self.tally.creates:
            await note(job, self.off_loop, stopping, deleted_at=job.environment.clock())
        elif job.operation.creates and await self.writer.flushed():
            await audit.of_this_work(stopping)

    async def _undo_further(self, stopping: Stopping) -> None:
        """Delete what bears the mark of its row, and candidates if that is wanted, one of each row at a time."""
        tried: set[tuple[int, int]] = set()
        begun = -1
        while not stopping and await self.writer.flushed() and len(tried) > begun:
            begun = len(tried)
            tally = Tally(rows=self.tally.rows)
            await self.pipeline(self.job.operation, tally, stopping).run(self._further(tried))
            self.tally.creates += tally.creates
            self.tally.bugs += tally.bugs

    async def _further(self, tried: set[tuple[int, int]]) -> AsyncIterator[Row]:
        """The rows with a further thing that was not tried yet."""
        last, now = 0, self.job.environment.clock
        read = partial(self.job.run.journal.with_further, also_unproven=self.job.also_unproven)
        while rows := await self.off_loop(read, last, now()):
            for row in rows:
                there = further(row.standing, also_unproven=self.job.also_unproven)
                number = next((each for each in there if (row.number, each) not in tried), 0)
                if number:
                    tried.add((row.number, number))
                    yield replace(row, standing=lifecycle.of_candidate(row.standing, number))
            last = rows[-1].number

    async def _wait_for_deletes(self, stopping: Stopping) -> None:
        """Before a run: lists may still have for a while what a rollback has deleted."""
        deleted_at, now = self.job.run.manifest.deleted_at, self.job.environment.clock()
        if deleted_at and self.job.operation.creates:
            await stopping.sleep(min(max(deleted_at + self.job.policy.settle - now, 0.0), self.job.policy.settle))

    def pipeline(self, operation: Operation, tally: Tally, stopping: Stopping) -> Pipeline:
        """A pipeline for an operation, with a gate and look-ups of its own."""
        job, clock = self.job, self.job.environment.clock
        rate = Rate(job.effort.per_second) if job.effort.per_second else None
        most = _most_at_once(job, self.tally)
        limit = AdaptiveLimit(maximum=most) if job.effort.concurrency == "auto" else FixedLimit(most)
        gate = Gate(limit=limit, tally=tally, stopping=stopping, rate=rate, verb=operation.act or "create")
        gate.on_pause = partial(say_pause, job.log)
        lookups = self._lookups(operation, gate)
        parts = Parts(
            operation=operation,
            service=self.service,
            lookups=lookups,
            advise=advice_for(job, lookups) if operation.creates else None,
            gate=gate,
            journal=self.writer,
            stopping=stopping,
            policy=job.policy,
            tally=tally,
            log=job.log,
            error_budget=error_budget(job.effort, tally.statuses.copy()),
            clock=clock,
            random=job.environment.random,
            ids=self.ids if operation.act or operation.amends else KnownIds(),
            mint=partial(minted, job.run.folder.resolve().name, job.environment.random) if job.effort.mark else None,
            mask=job.log.masked,
            id_name=job.run.kind.columns.id_column,
        )
        return Pipeline(parts)

    def _lookups(self, operation: Operation, gate: Gate) -> "Lookups":
        kind, service, clock = self.job.run.kind, self.service, self.job.environment.clock

        def shared(fetch: Callable[[str], Awaitable[Verdict]], ids: KnownIds | None = None) -> SharedLookups:
            return SharedLookups(
                partial(fetched, gate, fetch),
                clock=clock,
                match=kind.match,
                differs=kind.differs,
                ask=partial(ask, gate, service),
                ids=ids,
                may_empty=not operation.creates,
            )

        listed = shared(service.listing, self.ids)
        if not (kind.plan_lookups and operation.asks_for_place):
            return listed
        deep = operation.asks_deeply
        return kind.plan_lookups(listed, lambda query: shared(reader_of(self.job, query, service)), deep=deep)

    async def begun(self, stopping: Stopping) -> dict[int, Standing]:
        """Where rows stand that have begun something, by row number.

        The journal first gets the outcomes that follow from what an earlier process knew and did not live to write.
        That is no work of this job, so it comes before anything that counts how well the job does.
        """
        job, journal, off_loop = self.job, self.job.run.journal, self.off_loop
        decided = decide(job.policy, self.began, job.environment.clock())
        try:
            begun = await off_loop(View(journal, decided).unfinished)
            outcomes = {number: each for number, each in begun.items() if isinstance(each, Outcome)}
            if outcomes:
                batch = Batch()
                for number, outcome in outcomes.items():
                    batch.finish(number, outcome)
                await off_loop(journal.apply, batch)
        except StorageError as error:
            stopping.stop(Stop(str(error), ExitCode.NOT_WRITTEN))
            return {}
        self.tally.statuses.update(outcome.status for outcome in outcomes.values())
        if self.tally.goal:
            self.tally.goal = min(self.tally.rows, self.tally.goal + len(outcomes.keys() - self.given))
        return {number: each for number, each in begun.items() if isinstance(each, Standing)}

    async def _todo(self, begun: Mapping[int, Standing]) -> AsyncIterator[Row]:
        """The rows with something left to do, read in chunks, up to --limit; a later pass has none that were not."""
        job, read = self.job, self._reader(begun)
        limit, last = job.effort.limit, 0
        while rows := await self.off_loop(read, last):
            for row in rows:
                if limit is not None and row.number not in self.given:
                    if len(self.given) >= limit:
                        return
                    self.given.add(row.number)
                yield row
            last = rows[-1].number

    def _reader(self, begun: Mapping[int, Standing]) -> Callable[[int], list[Row]]:
        """What reads the next rows: those without an outcome, or, for a rollback, those that this run made."""
        job, journal, now = self.job, self.job.run.journal, self.job.environment.clock
        if job.operation.undoes:
            return lambda last: journal.made(last, begun, now(), also_unproven=job.also_unproven)
        fresh = lifecycle.begin(job.policy)
        return lambda last: journal.todo(
            last, fresh, begun, lambda standing: lifecycle.resumed(standing, self.began, now())
        )


async def _in_doubt(rows: AsyncIterator[Row]) -> AsyncIterator[Row]:
    """Those rows whose things may have been made, and that no look-up has settled."""
    async for row in rows:
        if row.standing.unsettled:
            yield row
