"""The endpoints for backup sets: create, list, read, update and delete.

DOCUMENTED: rest_api_post_backup_set.html, rest_api_get_backup_set.html, rest_api_get_backup_set_properties.html,
rest_api_post_backup_set_properties.html and, below /v11/software/, rest_api_delete_backup_set.html.
"""

from collections.abc import Callable
from html import escape
from typing import Any

from bulkprov.simulator.commserve.estate import application, display_name, listed_agent, shown_agent
from bulkprov.simulator.commserve.results import WriteResult
from bulkprov.simulator.commserve.rules import CreateRequest, UpdateRequest
from bulkprov.simulator.commserve.state import BackupSetRow
from bulkprov.simulator.endpoints import set_replies
from bulkprov.simulator.endpoints.backend import Backend, names_in, reply
from bulkprov.simulator.endpoints.style import Style
from bulkprov.simulator.error_responses import MALFORMED_BODY
from bulkprov.simulator.http_messages import Request, Response, Root
from bulkprov.wire import Tree, WireError, integer, items, text

__all__ = [
    "client_of",
    "create",
    "delete",
    "delete_by_name",
    "listed",
    "listing",
    "read",
    "update",
    "update_by_name",
]


def client_of(backend: Backend, request: Request) -> str:
    """The name of the client whose sets a request is about; empty if it is about no single one."""
    if request.method == "POST" and not request.path_id:
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
    return _reply(backend, request, result, set_replies.written)


def _reply(
    backend: Backend, request: Request, result: WriteResult, done: Callable[[WriteResult, Style], Tree]
) -> Response:
    """The reply to a write."""
    form = set_replies.refused if result.error_code else done
    return reply(request, Root.GENERIC, form(result, backend.style(request)), result.status)


def _fields(body: Tree) -> CreateRequest | None:
    """The fields of a create (DOCUMENTED: the create page and its two templates; the plan SEEN in cvpysdk 11.44).

    `userDescription` is DOCUMENTED for an update only; that a create takes it is a GUESS.

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
        description=text(common.get("userDescription")),
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
    rows = listed(backend, backend.commserve.listing(backend.client_in(request)))
    app_id, instance_id = integer(query.get("applicationid")), integer(query.get("instanceid"))
    found = [row for row in rows if app_id in (None, row.app_id) and instance_id in (None, row.instance_id)]
    if found:
        described = backend.settings.description_lists
        style, level = backend.style(request), "propertylevel" in query
        tree = set_replies.listing(found, style, level=level, described=described)
        return reply(request, Root.BACKUPSETS, tree)
    match backend.settings.empty_list:
        case "204" | "404" as status:
            return Response(status=int(status))
        case "blank":
            return Response()
        case "empty":
            return reply(request, Root.BACKUPSETS, {"backupsetProperties": []})
        case "missing":  # RECORDED of another list: a call answered {} when it had nothing to list
            return reply(request, Root.BACKUPSETS, {})


def read(backend: Backend, request: Request) -> Response:
    """One set by its id. What the answer is for an id that no set has is not known, so it is a setting."""
    row = backend.commserve.read(request.path_id)
    if row is not None:
        (row,) = _spelled(backend, [row], shown_agent)
        return reply(request, Root.BACKUPSETS, set_replies.properties(row, backend.style(request)))
    match backend.settings.gone_read:
        case "404":
            return Response(status=404)
        case "blank":
            return Response()
        case "error":
            return reply(request, Root.BACKUPSETS, set_replies.no_such_set())
        case "empty":
            return reply(request, Root.BACKUPSETS, {})


def listed(backend: Backend, rows: list[BackupSetRow]) -> list[BackupSetRow]:
    """The sets under the names and ids under which they are listed."""
    return _spelled(backend, rows, listed_agent)


def _spelled(
    backend: Backend, rows: list[BackupSetRow], agent: Callable[[str, int], tuple[str, int]]
) -> list[BackupSetRow]:
    settings = backend.settings
    if settings.spelling == "recorded":
        agents = [agent(row.app, row.client_id) for row in rows]
        rows = [row._replace(app=app, app_id=number) for row, (app, number) in zip(rows, agents, strict=True)]
    if settings.display_names:
        rows = [row._replace(client=display_name(row.client, row.client_id)) for row in rows]
    if settings.escaped_names:
        rows = [row._replace(name=escape(row.name)) for row in rows]
    return rows


def update(backend: Backend, request: Request) -> Response:
    """Change a set, given by its id."""
    return _update(backend, request, request.path_id)


def update_by_name(backend: Backend, request: Request) -> Response:
    """Change a set, given by its names."""
    return _update(backend, request, _id_in(backend, request))


def _update(backend: Backend, request: Request, set_id: int) -> Response:
    """RECORDED: name and plan, each alone. DOCUMENTED: update_backupset_template.json and .xml; userDescription."""
    try:
        body = request.wire.loads(request.body)
    except WireError:
        return MALFORMED_BODY
    properties = body.get("backupsetProperties")
    if not isinstance(properties, dict):
        return MALFORMED_BODY
    common = next(iter(items(properties, "commonBackupSet")), {})
    plan = next(iter(items(properties, "planEntity")), {})
    fields = UpdateRequest(
        name=text(common["newBackupSetName"]) if "newBackupSetName" in common else None,
        description=text(common["userDescription"]) if "userDescription" in common else None,
        plan=text(plan.get("planName")),
        plan_id=integer(plan.get("planId")),
    )
    return _reply(backend, request, backend.commserve.update(set_id, fields), set_replies.written)


def delete(backend: Backend, request: Request) -> Response:
    """Delete a set by its id."""
    return _delete(backend, request, request.path_id)


def delete_by_name(backend: Backend, request: Request) -> Response:
    """Delete a set by its names: ``Backupset/byName(clientName='..',appName='..',backupsetName='..')``."""
    return _delete(backend, request, _id_in(backend, request))


def _delete(backend: Backend, request: Request, set_id: int) -> Response:
    return _reply(backend, request, backend.commserve.delete(set_id), set_replies.deleted)


def _id_in(backend: Backend, request: Request) -> int:
    """The id of the set whose names are in the path, or 0."""
    named = names_in(request.path)
    app, name = application(named.get("appname", "")), named.get("backupsetname", "")
    rows = backend.commserve.listing(backend.state.client(named.get("clientname", "").strip()))
    return next((row.id for row in rows if row.app == app and backend.commserve.names.same(row.name, name)), 0)
