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
    """Unless it is given; it is one, for whatever has to settle."""
    assert policy_of(access, effort).settle == settle


@pytest.mark.parametrize(("effort", "settle"), [(Effort(), 1.0), (Effort(settle=7), 7.0)])
def test_the_simulator_in_this_process_settles_in_a_second(effort: Effort, settle: float) -> None:
    """Its lists are never late of themselves: a rehearsal is not to wait ten seconds for its audit."""
    assert policy_of(Access(simulate=True), effort).settle == settle


def test_the_age_of_a_first_look_is_as_given() -> None:
    """A row that is sent later is looked up again."""
    assert policy_of(Access(), Effort(look_age=5)).look_age == 5
    assert policy_of(Access(), Effort()).look_age == Effort().look_age


def test_the_first_look_can_be_left_out() -> None:
    """The first step of a row is then its create."""
    assert begin(policy_of(Access(), Effort())).step is Step.LOOK
    assert begin(policy_of(Access(), Effort(no_first_look=True))).step is Step.ACT
