import math
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine.throttle.latency import MAX_WEIGHT, Latency, answers_needed


def test_a_sample_leaves_out_its_fastest_and_slowest_quarter() -> None:
    """Stragglers change nothing, and neither does what was answered from a cache."""
    sample = Latency.of([0.0001] * 4 + [0.05] * 8 + [9.0] * 4, 16)

    assert (round(sample.seconds, 9), round(sample.variance, 9), sample.count) == (0.05, 0.0, 16)


def test_the_slowest_quarter_need_not_be_known() -> None:
    """The middle is the same whether the last ones were answered or not."""
    seconds = [0.01 * number for number in range(1, 17)]

    assert answers_needed(16) == 12
    assert Latency.of(seconds[:12], 16) == Latency.of(seconds, 16)


@pytest.mark.parametrize("sigma", [0.5, 1.5])
def test_the_variance_says_how_far_the_middle_strays(sigma: float) -> None:
    """Of a thousand samples of 32 the middles stray as far as their variances say, within a sixth."""
    random = Random(1)
    samples = [Latency.of(sorted(math.exp(random.gauss(0, sigma)) for _ in range(32)), 32) for _ in range(1000)]

    strayed = fmean(sample.middle**2 for sample in samples)
    assert strayed == pytest.approx(fmean(sample.variance for sample in samples) / 32, rel=1 / 6)


def test_a_duration_of_nothing_is_a_very_short_one() -> None:
    """There is no logarithm of zero."""
    assert Latency.of([0.0] * 8, 8).seconds == pytest.approx(1e-6)


def test_a_merged_sample_weighs_no_more_than_it_may() -> None:
    """So that newer exchanges keep counting, however many there were before."""
    merged = Latency.of([1.0] * 8, 8)
    for _ in range(10):
        merged = merged.merged_with(merged)
    assert merged.count == MAX_WEIGHT
    for _ in range(20):
        merged = merged.merged_with(Latency.of([2.0] * 500, 500), 1000)

    assert merged.count == 1000
    assert merged.seconds > 1.99


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_a_merged_middle_lies_between_both(older: list[float], newer: list[float]) -> None:
    """Whatever the durations are, none at all included."""
    one, two = Latency.of(sorted(older), len(older)), Latency.of(sorted(newer), len(newer))
    low, high = sorted((one.middle, two.middle))

    assert low - 1e-9 <= one.merged_with(two).middle <= high + 1e-9
