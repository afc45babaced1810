"""A gate in front of a scripted server, on a virtual clock: what the tests of this folder share."""

import asyncio

import pytest

from bulkprov.engine.model import End, Listing, Reply, Verdict
from bulkprov.engine.priority import Priority
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.engine.throttle.adaptive_limit import AdaptiveLimit, FixedLimit
from bulkprov.engine.throttle.gate import Gate
from bulkprov.engine.throttle.slots import Rate

__all__ = ["LISTED", "LOST", "MADE", "UNREACHABLE", "World", "virtually"]

virtually = pytest.mark.asyncio(loop_factories=["virtual"])

MADE = Verdict(end=End.ANSWERED, reply=Reply(0, "", 931), http_status=200)
LISTED = Verdict(end=End.ANSWERED, http_status=200, listing=Listing())
LOST = Verdict(end=End.IN_DOUBT, why="no answer")
UNREACHABLE = Verdict(end=End.NOT_TAKEN, why="connection refused")


class World:
    """A gate, and a server whose answers are given beforehand; each takes a second."""

    def __init__(self, *, slots: int = 4, rate: float | None = None, limit: AdaptiveLimit | None = None) -> None:
        self.stopping, self.tally = Stopping(), Tally()
        self.gate = Gate(
            limit=limit or FixedLimit(slots),
            tally=self.tally,
            stopping=self.stopping,
            rate=Rate(rate) if rate else None,
        )
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.sent_at: list[float] = []
        """When each request was sent."""
        self.in_flight = self.peak = 0
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
        act: bool = True,
        again: bool = False,
        priority: Priority = Priority.READ,
        seconds: float = 1,
        scope: str = "",
    ) -> Verdict:
        """One exchange that ends with this verdict."""

        async def call() -> Verdict:
            self.sent_at.append(self.now)
            self.in_flight += 1
            self.peak = max(self.peak, self.in_flight)
            await asyncio.sleep(seconds)
            self.in_flight -= 1
            return verdict.timed(at=self.loop.time(), seconds=seconds) if self.timed else verdict

        return await self.gate.exchange(call, act=act, again=again, priority=priority, scope=scope)

    def start(self, *verdicts: Verdict, act: bool = True, again: bool = False, seconds: float = 1) -> None:
        """Start one exchange for each verdict, all at once, beside the test."""
        self.tasks += [self.loop.create_task(self.ask(v, act=act, again=again, seconds=seconds)) for v in verdicts]

    async def all(self) -> list[Verdict]:
        """Wait for the exchanges that were started, and give their verdicts."""
        return await asyncio.gather(*self.tasks)
