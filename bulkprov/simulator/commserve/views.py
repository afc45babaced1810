"""What reads show of the backup sets: late, cut off, or as a replica has them that lags behind.

The state is the truth. A view is the state of some seconds ago, for which the newest changes are remembered; they are
in memory only, so a simulator that starts again on its state file shows all of it. How late real lists are is not
known: all of this is a GUESS.
"""

from collections.abc import Callable
from math import inf
from random import Random

from bulkprov.simulator.commserve.state import BackupSetRow, State
from bulkprov.simulator.settings import SimulatorSettings

__all__ = ["Views"]


class Views:
    """The views of one CommServe."""

    def __init__(self, settings: SimulatorSettings, state: State, clock: Callable[[], float]) -> None:
        """The clock gives seconds since the epoch."""
        self._settings, self._state, self._clock = settings, state, clock
        self._replica = Random(settings.seed)  # noqa: S311 - drawn again from the same seed
        self._lags = any((settings.list_lag, settings.list_replica_lag, settings.read_lag, settings.read_replica_lag))
        self._made: dict[int, float] = {}
        self._removed: dict[int, tuple[BackupSetRow, float]] = {}

    def made(self, set_id: int) -> None:
        """A set was created just now."""
        if self._lags:
            self._made[set_id] = self._clock()

    def removed(self, row: BackupSetRow) -> None:
        """A set was deleted just now."""
        if self._lags:
            self._removed[row.id] = row, self._clock()

    def listing(self, client_id: int) -> list[BackupSetRow]:
        """The sets of a client as a listing shows them now."""
        settings, now = self._settings, self._clock()
        then = now - settings.list_lag - self._replica_lag(settings.list_replica_lag)
        rows = self._state.sets(client_id, now)
        if then < now:
            gone = [row for row, _ in self._removed.values() if row.client_id == client_id]
            rows = sorted((row for row in (*rows, *gone) if self._existed(row.id, then)), key=lambda row: row.id)
        return rows[: settings.list_cut] if settings.list_cut else rows

    def by_id(self, set_id: int) -> BackupSetRow | None:
        """The set of that id as a read shows it now."""
        settings, now = self._settings, self._clock()
        then = now - settings.read_lag - self._replica_lag(settings.read_replica_lag)
        row = self._state.set_by_id(set_id)
        if then == now:
            return row
        row = row or self._removed.get(set_id, (None, 0))[0]
        return row if self._existed(set_id, then) else None

    def _replica_lag(self, lag: float) -> float:
        """The lag of the replica that a request is sent to."""
        return lag if lag and self._replica.random() < 1 / 2 else 0.0

    def _existed(self, set_id: int, then: float) -> bool:
        _, removed = self._removed.get(set_id, (None, inf))
        return self._made.get(set_id, -inf) <= then < removed
