"""The vendor's messages about backup sets, as trees: what a create says, and what a reply or a listing means.

It knows Commvault's field names and nothing of bytes, HTTP or our rows. The pages obeyed are "REST API - POST Backup
Set" (request, `errorCode`, `errorString`, the two sample replies), its two templates
(`create_backup_set_template.json` and `.xml`), and "REST API - GET Backup Set" (listing).
"""

import re
from collections.abc import Iterator
from typing import Final

from bulkprov.model import DEFAULT_INSTANCE, BackupSet, Listing, Reply, key_of
from bulkprov.wire import Tree, integer, items, text

__all__ = ["CREATE_ROOT", "create_request", "read_listing", "read_reply"]

CREATE_ROOT: Final = "App_CreateBackupSetRequest"
"""Root element of the XML form; the JSON form has no wrapper."""

_EXISTS: Final = re.compile(r"already (exists|present|in use)|duplicate|exists with", re.IGNORECASE)
"""Words that mean "a set of this name is there". The vendor documents neither code nor text for it on this page; newer
pages answer 409 "... already exists". A wrong guess costs one look-up and nothing else."""


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
    first = next(iter(items(tree, "response")), None)
    if first is None:
        code, words, found = (
            integer(tree.get("errorCode")),
            text(tree.get("errorMessage") or tree.get("errorString")),
            0,
        )
        if code == 0:  # a success has its `response`; this shape is only for failures
            code = None
    else:
        code, words = integer(first.get("errorCode")), text(first.get("errorString"))
        entity = next(iter(items(first, "entity")), {})
        found = integer(entity.get("backupsetId")) or 0
    return Reply(code, words, max(found, 0), says_exists=code != 0 and bool(_EXISTS.search(words)))


def read_listing(tree: Tree, client: str) -> Listing | None:
    """The sets in the answer to a listing of one client; None if the answer is an error instead.

    Args:
        tree: the answer.
        client: the name that was asked for; entries that name no client are its own.
    """
    if "backupsetProperties" not in tree:
        failed = integer(tree.get("errorCode")) or any(integer(e.get("errorCode")) for e in items(tree, "response"))
        return None if failed else Listing(sure=False)
    return Listing(dict(_entries(tree, client)))


def _entries(tree: Tree, client: str) -> Iterator[tuple[str, int]]:
    for properties in items(tree, "backupsetProperties"):
        for entity in items(properties, "backupSetEntity"):
            number = integer(entity.get("backupsetId"))
            if number and number > 0:
                key = key_of(
                    text(entity.get("clientName")) or client,
                    text(entity.get("appName")),
                    text(entity.get("instanceName")) or DEFAULT_INSTANCE,
                    text(entity.get("backupsetName")),
                )
                yield key, number
