"""A journal as it looks now: what its last exchanges make of rows that were left."""

from collections import Counter
from dataclasses import replace

from bulkprov.engine import lifecycle
from bulkprov.engine.creating import CREATING
from bulkprov.engine.model import End, Outcome, Reply, Row, Standing, Status, Step, Verdict
from bulkprov.engine.policy import RetryPolicy
from bulkprov.journal.rows import Batch, JournalRow
from bulkprov.journal.view import View
from tests.backupsets import Journal
from tests.journal.waves import FRESH, LOST, keep, load, results, rows, todo, want


def test_an_act_whose_end_is_not_known_is_in_doubt(journal: Journal) -> None:
    """It was about to be sent, so it may have been: it looks unknown, not pending."""
    load(journal, rows(2))
    ready = replace(todo(journal)[0], standing=Standing(step=Step.ACT, absent_before_send=True))
    batch = Batch()
    batch.intend(1, ready, 10.0, 930)
    journal.apply(batch)
    row, other = todo(journal)

    assert row.standing == Standing(
        step=Step.LOOK,
        sends=1,
        ever_in_doubt=True,
        unsettled=True,
        absent_before_send=True,
        left=True,
        known=930,
        doubt_began=100.0,
    )
    assert other.standing == FRESH
    assert [result.status for result in results(journal)] == ["unknown", "pending"]


def test_the_newest_exchange_says_where_a_row_stands(journal: Journal) -> None:
    """What was decided after it is decided again, from what was stored and nothing else."""
    load(journal, rows(1))
    (row,) = todo(journal)
    acting = replace(row, standing=Standing(step=Step.ACT, absent_before_send=True))
    batch = Batch()
    batch.intend(1, acting, 10.0)
    batch.ended(1, LOST)
    doubted = replace(row, standing=lifecycle.after(CREATING, acting.standing, LOST, RetryPolicy()))  # type: ignore[arg-type]  # so
    batch.looked(2, doubted, Verdict(end=End.IN_DOUBT, why="no answer", at=60.0, seconds=1.0))
    journal.apply(batch)

    assert todo(journal)[0].standing == replace(doubted.standing, inconclusive_looks=1)
    assert journal.last_nr() == 2


def test_what_an_earlier_run_left_in_doubt_is_where_a_row_begins(journal: Journal) -> None:
    """Until it has an exchange of its own."""
    before = Standing(step=Step.LOOK, sends=1, ever_in_doubt=True, unsettled=True)
    load(journal, [JournalRow(sheet_row=2, cells=(), want=want(1), state=before)])

    assert todo(journal)[0].standing == before
    assert results(journal)[0].status is Status.UNKNOWN


def test_what_is_to_be_known_of_a_row_is_in_its_note_whatever_became_of_it(journal: Journal) -> None:
    """The kind says it, of a row that ended and of one that was not tried; why it is not done is told without it."""
    load(journal, [JournalRow(sheet_row=n + 1, cells=(), want=want(n, app="DB2")) for n in (1, 2, 3)])
    batch = Batch()
    batch.finish(1, Outcome(status=Status.CREATED, reply=Reply(0, "", 12)))
    batch.finish(2, Outcome(status=Status.EXISTS, reply=Reply(id=13), note="it already existed"))
    journal.apply(batch)
    made, there, waiting = results(journal)

    said = "agent DB2 is not on the vendor's page for backup sets: the CommServe decides"
    assert (made.note, there.note, waiting.note) == (said, f"it already existed; {said}", said)
    assert (made.reason, there.reason, waiting.reason) == ("", "it already existed", "")


def test_rows_are_counted_as_they_are_told(journal: Journal) -> None:
    """By how they look now: ended, begun, left open by an earlier run, or in a rollback that was broken off."""
    open_before = Standing(step=Step.LOOK, ever_in_doubt=True, unsettled=True)
    wave = [*rows(6), JournalRow(sheet_row=8, cells=("client001", "n"), want=want(7), state=open_before)]
    load(journal, wave)
    made = Outcome(status=Status.CREATED, reply=Reply(0, "", 12), attempts=1, http_status=200, seconds=1, finished_at=9)
    batch = Batch()
    for number in (1, 2, 3):
        batch.finish(number, made)
    acts = [Row(number=n, sheet_row=n + 1, want=want(n), standing=Standing(step=Step.ACT)) for n in (2, 3, 4, 5)]
    for nr, row in enumerate(acts, 1):
        batch.intend(nr, row, at=10.0)
    batch.ended(2, Verdict(end=End.NOT_TAKEN, why="HTTP 429", at=11.0))
    batch.ended(4, Verdict(end=End.ANSWERED, reply=Reply(0, "", 15), http_status=200, at=11.0))
    journal.apply(batch)
    later = [Row(number=n, sheet_row=n + 1, want=want(n), standing=Standing(step=Step.ACT)) for n in (1, 2)]
    after = Batch()
    for nr, row in enumerate(later, 5):
        after.intend(nr, row, at=20.0)
    journal.apply(after)

    assert View(journal, keep).statuses() == Counter(result.status for result in results(journal))
    assert View(journal, keep).statuses() == {Status.CREATED: 2, Status.UNKNOWN: 4, Status.PENDING: 1}
    assert View(journal, keep).half_deleted() == 2
    notes = [result.note for result in results(journal)]
    assert notes[0] == "a delete may have taken effect; rollback will look it up"
    assert notes[3] == "a create may have taken effect; resume will look it up"


def test_a_row_whose_delete_is_in_doubt_keeps_the_id_by_which_it_is_checked(journal: Journal) -> None:
    """A create in doubt has none."""
    load(journal, rows(2))
    batch = Batch()
    batch.finish(1, Outcome(status=Status.CREATED, reply=Reply(0, "", 12), finished_at=9))
    journal.apply(batch)
    batch = Batch()
    for number, target in ((1, 12), (2, 0)):
        standing = Standing(step=Step.ACT, target=target)
        batch.intend(number, Row(number=number, sheet_row=number + 1, want=want(number), standing=standing), at=10.0)
    journal.apply(batch)

    assert [(result.status, result.id) for result in results(journal)] == [("unknown", 12), ("unknown", None)]


def test_an_outcome_is_told_as_it_was_stored(journal: Journal) -> None:
    """Column by column; and the row has nothing to do any more."""
    load(journal, rows(1))
    batch = Batch()
    batch.finish(
        1,
        Outcome(
            status=Status.REJECTED,
            reply=Reply(2, "no \x1b[31m", 0),
            attempts=3,
            http_status=409,
            seconds=0.25,
            finished_at=1000.5,
            note="so",
        ),
    )
    journal.apply(batch)
    (result,) = results(journal)

    assert todo(journal) == []
    assert (result.status, result.error_code, result.error_string, result.id) == (
        "rejected", 2, "no \x1b[31m", None,
    )  # fmt: skip
    assert (result.attempts, result.http_status, result.seconds, result.finished_at, result.note) == (
        3, 409, 0.25, 1000.5, "so",
    )  # fmt: skip


def test_how_exchanges_ended_is_told_of_one_operation_and_of_rows_by_their_numbers(journal: Journal) -> None:
    """For the charts: what came of the exchanges after which rows went on; for rows: all exchanges, in their order."""
    load(journal, rows(3))
    first, second, _ = todo(journal)
    batch = Batch("run")
    batch.intend(1, replace(first, standing=Standing(step=Step.ACT)), 10.0)
    batch.ended(1, LOST)
    batch.intend(2, replace(second, standing=Standing(step=Step.ACT)), 11.0)
    journal.apply(batch)
    other = Batch("rollback")
    other.looked(3, first, Verdict(end=End.ANSWERED, at=60.0, seconds=1.0))
    journal.apply(other)
    view = View(journal, lambda _operation, standing, _verdict, _known: standing)

    assert list(view.exchanged("run")) == [(Step.ACT, LOST)]
    told = [(each.row.sheet_row, [at for at, _, _ in each.exchanges]) for each in view.histories({2, 3, 99})]
    assert told == [(2, [10.0, 59.0]), (3, [11.0])]


def test_a_create_that_was_only_turned_away_is_told_as_that(journal: Journal) -> None:
    """It is no answer that was lost: the server says that it has not even read it."""
    load(journal, rows(1))
    batch = Batch()
    row = Row(number=1, sheet_row=2, want=want(1), standing=Standing(step=Step.ACT, turned_away=True, left=True))
    batch.intend(1, row, at=10.0)
    batch.ended(1, Verdict(end=End.NOT_TAKEN, http_status=429, why="HTTP 429", at=11.0))
    journal.apply(batch)

    (result,) = results(journal)
    assert result.status is Status.UNKNOWN
    assert result.note == (
        "the server says that it turned the create away unread (HTTP 429 or 401); resume will look it up first"
    )
