"""Identity: whether a backup set that a CommServe lists is the wanted one, though it is spelled otherwise. Pure.

A set is listed under another agent name than it was created under: created as "File System", it is listed as "Windows
File System" (recorded from a real server; `tests/golden/recorded`). So an agent is known by its `applicationId` and
family first, and by its name where the id tells nothing. Names are compared without case, outer blanks, Unicode form
and HTML escapes.
"""

import re
from collections.abc import Collection, Container
from functools import lru_cache
from html import unescape
from typing import Final, Protocol

from bulkprov.engine.model import value
from bulkprov.engine.wanted import Listed, Match, folded

__all__ = ["Entry", "ListedPlace", "ListedPlaces", "Place", "family", "match", "plain", "unescaped"]

_FILE_SYSTEM: Final = "file system"

_BY_ID: Final = {
    33: _FILE_SYSTEM,  # Windows; like the next nine, "appname_parameter" page of the 2022E manual
    29: _FILE_SYSTEM,  # Linux
    21: _FILE_SYSTEM,  # AIX
    17: _FILE_SYSTEM,  # HP-UX
    74: _FILE_SYSTEM,  # FreeBSD
    86: _FILE_SYSTEM,  # OES on Linux
    13: "nas",
    53: "exchange database",
    22: "oracle",
    80: "oracle rac",
    125: "postgresql",  # like the next two, the same page
    61: "sap for oracle",
    104: "mysql",
    106: "virtual server",  # recorded from a real server
    81: "sql server",  # cvpysdk 11.44, instances/sqlinstance.py
    5: "sybase database",  # cvpysdk 11.44, instance.py
    37: "db2",  # like the next six, "appname_parameter" page
    62: "db2",  # on Unix
    103: "db2 multinode",
    135: "sap hana",
    134: "cloud apps",
    41: "active directory",
    78: "sharepoint server",
    139: "azure ad",  # api.commvault.com, "Get Azure AD apps"
}
"""Families of agents by `applicationId`."""

_FAMILIES: Final = frozenset({*_BY_ID.values(), "notes database", "sap for max db"})
"""The 13 agents of "REST API - POST Backup Set", and further ones for which the vendor's SDK has backup sets."""

_SYNONYMS: Final = {
    "ndmp": "nas",  # so listed from SP12 on (comments in cvpysdk 11.44, subclient.py)
    "oracle database": "oracle",  # like the next, seen in cvpysdk 11.44
    "unix notes database": "notes database",
    "db2 on unix": "db2",  # "appname_parameter" page
}
_ANY_FILE_SYSTEM: Final = re.compile(r"(^|.* )files? ?system( on linux)?")
""""HP-UX Files System" (sic), "MAC FileSystem", "OES File System on Linux"."""


class Place(Protocol):
    """Where a wanted set is to be, on its client."""

    @property
    def app(self) -> str:
        """The agent."""
        ...

    @property
    def instance(self) -> str:
        """The instance."""
        ...


@value(frozen=True, slots=True, kw_only=True)
class ListedPlace:
    """Where sets are listed: an agent and an instance."""

    app: str
    """The agent's family, or its own name where that is not known, as `plain` makes it; empty if it has none."""
    instance: str
    """As `plain` makes it; empty if the entry names none."""
    shown: tuple[str, int, str]
    """The agent's name and `applicationId`, 0 for none, and the instance, as they are listed."""


@value(frozen=True, slots=True, kw_only=True)
class ListedPlaces:
    """All places of a listing: a few, however many sets are in them."""

    each: Collection[ListedPlace]
    instances: Container[tuple[str, str]]
    """`ListedPlace.app` and `ListedPlace.instance` of each."""


@value(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a listing says of a backup set besides its id."""

    place: ListedPlace
    """Shared by all sets in it, since a listing may have many thousands."""
    places: ListedPlaces
    """Those of the whole listing; shared by all its entries."""
    name: str
    """The set's name, as it is listed."""
    plan: str | None = None
    """The name of its plan; empty if it is shown without one, None if that is not told."""

    def __str__(self) -> str:
        """What is listed, for a person."""
        app, number, instance = self.place.shown
        parts = [f'"{self.name}" under agent {app or "without a name"}', f"applicationId {number}" if number else ""]
        return ", ".join(filter(None, [*parts, f"instance {instance}" if instance else ""]))


def unescaped(name: str) -> str:
    """A name without HTML escapes."""
    return unescape(name) if "&" in name else name


def plain(name: str) -> str:
    """A name as it is compared: without case, outer blanks, Unicode form and HTML escapes."""
    return folded(unescaped(name))


@lru_cache(maxsize=256)
def family(name: str, application_id: int = 0) -> str:
    """The family of an agent, or its own name where that is not known."""
    if known := _BY_ID.get(application_id):
        return known
    app = plain(name)
    return _FILE_SYSTEM if _ANY_FILE_SYSTEM.fullmatch(app) else _SYNONYMS.get(app, app)


def match(want: Place, listed: Listed) -> Match:
    """What a listed set of the same name is to a wanted one.

    An agent is known to be another if both families are known. An instance is known to be another if the listing shows
    that the client has the wanted one as well.
    """
    entry: Entry = listed.entry
    place = entry.place
    app, instance = family(want.app), plain(want.instance)
    if place.app != app:
        return Match.OTHER if place.app in _FAMILIES and app in _FAMILIES else Match.UNSURE
    if place.instance in ("", instance):
        return Match.SAME
    return Match.OTHER if (app, instance) in entry.places.instances else Match.UNSURE
