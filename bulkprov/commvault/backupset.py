"""A backup set: what one row asks for, what makes it the same set, and the vendor's messages about it.

It knows Commvault's field names and nothing of bytes, HTTP or rows. The pages obeyed are "REST API - POST Backup Set"
(request, `errorCode`, `errorString`, the two sample replies), its two templates
(`create_backup_set_template.json` and `.xml`), and "REST API - GET Backup Set" (listing).
"""

import re
from dataclasses import fields
from typing import Any, Final

from bulkprov.engine.model import Listing, Reply, value
from bulkprov.engine.wanted import key_from
from bulkprov.wire import Tree, integer, items, text

__all__ = [
    "CREATE_ROOT",
    "DEFAULT_APP",
    "DEFAULT_INSTANCE",
    "MEANINGS",
    "BackupSet",
    "create_request",
    "from_stored",
    "key_of",
    "read_listing",
    "read_reply",
    "to_stored",
]

DEFAULT_APP: Final = "File System"
DEFAULT_INSTANCE: Final = "DefaultInstanceName"

CREATE_ROOT: Final = "App_CreateBackupSetRequest"
"""Root element of the XML form; the JSON form has no wrapper."""

MEANINGS: Final = {
    (1, "DB error: please refer to logs for more details."): "Commvault's manual shows this error for a client "
    "name that the CommServe does not know: check clientName"
}
"""What refusals mean that do not say so themselves ("REST API - POST Backup Set", sample response)."""

_EXISTS: Final = re.compile(r"already (exists|present|in use)|duplicate|exists with", re.IGNORECASE)
"""Words that mean "a set of this name exists". The vendor documents neither code nor text for it on this page; newer
pages answer 409 "... already exists". A wrong guess costs one look-up and nothing else."""

_LONGEST_WORDS: Final = 4000
"""Characters of an error string that are kept: more than anyone reads, and few enough to keep for every row."""


def key_of(client: str, app: str, instance: str, name: str) -> str:
    """The identity of a backup set: two sets with the same key are the same set.

    Commvault's own SDK compares these names without case, and takes every file system agent ("Linux File System",
    "Windows File System") as the one the create request calls "File System" (cvpysdk 11.44, `backupset.py`); a
    CommServe accepts its requests, so names that differ in this way only are one set for us too.
    """
    agent = app.strip().casefold()
    return key_from(client, "file system" if agent.endswith("file system") else agent, instance, name)


@value(frozen=True, slots=True, kw_only=True)
class BackupSet:
    """A backup set as it should be: what one row of the sheet asks for.

    The field names are ours; the vendor's are below, where requests are built.
    """

    client: str
    app: str = DEFAULT_APP
    instance: str = DEFAULT_INSTANCE
    name: str
    on_demand: bool = False
    plan: str = ""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return key_of(self.client, self.app, self.instance, self.name)

    @property
    def scope(self) -> str:
        """Backup sets are listed by client."""
        return self.client


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
    if len(responses) > 1:  # one set was asked for, and it cannot be known which of them is about it
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


_VERSION_1_FIELDS: Final = ("client", "app", "instance", "name", "on_demand", "plan")


def to_stored(want: BackupSet) -> dict[str, str | bool]:
    """A backup set as a journal stores it: by name, and without what is at its default."""
    return {name: value for name, default in _DEFAULTS.items() if (value := getattr(want, name)) != default}


def from_stored(stored: Any) -> BackupSet:
    """A backup set that `to_stored` gave; or one as version 1 stored it, as a list of the six values.

    Values that a later version may add are ignored.
    """
    if isinstance(stored, list):
        return BackupSet(**dict(zip(_VERSION_1_FIELDS, stored, strict=True)))
    return BackupSet(**{name: stored[name] for name in _DEFAULTS if name in stored})


_DEFAULTS: Final[dict[str, object]] = {each.name: each.default for each in fields(BackupSet)}
"""Each field of a backup set with its default; a marker that equals no value where it has none."""
