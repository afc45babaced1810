"""The vendor's messages about backup sets, as trees: what a create says, and what a reply or a listing means.

It knows Commvault's field names and nothing of bytes, HTTP or our rows. The pages obeyed are "REST API - POST Backup
Set" (request, `errorCode`, `errorString`, the two sample replies), its two templates
(`create_backup_set_template.json` and `.xml`), and "REST API - GET Backup Set" (listing).
"""

import re
from typing import Final

from bulkprov.engine.model import DEFAULT_INSTANCE, BackupSet, Listing, Reply, folded, key_of
from bulkprov.wire import Tree, integer, items, text

__all__ = [
    "CREATE_ROOT",
    "create_request",
    "read_agents",
    "read_client",
    "read_clients",
    "read_instances",
    "read_listing",
    "read_reply",
]

CREATE_ROOT: Final = "App_CreateBackupSetRequest"
"""Root element of the XML form; the JSON form has no wrapper."""

_EXISTS: Final = re.compile(r"already (exists|present|in use)|duplicate|exists with", re.IGNORECASE)
"""Words that mean "a set of this name is there". The vendor documents neither code nor text for it on this page; newer
pages answer 409 "... already exists". A wrong guess costs one look-up and nothing else."""


_TRUE: Final = (True, 1, "true", "True", "1")
"""XML says it as text."""
_LONGEST_WORDS: Final = 4000
"""Characters of an error string that are kept: more than any person reads, and few enough to keep for every row."""


def create_request(want: BackupSet) -> Tree:
    """The body of a create. In JSON `association.entity` is a list of one, in XML one element; both come from this.

    `backupSetInfo` may be left out whole (the page's own sample does), and is where nothing in it was asked for.
    """
    tree: Tree = {
        "association": {
            "entity": [
                {
                    "appName": want.app,
                    "backupsetName": want.name,
                    "clientName": want.client,
                    "instanceName": want.instance,
                }
            ]
        }
    }
    info: Tree = {}
    if want.on_demand:
        info["commonBackupSet"] = {"onDemandBackupset": True}
    if want.plan:
        # Not on the page; cvpysdk sends it (backupset.py, add(plan_name=...)).
        info["planEntity"] = {"planName": want.plan}
    if info:
        tree["backupSetInfo"] = info
    return tree


def read_reply(tree: Tree) -> Reply:
    """The server's words in the answer to a create or a delete.

    Two shapes are known: `response[0].errorCode/errorString` with the id in `entity.backupsetId`, and, for failures,
    `errorCode/errorMessage` at the top level. `error_code` is None where neither is there.
    """
    responses = items(tree, "response")
    if len(responses) > 1:  # one set was asked for: which of them tells of it nobody knows
        return Reply()
    if not responses:
        code = integer(tree.get("errorCode")) or None  # a success has its `response`; this shape is only for failures
        words, found = text(tree.get("errorMessage")) or text(tree.get("errorString")), 0
    else:
        (response,) = responses
        code, words = integer(response.get("errorCode")), text(response.get("errorString"))
        entities = items(response, "entity")
        found = (integer(entities[0].get("backupsetId")) or 0) if len(entities) == 1 else 0
    words = words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…"
    return Reply(code, words, max(found, 0), says_exists=bool(code) and bool(_EXISTS.search(words)))


def read_listing(tree: Tree, client: str) -> Listing | None:
    """The sets in the answer to a listing of one client; None if the answer is an error instead.

    A list in which some entry cannot be read still shows what it shows, but is no proof that something is not there.

    Args:
        tree: the answer.
        client: the name that was asked for; entries that name no client are its own.
    """
    if integer(tree.get("errorCode")) or any(integer(each.get("errorCode")) for each in items(tree, "response")):
        return None
    listed = tree.get("backupsetProperties")
    entries = listed if isinstance(listed, list) else [listed]
    ids: dict[str, int] = {}
    more: dict[int, str] = {}
    sure = listed is not None
    for properties in entries:
        entity = next(iter(items(properties, "backupSetEntity")), {})
        number = integer(entity.get("backupsetId")) or 0
        name = text(entity.get("backupsetName"))
        if number <= 0 or not name:
            sure = False
            continue
        key = key_of(
            text(entity.get("clientName")) or client,
            text(entity.get("appName")),
            text(entity.get("instanceName")) or DEFAULT_INSTANCE,
            name,
        )
        first = min(number, ids.get(key, number))  # of two sets of one name it is the older one
        if key in ids:
            more[max(number, ids[key])] = key
        ids[key] = first
    return Listing(ids, sure=sure, more=more)


def read_clients(tree: Tree) -> Listing | None:
    """The clients in the answer to GET Client ("REST API - GET Client"): name (`folded`) to id; None for an error.

    A client is known by its name, and by its display name where it has another.
    """
    if integer(tree.get("errorCode")):
        return None
    ids: dict[str, int] = {}
    for properties in items(tree, "clientProperties"):
        for client in items(properties, "client"):
            for entity in items(client, "clientEntity"):
                number = integer(entity.get("clientId")) or 0
                for name in (text(entity.get("clientName")), text(entity.get("displayName"))):
                    if name:
                        ids.setdefault(folded(name), number)
    return Listing(ids, sure=bool(ids))


def read_client(tree: Tree) -> Listing | None:
    """Whether a client is in use, from the answer to GET Client/{id}: itself under no name, or nothing if it is not.

    A retired client is still in the list of all clients; asked for by its id it is an errorCode without properties
    (seen by Apache CloudStack's client of this API).
    """
    if items(tree, "clientProperties"):
        return Listing({"": 1})
    return Listing() if integer(tree.get("errorCode")) else None


def read_agents(tree: Tree) -> Listing | None:
    """The agents in the answer to GET Agent?clientId=: the part of `key_of` that names one, to its id.

    Those that are marked as deleted are left out (cvpysdk 11.44, `agent.py`).
    """
    if integer(tree.get("errorCode")):
        return None
    ids: dict[str, int] = {}
    for properties in items(tree, "agentProperties"):
        gone = any(each.get("isMarkedDeleted") in _TRUE for each in items(properties, "AgentProperties"))
        for entity in items(properties, "idaEntity"):
            if not gone and (app := text(entity.get("appName"))):
                ids[key_of("", app, "", "")] = integer(entity.get("applicationId")) or 0
    return Listing(ids, sure=bool(ids))


def read_instances(tree: Tree) -> Listing | None:
    """The instances in the answer to GET Instance?clientId= ("REST API - GET Instance"), as `read_agents`."""
    if integer(tree.get("errorCode")):
        return None
    ids: dict[str, int] = {}
    for properties in items(tree, "instanceProperties"):
        for entity in items(properties, "instance"):
            if name := text(entity.get("instanceName")):
                ids[key_of("", text(entity.get("appName")), name, "")] = integer(entity.get("instanceId")) or 0
    return Listing(ids, sure=bool(ids))
