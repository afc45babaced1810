"""The one gate every exchange passes: slots, rate, pauses, retry budget and circuit, for all workers together.

It hears every verdict, and decides only *when* something may be sent, never what. It knows no rows and no HTTP library.
Whoever waits for the rate, the budget or a pause holds no slot that another could use.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from aiolimiter import AsyncLimiter

from bulkprov.errors import ExitCode, Stop
from bulkprov.model import End, Tally, Verdict
from bulkprov.stopping import Stopping

__all__ = ["Governor", "Rate"]

NOT_SENT: Final = Verdict(end=End.NOT_TAKEN, why="the run was stopped before this was sent")

_SILENCE: Final = 20
"""Exchanges in a row without a well-formed answer that open the circuit; as many as there are slots, if more."""
_ALIVE: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})
"""Statuses of a server that is there, though it does not do what it is asked."""
_PROBE_LONGEST: Final = 30.0
_GIVE_UP: Final = 600.0
"""Seconds an open circuit is probed before the run gives up."""
_SHARE: Final = 0.1
"""Creates that may be sent again for each one that is sent for the first time..."""
_FLOOR: Final = 10.0
"""... and, besides, for each slot every second. Slots alone bound what a slow server has to bear: a slot that is
answered within 100 ms makes ten exchanges a second. The floor binds where failures come back faster than that, and
leaves enough for a server that fails 40 % of its requests to cost that share of the throughput and no more."""
_TURNED_AWAY: Final = 7200.0
"""Seconds of nothing but "too many requests" after which the run gives up: longer than any quota counts."""
_LOST: Final = 5
"""Refusals by HTTP 403 or 404, before anything else was answered, that mean a wrong URL or missing rights."""


class Rate:
    """Creates per second at most, over the whole run."""

    def __init__(self, per_second: float) -> None:
        # Small buckets: the server must not see a burst at the start of each period.
        burst = max(1.0, per_second / 50)
        self._limiter = AsyncLimiter(burst, burst / per_second)

    async def wait(self) -> None:
        """Wait for the next create's turn."""
        await self._limiter.acquire()


class _Budget:
    """Creates sent again. It delays them, and never refuses one."""

    def __init__(self, floor: float) -> None:
        self._floor = self._most = self._left = floor
        self._at: float | None = None

    def sent_first(self) -> None:
        """A create was sent for the first time."""
        self._left = min(self._most, self._left + _SHARE)

    def delay(self, now: float) -> float:
        """Seconds that a create which is to be sent again has to wait.

        Args:
            now: by the loop's clock.
        """
        if self._at is not None:
            self._left = min(self._most, self._left + (now - self._at) * self._floor)
        self._at = now
        self._left -= 1
        return max(0.0, -self._left / self._floor)


class _Slots:
    """Places for exchanges under way, given out in the order of asking. The limit may be changed at any time."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        if self.taken < self.limit and not self._queue:
            self.taken += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.give()
            raise

    def give(self) -> None:
        self.taken -= 1
        self.admit()

    def open(self) -> None:
        """Let everybody in: there is nothing left to be had, and nobody should wait for that."""
        self.limit = sys.maxsize
        self.admit()

    def admit(self) -> None:
        """Hand free places to whoever waits."""
        while self._queue and self.taken < self.limit:
            place = self._queue.popleft()
            if not place.done():
                self.taken += 1
                place.set_result(None)


class Governor:
    """See the module."""

    def __init__(
        self,
        *,
        slots: int,
        tally: Tally,
        stopping: Stopping,
        rate: Rate | None = None,
    ) -> None:
        """Prepare.

        Args:
            slots: exchanges under way at most.
            tally: counts.
            stopping: told when nobody should go on; once it is set, nothing passes any more.
            rate: limit on creates.
        """
        self._slots, self._rate, self._tally, self._stopping = _Slots(slots), rate, tally, stopping
        self._turn = asyncio.Lock()
        self._budget = _Budget(_FLOOR * slots)
        self._silence_limit = max(_SILENCE, slots)
        self._silent = self._denied = self._unmade = 0
        self._unmade_since = 0.0
        self._alone = asyncio.Lock()
        self._lost: int | None = 0
        self._paused_until = 0.0
        self._busy_since: float | None = None
        self._opened = asyncio.Event()
        self._passable = asyncio.Event()
        self._passable.set()
        stopping.then(self._passable.set)
        stopping.then(self._opened.set)
        stopping.then(self._slots.open)

    async def exchange(
        self, call: Callable[[], Awaitable[Verdict]], *, create: bool = False, again: bool = False
    ) -> Verdict:
        """Wait for the gate, make the exchange, and hear how it ended.

        Args:
            call: the exchange.
            create: whether it counts against the rate.
            again: whether its like was sent before, so that it counts against the retry budget.

        Returns:
            the exchange's verdict, or one that says it was not sent, if the run was stopped first.
        """
        if not create:
            return await self._pass(call)
        await self._keep_budget(again=again)
        if self._unmade >= self._silence_limit:
            async with self._alone:
                if self._unmade >= self._silence_limit:
                    await self._stopping.nap(min(2.0 ** (self._unmade - self._silence_limit), _PROBE_LONGEST))
                    return await self._pass(call, create=True)
        return await self._pass(call, create=True)

    async def _pass(self, call: Callable[[], Awaitable[Verdict]], *, create: bool = False) -> Verdict:
        await self._take_slot(create=create)
        try:
            if not await self._may_leave():
                return NOT_SENT
            self._tally.in_flight += 1
            try:
                verdict = await call()
            finally:
                self._tally.in_flight -= 1
        finally:
            self._slots.give()
        self._heard(verdict)
        if create:
            self._notice_denied(verdict)
            self._notice_unmade(verdict)
        return verdict

    async def guard(self, probe: Callable[[], Awaitable[Verdict]]) -> None:
        """While the circuit is open, probe the server, one read at a time; to be run beside the workers.

        Ends the run when the server has been silent for ten minutes. Returns when the run is stopped.
        """
        loop = asyncio.get_running_loop()
        while True:
            await self._opened.wait()
            began, wait = loop.time(), 1.0
            while not self._passable.is_set():
                await self._stopping.nap(wait)
                if self._stopping:
                    return
                verdict = await probe()
                self._heard(verdict)
                if not self._passable.is_set() and loop.time() - began > _GIVE_UP:
                    reason = f"the server has not answered for 10 minutes: {verdict.why}"
                    self._stopping.stop(Stop(reason, ExitCode.STOPPED))
                wait = min(wait * 2, _PROBE_LONGEST)
            if self._stopping:
                return

    async def _keep_budget(self, *, again: bool) -> None:
        if not again:
            self._budget.sent_first()
        elif delay := self._budget.delay(asyncio.get_running_loop().time()):
            await self._stopping.nap(delay)

    async def _take_slot(self, *, create: bool) -> None:
        """Wait for a slot; before that, for the rate. One create at a time, so that turns are not saved up."""
        if not create or self._rate is None:
            await self._slots.take()
            return
        async with self._turn:
            if await self._may_leave():
                await self._stopping.unless(self._rate.wait())
            await self._slots.take()

    async def _may_leave(self) -> bool:
        """Wait until pauses are over and the circuit is closed; whether the run goes on then."""
        loop = asyncio.get_running_loop()
        while not self._stopping:
            if not self._passable.is_set():
                await self._passable.wait()
            elif (wait := self._paused_until - loop.time()) > 0:
                await self._stopping.nap(wait)
            else:
                return True
        return False

    def _heard(self, verdict: Verdict) -> None:
        if verdict.end is not End.ANSWERED:
            self._tally.faults += 1
        if verdict.retry_after:
            self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + verdict.retry_after)
        if verdict.halt:
            self._stopping.stop(Stop(verdict.halt, ExitCode.STOPPED))
        self._notice_silence(verdict)
        self._notice_quota(verdict)
        self._notice_lost(verdict)

    def _notice_silence(self, verdict: Verdict) -> None:
        """Open the circuit on a server that is not there, close it on the first well-formed answer."""
        if verdict.end is End.ANSWERED or verdict.http_status in _ALIVE:
            self._silent = 0
            if not self._passable.is_set():
                self._opened.clear()
                self._passable.set()
            return
        self._silent += 1
        if self._silent == self._silence_limit and not self._stopping:
            self._passable.clear()
            self._opened.set()

    def _notice_unmade(self, verdict: Verdict) -> None:
        """While no create is answered, though reads are: let them pass one at a time and further and further apart.

        Else each row in turn would use up its creates on a server that can make nothing for a minute.
        """
        if verdict.end is End.ANSWERED or verdict.http_status in _ALIVE:
            self._unmade = 0
            return
        now = asyncio.get_running_loop().time()
        self._unmade += 1
        if self._unmade == self._silence_limit:
            self._unmade_since = now
        elif self._unmade > self._silence_limit and now - self._unmade_since > _GIVE_UP:
            self._stopping.stop(Stop(f"no create was answered for 10 minutes: {verdict.why}", ExitCode.STOPPED))

    def _notice_quota(self, verdict: Verdict) -> None:
        """Stop when a server has turned everything away for longer than any quota lasts."""
        now = asyncio.get_running_loop().time()
        if verdict.http_status != HTTPStatus.TOO_MANY_REQUESTS:
            self._busy_since = None
        elif self._busy_since is None:
            self._busy_since = now
        elif now - self._busy_since > _TURNED_AWAY:
            reason = f"the server has turned everything away for {_TURNED_AWAY / 3600:g} hours: {verdict.why}"
            self._stopping.stop(Stop(reason, ExitCode.STOPPED))

    def _notice_denied(self, verdict: Verdict) -> None:
        """Stop when every create is turned away for its token, though the token is good for other requests."""
        self._denied = self._denied + 1 if verdict.http_status == HTTPStatus.UNAUTHORIZED else 0
        if self._denied >= _SILENCE:
            reason = f"{_SILENCE} creates in a row were turned away (HTTP 401): this user may not create backup sets"
            self._stopping.stop(Stop(reason, ExitCode.STOPPED))

    def _notice_lost(self, verdict: Verdict) -> None:
        """Stop when the first creates are all answered 403 or 404."""
        if self._lost is None or verdict.end is not End.ANSWERED or verdict.listing is not None:
            return
        if verdict.http_status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            self._lost = None
            return
        self._lost += 1
        if self._lost >= _LOST:
            reason = (
                f"the first {_LOST} creates were all answered HTTP {verdict.http_status}: a wrong URL, or no rights"
            )
            self._stopping.stop(Stop(reason, ExitCode.STOPPED))
