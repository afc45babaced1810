"""The calls about backup sets: create, list, read and delete.

DOCUMENTED: rest_api_post_backup_set.html, rest_api_get_backup_set.html, rest_api_get_backup_set_properties.html and,
below /v11/software/, rest_api_delete_backup_set.html.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from bulkprov.simulator import replies
from bulkprov.simulator.answer import Answer, Asked
from bulkprov.simulator.commserve import Wanted
from bulkprov.simulator.estate import application
from bulkprov.simulator.office import BAD_BODY, Office, reply
from bulkprov.wire import Tree, WireError, integer, items, text

__all__ = ["create", "delete", "delete_by_name", "listing", "named", "read"]

_NAMED: Final = re.compile(r"(\w+)='([^']*)'")


def create(office: Office, asked: Asked, _number: int) -> Answer:
    """Make a set."""
    try:
        wanted = _wanted(asked.wire.loads(asked.body))
    except WireError:
        return BAD_BODY
    if wanted is None:
        return BAD_BODY
    told = office.commserve.create(wanted, listed_after=office.listed_after)
    office.told(told)
    return reply(asked, "generic", replies.generic(told))


def _wanted(body: Tree) -> Wanted | None:
    """The fields of a create (DOCUMENTED: the create page and its two templates; the plan SEEN in cvpysdk 11.44).

    `association.entity` is a list of one in JSON, one element in XML. More than one is documented nowhere: refused.
    """
    entities = items(body.get("association"), "entity")
    if len(entities) != 1:
        return None
    info = body.get("backupSetInfo")
    common = next(iter(items(info, "commonBackupSet")), {})
    plan = next(iter(items(info, "planEntity")), {})
    return Wanted(
        client=text(entities[0].get("clientName")),
        app=text(entities[0].get("appName")),
        instance=text(entities[0].get("instanceName")),
        name=text(entities[0].get("backupsetName")),
        on_demand=_true(common.get("onDemandBackupset")),
        plan=text(plan.get("planName")),
        plan_id=integer(plan.get("planId")),
    )


def _true(value: Any) -> bool:
    """A JSON boolean, or the words of the XML template, True and False; 1 as old versions of cvpysdk sent it."""
    return text(value).casefold() in ("true", "1")


def listing(office: Office, asked: Asked, _number: int) -> Answer:
    """The sets of a client. Filters: clientId and clientName DOCUMENTED, applicationId and instanceId SEEN in cvpysdk.

    How a list without any set looks is SEEN in several forms, so it is a setting: cvpysdk takes a missing key for it,
    a public job collector met 404, and a client of Apache CloudStack expects 204.
    """
    query = asked.query
    if "clientid" not in query and "clientname" not in query:
        return Answer(status=400, text="Name a client: clientId or clientName is missing.")  # GUESS
    client_id = integer(query.get("clientid"))
    rows = office.commserve.listing(client=query.get("clientname", ""), client_id=client_id)
    app_id, instance_id = integer(query.get("applicationid")), integer(query.get("instanceid"))
    found = [row for row in rows if app_id in (None, row.app_id) and instance_id in (None, row.instance_id)]
    if not found and office.settings.empty_list in ("404", "204"):
        return Answer(status=int(office.settings.empty_list))
    if not found and office.settings.empty_list == "empty":
        return reply(asked, "backupsets", {"backupsetProperties": []})
    return reply(asked, "backupsets", replies.backupsets(found))


def read(office: Office, asked: Asked, number: int) -> Answer:
    """One set by its id."""
    row = office.state.set_by_id(number)
    return reply(asked, "backupsets", replies.backupsets([row] if row else []))


def delete(office: Office, asked: Asked, number: int) -> Answer:
    """Delete a set by its id."""
    return reply(asked, "generic", replies.generic(office.commserve.delete(number)))


def delete_by_name(office: Office, asked: Asked, _number: int) -> Answer:
    """Delete a set by its names: ``Backupset/byName(clientName='..',appName='..',backupsetName='..')``."""
    names = named(asked.path)
    app, name = application(names.get("appname", "")), names.get("backupsetname", "").casefold()
    rows = office.commserve.listing(client=names.get("clientname", ""))
    numbers = [row.id for row in rows if row.app == app and row.name.casefold() == name]
    return delete(office, asked, numbers[0] if numbers else 0)


def named(path: str) -> Mapping[str, str]:
    """The names in a path's ``byName(...)``, by their keys in lower case."""
    return {key.lower(): value for key, value in _NAMED.findall(path)}
