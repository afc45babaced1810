"""What a probe asks without making anything: version, clients, the client's agents and sets.

Each question fills in some of the findings. What this user may not read, or this CommServe does not know, stays open;
only a client that is not there ends the probe.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from bulkprov.commvault.backupset import DEFAULT_APP, DEFAULT_INSTANCE
from bulkprov.commvault.identity import family, plain
from bulkprov.errors import ServerError, SettingsError
from bulkprov.probe.answers import Heard, form_of_listing
from bulkprov.probe.findings import AgentSeen, Findings
from bulkprov.probe.scratch import Listed, sets_in
from bulkprov.probe.server import Server
from bulkprov.wire import Tree, integer, items, text

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


async def read(
    server: Server, findings: Findings, *, client: str, app: str, instance: str, agents: Iterable[str], nowhere: str
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

    Raises:
        SettingsError: there is no such client, or no such instance.
        ServerError: the client's sets cannot be listed.
    """
    findings.version = _version(await server.get("CommServ"))
    client_id, name = _client(await server.get("Client"), findings, client)
    named = _agents(await server.get("Agent", clientId=str(client_id)))
    instances = _instances(await server.get("Instance", clientId=str(client_id)))
    by_id = await server.get("Backupset", clientId=str(client_id))
    by_name = await server.get("Backupset", clientName=name)
    findings.no_client_list = form_of_listing(await server.get("Backupset", clientName=nowhere))
    if form_of_listing(by_id) in ("error", "other"):
        raise ServerError(f"the backup sets of client {client} cannot be listed: {by_id.words}")
    sets = sets_in(by_id)
    findings.same_by_name = sets.keys() == sets_in(by_name).keys()
    if sets:
        findings.listed_otherwise = any(plain(each.client) != plain(name) for each in sets.values())
    findings.agents = _spelled(agents, named, [*sets.values()])
    app, instance = _place(app, instance, instances, named)
    highest = max((*sets, *sets_in(by_name)), default=0)
    return Place(client=name, client_id=client_id, app=app, instance=instance, before=frozenset(sets), highest=highest)


def _version(heard: Heard) -> str:
    """What `GET CommServ` says of the version ("REST API - GET CommServ", and seen in cvpysdk 11.44); else nothing."""
    tree = heard.tree or {}
    info = next(iter(items(tree, "commcell")), {})
    candidates = (tree.get("csVersionInfo"), info.get("csVersionInfo"), tree.get("releaseName"))
    version = next(filter(None, map(text, candidates)), "")
    return version if heard.status == HTTPStatus.OK else ""


def _client(heard: Heard, findings: Findings, wanted: str) -> tuple[int, str]:
    """The client's id and name, from the list of all clients."""
    if heard.status != HTTPStatus.OK or heard.tree is None:
        raise ServerError(f"the list of clients cannot be read: {heard.words}")
    properties = items(heard.tree, "clientProperties")
    findings.clients = len(properties)
    findings.display_names, found = False, (0, "")
    for each in properties:
        deleted = any(_is_true(props.get("IsDeletedClient")) for props in items(each, "clientProps"))
        findings.deleted_clients += deleted
        entity = _first(_first(each, "client"), "clientEntity")
        name, shown = text(entity.get("clientName")), text(entity.get("displayName"))
        findings.display_names |= bool(shown) and plain(shown) != plain(name)
        if not deleted and plain(wanted) in (plain(name), plain(shown)):
            found = integer(entity.get("clientId")) or 0, name
    if not found[0]:
        raise SettingsError(f"--client {wanted}: the CommServe has no such client, or this user does not see it")
    return found


def _agents(heard: Heard) -> dict[str, int]:
    """The client's agents: name to applicationId."""
    found = {}
    for each in items(heard.tree, "agentProperties"):
        entity = _first(each, "idaEntity")
        found[text(entity.get("appName"))] = integer(entity.get("applicationId")) or 0
    found.pop("", None)
    return found


def _instances(heard: Heard) -> list[tuple[str, str]]:
    """The client's instances: agent and name."""
    entities = [_first(each, "instance") for each in items(heard.tree, "instanceProperties")]
    return [(text(entity.get("appName")), text(entity.get("instanceName"))) for entity in entities]


def _place(app: str, instance: str, instances: list[tuple[str, str]], agents: dict[str, int]) -> tuple[str, str]:
    """The agent and instance to make sets under, once it is known that the client has them."""
    app, instance = app or DEFAULT_APP, instance or DEFAULT_INSTANCE
    if agents and family(app) not in {family(name, number) for name, number in agents.items()}:
        raise SettingsError(f"--app {app}: the client's agents are {', '.join(sorted(agents))}")
    own = [name for of, name in instances if family(of) == family(app)]
    if own and plain(instance) not in map(plain, own):
        raise SettingsError(f"--instance {instance}: the instances of {app} on this client are {', '.join(own)}")
    return app, instance


def _spelled(wanted: Iterable[str], named: dict[str, int], sets: list[Listed]) -> tuple[AgentSeen, ...]:
    """How agents are spelled: those that sheets name and the client has, then those that the client has besides."""
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
    found += [AgentSeen(wanted="", listed=name, listed_number=number, known=False) for name, number in listed.items()]
    return tuple(found)


def _first(tree: Tree, key: str) -> Tree:
    return next(iter(items(tree, key)), {})


def _is_true(value: object) -> bool:
    return value is True or str(value).casefold() in ("true", "1")
