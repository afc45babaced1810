"""The estate a fresh CommServe is filled with: clients, their agents and instances, plans, and sets already there.

Plain values, made from the settings and nothing else. The default estate is described in the package's docstring,
because the sample sheets rely on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bulkprov.errors import SettingsError
from bulkprov.simulator.settings import EstateSet, SimulatorSettings

__all__ = ["APPLICATION_IDS", "DEFAULT_SET", "FIRST_CREATED_ID", "Estate", "application", "estate_of", "instance_id"]

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
"""The 13 agents a backup set can be created for (DOCUMENTED: rest_api_post_backup_set.html), and their ids."""

DEFAULT_SET: Final = "defaultBackupSet"
"""SEEN in cvpysdk 11.44, which takes the set of this name as the one each instance has from the start."""

FIRST_CREATED_ID: Final = 931
"""The id of the vendor's sample reply; the estate's own sets are below it, unless it is larger than that."""

_PLANS: Final = ("Gold", "Silver", "Bronze")
_DEFAULT_INSTANCE: Final = "DefaultInstanceName"
_APPS_BY_FOLDED_NAME: Final = {name.casefold(): name for name in APPLICATION_IDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """What is there before the first request."""

    clients: tuple[str, ...]
    instances: tuple[tuple[str, str, str], ...]
    """Client, agent, instance; an agent is there because it has an instance."""
    plans: tuple[str, ...]
    sets: tuple[EstateSet, ...]
    retired: frozenset[str]
    """Names of retired clients, without case."""


def application(name: str) -> str | None:
    """The agent's name as the vendor writes it, or None if a backup set cannot be created for it.

    Names are compared without case, SEEN: cvpysdk 11.44 sends them in lower case. It also takes every file system
    agent ("Linux File System") as the one that is created for.
    """
    folded = name.strip().casefold()
    return _APPS_BY_FOLDED_NAME.get("file system" if folded.endswith(" file system") else folded)


def instance_id(app: str, instance: str, otherwise: int) -> int:
    """The id an instance is shown under.

    SEEN in cvpysdk 11.44, instance.py: the file system's DefaultInstanceName is 1 on every client and never asked for.
    """
    return 1 if app == "File System" and instance.casefold() == _DEFAULT_INSTANCE.casefold() else otherwise


def _application(each: EstateSet) -> str:
    if app := application(each.app):
        return app
    raise SettingsError(f"simulator: {each.client} cannot have the agent {each.app!r}; backup sets know no such agent")


def estate_of(settings: SimulatorSettings) -> Estate:
    """The estate the settings ask for.

    Raises:
        SettingsError: a set is of an agent that backup sets cannot be made for.
    """
    sets = tuple(_default_sets(settings.clients) if settings.estate is None else settings.estate)
    instances: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for each in sets:
        app = _application(each)
        for known in ((each.client, "File System", _DEFAULT_INSTANCE), (each.client, app, each.instance)):
            instances.setdefault((known[0].casefold(), known[1].casefold(), known[2].casefold()), known)
    clients = {client.casefold(): client for client, _, _ in reversed(instances.values())}
    plans = {plan.casefold(): plan for plan in (*_PLANS, *(each.plan for each in sets if each.plan))}
    return Estate(
        clients=tuple(reversed(clients.values())),
        instances=tuple(instances.values()),
        plans=tuple(plans.values()),
        sets=tuple(each for each in sets if each.name),
        retired=frozenset(name.casefold() for name in settings.retired_clients),
    )


def _default_sets(clients: int) -> Iterator[EstateSet]:
    for number in range(1, clients + 1):
        client = f"client{number:03d}"
        yield EstateSet(client=client, name="FS_Legacy_01" if number <= 5 else "")
        for first, last, app, instance in (
            (1, 10, "SQL Server", f"{client.upper()}\\SQLEXPRESS"),
            (11, 15, "Oracle", "ORCL"),
            (16, 20, "Virtual Server", "VMware"),
        ):
            if first <= number <= last:
                yield EstateSet(client=client, app=app, instance=instance)
                yield EstateSet(client=client, app=app)
