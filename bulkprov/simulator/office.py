"""What every call of the API works with: the parts of the simulator, and the two forms of an answer they all give.

The calls themselves are in `signin`, `backupsets` and `inventory`; `routes` says which path leads to which.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bulkprov.simulator.answer import Answer, Asked
from bulkprov.simulator.commserve import Commserve, Told
from bulkprov.simulator.replies import ROOTS
from bulkprov.simulator.sessions import Sessions
from bulkprov.simulator.settings import SimulatorSettings
from bulkprov.simulator.state import State
from bulkprov.wire import Tree

__all__ = ["BAD_BODY", "Office", "reply"]

BAD_BODY: Final = Answer(status=400, text="Request body is empty or format is invalid.")
"""DOCUMENTED for another call (api.commvault.com, MSSQL_API/backup-sql-subclient); taken for all: GUESS."""


@dataclass(frozen=True, slots=True)
class Office:
    """All that answering a request needs."""

    settings: SimulatorSettings
    state: State
    commserve: Commserve
    sessions: Sessions
    told: Callable[[Told], None]
    """Hears of every create's end, for the statistics."""
    listed_after: float = 0.0
    """Seconds until listings show a set that is made."""


def reply(asked: Asked, root: str, tree: Tree, status: int = 200) -> Answer:
    """A tree in the format that was asked for; `root` is a key of `replies.ROOTS`."""
    return Answer(status=status, tree=tree, root=ROOTS[root], wire=asked.accepts)
