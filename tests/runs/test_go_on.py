"""How a row goes on that was left before its end."""

from dataclasses import replace

import pytest

from bulkprov.engine.lifecycle import begin, reported
from bulkprov.engine.model import End, Evidence, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.runs.go_on import decide
from bulkprov.runs.policy import policy_of
from bulkprov.settings import Access, Effort

POLICY = policy_of(Access(), Effort())
FOUND = Verdict(end=End.ANSWERED, http_status=200, reply=Reply(id=931), at=1_000.0)
NOT_LISTED = replace(FOUND, reply=Reply())
SENT = Standing(step=Step.ACT, absent_before_send=True)
CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931), finished_at=0.0, evidence=Evidence.PROVEN)
following = decide(POLICY, began=1_900.0, now=2_000.0)


def test_a_create_of_which_only_the_intent_is_known_is_in_doubt_from_now_on() -> None:
    """When its process died cannot be told, as the clock may have been set since; what was known then is kept."""
    left = following("run", SENT, None, 930)

    assert isinstance(left, Standing)
    assert (left.step, left.unsettled, left.ever_in_doubt) == (Step.LOOK, True, True)
    assert (left.left, left.known, left.absent_before_send) == (True, 930, True)
    assert left.doubt_began == 2_000.0


@pytest.mark.parametrize("at", [1_000.0, 9_000.0])
def test_the_settle_time_of_a_doubt_of_another_process_begins_with_this_one(at: float) -> None:
    """Whether it seems to have begun long ago, or in the future."""
    left = following("run", SENT, Verdict(end=End.IN_DOUBT, why="no answer", at=at), 930)

    assert isinstance(left, Standing)
    assert left.doubt_began == 1_900.0


def test_the_settle_time_of_a_doubt_of_this_process_goes_on() -> None:
    """For the last pass over rows that no look-up could settle."""
    left = following("run", SENT, Verdict(end=End.IN_DOUBT, why="no answer", at=1_950.0), 930)

    assert isinstance(left, Standing)
    assert left.doubt_began == 1_950.0


def test_the_first_look_of_another_process_is_taken_again() -> None:
    """It may be of yesterday."""
    left = following("run", begin(POLICY), NOT_LISTED, 0)

    assert isinstance(left, Standing)
    assert (left.step, left.left) == (Step.LOOK, False)


@pytest.mark.parametrize(("known", "evidence"), [(930, Evidence.PROVEN), (931, Evidence.PERHAPS)])
def test_an_answer_whose_row_was_not_ended_is_judged_by_what_was_known_before_it(
    known: int, evidence: Evidence
) -> None:
    """An id that was known when the create left proves nothing."""
    answered = replace(FOUND, reply=Reply(0, "", 931))

    ended = following("run", SENT, answered, known)

    assert isinstance(ended, Outcome)
    assert (ended.status, ended.evidence) == (Status.CREATED, evidence)


@pytest.mark.parametrize(
    ("name", "standing", "status"),
    [
        ("run", begin(POLICY), Status.EXISTS),
        ("plan", begin(POLICY), Status.EXISTS),
        ("verify", reported(CREATED, 2_000.0), Status.AS_REPORTED),
        ("", begin(POLICY), Status.EXISTS),
    ],
)
def test_an_exchange_is_decided_by_the_operation_that_made_it(name: str, standing: Standing, status: Status) -> None:
    """Format 1 has no name: a row without a target was in a run."""
    ended = following(name, standing, FOUND, 0)

    assert isinstance(ended, Outcome)
    assert ended.status is status


@pytest.mark.parametrize("name", ["", "rollback"])
def test_a_nameless_row_with_a_target_was_in_a_rollback(name: str) -> None:
    """Listed, it is asked for by its id, which is to be deleted."""
    left = following(name, reported(CREATED, 2_000.0), FOUND, 0)

    assert isinstance(left, Standing)
    assert (left.step, left.target) == (Step.ASK, 931)


def test_a_rollback_that_had_found_why_not_to_delete_a_row_finds_it_again() -> None:
    """The row's outcome is on disk already, and is not to be put aside by half of a note."""
    standing = replace(reported(CREATED, 2_000.0), step=Step.ASK)
    moved = replace(FOUND, reply=Reply(elsewhere="now named FS_2"))

    left = following("rollback", standing, moved, 0)

    assert isinstance(left, Standing)
    assert (left.step, left.target) == (Step.ASK, 931)
