from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine.timeseries import Course


def test_each_change_is_a_point() -> None:
    """The number and when it came."""
    course = Course()
    for moment, value in [(0, 8), (1, 16), (2, 32), (5, 30)]:
        course.add(moment, value)

    assert course.points == [(0, 8), (1, 16), (2, 32), (5, 30)]
    assert course.sampled(6) == [(0, 8), (1, 16), (2, 32), (3, 32), (4, 32), (5, 30)]


def test_of_changes_in_quick_succession_the_last_is_kept() -> None:
    """But for the first, which says where it began."""
    course = Course()
    for moment, value in [(0, 8), (0.01, 9), (0.02, 10), (0.1, 11), (3, 12)]:
        course.add(moment, value)

    assert course.points == [(0, 8), (0.01, 11), (3, 12)]


@given(st.lists(st.tuples(st.floats(0, 1000), st.integers(1, 256)), max_size=300), st.integers(2, 12))
def test_there_are_never_many_and_the_ends_are_right(steps: list[tuple[float, int]], most: int) -> None:
    """However many changes there were: in order, the first point kept, and the last number the last one heard."""
    course, now, heard = Course(most=most), 0.0, list[tuple[float, int]]()
    for passed, value in steps:
        now += passed
        course.add(now, value)
        heard.append((now, value))

    assert len(course.points) <= max(2, most)
    assert course.points == sorted(course.points, key=lambda point: point[0])
    if heard:
        assert course.points[0] == heard[0]
        assert course.points[-1][1] == heard[-1][1]
        assert len(course.sampled(20)) == 20


def test_nothing_heard_is_nothing_drawn() -> None:
    """A course without points has no samples."""
    assert Course().sampled(10) == []
