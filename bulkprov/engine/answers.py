"""What a listing tells of one thing in it. Pure: it fetches nothing, and is given how a kind compares things."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from bulkprov.engine.index import index_of
from bulkprov.engine.model import Listing
from bulkprov.engine.wanted import Listed, Match, Wanted, name_in

__all__ = ["differing", "under", "words_of"]

_SHOWN: Final = 3
"""Listed things that a note names."""


def words_of(listed: Sequence[Listed]) -> str:
    """The first things of several, for a person."""
    shown = "; ".join(f"id {each.id}, {each.entry}" for each in listed[:_SHOWN])
    return f"{shown} and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else shown


def under(
    target: int, want: Wanted, listing: Listing, found: int, match: Callable[[Any, Listed], Match]
) -> tuple[int, str]:
    """What is listed under an id: that id if it may be the thing, or `found` and what has the id instead."""
    if mine := _named(want, listing, target):
        # The id was told for this very thing, and the name is right: only what is known to be another is another.
        return (found, f"now {mine.entry}") if match(want, mine) is Match.OTHER else (target, "")
    other = index_of(listing).keys.get(target, "")
    return found, f"now named {name_in(other)}" if other else ""


def differing(
    number: int, want: Wanted, listing: Listing, differs: Callable[[Any, Listed], str | None] | None
) -> str | None:
    """In what the thing with this id is not as it is wanted; see `Reply.differs`."""
    mine = _named(want, listing, number) if differs and number else None
    return differs(want, mine) if differs and mine else None


def _named(want: Wanted, listing: Listing, number: int) -> Listed | None:
    """The listed thing that has the wanted one's name and this id."""
    return next((each for each in listing.named.get(name_in(want.key), ()) if each.id == number), None)
