"""The operations, and what holds for all of them; a plan, told as verdicts in order."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine import lifecycle
from bulkprov.engine.model import End, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.engine.operations import OPERATIONS, PLAN, Operation
from bulkprov.engine.policy import RetryPolicy
from tests.exchanges import doubted, found, missing, not_taken, standings, unsure, verdicts

POLICY = RetryPolicy()
ALL = tuple(OPERATIONS.values())
OURS = Standing(target=12, doubt_began=-POLICY.settle, left=True)


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


def test_a_plan_names_what_may_be_it_and_does_not_guess() -> None:
    """The row is left with what is listed: neither there nor absent."""
    row = going(PLAN, unsure(), start=Standing())

    assert lifecycle.looks_exhausted(row, POLICY)
    assert (row.unsure, lifecycle.give_up(PLAN.rules, row, unsure())) == (unsure().reply.unsure, None)


# All of them


@given(st.sampled_from(ALL), standings(asks=True), verdicts())
def test_every_operation_is_total(operation: Operation, standing: Standing, verdict: Verdict) -> None:
    """Whatever happens there is an answer, and no doubt is forgotten."""
    if (operation.act is None and standing.step is Step.ACT) or not operation.rules.after_ask:
        standing = replace(standing, step=Step.LOOK)

    decided = lifecycle.after(operation.rules, standing, verdict, POLICY)

    if isinstance(decided, Standing):
        assert decided.ever_in_doubt >= standing.ever_in_doubt
        waits = standing.step is Step.ACT and verdict.end is End.NOT_TAKEN  # it stands where it stood
        assert not (decided.step is Step.ACT and decided.unsettled) or (waits and standing.unsettled)


def test_what_is_not_taken_changes_nothing_but_the_wait() -> None:
    """In every operation."""
    for operation in ALL:
        assert lifecycle.after(operation.rules, OURS, not_taken(), POLICY) == replace(OURS, waits=1)


def test_only_the_results_of_a_run_have_rows_to_fix_beside_them() -> None:
    """A rollback and an audit write the run's own results again; a plan and a verification have a file of their own."""
    assert {name for name, each in OPERATIONS.items() if each.has_rows_to_fix} == {"run", "rollback", "audit"}
