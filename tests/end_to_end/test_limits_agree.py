"""Attempts, turns, backoff and circuit together, while a whole server is out: no row may pay for that."""

import asyncio
from collections.abc import Callable

import pytest

from bulkprov.engine.model import End, Status, Verdict
from bulkprov.engine.wanted import Wanted
from bulkprov.errors import ExitCode
from tests.backupsets import Journal
from tests.engine.test_pipeline import Server, World, virtually

REFUSED = Verdict(end=End.NOT_TAKEN, why="cannot connect: Connection refused")
BUSY = Verdict(end=End.NOT_TAKEN, http_status=429, why="HTTP 429 Too Many Requests")
UNAVAILABLE = Verdict(end=End.IN_DOUBT, http_status=503, why="HTTP 503 Service Unavailable")
RESET = Verdict(end=End.IN_DOUBT, why="the connection was lost before an answer came")


class Outage(Server):
    """A server that answers one and the same thing until some time has passed."""

    def __init__(self, says: Verdict, *, seconds: float, reads_too: bool) -> None:
        super().__init__()
        self._says, self._reads_too = says, reads_too
        self._over = asyncio.get_running_loop().time() + seconds

    async def create(self, want: Wanted, leaves: Callable[[], None], mark: str = "") -> Verdict:
        """Nothing, until it is over."""
        if told := await self._told(True):
            if told.end is not End.NOT_TAKEN:
                leaves()
            return told
        return await super().create(want, leaves, mark)

    async def listing(self, client: str) -> Verdict:
        """Nothing either, if reads are struck as well."""
        return await self._told(self._reads_too) or await super().listing(client)

    async def _told(self, struck: bool) -> Verdict | None:
        now = asyncio.get_running_loop().time()
        if not struck or now >= self._over:
            return None
        await asyncio.sleep(0.01)
        return Verdict(
            end=self._says.end,
            http_status=self._says.http_status,
            why=self._says.why,
            at=now + 0.01,
            seconds=0.01,
        )


async def live_through(journal: Journal, rows: int, outage: Callable[[], Server]) -> World:
    """A wave in an outage."""
    world = World(journal, rows=rows, slots=min(8, rows))
    world.server = outage()
    await world.run()
    return world


@virtually
@pytest.mark.parametrize("rows", [1, 2, 19, 100])
@pytest.mark.parametrize("says", [REFUSED, RESET, UNAVAILABLE], ids=["refused", "reset", "503"])
async def test_a_server_that_is_gone_ends_the_run_and_no_row(journal: Journal, rows: int, says: Verdict) -> None:
    """However few the rows are: the circuit opens before any of them has used up its turns."""
    world = await live_through(journal, rows, lambda: Outage(says, seconds=1e9, reads_too=True))

    assert world.stopping.reason is not None
    assert world.stopping.reason.exit_code is ExitCode.STOPPED
    assert "has not answered for 10 minutes" in world.stopping.reason.reason
    assert set(world.statuses()) <= {Status.PENDING, Status.UNKNOWN}
    assert world.now < 1200


@virtually
@pytest.mark.parametrize("rows", [1, 100])
@pytest.mark.parametrize("says", [REFUSED, RESET, UNAVAILABLE], ids=["refused", "reset", "503"])
async def test_a_server_that_comes_back_in_time_has_all_rows_made(journal: Journal, rows: int, says: Verdict) -> None:
    """Nine minutes without it cost no row."""
    world = await live_through(journal, rows, lambda: Outage(says, seconds=540, reads_too=True))

    assert world.stopping.reason is None
    assert set(world.statuses()) == {Status.CREATED}
    assert set(world.server.creates.values()) == {1}


@virtually
async def test_being_asked_to_wait_again_and_again_costs_no_row(journal: Journal) -> None:
    """A rate limit is no failure, and never uses a row up, even where it does not say how long."""
    world = await live_through(journal, 5, lambda: Outage(BUSY, seconds=900, reads_too=False))

    assert world.stopping.reason is None
    assert set(world.statuses()) == {Status.CREATED}
    assert {result.attempts for result in world.results()} == {1}


@virtually
@pytest.mark.parametrize("seconds", [60, 540])
async def test_a_server_that_can_make_nothing_for_a_while_uses_up_no_row(journal: Journal, seconds: float) -> None:
    """It answers reads, so that it is not gone: then creates go out one by one, until one of them is answered."""
    world = await live_through(journal, 200, lambda: Outage(UNAVAILABLE, seconds=seconds, reads_too=False))

    assert world.stopping.reason is None
    assert set(world.statuses()) == {Status.CREATED}
    assert sum(world.server.creates.values()) < 200 + 70
    assert world.now < seconds + 60


@virtually
async def test_a_server_that_can_make_nothing_at_all_ends_the_run(journal: Journal) -> None:
    """And hardly any row of a large sheet."""
    world = await live_through(journal, 200, lambda: Outage(UNAVAILABLE, seconds=1e9, reads_too=False))

    assert world.stopping.reason is not None
    assert "no create was answered for 10 minutes: HTTP 503" in world.stopping.reason.reason
    assert set(world.statuses()) <= {Status.PENDING, Status.UNKNOWN}
    assert world.now < 1200
