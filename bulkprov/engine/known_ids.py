"""The ids that a run knows: the highest one seen anywhere, and which ids its rows have been reported with.

The highest tells what is new: an id that a create is answered with is no proof of anything if it was known before the
create left. Which ids rows have tells an answer that belongs to another row.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

__all__ = ["KnownIds"]

_PAGE: Final = 512
"""Ids whose bits share one number. The ids of a wave stand close together, so that a million take a few hundred
kilobytes; as a set of numbers they would take sixty megabytes."""


class KnownIds:
    """Ids that are known to a run."""

    def __init__(self, reported: Iterable[int] = ()) -> None:
        """Begin with the ids that rows have been reported with."""
        self.highest = 0
        """The highest id seen anywhere; 0 if none was seen."""
        self._pages: defaultdict[int, int] = defaultdict(int)
        for number in reported:
            self.report(number)

    def see(self, number: int) -> None:
        """An id was seen: in a listing, or in an answer."""
        self.highest = max(self.highest, number)

    def report(self, number: int) -> None:
        """A row is reported with this id."""
        self._pages[number // _PAGE] |= 1 << number % _PAGE
        self.highest = max(self.highest, number)

    def has_row(self, number: int) -> bool:
        """Whether a row is reported with this id."""
        return bool(self._pages.get(number // _PAGE, 0) >> number % _PAGE & 1)
