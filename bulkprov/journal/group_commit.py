"""Group commit: what the event loop wants on disk is brought there in batches, by one thread.

Batches form on the loop, and only `Journal.apply` leaves it, through one injected function. A caller that needs to know
that its entry is on disk waits for the commit of its batch. The module knows the journal, and not what becomes of rows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from bulkprov.engine.model import Outcome, Row, Verdict
from bulkprov.engine.operations import RUN
from bulkprov.errors import StorageError
from bulkprov.journal.rows import Batch
from bulkprov.journal.store import Journal

__all__ = ["JournalWriter", "OffLoop"]


class OffLoop(Protocol):
    """Runs a function where it does not block the loop: a thread in production, a plain call in a simulation."""

    def __call__(self, function: Callable[..., Any], *args: Any) -> Awaitable[Any]:
        """Run it."""
        ...


class JournalWriter:
    """A journal as the event loop sees it. Use it by ``async with``: on leaving, everything is on disk."""

    def __init__(
        self,
        journal: Journal,
        *,
        off_loop: OffLoop,
        clock: Callable[[], float],
        operation: str = "run",
        failed: Callable[[StorageError], None] = lambda _error: None,
        written: Callable[[], None] = lambda: None,
        told: Callable[[Row, Outcome | None], None] = lambda _row, _outcome: None,
    ) -> None:
        """Prepare.

        Args:
            journal: not used otherwise meanwhile, but through `off_loop`.
            off_loop: runs a function in the journal's thread.
            clock: seconds since the epoch.
            operation: the name of what is done with the rows.
            failed: called once, when the journal can no longer be written.
            written: called after each commit, so that the log is not far behind.
            told: called for each row whose end is on disk now; with None for one whose end was taken back.
        """
        self._journal, self._off_loop, self._clock = journal, off_loop, clock
        self._failed, self._written, self._told = failed, written, told
        self._nr = journal.last_nr()
        self._operation = operation
        self._batch = Batch(operation)
        self._waiting: list[asyncio.Future[None]] = []
        self._something = asyncio.Event()
        self._closing = False
        self._broken: StorageError | None = None
        self._news: list[tuple[Row, Outcome | None]] = []
        self.lost: Sequence[tuple[Row, Outcome]] = ()
        """Rows that have ended and are not on disk; after a failure only."""

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._writer = self._loop.create_task(self._write(), name="journal")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, where: TracebackType | None) -> None:
        self._closing = True
        self._something.set()
        await self._writer
        if self._broken:
            await self._rescue()

    async def flushed(self) -> bool:
        """Wait until everything that was stored so far is on disk; whether it is."""
        try:
            await self._next_commit()
        except StorageError:
            return False
        return True

    async def begin(self, row: Row, known: int = 0) -> int:
        """Store that an act is about to begin; it is on disk when this returns.

        Args:
            row: whose act it is.
            known: the highest id that is known anywhere.

        Returns:
            the exchange's number.

        Raises:
            StorageError: it could not be stored, so nothing may be sent.
        """
        self._nr += 1
        nr = self._nr
        self._batch.intend(nr, row, self._clock(), known)
        await self._next_commit()
        return nr

    def ended(self, nr: int, verdict: Verdict) -> None:
        """Store how an act ended whose row goes on."""
        self._batch.ended(nr, verdict)
        self._something.set()

    def looked(self, row: Row, verdict: Verdict) -> None:
        """Store a look and how it ended."""
        self._nr += 1
        self._batch.looked(self._nr, row, verdict)
        self._something.set()

    def reopen(self, row: Row, verdict: Verdict) -> None:
        """Take a row's outcome back: it stands as `row` says, after a look of the run that settled nothing."""
        self._nr += 1
        self._batch.reopen(self._nr, row, verdict, RUN.name)
        self._news.append((row, None))
        self._something.set()

    def finish(self, row: Row, outcome: Outcome) -> None:
        """Store the end of a row."""
        self._batch.finish(row.number, outcome)
        self._news.append((row, outcome))
        self._something.set()

    async def reported_as(self, number: int) -> Row | None:
        """The row whose thing is reported to be there under this id; see `Journal.reported_as`."""
        if not await self.flushed():
            return None
        row: Row | None = await self._off_loop(self._journal.reported_as, number, self._clock())
        return row

    async def _next_commit(self) -> None:
        if self._broken:
            raise self._broken
        durable = self._loop.create_future()
        self._waiting.append(durable)
        self._something.set()
        await durable

    async def _write(self) -> None:
        while not (self._closing and not self._something.is_set()):
            await self._something.wait()
            self._something.clear()
            batch, waiting, news = self._batch, self._waiting, self._news
            self._batch, self._waiting, self._news = Batch(self._operation), [], []
            try:
                await self._off_loop(self._journal.apply, batch)
            except Exception as error:  # noqa: BLE001 - whatever it was: those that wait for this commit must be told
                self._batch.verdicts[:0] = batch.verdicts
                self._batch.outcomes[:0] = batch.outcomes
                self._batch.reopened[:0] = batch.reopened
                self._news[:0] = news
                self._break(error, waiting)
                return
            for durable in waiting:
                if not durable.done():
                    durable.set_result(None)
            self._written()
            for each in news:
                self._told(*each)

    def _break(self, error: Exception, waiting: list[asyncio.Future[None]]) -> None:
        if not isinstance(error, StorageError):
            error = StorageError(f"the journal {self._journal.path} cannot be written: {type(error).__name__}: {error}")
        self._broken = error
        for durable in waiting + self._waiting:
            if not durable.done():
                durable.set_exception(error)
                durable.exception()  # marks it as retrieved: its row may wait no more, and the error is told below
        self._failed(error)

    async def _rescue(self) -> None:
        """Try once more to store what has ended, since the disk may have room again.

        Intents are left out: what was intended and did not reach the disk was not sent either. So are outcomes that are
        taken back, since where their rows stand now is stored as an exchange; their audit is owed again.
        """
        self._batch.exchanges.clear()
        self._batch.reopened.clear()
        try:
            await self._off_loop(self._journal.apply, self._batch)
        except Exception:  # noqa: BLE001 - why was told when it failed first; now the caller must say what is known
            self.lost = [(row, outcome) for row, outcome in self._news if outcome]
