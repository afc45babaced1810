"""The gate on a virtual clock: slots, rate, pauses, retry budget, and the limit that follows the server."""

import asyncio
from itertools import pairwise

import pytest

from bulkprov.engine.model import End, Verdict
from bulkprov.engine.priority import Priority
from bulkprov.engine.throttle.adaptive_limit import INITIAL_LIMIT, AdaptiveLimit
from bulkprov.errors import ExitCode, Stop
from tests.engine.throttle.scripted import LISTED, LOST, MADE, World, virtually


@virtually
async def test_no_more_exchanges_than_slots_are_ever_in_flight() -> None:
    """Twelve exchanges of a second each take three seconds in four slots, in the order in which they were asked for."""
    world = World(slots=4)
    world.start(*[MADE] * 12)
    await world.all()

    assert (world.peak, world.now) == (4, 3)
    assert world.sent_at == [0] * 4 + [1] * 4 + [2] * 4
    assert world.tally.in_flight == 0


@virtually
async def test_a_settling_read_goes_before_acts_and_any_other_read_after_them() -> None:
    """A look after a refusal does not wait for the waiting creates, so that errors show soon; a first look does."""
    world = World(slots=2)
    world.start(*[MADE] * 10)
    await asyncio.sleep(0.5)
    first = world.loop.create_task(world.ask(LISTED, act=False))
    await world.ask(LISTED, act=False, priority=Priority.SETTLE)
    assert world.now == 2

    await first
    assert len(world.sent_at) == 12, "all creates were sent before it"
    await world.all()


@virtually
async def test_a_cancelled_exchange_gives_its_slot_back() -> None:
    """Whether it was cancelled while it waited or while it was in flight."""
    world = World(slots=1)
    world.start(MADE, MADE, MADE)
    await asyncio.sleep(0.5)
    world.tasks[1].cancel()
    world.tasks[0].cancel()
    await asyncio.wait(world.tasks)

    assert world.sent_at == [0, 0.5]
    assert (await world.ask()) is MADE


@virtually
async def test_acts_keep_to_the_rate_and_start_without_a_burst() -> None:
    """Two a second are two a second from the first second on."""
    world = World(slots=50, rate=2)
    world.start(*[MADE] * 9)
    await world.all()

    assert world.sent_at == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4])


@virtually
async def test_a_hundred_an_hour_are_a_hundred_in_every_hour_of_ten() -> None:
    """Evenly spread to the end: no hour, whenever it begins, has more of them, and none are saved up for later."""
    world = World(slots=50, rate=100 / 3600)
    world.start(*[MADE] * 1000)
    await world.all()

    gaps = [later - earlier for earlier, later in pairwise(world.sent_at)]
    assert gaps == pytest.approx([36.0] * 999)
    assert world.tally.act_rate == 100 / 3600
    assert all(world.sent_at[number + 100] - world.sent_at[number] == pytest.approx(3600) for number in range(900))


@virtually
async def test_an_act_that_waits_for_the_rate_holds_no_slot() -> None:
    """A look-up is sent at once, however many creates wait for their turn."""
    world = World(slots=2, rate=100 / 3600)
    world.start(*[MADE] * 6)
    await asyncio.sleep(2)
    before = world.now
    await world.ask(LISTED, act=False)

    assert world.sent_at == [0, before]
    world.stopping.stop(Stop("enough", ExitCode.STOPPED))
    assert [v is MADE for v in await world.all()].count(True) == 1


@virtually
async def test_a_row_is_near_its_turn_at_once_where_there_is_no_rate_and_never_after_a_stop() -> None:
    """With one, it waits for those before it; a row that has a place keeps it, and gives it back once."""
    free, rated = World(), World(rate=1)
    assert [await free.gate.near_turn(number) for number in range(9)] == [True] * 9
    free.gate.had_turn(1)
    assert [await rated.gate.near_turn(number) for number in (1, 2, 3, 1, 2, 3)] == [True] * 6
    fourth, fifth = (rated.loop.create_task(rated.gate.near_turn(number)) for number in (4, 5))
    await asyncio.sleep(1)
    rated.gate.had_turn(1)
    rated.gate.had_turn(1)
    await asyncio.sleep(1)
    assert (fourth.done(), fifth.done()) == (True, False)

    rated.stopping.stop(Stop("enough", ExitCode.STOPPED))
    assert (await fourth, await fifth) == (True, False)


@virtually
async def test_turns_are_not_saved_up_during_a_pause() -> None:
    """After it, creates are sent at the rate, not all at once."""
    world = World(slots=50, rate=2)
    world.start(Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=60), seconds=0.1)
    await asyncio.sleep(0.2)
    world.start(*[MADE] * 10)
    await asyncio.sleep(1)
    assert world.tally.paused == 1, "the one whose turn it is; the others wait for theirs"
    await world.all()

    assert world.tally.paused == 0
    assert min(world.sent_at[1:]) == pytest.approx(60.1)
    gaps = [later - earlier for earlier, later in zip(world.sent_at[1:], world.sent_at[2:], strict=False)]
    assert all(gap == pytest.approx(0.5) for gap in gaps[1:])


@virtually
async def test_after_a_stop_nothing_waits_for_its_turn() -> None:
    """Neither for the rate nor for a pause nor for a slot; what was waiting ends as not sent."""
    for blocked_by in ("rate", "pause", "slots"):
        world = World(slots=1 if blocked_by == "slots" else 10, rate=1 / 3600 if blocked_by == "rate" else None)
        first = Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=3600) if blocked_by == "pause" else MADE
        world.start(first, seconds=100 if blocked_by == "slots" else 1)
        await asyncio.sleep(2)
        world.start(*[MADE] * 5)
        await asyncio.sleep(0.5)
        began = world.now
        world.stopping.stop(Stop("enough", ExitCode.STOPPED))
        ended = await asyncio.gather(*world.tasks[1:])

        assert world.now == began, blocked_by
        assert [v.end for v in ended] == [End.NOT_TAKEN] * 5, blocked_by
        assert len(world.sent_at) == 1, blocked_by
        await world.all()


@virtually
async def test_after_a_stop_only_settling_reads_pass_and_they_need_slots() -> None:
    """A read that settles what became of an act passes; no other read does, and no act."""
    world = World(slots=2)
    world.stopping.stop(Stop("enough", ExitCode.STOPPED))
    asked = await asyncio.gather(
        world.ask(LISTED, act=False),
        world.ask(),
        *(world.ask(LISTED, act=False, priority=Priority.SETTLE) for _ in "12345"),
    )

    assert [verdict is LISTED for verdict in asked] == [False, False, *[True] * 5]
    assert (world.peak, world.now) == (2, 3)


@virtually
@pytest.mark.parametrize("blocked_by", ["silence", "pause"])
async def test_after_a_stop_nothing_passes_while_the_server_is_silent_or_pauses_us(blocked_by: str) -> None:
    """Not even a settling read waits for it to come back."""
    world = World(slots=40)
    pausing = Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=3600)
    world.start(*[LOST] * 40 if blocked_by == "silence" else [pausing])
    await world.all()
    sent = len(world.sent_at)
    world.stopping.stop(Stop("enough", ExitCode.STOPPED))

    assert (await world.ask(LISTED, act=False, priority=Priority.SETTLE)).end is End.NOT_TAKEN
    assert (world.now, len(world.sent_at)) == (1, sent)


@virtually
async def test_an_answer_that_asks_to_wait_pauses_every_exchange() -> None:
    """Reads too; of several such answers the longest wait counts."""
    world = World(slots=10)
    world.start(
        Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=30),
        Verdict(end=End.IN_DOUBT, http_status=503, retry_after=100),
        Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=5),
    )
    await world.all()
    world.start(MADE, MADE)
    world.start(LISTED, act=False)
    await world.all()

    assert world.sent_at[3:] == [101, 101, 101]


@virtually
async def test_the_retry_budget_delays_acts_and_refuses_none() -> None:
    """Beyond the floor of ten a second for each slot creates are sent again one by one, and every one is sent."""
    world = World(slots=2)
    world.start(*[MADE] * 60, again=True, seconds=0)
    ended = await world.all()

    assert all(verdict is MADE for verdict in ended)
    assert world.sent_at[:20] == [0] * 20
    assert world.now == pytest.approx(2)


@virtually
async def test_an_act_sent_for_the_first_time_earns_a_tenth_of_a_retry() -> None:
    """A hundred of them allow ten more, and unused retries are saved up to a bound."""
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
async def test_the_retry_budget_never_delays_a_server_that_fails_forty_percent() -> None:
    """With exchanges of 100 ms the slots are the tighter bound."""
    world = World(slots=8)

    async def slot(number: int) -> None:
        for turn in range(50):
            await world.ask(again=(number + turn) % 5 < 2, seconds=0.1)

    await asyncio.gather(*[slot(number) for number in range(8)])

    assert world.now == pytest.approx(5)


# The adaptive limit


@virtually
async def test_the_limit_follows_the_server() -> None:
    """While creates take as long as before, the limit doubles; its history is kept, and the workers follow."""
    world = World(limit=AdaptiveLimit())
    world.start(*[MADE] * 400)
    await world.all()

    assert 2 * INITIAL_LIMIT < world.peak <= world.tally.limit
    assert world.gate.rows_in_hand == 3 * world.tally.limit
    limits = [limit for _, limit in world.tally.limits.points]
    assert limits == sorted(limits)
    assert limits[:3] + limits[-1:] == [INITIAL_LIMIT, 2 * INITIAL_LIMIT, 4 * INITIAL_LIMIT, world.tally.limit]


@virtually
@pytest.mark.parametrize("status", [429, 503])
async def test_an_overloaded_server_gets_half_of_the_limit(status: int) -> None:
    """Whether a read or an act was turned away."""
    for act in (True, False):
        world = World(limit=AdaptiveLimit())
        await world.ask(Verdict(end=End.IN_DOUBT, http_status=status), act=act)

        assert world.tally.limit == INITIAL_LIMIT // 2


@virtually
async def test_the_limit_begins_anew_with_the_first_act() -> None:
    """A list that takes 10 ms is no measure for creates that take a second."""
    world = World(limit=AdaptiveLimit())
    world.start(*[LISTED] * 100, act=False, seconds=0.01)
    await world.all()
    assert world.tally.limit == 3 * INITIAL_LIMIT

    await world.ask()
    assert world.tally.limit == INITIAL_LIMIT


@virtually
async def test_an_exchange_that_is_broken_off_or_never_sent_is_not_in_flight_any_more() -> None:
    """Else the limit would wait for it, or believe that it is used up."""
    limit = AdaptiveLimit()
    world = World(limit=limit)
    world.start(*[MADE] * 16, *[Verdict(end=End.NOT_TAKEN, tried=False)] * 16)
    await asyncio.sleep(0.5)
    for task in world.tasks[:16]:
        task.cancel()
    await asyncio.wait(world.tasks)
    for _ in range(100):
        await world.ask()
    assert world.tally.limit == INITIAL_LIMIT
    world.tasks = []
    world.start(*[MADE] * 48)
    await world.all()

    assert world.tally.limit > INITIAL_LIMIT


@virtually
async def test_an_expired_token_says_nothing_about_load() -> None:
    """However many answers of 401 come."""
    world = World(limit=AdaptiveLimit())
    for _ in range(19):
        await world.ask(Verdict(end=End.NOT_TAKEN, http_status=401), seconds=0.1)

    assert world.tally.limit == INITIAL_LIMIT


@virtually
async def test_a_stop_releases_every_waiting_exchange_whatever_the_limit_learns_then() -> None:
    """Nothing waits for a slot any more, and the last answers change nothing."""
    world = World(limit=AdaptiveLimit(initial=1, maximum=1))
    world.start(*[MADE] * 5, seconds=10)
    await asyncio.sleep(1)
    world.stopping.stop(Stop("enough", ExitCode.STOPPED))
    ended = await asyncio.gather(*world.tasks[1:])

    assert world.now == 1
    assert {verdict.end for verdict in ended} == {End.NOT_TAKEN}
    await world.all()


@virtually
async def test_a_pause_is_told_once_with_since_and_until_when() -> None:
    """Whoever is answered with it; one that is over before anybody reads of it is not told."""
    world, told = World(slots=4), list[tuple[str, float, float, str]]()
    world.gate.on_pause = lambda *words: told.append(words)
    short = Verdict(end=End.NOT_TAKEN, http_status=429, why="HTTP 429", retry_after=1, at=900)
    await world.ask(short)
    assert world.tally.act_left_at == 900
    world.start(*[Verdict(end=End.NOT_TAKEN, http_status=429, why="HTTP 429", retry_after=60, at=1000)] * 4)
    await world.all()

    assert [words[:3] for words in told] == [("HTTP 429", 1000, 1060)]
    assert told[0][3].format(why="HTTP 429", until="10:31:25") == (
        "the server asks to wait until 10:31:25 (HTTP 429); the rows that wait go on by themselves"
    )
    assert (world.tally.put_off, world.tally.unanswered) == (5, 0), "the server did answer"


@virtually
async def test_a_server_that_falls_silent_is_told_with_when_the_run_would_stop() -> None:
    """Once, however many requests fail."""
    world, told = World(slots=30), list[tuple[str, float, float, str]]()
    world.gate.on_pause = lambda *words: told.append(words)
    world.start(*[Verdict(end=End.IN_DOUBT, why="no answer", at=1000)] * 30)
    await world.all()

    assert [words[:3] for words in told] == [("no answer", 1000, 1600)]
    assert told[0][3].format(why="no answer", until="10:40:45").endswith("the run stops if it has not by 10:40:45")
