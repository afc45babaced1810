"""The truth of a world with several actors: which set was made and deleted by whom, when, and who could see it.

It is written by the server itself, as it creates and deletes; no client sees it.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from bulkprov.commvault.backupset import key_of
from bulkprov.simulator import Simulator
from bulkprov.simulator.commserve.results import WriteResult
from bulkprov.simulator.commserve.rules import CreateRequest
from bulkprov.simulator.commserve.state import BackupSetRow

__all__ = ["Ledger", "Made", "Sent", "ids_told"]

_ID: Final = re.compile(rb'backupsetId"?[:=]"?(\d{1,9})')
_LENGTH: Final = re.compile(rb"^Content-Length: (\d+)", re.MULTILINE)
_LONGEST_HEAD: Final = 8190
"""Bytes of a response's head that HTTP libraries accept."""

_AT_ONCE: Final = 0.1
"""Seconds within which a create that is not late takes effect."""


@dataclass(slots=True)
class Made:
    """A set that was made once. Times are in virtual seconds."""

    id: int
    key: str
    client: str
    actor: str
    asked_at: float
    """When the create of it had left its sender."""
    at: float
    listed_at: float
    """From when on every list shows it."""
    gone_by: str = ""
    gone_at: float = 0.0

    @property
    def exists(self) -> bool:
        """Whether it exists now."""
        return not self.gone_by


@dataclass(frozen=True, slots=True)
class Sent:
    """A create that arrived."""

    left_at: float
    """When it left its sender."""
    fault: str
    highest_known: int
    """The highest id of a set that its sender had been told by anyone when the create left."""


class Ledger:
    """Everything that was made and deleted in a world."""

    def __init__(self, simulator: Simulator, actor: Callable[[], str], *, list_lag: float, late: float) -> None:
        """Begin with what exists.

        Args:
            simulator: not used by anyone yet.
            actor: who acts at the moment.
            list_lag: seconds until every list shows a set.
            late: seconds by which a create is late that does not take effect at once.
        """
        backend = simulator._open().backend
        self._state, self._actor, self._list_lag, self._late = backend.state, actor, list_lag, late
        self.made: dict[int, Made] = {}
        self._by_key: defaultdict[str, list[Made]] = defaultdict(list)
        self.sent: defaultdict[tuple[str, str], list[Sent]] = defaultdict(list)
        """Creates by actor and key."""
        self.arrived_at: dict[tuple[str, str], float] = {}
        """When the newest of them arrived."""
        self.left_at: dict[tuple[str, str], float] = {}
        """When the newest create of an actor left it, whether or not it arrived."""
        for row in backend.state.all_sets():
            self._add(row.id, key_of(row.client, row.app, row.instance, row.name), row.client, 0.0)
        self._listen(backend.commserve)

    def _listen(self, commserve: Any) -> None:
        """Have the CommServe write down what it creates and deletes."""
        create, remove = commserve.create, commserve.remove

        def created(request: CreateRequest, *, listed_after: float = 0.0) -> WriteResult:
            result: WriteResult = create(request, listed_after=listed_after)
            row = self.row(result.set_id)
            if row and not result.duplicate:
                key = key_of(row.client, row.app, row.instance, row.name)
                self._add(row.id, key, row.client, listed_after + self._list_lag)
            return result

        def removed(row: BackupSetRow) -> None:
            remove(row)
            self.made[row.id].gone_by, self.made[row.id].gone_at = self._actor(), self._now()

        commserve.create, commserve.remove = created, removed

    def _add(self, number: int, key: str, client: str, unlisted: float) -> None:
        actor, now = self._actor(), self._now()
        made = Made(number, key, client, actor, self._asked_at(actor, key, now), now, now + unlisted)
        self.made[number] = made
        self._by_key[key].append(made)

    def _asked_at(self, actor: str, key: str, now: float) -> float:
        """When the create left that takes effect now."""
        sent = [each.left_at for each in self.sent.get((actor, key), ())]
        if not sent:
            return now
        if now - self.arrived_at[actor, key] < _AT_ONCE:
            return sent[-1]
        return min(sent, key=lambda at: abs(now - self._late - at))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def row(self, number: int) -> BackupSetRow | None:
        """The set of that id as the server has it now."""
        return self._state.set_by_id(number)

    def sets_of(self, key: str) -> list[Made]:
        """Every set of that key that was ever made."""
        return self._by_key.get(key, [])

    def made_by(self, actor: str) -> Iterator[Made]:
        """Every set that an actor made."""
        return (each for each in self.made.values() if each.actor == actor)

    def deleted_by(self, actor: str) -> Iterator[Made]:
        """Every set that an actor deleted."""
        return (each for each in self.made.values() if each.gone_by == actor)

    def on_client(self, client: str, until: float = inf) -> list[int]:
        """The ids of the sets that a client has now, in their order; or of those that were not gone at a time."""
        own = (each for each in self.made.values() if each.client == client)
        return sorted(each.id for each in own if each.exists or each.gone_at >= until)


def ids_told(data: bytes) -> tuple[int, ...]:
    """The ids in an answer, or in a piece of one; none if it cannot be read at all, as then nobody is told of them."""
    head, _, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if len(head) > _LONGEST_HEAD or (length and body and len(body) < int(length[1])):
        return ()
    try:
        body.decode()
    except UnicodeDecodeError:
        return ()
    return tuple(map(int, _ID.findall(data)))
