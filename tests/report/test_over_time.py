"""What went over the wire when."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine.model import End, Status, Step, Verdict
from bulkprov.report.over_time import OverTime, Timeline, held
from tests.report.made_results import made

AT = 1_750_000_000.0


@given(moments=st.lists(st.floats(0, 4e9), max_size=80), most=st.integers(2, 60))
def test_time_is_drawn_in_few_bars_and_no_moment_is_lost(moments: list[float], most: int) -> None:
    """However far apart moments are, and in whatever order: few bars, evenly spaced, that hold them all."""
    line = Timeline(most)
    for moment in moments:
        line.add(moment)
    bars = line.bars()

    assert len(bars) <= most
    assert sum(count for _, count in bars) == len(moments)
    for moment in moments:
        assert sum(count for begin, count in bars if begin <= moment + 1e-6 and moment < begin + line.step + 1e-6) > 0
    gaps = {round(after - before, 3) for (before, _), (after, _) in itertools.pairwise(bars)}
    assert gaps <= {line.step}


def test_the_bars_are_of_lengths_people_use() -> None:
    """Two minutes of creates are drawn in bars of five seconds."""
    line = Timeline()
    for tenth in range(1200):
        line.add(1_750_000_000 + tenth / 10)

    assert (line.step, len(line.bars())) == (5, 24)


@given(
    spans=st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e4)), min_size=1, max_size=30), most=st.integers(2, 60)
)
def test_no_second_of_a_span_is_lost_whatever_the_bars(spans: list[tuple[float, float]], most: int) -> None:
    """Spread over the bars that it touches, a stretch of time keeps its length, also when bars grow."""
    line = Timeline(most)
    for begin, seconds in spans:
        line.span(begin, begin + seconds, "busy")

    assert sum(amount for _, amount in line.bars("busy")) == pytest.approx(sum(seconds for _, seconds in spans), 1e-4)
    assert len(line.bars("other")) == len(line.bars("busy"))


def test_after_a_rollback_no_course_is_told() -> None:
    """When what is rolled back was created is not known any more: the rest would look like a run of its own."""
    over_time = OverTime()
    over_time.ended(made(finished_at=AT + 1, seconds=1.0))
    assert over_time.course().tells
    over_time.ended(made(finished_at=AT + 60, status=Status.ROLLED_BACK))
    assert not over_time.course().tells


def test_creates_in_flight_are_those_of_the_outcomes_and_those_after_which_rows_went_on() -> None:
    """Two seconds of create in one second are two in flight; carried rows and look-ups are not."""
    over_time = OverTime()
    over_time.ended(made(finished_at=AT + 1, seconds=1.0))
    over_time.ended(made(finished_at=AT + 1, seconds=1.0, carried=True))
    over_time.ended(made(finished_at=AT + 1, seconds=1.0, status=Status.EXISTS))
    over_time.exchanged(Step.ACT, Verdict(end=End.ANSWERED, at=AT + 1, seconds=1.0))
    over_time.exchanged(Step.LOOK, Verdict(end=End.ANSWERED, at=AT + 1, seconds=1.0))
    course = over_time.course()

    assert sum(course.created) == 1
    assert sum(course.in_flight) * course.step == pytest.approx(2)
    assert not any(course.unanswered)


def test_a_look_up_that_many_rows_share_is_one_request_without_an_answer() -> None:
    """Each row has it in its history; a create that was not answered is its row's own."""
    over_time = OverTime()
    for _ in range(50):
        over_time.exchanged(Step.LOOK, Verdict(end=End.NOT_TAKEN, at=AT))
    for second in (1, 2):
        over_time.exchanged(Step.ACT, Verdict(end=End.IN_DOUBT, at=AT + second, seconds=0.5))

    over_time.exchanged(Step.ACT, Verdict(end=End.NOT_TAKEN, at=AT + 3, http_status=429))  # put off is answered

    assert sum(over_time.course().unanswered) == 3


def test_pauses_that_overlap_are_one() -> None:
    """The server may ask for a pause many times at once; what was never made says nothing."""
    over_time = OverTime()
    for after, wait in ((0, 5), (20, 5), (3, 10), (40, 0)):
        over_time.exchanged(Step.ACT, Verdict(end=End.NOT_TAKEN, at=AT + after, retry_after=wait))
    over_time.exchanged(Step.ACT, Verdict(end=End.NOT_TAKEN, tried=False))

    assert over_time.course().pauses == [(AT, AT + 13), (AT + 20, AT + 25)]


def test_a_limit_holds_from_its_moment_on() -> None:
    """Until the next one; before the first there is none."""
    points = OverTime().course(json.dumps([[AT, 8], [AT + 5, 16]])).limits

    assert [held(points, AT + second) for second in (-1, 0, 4, 5, 90)] == [None, 8, 8, 16, 16]
