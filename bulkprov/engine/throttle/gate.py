"""The one gate every exchange passes: slots, rate, pauses, retry budget and circuit, for all workers together.

It hears every verdict, and decides only *when* something may be sent, never what. It knows no rows and no HTTP library.
When the run is being stopped nothing passes any more but reads that settle what became of a create, while the server
is there.
Whoever waits for the rate, the budget or a pause holds no slot that another could use. How many slots there are is
fixed, or follows the server (`limit.py`), which is told how each exchange went.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from bulkprov.engine.model import End, Tally, Verdict
from bulkprov.engine.stop import Stopping
from bulkprov.engine.throttle.adaptive_limit import Fixed, Limit
from bulkprov.engine.throttle.slots import Budget, Rank, Rate, Slots
from bulkprov.errors import ExitCode, Stop

__all__ = ["Governor"]

NOT_SENT: Final = Verdict(end=End.NOT_TAKEN, why="the run was stopped before this was sent")

_SILENCE: Final = 20
"""Exchanges in a row without a well-formed answer that open the circuit; as many as there were slots when the first of
them came to nothing, if that is more."""
_ALIVE: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})
"""Statuses of a server that is there, though it does not do what it is asked."""
_OVERLOADED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Statuses of a server that has too much to do."""
_PROBE_LONGEST: Final = 30.0
_GIVE_UP: Final = 600.0
"""Seconds an open circuit is probed before the run gives up."""
_TURNED_AWAY: Final = 7200.0
"""Seconds of nothing but "too many requests" after which the run gives up: longer than any quota counts."""
_SPARE: Final = 32
"""Rows that are kept ready beyond the slots, at least; otherwise two for each slot. With fewer, slots would wait for
commits; with more, more rows would be looked up for nothing after a kill."""
_LOST: Final = 5
"""Refusals by HTTP 403 or 404, before anything else was answered, that mean a wrong URL or missing rights."""


class _Silence:
    """Exchanges in a row that came to nothing. As many as were under way when it began are enough, and 20 at least."""

    def __init__(self) -> None:
        self.began = 0.0
        """When there were enough of them, by the loop's clock."""
        self._length, self._enough = 0, _SILENCE

    def __bool__(self) -> bool:
        """Whether there are enough."""
        return self._length >= self._enough

    @property
    def more(self) -> int:
        """How many there are beyond that."""
        return self._length - self._enough

    def add(self, slots: int, now: float) -> bool:
        """One more, while there are so many slots; whether it is just enough now."""
        if not self._length:
            self._enough = max(_SILENCE, slots)
        self._length += 1
        if self._length == self._enough:
            self.began = now
        return self._length == self._enough

    def end(self) -> None:
        """The server is there."""
        self._length = 0


class Governor:
    """The gate: `exchange` waits until something may be sent, and `guard` until a silent server is back."""

    def __init__(
        self,
        *,
        limit: Limit | Fixed,
        tally: Tally,
        stopping: Stopping,
        rate: Rate | None = None,
        act: str = "create",
    ) -> None:
        """Prepare.

        Args:
            limit: exchanges under way at most.
            tally: counts.
            stopping: told when nobody should go on; see the module for what passes then.
            rate: limit on creates.
            act: what the requests do that are no reads, for words.
        """
        self._limit, self._rate, self._tally, self._stopping, self._act = limit, rate, tally, stopping, act
        self._loop = asyncio.get_running_loop()  # which is asked for a time once in each exchange, and takes a while
        self._acted = False
        self._began: float | None = None
        self._slots = Slots(limit.value)
        tally.limit = limit.value
        self._turn = asyncio.Lock()
        self._budget = Budget(limit.value)
        self._silent, self._unmade = _Silence(), _Silence()
        self._denied = 0
        self._alone = asyncio.Lock()
        self._lost: int | None = 0
        self._paused_until = 0.0
        self._busy_since: float | None = None
        self._opened = asyncio.Event()
        self._passable = asyncio.Event()
        self._passable.set()
        stopping.on_stop(self._passable.set)
        stopping.on_stop(self._opened.set)
        stopping.on_stop(self._slots.open)

    async def exchange(
        self,
        call: Callable[[], Awaitable[Verdict]],
        *,
        create: bool = False,
        again: bool = False,
        settles: bool = False,
    ) -> Verdict:
        """Wait for the gate, make the exchange, and hear how it ended.

        Args:
            call: the exchange.
            create: whether it counts against the rate.
            again: whether its like was sent before, so that it counts against the retry budget.
            settles: of a read, whether it is to settle what became of a create: then it goes before all others.

        Returns:
            the exchange's verdict, or one that says it was not sent, if the run was stopped first.
        """
        if not create:
            return await self._pass(call, settles=settles)
        if again:
            await self._wait_for_budget()
        else:
            self._budget.sent_first(self._tally.limit)
        if self._unmade:
            async with self._alone:
                if self._unmade:
                    await self._stopping.sleep(min(2.0 ** min(self._unmade.more, 9), _PROBE_LONGEST))
                    return await self._pass(call, create=True)
        return await self._pass(call, create=True)

    async def _pass(
        self, call: Callable[[], Awaitable[Verdict]], *, create: bool = False, settles: bool = False
    ) -> Verdict:
        # A healthy exchange meets nothing to wait for, and goes through without a coroutine for it.
        if create and self._rate:
            await self._take_turn(self._rate)
        elif not self._slots.take_now():
            await self._slots.take(Rank.GOES_ON if create else Rank.SETTLES if settles else Rank.BEGINS)
        try:
            if not (self._is_clear or await self._may_leave() or (settles and self._is_there)):
                return NOT_SENT
            self._tally.in_flight += 1
            try:
                verdict = await call()
                self._steer(verdict, act=create)
            finally:
                self._tally.in_flight -= 1
        finally:
            self._slots.give()
        self._heard(verdict, act=create)
        return verdict

    @property
    def hands(self) -> int:
        """Rows worth having in hand: while some are under way, the intents of others are brought to disk."""
        return self._tally.limit + max(2 * self._tally.limit, _SPARE)

    async def guard(self, probe: Callable[[], Awaitable[Verdict]]) -> None:
        """While the circuit is open, probe the server, one read at a time; to be run beside the workers.

        Ends the run when the server has been silent for ten minutes. Returns when the run is stopped.
        """
        while True:
            await self._opened.wait()
            began, wait = self._loop.time(), 1.0
            while not self._passable.is_set():
                await self._stopping.sleep(wait)
                if self._stopping:
                    return
                verdict = await probe()
                self._heard(verdict)
                if not self._passable.is_set() and self._loop.time() - began > _GIVE_UP:
                    reason = f"the server has not answered for 10 minutes: {verdict.why}"
                    self._stopping.stop(Stop(reason, ExitCode.STOPPED))
                wait = min(wait * 2, _PROBE_LONGEST)
            if self._stopping:
                return

    async def _wait_for_budget(self) -> None:
        if delay := self._budget.delay(self._loop.time(), self._tally.limit):
            await self._stopping.sleep(delay)

    async def _take_turn(self, rate: Rate) -> None:
        """Wait for the rate, and then for a slot. One create at a time, so that turns are not saved up."""
        async with self._turn:
            if await self._may_leave():
                await self._stopping.until_stopped(rate.wait())
            await self._slots.take(Rank.GOES_ON)

    @property
    def _is_clear(self) -> bool:
        """Whether the run goes on, nobody has asked for a pause yet, and the circuit is closed."""
        return not self._paused_until and self._passable.is_set() and not self._stopping

    @property
    def _is_there(self) -> bool:
        """Whether the server answers, and has not asked for a pause that lasts still."""
        return not self._silent and self._paused_until <= self._loop.time()

    async def _may_leave(self) -> bool:
        """Wait until pauses are over and the circuit is closed; whether the run goes on then."""
        while not self._stopping:
            if not self._passable.is_set():
                await self._passable.wait()
            elif (wait := self._paused_until - self._loop.time()) > 0:
                await self._stopping.sleep(wait)
            else:
                return True
        return False

    def _steer(self, verdict: Verdict, *, act: bool) -> None:
        """Tell the limit how an exchange went, while that still counts among those under way.

        Reads and acts have latencies of their own: it learns from reads as long as there is nothing else.
        """
        limit, now, seconds, under_way = self._limit, verdict.at, verdict.seconds, self._tally.in_flight
        if self._began is None:
            self._began = now - seconds
        if verdict.end is End.ANSWERED:
            if act and not self._acted:
                self._acted = True
                limit.restart(now)
            if act is self._acted:
                limit.answered(now, seconds, under_way)
        elif verdict.http_status in _OVERLOADED:
            limit.refused(now, seconds, under_way, verdict.retry_after)
        elif verdict.http_status != HTTPStatus.UNAUTHORIZED:
            limit.lost(now, seconds)
        if (value := limit.value) != self._tally.limit:
            if not self._tally.limits.points:
                self._tally.limits.add(self._began, self._tally.limit)
            self._slots.set(value)
            self._tally.limit = value
            self._tally.limits.add(now, value)

    def _heard(self, verdict: Verdict, *, act: bool = False) -> None:
        if verdict.end is End.ANSWERED:
            self._end_silence()
            self._busy_since = None
            if act:
                self._unmade.end()
                self._denied = 0
            if self._lost is not None:
                self._notice_lost(verdict)
            return
        self._tally.faults += 1
        if verdict.retry_after:
            self._paused_until = max(self._paused_until, self._loop.time() + verdict.retry_after)
        if verdict.halt:
            self._stopping.stop(Stop(verdict.halt, ExitCode.STOPPED))
        self._notice_silence(verdict)
        self._notice_quota(verdict)
        if act:
            self._notice_denied(verdict)
            self._notice_unmade(verdict)

    def _end_silence(self) -> None:
        """Close the circuit, if it was open: the server is there."""
        self._silent.end()
        if not self._passable.is_set():
            self._opened.clear()
            self._passable.set()
            self._tally.silent = ""

    def _notice_silence(self, verdict: Verdict) -> None:
        """Open the circuit on a server that is not there."""
        if verdict.http_status in _ALIVE:
            self._end_silence()
        elif self._silent.add(self._tally.limit, self._loop.time()) and not self._stopping:
            self._passable.clear()
            self._opened.set()
        if not self._passable.is_set():
            self._tally.silent = verdict.why

    def _notice_unmade(self, verdict: Verdict) -> None:
        """While no create is answered, though reads are: let them pass one at a time and further and further apart.

        Else each row in turn would use up its creates on a server that can make nothing for a minute.
        """
        if verdict.http_status in _ALIVE:
            self._unmade.end()
            return
        self._unmade.add(self._tally.limit, self._loop.time())
        if self._unmade and self._loop.time() - self._unmade.began > _GIVE_UP:
            self._stopping.stop(Stop(f"no {self._act} was answered for 10 minutes: {verdict.why}", ExitCode.STOPPED))

    def _notice_quota(self, verdict: Verdict) -> None:
        """Stop when a server has turned everything away for longer than any quota lasts."""
        if verdict.http_status != HTTPStatus.TOO_MANY_REQUESTS:
            self._busy_since = None
        elif self._busy_since is None:
            self._busy_since = self._loop.time()
        elif self._loop.time() - self._busy_since > _TURNED_AWAY:
            reason = f"the server has turned everything away for {_TURNED_AWAY / 3600:g} hours: {verdict.why}"
            self._stopping.stop(Stop(reason, ExitCode.STOPPED))

    def _notice_denied(self, verdict: Verdict) -> None:
        """Stop when every create is turned away for its token, though the token is good for other requests."""
        self._denied = self._denied + 1 if verdict.http_status == HTTPStatus.UNAUTHORIZED else 0
        if self._denied >= _SILENCE:
            turned_away = f"{_SILENCE} {self._act}s in a row were turned away (HTTP 401)"
            reason = f"{turned_away}: this user has no right to {self._act}"
            self._stopping.stop(Stop(reason, ExitCode.STOPPED))

    def _notice_lost(self, verdict: Verdict) -> None:
        """Stop when the first creates are all answered 403 or 404."""
        if self._lost is None or verdict.listing is not None:
            return
        if verdict.http_status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            self._lost = None
            return
        self._lost += 1
        if self._lost >= _LOST:
            answered = f"the first {_LOST} {self._act}s were all answered HTTP {verdict.http_status}"
            self._stopping.stop(Stop(f"{answered}: a wrong URL, or no rights", ExitCode.STOPPED))
