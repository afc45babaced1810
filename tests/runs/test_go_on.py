"""How a row goes on that was left before its end."""

from dataclasses import replace

import pytest

from bulkprov.engine.lifecycle import begin, reported
from bulkprov.engine.model import End, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.runs.go_on import decide
from bulkprov.runs.policy import policy_of
from bulkprov.settings import Access, Effort

POLICY = policy_of(Access(), Effort())
FOUND = Verdict(end=End.ANSWERED, http_status=200, reply=Reply(id=931), at=1_000.0)
SENT = Standing(step=Step.ACT, sends=1)


def test_a_create_of_which_only_the_intent_is_known_is_in_doubt() -> None:
    """It may have left until shortly after the process last wrote, but not later than now."""
    left = decide(POLICY, alive=500.0, now=1_000.0)("run", SENT, None)
    assert isinstance(left, Standing)
    assert (left.step, left.unsettled) == (Step.LOOK, True)

    set_back = decide(POLICY, alive=500.0, now=400.0)("run", SENT, None)
    assert left != set_back, "a clock that was set back does not put the doubt into the future"


@pytest.mark.parametrize(
    ("name", "standing", "status"),
    [
        ("run", begin(POLICY), Status.EXISTS),
        ("plan", begin(POLICY), Status.EXISTS),
        ("verify", reported(931, 0.0), Status.AS_REPORTED),
        ("", begin(POLICY), Status.EXISTS),
    ],
)
def test_an_exchange_is_decided_by_the_operation_that_made_it(name: str, standing: Standing, status: Status) -> None:
    """Format 1 has no name: a row without a target was in a run."""
    ended = decide(POLICY, alive=0.0, now=2_000.0)(name, standing, FOUND)

    assert isinstance(ended, Outcome)
    assert ended.status is status


@pytest.mark.parametrize("name", ["", "rollback"])
def test_a_nameless_row_with_a_target_was_in_a_rollback(name: str) -> None:
    """Found, it is to be deleted."""
    left = decide(POLICY, alive=0.0, now=2_000.0)(name, replace(reported(931, 0.0)), FOUND)

    assert isinstance(left, Standing)
    assert (left.step, left.target) == (Step.ACT, 931)
