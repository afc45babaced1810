from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine.timeseries import TimeSeries


def test_each_change_is_a_point() -> None:
    """A point is a time and the number from then on."""
    series = TimeSeries()
    for moment, value in [(0, 8), (1, 16), (2, 32), (5, 30)]:
        series.add(moment, value)

    assert series.points == [(0, 8), (1, 16), (2, 32), (5, 30)]


def test_of_several_changes_within_one_step_the_last_is_kept() -> None:
    """Except for the first point, which says where the series began."""
    series = TimeSeries()
    for moment, value in [(0, 8), (0.01, 9), (0.02, 10), (0.1, 11), (3, 12)]:
        series.add(moment, value)

    assert series.points == [(0, 8), (0.01, 11), (3, 12)]


@given(st.lists(st.tuples(st.floats(0, 1000), st.integers(1, 256)), max_size=300), st.integers(2, 12))
def test_the_number_of_points_is_bounded_and_both_ends_are_right(steps: list[tuple[float, int]], most: int) -> None:
    """However many changes are added, points stay in order, the first is kept, and the last has the last number."""
    series, now, added = TimeSeries(max_points=most), 0.0, list[tuple[float, int]]()
    for passed, value in steps:
        now += passed
        series.add(now, value)
        added.append((now, value))

    assert len(series.points) <= max(2, most)
    assert series.points == sorted(series.points, key=lambda point: point[0])
    if added:
        assert series.points[0] == added[0]
        assert series.points[-1][1] == added[-1][1]
