"""The CommServe's clients, agents and instances, for a plan.

The vendor's messages about them, and the look-ups by which a plan finds out that there is no place for a row's backup
set. (A *client* is Commvault's word for a protected machine.)
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, cast

from bulkprov.commvault.backupset import BackupSet, key_of
from bulkprov.commvault.identity import family, plain
from bulkprov.commvault.inventory_replies import agents_in, clients_in, instances_in
from bulkprov.commvault.place_names import (
    NewestNames,
    OtherName,
    no_agent,
    no_instance,
    other_names,
    retired,
    set_places,
)
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import End, Listing, Reply, Verdict
from bulkprov.engine.ports import Lookups
from bulkprov.engine.priority import Priority
from bulkprov.engine.wanted import Listed, Wanted, folded
from bulkprov.kind import Advise, Query
from bulkprov.pieces import Steps, at_once, ended
from bulkprov.wire import Tree, integer, items

__all__ = [
    "CLIENTS",
    "advice",
    "all_clients",
    "plan_lookups",
    "read_agents",
    "read_client",
    "read_clients",
    "read_instances",
]


def read_clients(tree: Tree) -> Listing | None:
    """The clients in the answer to GET Client ("REST API - GET Client"): name (`folded`) to id; None for an error.

    Listed are those in use, each by its own name. What else they are called is in `Listing.named`, with an `OtherName`
    for each client that is called so; the names of deleted clients too. These are marked by `IsDeletedClient` (recorded
    from a real server; `tests/golden/recorded`). A client without a name is known by its display name.
    """
    return ended(all_clients((tree,)))


def all_clients(pieces: Iterable[Tree]) -> Steps[Listing | None]:
    """The same, from an answer in pieces."""
    ids: dict[str, int] = {}
    others: defaultdict[str, list[Listed]] = defaultdict(list)
    for tree in pieces:
        if integer(tree.get("errorCode")):
            return None
        for each in clients_in(tree):
            name = each.name or each.display
            if name and not each.deleted:
                ids.setdefault(folded(name), each.id)
            for called, kind in other_names(each) if name else ():
                others[folded(called)].append(Listed(each.id, folded(name), OtherName(client=name, kind=kind)))
        yield
    return Listing(ids, sure=bool(ids or others), named=others)


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

    The entries are in `Listing.named`, under no name.
    """
    if integer(tree.get("errorCode")):
        return None
    listed = [Listed(each.id, key_of("", family(each.name, each.id), "", ""), each) for each in agents_in(tree)]
    return _listing(listed)


def read_instances(tree: Tree) -> Listing | None:
    """The instances in the answer to GET Instance?clientId=, as `read_agents`."""
    if integer(tree.get("errorCode")):
        return None
    listed = [
        Listed(each.id, key_of("", family(each.app, each.app_id), plain(each.name), ""), each)
        for each in instances_in(tree)
    ]
    return _listing(listed)


def _listing(listed: Sequence[Listed]) -> Listing:
    return Listing({each.key: each.id for each in listed}, sure=bool(listed), named={"": listed})


_CAP: Final = 64 << 20
"""Bytes; some 90,000 clients."""

CLIENTS: Final = Query(path="Client", read=lambda pieces, _: all_clients(pieces), cap=_CAP)
"""All clients, whichever name is asked for."""
_CLIENT: Final = Query(path="Client/{}", read=at_once(lambda tree, _: read_client(tree)), cap=_CAP)
_AGENTS: Final = Query(path="Agent", parameter="clientId", read=at_once(lambda tree, _: read_agents(tree)), cap=_CAP)
_INSTANCES: Final = Query(
    path="Instance", parameter="clientId", read=at_once(lambda tree, _: read_instances(tree)), cap=_CAP
)


def plan_lookups(listed: SharedLookups, shared: Callable[[Query], SharedLookups], *, deep: bool) -> Lookups:
    """The look-ups of a plan of backup sets; see `kind.PlanLookups`."""
    inventory = _Inventory(clients=shared(_CLIENT), agents=shared(_AGENTS), instances=shared(_INSTANCES))
    return _ClientsFirst(shared(CLIENTS), listed, inventory if deep else None)


def advice() -> Advise[BackupSet]:
    """What says more of refusals of backup sets; see `kind.Advise`."""
    names = NewestNames()

    def words(want: BackupSet, clients: Listing | None, sets: Listing | None) -> str:
        if clients and clients.sure and folded(want.client) not in clients.ids:
            return names.of(clients).told(want.client)[1]
        return set_places(want, sets) if sets else ""

    return words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inventory:
    """What a client consists of, by lists that all its rows share; each is asked for by the client's id."""

    clients: SharedLookups
    """Whether it is in use: a retired client is listed, and takes no backup sets."""
    agents: SharedLookups
    instances: SharedLookups

    async def lacks(self, want: BackupSet, number: int, asked_after: float) -> Verdict | None:
        """Why the client has no place for this backup set, or a look that could not tell; None if it has one.

        Args:
            want: the backup set in question.
            number: the client's id.
            asked_after: see `Lookups.get`.
        """
        agent, instance = key_of("", want.app, "", ""), key_of("", want.app, want.instance, "")
        asked: Sequence[tuple[SharedLookups, str, Callable[[Sequence[Any]], str]]] = (
            (self.clients, "", lambda _: retired(want)),
            (self.agents, agent, partial(no_agent, want)),
            (self.instances, instance, partial(no_instance, want)),
        )
        for lookups, key, words in asked:
            verdict = await lookups.listing(str(number), asked_after)
            if verdict.listing is None:
                return verdict
            if verdict.listing.sure and key not in verdict.listing.ids:
                entries = [each.entry for each in verdict.listing.named.get("", ())]
                return replace(verdict, reply=Reply(no_place=True), listing=None, why=words(entries))
        return None


class _ClientsFirst:
    """Look-ups that first make sure, by one list of all clients, that the CommServe knows the client at all."""

    def __init__(self, clients: SharedLookups, lookups: SharedLookups, inventory: _Inventory | None) -> None:
        """Put them together.

        Args:
            clients: fetches the list of all clients, whichever name it is asked for.
            lookups: the clients' backup sets.
            inventory: asked about a set that is not there, if that is wanted.
        """
        self._clients, self._lookups, self._inventory = clients, lookups, inventory
        self._names = NewestNames()

    def known(self, want: Wanted, asked_after: float, target: int = 0) -> Verdict | None:  # noqa: ARG002 - see `Lookups`
        """Nothing is known without asking: several lists have to agree."""
        return None

    def shows(self, want: Wanted, asked_after: float, target: int) -> bool:  # noqa: ARG002 - see `Lookups`
        """Likewise."""
        return False

    def kept(self, scope: str) -> Listing | None:
        """As `Lookups.kept`."""
        return self._lookups.kept(scope)

    def failures(self, scope: str) -> int:
        """As `Lookups.failures`."""
        return self._lookups.failures(scope)

    def fresh(self, scope: str, since: float) -> bool:
        """As `Lookups.fresh`."""
        return self._lookups.fresh(scope, since)

    def room(self) -> int:
        """As `Lookups.room`."""
        return self._lookups.room()

    async def by_id(self, want: Wanted, target: int) -> Verdict:
        """As `Lookups.by_id`."""
        return await self._lookups.by_id(want, target)

    async def get(
        self, want: Wanted, asked_after: float, target: int = 0, *, priority: Priority = Priority.READ
    ) -> Verdict:
        """As `Lookups.get`; for a client that is not known, `Reply.no_place` and the nearest names.

        A display name is translated: the set is looked for under the client's own name, and the verdict says which one.
        """
        verdict = await self._clients.listing("", asked_after)
        if verdict.listing is None:
            return verdict
        names, want = verdict.listing.ids, cast("BackupSet", want)
        if folded(want.client) in names or not verdict.listing.sure:
            return await self._on(want, names.get(folded(want.client)), asked_after, target, priority=priority)
        client, words = self._names.of(verdict.listing).told(want.client)
        if not client:
            return replace(verdict, reply=Reply(no_place=True), listing=None, why=words)
        own = replace(want, client=client)
        found = await self._on(own, names.get(folded(client)), asked_after, target, priority=priority)
        if found.end is not End.ANSWERED:
            return found
        return replace(found, why="; ".join(filter(None, (words, found.why))))

    async def _on(
        self, want: BackupSet, number: int | None, asked_after: float, target: int, *, priority: Priority
    ) -> Verdict:
        """Whether a set is on a client that is known; `number` is the client's id."""
        found = await self._lookups.get(want, asked_after, target, priority=priority)
        if found.end is not End.ANSWERED or found.reply.id or not number or not self._inventory:
            return found
        return await self._inventory.lacks(want, number, asked_after) or found
