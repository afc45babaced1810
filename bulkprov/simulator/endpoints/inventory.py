"""The endpoints that read the estate: clients, agents, instances, plans, subclients and ids.

Most serve the vendor's SDK only. What each reply must hold is SEEN: cvpysdk 11.44 was driven against it, and every
field that it needs is there. Field names are those of rest_api_get_client.html, rest_api_get_client_properties.html,
rest_api_get_instance.html and, below /v11/software/, rest_api_get_id_for_client.html.
"""

from dataclasses import replace
from typing import Final

from bulkprov.simulator.commserve.estate import application, display_name, shown_agent
from bulkprov.simulator.commserve.state import ClientRow, InstanceRow
from bulkprov.simulator.endpoints import replies
from bulkprov.simulator.endpoints.backend import Backend, names_in, reply
from bulkprov.simulator.endpoints.backupsets import listed
from bulkprov.simulator.http_messages import Request, Response, Root
from bulkprov.wire import Tree, integer

__all__ = [
    "agents",
    "client",
    "client_by_name",
    "clients",
    "commserve",
    "get_id",
    "instance",
    "instances",
    "nothing",
    "plans",
    "replications",
    "subclients",
]

_NO_SUCH_ID: Final = -32000
"""DOCUMENTED nowhere; SEEN in the vendor's Terraform provider and PowerShell SDK, which test for it."""


def commserve(backend: Backend, request: Request) -> Response:
    """The CommServe itself."""
    return reply(request, Root.COMMSERVE, replies.commserve(backend.settings.commserve_version))


def plans(backend: Backend, request: Request) -> Response:
    """All plans."""
    return reply(request, Root.PLANS, replies.plans(backend.state.plans(), backend.style(request)))


def clients(backend: Backend, request: Request) -> Response:
    """All clients, retired ones included. There are no pseudo clients, which is RECORDED as an empty object."""
    if "pseudoclienttype" in request.query:
        return reply(request, Root.CLIENTS, {})
    rows = [_displayed(backend, row) for row in backend.state.clients()]
    return reply(request, Root.CLIENTS, replies.clients(rows, backend.style(request)))


def _displayed(backend: Backend, row: ClientRow) -> ClientRow:
    return replace(row, display_name=display_name(row.name, row.id)) if backend.settings.display_names else row


def client(backend: Backend, request: Request) -> Response:
    """One client by its id."""
    return _client(backend, request, backend.state.client_by_id(request.path_id))


def client_by_name(backend: Backend, request: Request) -> Response:
    """One client by its name: ``Client/byName(clientName='..')``."""
    return _client(backend, request, backend.state.client(names_in(request.path).get("clientname", "")))


def _client(backend: Backend, request: Request, row: ClientRow | None) -> Response:
    """A retired client is listed, and yet gives errorCode 4 here (SEEN in a Java client of Apache CloudStack)."""
    if row is None or row.retired:
        return reply(request, Root.CLIENTS, {"@errorCode": 4, "@errorMessage": "Client not found."})
    return reply(request, Root.CLIENTS, replies.client(_displayed(backend, row), backend.style(request)))


def _instances_in(backend: Backend, request: Request) -> list[InstanceRow]:
    """The instances of the client in the query; none if it is unknown or retired."""
    owner = backend.client_in(request)
    return _shown(backend, backend.state.instances(owner.id)) if owner and not owner.retired else []


def _shown(backend: Backend, rows: list[InstanceRow]) -> list[InstanceRow]:
    """Instances under the names and ids under which their agents are shown."""
    if backend.settings.spelling == "documented":
        return rows
    agents = [shown_agent(row.app, row.client_id) for row in rows]
    return [replace(row, app=app, app_id=number) for row, (app, number) in zip(rows, agents, strict=True)]


def agents(backend: Backend, request: Request) -> Response:
    """The agents of a client, or one of them (applicationId)."""
    app_id = integer(request.query.get("applicationid"))
    rows = [row for row in _instances_in(backend, request) if app_id in (None, row.app_id)]
    return reply(request, Root.AGENTS, replies.agents(rows, backend.style(request)))


def instances(backend: Backend, request: Request) -> Response:
    """The instances of a client."""
    rows = _instances_in(backend, request)
    return reply(request, Root.INSTANCES, replies.instances(rows, backend.style(request)))


def instance(backend: Backend, request: Request) -> Response:
    """One instance by its id. The query may narrow it by client and agent, under their paths in a request body."""
    client_id = integer(request.query.get("association/entity/clientid"))
    app_id = integer(request.query.get("association/entity/applicationid"))
    rows = _shown(backend, backend.state.instances_by_id(request.path_id))
    found = [row for row in rows if client_id in (None, row.client_id) and app_id in (None, row.app_id)]
    return reply(request, Root.INSTANCES, replies.instances(found, backend.style(request)))


def subclients(backend: Backend, request: Request) -> Response:
    """The default subclient of each set (DOCUMENTED: a new set has one; /v11/software/qcreate_backupset.html)."""
    set_id = integer(request.query.get("backupsetid"))
    rows = listed(backend, backend.commserve.listing(backend.client_in(request)))
    found = [row for row in rows if set_id in (None, row.id)]
    return reply(request, Root.SUBCLIENTS, replies.subclients(found, backend.style(request)))


def get_id(backend: Backend, request: Request) -> Response:
    """Ids by name. An unknown name has the id -32000, and makes the status 404 over a reply that is valid otherwise."""
    ids = _ids(backend, request)
    return reply(request, Root.IDS, ids, status=404 if _NO_SUCH_ID in ids.values() else 200)


def _ids(backend: Backend, request: Request) -> Tree:
    """The id of each name in the query. `backupsetId` is missing in the page's list of fields, and a GUESS."""
    query = request.query
    name, agent, instance_name = query.get("clientname", ""), query.get("agent"), query.get("instancename")
    owner = backend.state.client(name.strip())
    places = _shown(backend, backend.state.instances(owner.id)) if owner else []
    rows = backend.commserve.listing(owner)
    ids: Tree = {"@clientName": name, "@clientId": owner.id if owner else _NO_SUCH_ID}
    if agent is not None:
        app = application(agent)
        places = [place for place in places if application(place.app) == app]
        rows = [row for row in rows if row.app == app]
        ids |= {"@appName": agent, "@applicationId": places[0].app_id if places else _NO_SUCH_ID}
    if instance_name is not None:
        places = [place for place in places if place.name.casefold() == instance_name.strip().casefold()]
        rows = [row for row in rows if row.instance.casefold() == instance_name.strip().casefold()]
        ids |= {"@instanceName": instance_name, "@instanceId": places[0].id if places else _NO_SUCH_ID}
    if (wanted := query.get("backupset")) is not None:
        rows = [row for row in rows if backend.commserve.names.same(row.name, wanted)]
        ids |= {"@backupsetName": wanted, "@backupsetId": rows[0].id if rows else _NO_SUCH_ID}
    if (wanted := query.get("subclient")) is not None:
        is_there = wanted.strip().casefold() == replies.DEFAULT_SUBCLIENT and rows
        ids |= {"@subclientName": wanted, "@subclientId": rows[0].id if is_there else _NO_SUCH_ID}
    return ids


def replications(_backend: Backend, request: Request) -> Response:
    """No replication pairs (SEEN: cvpysdk 11.44 asks for them after creating a set of a VMware instance)."""
    return reply(request, Root.GENERIC, {"summary": {"@totalPairs": 0}})


def nothing(_backend: Backend, request: Request) -> Response:
    """An empty object, which cvpysdk takes for an empty list (virtualisation access nodes, schedules)."""
    return reply(request, Root.GENERIC, {})
