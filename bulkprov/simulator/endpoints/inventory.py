"""The endpoints that read the estate: clients, agents, instances, subclients and ids. Most serve the vendor's SDK only.

What each reply must hold is SEEN: cvpysdk 11.44 was driven against it, and every field that it needs is there. Field
names are those of rest_api_get_client.html, rest_api_get_client_properties.html, rest_api_get_instance.html and, below
/v11/software/, rest_api_get_id_for_client.html.
"""

from dataclasses import replace
from typing import Final

from bulkprov.simulator.commserve.estate import APPLICATION_IDS, application, recorded_agent
from bulkprov.simulator.commserve.state import ClientRow, InstanceRow
from bulkprov.simulator.endpoints import replies
from bulkprov.simulator.endpoints.backend import Backend, names_in, reply
from bulkprov.simulator.http_messages import Request, Response, Root
from bulkprov.wire import integer

__all__ = [
    "agents",
    "client",
    "client_by_name",
    "clients",
    "get_id",
    "instance",
    "instances",
    "nothing",
    "replications",
    "subclients",
]

_NO_SUCH_ID: Final = -32000
"""DOCUMENTED nowhere; SEEN in the vendor's Terraform provider and PowerShell SDK, which test for it."""


def clients(backend: Backend, request: Request) -> Response:
    """All clients, retired ones included. There are no pseudo clients."""
    if "pseudoclienttype" in request.query:
        return reply(request, Root.CLIENTS, {})
    return reply(request, Root.CLIENTS, replies.clients(backend.state.clients()))


def client(backend: Backend, request: Request) -> Response:
    """One client by its id."""
    return _client(request, backend.state.client_by_id(request.path_id))


def client_by_name(backend: Backend, request: Request) -> Response:
    """One client by its name: ``Client/byName(clientName='..')``."""
    return _client(request, backend.state.client(names_in(request.path).get("clientname", "")))


def _client(request: Request, row: ClientRow | None) -> Response:
    """A retired client is listed, and yet gives errorCode 4 here (SEEN in a Java client of Apache CloudStack)."""
    if row is None or row.retired:
        return reply(request, Root.CLIENTS, {"@errorCode": 4, "@errorMessage": "Client not found."})
    return reply(request, Root.CLIENTS, replies.client(row))


def _client_in(backend: Backend, request: Request) -> ClientRow | None:
    """The client that the query names by id or by name."""
    client_id = integer(request.query.get("clientid"))
    if client_id is None:
        return backend.state.client(request.query.get("clientname", ""))
    return backend.state.client_by_id(client_id)


def _instances_in(backend: Backend, request: Request) -> list[InstanceRow]:
    """The instances of that client; none if it is unknown or retired."""
    owner = _client_in(backend, request)
    return backend.state.instances(owner.id) if owner and not owner.retired else []


def agents(backend: Backend, request: Request) -> Response:
    """The agents of a client, or one of them (applicationId)."""
    app_id = integer(request.query.get("applicationid"))
    rows = [row for row in _instances_in(backend, request) if app_id in (None, row.app_id)]
    return reply(request, Root.AGENTS, replies.agents(_with_recorded_ids(backend, rows)))


def instances(backend: Backend, request: Request) -> Response:
    """The instances of a client."""
    rows = _with_recorded_ids(backend, _instances_in(backend, request))
    return reply(request, Root.INSTANCES, replies.instances(rows))


def _with_recorded_ids(backend: Backend, rows: list[InstanceRow]) -> list[InstanceRow]:
    """Agents and instances keep the documented names, and have the ids of listings (recorded from a real server)."""
    if backend.settings.spelling == "documented":
        return rows
    return [replace(row, app_id=recorded_agent(row.app, row.client_id)[1]) for row in rows]


def instance(backend: Backend, request: Request) -> Response:
    """One instance by its id. The query may narrow it by client and agent, under their paths in a request body."""
    client_id = integer(request.query.get("association/entity/clientid"))
    app_id = integer(request.query.get("association/entity/applicationid"))
    rows = backend.state.instances_by_id(request.path_id)
    found = [row for row in rows if client_id in (None, row.client_id) and app_id in (None, row.app_id)]
    return reply(request, Root.INSTANCES, replies.instances(found))


def subclients(backend: Backend, request: Request) -> Response:
    """The default subclient of each set (DOCUMENTED: a new set has one; /v11/software/qcreate_backupset.html)."""
    owner, set_id = _client_in(backend, request), integer(request.query.get("backupsetid"))
    rows = backend.commserve.listing(client_id=owner.id) if owner else []
    return reply(request, Root.SUBCLIENTS, replies.subclients(row for row in rows if set_id in (None, row.id)))


def get_id(backend: Backend, request: Request) -> Response:
    """Ids by name. An unknown name has the id -32000, and makes the status 404 over a reply that is valid otherwise."""
    query = request.query
    owner = backend.state.client(query.get("clientname", ""))
    app = application(query.get("agent", "")) or ""
    ids = {"@clientName": query.get("clientname", ""), "@clientId": owner.id if owner else _NO_SUCH_ID}
    if "agent" in query:
        ids |= {"@appName": query["agent"], "@applicationId": APPLICATION_IDS.get(app, _NO_SUCH_ID)}
    if "backupset" in query:
        rows = backend.commserve.listing(client=query.get("clientname", ""))
        name = query["backupset"].casefold()
        found = [row.id for row in rows if row.name.casefold() == name and app in ("", row.app)]
        ids |= {"@backupsetName": query["backupset"], "@backupsetId": found[0] if found else _NO_SUCH_ID}
    return reply(request, Root.IDS, ids, status=404 if _NO_SUCH_ID in ids.values() else 200)


def replications(_backend: Backend, request: Request) -> Response:
    """No replication pairs (SEEN: cvpysdk 11.44 asks for them after creating a set of a VMware instance)."""
    return reply(request, Root.GENERIC, {"summary": {"@totalPairs": 0}})


def nothing(_backend: Backend, request: Request) -> Response:
    """An empty object, which cvpysdk takes for an empty list (virtualisation access nodes, schedules)."""
    return reply(request, Root.GENERIC, {})
