"""Numbers as people read them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.report.readable import clock, length, share, tick_step, ticks

AT = 1_750_000_000.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.25, "0.25 s"), (59, "59 s"), (60, "1 min"), (126.34, "2 min 6 s"), (3600, "1 h"), (5430, "1 h 30 min")],
)
def test_a_length_of_time_has_two_units_at_most(seconds: float, words: str) -> None:
    """Nobody reads 5430 seconds."""
    assert length(seconds) == words


def test_a_share_is_neither_all_nor_nothing_unless_it_is() -> None:
    """One of thousands is not 0 %, and one missing of thousands not 100 %."""
    assert (share(5, 5), share(4999, 5000), share(1, 5000)) == (1.0, 0.999, 0.001)


@given(span=st.floats(0.1, 1e8), most=st.integers(2, 12), bar=st.sampled_from([0.1, 0.5, 1, 5, 15, 60, 900, 864_000]))
def test_marks_of_an_axis_are_few_and_fall_on_bars(span: float, most: int, bar: float) -> None:
    """However long the axis, and however long its bars."""
    step = tick_step(span, most, bar)

    assert span / step <= most + 1e-6
    assert step / bar == pytest.approx(round(step / bar))


@pytest.mark.parametrize(("step", "words"), [(0.5, 10), (15, 8), (60, 5), (3600, 5), (86_400, 6)])
def test_marks_are_at_round_times_of_this_place(step: float, words: int) -> None:
    """And are written as exactly as their step asks for."""
    found = ticks(AT, AT + 3 * step, step)

    assert 3 <= len(found) <= 4
    assert all(after - before == pytest.approx(step) for before, after in pairwise(found))
    assert {len(clock(at, step)) for at in found} == {words}
    if step == 3600:
        assert all(clock(at, step).endswith(":00") for at in found)
