"""The stop signal: the first reason wins, every callback is called, and no sleep outlasts the run."""

import asyncio

import pytest

from bulkprov.engine.stop import Stopping
from bulkprov.errors import ExitCode, Stop

virtually = pytest.mark.asyncio(loop_factories=["virtual"])
FIRST, SECOND = Stop("first", ExitCode.STOPPED), Stop("second", ExitCode.INTERRUPTED)


@virtually
async def test_the_first_reason_wins_and_callbacks_are_called_once() -> None:
    """A later reason changes nothing."""
    stopping, seen = Stopping(), []
    stopping.on_stop(lambda: seen.append(stopping.reason))
    assert not stopping
    stopping.stop(FIRST)
    stopping.stop(SECOND)

    assert stopping
    assert (stopping.reason, seen) == (FIRST, [FIRST])


@virtually
async def test_a_sleep_ends_when_the_run_is_stopped() -> None:
    """Otherwise it lasts as long as asked; after a stop it does not sleep at all."""
    stopping = Stopping()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await stopping.sleep(5)
    assert loop.time() - began == pytest.approx(5)
    loop.call_later(1, stopping.stop, FIRST)
    await stopping.sleep(3600)
    await stopping.sleep(3600)

    assert loop.time() - began == pytest.approx(6)


@virtually
async def test_a_cancelled_sleep_leaves_nothing_behind() -> None:
    """Neither a timer nor a sleeper for a later stop to wake, even if both come in the same moment."""
    stopping = Stopping()
    early, late = asyncio.create_task(stopping.sleep(5)), asyncio.create_task(stopping.sleep(5))
    await asyncio.sleep(1)
    early.cancel()
    await asyncio.wait([early])
    late.cancel()
    stopping.stop(FIRST)
    await asyncio.wait([late])

    assert (early.cancelled(), late.cancelled(), stopping._sleepers) == (True, True, {})


@virtually
async def test_work_is_cancelled_when_the_run_is_stopped() -> None:
    """The result says whether it was completed, its errors are raised, and no callback is left behind."""
    stopping = Stopping()
    assert await stopping.until_stopped(asyncio.sleep(1))
    with pytest.raises(ZeroDivisionError):
        await stopping.until_stopped(_broken())
    asyncio.get_running_loop().call_later(1, stopping.stop, FIRST)

    assert not await stopping.until_stopped(asyncio.sleep(3600))
    assert not await stopping.until_stopped(asyncio.sleep(3600)), "after a stop nothing is started"
    assert stopping._callbacks == []


@virtually
async def test_a_cancelled_caller_is_cancelled() -> None:
    """It is not told that the run was stopped."""
    stopping = Stopping()
    task = asyncio.create_task(stopping.until_stopped(asyncio.sleep(3600)))
    await asyncio.sleep(1)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def _broken() -> None:
    raise ZeroDivisionError
