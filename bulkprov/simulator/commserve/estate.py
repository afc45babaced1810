"""The estate: what exists before the first request, from clients and their agents to plans and backup sets.

Plain values, derived from the settings alone. The default estate is described in `bulkprov.simulator`, because the
sample sheets rely on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bulkprov.errors import SettingsError
from bulkprov.simulator.settings import EstateSet, SimulatorSettings

__all__ = [
    "APPLICATION_IDS",
    "DEFAULT_SET",
    "FIRST_CLIENT_ID",
    "FIRST_CREATED_ID",
    "Estate",
    "application",
    "display_name",
    "estate_of",
    "instance_id",
    "listed_agent",
    "shown_agent",
    "told_of_clients",
]

APPLICATION_IDS: Final[dict[str, int]] = {
    "Exchange Database": 53,
    "File System": 33,  # that of Windows; RECORDED too, and in the sample replies of rest_api_post_backup_set.html
    "MySQL": 104,
    "NAS": 13,
    "Notes Database": 51,  # GUESS
    "Oracle": 22,
    "Oracle RAC": 80,
    "PostgreSQL": 125,
    "SAP for MAX DB": 79,  # GUESS
    "SAP for Oracle": 61,
    "SQL Server": 81,  # RECORDED: the Postman collection
    "Sybase Database": 5,  # SEEN in cvpysdk 11.44, instance.py
    "Virtual Server": 106,  # RECORDED: instances.json
}
"""The 13 agents that can have backup sets (DOCUMENTED: rest_api_post_backup_set.html), with their application ids
(DOCUMENTED: appname_parameter.html)."""

DEFAULT_SET: Final = "defaultBackupSet"
"""The set that each instance has from the start: SEEN in cvpysdk 11.44, which finds it by this name."""

FIRST_CLIENT_ID: Final = 2
"""The id of client001 in the vendor's sample reply."""

FIRST_CREATED_ID: Final = 931
"""The id in the vendor's sample reply. The estate's own sets have lower ids, unless there are too many of them."""

_PLANS: Final = ("Gold", "Silver", "Bronze")
_DEFAULT_INSTANCE: Final = "DefaultInstanceName"
_FILE_SYSTEM: Final = "File System"
_NAS: Final = "NAS"
_NDMP: Final = "NDMP"
_WINDOWS: Final = 33
_PLATFORMS: Final = (
    ("Windows File System", _WINDOWS),
    ("Linux File System", 29),
    ("AIX File System", 21),
    ("HP-UX Files System", 17),
    ("FreeBSD File System", 74),
    ("OES File System on Linux", 86),
)
"""The file system's agents with their application ids: DOCUMENTED in appname_parameter.html ("Files" too)."""

_APPS_BY_FOLDED_NAME: Final = (
    {name.casefold(): name for name in APPLICATION_IDS}
    | {name.casefold(): _FILE_SYSTEM for name, _ in _PLATFORMS}
    | {_NDMP.casefold(): _NAS}
)
_LEGACY_CLIENTS: Final = 5
_FURTHER_AGENTS: Final = (
    (range(1, 11), "SQL Server", "{CLIENT}\\SQLEXPRESS"),
    (range(11, 16), "Oracle", "ORCL"),
    (range(16, 21), "Virtual Server", "VMware"),
)
"""Clients of the default estate by number, the agent they have besides the file system's, and its instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """What exists before the first request."""

    clients: tuple[str, ...]
    instances: tuple[tuple[str, str, str], ...]
    """Client, agent and instance; an agent exists through its instances."""
    plans: tuple[str, ...]
    sets: tuple[EstateSet, ...]
    default_sets: bool
    """Whether each instance has the default set."""
    retired: frozenset[str]
    """Names of the retired clients, case-folded."""


def application(name: str) -> str | None:
    """The agent's name as the vendor writes it, or None if it cannot have backup sets.

    Case does not matter, SEEN: cvpysdk 11.44 sends names in lower case. It also takes the agent of any file system
    ("Linux File System") for the one that sets are created for. NDMP is NAS: see `listed_agent`.
    """
    folded = name.strip().casefold()
    if folded.endswith(f" {_FILE_SYSTEM.casefold()}"):
        return _FILE_SYSTEM
    return _APPS_BY_FOLDED_NAME.get(folded)


def listed_agent(app: str, client_id: int) -> tuple[str, int]:
    """The name and application id under which lists of sets and subclients name an agent.

    RECORDED (listing.json, listing-linux.json): that of the client's platform, which its id decides. NDMP is SEEN in
    cvpysdk 11.44, backupset.py: so servers call NAS from SP12 on.
    """
    if app == _FILE_SYSTEM:
        return _PLATFORMS[(client_id - FIRST_CLIENT_ID) % len(_PLATFORMS)]
    return (_NDMP if app == _NAS else app), APPLICATION_IDS[app]


def shown_agent(app: str, client_id: int) -> tuple[str, int]:
    """The name and application id under which agents, instances and reads by id name an agent.

    RECORDED (agents.json, instances.json): "File System" on Windows, where lists of sets have "Windows File System";
    the platform's own name on Linux. That other platforms are like Linux is a GUESS.
    """
    name, number = listed_agent(app, client_id)
    return (_FILE_SYSTEM, number) if number == _WINDOWS else (name, number)


def display_name(client: str, client_id: int) -> str:
    """The name that a client is displayed under where that is not its name."""
    return f"{client} ({client_id})"


def instance_id(app: str, instance: str, otherwise: int) -> int:
    """The id under which an instance is shown.

    SEEN in cvpysdk 11.44, instance.py: the file system's DefaultInstanceName has the id 1 on every client, without
    being asked for.
    """
    is_default = app == _FILE_SYSTEM and instance.casefold() == _DEFAULT_INSTANCE.casefold()
    return 1 if is_default else otherwise


def estate_of(settings: SimulatorSettings) -> Estate:
    """The estate that the settings describe.

    Raises:
        SettingsError: one of its sets belongs to an agent that cannot have backup sets.
    """
    sets = tuple(_default_sets(settings.clients) if settings.estate is None else settings.estate)
    instances: dict[tuple[str, ...], tuple[str, str, str]] = {}
    for each in sets:
        for instance in (
            (each.client, _FILE_SYSTEM, _DEFAULT_INSTANCE),
            (each.client, _known_application(each), each.instance),
        ):
            instances.setdefault(tuple(map(str.casefold, instance)), instance)
    # Reversed, so that each client is spelled as in the first row that names it.
    clients = {client.casefold(): client for client, _, _ in reversed(instances.values())}
    plans = {plan.casefold(): plan for plan in (*_PLANS, *(each.plan for each in sets if each.plan))}
    return Estate(
        clients=tuple(reversed(clients.values())),
        instances=tuple(instances.values()),
        plans=tuple(plans.values()),
        sets=tuple(each for each in sets if each.name),
        default_sets=settings.default_sets,
        retired=frozenset(name.casefold() for name in settings.retired_clients),
    )


def _known_application(each: EstateSet) -> str:
    if app := application(each.app):
        return app
    raise SettingsError(f"simulator: {each.client} cannot have the agent {each.app!r}; backup sets know no such agent")


def told_of_clients(clients: int) -> str:
    """Which clients the default estate has, which of them have which agents, and its plans, in a line."""
    further = [
        f"{numbers[0]:03d} to {numbers[-1]:03d} with {app}"
        for numbers, app, _ in _FURTHER_AGENTS
        if numbers[-1] <= clients
    ]
    more = f"; also {', '.join(further)}" if further else ""
    return f"Clients: {_client(1)} to {_client(clients)}, with File System{more}. Plans: {', '.join(_PLANS)}."


def _client(number: int) -> str:
    return f"client{number:03d}"


def _default_sets(clients: int) -> Iterator[EstateSet]:
    for number in range(1, clients + 1):
        client = _client(number)
        yield EstateSet(client=client, name="FS_Legacy_01" if number <= _LEGACY_CLIENTS else "")
        for numbers, app, instance in _FURTHER_AGENTS:
            if number in numbers:
                yield EstateSet(client=client, app=app, instance=instance.format(CLIENT=client.upper()))
                yield EstateSet(client=client, app=app)
