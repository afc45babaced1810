"""What a listing is reckoned to cost, against what it does cost."""

import tracemalloc

import pytest

from bulkprov.commvault.backupset_replies import read_listing
from bulkprov.engine.costs import cost_of
from bulkprov.engine.model import Listing
from bulkprov.wire import BY_NAME


def body_of(sets: int, name: str) -> bytes:
    """The answer to a listing."""
    entities = [{"backupsetId": n, "backupsetName": f"{n}{name}", "appName": "File System"} for n in range(1, sets + 1)]
    tree = {"backupsetProperties": [{"backupSetEntity": each} for each in entities]}
    return BY_NAME["json"].dumps("App_GetBackupsetPropertiesResponse", tree)


@pytest.mark.parametrize(
    ("sets", "name"), [(0, ""), (2000, "_FS_Wave"), (3, "x" * 500_000), (3, "\U0001f600" * 100_000)]
)
def test_a_listing_costs_no_more_than_it_counts_for(sets: int, name: str) -> None:
    """Whether it has many things or a few with endless names, in letters of any width."""
    body = body_of(sets, name)
    tracemalloc.start()
    try:
        listing = read_listing(BY_NAME["json"].loads(body), "client001")
        measured, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert listing is not None
    reckoned = cost_of(Listing(listing.ids, more=listing.more, size=len(body)))
    assert measured <= reckoned + 20_000
    assert reckoned <= 6 * measured + 10_000


def test_a_look_that_failed_counts_too() -> None:
    """Otherwise scopes whose lists cannot be had would be kept without end."""
    assert cost_of(None) > 0
