"""The CommServe's clients, agents and instances, for a plan.

The vendor's messages about them, and the look-ups by which a plan finds out that there is no place for a row's backup
set. (A *client* is Commvault's word for a protected machine.)
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum, auto
from typing import Final, cast

from bulkprov.commvault.backupset import BackupSet, key_of
from bulkprov.commvault.identity import family, plain
from bulkprov.commvault.inventory_replies import agents_in, clients_in, instances_in
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import End, Listing, Reply, Verdict, value
from bulkprov.engine.ports import Lookups
from bulkprov.engine.wanted import Listed, Wanted, folded
from bulkprov.kind import Query
from bulkprov.wire import Tree, integer, items

__all__ = [
    "CLIENTS",
    "NameKind",
    "OtherName",
    "plan_lookups",
    "read_agents",
    "read_client",
    "read_clients",
    "read_instances",
]

_NAMED: Final = 3
"""Clients that a suggestion names."""


class NameKind(Enum):
    """What a name is of a client, if it is not the name of one in use."""

    DISPLAY = auto()
    """What the Command Center shows in place of its name."""
    HOST = auto()
    """The name of the machine in the network."""
    DELETED = auto()
    """Any name of a client that was deleted, and is still listed."""


@value(frozen=True, slots=True, kw_only=True)
class OtherName:
    """A name that leads to a client, though it is not the name of one in use."""

    client: str
    """The client's own name, as it is listed."""
    kind: NameKind


def read_clients(tree: Tree) -> Listing | None:
    """The clients in the answer to GET Client ("REST API - GET Client"): name (`folded`) to id; None for an error.

    Listed are those in use, each by its own name. What else they are called is in `Listing.named`, with an `OtherName`
    for each client that is called so; the names of deleted clients too. These are marked by `IsDeletedClient` (recorded
    from a real server; `tests/golden/recorded`). A client without a name is known by its display name.
    """
    if integer(tree.get("errorCode")):
        return None
    ids: dict[str, int] = {}
    others: defaultdict[str, list[Listed]] = defaultdict(list)
    for each in clients_in(tree):
        name = each.name or each.display
        if name and not each.deleted:
            ids.setdefault(folded(name), each.id)
        for called, kind in _called(name, each.display, each.host, deleted=each.deleted) if name else ():
            others[folded(called)].append(Listed(each.id, folded(name), OtherName(client=name, kind=kind)))
    return Listing(ids, sure=bool(ids or others), named=others)


def _called(name: str, display: str, host: str, *, deleted: bool) -> Iterable[tuple[str, NameKind]]:
    """What a client is called that does not name one in use."""
    if deleted:
        return [(each, NameKind.DELETED) for each in {name, display, host} if each]
    named = ((display, NameKind.DISPLAY), (host, NameKind.HOST))
    return [(called, kind) for called, kind in named if called and folded(called) != folded(name)]


def read_client(tree: Tree) -> Listing | None:
    """Whether a client is in use, from the answer to GET Client/{id}: itself under no name, or nothing if it is not.

    A retired client is still in the list of all clients; asked for by its id it is an errorCode without properties
    (seen by Apache CloudStack's client of this API).
    """
    if items(tree, "clientProperties"):
        return Listing({"": 1})
    return Listing() if integer(tree.get("errorCode")) else None


def read_agents(tree: Tree) -> Listing | None:
    """The agents in the answer to GET Agent?clientId=: the part of `key_of` that names one, to its id."""
    if integer(tree.get("errorCode")):
        return None
    ids = {key_of("", family(each.name, each.id), "", ""): each.id for each in agents_in(tree)}
    return Listing(ids, sure=bool(ids))


def read_instances(tree: Tree) -> Listing | None:
    """The instances in the answer to GET Instance?clientId=, as `read_agents`."""
    if integer(tree.get("errorCode")):
        return None
    ids = {key_of("", family(each.app, each.app_id), plain(each.name), ""): each.id for each in instances_in(tree)}
    return Listing(ids, sure=bool(ids))


_CAP: Final = 64 << 20
"""Bytes; some 90,000 clients."""

CLIENTS: Final = Query(path="Client", read=lambda tree, _: read_clients(tree), cap=_CAP)
"""All clients, whichever name is asked for."""
_CLIENT: Final = Query(path="Client/{}", read=lambda tree, _: read_client(tree), cap=_CAP)
_AGENTS: Final = Query(path="Agent", parameter="clientId", read=lambda tree, _: read_agents(tree), cap=_CAP)
_INSTANCES: Final = Query(path="Instance", parameter="clientId", read=lambda tree, _: read_instances(tree), cap=_CAP)


def plan_lookups(listed: SharedLookups, shared: Callable[[Query], SharedLookups], *, deep: bool) -> Lookups:
    """The look-ups of a plan of backup sets; see `kind.PlanLookups`."""
    inventory = _Inventory(clients=shared(_CLIENT), agents=shared(_AGENTS), instances=shared(_INSTANCES))
    return _ClientsFirst(shared(CLIENTS), listed, inventory if deep else None)


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
        for lookups, key, words in (
            (self.clients, "", f"client {want.client} is retired"),
            (self.agents, agent, f"client {want.client} has no agent {want.app}"),
            (self.instances, instance, f"agent {want.app} on client {want.client} has no instance {want.instance}"),
        ):
            verdict = await lookups.listing(str(number), asked_after)
            if verdict.listing is None:
                return verdict
            if verdict.listing.sure and key not in verdict.listing.ids:
                return replace(verdict, reply=Reply(no_place=True), listing=None, why=words)
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

    def known(self, want: Wanted, asked_after: float, target: int = 0) -> Verdict | None:  # noqa: ARG002 - see `Lookups`
        """Nothing is known without asking: several lists have to agree."""
        return None

    def kept(self, scope: str) -> Listing | None:
        """As `Lookups.kept`."""
        return self._lookups.kept(scope)

    def failures(self, scope: str) -> int:
        """As `Lookups.failures`."""
        return self._lookups.failures(scope)

    def fresh(self, scope: str, since: float) -> bool:
        """As `Lookups.fresh`."""
        return self._lookups.fresh(scope, since)

    async def by_id(self, want: Wanted, target: int) -> Verdict:
        """As `Lookups.by_id`."""
        return await self._lookups.by_id(want, target)

    async def get(self, want: Wanted, asked_after: float, target: int = 0, *, settles: bool = False) -> Verdict:
        """As `Lookups.get`; for a client that is not known, `Reply.no_place` and the nearest names.

        A display name is translated: the set is looked for under the client's own name, and the verdict says which one.
        """
        verdict = await self._clients.listing("", asked_after)
        if verdict.listing is None:
            return verdict
        names, want = verdict.listing.ids, cast("BackupSet", want)
        if folded(want.client) in names or not verdict.listing.sure:
            return await self._on(want, names.get(folded(want.client)), asked_after, target, settles=settles)
        client, words = _told(want.client, verdict.listing)
        if not client:
            return replace(verdict, reply=Reply(no_place=True), listing=None, why=words)
        own = replace(want, client=client)
        found = await self._on(own, names.get(folded(client)), asked_after, target, settles=settles)
        if found.end is not End.ANSWERED:
            return found
        return replace(found, why="; ".join(filter(None, (words, found.why))))

    async def _on(
        self, want: BackupSet, number: int | None, asked_after: float, target: int, *, settles: bool
    ) -> Verdict:
        """Whether a set is on a client that is known; `number` is the client's id."""
        found = await self._lookups.get(want, asked_after, target, settles=settles)
        if found.end is not End.ANSWERED or found.reply.id or not number or not self._inventory:
            return found
        return await self._inventory.lacks(want, number, asked_after) or found


def _told(name: str, clients: Listing) -> tuple[str, str]:
    """What a name is that no client in use has for its own.

    Returns:
        the name of the client whose display name it is, empty if there is no such client or several; and what to say.
    """
    others = [each.entry for each in clients.named.get(folded(name), ())]
    shown = sorted({each.client for each in others if each.kind is NameKind.DISPLAY})
    if len(shown) == 1:
        return shown[0], f'"{name}" is the display name of client {shown[0]}: write {shown[0]} instead'
    if shown:
        return "", f'"{name}" is the display name of several clients: write {_or(shown)} instead'
    missing = f"there is no client {name}"
    if hosts := sorted({each.client for each in others if each.kind is NameKind.HOST}):
        of = f"client {hosts[0]}" if len(hosts) == 1 else "several clients"
        return "", f"{missing}; it is the host name of {of}: write {_or(hosts)} instead"
    if others:
        return "", f"client {name} is deleted (retired) on the CommServe and takes no backup sets: name one in use"
    near = _near(folded(name), clients.ids)
    return "", f"{missing}; did you mean {' or '.join(near)}?" if near else missing


def _near(name: str, names: Iterable[str]) -> Sequence[str]:
    """The nearest names: those of the same machine in other domains, or in none; else those that look alike."""
    machine = name.partition(".")[0]
    same = [each for each in names if each.partition(".")[0] == machine]
    return sorted(same)[:_NAMED] or get_close_matches(name, names, n=_NAMED, cutoff=0.75)


def _or(names: Sequence[str]) -> str:
    """The first few names as a choice."""
    *first, last = names[:_NAMED]
    return f"{', '.join(first)} or {last}" if first else last
