"""When a look that finds nothing is believed, and how fresh it has to be."""

from dataclasses import replace

import pytest

from bulkprov.engine import absence
from bulkprov.engine.model import RetryPolicy, Standing, Step
from tests.exchanges import missing, refused

POLICY = RetryPolicy(settle=10, settle_answered=1)
DOUBTED = Standing(step=Step.LOOK, sends=1, ever_in_doubt=True, unsettled=True, doubt_began=50.0, may_still_run=True)
REFUSED = Standing(step=Step.LOOK, sends=1, refusal=refused(), doubt_began=70.0, may_still_run=True)
CERTAIN = replace(REFUSED, refusal=refused(documented=True), absent_before_send=True)
SAID_TO_EXIST = replace(REFUSED, refusal=refused(exists=True), may_still_run=True)


@pytest.mark.parametrize(
    ("standing", "must_settle"),
    [
        (Standing(), False),
        (DOUBTED, True),
        (REFUSED, True),
        (SAID_TO_EXIST, True),
        (CERTAIN, False),
        (replace(CERTAIN, absent_before_send=False), True),
        (replace(CERTAIN, ever_in_doubt=True), True),
    ],
)
def test_an_absence_must_wait_after_a_doubt_and_against_the_servers_word(standing: Standing, must_settle: bool) -> None:
    """At once it is believed of a clean row without doubt whose refusal is documented as "not created"."""
    assert absence.must_settle(standing) is must_settle


def test_an_answered_error_settles_sooner_than_a_lost_answer() -> None:
    """A server that answered 5xx is hardly at work on it any more."""
    assert absence.settled_at(DOUBTED, POLICY) == 60.0
    assert absence.settled_at(replace(DOUBTED, may_still_run=False), POLICY) == 51.0


def test_an_absence_counts_from_when_the_look_was_asked_for() -> None:
    """However long the answer took."""
    assert absence.too_early(DOUBTED, replace(missing(at=61.0), seconds=1.5), POLICY)
    assert not absence.too_early(DOUBTED, replace(missing(at=61.0), seconds=1.0), POLICY)


@pytest.mark.parametrize("sure", [True, False])
def test_an_answer_without_a_list_must_come_three_times(sure: bool) -> None:
    """A list without the thing is evidence by itself."""
    told = [absence.too_weak(replace(DOUBTED, unproven_absences=n), missing(sure=sure)) for n in range(3)]

    assert told == ([False] * 3 if sure else [True, True, False])


def test_where_there_was_a_list_before_only_a_list_is_believed() -> None:
    """A scope does not lose its list."""
    listed = replace(DOUBTED, absent_before_send=True, unproven_absences=20)

    assert absence.too_weak(listed, missing(sure=False))
    assert not absence.too_weak(listed, missing())


def test_the_first_look_takes_any_list_of_this_run() -> None:
    """One read serves all rows of a scope."""
    assert absence.is_first_look(Standing())
    assert absence.asked_after(Standing(), 1000.0, POLICY) == 0.0


def test_a_look_after_a_doubt_takes_a_list_of_now() -> None:
    """And, when the settle time is over, one that is as old as that."""
    assert not absence.is_first_look(DOUBTED)
    assert absence.asked_after(DOUBTED, 55.0, POLICY) == 55.0
    assert absence.asked_after(DOUBTED, 300.0, POLICY) == 60.0


def test_a_look_into_a_refusal_takes_a_list_asked_for_after_it() -> None:
    """One that left before cannot explain it."""
    assert not absence.is_first_look(REFUSED)
    assert absence.asked_after(CERTAIN, 300.0, POLICY) == 70.0
    assert absence.asked_after(REFUSED, 300.0, POLICY) == 80.0


def test_an_absence_that_was_not_believed_takes_a_new_list() -> None:
    """One and the same answer does not count twice."""
    assert absence.asked_after(replace(DOUBTED, unproven_absences=1), 300.0, POLICY) == 300.0
