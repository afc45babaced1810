"""The vendor's replies about backup sets, read: to a create or a delete, to a listing, and to a request by id.

It knows Commvault's field names and nothing of bytes, HTTP or rows. The pages obeyed are "REST API - POST Backup Set"
(`errorCode`, `errorString`, the two sample replies) and "REST API - GET Backup Set" (listing); what real servers
answered is in `tests/golden/recorded`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from bulkprov.commvault.backupset import DEFAULT_INSTANCE
from bulkprov.commvault.identity import Entry, ListedPlace, ListedPlaces, family, plain
from bulkprov.engine.marks import mark_in
from bulkprov.engine.model import Listing, Reply
from bulkprov.engine.wanted import Listed, key_from, name_in
from bulkprov.pieces import Steps, ended
from bulkprov.wire import Tree, integer, items, text

__all__ = ["listing_in", "read_by_id", "read_listing", "read_reply", "says_exists"]

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
_AT_A_TIME: Final = 500
"""Sets that are taken into a listing in one step: two milliseconds."""

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
    """The sets in the answer to a listing of one client, which is there as a whole; see `listing_in`."""
    return ended(listing_in((tree,), client))


class _Set(NamedTuple):
    """A listed set: what is kept of its entry, which is some times as large."""

    number: int
    client_id: int | None
    client: str
    shown: tuple[str, int, str]
    """See `ListedPlace.shown`."""
    name: str
    plan: str | None
    """See `Entry.plan`."""
    mark: str


def listing_in(pieces: Iterable[Tree], client: str) -> Steps[Listing | None]:
    """The sets in the answer to a listing of one client; None if the answer is an error instead.

    A list in which some entry cannot be read still shows what it shows, but is no proof that something is not there.

    Args:
        pieces: the answer; see `pieces.in_pieces`.
        client: the name that was asked for. All entries are this client's, whatever they call it: a listing may have
            display names. Only where they have several `clientId`s does the name tell which of them is meant.
    """
    sets: list[_Set] = []
    entries, is_list = 0, False
    once: dict[Any, Any] = {}
    for tree in pieces:
        if integer(tree.get("errorCode")) or any(integer(each.get("errorCode")) for each in items(tree, "response")):
            return None
        if "backupsetProperties" in tree:
            listed = tree["backupsetProperties"]
            is_list = is_list or listed is not None
            for properties in listed if isinstance(listed, list) else (listed,):
                entries += 1
                if told := _set_in(properties, once):
                    sets.append(told)
        yield
    if not is_list:
        return Listing(sure=False, none_after=_NONE_AFTER)
    own = _of_client(sets, client)
    return None if own is None else (yield from _listing_of(own, client, sure=len(sets) == entries))


def _set_in(properties: Any, once: dict[Any, Any]) -> _Set | None:
    """The set in an entry of a listing; None if it cannot be read.

    Args:
        properties: the entry.
        once: values that most entries share, so that each is kept once.
    """
    entity = next(iter(items(properties, "backupSetEntity")), None)
    if entity is None or (number := _id_in(entity)) <= 0 or not (name := text(entity.get("backupsetName"))):
        return None
    client = text(entity.get("clientName"))
    shown = text(entity.get("appName")), integer(entity.get("applicationId")) or 0, text(entity.get("instanceName"))
    return _Set(
        number,
        integer(entity.get("clientId")),
        once.setdefault(client, client),
        once.setdefault(shown, shown),
        name,
        _plan_in(properties),
        _mark_of(properties),
    )


def _of_client(sets: Sequence[_Set], client: str) -> Sequence[_Set] | None:
    """Those of one client; None if there are several, and none of them bears the name."""
    names = {each.client_id: each.client for each in sets if each.client_id is not None}
    if len(names) <= 1:
        return sets
    of_name = {name for name in {each.client for each in sets} if plain(name) == plain(client)}
    own = {each.client_id for each in sets if each.client in of_name} - {None}
    return [each for each in sets if each.client_id in own] if own else None


def _place(shown: tuple[str, int, str]) -> ListedPlace:
    return ListedPlace(app=family(shown[0], shown[1]), instance=plain(shown[2]), shown=shown)


def _listing_of(sets: Sequence[_Set], client: str, *, sure: bool) -> Steps[Listing]:
    """The listing of these sets, as the engine reads it."""
    found: dict[tuple[str, int, str], tuple[ListedPlace, str]] = {}
    for shown in {each.shown for each in sets}:
        place = _place(shown)
        found[shown] = place, key_from(client, place.app, place.instance or DEFAULT_INSTANCE, "")
    places = ListedPlaces(
        each=[place for place, _ in found.values()],
        instances={(place.app, place.instance) for place, _ in found.values()},
    )
    ids: dict[str, int] = {}
    more: dict[int, str] = {}
    marks: dict[int, str] = {}
    named: defaultdict[str, list[Listed]] = defaultdict(list)
    for begun in range(0, len(sets), _AT_A_TIME):
        for each in sets[begun : begun + _AT_A_TIME]:
            number, (place, start) = each.number, found[each.shown]
            key = start + plain(each.name)
            first = min(number, ids.get(key, number))  # of two sets of one name it is the older one
            if key in ids:
                more[max(number, ids[key])] = key
            ids[key] = first
            if each.mark:
                marks[number] = each.mark
            entry = Entry(place=place, places=places, name=each.name, plan=each.plan)
            named[name_in(key)].append(Listed(number, key, entry))
        yield
    client_ids = {each.client_id for each in sets}
    scope_id = client_ids.pop() if len(client_ids) == 1 else None
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


def _id_in(entity: Tree) -> int:
    return integer(entity.get("backupsetId")) or 0


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
