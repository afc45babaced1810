"""What a probe asks without making anything: version, clients, the client's agents and sets.

Each question fills in some of the findings. What this user may not read, or this CommServe does not know, stays open;
only a client that is not there ends the probe.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from http import HTTPStatus

from bulkprov.commvault.backupset import DEFAULT_APP, DEFAULT_INSTANCE
from bulkprov.commvault.backupset_columns import APP_NAMES, OTHER_APP_NAMES
from bulkprov.commvault.identity import family, plain
from bulkprov.commvault.inventory_replies import InstanceEntry, agents_in, clients_in, instances_in
from bulkprov.errors import ServerError, SettingsError
from bulkprov.probe.answers import Heard, form_of_listing
from bulkprov.probe.findings import AgentSeen, Findings
from bulkprov.probe.hidden import Hidden, names_in
from bulkprov.probe.server import Server
from bulkprov.probe.sets import Listed, sets_in, shown_to
from bulkprov.sheets.nearest import Nearest
from bulkprov.wire import integer, items, text

__all__ = ["Place", "read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the probe may make its sets, and what is there."""

    client: str
    client_id: int
    app: str
    instance: str
    before: frozenset[int]
    """Ids of the client's sets."""
    highest: int
    """The highest id that was seen."""
    has: str
    """What the client has, for a person."""


async def read(
    server: Server,
    findings: Findings,
    *,
    client: str,
    app: str,
    instance: str,
    agents: Iterable[str],
    nowhere: str,
    hidden: Hidden,
) -> Place:
    """Ask all that can be asked without making anything.

    Args:
        server: to ask.
        findings: to fill in.
        client: name of the client.
        app: the agent under which sets may be made later.
        instance: its instance.
        agents: names of agents that sheets use.
        nowhere: a name that no client has.
        hidden: gets all names that are read.

    Raises:
        SettingsError: there is no such client, or no such agent or instance on it.
        ServerError: the clients, or the client's sets, cannot be listed.
    """
    commserve = await server.get("CommServ")
    hidden.add("SERVER", *names_in(commserve.tree))
    findings.version = _version(commserve)
    client_id, name = _client(await server.needed("Client"), findings, client, hidden)
    agents_heard = await server.needed("Agent", clientId=str(client_id))
    named = {each.name: each.id for each in agents_in(agents_heard.tree)}
    listed = await server.needed("Instance", clientId=str(client_id))
    hidden.add("OTHER", *names_in(listed.tree))
    instances = [*instances_in(listed.tree)]
    app, instance = _place(app, instance, instances, named)
    by_id = await server.needed("Backupset", clientId=str(client_id))
    by_name = await server.get("Backupset", clientName=name)
    findings.no_client_list = form_of_listing(await server.get("Backupset", clientName=nowhere))
    if (shown := shown_to(by_id, client_id, frozenset())).problem:
        raise ServerError(f"client {name}: {shown.problem}")
    sets, findings.list_by_name = shown.sets, form_of_listing(by_name)
    hidden.add("ID", str(client_id), *map(str, sets))
    hidden.add("OTHER", *names_in(by_id.tree))
    if findings.list_by_name not in ("error", "other"):
        findings.same_by_name = await _is_same(server, sets.keys(), sets_in(by_name).keys(), client_id)
    if sets:
        findings.listed_otherwise = any(plain(each.client) != plain(name) for each in sets.values())
    findings.agents = _spelled(agents, named, [*sets.values()])
    highest = max((*sets, *sets_in(by_name)), default=0)
    return Place(
        client=name,
        client_id=client_id,
        app=app,
        instance=instance,
        before=frozenset(sets),
        highest=highest,
        has=f"agents {', '.join(named) or 'unknown'}; instances: {len(instances)}; sets: {len(sets)}",
    )


async def _is_same(server: Server, by_id: AbstractSet[int], by_name: AbstractSet[int], client_id: int) -> bool:
    """Whether a client's list by name has the sets that the one by id has.

    If not, that one is read again: another program may have made a set, or deleted one, between the two.
    """
    return by_id == by_name or sets_in(await server.get("Backupset", clientId=str(client_id))).keys() == by_name


def _version(heard: Heard) -> str:
    """What `GET CommServ` says of the version ("REST API - GET CommServ", and seen in cvpysdk 11.44); else nothing."""
    tree = heard.tree or {}
    info = next(iter(items(tree, "commcell")), {})
    candidates = (tree.get("csVersionInfo"), info.get("csVersionInfo"), tree.get("releaseName"))
    version = next(filter(None, map(text, candidates)), "")
    return version if heard.status == HTTPStatus.OK else ""


def _client(heard: Heard, findings: Findings, wanted: str, hidden: Hidden) -> tuple[int, str]:
    """The client's id and name, from the list of all clients.

    A client is meant by its name, or by a display name that no other client has as either: sets are made on it.
    """
    if heard.signed_out:
        raise ServerError(f"the server does not accept the token: the list of clients was answered with {heard.words}")
    if heard.status != HTTPStatus.OK or heard.tree is None or integer(heard.tree.get("errorCode")):
        raise ServerError(f"the list of clients was answered with {heard.words}; is the --server URL right?")
    if not plain(wanted):  # some clients have no display name
        raise SettingsError("--client is empty: name the scratch client")
    clients = [*clients_in(heard.tree)]
    findings.clients, findings.deleted_clients = len(clients), sum(each.deleted for each in clients)
    findings.display_names = any(each.display and plain(each.display) != plain(each.name) for each in clients)
    used = [each for each in clients if not each.deleted and each.id]
    found = [each for each in used if plain(each.name) == plain(wanted)]
    found = found or [each for each in used if plain(each.display) == plain(wanted)]
    if len(found) == 1:
        (one,) = found
        hidden.add("CLIENT", wanted, one.name, one.display, given=True)
        for each in clients:
            hidden.add("CLIENT" if each is one else "OTHER", *names_in(each.entity))
        return one.id, one.name
    if found:
        raise SettingsError(f"--client {wanted}: {len(found)} clients are shown under this name; give the client's own")
    if any(plain(wanted) in (plain(each.name), plain(each.display)) for each in clients):
        raise SettingsError(f"--client {wanted}: this client is deleted")
    near = Nearest([plain(each.name) for each in used], shortest=4).to(plain(wanted))
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise SettingsError(f"--client {wanted}: the CommServe has no such client, or this user does not see it{hint}")


def _place(app: str, instance: str, instances: list[InstanceEntry], agents: dict[str, int]) -> tuple[str, str]:
    """The agent and instance to make sets under, once it is known that the client has them."""
    app, instance = app or DEFAULT_APP, instance or DEFAULT_INSTANCE
    if agents and family(app) not in {family(name, number) for name, number in agents.items()}:
        raise SettingsError(f"--app {app}: the client's agents are {', '.join(sorted(agents))}")
    own = [each.name for each in instances if family(each.app, each.app_id) == family(app)]
    if own and plain(instance) not in map(plain, own):
        raise SettingsError(f"--instance {instance}: the instances of {app} on this client are {', '.join(own)}")
    return app, instance


def _spelled(wanted: Iterable[str], named: dict[str, int], sets: list[Listed]) -> tuple[AgentSeen, ...]:
    """How agents are spelled: those that sheets name and the client has, then those that no sheet can name."""
    listed = {each.app: each.app_id for each in sets}
    found = []
    for app in wanted:
        names = [name for name, number in named.items() if family(name, number) == family(app)]
        shown = [name for name, number in listed.items() if family(name, number) == family(app)]
        if names or shown:
            name, other = next(iter(names), ""), next(iter(shown), "")
            found.append(
                AgentSeen(
                    wanted=app,
                    named=name,
                    number=named.get(name, 0),
                    listed=other,
                    listed_number=listed.get(other, 0),
                )
            )
            for each in names:
                named = {name: number for name, number in named.items() if name != each}
            listed = {name: number for name, number in listed.items() if name not in shown}
    families = set(map(family, (*APP_NAMES, *OTHER_APP_NAMES)))
    strange = {name: number for name, number in listed.items() if family(name, number) not in families}
    found += [AgentSeen(wanted="", listed=name, listed_number=number, known=False) for name, number in strange.items()]
    return tuple(found)
