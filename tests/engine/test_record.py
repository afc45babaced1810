"""What is written down of a row, by a recorder whose journal and log are lists."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.known_ids import KnownIds
from bulkprov.engine.model import End, Evidence, Outcome, Reply, Row, Standing, Status, Step, Verdict
from bulkprov.engine.operations import AUDIT, ROLLBACK, RUN, Operation
from bulkprov.engine.parts import Parts
from bulkprov.engine.policy import RetryPolicy
from bulkprov.engine.record import Recorder
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from tests.exchanges import doubted, found, missing, refused

REPORTED = Outcome(status=Status.CREATED, reply=Reply(0, "", 12), evidence=Evidence.PROVEN)
ROW = Row(
    number=3,
    sheet_row=4,
    want=BackupSet(client="client001", name="One"),
    standing=Standing(target=12),
    reported=REPORTED,
)


class Kept:
    """A journal and a log that keep what they are told."""

    def __init__(self) -> None:
        self.finished: list[Outcome] = []
        self.reopened: list[tuple[Row, Verdict]] = []
        self.exchanges: list[Verdict] = []
        self.events: list[str] = []

    async def begin(self, _row: Row, _known: int) -> int:
        """No act is begun here."""
        raise NotImplementedError

    def ended(self, _nr: int, verdict: Verdict) -> None:
        """Keep how an act ended."""
        self.exchanges.append(verdict)

    def looked(self, _row: Row, verdict: Verdict) -> None:
        """Keep a look."""
        self.exchanges.append(verdict)

    def reopen(self, row: Row, verdict: Verdict) -> None:
        """Keep where a row stands again."""
        self.reopened.append((row, verdict))

    def finish(self, _row: Row, outcome: Outcome) -> None:
        """Keep an outcome."""
        self.finished.append(outcome)

    async def reported_as(self, _number: int) -> Row | None:
        """Nobody asks here."""
        raise NotImplementedError

    def info(self, event: str, **_values: object) -> None:
        """Keep an event."""
        self.events.append(event)

    debug = warning = exception = info


class Desk:
    """A recorder with all that it tells."""

    def __init__(self, operation: Operation) -> None:
        self.kept, self.tally, self.ids, self.asked = Kept(), Tally(), KnownIds(settle=10.0), 0
        self.now = 0.0
        no_use: Any = None
        parts = Parts(
            operation=operation,
            service=no_use,
            lookups=no_use,
            gate=no_use,
            journal=self.kept,
            stopping=Stopping(),
            policy=RetryPolicy(),
            tally=self.tally,
            log=self.kept,
            error_budget=self._budget,
            clock=lambda: self.now,
            random=Random(0),
            ids=self.ids,
            id_name="backupsetId",
        )
        self.recorder = Recorder(parts)

    def _budget(self, _tally: Tally) -> str:
        self.asked += 1
        return ""


@pytest.mark.parametrize("operation", [AUDIT, ROLLBACK], ids=lambda each: each.name)
def test_a_row_without_news_is_not_written_again(operation: Operation) -> None:
    """It is counted, and its id is known."""
    desk = Desk(operation)
    desk.recorder.ended(ROW, Outcome(status=Status.AS_REPORTED, reply=Reply(id=12)), found(12))

    assert (desk.kept.finished, desk.kept.reopened, desk.kept.events) == ([], [], [])
    assert (desk.tally.statuses, desk.ids.has_row(12)) == ({Status.AS_REPORTED: 1}, True)


def test_an_id_testifies_from_when_it_is_told_and_not_by_the_clock_of_an_earlier_process() -> None:
    """What an earlier process was answered is told by this one, and the clock may have been set back since."""
    desk = Desk(RUN)
    desk.now = 1_000.0
    told = Outcome(status=Status.CREATED, reply=Reply(0, "", 12), finished_at=4_600.0)
    desk.recorder.ended(replace(ROW, reported=None), told, replace(found(12), at=4_600.0))

    assert desk.ids.witnesses("client001", 1_009.0) == ()
    assert desk.ids.witnesses("client001", 1_010.0) == (12,)


def test_what_an_audit_has_found_is_written_into_the_rows_outcome() -> None:
    """It stays created, under the id that is listed."""
    desk = Desk(AUDIT)
    news = Outcome(status=Status.AS_REPORTED, reply=Reply(id=44), note="listed as id 44", evidence=Evidence.PERHAPS)
    desk.recorder.ended(ROW, news, missing())

    (after,) = desk.kept.finished
    assert (after.status, after.reply.id, after.evidence) == (Status.CREATED, 44, Evidence.PERHAPS)
    assert desk.kept.events == ["row.amended"]
    assert desk.ids.has_row(44)


@pytest.mark.parametrize(
    ("operation", "status", "evidence"),
    [
        (AUDIT, Status.CREATED, Evidence.PROVEN),
        (AUDIT, Status.EXISTS, Evidence.NONE),
        (ROLLBACK, Status.EXISTS, Evidence.NONE),
    ],
)
def test_whose_a_thing_is_by_its_mark_is_written_into_the_rows_outcome(
    operation: Operation, status: Status, evidence: Evidence
) -> None:
    """All else stays as it was reported."""
    desk = Desk(operation)
    news = Outcome(status=status, reply=Reply(id=12), note="by its mark", evidence=evidence, finished_at=99.0)
    desk.recorder.ended(ROW, news, found(12))

    (after,) = desk.kept.finished
    assert (after.status, after.evidence, after.note) == (status, evidence, "by its mark")
    assert after == replace(REPORTED, status=status, evidence=evidence, note="by its mark")
    assert desk.kept.events == ["row.amended"]


def test_what_an_audit_has_found_of_a_row_that_was_not_done_is_its_outcome() -> None:
    """Nothing was reported that could be kept."""
    desk = Desk(AUDIT)
    undone = replace(ROW, standing=replace(ROW.standing, target=0))
    news = Outcome(status=Status.EXISTS, reply=Reply(id=44), finished_at=99.0)
    desk.recorder.ended(undone, news, found(44))

    assert desk.kept.finished == [news]


def test_a_row_that_an_audit_denies_is_in_doubt_again() -> None:
    """Its outcome is taken back; the look that denied it settles nothing."""
    desk = Desk(AUDIT)
    facts = Standing(lost=12, ever_in_doubt=True, unsettled=True)
    desk.recorder.ended(ROW, Outcome(status=Status.GONE, note="id 12 does not exist", facts=facts), missing(at=5.0))

    ((row, verdict),) = desk.kept.reopened
    assert (row.standing, verdict.end, verdict.why, verdict.at) == (facts, End.IN_DOUBT, "id 12 does not exist", 5.0)
    assert (desk.kept.finished, desk.kept.events) == ([], ["row.reopened"])


def test_a_rollback_that_leaves_a_row_says_that_its_delete_has_ended() -> None:
    """Though there is no news: without that the delete would be open for ever."""
    desk = Desk(ROLLBACK)
    tried = replace(ROW, standing=Standing(target=12, sends=1))
    desk.recorder.ended(tried, Outcome(status=Status.AS_REPORTED, reply=Reply(id=12)), found(12))

    assert desk.kept.finished == [REPORTED]


def test_a_row_that_no_outcome_was_stored_of_has_none_after_an_audit_that_finds_nothing() -> None:
    """A create of it left; it stays in doubt."""
    desk = Desk(AUDIT)
    desk.recorder.ended(replace(ROW, reported=None), Outcome(status=Status.AS_REPORTED), missing())

    assert (desk.kept.finished, desk.kept.reopened) == ([], [])


def test_a_refused_row_counts_until_a_look_has_found_it() -> None:
    """The error budget is asked when the refusal comes.

    A look that lets it stand is written down, since the row's end has what the refusal said, and nothing of the look.
    """
    desk = Desk(RUN)
    sent = replace(ROW, standing=Standing(step=Step.ACT), reported=None)
    looking = replace(sent, standing=Standing(sends=1, left=True, refusal=refused()))
    desk.recorder.went_on(sent, 7, refused(), looking.standing)
    assert (desk.tally.refused, desk.asked, desk.kept.exchanges) == (1, 1, [refused()])

    desk.recorder.ended(looking, Outcome(status=Status.EXISTS, reply=Reply(id=12)), found(12))
    assert (desk.tally.refused, desk.kept.exchanges) == (0, [refused()])
    desk.recorder.went_on(sent, 8, refused(), looking.standing)
    desk.recorder.ended(looking, Outcome(status=Status.REJECTED), missing())
    assert (desk.tally.refused, desk.kept.exchanges) == (1, [refused(), refused(), missing()])


def test_a_row_that_failed_counts_too() -> None:
    """The error budget is asked when it ends, and each outcome is logged."""
    desk = Desk(RUN)
    desk.recorder.ended(replace(ROW, reported=None), Outcome(status=Status.FAILED, attempts=8), missing())

    assert (desk.asked, desk.tally.statuses, desk.kept.events) == (1, {Status.FAILED: 1}, ["row.finished"])


def test_looks_are_written_down_but_for_a_first_one_that_found_nothing() -> None:
    """That one is in the next intent; an audit's are of no use later."""
    first = replace(ROW, standing=Standing(), reported=None)
    run, audit = Desk(RUN), Desk(AUDIT)
    run.recorder.went_on(first, 0, missing(), Standing(step=Step.ACT, absent_before_send=True))
    assert (run.kept.exchanges, run.kept.events) == ([], [])

    run.recorder.went_on(first, 0, doubted(), Standing(inconclusive_looks=1))
    audit.recorder.went_on(ROW, 0, doubted(), replace(ROW.standing, inconclusive_looks=1))
    assert (run.kept.exchanges, audit.kept.exchanges) == ([doubted()], [])
    assert run.kept.events == audit.kept.events == ["look.doubted"]


def test_a_row_that_a_rollback_could_not_ask_about_says_why() -> None:
    """A server may know no request by id. What may be at work already is told as in doubt instead."""
    desk, why = Desk(ROLLBACK), replace(doubted(), why="HTTP 501 Not Implemented")
    desk.recorder.left(ROW, replace(ROW.standing, step=Step.ASK), why)
    desk.recorder.left(replace(ROW, reported=None), ROW.standing, why)
    desk.recorder.left(ROW, replace(ROW.standing, sends=1), why)

    note = "not rolled back: whether it is there could not be told: HTTP 501 Not Implemented"
    assert desk.kept.finished == [replace(REPORTED, note=note)]


def test_a_row_whose_witnesses_disagree_for_ever_says_so() -> None:
    """The list has it, its id does not, however often they are asked."""
    desk = Desk(ROLLBACK)
    desk.recorder.left(ROW, ROW.standing, missing())

    assert desk.kept.finished[0].note.endswith("its list and its id do not agree")
