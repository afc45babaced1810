"""Plan, rollback and verify, told as verdicts in order."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine import absence, lifecycle
from bulkprov.engine.model import End, Outcome, Reply, RetryPolicy, Standing, Status, Step, Verdict
from bulkprov.engine.operations import CHECK, DEEP_PLAN, OPERATIONS, PLAN, ROLLBACK, RUN, VERIFY, Operation
from tests.exchanges import doubted, found, missing, not_taken, refused, standings, verdicts

POLICY = RetryPolicy()
ALL = (RUN, CHECK, PLAN, DEEP_PLAN, ROLLBACK, VERIFY)
OURS = lifecycle.reported(12, at=-POLICY.settle)
LATER = 100.0


def follow(operation: Operation, story: Iterable[Verdict], start: Standing) -> Standing | Outcome:
    """Where a row is at the end of a story."""
    now: Standing | Outcome = start
    for verdict in story:
        assert isinstance(now, Standing), f"ended before {verdict}: {now}"
        now = lifecycle.after(operation.rules, now, verdict, POLICY)
    return now


def ended(operation: Operation, *story: Verdict, start: Standing = OURS) -> Outcome:
    """How a row ended."""
    now = follow(operation, story, start)
    assert isinstance(now, Outcome), now
    return now


def going(operation: Operation, *story: Verdict, start: Standing = OURS) -> Standing:
    """Where a row stands that goes on."""
    now = follow(operation, story, start)
    assert isinstance(now, Standing), now
    return now


def deleted(at: float = 0.0) -> Verdict:
    """A delete that was answered with errorCode 0."""
    return Verdict(end=End.ANSWERED, reply=Reply(error_code=0), http_status=200, at=at)


def elsewhere(name: str) -> Verdict:
    """The id is listed under another name."""
    return Verdict(end=End.ANSWERED, reply=Reply(elsewhere=name), http_status=200)


def test_only_a_run_creates() -> None:
    """What is said of things that were made is said of no other operation."""
    assert [operation.name for operation in ALL if operation.creates] == ["run"]


# Plan


NO_PLACE = Verdict(end=End.ANSWERED, reply=Reply(no_place=True), why="there is no client of that name")


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (found(12), Status.EXISTS),
        (missing(), Status.WOULD_CREATE),
        (missing(sure=False), Status.WOULD_CREATE),
        (NO_PLACE, Status.NO_PLACE),
    ],
)
def test_a_plan_says_what_one_look_told(verdict: Verdict, status: Status) -> None:
    """There, not there, or no such client; nothing is ever sent."""
    assert ended(PLAN, verdict, start=Standing()).status is status


def test_why_there_is_no_place_is_our_note_and_not_the_servers_word() -> None:
    """`errorString` holds what the server said, and nothing else."""
    end = ended(PLAN, NO_PLACE, start=Standing())

    assert (end.note, end.reply.error_string) == ("there is no client of that name", "")


def test_a_plan_that_cannot_be_read_does_not_guess() -> None:
    """After its turns a row without an answer is left as it is, and the plan never acts."""
    row = going(PLAN, *[doubted()] * POLICY.inconclusive_looks_optional, start=Standing())

    assert lifecycle.looks_exhausted(row, POLICY)
    assert (row.step, lifecycle.give_up(PLAN.rules, row, doubted())) == (Step.LOOK, None)


# Rollback


def test_a_set_is_deleted_after_a_look_that_found_its_id() -> None:
    """Found under its name with the id it was reported with: then, and only then, a delete."""
    assert going(ROLLBACK, found(12)).step is Step.ACT
    end = ended(ROLLBACK, found(12), deleted())
    assert (end.status, end.reply.id, end.note, end.ours) == (Status.ROLLED_BACK, 12, "deleted", False)


def test_a_set_that_is_gone_already_needs_no_delete() -> None:
    """It is rolled back, and the note says so."""
    end = ended(ROLLBACK, missing())

    assert (end.status, end.note) == (Status.ROLLED_BACK, "it was already gone")


@pytest.mark.parametrize("operation", [ROLLBACK, VERIFY], ids=lambda each: each.name)
def test_a_set_that_was_just_made_is_not_gone_because_the_list_is_late(operation: Operation) -> None:
    """Lists may lag: until the settle time after it was reported is over, nobody believes that it is not there."""
    made = lifecycle.reported(12, at=100.0)
    early, late = missing(at=101.0), missing(at=100.0 + POLICY.settle)

    waits = going(operation, early, start=made)
    assert (waits.step, absence.must_settle(waits), absence.asked_after(waits, 101.0, POLICY)) == (
        Step.LOOK,
        True,
        101.0,
    )
    assert ended(operation, early, late, start=made).status in (Status.ROLLED_BACK, Status.GONE)
    assert ended(operation, late, start=made) == ended(operation, early, late, start=made)


def test_a_set_whose_list_was_late_is_rolled_back_when_it_is_found() -> None:
    """Found at the second look, it is deleted without more waiting, as no delete is under way."""
    assert (
        going(ROLLBACK, missing(at=101.0), found(12, at=102.0), start=lifecycle.reported(12, at=100.0)).step is Step.ACT
    )


def test_an_absence_told_weakly_is_not_believed_at_once() -> None:
    """An answer without a list must come three times."""
    assert going(ROLLBACK, missing(sure=False), missing(sure=False)).step is Step.LOOK
    assert ended(ROLLBACK, *[missing(sure=False)] * 3).status is Status.ROLLED_BACK


def test_a_set_that_was_renamed_is_left_alone() -> None:
    """Its id under another name: somebody has use for it."""
    end = ended(ROLLBACK, elsewhere("kept_by_ann"))

    assert (end.status, end.ours) == (Status.CREATED, True)
    assert "kept_by_ann" in end.note


def test_another_set_of_the_same_name_is_left_alone() -> None:
    """Another id under the name is not ours to delete; ours is gone."""
    end = ended(ROLLBACK, found(99))

    assert end.status is Status.ROLLED_BACK
    assert "99" in end.note


def test_a_lost_answer_to_a_delete_is_settled_by_a_look() -> None:
    """Absent: deleted. Still there once the settle time is over: deleted again."""
    lost = (found(12), doubted(at=10.0))

    assert ended(ROLLBACK, *lost, missing(at=11.0)).status is Status.ROLLED_BACK
    assert going(ROLLBACK, *lost, found(12, at=11.0)).step is Step.LOOK
    assert going(ROLLBACK, *lost, found(12, at=LATER)) == Standing(
        step=Step.ACT, sends=1, ever_in_doubt=True, target=12
    )


def test_a_refused_delete_leaves_the_row_created() -> None:
    """The set is there, the row says so, and the note has the server's words."""
    end = ended(ROLLBACK, found(12), refused(7, "has data"), found(12))

    assert (end.status, end.ours, end.reply.id) == (Status.CREATED, True, 12)
    assert "errorCode 7 has data" in end.note


def test_a_delete_refused_because_it_was_done_is_done() -> None:
    """A second delete of an id that is gone may be refused; the look tells."""
    assert ended(ROLLBACK, found(12), refused(4, "unknown id"), missing()).status is Status.ROLLED_BACK


def test_deletes_are_bounded() -> None:
    """After eight deletes without an answer the row is left created."""
    row = going(ROLLBACK, found(12))
    for _ in range(POLICY.max_attempts - 1):
        row = going(ROLLBACK, doubted(at=0.0), found(12, at=LATER), start=row)
    end = ended(ROLLBACK, doubted(at=0.0), found(12, at=LATER), start=row)

    assert (end.status, end.attempts) == (Status.CREATED, POLICY.max_attempts)


# Verify


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (found(12), Status.AS_REPORTED),
        (found(13), Status.DIFFERS),
        (elsewhere("renamed"), Status.DIFFERS),
        (missing(), Status.GONE),
    ],
)
def test_a_verification_compares_id_and_name(verdict: Verdict, status: Status) -> None:
    """As reported, under another id or name, or gone."""
    assert ended(VERIFY, verdict).status is status


def test_gone_is_never_said_on_weak_grounds() -> None:
    """An answer without a list must come three times."""
    assert going(VERIFY, missing(sure=False)).unproven_absences == 1
    assert ended(VERIFY, *[missing(sure=False)] * 3).status is Status.GONE


# All of them


@given(st.sampled_from(ALL), standings(), verdicts())
def test_every_operation_is_total(operation: Operation, standing: Standing, verdict: Verdict) -> None:
    """Whatever happens there is an answer, and no doubt is forgotten."""
    if operation.act is None:
        standing = replace(standing, step=Step.LOOK)

    decided = lifecycle.after(operation.rules, standing, verdict, POLICY)

    if isinstance(decided, Standing):
        assert decided.ever_in_doubt >= standing.ever_in_doubt
        assert not (decided.step is Step.ACT and decided.unsettled) or standing == replace(
            decided, waits=standing.waits
        )


@given(st.lists(verdicts(), max_size=60))
def test_a_rollback_never_claims_what_it_did_not_see(story: list[Verdict]) -> None:
    """It ends only as rolled back, or created as before; its id stays."""
    now: Standing | Outcome = OURS
    for verdict in story:
        if isinstance(now, Outcome):
            break
        now = lifecycle.after(ROLLBACK.rules, now, verdict, POLICY)
    if isinstance(now, Outcome):
        assert now.status in (Status.ROLLED_BACK, Status.CREATED)
        assert now.reply.id == OURS.target


def test_what_is_not_taken_changes_nothing_but_the_wait() -> None:
    """In every operation."""
    for operation in ALL:
        assert lifecycle.after(operation.rules, OURS, not_taken(), POLICY) == replace(OURS, waits=1)


def test_only_the_results_of_a_run_have_rows_to_fix_beside_them() -> None:
    """A rollback writes the run's own results again; a plan and a verification have a file of their own."""
    assert {name for name, each in OPERATIONS.items() if each.has_rows_to_fix} == {"run", "rollback"}
