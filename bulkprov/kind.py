"""A kind of thing that rows may name, as one value: all that the other rooms need to know of it.

The engine, the journal, the report and the commands take a `Kind` and name none. Those that there are stand in
`bulkprov/commvault/kinds.py`; to add one is to write its messages and columns, and one more value there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bulkprov.engine.model import Listing, Reply
from bulkprov.engine.wanted import Wanted
from bulkprov.sheets.columns import Columns
from bulkprov.sheets.validate import CheckCells
from bulkprov.wire import Tree

__all__ = ["Kind", "Messages"]

W = TypeVar("W", bound=Wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages(Generic[W]):
    """What is said about a kind on the web service: `POST`, `GET` and `DELETE` below one path."""

    path: str
    """Below the root of the web service; with `/{id}` behind it, one thing."""
    root: str
    """Root element of a create in XML."""
    create: Callable[[W], Tree]
    """The body of a create."""
    read_reply: Callable[[Tree], Reply]
    """The server's words in the answer to a create or a delete."""
    scope: str
    """Query parameter by which the things of one scope are listed."""
    read_listing: Callable[[Tree, str], Listing | None]
    """The things in the answer to a listing of the scope of this name; None if the answer is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[W]):
    """One kind of thing: its words, its columns, its messages, and how it is stored."""

    name: str
    """By which a run's manifest knows it. It is stored, so it never changes."""
    noun: str
    """What one is called in a sentence; with an s behind it, several."""
    scope_noun: str
    """What the thing is called that it is listed under."""
    wanted: type[W]
    """The class of its values."""
    columns: Columns
    check: CheckCells[W]
    """From the cells of a row to the value."""
    cells: Callable[[W], Mapping[str, object]]
    """From the value to the cells of a row, by canonical column."""
    place: Callable[[W], str]
    """Where it is, for a person: everything but its own name."""
    messages: Messages[W]
    to_stored: Callable[[W], Any]
    """The value as plain JSON, by name and without what is at its default."""
    from_stored: Callable[[Any], W]
    """The other way; reads what any earlier version stored."""
