"""Stopping: the first reason wins, everybody is told, and nobody sleeps on."""

import asyncio

import pytest

from bulkprov.engine.stop import Stopping
from bulkprov.errors import ExitCode, Stop

virtually = pytest.mark.asyncio(loop_factories=["virtual"])
FIRST, SECOND = Stop("first", ExitCode.STOPPED), Stop("second", ExitCode.INTERRUPTED)


@virtually
async def test_the_first_reason_wins_and_is_told_once() -> None:
    """Later ones change nothing."""
    stopping, told = Stopping(), []
    stopping.then(lambda: told.append(stopping.reason))
    assert not stopping
    stopping.stop(FIRST)
    stopping.stop(SECOND)

    assert stopping
    assert (stopping.reason, told) == (FIRST, [FIRST])


@virtually
async def test_a_nap_ends_with_the_run() -> None:
    """Otherwise it is as long as was said."""
    stopping = Stopping()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await stopping.nap(5)
    assert loop.time() - began == pytest.approx(5)
    loop.call_later(1, stopping.stop, FIRST)
    await stopping.nap(3600)
    await stopping.nap(3600)

    assert loop.time() - began == pytest.approx(6)


@virtually
async def test_work_that_is_not_worth_waiting_for_is_given_up() -> None:
    """Whether it was done is told; an error in it is raised; nothing of it is kept."""
    stopping = Stopping()
    assert await stopping.unless(asyncio.sleep(1))
    with pytest.raises(ZeroDivisionError):
        await stopping.unless(_broken())
    asyncio.get_running_loop().call_later(1, stopping.stop, FIRST)

    assert not await stopping.unless(asyncio.sleep(3600))
    assert not await stopping.unless(asyncio.sleep(3600)), "nothing is begun any more"
    assert stopping._listeners == []


@virtually
async def test_who_is_cancelled_is_cancelled() -> None:
    """Giving up work and being cancelled are two things."""
    stopping = Stopping()
    task = asyncio.create_task(stopping.unless(asyncio.sleep(3600)))
    await asyncio.sleep(1)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def _broken() -> None:
    raise ZeroDivisionError
