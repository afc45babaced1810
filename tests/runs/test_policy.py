"""How much a row may cost."""

import pytest

from bulkprov.engine.lifecycle import begin
from bulkprov.engine.model import Step
from bulkprov.runs.policy import policy_of
from bulkprov.settings import Access, Effort


@pytest.mark.parametrize(
    ("access", "effort", "settle"),
    [
        (Access(), Effort(), 10.0),
        (Access(timeout=4), Effort(), 4.0),
        (Access(timeout=600), Effort(), 10.0),
        (Access(timeout=4), Effort(settle=30), 30.0),
        (Access(), Effort(settle=0), 0.0),
    ],
)
def test_the_settle_time_is_the_timeout_but_at_most_ten_seconds(access: Access, effort: Effort, settle: float) -> None:
    """Unless it is given; what was answered settles no later than what was lost."""
    policy = policy_of(access, effort)

    assert policy.settle == settle
    assert policy.settle_answered <= settle


def test_the_first_look_can_be_left_out() -> None:
    """The first step of a row is then its create."""
    assert begin(policy_of(Access(), Effort())).step is Step.LOOK
    assert begin(policy_of(Access(), Effort(no_first_look=True))).step is Step.ACT
