"""A listing by ids, and that no row goes through a whole listing."""

from collections.abc import Callable
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet, other_plan
from bulkprov.commvault.identity import match
from bulkprov.engine.index import highest_in, index_of
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import End, Listing, Verdict
from bulkprov.engine.plausible import listed_ids
from bulkprov.engine.priority import Priority


def test_a_listing_is_known_by_ids() -> None:
    """Those of things whose key others have as well, too."""
    index = index_of(Listing({"a": 7, "b": 9}, more={11: "b", 12: "b"}))

    assert index.keys == {7: "a", 9: "b", 11: "b", 12: "b"}
    assert index.further == {"b": [11, 12]}


def test_the_highest_id_is_known() -> None:
    """Wherever it stands."""
    assert [highest_in(each) for each in (Listing(), Listing({"a": 7}), Listing({"a": 7}, more={8: "a"}))] == [0, 7, 8]


class Counted(dict[Any, Any]):
    """A dict that counts how often all of it was gone through."""

    passes = 0

    def __iter__(self) -> Any:
        self.passes += 1
        return super().__iter__()

    def items(self) -> Any:
        """As a dict's."""
        self.passes += 1
        return super().items()

    def values(self) -> Any:
        """As a dict's."""
        self.passes += 1
        return super().values()

    def keys(self) -> Any:
        """As a dict's."""
        self.passes += 1
        return super().keys()


LISTED = BackupSet(client="client001", name="listed")
NEW = BackupSet(client="client001", name="new")
ASKED: dict[str, Callable[[SharedLookups, Listing], object]] = {
    "one that is there": lambda lookups, _: lookups.known(LISTED, 0.0),
    "one that is not": lambda lookups, _: lookups.known(NEW, 0.0),
    "one that is under its id": lambda lookups, _: lookups.known(LISTED, 0.0, 7),
    "one whose id is gone": lambda lookups, _: lookups.known(NEW, 0.0, 99),
    "one whose id another has": lambda lookups, _: lookups.known(NEW, 0.0, 7),
    "whether an id was listed": lambda _, listing: 99 in listed_ids(listing),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED.keys())
async def test_however_many_rows_ask_a_listing_is_gone_through_as_often(
    ask: Callable[[SharedLookups, Listing], object],
) -> None:
    """One client may have 50,000 sets, and as many rows."""

    async def passes(rows: int) -> int:
        ids, more = Counted({LISTED.key: 7}), Counted({8: LISTED.key})
        listing = Listing(ids, more=more)

        async def fetch(_scope: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
            leaves()
            return Verdict(end=End.ANSWERED, listing=listing)

        lookups = SharedLookups(fetch, clock=lambda: 1.0, match=match, differs=other_plan)
        await lookups.get(LISTED, 0.0)
        for _ in range(rows):
            ask(lookups, listing)
        return ids.passes + more.passes

    assert await passes(1) == await passes(100)
