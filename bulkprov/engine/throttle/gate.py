"""The gate that every exchange passes: slots, rate, pauses, retry budget and circuits, for all workers together.

It is told every verdict, and decides only *when* something may be sent, never what. It knows no rows and no HTTP
library. Whatever waits for the rate, the budget or a pause holds no slot that another exchange could use. The number of
slots is fixed or follows the server (`adaptive_limit.py`).

When the run is being stopped nothing passes any more but reads that settle what became of an act, and those only while
the server responds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from bulkprov.engine.model import End, Verdict
from bulkprov.engine.priority import Priority
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import PUT_OFF, Tally
from bulkprov.engine.throttle.adaptive_limit import AdaptiveLimit, FixedLimit
from bulkprov.engine.throttle.circuit import GIVE_UP, ActCircuit, Circuit
from bulkprov.engine.throttle.slots import Places, Rate, RetryBudget, Slots
from bulkprov.engine.throttle.stop_rules import StopRules
from bulkprov.errors import ExitCode, Stop

__all__ = ["Gate"]

NOT_SENT: Final = Verdict(end=End.NOT_TAKEN, why="the run was stopped before this was sent", tried=False)

_SERVER_IS_THERE: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})
"""Statuses of a server that is there, though it does not do what it is asked."""
_WORTH_SAYING: Final = 5.0
"""Seconds that a pause lasts at least that a person is told of: two lines about progress are as far apart."""
_GOES_ON: Final = "the server asks to wait until {until} ({why}); the rows that wait go on by themselves"
_GIVES_UP: Final = (
    "the server does not answer ({why}); one request at a time asks whether it does, and the run stops if it has not "
    "by {until}"
)
_SOON: Final = 1.0
"""Seconds before its turn at the rate in which the intent of an act is written."""
_MIN_SPARE_ROWS: Final = 32
"""Rows held ready besides those in the slots, at least; otherwise two for each slot. With fewer, slots would wait for
commits; with more, more rows would be looked up for nothing after a kill."""


class Gate:
    """Makes each exchange when it may be made (`exchange`), and probes a silent server (`guard`)."""

    def __init__(
        self,
        *,
        limit: AdaptiveLimit | FixedLimit,
        tally: Tally,
        stopping: Stopping,
        rate: Rate | None = None,
        verb: str = "create",
    ) -> None:
        """Create the gate of one run, inside its event loop.

        Args:
            limit: says how many exchanges may be in flight, and is told how each of them went.
            tally: counts unanswered exchanges, those in flight and the limit.
            stopping: tells whether the run is being stopped, and is told when it has to be.
            rate: limit on acts per second, if there is one.
            verb: what acts do ("create", "delete"), for messages.
        """
        self._limit, self._rate, self._tally, self._stopping = limit, rate, tally, stopping
        self._loop = asyncio.get_running_loop()  # kept, since each exchange asks for the time and the call is slow
        self._slots = Slots(limit.value)
        tally.limit = limit.value
        if rate:
            tally.act_rate = rate.per_second
        self._rate_turn = asyncio.Lock()
        self._places = Places(rate) if rate else None
        self._retry_budget = RetryBudget(limit.value)
        self._circuit = Circuit(tally=tally, stopping=stopping)
        self._act_circuit = ActCircuit(verb, stopping=stopping)
        self._rules = StopRules(verb)
        self._paused_until = 0.0
        self._began: float | None = None
        self.on_pause: Callable[[str, float, float, str], None] = lambda _why, _since, _until, _then: None
        """Told of each pause: why, since and until when (in seconds since the epoch), and what to say, with places for
        `why` and `until`."""
        stopping.on_stop(self._slots.admit_all)

    async def exchange(
        self,
        call: Callable[[], Awaitable[Verdict]],
        *,
        act: bool = False,
        again: bool = False,
        priority: Priority = Priority.READ,
        scope: str = "",
    ) -> Verdict:
        """Wait until an exchange may be made, make it, and learn from how it ended.

        Args:
            call: makes the exchange.
            act: whether it is a create or a delete, which count against the rate.
            again: of an act, whether it was sent before, so that it counts against the retry budget.
            priority: of a read.
            scope: of the row whose act it is.

        Returns:
            the verdict on the exchange; if the run was stopped first, one that says it was not sent.
        """
        if not act:
            return await self._pass(call, priority=priority)
        if again:
            await self._wait_for_retry_budget()
        else:
            self._retry_budget.deposit(self._tally.limit)
        if self._act_circuit.is_open:
            async with self._act_circuit.turn:
                if self._act_circuit.is_open:  # still, after waiting for the turn
                    await self._act_circuit.pause()
                    return await self._pass(call, act=True, scope=scope)
        return await self._pass(call, act=True, scope=scope)

    async def _pass(
        self,
        call: Callable[[], Awaitable[Verdict]],
        *,
        act: bool = False,
        priority: Priority = Priority.READ,
        scope: str = "",
    ) -> Verdict:
        # The fast path: where there is nothing to wait for, no coroutine is made for the waiting.
        if act and self._rate:
            await self._acquire_slot_at_rate(self._rate)
        elif not self._slots.try_acquire():
            await self._slots.acquire(Priority.ACT if act else priority)
        try:
            if not (
                self._is_clear
                or await self._wait_until_clear()
                or (priority is Priority.SETTLE and self._server_responds)
            ):
                return NOT_SENT
            self._tally.in_flight += 1
            number = self._limit.begins(self._loop.time(), act=act)
            try:
                verdict = await call()
            except BaseException:
                self._limit.dropped(number, act=act)
                raise
            finally:
                self._tally.in_flight -= 1
            self._tell_limit(number, verdict, act=act)
        finally:
            self._slots.release()
        if verdict.tried:
            self._record(verdict, act=act, scope=scope)
        return verdict

    @property
    def rows_in_hand(self) -> int:
        """Rows to work on at the same time: while some are in flight, the intents of others are written to disk."""
        return self._tally.limit + max(2 * self._tally.limit, _MIN_SPARE_ROWS)

    @property
    def has_rate(self) -> bool:
        """Whether acts wait for a rate, so that a row has to wait with `near_turn` before its intent is written."""
        return self._rate is not None

    async def near_turn(self, number: int) -> bool:
        """Wait until the act of a row is next at the rate, and its turn near.

        Args:
            number: of the row; it keeps its place until `had_turn`.

        Returns:
            whether the run goes on.
        """
        if self._rate and self._places:
            await self._stopping.until_stopped(self._places.take(number))
            if (early := self._rate.due_in(self._loop.time()) - _SOON) > 0:
                await self._stopping.sleep(early)
        return not self._stopping

    def had_turn(self, number: int) -> None:
        """Take note that the act of a row has left, or is not to be made now."""
        if self._places:
            self._places.give_back(number)

    async def guard(self, probe: Callable[[], Awaitable[Verdict]]) -> None:
        """Probe the server while it is silent, one read at a time; runs beside the workers.

        Stops the run when the server has been silent for ten minutes. Returns when the run is stopped.
        """

        async def recorded() -> Verdict:
            verdict = await probe()
            self._record(verdict, act=False)
            return verdict

        await self._circuit.guard(recorded)

    async def _wait_for_retry_budget(self) -> None:
        if delay := self._retry_budget.withdraw(self._loop.time(), self._tally.limit):
            await self._stopping.sleep(delay)

    async def _acquire_slot_at_rate(self, rate: Rate) -> None:
        """Wait for the rate, and then for a slot: one act at a time, so that turns are not saved up."""
        async with self._rate_turn:
            if await self._wait_until_clear():
                await self._stopping.until_stopped(rate.wait())
            await self._slots.acquire(Priority.ACT)

    @property
    def _is_clear(self) -> bool:
        """Whether the run goes on, the circuit is closed, and the server has never asked for a pause."""
        return not self._paused_until and self._circuit.closed.is_set() and not self._stopping

    @property
    def _server_responds(self) -> bool:
        """Whether the server answers, and no pause that it asked for lasts still."""
        return not self._circuit.server_is_silent and self._paused_until <= self._loop.time()

    async def _wait_until_clear(self) -> bool:
        """Wait until pauses are over and the circuit is closed.

        Returns:
            whether the run goes on.
        """
        while not self._stopping:
            if not self._circuit.closed.is_set():
                await self._circuit.closed.wait()
            elif (pause := self._paused_until - self._loop.time()) > 0:
                self._tally.paused += 1
                try:
                    await self._stopping.sleep(pause)
                finally:
                    self._tally.paused -= 1
            else:
                return True
        return False

    def _tell_limit(self, number: int, verdict: Verdict, *, act: bool) -> None:
        """Tell the limit how an exchange went, and follow it.

        Args:
            number: what the limit has called it.
            verdict: how it ended.
            act: whether it was an act.
        """
        limit, now = self._limit, self._loop.time()
        if not verdict.tried:
            limit.dropped(number, act=act)
            return
        if act:
            self._tally.act_left_at = max(self._tally.act_left_at, verdict.at - verdict.seconds)
        if self._began is None:
            self._began = verdict.at - verdict.seconds
        if verdict.end is End.ANSWERED:
            limit.answered(number, now, verdict.seconds, act=act)
        elif verdict.http_status == HTTPStatus.UNAUTHORIZED:
            limit.dropped(number, act=act)
        elif verdict.http_status in PUT_OFF:
            limit.refused(number, now, verdict.retry_after, act=act)
        else:
            limit.failed(number, act=act)
        if (value := limit.value) != self._tally.limit:
            if not self._tally.limits.points:
                self._tally.limits.add(self._began, self._tally.limit)
            self._slots.resize(value)
            self._tally.limit = value
            self._tally.limits.add(verdict.at, value)

    def _record(self, verdict: Verdict, *, act: bool, scope: str = "") -> None:
        """Learn from a verdict: pauses, reasons to stop, and the circuits."""
        if verdict.end is End.ANSWERED:
            self._close_circuits(act=act)
            if reason := self._rules.answered(verdict, act=act, scope=scope):
                self._stopping.stop(Stop(reason, ExitCode.STOPPED, server=True))
            return
        now, slots = self._loop.time(), self._tally.limit
        if verdict.http_status in PUT_OFF:
            self._tally.put_off += 1
        else:
            self._tally.unanswered += 1
        if verdict.retry_after:
            until = now + verdict.retry_after
            if until >= max(now, self._paused_until) + _WORTH_SAYING:
                self.on_pause(verdict.why, verdict.at, verdict.at + verdict.retry_after, _GOES_ON)
            self._paused_until = max(self._paused_until, until)
        if reason := self._rules.failed(verdict, act=act, now=now, scope=scope):
            self._stopping.stop(Stop(reason, ExitCode.STOPPED, server=True))
        if verdict.http_status in _SERVER_IS_THERE:
            self._close_circuits(act=act)
            return
        was_closed = self._circuit.closed.is_set()
        self._circuit.failed(verdict.why, slots, now)
        if was_closed and not self._circuit.closed.is_set():
            self.on_pause(verdict.why, verdict.at, verdict.at + GIVE_UP, _GIVES_UP)
        if act:
            self._act_circuit.failed(verdict.why, slots, now)

    def _close_circuits(self, *, act: bool) -> None:
        self._circuit.answered()
        if act:
            self._act_circuit.answered()
