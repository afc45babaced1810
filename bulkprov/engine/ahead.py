"""Lists that are asked for before the workers come to their rows.

The rows of one scope follow each other, and all of them wait for its list. If it were asked for only when the first of
them is begun, every change of scope would leave the slots empty for as long as a list takes, and an audit of 250
clients would be 250 lists one after the other.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from bulkprov.engine.absence import must_settle
from bulkprov.engine.model import Row, Step
from bulkprov.engine.ports import Log

__all__ = ["Ahead"]

_SHARE: Final = 8
"""One of so many of the rows in hand: as many lists are asked for ahead of acts. They come before acts at the gate, so
that more of them would take the slots from the acts of rows that are ready."""


class Ahead:
    """Keeps watch over the rows between the journal and the workers, for one call of `Pipeline.run`."""

    def __init__(
        self,
        ask: Callable[[Row], Awaitable[None]],
        start: Callable[[Coroutine[Any, Any, None]], Any],
        *,
        lacks: Callable[[Row], bool],
        acts: bool,
        rows_in_hand: Callable[[], int],
        room: Callable[[], int],
        log: Log,
    ) -> None:
        """Begin.

        Args:
            ask: has the list of a row's scope asked for.
            start: starts a task.
            lacks: whether no list was asked for that can tell of a row.
            acts: whether rows are acted on, so that lists are wanted shortly before that and not long before.
            rows_in_hand: how many rows are worked on at the same time.
            room: for how many lists there is room until their rows come.
            log: told of a bug.
        """
        self._ask, self._start, self._lacks, self._acts, self._log = ask, start, lacks, acts, log
        self._rows_in_hand, self._room = rows_in_hand, room
        self._scope: str | None = None
        self._firsts: deque[tuple[int, Row]] = deque()
        """The first row of each scope that no worker has come to, with its place among all rows."""
        self._asked: deque[int] = deque()
        """The places of those whose list was asked for."""
        self._read = self._begun = 0

    def read(self, row: Row) -> None:
        """A row was read from the journal."""
        self._read += 1
        if (scope := row.want.scope) != self._scope:
            self._scope = scope
            if row.standing.step is Step.LOOK and not must_settle(row.standing):  # that one waits for a later list
                self._firsts.append((self._read, row))

    def begun(self) -> None:
        """A worker has come to the next row: the lists are asked for whose scopes are near."""
        self._begun += 1
        firsts, asked = self._firsts, self._asked
        while asked and asked[0] <= self._begun:
            asked.popleft()
        while firsts and firsts[0][0] <= self._begun:
            firsts.popleft()  # its worker asks itself
        if not firsts:
            return
        in_hand = self._rows_in_hand()
        most, end = (in_hand // _SHARE, self._begun + in_hand) if self._acts else (in_hand, self._read)
        most = min(most, self._room())
        while firsts and firsts[0][0] <= end and len(asked) < most:
            place, row = firsts.popleft()
            if self._lacks(row):
                asked.append(place)
                self._start(self._asked_for(row))

    async def _asked_for(self, row: Row) -> None:
        try:
            await self._ask(row)
        except Exception:  # noqa: BLE001 - a bug of ours, which the rows of this scope are about to meet and are told of
            self._log.exception("scope.broke", row=row.sheet_row)
