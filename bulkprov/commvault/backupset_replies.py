"""The vendor's replies about backup sets, read: to a create or a delete, to a listing, and to a request by id.

It knows Commvault's field names and nothing of bytes, HTTP or rows. The pages obeyed are "REST API - POST Backup Set"
(`errorCode`, `errorString`, the two sample replies) and "REST API - GET Backup Set" (listing); what real servers
answered is in `tests/golden/recorded`.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bulkprov.commvault.backupset import DEFAULT_INSTANCE
from bulkprov.commvault.identity import Entry, family, plain
from bulkprov.engine.marks import mark_in
from bulkprov.engine.model import Listing, Reply
from bulkprov.engine.wanted import Listed, key_from, name_in
from bulkprov.wire import Tree, integer, items, text

__all__ = ["read_by_id", "read_listing", "read_reply", "says_exists"]

_EXISTS: Final = re.compile(r"already (exists|present|in use)|duplicate|exists with", re.IGNORECASE)
"""Words that mean "a set of this name exists". The vendor documents neither code nor text for it on this page; newer
pages answer 409 "... already exists". A wrong guess costs one look-up and nothing else."""

_NONE_AFTER: Final = 2
"""How often a well-formed answer without the list must be given until it is believed that nothing is listed."""

_NO_SUCH: Final = re.compile(
    r"(not|n't) (be )?(found|exist)|no (such )?(backup ?set|entity)|no longer exists|"
    r"(invalid|unknown|deleted) (backup ?set|entity|id)",
    re.IGNORECASE,
)
"""Words that mean "there is no such set"."""

_SAYS: Final = frozenset({"errorString", "errorMessage", "errLogMessage"})
_WARNS: Final = frozenset({"warningCode", "warningMessage"})
"""The fields with words, and with a warning. A healthy reply has none of them: to know that is half of reading it."""
_LONGEST_WORDS: Final = 4000
"""Characters of an error string that are kept: more than anyone reads, and few enough to keep for every row."""


def read_reply(tree: Tree) -> Reply:
    """The server's words in the answer to a create or a delete.

    An `errorCode` is known in `response[0]` (a list, or one object, as real servers answer `POST Subclient`), at the
    top level, and nested in `error{}`; the id is in `response[0].entity.backupsetId`, and beside it the client's. A
    success has its `response`. The words are `errorString` or `errorMessage`; beside them there may be `warningCode`
    and `warningMessage`. `error_code` is None where there is none, or where there are two that contradict each other.
    """
    responses = items(tree, "response")
    if len(responses) > 1:  # one set was asked for, and it cannot be known which of them is about it
        return Reply()
    response = responses[0] if responses else {}
    outside = [each for each in (tree, *items(tree, "error")) if integer(each.get("errorCode"))]
    code, failed = integer(response.get("errorCode")), integer(outside[0]["errorCode"]) if outside else None
    entities = items(response, "entity")
    entity = entities[0] if len(entities) == 1 else {}
    found, client_id = integer(entity.get("backupsetId")) or 0, integer(entity.get("clientId")) or 0
    words = _words(response) if code or not outside else ""
    words = words or next(filter(None, map(_words, outside)), "") or _words(response if responses else tree)
    if failed and not code:
        code = None if code == 0 else failed
    warning = _warning(response) or _warning(tree)
    return Reply(
        code,
        _cut(words),
        max(found, 0),
        says_exists=bool(code) and says_exists(words),
        warning=warning,
        scope_id=max(client_id, 0),
    )


def says_exists(words: str) -> bool:
    """Whether words of a refusal say that a set of this name exists."""
    return bool(_EXISTS.search(words))


def _words(tree: Tree) -> str:
    if _SAYS.isdisjoint(tree):
        return ""
    return text(tree.get("errorString")) or text(tree.get("errorMessage")) or text(tree.get("errLogMessage"))


def _warning(tree: Tree) -> str:
    if _WARNS.isdisjoint(tree):
        return ""
    code, words = integer(tree.get("warningCode")), text(tree.get("warningMessage")).strip()
    return _cut(" ".join(filter(None, (f"warningCode {code}" if code else "", words))))


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…"


def read_listing(tree: Tree, client: str) -> Listing | None:
    """The sets in the answer to a listing of one client; None if the answer is an error instead.

    A list in which some entry cannot be read still shows what it shows, but is no proof that something is not there.

    Args:
        tree: the answer.
        client: the name that was asked for. All entries are this client's, whatever they call it: a listing may have
            display names. Only where they have several `clientId`s does the name tell which of them is meant.
    """
    if integer(tree.get("errorCode")) or any(integer(each.get("errorCode")) for each in items(tree, "response")):
        return None
    listed = tree.get("backupsetProperties")
    properties = listed if isinstance(listed, list) else [listed]
    entities = [next(iter(items(each, "backupSetEntity")), {}) for each in properties]
    plans = {_id_in(entity): _plan_in(each) for each, entity in zip(properties, entities, strict=True)}
    readable = [each for each in entities if _id_in(each) > 0 and text(each.get("backupsetName"))]
    own = _of_client(readable, client)
    if own is None:
        return None
    told = zip(entities, map(_mark_of, properties), strict=True)
    marks = {_id_in(entity): mark for entity, mark in told if mark}
    places = [
        (family(text(each.get("appName")), _app_id_in(each)), plain(text(each.get("instanceName")))) for each in own
    ]
    instances = frozenset(places)
    ids: dict[str, int] = {}
    more: dict[int, str] = {}
    named: defaultdict[str, list[Listed]] = defaultdict(list)
    for entity, (app, instance) in zip(own, places, strict=True):
        number, name = _id_in(entity), plain(text(entity["backupsetName"]))
        key = key_from(client, app, instance or DEFAULT_INSTANCE, name)
        first = min(number, ids.get(key, number))  # of two sets of one name it is the older one
        if key in ids:
            more[max(number, ids[key])] = key
        ids[key] = first
        shown = (
            text(entity.get("appName")),
            _app_id_in(entity),
            text(entity.get("instanceName")),
            text(entity["backupsetName"]),
        )
        entry = Entry(app=app, instance=instance, instances=instances, shown=shown, plan=plans[number])
        named[name_in(key)].append(Listed(number, key, entry))
    if listed is None:
        return Listing(sure=False, none_after=_NONE_AFTER)
    client_ids = {integer(each.get("clientId")) for each in own}
    scope_id = client_ids.pop() if len(client_ids) == 1 else None
    sure = len(readable) == len(entities)
    return Listing(ids, sure=sure, more=more, marks=marks, named=named, scope_id=max(scope_id or 0, 0))


def read_by_id(tree: Tree, client: str) -> Listing | None:
    """The set in the answer to a request for one id: a listing of it, or an empty one if no set has the id.

    What a CommServe answers for an id that no set has is not documented. A well-formed answer without a set is taken
    for that, and so is an `errorCode` under HTTP 200 or 404 whose words say so. Any other error says nothing about the
    set: it may speak of rights, or of a database that is busy.

    Args:
        tree: the answer.
        client: the client that the set should be of.
    """
    errors = [
        each for each in (tree, *items(tree, "response"), *items(tree, "error")) if integer(each.get("errorCode"))
    ]
    if errors:
        return Listing() if all(map(_NO_SUCH.search, map(_words, errors))) else None
    properties = items(tree, "backupsetProperties")
    if not properties:
        return None if tree.get("backupsetProperties") else Listing()
    entities = [entity for each in properties for entity in items(each, "backupSetEntity")]
    if len(entities) != 1 or _id_in(entities[0]) <= 0:
        return None
    listing, own = read_listing(tree, client), text(entities[0].get("clientName"))
    if listing is None:
        return None
    # Here an empty description is believed: a set whose mark is not shown bears none, as far as anyone can tell.
    marks = {_id_in(entities[0]): "", **listing.marks}
    return replace(listing, marks=marks, scope=own if plain(own) != plain(client) else "")


def _mark_of(properties: Any) -> str:
    """The mark in what is told of a set; empty if it has none, or if a listing leaves descriptions out."""
    if not isinstance(properties, dict) or "commonBackupSet" not in properties:  # as most listings
        return ""
    common = items(properties, "commonBackupSet")
    return mark_in(text(common[0].get("userDescription"))) if len(common) == 1 else ""


def _of_client(entities: Sequence[Tree], client: str) -> Sequence[Tree] | None:
    """Those of one client; None if there are several, and none of them bears the name."""
    if len({integer(each.get("clientId")) for each in entities} - {None}) <= 1:
        return entities
    own = {integer(each.get("clientId")) for each in entities if plain(text(each.get("clientName"))) == plain(client)}
    own.discard(None)
    return [each for each in entities if integer(each.get("clientId")) in own] if own else None


def _id_in(entity: Tree) -> int:
    return integer(entity.get("backupsetId")) or 0


def _app_id_in(entity: Tree) -> int:
    return integer(entity.get("applicationId")) or 0


def _plan_in(properties: Any) -> str | None:
    """See `Entry.plan`. Without a plan, `planEntity` is empty (recorded from real servers, in a list and by id)."""
    if not isinstance(properties, dict) or "planEntity" not in properties:
        return None
    if not properties["planEntity"]:
        return ""
    plan = items(properties, "planEntity")
    if len(plan) != 1:
        return None
    name = text(plan[0].get("planName"))
    return name if name or not integer(plan[0].get("planId")) else None
