"""Deadlines of exchanges, on both event loops."""

import asyncio

import pytest

from bulkprov.commvault.deadlines import Deadlines

both_loops = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])


@both_loops
async def test_an_exchange_that_takes_long_to_end_does_not_delay_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is cancelled once, and an exchange that begins later has a deadline of its own."""
    monkeypatch.setattr(Deadlines, "_CHECK_EVERY", 0.01)
    deadlines = Deadlines(0.02)

    async def overdue(unwinds: float) -> str:
        task = deadlines.start()
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            await asyncio.sleep(unwinds)
            return "cut off" if deadlines.uncancel(task) else "cancelled"
        finally:
            deadlines.finish(task)
        return "forgotten"

    async with asyncio.timeout(2):
        assert set(await asyncio.gather(overdue(0.2), overdue(0))) == {"cut off"}
        assert await overdue(0) == "cut off"
    deadlines.close()


@both_loops
async def test_an_exchange_that_ends_while_it_is_cancelled_leaves_no_mark_on_its_task() -> None:
    """Otherwise its worker would go on as one that is being cancelled."""
    deadlines = Deadlines(0.0)
    task = deadlines.start()
    deadlines._check()
    try:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(5)
    finally:
        deadlines.finish(task)
        deadlines.close()

    assert task.cancelling() == 0


@both_loops
async def test_an_exchange_that_ends_in_time_is_not_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither then nor later, when its task does something else."""
    monkeypatch.setattr(Deadlines, "_CHECK_EVERY", 0.01)
    deadlines = Deadlines(0.05)
    task = deadlines.start()
    deadlines.finish(task)
    await asyncio.sleep(0.1)
    deadlines.close()

    assert task.cancelling() == 0


@both_loops
async def test_a_cancellation_from_elsewhere_is_not_undone() -> None:
    """The caller that cancelled must not be told that the exchange took too long."""
    deadlines = Deadlines(60.0)
    task = deadlines.start()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(5)
    undone = deadlines.uncancel(task)
    deadlines.finish(task)
    deadlines.close()

    assert (undone, task.uncancel()) == (False, 0)
