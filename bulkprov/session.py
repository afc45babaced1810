"""A run at work: the network side put together from settings, signed in, and driven until it ends or is stopped.

This is where parts are chosen and put together, on whatever surroundings the run is given. It knows all of them by
name, and decides nothing about rows.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bulkprov import life
from bulkprov.auth import Auth, GivenToken, Login, fits_header
from bulkprov.commits import BEAT, Commits, OffLoop
from bulkprov.errors import ExitCode, ServerError, SettingsError, Stop
from bulkprov.governor import Governor, Rate
from bulkprov.journal import Batch, Decide, Journal
from bulkprov.log import Log
from bulkprov.lookups import ClientsFirst, Lookups
from bulkprov.model import End, Outcome, Row, Standing, Status, Tally, Verdict
from bulkprov.operations import PLAN, ROLLBACK, RUN
from bulkprov.pipeline import Pipeline
from bulkprov.settings import Access, Effort, read_secret
from bulkprov.simulator import Simulator, SimulatorSettings
from bulkprov.stopping import Stopping
from bulkprov.surroundings import Surroundings, real
from bulkprov.transport import Transport, trust
from bulkprov.webservice import WebService
from bulkprov.wire import BY_NAME

__all__ = ["Credentials", "Job", "decide", "limits_of", "work"]

_LONGEST_SETTLE: Final = 10.0
_GOODBYE: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credentials:
    """How to sign in: a token, or a user name and password."""

    token: str = ""
    username: str = ""
    password: str = ""

    @classmethod
    def of(cls, access: Access, ask: Callable[[str], str]) -> "Credentials":
        """Collect them.

        Args:
            access: says where they are.
            ask: asks for the password of the user it is given; gives nothing if nobody is there to answer.

        Raises:
            SettingsError: there are none, or two kinds; or `--ca-file` cannot be used, which is found out here as well,
                before a sheet is read.
        """
        trust(ca_file=access.ca_file, verify=not access.insecure)
        if access.username and access.token_file:
            raise SettingsError("--username and --token-file exclude each other")
        if access.username:
            password = read_secret(access.password_file, "BULKPROV_PASSWORD") or ask(access.username)
            if not password:
                raise SettingsError("no password: give --password-file FILE, or set BULKPROV_PASSWORD")
            return cls(username=access.username, password=password)
        if access.simulate and not access.token_file:
            built_in = SimulatorSettings()
            return cls(username=built_in.username, password=built_in.password)
        if token := read_secret(access.token_file, "BULKPROV_TOKEN"):
            if not fits_header(token):
                raise SettingsError("the token holds characters that no token has; it is one line of plain ASCII text")
            return cls(token=token)
        raise SettingsError("no credentials: give --token-file FILE, or --username NAME")


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
    operation: life.Operation = RUN
    """What is wanted of the rows."""
    say: Callable[[str], None]
    """Tells the person at the terminal."""
    around: Surroundings = field(default_factory=real)

    @property
    def limits(self) -> life.Limits:
        """How much a row may cost. What never acts has nothing but looks."""
        limits = limits_of(self.access, self.effort)
        return limits if self.operation is RUN else replace(limits, first_look=True)


def limits_of(access: Access, effort: Effort) -> life.Limits:
    """How much a row may cost, by the settings."""
    settle = min(access.timeout, _LONGEST_SETTLE) if effort.settle is None else effort.settle
    return life.Limits(
        max_attempts=effort.max_attempts,
        settle=settle,
        settle_answered=min(settle, life.Limits().settle_answered),
        first_look=not effort.no_first_look,
    )


def decide(limits: life.Limits, alive: float, now: float) -> Decide:
    """What comes next for a row that an earlier process left: just what would have come next then.

    A row with a target was in a rollback, all others were in a run: no other operation is ever gone on with.

    Args:
        limits: how much a row may cost.
        alive: when that process last wrote the journal, in seconds since the epoch.
        now: seconds since the epoch.
    """

    def following(standing: Standing, verdict: Verdict | None) -> Standing | Outcome:
        if verdict is None:
            # It may have been sent until the process died, which was about a beat after its last sign of life.
            return life.interrupted(standing, min(alive + 2 * BEAT, now))
        operation = ROLLBACK if standing.target else RUN
        decided = life.after(operation, standing, verdict, limits)
        return life.resumed(decided, now) if isinstance(decided, Standing) else decided

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
            transport = await stack.enter_async_context(_transport(job, await _root(job, stack)))
            auth = _auth(job, transport)
            service = WebService(transport, auth, BY_NAME[job.access.wire], clock=clock)
            await stopping.unless(_sign_in(auth, service, job))
            commits = Commits(
                job.journal,
                off_loop=off_loop,
                clock=clock,
                failed=lambda error: stopping.stop(Stop(str(error), ExitCode.NOT_WRITTEN)),
            )
            async with commits:
                pipeline = _pipeline(job, service, commits, stopping, clock)
                await pipeline.run(_todo(job, off_loop))
                if not stopping and await commits.flushed():
                    # A last pass over what nobody could settle before: the server may answer by now.
                    await pipeline.run(_in_doubt(job, off_loop))
            for row, outcome in commits.lost:
                job.say(f"not in the journal: row {row.sheet_row} is {outcome.status}, backupsetId {outcome.reply.id}")
            await _sign_out(auth)
    return stopping.reason


async def _root(job: Job, stack: AsyncExitStack) -> str:
    """The server's URL, after starting the simulator if that is to be the server."""
    access = job.access
    if not access.simulate:
        return access.server
    settings = SimulatorSettings(state=job.simulator_state, faults=access.faults, seed=access.seed)
    simulator = await stack.enter_async_context(Simulator(settings))
    return simulator.url


def _transport(job: Job, root: str) -> Transport:
    access = job.access

    def sent() -> None:
        job.tally.requests += 1

    return Transport(
        root,
        timeout=access.timeout,
        connect_timeout=access.connect_timeout,
        connections=job.effort.concurrency + 1,  # one more, for the probe of a silent server
        tls=trust(ca_file=access.ca_file, verify=not access.insecure) if root.startswith("https:") else None,
        connector=job.around.connector,
        on_request=sent,
    )


def _auth(job: Job, transport: Transport) -> Auth:
    credentials = job.credentials
    for secret in (credentials.token, credentials.token.partition(" ")[2], credentials.password):
        job.log.hide(secret)
    if credentials.token:
        return GivenToken(credentials.token)
    return Login(
        transport.exchange,
        BY_NAME[job.access.wire],
        username=credentials.username,
        password=credentials.password,
        max_attempts=job.effort.max_attempts,
        hide=job.log.hide,
        random=job.around.random,
    )


async def _sign_in(auth: Auth, service: WebService, job: Job) -> None:
    """Sign in. A token that was given is tried by one read, so that a dead server or token is found out now."""
    await auth.sign_in()
    if job.credentials.token:
        verdict = await service.listing("")
        for wait in (0.5, 1, 2, 4, 8):
            if verdict.end is End.ANSWERED or verdict.halt or verdict.http_status:
                break
            await asyncio.sleep(wait)
            verdict = await service.listing("")
        if verdict.halt or not verdict.http_status:
            raise ServerError(verdict.halt or verdict.why)


def _pipeline(
    job: Job, service: WebService, commits: Commits, stopping: Stopping, clock: Callable[[], float]
) -> Pipeline:
    rate = Rate(job.effort.per_second) if job.effort.per_second else None
    slots = min(job.effort.concurrency, max(job.tally.rows, 1))  # of silent exchanges, too, so many open the circuit
    governor = Governor(slots=slots, tally=job.tally, stopping=stopping, rate=rate)

    def shared(ask: Callable[[str], Awaitable[Verdict]]) -> Lookups:
        async def fetch(client: str, leaves: Callable[[], None]) -> Verdict:
            async def leave() -> Verdict:
                leaves()
                return await ask(client)

            return await governor.exchange(leave)

        return Lookups(fetch, clock=clock)

    looks = shared(service.listing)
    return Pipeline(
        operation=job.operation,
        service=service,
        looks=ClientsFirst(shared(lambda _: service.clients()), looks) if job.operation is PLAN else looks,
        gate=governor,
        journal=commits,
        stopping=stopping,
        limits=job.limits,
        tally=job.tally,
        log=job.log,
        enough=_error_budget(job.effort),
        workers=2 * job.effort.concurrency,
        clock=clock,
        random=job.around.random,
    )


async def _todo(job: Job, off_loop: OffLoop) -> AsyncIterator[Row]:
    """The rows that are to be done, read in chunks. What an earlier process knew but did not write down is settled."""
    journal, limits = job.journal, job.limits
    alive = float((await off_loop(journal.facts)).get("alive", 0))
    begun = await off_loop(journal.unfinished, decide(limits, alive, job.around.clock()))
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
    if job.operation is ROLLBACK:
        return job.journal.made, last, begun
    return job.journal.todo, last, life.begin(job.limits), begun


async def _in_doubt(job: Job, off_loop: OffLoop) -> AsyncIterator[Row]:
    """The rows that may have been made, and that no look-up has settled."""
    async for row in _todo(job, off_loop):
        if row.standing.open:
            yield row


async def _sign_out(auth: Auth) -> None:
    """End the session, but let nobody wait for a server that does not answer any more."""
    try:
        async with asyncio.timeout(_GOODBYE):
            await auth.sign_out()
    except TimeoutError:
        return


def _error_budget(effort: Effort) -> Callable[[Tally], str]:
    """Whether enough rows have gone wrong to stop."""
    number, share = effort.budget

    def enough(tally: Tally) -> str:
        wrong = tally.statuses[Status.REJECTED] + tally.statuses[Status.FAILED]
        tried = wrong + tally.statuses[Status.CREATED] + tally.statuses[Status.EXISTS] - tally.carried
        if number is not None and wrong >= number:
            return f"{wrong} rows were rejected or failed (--max-errors {effort.max_errors})"
        if share is not None and tried >= _FAIR_SAMPLE and wrong >= share * tried:
            return f"{wrong} of {tried} rows were rejected or failed (--max-errors {effort.max_errors})"
        return ""

    return enough


_FAIR_SAMPLE: Final = 20
"""Rows tried before a share of errors means anything."""
