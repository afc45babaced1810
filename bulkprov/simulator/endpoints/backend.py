"""What every endpoint works on, and the way it replies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bulkprov.simulator.commserve.rules import Commserve
from bulkprov.simulator.commserve.sessions import Sessions
from bulkprov.simulator.commserve.state import State
from bulkprov.simulator.http_messages import Request, Response, Root
from bulkprov.simulator.settings import SimulatorSettings
from bulkprov.simulator.statistics import Statistics
from bulkprov.wire import Tree

__all__ = ["Backend", "names_in", "reply"]

_NAME: Final = re.compile(r"(\w+)='([^']*)'")


@dataclass(frozen=True, slots=True)
class Backend:
    """The parts of one CommServe."""

    settings: SimulatorSettings
    state: State
    commserve: Commserve
    sessions: Sessions
    statistics: Statistics
    listed_after: float = 0.0
    """Seconds until listings show a set that is created."""


def reply(request: Request, root: Root, tree: Tree, status: int = 200) -> Response:
    """A reply in the format that the request asks for."""
    return Response(status=status, tree=tree, root=root, wire=request.accepts)


def names_in(path: str) -> Mapping[str, str]:
    """The names in a path's ``byName(clientName='..',..)``, by key in lower case."""
    return {key.lower(): value for key, value in _NAME.findall(path)}
