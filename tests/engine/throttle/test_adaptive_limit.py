from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine.throttle.adaptive_limit import INITIAL_LIMIT, MAX_LIMIT, MIN_LIMIT, AdaptiveLimit, FixedLimit
from tests.bench.limit import SERVERS, Case, Measured, best_fixed, measure
from tests.bench.virtual import Curve, Queue, Rated, Server, Wave

NOISE = {"jitter": 0.1, "slow": 0.01}
"""Latencies vary by a tenth, and one exchange in a hundred takes ten times as long."""


def auto(case: Case, **noise: float) -> Measured:
    """How the adaptive limit does against the best of some fixed ones, the best of a whole sweep among them."""
    seconds, _ = best_fixed(case, [case.best, 8, 32, 128, 256], **noise)
    return measure(case, AdaptiveLimit(), seconds, **noise)


def ramp(latency: float, rounds: int, limit: AdaptiveLimit | None = None) -> list[int]:
    """The limits after rounds in which every exchange takes that long and the limit is used up."""
    limit = limit or AdaptiveLimit()
    levels: list[int] = []
    now = 100.0
    for _ in range(rounds):
        before = limit.value
        while limit.value == before and len(levels) < rounds:
            now += latency / before
            limit.answered(now + latency, latency, before)
        now += latency
        levels.append(limit.value)
    return levels


@pytest.mark.parametrize("case", SERVERS, ids=lambda case: case.name)
def test_it_is_nearly_as_fast_as_the_best_fixed_limit(case: Case) -> None:
    """Nine tenths as fast at least, until 99 % of 5,000 rows are final, with at most one request in 100 refused."""
    measured = auto(case)

    assert measured.ratio >= 0.9
    assert measured.refused <= 0.01


@pytest.mark.parametrize("case", SERVERS[:5], ids=lambda case: case.name)
def test_noise_does_not_fool_it(case: Case) -> None:
    """Jitter and a slow hundredth cost a few per cent."""
    measured = auto(case, **NOISE)

    assert measured.ratio >= 0.88
    assert measured.refused <= 0.01


def test_it_doubles_with_each_round_trip_while_the_latency_is_flat() -> None:
    """From 8 to 32 in two steps; then it is bounded by what the server has accepted."""
    assert ramp(0.05, 2) == [16, 32]


def test_beyond_the_first_doublings_little_is_at_risk() -> None:
    """Beyond 32, no more is in flight than a sixth of what the server has accepted so far."""
    wave = Wave(Server(seconds=0.05), AdaptiveLimit())
    wave.run()

    above = [(taken, level) for taken, (_, level) in enumerate(wave.levels, start=1) if level > 32]
    assert above[-1][1] == MAX_LIMIT
    assert all(level <= taken / 6 + 1 for taken, level in above)


def test_it_backs_off_from_rising_latency_before_anything_is_refused() -> None:
    """A server that would refuse past 96 never has to."""
    wave = Wave(Queue(places=48, most=96), AdaptiveLimit())
    wave.run()

    assert wave.refused == 0
    assert 48 <= max(level for _, level in wave.levels) < 96


def test_it_halves_once_for_all_refusals_of_a_round_trip() -> None:
    """Sixteen answers of 503 to requests sent together are one event."""
    limit = AdaptiveLimit()
    ramp(0.05, 1, limit)
    for left in range(16, 0, -1):
        limit.refused(200.0, 0.05, left)

    assert limit.value == 8


def test_the_ceiling_is_what_the_server_accepted_in_the_time_it_asks_for() -> None:
    """200 creates in the second before a Retry-After of one second, 50 ms each: ten in flight."""
    wave = Wave(Rated(rate=200), AdaptiveLimit())
    wave.run()

    first = next(now for now, level in wave.levels if level > 32 / 2 + 1)
    assert {level for now, level in wave.levels if now > first + 3} == {10}


def test_a_ceiling_is_tested_when_that_is_worth_its_pause() -> None:
    """A wave of two minutes meets the rate limit a few times, and no more."""
    wave = Wave(Rated(rate=200), AdaptiveLimit(), rows=24_000)
    wave.run()

    assert wave.refused / wave.requests <= 0.005
    assert max(level for now, level in wave.levels if now > 40) > 10


def test_a_single_hiccup_is_soon_forgotten() -> None:
    """One 503 among 2,000 answers, for no reason, costs little."""
    case = Case("stray", partial(Queue, places=48, stray=0.0005), 56)

    assert auto(case).ratio >= 0.85


def test_it_takes_back_what_it_gave_up_when_the_server_recovers() -> None:
    """Half of the places are gone for two seconds: the limit follows them down and up again."""
    wave = Wave(Queue(places=48, changes=((2, 24), (4, 48))), AdaptiveLimit(), rows=8000)
    wave.run()

    def between(begin: float, end: float) -> list[int]:
        return [level for now, level in wave.levels if begin < now < end]

    assert max(between(3.2, 4.0)) <= 40
    assert max(between(4.0, 5.0)) >= 48


def test_a_server_that_is_slow_for_reasons_of_its_own_is_not_spared() -> None:
    """When everything takes three times as long whatever the load, holding back helps nobody."""
    case = Case("slower", partial(Queue, places=64, slower=((2.0, 3.0),)), 64)

    assert auto(case).ratio >= 0.75


def test_a_pause_changes_nothing() -> None:
    """After five idle seconds the limit is what it was."""
    wave = Wave(Queue(places=48), AdaptiveLimit())
    wave.run(pauses=((2.0, 7.0),))

    before = [level for now, level in wave.levels if now < 2.1][-1]
    after = [level for now, level in wave.levels if 7.0 < now < 7.5]
    assert min(after) >= before * 0.8


def test_a_limit_that_is_not_used_up_does_not_grow() -> None:
    """Four in flight say nothing about what forty would do."""
    limit = AdaptiveLimit()
    for number in range(500):
        limit.answered(100 + number / 10, 0.05, 4)

    assert limit.value == INITIAL_LIMIT


@pytest.mark.parametrize("failures", [9, 10])
def test_it_halves_when_most_exchanges_fail(failures: int) -> None:
    """Ten failures and no answer cannot be chance; nine may be."""
    limit = AdaptiveLimit()
    for _ in range(failures):
        limit.failed(100.0, 60.0)

    assert limit.value == (INITIAL_LIMIT if failures < 10 else INITIAL_LIMIT // 2)


def test_failures_among_many_answers_say_nothing_about_load() -> None:
    """One in ten fails because of the network, whatever the load."""
    limit = AdaptiveLimit()
    now = 100.0
    for number in range(2000):
        now += 0.05 / limit.value
        if number % 10 == 0:
            limit.failed(now + 10, 10.0)
        limit.answered(now + 0.05, 0.05, limit.value)

    assert limit.value >= 64


@pytest.mark.parametrize("make", [partial(Queue, places=1, seconds=0.02), partial(Queue, places=2, seconds=0.5)])
def test_a_small_server_is_not_crowded(make: Callable[[], Server]) -> None:
    """With one or two places, six are in flight at most."""
    wave = Wave(make(), AdaptiveLimit(), rows=1000)
    seconds = wave.run()

    assert max(level for now, level in wave.levels if now > seconds / 2) <= 6


def test_it_starts_again_with_another_kind_of_exchange() -> None:
    """From the initial limit, and the latency of one kind is not the baseline of the other."""
    limit = AdaptiveLimit()
    ramp(0.005, 3, limit)
    limit.restart(300.0)

    assert limit.value == INITIAL_LIMIT
    assert ramp(0.5, 3, limit)[-1] >= 32


@pytest.mark.parametrize(("then", "lowered"), [([0.05] * 48, False), ([0.035, 0.105] * 24, True)])
def test_a_round_goes_on_while_chance_may_explain_its_latency(then: list[float], lowered: bool) -> None:
    """48 answers of great jitter prove nothing; 48 more like them do, and 48 good ones prove the contrary."""
    limit, now = AdaptiveLimit(initial=32, maximum=32), 100.0

    def answered(seconds: list[float]) -> int:
        nonlocal now
        now += 1
        for each in seconds:
            limit.answered(now, each, limit.value)
        return limit.value

    flat = [0.05] * 48
    assert [answered(each) for each in (flat, [0.1] * 48, flat, flat)] == [32, 8, 32, 32], (
        "a probe has set the baseline"
    )
    assert answered([0.035] * 28 + [0.105] * 20) == 32

    assert (answered(then) < 32) == lowered


def test_a_clock_that_stands_still_does_no_harm() -> None:
    """As on Windows, where it ticks every 16 ms: answers that took no time, and then refusals."""
    limit = AdaptiveLimit()
    limit.answered(1.0, 0.0, 1)
    for _ in range(4):
        limit.refused(1.0156, 0.0156, 3)

    assert limit.value >= MIN_LIMIT


def test_it_does_not_oscillate() -> None:
    """In a steady state it moves by a tenth; once in ten seconds it looks at half of the load for one round."""
    wave = Wave(Queue(places=48), AdaptiveLimit(), rows=30_000)
    wave.run()

    levels = [level for now, level in wave.levels if now > 3]
    usual = sorted(levels)[len(levels) // 2]
    off = sum(abs(level - usual) > usual / 10 for level in levels)
    assert off / len(levels) <= 0.03


def test_the_same_wave_twice_is_the_same_wave() -> None:
    """The rule has neither randomness nor a clock."""
    waves = [
        Wave(Curve(curve=lambda in_flight: in_flight / 100, jitter=0.2), AdaptiveLimit(), rows=1000) for _ in range(2)
    ]
    assert waves[0].run() == waves[1].run()
    assert waves[0].levels == waves[1].levels


_exchanges = st.lists(
    st.tuples(
        st.sampled_from(["answered", "refused", "failed"]),
        st.floats(0, 100),
        st.floats(0, 100),
        st.integers(1, 300),
        st.sampled_from([0.0, 1.0, 3600.0]),
    ),
    max_size=200,
)


@given(_exchanges, st.integers(1, 64), st.integers(1, 256))
def test_it_stays_within_its_bounds_whatever_happens(
    exchanges: list[tuple[str, float, float, int, float]], initial: int, maximum: int
) -> None:
    """Between 1 and its maximum, and it never raises, even if every exchange takes no time."""
    limit, now = AdaptiveLimit(initial=initial, maximum=maximum), 0.0
    for kind, passed, seconds, in_flight, retry_after in exchanges:
        now += passed
        if kind == "answered":
            limit.answered(now, seconds, in_flight)
        elif kind == "refused":
            limit.refused(now, seconds, in_flight, retry_after)
        else:
            limit.failed(now, seconds)
        assert MIN_LIMIT <= limit.value <= maximum


def test_a_fixed_limit_never_changes() -> None:
    """It is what the others are measured by."""
    fixed = FixedLimit(7)
    fixed.refused(1.0, 0.1, 7, 1.0)
    fixed.answered(2.0, 0.1, 7)
    fixed.failed(3.0, 60.0)
    fixed.restart(4.0)

    assert fixed.value == 7
