"""The endpoints for backup sets: create, list, read and delete.

DOCUMENTED: rest_api_post_backup_set.html, rest_api_get_backup_set.html, rest_api_get_backup_set_properties.html and,
below /v11/software/, rest_api_delete_backup_set.html.
"""

from dataclasses import replace
from html import escape
from typing import Any

from bulkprov.simulator.commserve.estate import application, recorded_agent
from bulkprov.simulator.commserve.rules import CreateRequest
from bulkprov.simulator.commserve.state import BackupSetRow
from bulkprov.simulator.endpoints import replies
from bulkprov.simulator.endpoints.backend import Backend, names_in, reply
from bulkprov.simulator.error_responses import MALFORMED_BODY
from bulkprov.simulator.http_messages import Request, Response, Root
from bulkprov.wire import Tree, WireError, integer, items, text

__all__ = ["client_of", "create", "delete", "delete_by_name", "listing", "read"]


def client_of(backend: Backend, request: Request) -> str:
    """The name of the client whose sets a request is about; empty if it is about no single one."""
    if request.method == "POST":
        try:
            fields = _fields(request.wire.loads(request.body))
        except WireError:
            return ""
        return fields.client if fields else ""
    row = backend.state.set_by_id(request.path_id) if request.path_id else None
    return row.client if row else request.query.get("clientname", "")


def create(backend: Backend, request: Request) -> Response:
    """Create a set."""
    try:
        fields = _fields(request.wire.loads(request.body))
    except WireError:
        return MALFORMED_BODY
    if fields is None:
        return MALFORMED_BODY
    result = backend.commserve.create(fields, listed_after=backend.listed_after)
    backend.statistics.count_create(result)
    status = backend.settings.duplicate_status if result.duplicate and result.error_code else 200
    return reply(request, Root.GENERIC, replies.generic(result), status)


def _fields(body: Tree) -> CreateRequest | None:
    """The fields of a create (DOCUMENTED: the create page and its two templates; the plan SEEN in cvpysdk 11.44).

    `association.entity` is a list of one in JSON, and one element in XML. More than one is documented nowhere, so it is
    refused.
    """
    entities = items(body.get("association"), "entity")
    if len(entities) != 1:
        return None
    info = body.get("backupSetInfo")
    common = next(iter(items(info, "commonBackupSet")), {})
    plan = next(iter(items(info, "planEntity")), {})
    return CreateRequest(
        client=text(entities[0].get("clientName")),
        app=text(entities[0].get("appName")),
        instance=text(entities[0].get("instanceName")),
        name=text(entities[0].get("backupsetName")),
        on_demand=_is_true(common.get("onDemandBackupset")),
        plan=text(plan.get("planName")),
        plan_id=integer(plan.get("planId")),
    )


def _is_true(value: Any) -> bool:
    """A boolean in JSON; True or False in the XML template; 1 from old versions of cvpysdk."""
    return text(value).casefold() in ("true", "1")


def listing(backend: Backend, request: Request) -> Response:
    """The sets of a client. Filters: clientId and clientName DOCUMENTED, applicationId and instanceId SEEN in cvpysdk.

    A listing without any set is SEEN in several forms, so its form is a setting: cvpysdk takes a missing key for it, a
    public job collector met 404, and a client of Apache CloudStack expects 204.
    """
    query = request.query
    if "clientid" not in query and "clientname" not in query:
        return Response(status=400, text="Name a client: clientId or clientName is missing.")  # GUESS
    client_id = integer(query.get("clientid"))
    rows = backend.commserve.listing(client=query.get("clientname", ""), client_id=client_id)
    app_id, instance_id = integer(query.get("applicationid")), integer(query.get("instanceid"))
    found = [row for row in rows if app_id in (None, row.app_id) and instance_id in (None, row.instance_id)]
    if found:
        return reply(request, Root.BACKUPSETS, replies.backupsets(_spelled(backend, found)))
    match backend.settings.empty_list:
        case "204" | "404" as status:
            return Response(status=int(status))
        case "blank":
            return Response()
        case "empty":
            return reply(request, Root.BACKUPSETS, {"backupsetProperties": []})
        case "missing":
            return reply(request, Root.BACKUPSETS, {})


def read(backend: Backend, request: Request) -> Response:
    """One set by its id."""
    row = backend.commserve.read(request.path_id)
    return reply(request, Root.BACKUPSETS, replies.backupsets(_spelled(backend, [row] if row else [])))


def _spelled(backend: Backend, rows: list[BackupSetRow]) -> list[BackupSetRow]:
    """The sets under the names and ids under which they are listed."""
    settings = backend.settings
    if settings.spelling == "recorded":
        agents = [recorded_agent(row.app, row.client_id) for row in rows]
        rows = [replace(row, app=app, app_id=number) for row, (app, number) in zip(rows, agents, strict=True)]
    if settings.display_names:
        rows = [replace(row, client=f"{row.client} ({row.client_id})") for row in rows]
    if settings.escaped_names:
        rows = [replace(row, name=escape(row.name)) for row in rows]
    return rows


def delete(backend: Backend, request: Request) -> Response:
    """Delete a set by its id."""
    return _delete(backend, request, request.path_id)


def delete_by_name(backend: Backend, request: Request) -> Response:
    """Delete a set by its names: ``Backupset/byName(clientName='..',appName='..',backupsetName='..')``."""
    names = names_in(request.path)
    app, name = application(names.get("appname", "")), names.get("backupsetname", "").casefold()
    rows = backend.commserve.listing(client=names.get("clientname", ""))
    ids = [row.id for row in rows if row.app == app and row.name.casefold() == name]
    return _delete(backend, request, ids[0] if ids else 0)


def _delete(backend: Backend, request: Request, set_id: int) -> Response:
    return reply(request, Root.GENERIC, replies.generic(backend.commserve.delete(set_id)))
