"""What a run may have made, and its rollback does not delete."""

from dataclasses import replace

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Evidence, Outcome, Reply, Standing, Status, Step
from bulkprov.journal.rows import JournalRow
from bulkprov.runs.leftovers import leftovers
from bulkprov.sheets.rows import Fault
from tests.runs.rows import CREATED, IN_DOUBT, UNTRIED, before, wrong

PERHAPS = replace(CREATED, evidence=Evidence.PERHAPS)
FURTHER = Standing(left=True, candidates=(940, 941))


def left(state: Outcome | Standing, *, rolled_back: bool = False) -> tuple[tuple[int, ...], bool] | None:
    """What a row of this state leaves: ids, and whether its create is open; None if it leaves nothing."""
    found = list(leftovers([before(2, "a", state)], rolled_back=rolled_back))
    assert all((each.sheet_row, each.want) == (2, BackupSet(client="c1", name="a")) for each in found)
    return (found[0].ids, found[0].open) if found else None


@pytest.mark.parametrize("status", [Status.CREATED, Status.EXISTS])
def test_what_is_perhaps_made_is_left(status: Status) -> None:
    """Under the id that was reported, whatever the row is called."""
    assert left(replace(PERHAPS, status=status)) == ((931,), False)


def test_further_sets_of_the_name_are_left_whatever_became_of_the_row() -> None:
    """Each is named once; the one that is proven is not among them."""
    assert left(replace(CREATED, facts=FURTHER)) == ((940, 941), False)
    assert left(replace(PERHAPS, facts=replace(FURTHER, candidates=(931, 940)))) == ((931, 940), False)
    assert left(Outcome(status=Status.REJECTED, reply=Reply(2, "no"), facts=FURTHER)) == ((940, 941), False)
    assert left(Outcome(status=Status.ROLLED_BACK, reply=Reply(id=931), facts=FURTHER)) == ((940, 941), False)


@pytest.mark.parametrize(
    "state",
    [
        CREATED,
        replace(CREATED, evidence=Evidence.NONE, status=Status.EXISTS),
        Outcome(status=Status.ROLLED_BACK, reply=Reply(id=931), evidence=Evidence.PERHAPS),
        Outcome(status=Status.REJECTED, reply=Reply(2, "no"), facts=Standing(left=True)),
        UNTRIED,
        Standing(step=Step.ACT, absent_before_send=True),
    ],
)
def test_what_is_proven_or_was_never_made_leaves_nothing(state: Outcome | Standing) -> None:
    """What was there before is another's, and what is rolled back is gone."""
    assert left(state) is None


@pytest.mark.parametrize("state", [IN_DOUBT, Standing(sends=1, left=True), Standing(turned_away=True, left=True)])
def test_a_row_without_an_end_of_which_a_create_left_is_open(state: Standing) -> None:
    """No id is known of it, but for those that were listed since."""
    assert left(state) == ((), True)
    assert left(replace(state, candidates=(940,))) == ((940,), True)


def test_an_id_that_was_answered_and_is_denied_is_named() -> None:
    """It may turn up again."""
    assert left(replace(IN_DOUBT, lost=931)) == ((931,), True)


def test_a_row_whose_delete_is_open_is_no_leftover() -> None:
    """It is told as unknown itself; of further sets of its name the ids are told."""
    deleted = Standing(sends=1, ever_in_doubt=True, unsettled=True, left=True, target=931)

    assert left(deleted) is None
    assert left(replace(deleted, candidates=(940,))) == ((940,), False)


def test_what_bears_the_mark_of_its_row_is_left_only_if_a_rollback_could_not_delete_it() -> None:
    """It is proven, so that a rollback takes it."""
    facts = Standing(left=True, marked=(940,), candidates=(941,))
    rolled_back = Outcome(status=Status.ROLLED_BACK, reply=Reply(id=931), facts=facts)
    half = Standing(sends=1, ever_in_doubt=True, left=True, target=931, marked=(940,))

    assert left(replace(CREATED, facts=facts)) == ((941,), False)
    assert left(rolled_back, rolled_back=True) == ((940, 941), False)
    assert (left(half), left(half, rolled_back=True)) == (None, ((940,), False))


def test_rows_that_want_nothing_and_rows_of_earlier_runs_leave_nothing() -> None:
    """A wrong row was never sent, and what a run carried over it did not make."""
    carried = replace(CREATED, evidence=Evidence.NONE, carried=True)
    untouched = JournalRow(sheet_row=4, cells=(), want=BackupSet(client="c1", name="a"))
    rows = [wrong(2, ("c1", ""), Fault("backupsetName is missing", 1)), before(3, "b", carried), untouched]

    assert list(leftovers(rows)) == []
