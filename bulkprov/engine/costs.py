"""What a listing costs in memory, reckoned and not measured. Pure."""

from sys import getsizeof
from typing import Final

from bulkprov.engine.model import Listing

__all__ = ["cost_of"]

_LISTING: Final = 8500
"""Bytes that a listing costs without anything in it, so that the number of listings is bounded too."""
_THING: Final = 850
"""Bytes that a listed thing costs whose names have usual lengths."""
_COPIES: Final = 3
"""How often a listing keeps the text that it was read from: in its keys, by names, and as it is shown."""


def cost_of(listing: Listing | None) -> int:
    """Bytes that a listing costs. Its names may be few and long, and a letter may take four bytes."""
    if listing is None:
        return _LISTING
    text = max(listing.size, sum(map(getsizeof, listing.ids)))
    return _LISTING + max(_THING * (len(listing.ids) + len(listing.more)), _COPIES * text)
