"""A listing by ids: what has an id, and which further ids have a key. Made once for each listing, when it is wanted.

Thousands of rows may ask one listing of 50,000 things, so no answer to a row goes through all of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bulkprov.engine.model import Listing

__all__ = ["Index", "highest_in", "index_of"]


class Index(NamedTuple):
    """What a listing has, by id."""

    keys: Mapping[int, str]
    """The key of each listed thing, by its id."""
    further: Mapping[str, Sequence[int]]
    """The ids in `Listing.more`, by key."""


def index_of(listing: Listing) -> Index:
    """The index of a listing."""
    if listing.index is None:
        further: defaultdict[str, list[int]] = defaultdict(list)
        for number, key in listing.more.items():
            further[key].append(number)
        keys = {number: key for key, number in listing.ids.items()} | dict(listing.more)
        object.__setattr__(
            listing, "index", Index(keys, dict(further))
        )  # it follows from the rest, which never changes
    made: Index = listing.index
    return made


def highest_in(listing: Listing) -> int:
    """The highest id in a listing; 0 if there is none."""
    return max(max(listing.ids.values(), default=0), max(listing.more, default=0))
