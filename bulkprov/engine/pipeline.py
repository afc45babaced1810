"""The loop of a run: a bounded queue of rows, workers, rows that wait, and how the run stops.

Rows come in. Each one ends in an outcome or is left as its last exchange left it, and nothing is ever raised for a row.
The loop is given everything that touches the world. It decides nothing (`lifecycle` does) and times nothing itself
(`backoff` and the gate do).

A worker keeps a row while there is something to do at once. A row that must wait gets a task of its own, in which
tenacity repeats the same step: it holds neither a worker nor a slot. A row whose act is in doubt already goes straight
there, since it has to wait its settle time.

A run that is being stopped begins no row and makes no act. Exchanges under way have some time to end, and a row that
one of them refused is still looked up, once.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from bulkprov.engine import backoff, lifecycle
from bulkprov.engine.absence import must_settle, settled_at
from bulkprov.engine.ahead import Ahead
from bulkprov.engine.exchanges import Exchanges
from bulkprov.engine.model import Row, Standing, Status, Step
from bulkprov.engine.parts import Parts
from bulkprov.engine.record import Recorder
from bulkprov.errors import ExitCode, Stop, StorageError

__all__ = ["GRACE", "Pipeline"]

QUEUE: Final = 256
"""Rows that are read from the journal ahead of the workers; when half of them are taken, the queue is refilled."""
_LONG_QUEUE: Final = 4096
"""The same where nothing is acted on, so that the lists of many scopes can be asked for at the same time."""
_AT_A_GLANCE: Final = 256
"""Rows that stand as they were reported before a worker gives others a turn of the event loop: a millisecond."""
MAX_WAITING: Final = 2000
"""Rows that may wait in tasks of their own; beyond that a worker waits with its row, which holds the queue back."""
_YIELDS: Final = 2
"""Turns of the event loop that a worker gives to others before it begins another row: in the first, the exchange that
got its slot is made; in the second, its bytes are written. Otherwise all answers that arrive together would be recorded
before a freed slot is used again."""
GRACE: Final = 30.0
"""Seconds that exchanges under way get to end when the run is stopped."""


class Pipeline:
    """One run's loop. `run` may be called again with other rows."""

    def __init__(self, parts: Parts) -> None:
        """Put the parts together."""
        self._operation, self._rules, self._policy = parts.operation, parts.operation.rules, parts.policy
        self._ids = parts.ids
        self._length = QUEUE if parts.operation.act else _LONG_QUEUE
        self._gate, self._journal, self._stopping = parts.gate, parts.journal, parts.stopping
        self._tally, self._log, self._mask = parts.tally, parts.log, parts.mask
        self._clock, self._random = parts.clock, parts.random
        self._exchanges, self._record, self._advise = Exchanges(parts), Recorder(parts), parts.advise
        self._stopping.on_stop(self._set_deadline)
        self._deadline: asyncio.Timeout | None = None
        self._waiting = 0
        self._workers = 0
        self._refill = asyncio.Event()

    async def run(self, todo: AsyncIterator[Row]) -> None:
        """Work on rows until all have ended, must be left, or the run is stopped."""
        queue: asyncio.Queue[Row | None] = asyncio.Queue(maxsize=self._length)
        self._workers = 0
        self._refill.set()
        try:
            async with asyncio.timeout(None) as self._deadline, asyncio.TaskGroup() as guards:
                guard = guards.create_task(self._gate.guard(self._exchanges.probe), name="guard")
                async with asyncio.TaskGroup() as tasks:
                    self._ahead = self._asking_ahead(tasks)
                    self._add_workers(queue, tasks)
                    tasks.create_task(self._feed(todo, queue), name="feeder")
                guard.cancel()
        except TimeoutError:
            self._log.warning("run.cut_short", reason=f"exchanges under way did not end within {GRACE:g} s")
        finally:
            self._deadline = None

    def _asking_ahead(self, tasks: asyncio.TaskGroup) -> Ahead:
        """What asks for lists ahead; for none where acts keep to a rate, since a list would be old at their turn."""
        acts = self._operation.act is not None
        none = acts and self._gate.has_rate
        return Ahead(
            self._exchanges.look_ahead,
            tasks.create_task,
            lacks=self._exchanges.lacks_list,
            acts=acts,
            rows_in_hand=lambda: 0 if none else self._gate.rows_in_hand,
            room=self._exchanges.room,
            log=self._log,
        )

    async def _feed(self, todo: AsyncIterator[Row], queue: asyncio.Queue[Row | None]) -> None:
        try:
            async for row in todo:
                if self._stopping:
                    break
                self._exchanges.newest = row
                self._ahead.read(row)
                if queue.full():
                    # Refilled in one go: waking up for each row that is taken costs more than the row's own look.
                    self._refill.clear()
                    await self._refill.wait()
                queue.put_nowait(row)
        except StorageError as error:
            self._stopping.stop(Stop(str(error), ExitCode.NOT_WRITTEN))
        await queue.put(None)

    def _add_workers(self, queue: asyncio.Queue[Row | None], tasks: asyncio.TaskGroup) -> None:
        """Add workers, up to as many as the gate has use for."""
        while self._workers < self._gate.rows_in_hand:
            self._workers += 1
            tasks.create_task(self._work(queue, tasks), name=f"worker {self._workers}")

    async def _work(self, queue: asyncio.Queue[Row | None], tasks: asyncio.TaskGroup) -> None:
        """Take one row after the other, until there are none left, or more workers than there is use for."""
        glances = 0
        while self._workers <= self._gate.rows_in_hand:
            row = await queue.get()
            if queue.qsize() <= self._length // 2:
                self._refill.set()
            if row is None:
                queue.put_nowait(None)  # for the next worker; there is room, since the feeder has ended
                return  # and still counted, so that no worker takes its place
            self._ahead.begun()
            if self._stopping:
                continue
            if self._needs_no_look(row):
                glances += 1
                if glances % _AT_A_GLANCE == 0:
                    await asyncio.sleep(0)
                continue
            waits = row if row.standing.unsettled else await self._advance(row)
            if waits is not None:
                await self._set_aside(waits, tasks)
            self._add_workers(queue, tasks)
            for _ in range(_YIELDS):
                await asyncio.sleep(0)
        self._workers -= 1

    async def _set_aside(self, row: Row, tasks: asyncio.TaskGroup) -> None:
        """Let a row wait in a task of its own; or here, if too many do, which holds the queue back."""
        self._count_waiting(1)
        if self._waiting <= MAX_WAITING:
            tasks.create_task(self._wait_and_retry(row), name=f"row {row.sheet_row}")
        else:
            await self._wait_and_retry(row)

    def _needs_no_look(self, row: Row) -> bool:
        """Whether a list that is there shows a row just as it was reported; or, in an audit, none can be had."""
        stays = self._rules.stays_if_listed
        if stays is None:
            return False
        if stays(row.standing, row.reported) and self._exchanges.shows(row):
            self._record.confirmed(row)
            return True
        return self._exchanges.gave_up(row.want.scope)

    async def _wait_and_retry(self, row: Row) -> None:
        """Go on with a row that must wait, however often it must. It is counted as waiting already."""
        try:
            self._count_settling(row)
            await self._stopping.sleep(self._pause(row.standing))
            waits: Row | None = row

            async def again() -> Row | None:
                nonlocal waits
                waits = await self._advance(waits) if waits and not self._stopping else waits
                self._count_settling(waits or row)
                return waits

            await backoff.retrying(
                pause=self._pause, stopping=lambda: bool(self._stopping), sleep=self._stopping.sleep
            )(again)
        finally:
            self._tally.settling.pop(row.number, None)
            self._count_waiting(-1)

    def _count_settling(self, row: Row) -> None:
        """Count a row that waits among those that settle, if it does."""
        if must_settle(row.standing):
            self._tally.settling[row.number] = settled_at(row.standing, self._policy)
        else:
            self._tally.settling.pop(row.number, None)

    def _count_waiting(self, more: int) -> None:
        self._waiting += more
        self._tally.waiting = self._waiting

    async def _advance(self, row: Row) -> Row | None:
        """Take a row as far as it goes without waiting.

        Returns:
            the row, if it must wait; None if it has ended or must be left.
        """
        number = row.number
        try:
            while not self._stopping or lifecycle.next_look_decides(row.standing):
                standing = await self._step(row)
                if standing is None:
                    return None
                row = Row(
                    number=row.number, sheet_row=row.sheet_row, want=row.want, standing=standing, reported=row.reported
                )
                if not standing.untroubled and self._pause(standing) > 0:
                    return row
        except StorageError:
            return None  # the run is being stopped for it already; the row is left as it stands on disk
        except Exception:  # noqa: BLE001 - the one place where a bug of ours must not end the other rows
            # A bug of ours. The row is left as its last intent left it, in doubt, and the others go on.
            self._log.exception("row.broke", row=row.sheet_row)
            self._tally.bugs += 1
        finally:
            self._gate.had_turn(number)
        return None

    async def _step(self, row: Row) -> Standing | None:
        """One exchange: make it, decide, write it down.

        Returns:
            where the row stands now; None if it has ended or must be left.
        """
        standing = row.standing
        nr = known = 0
        match standing.step:
            case Step.ACT:
                rated = self._gate.has_rate
                if rated and not await self._gate.near_turn(row.number):
                    return None
                if (standing.waits or rated) and self._exchanges.look_is_old(row):
                    return replace(standing, step=Step.LOOK, waits=0)
                row = self._exchanges.marked(row)
                nr = await self._journal.begin(row, self._ids.highest)
                row, verdict, known = await self._exchanges.act(row)
                standing = row.standing
            case Step.ASK:
                verdict = await self._exchanges.ask(row)
            case _:
                verdict = await self._exchanges.look(row)
        verdict = verdict.masked(self._mask)  # all that is written or said of a row comes from here
        decided = lifecycle.after(self._rules, standing, verdict, self._policy, known)
        stored = isinstance(decided, Standing)
        if isinstance(decided, Standing):
            self._record.went_on(row, nr, verdict, decided)
            if decided.untroubled or not lifecycle.looks_exhausted(decided, self._policy):
                return decided
            ended = lifecycle.give_up(self._rules, decided, verdict)
            if ended is None:
                self._record.left(row, decided, verdict)
                return None
            decided = ended
        if self._advise and decided.status is Status.REJECTED:
            decided = replace(decided, note="; ".join(filter(None, (decided.note, self._advise(row)))))
        self._record.ended(row, decided, verdict, stored=stored)
        return None

    def _pause(self, standing: Standing) -> float:
        return backoff.pause(standing, now=self._clock(), policy=self._policy, random=self._random)

    def _set_deadline(self) -> None:
        """Give the exchanges that are under way some time to end."""
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time() + GRACE)
