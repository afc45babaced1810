"""The circuits: on a virtual clock behind a gate, and the streak of failures that opens them."""

import asyncio

import pytest

from bulkprov.engine.model import End, Verdict
from bulkprov.engine.priority import Priority
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.engine.throttle.adaptive_limit import AdaptiveLimit
from bulkprov.engine.throttle.circuit import ActCircuit, Circuit, FailureStreak
from bulkprov.errors import ExitCode, Stop
from tests.engine.throttle.scripted import LISTED, LOST, MADE, UNREACHABLE, World, virtually


@pytest.mark.parametrize(("slots", "threshold"), [(1, 20), (20, 20), (21, 21), (256, 256)])
def test_a_streak_is_long_after_twenty_failures_or_one_for_each_slot(slots: int, threshold: int) -> None:
    """One failure less is not enough."""
    streak = FailureStreak()
    for number in range(1, threshold):
        streak.add(slots, float(number))
    assert not streak.is_long
    streak.add(slots, 500.0)

    assert (streak.is_long, streak.long_since, streak.excess) == (True, 500.0, 0)


def test_a_streak_keeps_its_threshold_and_the_moment_it_became_long() -> None:
    """Later failures change neither, however many slots there are by then; an answer ends it."""
    streak = FailureStreak()
    for number in range(30):
        streak.add(64 if number else 20, float(number))
    assert (streak.is_long, streak.long_since, streak.excess) == (True, 19.0, 10)
    streak.end()
    streak.add(20, 99.0)

    assert not streak.is_long


@virtually
async def test_an_open_circuit_says_why_until_the_server_answers() -> None:
    """For the progress display: how the last failure ended."""
    tally = Tally()
    circuit = Circuit(tally=tally, stopping=Stopping())
    for number in range(20):
        circuit.failed(f"failure {number}", 8, 0.0)
    assert (circuit.closed.is_set(), circuit.server_is_silent, tally.silent) == (False, True, "failure 19")
    circuit.answered()

    assert (circuit.closed.is_set(), circuit.server_is_silent, tally.silent) == (True, False, "")


@virtually
async def test_a_stop_closes_the_circuit_so_that_nothing_waits_for_it() -> None:
    """The guard returns, and the server is still known to be silent."""
    stopping = Stopping()
    circuit = Circuit(tally=Tally(), stopping=stopping)
    for _ in range(20):
        circuit.failed("no answer", 8, 0.0)
    guard = asyncio.create_task(circuit.guard(_never))
    await asyncio.sleep(0.5)
    stopping.stop(Stop("enough", ExitCode.STOPPED))
    await guard

    assert (circuit.closed.is_set(), circuit.server_is_silent) == (True, True)


@virtually
async def test_acts_without_any_answer_for_ten_minutes_end_the_run() -> None:
    """Counted from the failure that opened the circuit, and not before."""
    stopping = Stopping()
    circuit = ActCircuit("delete", stopping=stopping)
    for _ in range(20):
        circuit.failed("HTTP 503", 8, 100.0)
    circuit.failed("HTTP 503", 8, 700.0)
    assert not stopping
    circuit.failed("HTTP 504", 8, 701.0)

    assert stopping.reason == Stop("no delete was answered for 10 minutes: HTTP 504", ExitCode.STOPPED)


@virtually
async def test_the_pause_between_acts_doubles_up_to_half_a_minute() -> None:
    """With each further failure; an answer closes the circuit."""
    circuit = ActCircuit("create", stopping=Stopping())
    loop = asyncio.get_running_loop()
    pauses = []
    for _ in range(20):
        circuit.failed("no answer", 8, loop.time())
    for _ in range(7):
        began = loop.time()
        await circuit.pause()
        pauses.append(loop.time() - began)
        circuit.failed("no answer", 8, loop.time())
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    circuit.answered()

    assert not circuit.is_open


@virtually
@pytest.mark.parametrize(("slots", "limit"), [(4, 20), (50, 50)])
async def test_a_silent_server_is_probed_by_one_read_at_a_time(slots: int, limit: int) -> None:
    """After 20 failures in a row (or one for each slot) only probes are sent, until one is answered."""
    world = World(slots=slots)
    probes: list[float] = []

    async def probe() -> Verdict:
        probes.append(world.now)
        return LISTED if len(probes) == 4 else UNREACHABLE

    guard = world.loop.create_task(world.gate.guard(probe))
    world.start(*[UNREACHABLE] * limit, seconds=0)
    await world.all()
    world.start(*[MADE] * 100, seconds=0)
    await world.all()
    guard.cancel()

    assert probes == [1, 3, 7, 15]
    assert world.sent_at == [0] * limit + [15] * 100


@virtually
async def test_a_sign_of_life_keeps_the_circuit_closed() -> None:
    """A server that fails nineteen of twenty is there; so is one that answers 429 or 401."""
    world = World(slots=1)
    guard = world.loop.create_task(world.gate.guard(_never))
    for alive in (MADE, Verdict(end=End.NOT_TAKEN, http_status=429), Verdict(end=End.NOT_TAKEN, http_status=401)):
        for verdict in [LOST] * 19 + [alive]:
            await world.ask(verdict)
    guard.cancel()

    assert (world.tally.unanswered, world.tally.put_off) == (19 * 3 + 1, 1)
    assert not world.stopping


async def _never() -> Verdict:
    raise AssertionError


@virtually
async def test_a_server_that_is_silent_for_ten_minutes_ends_the_run() -> None:
    """Not before, and the reason says how the last probe ended."""
    world = World(slots=1)

    async def probe() -> Verdict:
        return UNREACHABLE

    guard = world.loop.create_task(world.gate.guard(probe))
    world.start(*[LOST] * 30, seconds=0)
    await world.all()
    await guard

    assert world.stopping.reason == Stop(
        "the server has not answered for 10 minutes: connection refused", ExitCode.STOPPED, server=True
    )
    assert 600 < world.now < 640
    assert len(world.sent_at) == 20


@virtually
async def test_the_circuit_may_open_again() -> None:
    """The guard goes on after the first outage."""
    world = World(slots=1)
    probes = 0

    async def probe() -> Verdict:
        nonlocal probes
        probes += 1
        return LISTED

    guard = world.loop.create_task(world.gate.guard(probe))
    for _ in range(3):
        for _ in range(20):
            await world.ask(LOST, seconds=0)
        assert await world.ask(seconds=0) is MADE
    guard.cancel()

    assert probes == 3


@virtually
async def test_a_streak_is_measured_by_the_slots_there_were_when_it_began() -> None:
    """A limit that shrinks meanwhile makes the circuit open neither sooner nor later."""
    world = World(limit=AdaptiveLimit(initial=64, maximum=64))
    opened = 0

    async def probe() -> Verdict:
        nonlocal opened
        opened += 1
        return LISTED

    guard = world.loop.create_task(world.gate.guard(probe))
    world.start(*[LOST] * 63, seconds=5)
    await world.all()
    await asyncio.sleep(5)
    assert (opened, world.tally.limit) == (0, 32)
    await world.ask(LOST)
    await asyncio.sleep(5)
    guard.cancel()

    assert opened == 1


@virtually
async def test_acts_that_fail_for_long_are_still_sent_one_by_one() -> None:
    """However many were waiting when acts were no longer answered, though reads are."""
    world = World(slots=2)
    world.start(*[LOST] * 1300, seconds=0.1)
    for _ in range(700):
        await world.ask(LISTED, act=False, priority=Priority.SETTLE, seconds=0.1)
    await world.all()
    began = world.now

    assert await world.ask(seconds=0) is MADE
    assert world.now - began == 30
