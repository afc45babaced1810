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
    "FIRST_CREATED_ID",
    "Estate",
    "application",
    "estate_of",
    "instance_id",
    "recorded_agent",
]

APPLICATION_IDS: Final[dict[str, int]] = {
    "Exchange Database": 53,  # GUESS
    "File System": 33,  # DOCUMENTED: the sample replies of rest_api_post_backup_set.html
    "MySQL": 104,  # SEEN in cvpysdk 11.44, instance.py
    "NAS": 13,  # GUESS
    "Notes Database": 51,  # GUESS
    "Oracle": 22,  # GUESS
    "Oracle RAC": 80,  # GUESS
    "PostgreSQL": 125,  # GUESS
    "SAP for MAX DB": 79,  # GUESS
    "SAP for Oracle": 61,  # GUESS
    "SQL Server": 81,  # SEEN in cvpysdk 11.44, instances/sqlinstance.py
    "Sybase Database": 5,  # SEEN in cvpysdk 11.44, instance.py
    "Virtual Server": 106,  # SEEN in cvpysdk 11.44, constants.py
}
"""The 13 agents that can have backup sets (DOCUMENTED: rest_api_post_backup_set.html), with their application ids."""

DEFAULT_SET: Final = "defaultBackupSet"
"""The set that each instance has from the start: SEEN in cvpysdk 11.44, which finds it by this name."""

FIRST_CREATED_ID: Final = 931
"""The id in the vendor's sample reply. The estate's own sets have lower ids, unless there are too many of them."""

_PLANS: Final = ("Gold", "Silver", "Bronze")
_DEFAULT_INSTANCE: Final = "DefaultInstanceName"
_FILE_SYSTEM: Final = "File System"
_APPS_BY_FOLDED_NAME: Final = {name.casefold(): name for name in APPLICATION_IDS}
_PLATFORMS: Final = (
    ("Windows File System", 33),
    ("Linux File System", 29),
    ("AIX File System", 21),
    ("HP-UX Files System", 17),
    ("FreeBSD File System", 74),
    ("OES File System on Linux", 86),
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
    ("Linux File System") for the one that sets are created for.
    """
    folded = name.strip().casefold()
    if folded.endswith(f" {_FILE_SYSTEM.casefold()}"):
        return _FILE_SYSTEM
    return _APPS_BY_FOLDED_NAME.get(folded)


def recorded_agent(app: str, client_id: int) -> tuple[str, int]:
    """The name and application id under which real servers list an agent's sets.

    Windows and Linux are recorded; the others are DOCUMENTED ("appname_parameter"); NDMP is SEEN in cvpysdk 11.44. A
    client's id decides which platform it has.
    """
    if app == _FILE_SYSTEM:
        return _PLATFORMS[client_id % len(_PLATFORMS)]
    return ("NDMP" if app == "NAS" else app), APPLICATION_IDS[app]


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


def _default_sets(clients: int) -> Iterator[EstateSet]:
    for number in range(1, clients + 1):
        client = f"client{number:03d}"
        yield EstateSet(client=client, name="FS_Legacy_01" if number <= _LEGACY_CLIENTS else "")
        for numbers, app, instance in _FURTHER_AGENTS:
            if number in numbers:
                yield EstateSet(client=client, app=app, instance=instance.format(CLIENT=client.upper()))
                yield EstateSet(client=client, app=app)
