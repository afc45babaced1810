"""Answers without a list, which say that nothing is there only if they are given often enough."""

from dataclasses import dataclass
from typing import Final

from bulkprov.engine.absence import APART
from bulkprov.engine.model import Listing

__all__ = ["WeakAnswers"]

_MOST: Final = 100_000
"""Scopes whose answers without a list are counted."""


@dataclass(slots=True)
class _Weak:
    """What a scope has answered that never gave a list."""

    times: int = 0
    """How often in a row, each at least `APART` after the one before."""
    left_at: float = 0.0
    """When the last that counts was asked for."""


class WeakAnswers:
    """Counts the answers without a list, by scope."""

    def __init__(self, *, may_empty: bool) -> None:
        """Begin.

        `may_empty`: whether a scope that gave a list may have lost all of its things since, so that an answer without a
        list counts as it does from any other scope.
        """
        self._may_empty = may_empty
        self._weak: dict[str, _Weak] = {}
        self._gave_list: set[int] = set()
        """Hashes of the names of scopes that have given a list. It is never forgotten, since that would not be safe."""

    def proves_absence(self, name: str, listing: Listing, left_at: float) -> bool:
        """Whether an answer without a list is believed now: it was given often enough in a row.

        Args:
            name: of the scope, `folded`.
            listing: the answer; one that holds a list begins the count anew.
            left_at: when it was asked for, in seconds since the epoch.
        """
        if len(self._weak) > _MOST:  # the longest known is forgotten, and begins anew
            del self._weak[next(iter(self._weak))]
        if not listing.none_after:
            self._weak.pop(name, None)
            if not self._may_empty:
                self._gave_list.add(hash(name))
            return False
        if hash(name) in self._gave_list:
            return False
        weak = self._weak.setdefault(name, _Weak())
        if left_at >= weak.left_at + APART:
            weak.times, weak.left_at = weak.times + 1, left_at
        return weak.times >= listing.none_after
