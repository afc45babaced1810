"""When a look that finds nothing is believed, and how fresh it has to be."""

from dataclasses import replace

import pytest

from bulkprov.engine import absence
from bulkprov.engine.model import Standing, Step
from bulkprov.engine.policy import RetryPolicy
from tests.exchanges import missing, refused

POLICY = RetryPolicy(settle=10)
DOUBTED = Standing(step=Step.LOOK, sends=1, ever_in_doubt=True, unsettled=True, doubt_began=50.0)
REFUSED = Standing(step=Step.LOOK, sends=1, refusal=refused(), doubt_began=70.0)
CERTAIN = replace(REFUSED, refusal=refused(documented=True), absent_before_send=True)
SAID_TO_EXIST = replace(REFUSED, refusal=refused(exists=True))


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


def test_there_is_one_settle_time() -> None:
    """A server that answered 5xx may be at work on it as long as one whose answer was lost."""
    assert absence.settled_at(DOUBTED, POLICY) == 60.0
    assert absence.settled_at(REFUSED, POLICY) == 80.0


def test_an_absence_counts_from_when_the_look_was_asked_for() -> None:
    """However long the answer took."""
    assert absence.too_early(DOUBTED, replace(missing(at=61.0), seconds=1.5), POLICY)
    assert not absence.too_early(DOUBTED, replace(missing(at=61.0), seconds=1.0), POLICY)


@pytest.mark.parametrize("times", [2, 3])
def test_after_a_doubt_an_answer_without_a_list_is_counted_anew(times: int) -> None:
    """However often it was given before: each must have been asked for when the settle time was over."""
    answer = missing(none_after=times)
    told = [absence.too_weak(replace(DOUBTED, unproven_absences=n), answer) for n in range(times)]

    assert told == [True] * (times - 1) + [False]
    assert not absence.too_weak(CERTAIN, answer), "nothing has to settle"


def test_an_answer_that_is_not_believed_yet_is_too_weak_for_any_row() -> None:
    """It was not given often enough, or by a scope that gave a list before."""
    assert absence.too_weak(Standing(), missing(sure=False))
    assert absence.too_weak(replace(DOUBTED, unproven_absences=20), missing(sure=False))
    assert not absence.too_weak(DOUBTED, missing())


def test_the_first_look_takes_any_list_that_is_young_enough() -> None:
    """One read serves all rows of a scope, but not for ever."""
    assert absence.is_first_look(Standing())
    assert absence.asked_after(Standing(), 1000.0, POLICY) == 1000.0 - POLICY.look_age


def test_a_look_after_a_create_left_is_no_first_look() -> None:
    """Not even in a rerun, nor if the server turned the create away."""
    assert not absence.is_first_look(Standing(left=True))
    assert not absence.is_first_look(DOUBTED)


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
    """One and the same answer does not count twice, and a hiccup lasts less than a second."""
    again = absence.look_again(replace(missing(at=100.0), seconds=0.5))

    assert again == 100.5
    assert absence.asked_after(replace(DOUBTED, look_after=again), 300.0, POLICY) == 100.5
    assert absence.asked_after(replace(Standing(), look_after=again), 101.0, POLICY) == 100.5


def test_a_deleted_thing_is_looked_for_in_a_list_asked_for_after_its_delete() -> None:
    """All rows that were deleted before it share it."""
    deleted = Standing(target=12, sends=1, unsettled=True, doubt_began=70.0)

    assert absence.asked_after(deleted, 71.0, POLICY) == 70.0
    assert absence.asked_after(replace(deleted, sends=0), 300.0, POLICY) == 80.0, "it was just reported: lists are late"
