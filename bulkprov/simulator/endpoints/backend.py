"""What every endpoint works on, and the way it replies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bulkprov.simulator.commserve.rules import Commserve
from bulkprov.simulator.commserve.sessions import Sessions
from bulkprov.simulator.commserve.state import ClientRow, State
from bulkprov.simulator.endpoints.style import Style
from bulkprov.simulator.http_messages import Request, Response, Root
from bulkprov.simulator.settings import SimulatorSettings
from bulkprov.simulator.statistics import Statistics
from bulkprov.wire import XML, Tree, integer

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

    def style(self, request: Request) -> Style:
        """How the reply to a request is formed."""
        return Style(recorded=self.settings.replies == "recorded", xml=request.accepts is XML)

    def client_in(self, request: Request) -> ClientRow | None:
        """The client that the query names by id or by name."""
        client_id = integer(request.query.get("clientid"))
        if client_id is not None:
            return self.state.client_by_id(client_id)
        return self.state.client(request.query.get("clientname", "").strip())


def reply(request: Request, root: Root, tree: Tree, status: int = 200) -> Response:
    """A reply in the format that the request asks for."""
    return Response(status=status, tree=tree, root=root, wire=request.accepts)


def names_in(path: str) -> Mapping[str, str]:
    """The names in a path's ``byName(clientName='..',..)``, by key in lower case."""
    return {key.lower(): value for key, value in _NAME.findall(path)}
