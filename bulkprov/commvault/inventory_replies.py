"""What the answers to lists of clients, agents and instances hold, entry by entry. Pure.

The pages are "REST API - GET Client", "REST API - GET Agent" and "REST API - GET Instance"; the shapes were recorded
from real servers (`tests/golden/recorded`).
"""

from collections.abc import Iterator
from typing import Final

from bulkprov.engine.model import value
from bulkprov.wire import Tree, integer, items, text

__all__ = ["AgentEntry", "ClientEntry", "InstanceEntry", "agents_in", "clients_in", "instances_in"]

_TRUE: Final = (True, 1, "true", "True", "1")
"""XML says it as text."""


@value(frozen=True, slots=True, kw_only=True)
class ClientEntry:
    """A client as it is listed."""

    id: int
    name: str
    """Its own name; empty where the answer does not say it."""
    display: str
    """What the Command Center shows in place of its name; empty where the answer does not say it."""
    host: str
    """The name of the machine in the network; likewise."""
    deleted: bool
    """Whether it was deleted, and is still listed: marked by `IsDeletedClient` (recorded from a real server)."""
    entity: Tree
    """All that the answer calls it."""


@value(frozen=True, slots=True, kw_only=True)
class AgentEntry:
    """An agent of a client."""

    name: str
    id: int
    """Its applicationId."""


@value(frozen=True, slots=True, kw_only=True)
class InstanceEntry:
    """An instance of an agent of a client."""

    id: int
    name: str
    app: str
    """The agent's name."""
    app_id: int
    """The agent's applicationId."""


def clients_in(tree: Tree | None) -> Iterator[ClientEntry]:
    """The clients in the answer to GET Client, deleted ones too."""
    for properties in items(tree, "clientProperties"):
        deleted = any(each.get("IsDeletedClient") in _TRUE for each in items(properties, "clientProps"))
        for client in items(properties, "client"):
            for entity in items(client, "clientEntity"):
                yield ClientEntry(
                    id=integer(entity.get("clientId")) or 0,
                    name=text(entity.get("clientName")),
                    display=text(entity.get("displayName")),
                    host=text(entity.get("hostName")),
                    deleted=deleted,
                    entity=entity,
                )


def agents_in(tree: Tree | None) -> Iterator[AgentEntry]:
    """The agents in the answer to GET Agent?clientId=, without those that are marked as deleted (cvpysdk 11.44)."""
    for properties in items(tree, "agentProperties"):
        gone = any(each.get("isMarkedDeleted") in _TRUE for each in items(properties, "AgentProperties"))
        for entity in items(properties, "idaEntity"):
            if not gone and (name := text(entity.get("appName"))):
                yield AgentEntry(name=name, id=integer(entity.get("applicationId")) or 0)


def instances_in(tree: Tree | None) -> Iterator[InstanceEntry]:
    """The instances in the answer to GET Instance?clientId=."""
    for properties in items(tree, "instanceProperties"):
        for entity in items(properties, "instance"):
            if name := text(entity.get("instanceName")):
                yield InstanceEntry(
                    id=integer(entity.get("instanceId")) or 0,
                    name=name,
                    app=text(entity.get("appName")),
                    app_id=integer(entity.get("applicationId")) or 0,
                )
