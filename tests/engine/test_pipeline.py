"""The loop on a virtual clock, over a real journal, gate and shared look-ups; only the server is a script."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine import lifecycle
from bulkprov.engine.creating import CREATING
from bulkprov.engine.known_ids import KnownIds
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import End, Evidence, Listing, Outcome, Reply, Row, Standing, Status, Step, Verdict
from bulkprov.engine.operations import AUDIT, ROLLBACK, RUN, Operation
from bulkprov.engine.parts import Parts
from bulkprov.engine.pipeline import GRACE, Pipeline
from bulkprov.engine.policy import RetryPolicy
from bulkprov.engine.priority import Priority
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.engine.throttle.adaptive_limit import FixedLimit
from bulkprov.engine.throttle.gate import Gate
from bulkprov.engine.throttle.slots import Rate
from bulkprov.engine.wanted import Wanted
from bulkprov.errors import ExitCode, Stop, StorageError
from bulkprov.journal.group_commit import JournalWriter
from bulkprov.journal.rows import Batch, JournalRow
from bulkprov.journal.view import View
from bulkprov.sheets.rows import Result
from tests.backupsets import Journal

virtually = pytest.mark.asyncio(loop_factories=["virtual"])

POLICY = RetryPolicy(settle=10)
ENOUGH = Stop("enough", ExitCode.STOPPED)


def answered(*reply: Any, **more: Any) -> Verdict:
    """An answer to a create, with this reply."""
    return Verdict(end=End.ANSWERED, reply=Reply(*reply, **more), http_status=200)


ANSWERS = {
    "another's": answered(0, "", 901),
    "listed before": answered(0, "", 77),
    "another client's": answered(0, "", 950, scope_id=3),
    "refused": answered(2, "no"),
    "refused for certain": answered(1, "DB error", not_created=True),
    "says it exists": answered(2, "Backup set already exists.", says_exists=True),
    "busy": Verdict(end=End.NOT_TAKEN, http_status=429, why="HTTP 429"),
    "busy for an hour": Verdict(end=End.NOT_TAKEN, http_status=429, why="HTTP 429", retry_after=3600.0),
    "not taken": Verdict(end=End.NOT_TAKEN, why="cannot connect"),
}
"""Answers to a create, by a word; any other word is why it is in doubt."""


class Server:
    """Makes backup sets. What goes wrong with a row's creates is said by its number, one word for each create."""

    def __init__(self) -> None:
        self.sets: dict[str, int] = {}
        self.marks: dict[int, str] = {}
        """By id: those that it keeps."""
        self.sent: list[tuple[int, str]] = []
        """Row and mark of each create."""
        self.keeps_marks = True
        self.asked: list[int] = []
        """Ids that were asked for."""
        self.on_create: Callable[[], object] = lambda: None
        self.wrong: dict[int, list[str]] = {}
        self.creates: Counter[int] = Counter()
        self.listings = self.distrusted = 0
        self.seconds = 0.1
        self.unlisted = False
        self.under_way = self.most = 0

    async def create(self, want: Wanted, leaves: Callable[[], None], mark: str = "") -> Verdict:
        """Do it, or what was said. A request gets its connection at once, if nothing else was said."""
        loop = asyncio.get_running_loop()
        number = int(want.name)
        self.creates[number] += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        word = next(iter(self.wrong.get(number, [])[self.creates[number] - 1 :]), "fine")
        if word == "slow to leave":
            await asyncio.sleep(1)
        for again in range({"not taken": 0, "sent again with a new token": 2}.get(word.removesuffix(", then lost"), 1)):
            if again:
                await asyncio.sleep(1)
            leaves()
        word = {"slow to leave": "fine", "sent again with a new token": "fine"}.get(word, word)
        await asyncio.sleep(3600 if word == "hangs" else self.seconds)
        self.under_way -= 1
        self.sent.append((number, mark))
        self.on_create()
        if word in ("fine", "lost after", "sent again with a new token, then lost"):
            self.sets[want.key] = 900 + number
            self.marks[900 + number] = mark if self.keeps_marks else ""
        at = loop.time()
        if word == "bug":
            raise ZeroDivisionError
        fine = Verdict(end=End.ANSWERED, reply=Reply(0, "", 900 + number), http_status=200)
        verdict = fine if word == "fine" else ANSWERS.get(word) or Verdict(end=End.IN_DOUBT, why=word)
        return replace(verdict, at=at)

    async def delete(self, number: int, leaves: Callable[[], None]) -> Verdict:
        """Take one away."""
        leaves()
        self.sets = {key: each for key, each in self.sets.items() if each != number}
        at = asyncio.get_running_loop().time()
        return Verdict(end=End.ANSWERED, reply=Reply(0), http_status=200, at=at)

    async def thing(self, number: int, _client: str) -> Verdict:
        """What has this id."""
        self.asked.append(number)
        there = {key: each for key, each in self.sets.items() if each == number}
        at = asyncio.get_running_loop().time()
        listing = Listing(there, marks={number: self.marks.get(number, "")})
        return Verdict(end=End.ANSWERED, http_status=200, listing=listing, at=at)

    def distrust(self, _why: str) -> None:
        """Close idle connections."""
        self.distrusted += 1

    async def listing(self, client: str) -> Verdict:
        """What there is."""
        self.listings += 1
        await asyncio.sleep(self.seconds)
        at = asyncio.get_running_loop().time()
        if self.unlisted:
            return Verdict(end=End.IN_DOUBT, why="HTTP 500", at=at)
        assert client.startswith("client")
        listing = Listing(dict(self.sets), scope_id=2)
        return Verdict(end=End.ANSWERED, http_status=200, listing=listing, at=at, seconds=self.seconds)


class Notes:
    """A log that is kept."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **values: object) -> None:
        """Keep it."""
        self.events.append((event, values))

    debug = warning = exception = info


class World:
    """A pipeline and all its parts."""

    def __init__(
        self, journal: Journal, *, rows: int = 0, slots: int = 4, clients: int = 1, sets: Sequence[BackupSet] = ()
    ) -> None:
        sets = sets or [BackupSet(client=f"client{n % clients}", name=str(n)) for n in range(1, rows + 1)]
        journal.load([JournalRow(sheet_row=n + 1, cells=(), want=each) for n, each in enumerate(sets, 1)], dict)
        self.journal, self.loop = journal, asyncio.get_running_loop()
        self.began = self.loop.time()
        self.server, self.stopping, self.tally, self.log = Server(), Stopping(), Tally(), Notes()
        self.ids = KnownIds()
        self.slots, self.limit = slots, FixedLimit(slots)
        self.rate: float | None = None
        self.operation: Operation = RUN
        self.enough: Callable[[Tally], str] = lambda _tally: ""
        self.mint: Callable[[int], str] | None = None
        self.advise: Callable[[Row], str] | None = None
        self.disk_full = False
        self.fed: dict[int, float] = {}

    async def off_loop(self, function: Callable[..., Any], *args: Any) -> Any:
        """The journal's thread."""
        await asyncio.sleep(0.001)
        if self.disk_full:
            message = "the journal cannot be written: disk full"
            raise StorageError(message)
        return function(*args)

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[Pipeline]:
        """Everything put together."""
        rate = Rate(self.rate) if self.rate else None
        gate = Gate(limit=self.limit, tally=self.tally, stopping=self.stopping, rate=rate)

        async def fetch(client: str, leaves: Callable[[], None], priority: Priority) -> Verdict:
            async def leave() -> Verdict:
                leaves()
                return await self.server.listing(client)

            return await gate.exchange(leave, priority=priority)

        def failed(error: StorageError) -> None:
            self.stopping.stop(Stop(str(error), ExitCode.NOT_WRITTEN))

        writer = JournalWriter(self.journal, off_loop=self.off_loop, clock=self.loop.time, failed=failed)
        async with writer:
            parts = Parts(
                operation=self.operation,
                service=self.server,
                lookups=SharedLookups(fetch, clock=self.loop.time, ask=self.server.thing, ids=self.ids, may_empty=True),
                gate=gate,
                journal=writer,
                stopping=self.stopping,
                policy=POLICY,
                tally=self.tally,
                log=self.log,
                error_budget=self.enough,
                clock=self.loop.time,
                random=Random(1),
                ids=self.ids,
                mint=self.mint,
                advise=self.advise,
            )
            yield Pipeline(parts)

    async def todo(self, standings: dict[int, Standing] | None = None) -> AsyncIterator[Row]:
        """The rows of the journal."""
        for row in self.journal.todo(0, lifecycle.begin(POLICY), standings or {}):
            self.fed[row.number] = self.now
            yield row

    async def run(self, standings: dict[int, Standing] | None = None) -> None:
        """From begin to end."""
        async with self.pipeline() as pipeline:
            await pipeline.run(self.todo(standings))

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self.loop.time() - self.began

    def results(self) -> list[Result]:
        """What the journal says at the end."""

        def decide(_operation: str, standing: Standing, verdict: Verdict | None, _known: int) -> Standing | Outcome:
            return (
                lifecycle.after(CREATING, standing, verdict, POLICY) if verdict else lifecycle.interrupted(standing, 0)
            )

        return list(View(self.journal, decide).results())

    def rows(self) -> list[JournalRow]:
        """Every row as the journal has it at the end."""
        return list(View(self.journal, lambda _operation, standing, _verdict, _known: standing).rows())

    def statuses(self) -> list[Status]:
        """The same, the status alone."""
        return [result.status for result in self.results()]


def faults(numbers: Iterable[int], *words: str) -> dict[int, list[str]]:
    """The same for several rows."""
    return {number: list(words) for number in numbers}


@virtually
async def test_a_healthy_wave_keeps_every_slot_busy(journal: Journal) -> None:
    """Forty rows of 0.1 s through four slots take a second and one listing; writer happen meanwhile."""
    world = World(journal, rows=40)
    await world.run()

    assert world.statuses() == [Status.CREATED] * 40
    assert [result.id for result in world.results()] == list(range(901, 941))
    assert (world.server.listings, world.server.most) == (1, 4)
    assert world.now == pytest.approx(1.1, abs=0.02)
    assert (world.tally.creates, world.tally.statuses[Status.CREATED], world.tally.in_flight) == (40, 40, 0)


@virtually
async def test_rows_that_wait_hold_neither_worker_nor_slot(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty of forty are in doubt for ten seconds; the other ten are done long before, by a dozen workers."""
    monkeypatch.setattr("bulkprov.engine.throttle.gate._MIN_SPARE_ROWS", 4)
    world = World(journal, rows=40)
    world.server.wrong = faults([n for n in range(1, 41) if n % 4], "lost before")
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(1.2)
        assert (world.tally.statuses[Status.CREATED], world.tally.waiting) == (10, 30)
        assert len(world.tally.settling) == 30
        assert all(0 < moment - world.loop.time() < 12 for moment in world.tally.settling.values())
        await running
    assert (world.tally.waiting, world.tally.settling) == (0, {})

    assert world.statuses() == [Status.CREATED] * 40
    assert set(world.server.creates.values()) == {1, 2}
    assert 10 < world.now < 13


@virtually
async def test_what_was_made_unseen_is_found_and_not_made_again(journal: Journal) -> None:
    """All of it by a few shared listings."""
    world = World(journal, rows=40)
    world.server.wrong = faults(range(1, 17), "lost after")
    await world.run()

    assert world.statuses() == [Status.CREATED] * 40
    assert set(world.server.creates.values()) == {1}
    assert world.server.listings < 15
    assert "a look-up found it" in world.results()[0].note


@virtually
async def test_so_many_rows_may_wait_and_then_the_queue_is_held_back(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with the sheet: beyond the cap a worker waits with its row."""
    monkeypatch.setattr("bulkprov.engine.pipeline.MAX_WAITING", 10)
    monkeypatch.setattr("bulkprov.engine.pipeline.QUEUE", 8)
    monkeypatch.setattr("bulkprov.engine.throttle.gate._MIN_SPARE_ROWS", 4)
    world = World(journal, rows=200)
    world.server.wrong = faults([n for n in range(1, 201) if n % 10], "lost before")
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(9)
        assert world.tally.waiting <= 10 + 3 * world.slots
        assert len(world.fed) < 50
        await running

    assert world.statuses() == [Status.CREATED] * 200


@virtually
async def test_workers_that_are_no_longer_needed_end(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the limit falls, so do the rows in hand; the rest of the wave is done by fewer."""
    monkeypatch.setattr("bulkprov.engine.throttle.gate._MIN_SPARE_ROWS", 0)
    world = World(journal, rows=200, slots=8)

    def workers() -> int:
        return sum(task.get_name().startswith("worker ") for task in asyncio.all_tasks())

    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(1)
        assert workers() == 3 * 8
        world.limit.value = 2
        await asyncio.sleep(1)
        assert workers() == 3 * 2
        await running

    assert world.statuses() == [Status.CREATED] * 200


@virtually
async def test_a_bug_in_one_row_does_not_hurt_the_others(journal: Journal) -> None:
    """It is logged and counted; the row is left in doubt, since it may have been sent."""
    world = World(journal, rows=20)
    world.server.wrong = faults([7], "bug")
    await world.run()

    assert world.statuses() == [Status.UNKNOWN if n == 7 else Status.CREATED for n in range(1, 21)]
    assert world.tally.bugs == 1
    assert [values["row"] for event, values in world.log.events if event == "row.broke"] == [8]


@virtually
async def test_a_stop_lets_what_is_under_way_end_and_nothing_else_begin(journal: Journal) -> None:
    """Rows that were not tried stay pending, and their number is right."""
    world = World(journal, rows=100)
    world.server.seconds = 5
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(7)
        assert world.server.under_way == 4
        world.stopping.stop(ENOUGH)
        await running

    assert world.now == pytest.approx(10, abs=0.1)
    assert Counter(world.statuses()) == {Status.CREATED: 4, Status.PENDING: 96}


@virtually
async def test_a_stop_during_first_looks_sends_nothing(journal: Journal) -> None:
    """The look under way ends; no create follows it."""
    world = World(journal, rows=20)
    world.server.seconds = 5
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(2)
        world.stopping.stop(ENOUGH)
        await running

    assert (world.server.listings, world.server.creates.total()) == (1, 0)
    assert world.statuses() == [Status.PENDING] * 20


@virtually
async def test_a_row_whose_create_never_left_takes_none_from_the_count(journal: Journal) -> None:
    """Or a run that was stopped would say that no create was sent, though some were."""
    world = World(journal, rows=20, slots=1)
    world.server.wrong = {number: ["busy"] for number in range(1, 21)}
    world.server.seconds = 5
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(8)
        world.stopping.stop(ENOUGH)
        await running

    assert world.tally.creates == world.server.creates.total() > 0


@virtually
async def test_a_stop_takes_no_further_rows_from_the_journal(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: one that was read already is put back, and the next one is not begun."""
    monkeypatch.setattr("bulkprov.engine.pipeline.QUEUE", 8)
    monkeypatch.setattr("bulkprov.engine.throttle.gate._MIN_SPARE_ROWS", 4)
    world = World(journal, rows=200)
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(0.55)
        fed = len(world.fed)
        world.stopping.stop(ENOUGH)
        await running

    assert len(world.fed) <= fed + 1 < 100


@virtually
async def test_a_run_that_is_stopped_before_it_begins_sends_nothing(journal: Journal) -> None:
    """A signal may come while the run is still being prepared."""
    world = World(journal, rows=20)
    async with world.pipeline() as pipeline:
        world.stopping.stop(ENOUGH)
        await pipeline.run(world.todo())

    assert (world.server.listings, world.server.creates.total()) == (0, 0)
    assert world.statuses() == [Status.PENDING] * 20


async def stopped_among_refusals(world: World, *, after: float) -> None:
    """A run of a hundred clean rows, all refused for certain, that is stopped after so many seconds."""
    world.server.wrong = faults(range(1, 101), "refused for certain")
    clean = {number: Standing(step=Step.ACT, absent_before_send=True) for number in range(1, 101)}
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo(clean)))
        await asyncio.sleep(after)
        world.stopping.stop(ENOUGH)
        await running


@virtually
async def test_a_row_that_is_refused_when_the_run_is_stopped_is_looked_up_all_the_same(journal: Journal) -> None:
    """Nobody has to wonder about a row that one read settles; it is not sent again, and no other is begun."""
    world = World(journal, rows=100)
    world.server.seconds = 5
    await stopped_among_refusals(world, after=2)

    assert Counter(world.statuses()) == {Status.REJECTED: 4, Status.PENDING: 96}
    assert (world.server.creates.total(), world.server.listings) == (4, 1)
    assert world.now == pytest.approx(10, abs=0.1)


@virtually
async def test_a_stop_does_not_wait_for_a_list_that_cannot_be_had(journal: Journal) -> None:
    """It is asked for once; then the row is left unknown, and `resume` looks it up."""
    world = World(journal, rows=100)
    world.server.unlisted = True
    await stopped_among_refusals(world, after=0.05)

    assert Counter(world.statuses()) == {Status.UNKNOWN: 4, Status.PENDING: 96}
    assert world.now == pytest.approx(0.2, abs=0.05)


@virtually
async def test_a_stop_wakes_rows_that_wait_and_leaves_them_in_doubt(journal: Journal) -> None:
    """Their intents are on disk; nobody looks at them any more."""
    world = World(journal, rows=8)
    world.server.wrong = faults(range(1, 9), "lost before")
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(3)
        world.stopping.stop(ENOUGH)
        await running

    assert world.now == pytest.approx(3, abs=0.1)
    assert world.statuses() == [Status.UNKNOWN] * 8


@virtually
async def test_the_drain_has_a_deadline(journal: Journal) -> None:
    """Exchanges that hang are left, in doubt, half a minute after the stop; what waited for their places never left."""
    world = World(journal, rows=12)
    world.server.wrong = faults(range(1, 5), "hangs")
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(10)
        world.stopping.stop(ENOUGH)
        await running

    assert world.now == pytest.approx(10 + GRACE, abs=0.1)
    assert world.statuses() == [Status.UNKNOWN] * 4 + [Status.PENDING] * 8
    assert "run.cut_short" in [event for event, _ in world.log.events]


@virtually
async def test_enough_errors_stop_the_run(journal: Journal) -> None:
    """It is asked when a refusal comes, and not when a look has shown that nothing was made; its reason is kept."""
    world = World(journal, rows=100)
    world.server.wrong = faults(range(1, 101), "refused")
    world.enough = lambda tally: "too many" if tally.refused >= 10 else ""
    await world.run()

    assert world.stopping.reason == Stop("too many", ExitCode.STOPPED)
    assert 10 <= world.statuses().count(Status.UNKNOWN) < 20
    assert world.statuses().count(Status.PENDING) > 80
    assert {(row.error_code, row.error_string) for row in world.results() if row.status is Status.UNKNOWN} == {
        (2, "no")
    }


@virtually
async def test_refused_rows_share_the_looks_that_follow(journal: Journal) -> None:
    """A hundred refusals over five seconds cost a first look, and one look for each part of the settle time."""
    world = World(journal, rows=100, slots=2)
    world.server.wrong = faults(range(1, 101), "refused")
    await world.run()

    assert world.statuses() == [Status.REJECTED] * 100
    assert world.server.creates.total() == 100
    assert world.server.listings <= 8
    assert world.tally.refused == 100


@virtually
async def test_what_more_is_known_of_a_refused_row_is_in_its_note(journal: Journal) -> None:
    """Of no other row is it asked."""
    world = World(journal, rows=3)
    world.server.wrong = faults([2], "refused")
    world.advise = lambda row: f"nothing is called {row.want.name}"
    await world.run()

    assert [row.note for row in world.results()] == ["", "nothing is called 2", ""]


@virtually
async def test_what_is_said_to_exist_and_never_listed_is_rejected(journal: Journal) -> None:
    """List after list lacks it: the refusal stands, and the note says what does not fit."""
    world = World(journal, rows=1)
    world.server.wrong = faults([1], "says it exists")
    await world.run()

    (row,) = world.results()
    assert (row.status, row.error_string) == (Status.REJECTED, "Backup set already exists.")
    assert row.note == "no look-up could settle it: the server says that it exists, but does not list it"
    assert world.server.creates[1] == 1
    stored = [verdict.at for _, verdict in View(journal, lambda *_: Standing()).exchanged("run")]
    assert len(stored) == len(set(stored)) > 2, "each look is stored once"


@virtually
async def test_nothing_is_sent_once_the_journal_cannot_be_written(journal: Journal) -> None:
    """What is under way ends; the run stops with the exit code that says so."""
    world = World(journal, rows=100)
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(0.55)
        world.disk_full = True
        before = world.server.creates.total()
        await running

    assert world.stopping.reason is not None
    assert world.stopping.reason.exit_code is ExitCode.NOT_WRITTEN
    assert world.server.creates.total() - before <= 2 * world.slots, "those whose intents were on disk already"
    assert world.tally.bugs == 0


@virtually
async def test_rows_that_cannot_be_read_stop_the_run(journal: Journal) -> None:
    """What is under way ends, instead of being torn off."""
    world = World(journal, rows=10)

    async def broken() -> AsyncIterator[Row]:
        async for row in world.todo():
            yield row
            if row.number == 5:
                message = "the journal cannot be read"
                raise StorageError(message)

    async with world.pipeline() as pipeline:
        await pipeline.run(broken())

    assert world.stopping.reason == Stop("the journal cannot be read", ExitCode.NOT_WRITTEN)
    assert Status.UNKNOWN not in world.statuses()


@virtually
async def test_it_may_run_again_with_other_rows(journal: Journal) -> None:
    """A row that no look-up could settle is settled by the next pass, when the server answers again."""
    world = World(journal, rows=5)
    world.server.wrong = faults([3], "lost after")

    async def blind() -> None:
        await asyncio.sleep(0.15)
        world.server.unlisted = True

    async with world.pipeline() as pipeline:
        task = asyncio.create_task(blind())
        await pipeline.run(world.todo())
        await task
        assert world.statuses()[2] is Status.UNKNOWN
        world.server.unlisted = False
        doubted = Standing(
            sends=1, ever_in_doubt=True, unsettled=True, absent_before_send=True, doubt_began=world.began
        )
        await pipeline.run(world.todo({3: doubted}))

    assert world.statuses() == [Status.CREATED] * 5
    assert world.server.creates[3] == 1


@virtually
async def test_what_was_not_taken_is_sent_again_without_a_look(journal: Journal) -> None:
    """It had no effect, so it is no doubt and no attempt."""
    world = World(journal, rows=4)
    world.server.wrong = faults(range(1, 5), "busy", "busy")
    await world.run()

    assert world.statuses() == [Status.CREATED] * 4
    assert {result.attempts for result in world.results()} == {1}
    assert world.server.listings == 1


@virtually
async def test_a_rollback_deletes_what_was_reported_and_nothing_else(journal: Journal) -> None:
    """By its id, after a look; a set that has the name under another id by now is left alone."""
    world = World(journal, rows=4)
    world.operation = ROLLBACK
    keys = [journal_row.want.key for journal_row in world.journal.todo(0, Standing(), {})]
    world.server.sets = {key: number for number, key in enumerate(keys, 901)} | {keys[3]: 999}
    ended = [
        Outcome(status=Status.CREATED, reply=Reply(0, "", 900 + n), finished_at=world.began - 10) for n in range(5)
    ]
    reported = {number: lifecycle.reported(ended[number], world.began) for number in range(1, 5)}

    async with world.pipeline() as pipeline:
        await pipeline.run(world.todo(reported))

    assert world.server.sets == {keys[3]: 999}
    assert world.server.creates.total() == 0
    assert world.tally.statuses == {Status.ROLLED_BACK: 4}


@virtually
async def test_an_answer_with_the_id_of_another_row_is_in_doubt(journal: Journal) -> None:
    """It is the other row's answer, so that this one's create may have had any end; the connections are closed."""
    world = World(journal, rows=3, slots=1)
    world.server.wrong = {2: ["another's"]}
    await world.run()

    assert world.statuses() == [Status.CREATED] * 3
    assert [result.id for result in world.results()] == [901, 902, 903]
    assert world.server.distrusted == 1
    assert world.server.creates[2] == 2, "it was not made, as a settled look has shown"


@virtually
@pytest.mark.parametrize("word", ["listed before", "another client's"])
async def test_an_answer_about_another_set_or_client_is_in_doubt(journal: Journal, word: str) -> None:
    """It has an id that the first look had, or the clientId of another client, as an answer out of step would."""
    world = World(journal, rows=1)
    world.server.sets = {"client1\x1fanother": 77}
    world.server.wrong = {1: [word]}
    await world.run()

    (row,) = world.results()
    assert (row.status, row.id, row.attempts) == (Status.CREATED, 901, 2)
    assert world.server.distrusted == 1


@virtually
async def test_a_set_that_another_row_has_is_never_reported_twice(journal: Journal) -> None:
    """Two rows that a server takes for one: the second is left, and its note says why."""
    world = World(journal, rows=2, slots=1)
    world.ids.report(55)
    world.server.sets = dict.fromkeys([row.want.key for row in journal.todo(0, Standing(), {})][:1], 55)
    await world.run()

    first = world.results()[0]
    assert (first.status, first.id) == (Status.PENDING, None)
    assert "id 55, which another row of this run has" in first.note


TWICE = [BackupSet(client="client_a", name="7"), BackupSet(client="client_b", name="7")]
TWO_NAMES = 'names it too, on "%s", which is another name of "%s": one of the two rows is enough'


class Aliased(Server):
    """Takes two names for one client: what is listed under one of them is listed under the other."""

    def __init__(self, *hidden: str, lost: Sequence[int] = ()) -> None:
        super().__init__()
        self.hidden, self.lost = hidden, lost
        """Names under which nothing is listed; which listings are not answered, from 1."""

    async def listing(self, client: str) -> Verdict:
        """All sets, as the sets of the client that was asked for."""
        verdict = await super().listing(client)
        if self.listings in self.lost:
            return Verdict(end=End.IN_DOUBT, why="the connection was lost")
        assert verdict.listing
        ids = {f"{client}\x1f{key.partition(chr(31))[2]}": number for key, number in verdict.listing.ids.items()}
        return replace(verdict, listing=replace(verdict.listing, ids={} if client in self.hidden else ids))


async def one_by_one(world: World) -> None:
    """Run the rows, each when the one before it has ended."""
    async with world.pipeline() as pipeline:
        async for row in world.todo():

            async def only(row: Row = row) -> AsyncIterator[Row]:
                yield row

            await pipeline.run(only())


@virtually
async def test_two_names_of_one_scope_are_found_out_by_both_lists(journal: Journal) -> None:
    """The second row is there, by the first: nothing is sent for it, and nothing is left to do."""
    world = World(journal, sets=TWICE)
    world.server = Aliased()
    await one_by_one(world)
    first, second = world.rows()

    assert world.server.creates == {7: 1}
    assert first.outcome
    assert second.outcome
    assert (first.outcome.status, first.outcome.evidence) == (Status.CREATED, Evidence.PROVEN)
    assert (second.outcome.status, second.outcome.reply.id, second.outcome.evidence) == (
        *(Status.EXISTS, 907),
        Evidence.NONE,
    )
    assert second.outcome.note.startswith("row 2 " + TWO_NAMES % ("client_a", "client_b"))


@virtually
async def test_a_second_name_that_was_sent_as_well_ends_the_same_way(journal: Journal) -> None:
    """Both creates left before either was answered, and the server gave both the same id."""
    world = World(journal, sets=TWICE)
    world.server = Aliased()
    await world.run()
    ended = [row.outcome for row in world.rows()]
    (second,) = [each for each in ended if each and each.status is Status.EXISTS]

    assert world.server.creates == {7: 2}
    assert [each.reply.id for each in ended if each] == [907, 907]
    assert (second.attempts, second.evidence) == (1, Evidence.NONE)
    assert "names it too" in second.note


class SlowToTell(Aliased):
    """Makes a set at once and tells it five seconds later; whoever asks for it again is told at once that it exists."""

    def __init__(self, *hidden: str, word: str = "fine") -> None:
        super().__init__(*hidden)
        self.word = word
        """How the first create ends."""

    async def create(self, want: Wanted, leaves: Callable[[], None], mark: str = "") -> Verdict:
        """Make it, unless some name of it is there."""
        self.wrong[7], self.seconds = (["says it exists"] * 2, 0.1) if self.sets else ([self.word], 5)
        self.sets.setdefault(want.key, 907)
        return await super().create(want, leaves, mark)


@virtually
@pytest.mark.parametrize(
    ("word", "evidence"), [("fine", Evidence.PROVEN), ("lost after", Evidence.PERHAPS), ("another's", None)]
)
async def test_a_set_is_created_though_its_second_name_has_found_it_before_the_answer_comes(
    journal: Journal, word: str, evidence: Evidence | None
) -> None:
    """The second name claims nothing. The first one was absent, its create left, and both lists have it now.

    An answer with an id that neither list has is still another row's.
    """
    world = World(journal, sets=TWICE)
    world.server = SlowToTell(word=word)
    world.ids.report(901)
    await world.run()
    first, second = (row.outcome for row in world.rows())
    assert first
    assert second

    assert world.statuses() == [Status.CREATED, Status.EXISTS]
    assert (first.reply.id, second.reply.id) == (907, 907)
    assert first.evidence is (evidence or Evidence.PERHAPS)
    assert world.server.distrusted == (word != "lost after")


@virtually
async def test_two_names_of_what_was_there_before_promise_no_rollback(journal: Journal) -> None:
    """Neither row has made it, so that no rollback deletes it by the other."""
    world = World(journal, sets=TWICE)
    world.server = Aliased()
    world.server.sets = {TWICE[0].key: 907}
    await one_by_one(world)

    assert world.statuses() == [Status.EXISTS, Status.EXISTS]
    assert world.results()[1].note == "row 2 " + TWO_NAMES % ("client_a", "client_b")


@virtually
@pytest.mark.parametrize(("lost", "status"), [([3], Status.EXISTS), ([3, 4], Status.PENDING)])
async def test_the_other_rows_list_is_asked_for_twice(journal: Journal, lost: list[int], status: Status) -> None:
    """Two lists with one id may seem to be out of step. If it cannot be had, nothing is sent, and nothing is said."""
    world = World(journal, sets=TWICE)
    world.server = Aliased(lost=lost)
    await one_by_one(world)

    assert world.statuses() == [Status.CREATED, status]
    assert world.server.creates == {7: 1}


@virtually
async def test_an_id_that_the_other_rows_own_list_lacks_is_not_believed_to_be_its(journal: Journal) -> None:
    """Its answer may have been another's: then this row's set is not the other's, and nothing is said of names."""
    world = World(journal, sets=TWICE)
    world.server = Aliased("client_a")
    await one_by_one(world)

    assert world.statuses() == [Status.CREATED, Status.PENDING]
    assert "id 907, which another row of this run has" in world.results()[1].note


@virtually
async def test_two_rows_of_one_scope_are_never_taken_for_one(journal: Journal) -> None:
    """Whatever the lists say: the sheet names two sets."""
    world = World(journal, sets=[TWICE[0], replace(TWICE[0], name="8")])
    batch = Batch()
    batch.finish(1, Outcome(status=Status.CREATED, reply=Reply(0, "", 907)))
    journal.apply(batch)
    world.ids.report(907)
    world.server.sets = dict.fromkeys([row.want.key for row in journal.todo(0, Standing(), {})], 907)
    await world.run()

    assert world.statuses() == [Status.CREATED, Status.PENDING]
    assert "id 907, which another row of this run has" in world.results()[1].note


@virtually
async def test_a_row_that_had_to_wait_is_looked_up_again_before_it_is_sent(journal: Journal) -> None:
    """A first look holds for a minute; what another makes meanwhile is found, and not made again."""
    world = World(journal, rows=1)
    world.server.wrong = {1: ["not taken"] * 99}
    key = next(iter(journal.todo(0, Standing(), {}))).want.key
    running = asyncio.create_task(world.run())
    await asyncio.sleep(POLICY.look_age / 2)
    world.server.sets[key] = 77
    await running

    assert (world.statuses(), world.results()[0].id) == ([Status.EXISTS], 77)


@virtually
async def test_a_look_that_grew_old_at_the_gate_is_had_again(journal: Journal) -> None:
    """A row's intent is written, and its turn comes after a pause of an hour that the server asked for."""
    world = World(journal, rows=2, slots=1)
    world.server.wrong = {1: ["busy for an hour"]}
    keys = [row.want.key for row in journal.todo(0, Standing(), {})]
    running = asyncio.create_task(world.run())
    await asyncio.sleep(1000)
    world.server.sets[keys[1]] = 77
    await running

    assert [(each.status, each.id) for each in world.results()] == [(Status.CREATED, 901), (Status.EXISTS, 77)]
    assert world.server.creates == {1: 2}
    assert world.tally.creates == 2


@virtually
@pytest.mark.parametrize("rate", [100 / 3600, 0.75, 5.0])
async def test_rows_that_wait_for_the_rate_are_not_in_doubt(journal: Journal, rate: float) -> None:
    """After a kill, only those are that could have been sent in the next two seconds; all looks are made meanwhile."""
    world = World(journal, rows=60, clients=60, slots=16)
    world.rate = rate
    async with world.pipeline() as pipeline:
        running = asyncio.create_task(pipeline.run(world.todo()))
        await asyncio.sleep(5)
        sent, looks = world.server.creates.total(), world.server.listings
        assert world.statuses().count(Status.UNKNOWN) <= 2 + 2 * rate
        assert world.statuses().count(Status.CREATED) in (sent, sent - 1)
        assert looks >= 48
        await asyncio.sleep(55)
        assert min(60, int(59 * rate)) <= world.server.creates.total() <= 1 + 60 * rate, "none of its turns is lost"
        world.stopping.stop(ENOUGH)
        await running

    assert world.statuses().count(Status.UNKNOWN) == 0
    assert world.statuses().count(Status.CREATED) == world.server.creates.total()


@virtually
async def test_a_slow_rate_is_kept_up_though_looks_grow_old_before_their_turns(journal: Journal) -> None:
    """A row that was looked up at the beginning is looked up again just before its turn, and has that turn."""
    world = World(journal, rows=60, clients=60, slots=16)
    world.rate = 100 / 3600
    taken = [row.want.key for row in journal.todo(0, Standing(), {})][40]
    running = asyncio.create_task(world.run())
    await asyncio.sleep(100)
    world.server.sets[taken] = 77
    await running

    assert world.now == pytest.approx(58 * 36, abs=2)
    assert Counter(world.statuses()) == {Status.CREATED: 59, Status.EXISTS: 1}
    assert set(world.server.creates.values()) == {1}
    assert world.server.listings <= 2 * 60


@virtually
async def test_rows_in_doubt_are_settled_while_others_wait_for_the_rate(journal: Journal) -> None:
    """They need no turn for their looks, and get one for their second create; what goes wrong gives its turn on."""
    world = World(journal, rows=12, clients=12)
    world.rate = 0.1
    world.server.wrong = {1: ["lost after"], 2: ["lost before"], 3: ["bug"], 4: ["not taken"]}
    running = asyncio.create_task(world.run())
    await asyncio.sleep(15)
    assert world.statuses()[0] is Status.CREATED
    await running

    assert Counter(world.statuses()) == {Status.CREATED: 11, Status.UNKNOWN: 1}
    assert world.now < 150


@virtually
async def test_what_is_known_when_a_create_leaves_counts_and_not_when_it_was_its_turn(journal: Journal) -> None:
    """A connection may take its time, and meanwhile others are told ids: one that is no higher proves nothing."""
    world = World(journal, rows=2)
    world.server.wrong = {1: ["slow to leave"]}
    await world.run()

    evidence = [row.outcome.evidence for row in world.rows() if row.outcome]
    assert evidence == [Evidence.PERHAPS, Evidence.PROVEN], "901 left when 902 was known"


@virtually
async def test_a_create_that_leaves_twice_is_counted_once(journal: Journal) -> None:
    """It was turned away unread for its token, and is no second create."""
    world = World(journal, rows=1)
    world.server.wrong = {1: ["sent again with a new token"]}
    await world.run()

    assert (world.tally.creates, world.statuses()) == (1, [Status.CREATED])


@virtually
async def test_what_a_create_makes_that_leaves_twice_is_newer_than_what_was_known_when_it_left_first(
    journal: Journal,
) -> None:
    """What turned it away may have been another's answer: its id was not known before, and did not exist already."""
    world = World(journal, rows=2)
    world.server.wrong = {1: ["sent again with a new token, then lost"]}
    await world.run()

    first = world.rows()[0].outcome
    assert first
    assert (first.status, first.evidence, first.attempts) == (Status.CREATED, Evidence.PERHAPS, 1)
    assert first.facts.known < 901


@virtually
async def test_a_create_that_leaves_twice_is_proven_by_an_id_that_was_unknown_when_it_left_last(
    journal: Journal,
) -> None:
    """902 was known by then."""
    world = World(journal, rows=2)
    world.server.wrong = {1: ["sent again with a new token"]}
    await world.run()

    evidence = [row.outcome.evidence for row in world.rows() if row.outcome]
    assert evidence == [Evidence.PERHAPS, Evidence.PROVEN]


def reported(world: World) -> AsyncIterator[Row]:
    """The rows of a world as an earlier run has reported them: each created, and proven to be its own."""

    async def rows() -> AsyncIterator[Row]:
        async for row in world.todo():
            number = 900 + row.number
            ended = Outcome(status=Status.CREATED, reply=Reply(0, "", number), attempts=1, evidence=Evidence.PROVEN)
            yield replace(row, standing=lifecycle.reported(ended, world.loop.time()), reported=ended)

    return rows()


async def audited(world: World) -> None:
    """Audit them."""
    world.operation = AUDIT
    async with world.pipeline() as pipeline:
        await pipeline.run(reported(world))


@virtually
async def test_an_audit_gives_a_scope_up_whose_list_fails_again_and_again(journal: Journal) -> None:
    """After as many times as a row asks for it: its other rows are not begun, and none of them is confirmed."""
    world = World(journal, rows=500)
    world.server.unlisted = True
    await audited(world)

    assert world.tally.statuses.total() == 0
    assert world.server.listings < 60


@virtually
async def test_an_audit_asks_for_the_lists_of_many_scopes_at_the_same_time(journal: Journal) -> None:
    """Eleven lists of 0.1 s, four slots: the first, and then three rounds, not one after the other."""
    world = World(journal, sets=[BackupSet(client=f"client{n // 20}", name=str(n)) for n in range(1, 201)])
    world.server.sets = {row.want.key: 900 + number for number, row in enumerate(world.rows(), 1) if row.want}
    await audited(world)

    assert world.tally.statuses == Counter({Status.AS_REPORTED: 200})
    assert world.server.listings == 11
    assert world.now < 0.45
    assert world.server.asked == []


@virtually
async def test_an_audit_looks_closer_at_each_row_that_its_list_does_not_show_as_it_was_reported(
    journal: Journal,
) -> None:
    """Of 600 rows two are gone, the list has one under another id, and one that was found is no longer proven ours."""
    world = World(journal, rows=600)
    world.server.sets = {row.want.key: 900 + number for number, row in enumerate(world.rows(), 1) if row.want}
    sets = dict(world.server.sets)
    for key, number in sets.items():
        if number in (910, 1400):
            del world.server.sets[key]
        elif number == 950:
            world.server.sets[key] = 5000
    await audited(world)

    assert world.tally.statuses == Counter({Status.AS_REPORTED: 598, Status.GONE: 2})
    assert sorted(world.server.asked) == [910, 950, 1400]


@virtually
async def test_a_change_of_scope_leaves_no_slot_empty(journal: Journal) -> None:
    """Its list is asked for while rows before it are sent, and passes creates that wait for a slot.

    400 rows of ten scopes, four slots, 0.1 s an exchange: 10 s for the creates, and 0.25 s for the lists if each takes
    a slot from them; the first one takes 0.1 s alone.
    """
    world = World(journal, sets=[BackupSet(client=f"client{n // 40}", name=str(n)) for n in range(400)])
    await world.run()

    assert world.statuses() == [Status.CREATED] * 400
    assert world.server.listings == 10
    assert world.now < 10.5


@virtually
async def test_no_more_lists_are_asked_for_ahead_than_can_be_kept(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is dropped before its rows come would be asked for twice."""
    monkeypatch.setattr("bulkprov.engine.lookups._KEPT", 600_000)
    world = World(journal, sets=[BackupSet(client=f"client{n // 3}", name=str(n)) for n in range(120)])
    world.server.sets = {f"client\x1fmore {number}": 10 + number for number in range(300)}
    await world.run()

    assert world.statuses() == [Status.CREATED] * 120
    assert world.server.listings == 40


@virtually
async def test_at_a_rate_no_list_is_asked_for_ahead(journal: Journal) -> None:
    """It would be old when its rows have their turn: only the rows in hand are looked up."""
    world = World(journal, rows=60, clients=60)
    world.rate = 0.5
    listed = list[int]()
    world.server.on_create = lambda: listed.append(world.server.listings)
    await world.run()

    assert listed[2] <= 36 + 3


@virtually
async def test_rows_to_be_sent_without_a_look_need_no_list_ahead(journal: Journal) -> None:
    """Nor do rows that are in doubt: their list is asked for when they have settled."""
    world = World(journal, sets=[BackupSet(client=f"client{n}", name=str(n)) for n in range(1, 9)])
    acts = {number: Standing(step=Step.ACT) for number in range(1, 9)}
    await world.run(acts)

    assert world.server.listings == 0
    assert world.statuses() == [Status.CREATED] * 8


@virtually
async def test_a_bug_in_a_list_that_is_asked_for_ahead_ends_no_other_row(journal: Journal) -> None:
    """Each row of that scope meets it as well, and is told; the rows of other scopes are made."""
    clients = ["client1"] * 40 + ["buggy"] * 2 + ["client2"] * 40
    world = World(journal, sets=[BackupSet(client=each, name=str(n)) for n, each in enumerate(clients, 1)])
    await world.run()

    assert Counter(world.statuses()) == {Status.CREATED: 80, Status.PENDING: 2}
    assert world.tally.bugs == 2
    assert [event for event, _ in world.log.events].count("scope.broke") == 1


@virtually
async def test_a_create_that_hangs_when_the_run_is_stopped_is_counted(journal: Journal) -> None:
    """It has left: nothing may be said as if no create was sent."""
    world = World(journal, rows=1)
    world.server.wrong = {1: ["hangs"]}
    running = asyncio.create_task(world.run())
    await asyncio.sleep(5)
    world.stopping.stop(ENOUGH)
    await running

    assert (world.tally.creates, world.statuses()) == (1, [Status.UNKNOWN])


def marked(world: World) -> World:
    """The same world, in which creates carry marks."""
    numbers = itertools.count(1)
    world.mint = lambda sheet_row: f"row {sheet_row}, mint {next(numbers)}"
    return world


@virtually
async def test_every_create_of_a_row_carries_the_mark_that_was_stored_before_the_first(journal: Journal) -> None:
    """Answered, turned away or lost: it is minted once."""
    world = marked(World(journal, rows=2, slots=1))
    world.server.wrong = {1: ["busy", "lost before", "lost before"]}
    stored: list[tuple[int, str]] = []
    world.server.on_create = lambda: stored.extend(
        journal.database.rows("SELECT row, standing ->> 'mark' FROM exchanges WHERE step = 'act' ORDER BY nr")
    )
    await world.run()

    assert sorted(world.server.sent) == [*[(1, "row 2, mint 1")] * 4, (2, "row 3, mint 2")]
    assert stored[0] == (1, "row 2, mint 1"), "before it left"
    facts = [row.outcome.facts.mark for row in world.rows() if row.outcome]
    assert facts == ["row 2, mint 1", "row 3, mint 2"]


@virtually
async def test_a_create_carries_no_mark_if_none_is_wanted(journal: Journal) -> None:
    """Nor does its row have one; but a row keeps the one that it came with."""
    world = World(journal, rows=2, slots=1)
    await world.run({2: Standing(mark="of an earlier run")})

    assert sorted(world.server.sent) == [(1, ""), (2, "of an earlier run")]


@virtually
@pytest.mark.parametrize("kept", [True, False])
async def test_what_was_made_unseen_is_proven_by_its_mark(journal: Journal, kept: bool) -> None:
    """One request for each; a server that drops it leaves what is found as it is found without marks."""
    world = marked(World(journal, rows=4))
    world.server.wrong = faults([2, 3], "lost after")
    world.server.keeps_marks = kept
    await world.run()

    evidence = [row.outcome.evidence for row in world.rows() if row.outcome]
    of_found = Evidence.PROVEN if kept else Evidence.PERHAPS
    assert evidence == [Evidence.PROVEN, of_found, of_found, Evidence.PROVEN]
    assert world.statuses() == [Status.CREATED] * 4
    assert sorted(world.server.asked) == [902, 903]
    looks = [str(step) for (step,) in journal.database.rows("SELECT step FROM exchanges WHERE row = 2 ORDER BY nr")]
    assert looks == ["act", "look"], "what decides is told by the outcome"
