"""The one table of statuses."""

from collections import Counter

import pytest

from bulkprov.engine.model import Status
from bulkprov.report.statuses import ALWAYS_SHOWN, STATUSES, any_fixable


def test_every_status_has_an_entry() -> None:
    """A new member of the enum needs one before it can be reported; they stand in the order of the enum."""
    assert list(STATUSES) == list(Status)


@pytest.mark.parametrize("status", Status)
def test_an_entry_has_words_and_colours(status: Status) -> None:
    """Each status has a meaning that fits its place in the Summary, advice on a rerun, and a colour for charts."""
    info = STATUSES[status]

    assert 0 < len(info.meaning.format(scope="client")) <= 25
    assert info.advice.strip()
    assert info.colours.cell
    assert info.colours.bar.startswith("#")


def test_scripts_always_find_the_counts_of_a_run() -> None:
    """The statuses that a run can end in are shown even at zero; those of other commands only where there are some."""
    assert [status.value for status in ALWAYS_SHOWN] == [
        *("created", "exists", "rejected", "failed", "unknown", "invalid", "pending")
    ]


def test_only_what_the_operator_can_correct_is_fixable() -> None:
    """What was not tried, may or may not be there or is done needs no correction."""
    assert {status for status in Status if any_fixable({status: 1})} == {
        *(Status.REJECTED, Status.FAILED, Status.INVALID, Status.NO_PLACE)
    }
    assert not any_fixable(Counter({Status.REJECTED: 0, Status.CREATED: 5}))
