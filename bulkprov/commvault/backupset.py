"""A backup set: what one row asks for, what makes it the same set, how it is stored, and the request that creates it.

It knows Commvault's field names and nothing of bytes, HTTP or rows. The pages obeyed are "REST API - POST Backup Set"
(request, sample reply) and its two templates (`create_backup_set_template.json` and `.xml`). Replies are read in
`backupset_replies`.
"""

from dataclasses import fields
from typing import Any, Final

from bulkprov.commvault.identity import Entry, family, plain, unescaped
from bulkprov.engine.model import value
from bulkprov.engine.wanted import Listed, key_from
from bulkprov.wire import Tree

__all__ = [
    "CREATE_ROOT",
    "DEFAULT_APP",
    "DEFAULT_INSTANCE",
    "MEANINGS",
    "BackupSet",
    "create_request",
    "from_stored",
    "key_of",
    "other_plan",
    "to_stored",
]

DEFAULT_APP: Final = "File System"
DEFAULT_INSTANCE: Final = "DefaultInstanceName"

CREATE_ROOT: Final = "App_CreateBackupSetRequest"
"""Root element of the XML form; the JSON form has no wrapper."""

MEANINGS: Final = {
    (1, "DB error: please refer to logs for more details."): "Commvault's manual shows this error for a client "
    "name that the CommServe does not know: check clientName (`bulkprov plan RUN/failed.xlsx` suggests names)"
}
"""What refusals mean that are documented as "not created" ("REST API - POST Backup Set", sample response)."""


def key_of(client: str, app: str, instance: str, name: str) -> str:
    """The identity of a backup set: two sets with the same key are the same set.

    Commvault's own SDK compares these names without case, and takes every file system agent ("Linux File System",
    "Windows File System") as the one the create request calls "File System" (cvpysdk 11.44, `backupset.py`); a
    CommServe accepts its requests, so names that differ in this way only are one set for us too. See `identity`.
    """
    return key_from(client, family(app), unescaped(instance), unescaped(name))


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
    description: str = ""
    """Not part of what it is; no document says that a create keeps it."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return key_of(self.client, self.app, self.instance, self.name)

    @property
    def scope(self) -> str:
        """Backup sets are listed by client."""
        return self.client


def create_request(want: BackupSet, mark: str = "") -> Tree:
    """The body of a create. In JSON `association.entity` is a list of one, in XML one element; both come from this.

    `backupSetInfo` may be left out whole (the page's own sample does), and is where nothing in it was asked for.

    Args:
        want: the set.
        mark: ends its description; empty for none. That a create takes `userDescription` is a guess: the page's
            templates have `commonBackupSet` without it, while the vendor's template of an update
            (`update_backupset_template.json`) has it, and `GET Backupset/{id}` was recorded with it.
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
    common: Tree = {"onDemandBackupset": True} if want.on_demand else {}
    if description := "; ".join(filter(None, (want.description, mark))):
        common["userDescription"] = description
    if common:
        info["commonBackupSet"] = common
    if want.plan:
        # Not on the page; cvpysdk sends it (backupset.py, add(plan_name=...)).
        info["planEntity"] = {"planName": want.plan}
    if info:
        tree["backupSetInfo"] = info
    return tree


def other_plan(want: BackupSet, listed: Listed) -> str | None:
    """In which plan a listed set is, if not in the one that was asked for; see `kind.Kind.differs`."""
    entry: Entry = listed.entry
    if not want.plan:
        return ""
    if entry.plan is None:
        return None
    if plain(entry.plan) == plain(want.plan):
        return ""
    shown = f'its plan is "{entry.plan}"' if entry.plan else "it is shown without a plan"
    return f'{shown}, and the sheet asks for "{want.plan}"'


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
    if not stored.keys() <= _DEFAULTS.keys():
        stored = {name: value for name, value in stored.items() if name in _DEFAULTS}
    return BackupSet(**stored)


_DEFAULTS: Final[dict[str, object]] = {each.name: each.default for each in fields(BackupSet)}
"""Each field of a backup set with its default; a marker that equals no value where it has none."""
