import math

import pytest

from bulkprov.engine.throttle.ceiling import Accepted, Ceiling


def accepted(per_second: int, seconds: float, until: float) -> Accepted:
    """A server that answered this many exchanges in the last second, each after `seconds`."""
    made = Accepted()
    for number in range(per_second):
        made.add(until - 1 + (number + 1) / per_second, seconds)
    return made


def test_the_mean_in_flight_is_the_rate_times_the_latency() -> None:
    """Little's law: 200 in the last second, 50 ms each, are ten at a time."""
    assert accepted(200, 0.05, until=9.0).mean_in_flight(9.0, 0, retry_after=1.0) == pytest.approx(10, rel=0.06)


def test_exchanges_in_flight_count_as_accepted() -> None:
    """The server has not refused them."""
    before = accepted(200, 0.05, until=9.0)

    assert before.mean_in_flight(9.0, 20, 1.0) == pytest.approx(before.mean_in_flight(9.0, 0, 1.0) + 20 * 0.05)


def test_a_ceiling_is_infinite_until_something_is_refused() -> None:
    """And time alone changes nothing."""
    ceiling = Ceiling()
    ceiling.rise_if_due(1e9)

    assert ceiling.height == math.inf


def test_a_hiccup_leaves_a_ceiling_just_below_and_it_rises_soon() -> None:
    """One refusal that asks for no pause: after a second the limit may go up again."""
    ceiling = Ceiling()
    ceiling.refused(accepted(200, 0.05, until=9.0), now=9.0, level=40.0, refusals=1, in_flight=39, retry_after=0.0)
    assert ceiling.height == pytest.approx(38)
    ceiling.rise_if_due(9.9)
    assert ceiling.height == pytest.approx(38)
    ceiling.rise_if_due(10.0)

    assert ceiling.height == pytest.approx(41.8)


def test_a_refusal_that_asks_for_a_pause_leaves_a_ceiling_of_what_was_accepted() -> None:
    """It stands for thirty times the pause, and then rises in doubling steps."""
    ceiling = Ceiling()
    ceiling.refused(accepted(200, 0.05, until=9.0), now=9.0, level=40.0, refusals=1, in_flight=0, retry_after=1.0)
    height = ceiling.height
    assert height == pytest.approx(0.97 * 10, rel=0.06)
    ceiling.rise_if_due(38.9)
    assert ceiling.height == height
    ceiling.rise_if_due(39.0)
    assert ceiling.height == pytest.approx(height + 1), "by one at least"
    ceiling.rise_if_due(39.0 + 7.5)

    assert ceiling.height == pytest.approx((height + 1) * 1.2)


def test_many_refusals_without_a_pause_cost_half_of_the_limit_at_most() -> None:
    """A server that accepted next to nothing in the last round trip may have been slow by chance."""
    ceiling = Ceiling()
    ceiling.refused(accepted(2, 0.01, until=9.0), now=9.0, level=40.0, refusals=3, in_flight=0, retry_after=0.0)

    assert ceiling.height == 20


def test_a_ceiling_is_never_below_one() -> None:
    """Something must be sent to learn more."""
    ceiling = Ceiling()
    ceiling.refused(Accepted(), now=9.0, level=1.0, refusals=1, in_flight=0, retry_after=3600.0)

    assert ceiling.height == 1
