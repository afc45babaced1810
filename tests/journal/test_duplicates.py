"""Rows that repeat another: which of them is done, and what the others say."""

from bulkprov.engine.model import Outcome, Reply, Status
from bulkprov.journal.rows import JournalRow
from bulkprov.sheets.rows import Fault
from tests.backupsets import Journal
from tests.journal.waves import load, results, todo, want


def test_of_rows_that_name_the_same_set_the_first_is_done(journal: Journal) -> None:
    """The others are invalid and say which one they repeat, however the names are written."""
    same = [
        want(1),
        want(1, client="CLIENT001"),
        want(2),
        want(1, name="sET 1"),
        want(1, instance="Another"),
    ]
    load(journal, [JournalRow(sheet_row=n, cells=(), want=each) for n, each in enumerate(same, 2)])

    assert [result.status for result in results(journal)] == ["pending", "invalid", "pending", "invalid", "pending"]
    assert results(journal)[3].note == "names the same backup set as row 2: correct or delete one of the two"
    assert results(journal)[3].faults == (Fault(results(journal)[3].note),)
    assert [row.number for row in todo(journal)] == [1, 3, 5]


def test_of_rows_that_name_the_same_set_the_done_one_stays(journal: Journal) -> None:
    """Even if it comes later in the sheet: its set is there."""
    done = Outcome(status=Status.CREATED, reply=Reply(0, "", 931), carried=True)
    load(
        journal,
        [
            JournalRow(sheet_row=2, cells=(), want=want(1)),
            JournalRow(sheet_row=3, cells=(), want=want(1), state=done),
            JournalRow(sheet_row=4, cells=(), want=want(1), state=done),
        ],
    )

    assert [result.status for result in results(journal)] == ["invalid", "created", "created"]
    assert "row 3" in results(journal)[0].note
    assert (journal.carried(), journal.counts()) == (2, {Status.CREATED: 2, Status.INVALID: 1})
