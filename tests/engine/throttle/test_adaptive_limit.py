from collections.abc import Callable, Mapping
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine.throttle.adaptive_limit import INITIAL_LIMIT, MAX_LIMIT, MIN_LIMIT, AdaptiveLimit, FixedLimit
from tests.bench.limit import SERVERS, Case, Measured, best_fixed, measure
from tests.bench.virtual import Curve, Queue, Rated, Server, Wave

NOISE = {"jitter": 0.1, "slow": 0.01}
"""Latencies vary by a tenth, and one exchange in a hundred takes ten times as long."""


def auto(case: Case, noise: Mapping[str, float] | None = None) -> Measured:
    """How the adaptive limit does against the best of some fixed ones, the best of a whole sweep among them."""
    seconds, _ = best_fixed(case, [case.best, 8, 64, 256] if case in EVEN else [case.best], noise=noise)
    return measure(case, AdaptiveLimit(), seconds, noise=noise)


EVEN = SERVERS[:10]
UNEVEN = [case for case in SERVERS[10:] if case.rows <= 5000]


def rounds(limit: AdaptiveLimit, seconds: float, number: int, *, now: float = 100.0, act: bool = True) -> list[int]:
    """The limits after so many rounds in which as many as may be begin together and all take that long."""
    levels = []
    for _ in range(number):
        begun = [limit.begins(now, act=act) for _ in range(limit.value)]
        now += seconds
        for each in begun:
            limit.answered(each, now, seconds, act=act)
        levels.append(limit.value)
    return levels


@pytest.mark.parametrize("case", EVEN, ids=lambda case: case.name)
def test_it_is_nearly_as_fast_as_the_best_fixed_limit(case: Case) -> None:
    """Nine tenths as fast at least, until 99 % of 5,000 rows are final, with at most one request in 100 refused."""
    measured = auto(case)

    assert measured.ratio >= case.median
    assert measured.refused <= 0.01


@pytest.mark.parametrize("case", UNEVEN, ids=lambda case: case.name)
def test_it_tells_noise_from_queueing(case: Case) -> None:
    """However much latencies vary, and whatever the kinds of exchanges: no seed is worse than its bound."""
    measured = auto(case)

    assert measured.ratio >= (case.worst or case.median)
    assert measured.refused == 0


@pytest.mark.parametrize("case", SERVERS[:5], ids=lambda case: case.name)
def test_noise_does_not_fool_it(case: Case) -> None:
    """Jitter and a slow hundredth cost a few per cent."""
    measured = auto(case, NOISE)

    assert measured.ratio >= 0.88
    assert measured.refused <= 0.01


def test_it_doubles_with_each_round_trip_while_the_latency_is_flat() -> None:
    """From 16 to 32 with the first; beyond 48 it is bounded by what the server has accepted."""
    assert rounds(AdaptiveLimit(), 0.05, 3) == [32, 48, 48]


def test_where_answers_take_seconds_it_does_not_wait_to_double() -> None:
    """A server that slow sets no rate."""
    assert rounds(AdaptiveLimit(), 2.0, 5) == [32, 64, 128, 256, 256]


def test_beyond_the_first_doublings_little_is_at_risk() -> None:
    """Beyond 48, no more is in flight than a quarter of what the server has accepted so far."""
    wave = Wave(Server(seconds=0.05), AdaptiveLimit())
    wave.run()

    above = [(taken, level) for taken, (_, level) in enumerate(wave.levels, start=1) if level > 48]
    assert above[-1][1] == MAX_LIMIT
    assert all(level <= taken / 4 + 1 for taken, level in above)


def test_it_backs_off_from_rising_latency_and_not_from_refusals() -> None:
    """A server that would refuse past 96 has to once or twice, when a climb looks whether there is room for more."""
    wave = Wave(Queue(places=48, most=96), AdaptiveLimit())
    wave.run()

    assert wave.refused <= 3
    assert 48 <= sorted(level for _, level in wave.levels)[len(wave.levels) // 2] < 96


def test_it_halves_once_for_all_refusals_of_exchanges_that_were_in_flight_together() -> None:
    """Thirty-two answers of 503 to requests sent together are one event; what is sent after it is another."""
    limit = AdaptiveLimit()
    rounds(limit, 0.05, 1)
    begun = [limit.begins(200.0, act=True) for _ in range(32)]
    for number in begun:
        limit.refused(number, 200.05, act=True)
    assert limit.value == 16

    limit.refused(limit.begins(200.1, act=True), 200.2, act=True)
    assert limit.value == 8


def test_the_ceiling_is_what_the_server_accepted_in_the_time_it_asks_for() -> None:
    """200 creates in the second before a Retry-After of one second, 50 ms each: ten in flight."""
    wave = Wave(Rated(rate=200), AdaptiveLimit())
    wave.run()

    first = next(now for now, level in wave.levels if level > 32)
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

    assert sorted(between(3.2, 4.0))[len(between(3.2, 4.0)) // 2] <= 40, "but for a climb"
    assert max(between(4.0, 5.5)) >= 48


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


def one_by_one(limit: AdaptiveLimit, number: int, *, act: bool, seconds: float = 0.05, now: float = 100.0) -> None:
    """So many exchanges, each after the one before."""
    for _ in range(number):
        begun = limit.begins(now, act=act)
        now += seconds
        limit.answered(begun, now, seconds, act=act)


def test_a_limit_that_is_not_used_up_does_not_grow() -> None:
    """One in flight says nothing about what forty would do."""
    limit = AdaptiveLimit()
    one_by_one(limit, 500, act=True)

    assert limit.value == INITIAL_LIMIT


@pytest.mark.parametrize("failures", [9, 10])
def test_it_halves_when_most_exchanges_fail(failures: int) -> None:
    """Ten failures and no answer cannot be chance; nine may be."""
    limit = AdaptiveLimit()
    for number in [limit.begins(100.0, act=True) for _ in range(failures)]:
        limit.failed(number, act=True)

    assert limit.value == (INITIAL_LIMIT if failures < 10 else INITIAL_LIMIT // 2)


def test_it_goes_on_halving_while_everything_fails() -> None:
    """Also where a cohort is smaller than the failures that halve; a cohort of failures alone is begun anew."""
    limit = AdaptiveLimit()
    for _ in range(200):
        limit.failed(limit.begins(100.0, act=True), act=True)

    assert limit.value == MIN_LIMIT


def test_failures_of_what_began_before_the_limit_was_set_are_not_held_against_it() -> None:
    """They are the old limit's."""
    limit = AdaptiveLimit()
    early = [limit.begins(100.0, act=True) for _ in range(16)]
    for number in early[:12]:
        limit.answered(number, 100.05, 0.05, act=True)
    assert limit.value == 32
    late = [limit.begins(100.06, act=True) for _ in range(12)]
    for number in early[12:]:
        limit.failed(number, act=True)
    for number in late[:9]:
        limit.failed(number, act=True)

    assert limit.value == 32


def test_failures_among_many_answers_say_nothing_about_load() -> None:
    """One in ten fails because of the network, whatever the load."""
    limit, now = AdaptiveLimit(), 100.0
    for _ in range(40):
        begun = [limit.begins(now, act=True) for _ in range(limit.value)]
        now += 0.05
        for number in begun:
            if number % 10 == 0:
                limit.failed(number, act=True)
            else:
                limit.answered(number, now, 0.05, act=True)

    assert limit.value >= 64


def test_what_says_nothing_about_load_only_leaves() -> None:
    """However many answers of 401 come: the limit stays, and learns from the next ones all the same."""
    limit = AdaptiveLimit()
    for _ in range(5):
        for number in [limit.begins(100.0, act=True) for _ in range(limit.value)]:
            limit.dropped(number, act=True)
    assert limit.value == INITIAL_LIMIT

    assert rounds(limit, 0.05, 2, now=200.0) == [32, 48]


@pytest.mark.parametrize("make", [partial(Queue, places=1, seconds=0.02), partial(Queue, places=2, seconds=0.5)])
def test_a_small_server_is_not_crowded(make: Callable[[], Server]) -> None:
    """With one or two places, six are in flight at most."""
    wave = Wave(make(), AdaptiveLimit(), rows=1000)
    seconds = wave.run()

    assert max(level for now, level in wave.levels if now > seconds / 2) <= 6


def test_it_starts_again_when_the_first_act_comes() -> None:
    """From the initial limit, before the act is sent; and the latency of reads is no base for acts."""
    limit = AdaptiveLimit()
    rounds(limit, 0.005, 6, act=False)
    assert limit.value > 48
    limit.answered(limit.begins(300.0, act=True), 300.5, 0.5, act=True)

    assert limit.value == INITIAL_LIMIT
    assert rounds(limit, 0.5, 3, now=301.0)[-1] >= 32


def test_it_starts_again_when_acts_come_after_a_limit_that_reads_have_found() -> None:
    """One early act is too few to learn from, so the many that come later meet the initial limit too."""
    limit = AdaptiveLimit()
    one_by_one(limit, 1, act=True)
    rounds(limit, 0.005, 6, now=200.0, act=False)
    assert limit.value > 48

    assert rounds(limit, 0.5, 1, now=300.0) == [INITIAL_LIMIT]


def test_reads_between_acts_are_compared_with_reads() -> None:
    """Every create has a look of a twentieth of its time before it; the mixture looks like no queue."""
    case = Case("mixed", partial(Queue, places=48, seconds=0.2, read_seconds=0.01), 56)

    assert auto(case).ratio >= 0.9


def test_a_clock_that_stands_still_does_no_harm() -> None:
    """As on Windows, where it ticks every 16 ms: answers that took no time, and then refusals."""
    limit = AdaptiveLimit()
    rounds(limit, 0.0, 1)
    for number in [limit.begins(1.0, act=True) for _ in range(4)]:
        limit.refused(number, 1.0156, act=True)

    assert limit.value >= MIN_LIMIT


def test_it_does_not_oscillate() -> None:
    """In a steady state it moves by a tenth; now and then it tries a half more or less for a round."""
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
        st.sampled_from(["begins", "begins", "answered", "refused", "failed", "dropped"]),
        st.booleans(),
        st.floats(0, 100),
        st.integers(0, 300),
        st.sampled_from([0.0, 1.0, 3600.0]),
    ),
    max_size=300,
)


@given(_exchanges, st.integers(1, 64), st.integers(1, 256))
def test_it_stays_within_its_bounds_whatever_happens(
    exchanges: list[tuple[str, bool, float, int, float]], initial: int, maximum: int
) -> None:
    """Between 1 and its maximum, and it never raises, however exchanges follow each other, even if none takes time."""
    limit, now = AdaptiveLimit(initial=initial, maximum=maximum), 0.0
    begun: list[tuple[int, float, bool]] = []
    for kind, act, passed, which, retry_after in exchanges:
        now += passed
        if kind == "begins" or not begun:
            begun += [(limit.begins(now, act=act), now, act) for _ in range(limit.value)]
        else:
            number, since, was_act = begun.pop(which % len(begun))
            if kind == "answered":
                limit.answered(number, now, now - since, act=was_act)
            elif kind == "refused":
                limit.refused(number, now, retry_after, act=was_act)
            elif kind == "failed":
                limit.failed(number, act=was_act)
            else:
                limit.dropped(number, act=was_act)
        assert MIN_LIMIT <= limit.value <= maximum


def test_a_fixed_limit_never_changes() -> None:
    """It is what the others are measured by."""
    fixed = FixedLimit(7)
    fixed.refused(fixed.begins(0.9, act=True), 1.0, 1.0, act=True)
    fixed.answered(fixed.begins(1.0, act=True), 2.0, 0.1, act=True)
    fixed.failed(fixed.begins(2.0, act=True), act=True)
    fixed.dropped(fixed.begins(3.0, act=False), act=False)

    assert fixed.value == 7
