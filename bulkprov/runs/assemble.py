"""A run at work: its parts put together for a job, signed in, and driven until the run ends or is stopped.

This is the one place that knows all parts by name: transport, web service, lookups, gate, journal, pipeline. It decides
nothing about rows.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bulkprov.commvault.transport import Transport
from bulkprov.commvault.webservice import WebService
from bulkprov.engine import lifecycle
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import Outcome, Row, Standing, Status, Tally, Verdict
from bulkprov.engine.pipeline import Pipeline
from bulkprov.engine.stop import Stopping
from bulkprov.engine.throttle.adaptive_limit import MAX_LIMIT, AdaptiveLimit, FixedLimit
from bulkprov.engine.throttle.gate import Gate
from bulkprov.engine.throttle.slots import Rate
from bulkprov.errors import ExitCode, Stop
from bulkprov.journal.group_commit import JournalWriter, OffLoop
from bulkprov.journal.rows import Batch
from bulkprov.journal.view import View
from bulkprov.runs.connect import authority, root_of, sign_in, sign_out, transport_to
from bulkprov.runs.decide import decide
from bulkprov.runs.job import Job
from bulkprov.settings import Effort
from bulkprov.wire import BY_NAME

if TYPE_CHECKING:
    from bulkprov.engine.ports import Lookups

__all__ = ["work"]

_FAIR_SAMPLE: Final = 20
"""Rows tried before a share of errors means anything."""


async def work(job: Job, tally: Tally) -> Stop | None:
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
    stopping, environment, attempts = Stopping(), job.environment, job.effort.max_attempts
    with environment.signals(stopping, job.observer.say), environment.off_loop() as off_loop:
        async with AsyncExitStack() as stack:
            transport = await _transport(job, tally, stack)
            auth = authority(
                transport, job.access, job.credentials, max_attempts=attempts, log=job.log, environment=environment
            )
            form = BY_NAME[job.access.wire]
            service = WebService(transport, auth, form, job.run.kind, clock=environment.clock, mask=job.log.masked)
            await stopping.until_stopped(
                sign_in(auth, service, job.credentials, max_attempts=attempts, random=environment.random)
            )
            _stop_at_the_end_of_the_window(job, stopping, stack)
            writer = JournalWriter(
                job.run.journal,
                off_loop=off_loop,
                clock=environment.clock,
                operation=job.operation.name,
                failed=lambda error: stopping.stop(Stop(str(error), ExitCode.NOT_WRITTEN)),
                written=job.log.flush,
            )
            async with writer:
                pipeline = _pipeline(job, tally, service, writer, stopping)
                rows = _todo(job, tally, off_loop)
                if job.effort.canary and job.operation.act and not stopping:
                    await _send_canary(job, tally, pipeline, rows, stopping)
                await pipeline.run(rows)
                if not stopping and await writer.flushed():
                    # A last pass over the rows that no look-up could settle: the server may answer by now.
                    await pipeline.run(_in_doubt(job, tally, off_loop))
            for row, outcome in writer.lost:
                known = f"{outcome.status}, {job.run.kind.columns.id_column} {outcome.reply.id}"
                job.observer.say(f"not in the journal: row {row.sheet_row} is {known}")
            await sign_out(auth)
    return stopping.reason


async def _send_canary(
    job: Job, tally: Tally, pipeline: Pipeline, rows: AsyncIterator[Row], stopping: Stopping
) -> None:
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
        reason = f"{sent - succeeded} of {sent} rows sent first (--canary) did not succeed"
        if not job.observer.ask(f"{reason}. Go on with the others?"):
            stopping.stop(Stop(reason, ExitCode.STOPPED))


async def _transport(job: Job, tally: Tally, stack: AsyncExitStack) -> Transport:
    def sent() -> None:
        tally.requests += 1

    root = await root_of(job.access, job.run.simulator_state, stack)
    connections = _most_at_once(job, tally) + 1  # one more, for the probe of a silent server
    transport = transport_to(root, job.access, job.environment, connections=connections, sent=sent)
    return await stack.enter_async_context(transport)


def _most_at_once(job: Job, tally: Tally) -> int:
    """The most exchanges that are ever in flight: a small wave needs no more than it has rows."""
    asked = job.effort.concurrency
    return min(MAX_LIMIT if asked == "auto" else asked, max(tally.rows, 1))


def _pipeline(job: Job, tally: Tally, service: WebService, writer: JournalWriter, stopping: Stopping) -> Pipeline:
    clock = job.environment.clock
    rate = Rate(job.effort.per_second) if job.effort.per_second else None
    most = _most_at_once(job, tally)
    limit = AdaptiveLimit(maximum=most) if job.effort.concurrency == "auto" else FixedLimit(most)
    gate = Gate(limit=limit, tally=tally, stopping=stopping, rate=rate, verb=job.operation.act or "create")

    def shared(ask: Callable[[str], Awaitable[Verdict]]) -> SharedLookups:
        async def fetch(name: str, leaves: Callable[[], None], settles: bool) -> Verdict:
            async def leave() -> Verdict:
                leaves()
                return await ask(name)

            return await gate.exchange(leave, settles=settles)

        return SharedLookups(fetch, clock=clock)

    listed = shared(service.listing)
    plan_lookups = job.run.kind.plan_lookups if job.operation.asks_for_place else None
    lookups: Lookups = listed
    if plan_lookups:
        lookups = plan_lookups(
            listed, lambda query: shared(partial(service.read, query)), deep=job.operation.asks_deeply
        )
    return Pipeline(
        operation=job.operation,
        service=service,
        lookups=lookups,
        gate=gate,
        journal=writer,
        stopping=stopping,
        policy=job.policy,
        tally=tally,
        log=job.log,
        error_budget=_error_budget(job.effort, tally.statuses.copy()),
        clock=clock,
        random=job.environment.random,
        id_name=job.run.kind.columns.id_column,
    )


async def _todo(job: Job, tally: Tally, off_loop: OffLoop) -> AsyncIterator[Row]:
    """The rows with something left to do, read in chunks.

    First the journal gets the outcomes that follow from what an earlier process knew and did not live to write.
    """
    journal = job.run.journal
    alive = float((await off_loop(journal.facts)).get("alive", 0))
    begun = await off_loop(View(journal, decide(job.policy, alive, job.environment.clock())).unfinished)
    settled = Batch(alive=alive)
    for number, outcome in [(number, each) for number, each in begun.items() if isinstance(each, Outcome)]:
        settled.finish(number, outcome)
        tally.statuses[outcome.status] += 1
        del begun[number]
    await off_loop(journal.apply, settled)
    last, given = 0, 0
    while rows := await off_loop(*_next_rows(job, last, begun)):
        for row in rows:
            if job.effort.limit is not None and given >= job.effort.limit:
                return
            given += 1
            yield row
        last = rows[-1].number


def _next_rows(job: Job, last: int, begun: dict[int, Standing | Outcome]) -> tuple[Any, ...]:
    """The call that reads the next rows: those without an outcome, or, for a rollback, those that this run made."""
    if job.operation.undoes:
        return job.run.journal.made, last, begun, job.environment.clock()
    return job.run.journal.todo, last, lifecycle.begin(job.policy), begun


async def _in_doubt(job: Job, tally: Tally, off_loop: OffLoop) -> AsyncIterator[Row]:
    """The rows whose things may have been made, and that no look-up has settled."""
    async for row in _todo(job, tally, off_loop):
        if row.standing.unsettled:
            yield row


def _error_budget(effort: Effort, before: Counter[Status]) -> Callable[[Tally], str]:
    """What says why the run stops, once too many rows have gone wrong; an empty text until then.

    Args:
        effort: has the budget.
        before: the rows by status before this work; they do not count.
    """
    number, share = effort.budget

    def enough(tally: Tally) -> str:
        since = tally.statuses - before
        wrong = since[Status.REJECTED] + since[Status.FAILED]
        tried = wrong + since[Status.CREATED] + since[Status.EXISTS]
        if number is not None and wrong >= number:
            return (
                f"{wrong} row{' was' if wrong == 1 else 's were'} rejected or failed (--max-errors {effort.max_errors})"
            )
        if share is not None and tried >= _FAIR_SAMPLE and wrong >= share * tried:
            return f"{wrong} of {tried} rows were rejected or failed (--max-errors {effort.max_errors})"
        return ""

    return enough


def _stop_at_the_end_of_the_window(job: Job, stopping: Stopping, stack: AsyncExitStack) -> None:
    now = datetime.fromtimestamp(job.environment.clock()).astimezone()
    if end := job.effort.window_ends(now):
        stop = Stop(f"it is {job.effort.until} (--until)", ExitCode.STOPPED)
        timer = asyncio.get_running_loop().call_later((end - now).total_seconds(), stopping.stop, stop)
        stack.callback(timer.cancel)
