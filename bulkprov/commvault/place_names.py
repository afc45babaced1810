"""What clients, agents and instances are called, and what to say of a name that none of them has. Pure.

A suggestion is only ever of the kind that is missing: a client in use for a client, an agent that the client has for an
agent, an instance of the same agent for an instance.
"""

import re
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Final

from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.backupset_columns import APP_NAMES, OTHER_APP_NAMES
from bulkprov.commvault.identity import Entry, family, plain
from bulkprov.commvault.inventory_replies import AgentEntry, ClientEntry, InstanceEntry
from bulkprov.engine.model import Listing, value
from bulkprov.engine.wanted import folded
from bulkprov.sheets.nearest import Nearest, looks_like, same_machine

__all__ = [
    "NameKind",
    "NewestNames",
    "OtherName",
    "found_deeply",
    "no_agent",
    "no_instance",
    "other_names",
    "retired",
    "set_places",
]

_NAMED: Final = 3
"""Clients that are named where several have the name."""
_SHORTEST: Final = 4
"""Letters of the shortest client name that may be wrong in one: `web1`."""
_LISTED: Final = 6
"""Agents or instances that are listed."""
_FOUND_DEEPLY: Final = re.compile(
    r'(?:^|; )(?:client .+ is retired|client ".+" has no agent "|agent ".+" on client ".+" has no instance ")'
)
"""What `retired`, `no_agent` and `no_instance` say, in a note."""
_WRITTEN: Final = {family(name): name for name in (*reversed(OTHER_APP_NAMES), *APP_NAMES)}
"""How a sheet writes an agent, by its family; of several spellings the first, one of the vendor's page if possible."""


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


def other_names(client: ClientEntry) -> Iterable[tuple[str, NameKind]]:
    """What a client is called that does not name one in use. One without a name is known by its display name."""
    name = client.name or client.display
    if client.deleted:
        return [(each, NameKind.DELETED) for each in {name, client.display, client.host} if each]
    named = ((client.display, NameKind.DISPLAY), (client.host, NameKind.HOST))
    return [(called, kind) for called, kind in named if called and folded(called) != folded(name)]


class ClientNames:
    """What all clients of a CommServe are called, by one list of them (`inventory.read_clients`)."""

    def __init__(self, clients: Listing) -> None:
        """Take the list."""
        self.clients = clients
        self._nearest: Nearest | None = None

    def told(self, name: str) -> tuple[str, str]:
        """What a name is that no client in use has for its own.

        Returns:
            the name of the client whose display name it is, empty if there is no such client or several; and what to
            say.
        """
        others: list[OtherName] = [each.entry for each in self.clients.named.get(folded(name), ())]
        shown = sorted({each.client for each in others if each.kind is NameKind.DISPLAY})
        if len(shown) == 1:
            return shown[0], f'"{name}" is the display name of client "{shown[0]}": write "{shown[0]}" instead'
        if shown:
            return "", f'"{name}" is the display name of several clients: write {_or(shown)} instead'
        missing = f'there is no client "{name}"'
        if hosts := sorted({each.client for each in others if each.kind is NameKind.HOST}):
            of = f'client "{hosts[0]}"' if len(hosts) == 1 else "several clients"
            return "", f"{missing}; it is the host name of {of}: write {_or(hosts)} instead"
        if others:
            return (
                "",
                f'client "{name}" is deleted (retired) on the CommServe and takes no backup sets: name one in use',
            )
        return "", missing + _meant(folded(name), self._near(folded(name)))

    def _near(self, name: str) -> Sequence[str]:
        """The nearest clients in use, by their own names, or by what else they are called."""
        if self._nearest is None:
            names = {
                called: f'"{each.entry.client}" ("{called}" is its {each.entry.kind.name.lower()} name)'
                for called, listed in self.clients.named.items()
                for each in listed
                if each.entry.kind is not NameKind.DELETED and not same_machine(called, each.entry.client)
            }
            self._nearest = Nearest(names | {own: f'"{own}"' for own in self.clients.ids}, shortest=_SHORTEST)
        return self._nearest.to(name)


class NewestNames:
    """The names in the newest list of clients, taken from it once."""

    def __init__(self) -> None:
        self._newest: ClientNames | None = None

    def of(self, clients: Listing) -> ClientNames:
        """Those of this list."""
        if self._newest is None or self._newest.clients is not clients:
            self._newest = ClientNames(clients)
        return self._newest


def retired(want: BackupSet) -> str:
    """What to say of a client that is listed, and not in use."""
    return f"client {want.client} is retired"


def no_agent(want: BackupSet, agents: Sequence[AgentEntry]) -> str:
    """What to say of an agent that the client does not have: with those that it has, as far as they are known."""
    there = [_written(each.name, each.id) for each in agents]
    return f'client "{want.client}" has no agent "{want.app}"{_it_has(want.app, there)}'


def no_instance(want: BackupSet, instances: Sequence[InstanceEntry]) -> str:
    """What to say of an instance that the agent does not have: with those of the same agent that there are."""
    own = [each.name for each in instances if family(each.app, each.app_id) == family(want.app)]
    missing = f'agent "{want.app}" on client "{want.client}" has no instance "{want.instance}"'
    return missing + _it_has(want.instance, own)


def found_deeply(note: str) -> bool:
    """Whether the note of a planned row says what only a look at its client itself, its agents and instances shows."""
    return bool(_FOUND_DEEPLY.search(note))


def set_places(want: BackupSet, listing: Listing) -> str:
    """Under which agents and instances a client's sets are listed, if none is where this one was to be; else nothing.

    What is not there may exist all the same: an agent or an instance may have no backup sets.
    """
    entry: Entry | None = next((each.entry for listed in listing.named.values() for each in listed), None)
    places = entry.places.each if entry else ()  # of all sets, which may be too many to be looked at for each row
    own = [place for place in places if place.app == family(want.app)]
    if any(place.instance in ("", plain(want.instance)) for place in own):
        return ""
    if own:
        return f"the client's sets of agent {want.app} are under {_listed('instance', [e.shown[2] for e in own])}"
    if places:
        return f"the client's sets are under {_listed('agent', [_written(*place.shown[:2]) for place in places])}"
    return ""


def _written(app: str, application_id: int | None) -> str:
    """An agent as a sheet writes it: servers list "Windows File System" of what is created as "File System"."""
    return _WRITTEN.get(family(app, application_id or 0), app)


def _it_has(word: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    own = {folded(name): f'"{name}"' for name in names}
    return f"; it has {_first(sorted(own.values()))}{_meant(word, Nearest(own).to(folded(word)))}"


def _meant(word: str, near: Sequence[str]) -> str:
    if not near:
        return ""
    alike = ", which looks the same" if looks_like(word, near[0].strip('"')) else ""
    return f"; did you mean {' or '.join(near)}{alike}?"


def _listed(noun: str, names: Iterable[str]) -> str:
    different = sorted({name for name in names if name})
    return f"{noun}{'' if len(different) == 1 else 's'} {_first(different)}"


def _first(names: Sequence[str]) -> str:
    """The first few names, and how many more there are: `a, b and c`, `a, b and 7 more`."""
    if len(names) > _LISTED:
        return f"{', '.join(names[:_LISTED])} and {len(names) - _LISTED:,} more"
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _or(names: Sequence[str]) -> str:
    """The first few names as a choice."""
    *first, last = (f'"{name}"' for name in names[:_NAMED])
    return f"{', '.join(first)} or {last}" if first else last
