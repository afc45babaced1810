"""Slots, rate and retry budget by themselves."""

import asyncio

import pytest

from bulkprov.engine.priority import Priority
from bulkprov.engine.throttle.slots import Rate, RetryBudget, Slots
from tests.engine.throttle.scripted import virtually


async def acquired(slots: Slots, priority: Priority, name: str, order: list[str]) -> None:
    """Take a slot, and note when it was granted."""
    await slots.acquire(priority)
    order.append(name)


async def waiting(slots: Slots, order: list[str], *asked: tuple[Priority, str]) -> list[asyncio.Task[None]]:
    """Ask for slots one after the other, and wait until all of them are queued."""
    tasks = [asyncio.create_task(acquired(slots, priority, name, order)) for priority, name in asked]
    await asyncio.sleep(0)
    return tasks


async def test_a_free_slot_is_taken_at_once_and_a_full_set_of_slots_gives_none() -> None:
    """Two slots are two."""
    slots = Slots(2)

    assert [slots.try_acquire() for _ in range(3)] == [True, True, False]
    slots.release()
    assert slots.try_acquire()


async def test_slots_are_granted_by_priority_and_then_in_the_order_of_asking() -> None:
    """Settling reads before lists ahead, those before acts, acts before other reads."""
    slots, order = Slots(1), list[str]()
    assert slots.try_acquire()
    tasks = await waiting(
        slots,
        order,
        (Priority.READ, "read 1"),
        (Priority.ACT, "act 1"),
        (Priority.READ, "read 2"),
        (Priority.AHEAD, "ahead"),
        (Priority.SETTLE, "settle 1"),
        (Priority.ACT, "act 2"),
    )
    for _ in tasks:
        slots.release()
        await asyncio.sleep(0)

    assert order == ["settle 1", "ahead", "act 1", "act 2", "read 1", "read 2"]


async def test_nothing_overtakes_what_waits() -> None:
    """A slot is not free while something waits for it."""
    slots, order = Slots(1), list[str]()
    assert slots.try_acquire()
    await waiting(slots, order, (Priority.READ, "read"))
    slots.release()

    assert not slots.try_acquire()


async def test_more_slots_are_granted_at_once_and_fewer_take_none_away() -> None:
    """The size may change at any time."""
    slots, order = Slots(1), list[str]()
    assert slots.try_acquire()
    await waiting(slots, order, *[(Priority.ACT, str(number)) for number in range(4)])
    slots.resize(3)
    await asyncio.sleep(0)
    assert order == ["0", "1"]

    slots.resize(1)
    slots.release()
    slots.release()
    await asyncio.sleep(0)
    assert order == ["0", "1"], "one is still in use, and one is all there are"
    slots.release()
    await asyncio.sleep(0)
    assert order == ["0", "1", "2"]


async def test_a_cancelled_wait_takes_no_slot_along() -> None:
    """Neither one that it still waited for, nor one that was granted in the same moment."""
    slots, order = Slots(1), list[str]()
    assert slots.try_acquire()
    early, late, last = await waiting(slots, order, *[(Priority.ACT, name) for name in ("early", "late", "last")])
    early.cancel()
    await asyncio.sleep(0)
    slots.release()  # grants it to `late`, which has not run yet
    late.cancel()
    await last

    assert order == ["last"]


async def test_after_a_stop_everything_but_a_settling_read_is_let_in() -> None:
    """Whether it waited or comes later."""
    slots, order = Slots(1), list[str]()
    assert slots.try_acquire()
    await waiting(slots, order, *((each, each.name) for each in Priority))
    slots.admit_all()
    await asyncio.sleep(0)
    await acquired(slots, Priority.ACT, "later", order)

    assert order == ["AHEAD", "ACT", "READ", "later"]


@virtually
@pytest.mark.parametrize(("per_second", "seconds"), [(0.5, 6), (2, 1.5)])
async def test_a_rate_spreads_acts_evenly(per_second: float, seconds: float) -> None:
    """Four acts wait three times; none are saved up before the first."""
    rate, loop = Rate(per_second), asyncio.get_running_loop()
    began = loop.time()
    for _ in range(4):
        await rate.wait()

    assert loop.time() - began == pytest.approx(seconds)


def test_a_retry_budget_is_ten_a_second_for_each_slot_and_a_tenth_of_the_first_sends() -> None:
    """What is missing is waited for."""
    budget = RetryBudget(1)
    assert [budget.withdraw(0.0, 1) for _ in range(10)] == [0.0] * 10
    assert budget.withdraw(0.0, 1) == pytest.approx(0.1)
    for _ in range(20):
        budget.deposit(1)

    assert budget.withdraw(0.0, 1) == pytest.approx(0)
    assert budget.withdraw(0.0, 1) == pytest.approx(0.1)


def test_a_retry_budget_is_refilled_by_time_up_to_one_second_of_it() -> None:
    """However long nothing was sent again."""
    budget = RetryBudget(2)
    assert [budget.withdraw(0.0, 2) for _ in range(20)] == [0.0] * 20
    assert [budget.withdraw(3600.0, 2) for _ in range(20)] == [0.0] * 20

    assert budget.withdraw(3600.0, 2) == pytest.approx(0.05)
