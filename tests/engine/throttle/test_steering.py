"""What follows from a cohort, by hand; what comes of it on whole servers is in `test_adaptive_limit.py`."""

import math

import pytest

from bulkprov.engine.throttle.comparison import Latencies
from bulkprov.engine.throttle.latency import Latency
from bulkprov.engine.throttle.steering import Steering


def acts(seconds: float, *, count: int = 64, variance: float = 0.0) -> Latencies:
    """A cohort of acts with this middle."""
    return None, Latency(math.log(seconds), variance, count)


class Driver:
    """A rule, and the limit that it has set."""

    def __init__(self, level: float = 16.0) -> None:
        self.steering, self.level = Steering(), level

    def sees(self, *cohorts: Latencies, used_up: bool = True) -> list[float]:
        """The limits after these cohorts."""
        levels = []
        for cohort in cohorts:
            self.level = self.steering.next_level(
                cohort, level=self.level, began_at=self.level, used_up=used_up, highest=255.5
            )
            levels.append(self.level)
        return levels


def steady() -> Driver:
    """One that grew to 64 at 50 ms, and found that 28 of 128 wait."""
    driver = Driver()
    assert driver.sees(*[acts(0.05)] * 3, acts(0.064)) == [32, 64, 128, pytest.approx(100, abs=0.1)]
    return driver


def test_it_grows_until_a_queue_is_certain_and_goes_back_by_the_queue() -> None:
    """At 128 everything takes 64 ms instead of 50: a fifth of it waits."""
    assert not steady().steering.is_growing


def test_a_likely_queue_makes_growth_wait_and_a_certain_one_ends_it() -> None:
    """Two standard errors: the same limit again, until there is more to go by."""
    driver = Driver()
    driver.sees(acts(0.05, variance=0.3, count=16))
    assert driver.sees(acts(0.073, variance=0.3, count=16)) == [32]
    assert driver.steering.is_growing

    driver.sees(acts(0.2, variance=0.3))
    assert not driver.steering.is_growing


def test_a_limit_that_is_not_used_up_stays() -> None:
    """While it grows, and while it is steady."""
    growing, still = Driver(), steady()
    growing.sees(acts(0.05))

    assert growing.sees(acts(0.05), used_up=False) == [32]
    assert still.sees(acts(0.05), used_up=False) == [still.level]


def test_a_small_queue_is_sought_in_small_steps() -> None:
    """Up while there is none, down while there is more than allowed."""
    driver = steady()
    before = driver.level
    (up,) = driver.sees(acts(0.05))
    assert before < up < before + 3
    (down,) = driver.sees(acts(0.057, count=400))

    assert up - 10 < down < up


def test_a_latency_that_is_certainly_shorter_is_the_new_base() -> None:
    """The server has become faster: what took 50 ms before would be a queue now."""
    driver = steady()
    before = driver.sees(acts(0.025))[-1]
    levels = driver.sees(acts(0.05), acts(0.05))

    assert min(levels) == pytest.approx(before / 2, rel=0.1), "a half looks into it"


def test_a_server_that_is_slower_for_its_own_reasons_gets_a_new_base() -> None:
    """Half of the load takes as long as all of it: the limit goes back, and grows."""
    driver = steady()
    whole = driver.sees(*[acts(0.05)] * 2)[-1]
    assert driver.sees(acts(0.2))[-1] == pytest.approx(whole / 2)
    assert driver.sees(acts(0.2))[-1] == pytest.approx(whole)

    assert driver.steering.is_growing


def test_a_server_that_has_lost_places_gets_what_it_still_can_do() -> None:
    """At half of the load nothing waits, at the whole three quarters did: the half is kept, and a little more."""
    driver = steady()
    whole = driver.sees(*[acts(0.05)] * 2)[-1]
    driver.sees(acts(0.2))
    (level,) = driver.sees(acts(0.05))

    assert whole / 2 <= level < 0.7 * whole
    assert not driver.steering.is_growing


def test_a_climb_that_meets_a_queue_changes_nothing() -> None:
    """Neither the limit nor the base."""
    driver = steady()
    before = driver.sees(*[acts(0.056, variance=1.0)] * 3)[-1]
    assert driver.sees(acts(0.056, variance=1.0))[-1] == pytest.approx(1.4 * before)
    assert driver.sees(acts(0.2, variance=0.1, count=200))[-1] == pytest.approx(before)
    assert not driver.steering.is_growing

    assert driver.sees(acts(0.06, count=2000))[-1] == pytest.approx(before / 2), "by the base that is a long queue"


def test_a_climb_that_meets_none_goes_on() -> None:
    """What was taken for a queue was chance."""
    driver = steady()
    driver.sees(*[acts(0.05, variance=1.0)] * 4)
    before = driver.level

    assert driver.sees(acts(0.05, variance=1.0))[-1] == pytest.approx(2 * before)


def test_growth_that_ends_with_its_first_step_suspects_its_base() -> None:
    """A server with one place: half of the load is as fast, again and again, until one in flight is left to halve."""
    driver = Driver()
    driver.sees(acts(16 * 0.02), acts(32 * 0.02))
    levels = [driver.level]
    for _ in range(8):
        levels += driver.sees(acts(max(1.0, driver.level) * 0.02))

    assert min(levels) <= 2
    assert levels == sorted(levels, reverse=True) or levels[-1] < 6
