import math

import pytest

from bulkprov.engine.throttle.comparison import Comparison, Latencies, Spread, merged
from bulkprov.engine.throttle.latency import Latency


def sample(seconds: float, variance: float = 0.0, count: int = 100) -> Latency:
    """Exchanges with this middle."""
    return Latency(math.log(seconds), variance, count)


def compared(now: Latencies, base: Latencies) -> Comparison:
    """By a spread that has seen what is compared."""
    spread = Spread()
    spread.learn(now)
    return Comparison.between(now, base, spread)


def test_what_takes_twice_as_long_waits_half_of_the_time() -> None:
    """Little's law, where latencies are even."""
    assert compared((None, sample(0.1)), (None, sample(0.05))).waiting() == pytest.approx(0.5)


def test_where_latencies_vary_much_the_same_wait_is_a_smaller_share() -> None:
    """With sigma 1 the mean is 1.65 times the middle, and what waits is waiting for the mean."""
    uneven = compared((None, sample(0.1, 1.2)), (None, sample(0.05, 1.2)))

    assert uneven.waiting() == pytest.approx(1 / (1 + math.exp(0.5)))
    assert compared((None, sample(0.1, 50.0)), (None, sample(0.05, 50.0))).waiting() == pytest.approx(1 / 5)


def test_chance_is_taken_off() -> None:
    """A tenth longer means something among steady latencies, and nothing among those that vary."""
    steady = compared((None, sample(0.055)), (None, sample(0.05)))
    uneven = compared((None, sample(0.055, 2.7)), (None, sample(0.05, 2.7)))

    assert steady.waiting(3.0) > 0
    assert uneven.waiting() > 0 == uneven.waiting(1.0)
    assert steady.is_longer(3.0)
    assert not uneven.is_longer(1.0)
    assert compared((None, sample(0.045)), (None, sample(0.05))).is_shorter(3.0)


def test_the_spread_is_that_of_all_cohorts_if_one_happens_to_be_even() -> None:
    """Eight equal durations do not prove that a server answers evenly."""
    spread = Spread()
    spread.learn((None, sample(0.05, 1.0, 500)))
    spread.learn((None, sample(0.05, 0.0, 500)))

    assert spread.of(1, sample(0.05, 0.0, 8)) == pytest.approx(0.5)
    assert spread.of(1, sample(0.05, 2.0, 8)) == 2.0


def test_each_kind_is_compared_with_itself_and_weighed_by_its_time() -> None:
    """Ten times as many reads, of a hundredth: that they take twice as long hardly matters, and acts do."""
    base = (sample(0.01, count=1000), sample(1.0))

    assert compared((sample(0.02, count=1000), sample(1.0)), base).waiting() < 0.11
    assert compared((sample(0.01, count=1000), sample(2.0)), base).waiting() > 0.45


def test_a_kind_without_a_base_counts_as_not_waiting() -> None:
    """And with no base at all nothing waits, and nothing is certain."""
    both = compared((sample(1.0), sample(1.0)), (None, sample(0.5)))
    none = compared((sample(1.0), None), (None, sample(0.5)))

    assert both.waiting() == pytest.approx(0.25)
    assert (none.waiting(), none.is_longer(1.0), none.is_shorter(1.0)) == (0.0, False, False)


def test_a_latency_beyond_measure_waits_all_the_time() -> None:
    """And no number overflows."""
    assert compared((None, sample(1e300)), (None, sample(1e-6))).waiting() == pytest.approx(1.0)


def test_merging_keeps_the_kinds_apart() -> None:
    """What only one of them has is kept as it is."""
    one, two = sample(1.0), sample(2.0)

    assert merged(None, (one, None)) == (one, None)
    assert merged((one, None), (None, two)) == (one, two)
    (both, none) = merged((one, None), (two, None), 50)
    assert none is None
    assert both is not None
    assert (round(both.seconds, 6), both.count) == (round(math.sqrt(2), 6), 50)
