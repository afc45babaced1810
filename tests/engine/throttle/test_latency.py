from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine.throttle.latency import MAX_WEIGHT, LatencySample


def test_a_sample_leaves_out_its_slowest_tenth() -> None:
    """One straggler in ten changes nothing."""
    sample = LatencySample.of([0.05] * 18 + [9.0] * 2)

    assert (round(sample.mean, 9), round(sample.variance, 9), sample.count) == (0.05, 0.0, 18)


def test_a_longer_latency_exceeds_a_shorter_one_only_beyond_chance() -> None:
    """The same difference of means is significant between steady latencies, and not between jittery ones."""
    steady, steady_longer = LatencySample.of([0.050, 0.051] * 20), LatencySample.of([0.055, 0.056] * 20)
    jittery, jittery_longer = LatencySample.of([0.010, 0.091] * 20), LatencySample.of([0.015, 0.096] * 20)

    assert steady_longer.exceeds(steady)
    assert not steady.exceeds(steady_longer)
    assert not jittery_longer.exceeds(jittery)


def test_a_sample_does_not_exceed_itself() -> None:
    """Not even one without any variance."""
    sample = LatencySample.of([0.05] * 20)

    assert not sample.exceeds(sample)


def test_in_a_merged_sample_the_newer_exchanges_keep_counting() -> None:
    """However many there were before: the weight of the past is bounded."""
    merged = LatencySample.of([1.0] * 5000).merged_with(LatencySample.of([1.0] * 5000))
    assert merged.count == MAX_WEIGHT
    for _ in range(20):
        merged = merged.merged_with(LatencySample.of([2.0] * 500))

    assert merged.mean > 1.99


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_a_merged_mean_lies_between_both(older: list[float], newer: list[float]) -> None:
    """Whatever the durations are, none at all included."""
    one, two = LatencySample.of([*older, 0.0]), LatencySample.of([*newer, 0.0])
    low, high = sorted((one.mean, two.mean))

    assert low * (1 - 1e-9) <= one.merged_with(two).mean <= high * (1 + 1e-9)
