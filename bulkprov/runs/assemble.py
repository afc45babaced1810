"""A run at work: the network side put together from settings, signed in, and driven until it ends or is stopped.

This is where parts are chosen and put together, on whatever surroundings the run is given. It knows all of them by
name, and decides nothing about rows.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bulkprov.commvault.credentials import Credentials
from bulkprov.commvault.inventory import ClientsFirst, Inventory
from bulkprov.commvault.transport import Transport
from bulkprov.commvault.webservice import WebService
from bulkprov.engine import lifecycle
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import Outcome, RetryPolicy, Row, Standing, Status, Tally, Verdict
from bulkprov.engine.operations import OPERATIONS, ROLLBACK, RUN, Operation
from bulkprov.engine.pipeline import Pipeline
from bulkprov.engine.stop import Stopping
from bulkprov.engine.throttle.adaptive_limit import MAX_LIMIT, AdaptiveLimit, FixedLimit
from bulkprov.engine.throttle.gate import Gate
from bulkprov.engine.throttle.slots import Rate
from bulkprov.errors import ExitCode, Stop
from bulkprov.journal.group_commit import HEARTBEAT, JournalWriter, OffLoop
from bulkprov.journal.rows import Batch
from bulkprov.journal.store import Journal
from bulkprov.journal.view import Decide, View
from bulkprov.runs.connect import authority, root_of, sign_in, sign_out, transport_to
from bulkprov.runs.environment import Surroundings, real
from bulkprov.runs.log import Log
from bulkprov.settings import Access, Effort
from bulkprov.wire import BY_NAME

if TYPE_CHECKING:
    from bulkprov.engine.ports import Lookups

__all__ = ["Job", "decide", "limits_of", "work"]

_LONGEST_SETTLE: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done, and with what."""

    journal: Journal
    """The run's; a thread of its own uses it meanwhile."""
    access: Access
    effort: Effort
    credentials: Credentials
    simulator_state: Path
    """Where the simulator keeps its estate, with `--simulate`."""
    tally: Tally
    """Kept up to date."""
    log: Log
    operation: Operation = RUN
    """What is wanted of the rows."""
    say: Callable[[str], None]
    """Tells the person at the terminal."""
    ask: Callable[[str], bool] = lambda _question: False
    """Asks that person; no where nobody is there to answer."""
    around: Surroundings = field(default_factory=real)

    @property
    def limits(self) -> RetryPolicy:
        """How much a row may cost. What never acts has nothing but looks."""
        limits = limits_of(self.access, self.effort)
        return limits if self.operation.rules.acts_without_look else replace(limits, first_look=True)


def limits_of(access: Access, effort: Effort) -> RetryPolicy:
    """How much a row may cost, by the settings."""
    settle = min(access.timeout, _LONGEST_SETTLE) if effort.settle is None else effort.settle
    return RetryPolicy(
        max_attempts=effort.max_attempts,
        settle=settle,
        settle_answered=min(settle, RetryPolicy().settle_answered),
        first_look=not effort.no_first_look,
    )


def decide(limits: RetryPolicy, alive: float, now: float) -> Decide:
    """What comes next for a row that an earlier process left, decided just as that process would have.

    Args:
        limits: how much a row may cost.
        alive: when that process last wrote the journal, in seconds since the epoch.
        now: seconds since the epoch.
    """

    def following(name: str, standing: Standing, verdict: Verdict | None) -> Standing | Outcome:
        if verdict is None:
            # It may have been sent until the process died, which was about a heartbeat after its last sign of life.
            return lifecycle.interrupted(standing, min(alive + 2 * HEARTBEAT, now))
        # Version 1 wrote no name: a row with a target was in a rollback, all others were in a run.
        operation = OPERATIONS.get(name) or (ROLLBACK if standing.target else RUN)
        decided = lifecycle.after(operation.rules, standing, verdict, limits)
        return lifecycle.resumed(decided, now) if isinstance(decided, Standing) else decided

    return following


async def work(job: Job) -> Stop | None:
    """Do what is to be done in a journal.

    Returns:
        why the run stopped early, or None.

    Raises:
        ServerError: the server could not be reached, trusted or signed in to; no create was sent.
        StorageError: the journal could not be read.
    """
    stopping = Stopping()
    around = job.around
    clock = around.clock
    with around.signals(stopping, job.say), around.off_loop() as off_loop:
        async with AsyncExitStack() as stack:
            transport = await _transport(job, stack)
            auth = authority(
                transport,
                job.access,
                job.credentials,
                max_attempts=job.effort.max_attempts,
                log=job.log,
                around=around,
            )
            service = WebService(
                transport, auth, BY_NAME[job.access.wire], job.journal.kind, clock=clock, mask=job.log.masked
            )
            await stopping.until_stopped(
                sign_in(
                    auth,
                    service,
                    job.credentials,
                    max_attempts=job.effort.max_attempts,
                    random=around.random,
                )
            )
            _stop_at_the_end_of_the_window(job, stopping, stack)
            writer = JournalWriter(
                job.journal,
                off_loop=off_loop,
                clock=clock,
                operation=job.operation.name,
                failed=lambda error: stopping.stop(Stop(str(error), ExitCode.NOT_WRITTEN)),
                written=job.log.flush,
            )
            async with writer:
                pipeline = _pipeline(job, service, writer, stopping, clock)
                rows = _todo(job, off_loop)
                if job.effort.canary and job.operation.act and not stopping:
                    await _send_canary(job, pipeline, rows, stopping)
                await pipeline.run(rows)
                if not stopping and await writer.flushed():
                    # A last pass over what nobody could settle before: the server may answer by now.
                    await pipeline.run(_in_doubt(job, off_loop))
            for row, outcome in writer.lost:
                job.say(f"not in the journal: row {row.sheet_row} is {outcome.status}, backupsetId {outcome.reply.id}")
            await sign_out(auth)
    return stopping.reason


async def _send_canary(job: Job, pipeline: Pipeline, rows: AsyncIterator[Row], stopping: Stopping) -> None:
    """Send the first rows by themselves, and go on only if all of them succeeded or somebody says so."""
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

    before = sum(job.tally.statuses[status] for status in well)
    await pipeline.run(first())
    succeeded = sum(job.tally.statuses[status] for status in well) - before
    if succeeded < sent and not stopping:
        told = f"{sent - succeeded} of {sent} rows sent first (--canary) did not succeed"
        if not job.ask(f"{told}. Go on with the others?"):
            stopping.stop(Stop(told, ExitCode.STOPPED))


def _stop_at_the_end_of_the_window(job: Job, stopping: Stopping, stack: AsyncExitStack) -> None:
    now = datetime.fromtimestamp(job.around.clock()).astimezone()
    if end := job.effort.window_ends(now):
        stop = Stop(f"it is {job.effort.until} (--until)", ExitCode.STOPPED)
        timer = asyncio.get_running_loop().call_later((end - now).total_seconds(), stopping.stop, stop)
        stack.callback(timer.cancel)


async def _transport(job: Job, stack: AsyncExitStack) -> Transport:
    def sent() -> None:
        job.tally.requests += 1

    root = await root_of(job.access, job.simulator_state, stack)
    connections = _most_at_once(job) + 1  # one more, for the probe of a silent server
    transport = transport_to(root, job.access, job.around, connections=connections, sent=sent)
    return await stack.enter_async_context(transport)


def _most_at_once(job: Job) -> int:
    """Exchanges that are ever under way at most: a small wave needs no more of them than it has rows."""
    asked = job.effort.concurrency
    return min(MAX_LIMIT if asked == "auto" else asked, max(job.tally.rows, 1))


def _pipeline(
    job: Job, service: WebService, writer: JournalWriter, stopping: Stopping, clock: Callable[[], float]
) -> Pipeline:
    rate = Rate(job.effort.per_second) if job.effort.per_second else None
    most = _most_at_once(job)
    limit = AdaptiveLimit(maximum=most) if job.effort.concurrency == "auto" else FixedLimit(most)
    gate = Gate(limit=limit, tally=job.tally, stopping=stopping, rate=rate, verb=job.operation.act or "create")

    def shared(ask: Callable[[str], Awaitable[Verdict]]) -> SharedLookups:
        async def fetch(client: str, leaves: Callable[[], None], settles: bool) -> Verdict:
            async def leave() -> Verdict:
                leaves()
                return await ask(client)

            return await gate.exchange(leave, settles=settles)

        return SharedLookups(fetch, clock=clock)

    sets = shared(service.listing)
    lookups: Lookups = sets
    if job.operation.asks_for_place:
        inventory = Inventory(
            clients=shared(service.client), agents=shared(service.agents), instances=shared(service.instances)
        )
        lookups = ClientsFirst(
            shared(lambda _: service.clients()),
            sets,
            inventory if job.operation.asks_deeply else None,
        )
    return Pipeline(
        operation=job.operation,
        service=service,
        lookups=lookups,
        gate=gate,
        journal=writer,
        stopping=stopping,
        policy=job.limits,
        tally=job.tally,
        log=job.log,
        error_budget=_error_budget(job.effort, job.tally.statuses.copy()),
        clock=clock,
        random=job.around.random,
        id_name=job.journal.kind.columns.id_column,
    )


async def _todo(job: Job, off_loop: OffLoop) -> AsyncIterator[Row]:
    """The rows that are to be done, read in chunks. What an earlier process knew but did not write down is settled."""
    journal, limits = job.journal, job.limits
    alive = float((await off_loop(journal.facts)).get("alive", 0))
    begun = await off_loop(View(journal, decide(limits, alive, job.around.clock())).unfinished)
    settled = Batch(alive=alive)
    for number, outcome in [(number, each) for number, each in begun.items() if isinstance(each, Outcome)]:
        settled.finish(number, outcome)
        job.tally.statuses[outcome.status] += 1
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
    """The call that reads the next rows: those that have no outcome, or, to roll back, those that this run made."""
    if job.operation.undoes:
        return job.journal.made, last, begun, job.around.clock()
    return job.journal.todo, last, lifecycle.begin(job.limits), begun


async def _in_doubt(job: Job, off_loop: OffLoop) -> AsyncIterator[Row]:
    """The rows that may have been made, and that no look-up has settled."""
    async for row in _todo(job, off_loop):
        if row.standing.unsettled:
            yield row


def _error_budget(effort: Effort, before: Counter[Status]) -> Callable[[Tally], str]:
    """Whether enough rows have gone wrong to stop, since there were so many of each status."""
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


_FAIR_SAMPLE: Final = 20
"""Rows tried before a share of errors means anything."""
