"""The gate on a virtual clock: slots, rate, pauses, retry budget, circuit, and what stops a run."""

import asyncio
from itertools import pairwise

import pytest

from bulkprov.engine.model import End, Listing, Reply, Tally, Verdict
from bulkprov.engine.stop import Stopping
from bulkprov.engine.throttle.adaptive_limit import START, Fixed, Limit
from bulkprov.engine.throttle.gate import Governor
from bulkprov.engine.throttle.slots import Rate
from bulkprov.errors import ExitCode, Stop

virtually = pytest.mark.asyncio(loop_factories=["virtual"])

MADE = Verdict(end=End.ANSWERED, reply=Reply(0, "", 931), http_status=200)
LISTED = Verdict(end=End.ANSWERED, http_status=200, listing=Listing())
LOST = Verdict(end=End.IN_DOUBT, why="no answer")
NOBODY = Verdict(end=End.NOT_TAKEN, why="connection refused")


class World:
    """A governor, and a server whose answers are said beforehand; each takes a second."""

    def __init__(self, *, slots: int = 4, rate: float | None = None, limit: Limit | None = None) -> None:
        self.stopping, self.tally = Stopping(), Tally()
        self.governor = Governor(
            limit=limit or Fixed(slots),
            tally=self.tally,
            stopping=self.stopping,
            rate=Rate(rate) if rate else None,
        )
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.left: list[float] = []
        """When each request left."""
        self.under_way = self.most = 0
        self.timed = limit is not None
        self.tasks: list[asyncio.Task[Verdict]] = []

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self.loop.time() - self.began

    async def ask(
        self,
        verdict: Verdict = MADE,
        *,
        create: bool = True,
        again: bool = False,
        settles: bool = False,
        seconds: float = 1,
    ) -> Verdict:
        """One exchange that ends with this verdict."""

        async def call() -> Verdict:
            self.left.append(self.now)
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await asyncio.sleep(seconds)
            self.under_way -= 1
            return verdict.timed(at=self.loop.time(), seconds=seconds) if self.timed else verdict

        return await self.governor.exchange(call, create=create, again=again, settles=settles)

    def start(self, *verdicts: Verdict, create: bool = True, again: bool = False, seconds: float = 1) -> None:
        """The same for many at once, beside the test."""
        self.tasks += [
            self.loop.create_task(self.ask(v, create=create, again=again, seconds=seconds)) for v in verdicts
        ]

    async def all(self) -> list[Verdict]:
        """What became of those that were started."""
        return await asyncio.gather(*self.tasks)


@virtually
async def test_no_more_exchanges_than_slots_are_ever_under_way() -> None:
    """Twelve of a second each through four slots take three seconds, in the order of asking."""
    world = World(slots=4)
    world.start(*[MADE] * 12)
    await world.all()

    assert (world.most, world.now) == (4, 3)
    assert world.left == [0] * 4 + [1] * 4 + [2] * 4
    assert world.tally.in_flight == 0


@virtually
async def test_what_settles_something_goes_before_what_begins_something() -> None:
    """A look after a refusal does not wait for creates that wait; so errors show soon. A first look does."""
    world = World(slots=2)
    world.start(*[MADE] * 10)
    await asyncio.sleep(0.5)
    first = world.loop.create_task(world.ask(LISTED, create=False))
    await world.ask(LISTED, create=False, settles=True)
    assert world.now == 2

    await first
    assert len(world.left) == 12, "all creates have left before it"
    await world.all()


@virtually
async def test_a_slot_outlives_its_user() -> None:
    """Cancelled while it waited, or while it was under way, an exchange gives its place back."""
    world = World(slots=1)
    world.start(MADE, MADE, MADE)
    await asyncio.sleep(0.5)
    world.tasks[1].cancel()
    world.tasks[0].cancel()
    await asyncio.wait(world.tasks)

    assert world.left == [0, 0.5]
    assert (await world.ask()) is MADE


@virtually
async def test_creates_keep_to_the_rate_and_begin_without_a_burst() -> None:
    """Two a second are two a second from the start."""
    world = World(slots=50, rate=2)
    world.start(*[MADE] * 9)
    await world.all()

    assert world.left == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4])


@virtually
async def test_a_hundred_an_hour_are_a_hundred_in_every_hour_of_ten() -> None:
    """Evenly spread to the end: no hour, whenever it begins, has more of them, and none are saved up for later."""
    world = World(slots=50, rate=100 / 3600)
    world.start(*[MADE] * 1000)
    await world.all()

    gaps = [later - earlier for earlier, later in pairwise(world.left)]
    assert gaps == pytest.approx([36.0] * 999)
    assert all(world.left[number + 100] - world.left[number] == pytest.approx(3600) for number in range(900))


@virtually
async def test_who_waits_for_the_rate_holds_no_slot() -> None:
    """A look-up leaves at once, however many creates wait for their turn."""
    world = World(slots=2, rate=100 / 3600)
    world.start(*[MADE] * 6)
    await asyncio.sleep(2)
    before = world.now
    await world.ask(LISTED, create=False)

    assert world.left == [0, before]
    world.stopping.stop(Stop("enough", ExitCode.STOPPED))
    assert [v is MADE for v in await world.all()].count(True) == 1


@virtually
async def test_turns_are_not_saved_up_while_the_gate_is_shut() -> None:
    """After a pause creates leave at the rate, not all at once."""
    world = World(slots=50, rate=2)
    world.start(Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=60), seconds=0.1)
    await asyncio.sleep(0.2)
    world.start(*[MADE] * 10)
    await world.all()

    assert min(world.left[1:]) == pytest.approx(60.1)
    gaps = [later - earlier for earlier, later in zip(world.left[1:], world.left[2:], strict=False)]
    assert all(gap == pytest.approx(0.5) for gap in gaps[1:])


@virtually
async def test_a_stop_waits_for_nobodys_turn() -> None:
    """Neither for the rate nor for a pause nor for a slot; and what did not leave is told as not sent."""
    for shut in ("rate", "pause", "slots"):
        world = World(slots=1 if shut == "slots" else 10, rate=1 / 3600 if shut == "rate" else None)
        first = Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=3600) if shut == "pause" else MADE
        world.start(first, seconds=100 if shut == "slots" else 1)
        await asyncio.sleep(2)
        world.start(*[MADE] * 5)
        await asyncio.sleep(0.5)
        began = world.now
        world.stopping.stop(Stop("enough", ExitCode.STOPPED))
        ended = await asyncio.gather(*world.tasks[1:])

        assert world.now == began, shut
        assert [v.end for v in ended] == [End.NOT_TAKEN] * 5, shut
        assert len(world.left) == 1, shut
        await world.all()


@virtually
async def test_after_a_stop_only_what_settles_passes_and_within_the_slots() -> None:
    """A read that is to tell what became of a create; no other read, and no create."""
    world = World(slots=2)
    world.stopping.stop(Stop("enough", ExitCode.STOPPED))
    asked = await asyncio.gather(
        world.ask(LISTED, create=False), world.ask(), *(world.ask(LISTED, create=False, settles=True) for _ in "12345")
    )

    assert [verdict is LISTED for verdict in asked] == [False, False, *[True] * 5]
    assert (world.most, world.now) == (2, 3)


@virtually
@pytest.mark.parametrize("shut", ["silent", "pause"])
async def test_after_a_stop_nothing_passes_while_the_server_is_gone_or_has_asked_for_a_pause(shut: str) -> None:
    """Nobody waits for it to come back."""
    world = World(slots=40)
    pausing = Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=3600)
    world.start(*[LOST] * 40 if shut == "silent" else [pausing])
    await world.all()
    left = len(world.left)
    world.stopping.stop(Stop("enough", ExitCode.STOPPED))

    assert (await world.ask(LISTED, create=False, settles=True)).end is End.NOT_TAKEN
    assert (world.now, len(world.left)) == (1, left)


@virtually
async def test_one_answer_that_asks_to_wait_stops_everybody() -> None:
    """Reads too; and of several such answers the longest wait holds."""
    world = World(slots=10)
    world.start(
        Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=30),
        Verdict(end=End.IN_DOUBT, http_status=503, retry_after=100),
        Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=5),
    )
    await world.all()
    world.start(MADE, MADE)
    world.start(LISTED, create=False)
    await world.all()

    assert world.left[3:] == [101, 101, 101]


@virtually
async def test_a_retry_budget_delays_and_refuses_nothing() -> None:
    """Beyond the floor (ten a second for each slot) creates are sent again one by one, and every one is sent."""
    world = World(slots=2)
    world.start(*[MADE] * 60, again=True, seconds=0)
    ended = await world.all()

    assert all(verdict is MADE for verdict in ended)
    assert world.left[:20] == [0] * 20
    assert world.now == pytest.approx(2)


@virtually
async def test_creates_sent_for_the_first_time_earn_a_tenth_of_a_retry() -> None:
    """A hundred of them allow ten more, and what is not used is not saved for ever."""
    world = World(slots=1)
    world.start(*[MADE] * 15, again=True, seconds=0)
    await world.all()
    world.start(*[MADE] * 100, seconds=0)
    await world.all()
    began = world.now
    world.start(*[MADE] * 11, again=True, seconds=0)
    await world.all()

    assert world.now - began == pytest.approx(0.1)


@virtually
async def test_slots_are_worth_more_than_forty_percent_of_retries() -> None:
    """With 100 ms an exchange a server that fails 40 % of them is never kept waiting by the budget."""
    world = World(slots=8)

    async def slot(number: int) -> None:
        for turn in range(50):
            await world.ask(again=(number + turn) % 5 < 2, seconds=0.1)

    await asyncio.gather(*[slot(number) for number in range(8)])

    assert world.now == pytest.approx(5)


@virtually
@pytest.mark.parametrize(("slots", "limit"), [(4, 20), (50, 50)])
async def test_a_silent_server_is_probed_by_one_read_at_a_time(slots: int, limit: int) -> None:
    """After 20 exchanges (or one for each slot) without an answer only probes leave, until one is answered."""
    world = World(slots=slots)
    probes: list[float] = []

    async def probe() -> Verdict:
        probes.append(world.now)
        return LISTED if len(probes) == 4 else NOBODY

    guard = world.loop.create_task(world.governor.guard(probe))
    world.start(*[NOBODY] * limit, seconds=0)
    await world.all()
    world.start(*[MADE] * 100, seconds=0)
    await world.all()
    guard.cancel()

    assert probes == [1, 3, 7, 15]
    assert world.left == [0] * limit + [15] * 100


@virtually
async def test_one_answer_in_between_keeps_the_circuit_closed() -> None:
    """A server that fails nineteen of twenty is there; so is one that says it is busy or that a token is old."""
    world = World(slots=1)
    guard = world.loop.create_task(world.governor.guard(_never))
    for alive in (MADE, Verdict(end=End.NOT_TAKEN, http_status=429), Verdict(end=End.NOT_TAKEN, http_status=401)):
        for verdict in [LOST] * 19 + [alive]:
            await world.ask(verdict)
    guard.cancel()

    assert world.tally.faults == 19 * 3 + 2
    assert not world.stopping


async def _never() -> Verdict:
    raise AssertionError


@virtually
async def test_a_server_silent_for_ten_minutes_ends_the_run() -> None:
    """Not before; and the reason says what the last probe met."""
    world = World(slots=1)

    async def probe() -> Verdict:
        return NOBODY

    guard = world.loop.create_task(world.governor.guard(probe))
    world.start(*[LOST] * 30, seconds=0)
    await world.all()
    await guard

    assert world.stopping.reason == Stop(
        "the server has not answered for 10 minutes: connection refused", ExitCode.STOPPED
    )
    assert 600 < world.now < 640
    assert len(world.left) == 20


@virtually
async def test_the_circuit_may_open_again() -> None:
    """The guard does not go home after the first time."""
    world = World(slots=1)
    probes = 0

    async def probe() -> Verdict:
        nonlocal probes
        probes += 1
        return LISTED

    guard = world.loop.create_task(world.governor.guard(probe))
    for _ in range(3):
        for _ in range(20):
            await world.ask(LOST, seconds=0)
        assert await world.ask(seconds=0) is MADE
    guard.cancel()

    assert probes == 3


@virtually
@pytest.mark.parametrize("status", [403, 404])
async def test_five_creates_refused_in_this_way_at_the_start_mean_a_wrong_url_or_no_rights(status: int) -> None:
    """The run is stopped instead of failing every row."""
    world = World()
    for _ in range(4):
        await world.ask(LISTED, create=False)
        await world.ask(Verdict(end=End.ANSWERED, http_status=status))
    assert not world.stopping
    await world.ask(Verdict(end=End.ANSWERED, http_status=status))

    assert world.stopping.reason is not None
    assert f"HTTP {status}: a wrong URL, or no rights" in world.stopping.reason.reason


@virtually
async def test_once_a_create_was_answered_otherwise_refusals_are_the_rows_own() -> None:
    """A client that one may not touch does not stop the others."""
    world = World()
    await world.ask(MADE)
    for _ in range(20):
        await world.ask(Verdict(end=End.ANSWERED, http_status=403))

    assert not world.stopping


@virtually
async def test_what_no_row_can_survive_stops_the_run_at_once() -> None:
    """The first such reason is kept."""
    world = World()
    for why in ("the certificate is not trusted", "another reason"):
        world.start(Verdict(end=End.NOT_TAKEN, why=why, halt=why))
    await world.all()

    assert world.stopping.reason == Stop("the certificate is not trusted", ExitCode.STOPPED)
    assert (await world.ask()).end is End.NOT_TAKEN
    assert len(world.left) == 2


@virtually
async def test_a_server_that_turns_everything_away_for_two_hours_ends_the_run() -> None:
    """A quota by the hour is waited for; one answer in between begins the count anew."""
    world = World(slots=1)
    busy = Verdict(end=End.NOT_TAKEN, http_status=429, why="HTTP 429 Too Many Requests", retry_after=1700)
    for verdict in (busy, busy, MADE, busy, busy, busy, busy, busy):
        await world.ask(verdict, seconds=0)
    assert not world.stopping
    await world.ask(busy, seconds=0)

    assert world.stopping.reason == Stop(
        "the server has turned everything away for 2 hours: HTTP 429 Too Many Requests", ExitCode.STOPPED
    )


@virtually
async def test_creates_that_are_all_turned_away_for_a_good_token_end_the_run() -> None:
    """Twenty in a row; reads in between say nothing, a create that was judged begins the count anew."""
    world = World(slots=1)
    denied = Verdict(end=End.NOT_TAKEN, http_status=401, why="HTTP 401")
    for verdict in [denied] * 19 + [MADE] + [denied] * 19:
        await world.ask(verdict, seconds=0)
        await world.ask(LISTED, create=False, seconds=0)
    assert not world.stopping
    await world.ask(denied, seconds=0)

    assert world.stopping.reason is not None
    assert "this user has no right to create" in world.stopping.reason.reason


# The limit that follows the server


@virtually
async def test_the_limit_follows_the_server() -> None:
    """While creates take as long as ever, twice as many may leave; the course of it is kept, and the workers follow."""
    world = World(limit=Limit())
    world.start(*[MADE] * 400)
    await world.all()

    assert 2 * START < world.most <= world.tally.limit
    assert world.governor.hands == 3 * world.tally.limit
    limits = [limit for _, limit in world.tally.limits.points]
    assert limits == sorted(limits)
    assert limits[:3] + limits[-1:] == [START, 2 * START, 4 * START, world.tally.limit]


@virtually
@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_that_is_overloaded_is_asked_for_half(status: int) -> None:
    """Whatever the kind of exchange that was turned away."""
    for create in (True, False):
        world = World(limit=Limit())
        await world.ask(Verdict(end=End.IN_DOUBT, http_status=status), create=create)

        assert world.tally.limit == START // 2


@virtually
async def test_reads_teach_the_limit_as_long_as_there_is_nothing_else() -> None:
    """In a plan, or where every set is there. A list of 10 ms is no measure for creates of a second: it begins anew."""
    world = World(limit=Limit())
    world.start(*[LISTED] * 100, create=False, seconds=0.01)
    await world.all()
    assert world.tally.limit >= 4 * START

    await world.ask()
    assert world.tally.limit == START
    world.start(*[LISTED] * 100, create=False, seconds=0.01)
    await world.all()
    assert world.tally.limit == START


@virtually
async def test_creates_that_come_to_nothing_for_long_are_still_tried_one_by_one() -> None:
    """However many were on their way already when none was answered any more, though reads are."""
    world = World(slots=2)
    world.start(*[LOST] * 1300, seconds=0.1)
    for _ in range(700):
        await world.ask(LISTED, create=False, settles=True, seconds=0.1)
    await world.all()
    began = world.now

    assert await world.ask(seconds=0) is MADE
    assert world.now - began == 30


@virtually
async def test_a_token_that_died_says_nothing_about_load() -> None:
    """However many answers of 401 there are."""
    world = World(limit=Limit())
    for _ in range(19):
        await world.ask(Verdict(end=End.NOT_TAKEN, http_status=401), seconds=0.1)

    assert world.tally.limit == START


@virtually
async def test_silence_is_measured_by_what_was_under_way_when_it_began() -> None:
    """A limit that shrinks meanwhile neither hides the silence nor makes it come sooner."""
    world = World(limit=Limit(start=64, most=64))
    opened = 0

    async def probe() -> Verdict:
        nonlocal opened
        opened += 1
        return LISTED

    guard = world.loop.create_task(world.governor.guard(probe))
    world.start(*[LOST] * 63, seconds=5)
    await world.all()
    await asyncio.sleep(5)
    assert (opened, world.tally.limit) == (0, 32)
    await world.ask(LOST)
    await asyncio.sleep(5)
    guard.cancel()

    assert opened == 1


@virtually
async def test_a_stop_lets_everybody_go_whatever_the_limit_hears_then() -> None:
    """Nobody waits for a place any more, and the last answers change nothing."""
    world = World(limit=Limit(start=1, most=1))
    world.start(*[MADE] * 5, seconds=10)
    await asyncio.sleep(1)
    world.stopping.stop(Stop("enough", ExitCode.STOPPED))
    ended = await asyncio.gather(*world.tasks[1:])

    assert world.now == 1
    assert {verdict.end for verdict in ended} == {End.NOT_TAKEN}
    await world.all()
