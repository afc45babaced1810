"""The ids that a run knows: the highest one seen anywhere, those of its rows, and for each scope a few witnesses.

The highest tells what is new: an id that a create is answered with is no proof of anything if it was known before the
create left. Which ids rows have tells an answer that belongs to another row. A witness is an id that the list of its
scope must have, since it was reported more than a settle time ago: a list without it may be cut. There are several,
as another actor may have deleted one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["KnownIds"]

_PAGE: Final = 512
"""Ids whose bits share one number. The ids of a wave stand close together, so that a million take a few hundred
kilobytes; as a set of numbers they would take sixty megabytes."""
_WITNESSES: Final = 3
"""Witnesses of a scope at most."""
_GRAINS: Final = 16
"""Into how many parts a settle time is divided when witnesses are kept."""


@dataclass(slots=True)
class _Reported:
    """The highest of the ids that a scope's rows have been reported with by the end of a short time."""

    ids: tuple[int, ...]
    """The highest first."""
    first: float
    last: float


class KnownIds:
    """Ids that are known to a run."""

    def __init__(self, reported: Iterable[int] = (), *, settle: float = 0.0) -> None:
        """Begin with the ids that rows have been reported with.

        `settle`: seconds until every list shows what was reported.
        """
        self.highest = 0
        """The highest id seen anywhere; 0 if none was seen."""
        self._settle, self._grain = settle, settle / _GRAINS
        self._witnesses: defaultdict[str, list[_Reported]] = defaultdict(list)
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

    def testify(self, scope: str, number: int, at: float) -> None:
        """A row of a scope was reported with this id, at this time in seconds since the epoch.

        The first ones of a scope stay by themselves: joined by later ones they would testify later, and a look that
        comes just one settle time after them, as the first looks after a resume do, would find no witness.
        """
        reported = self._witnesses[scope]
        highest = _with(number, reported[-1].ids if reported else ())
        if reported and (at <= reported[-1].last or (len(reported) > 1 and at - reported[-1].first < self._grain)):
            reported[-1].ids, reported[-1].last = highest, max(at, reported[-1].last)
            return
        reported.append(_Reported(highest, at, at))
        while len(reported) > 1 and reported[1].last + self._settle <= at:
            del reported[0]

    def witnesses(self, scope: str, now: float) -> tuple[int, ...]:
        """The highest ids that a list of a scope must have which is asked for now; the highest first.

        They are taken when the list is asked for: once the list has come, later reports may have pushed them out.
        """
        reported = self._witnesses.get(scope, ())
        return next((each.ids for each in reversed(reported) if each.last + self._settle <= now), ())

    def has_row(self, number: int) -> bool:
        """Whether a row is reported with this id."""
        return bool(self._pages.get(number // _PAGE, 0) >> number % _PAGE & 1)


def _with(number: int, ids: tuple[int, ...]) -> tuple[int, ...]:
    """The highest of these ids and one more."""
    if not ids or number > ids[0]:  # as nearly always
        return (number, *ids[: _WITNESSES - 1])
    return tuple(sorted({number, *ids}, reverse=True)[:_WITNESSES])
