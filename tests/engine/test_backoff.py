from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine import backoff
from bulkprov.engine.absence import settled_at
from bulkprov.engine.model import Row, Standing, Step
from bulkprov.engine.policy import RetryPolicy
from tests.exchanges import standings

POLICY = RetryPolicy()
DOUBT = Standing(step=Step.LOOK, sends=1, ever_in_doubt=True, unsettled=True, doubt_began=100.0)


class Most(Random):
    """Always draws the longest wait."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002 - as in Random
        """The upper end."""
        return b


def pause(standing: Standing, now: float = 0.0, random: Random | None = None) -> float:
    """The longest pause there."""
    return backoff.pause(standing, now=now, policy=POLICY, random=random or Most())


def test_full_jitter_doubles_up_to_the_longest_wait() -> None:
    """From half a second on; the wait is drawn from the whole range."""
    assert [backoff.full_jitter(n, Most(), longest=5.0) for n in (0, 1, 2, 3, 4, 100_000)] == [0.5, 1, 2, 4, 5, 5]
    waits = [backoff.full_jitter(3, Random(seed), longest=5.0) for seed in range(200)]
    assert min(waits) < 0.5
    assert 3.5 < max(waits) <= 4


@pytest.mark.parametrize("step", Step)
def test_a_row_to_which_nothing_has_happened_goes_on_at_once(step: Step) -> None:
    """There is nothing to wait for."""
    assert pause(Standing(step=step)) == 0


def test_the_backoff_doubles_up_to_half_a_minute() -> None:
    """One second at most after the first exchange that was not taken, and never more than thirty."""
    assert [pause(Standing(waits=n)) for n in range(1, 8)] == [1, 2, 4, 8, 10, 10, 10]
    assert [pause(Standing(inconclusive_looks=n)) for n in (1, 2, 100_000)] == [1, 2, 10]


def test_the_backoff_is_jittered_over_its_whole_length() -> None:
    """Rows that failed together do not come back together."""
    waits = [pause(Standing(waits=5), random=Random(seed)) for seed in range(200)]

    assert min(waits) < 1
    assert 9 < max(waits) <= 10


def test_each_further_create_waits_longer() -> None:
    """A server that fails for a minute must not use up the creates of all rows in that minute."""
    again = [pause(Standing(step=Step.ACT, sends=n, ever_in_doubt=True)) for n in range(1, POLICY.max_attempts)]

    assert again == [1, 2, 4, 8, 10, 10, 10]


def test_a_doubt_is_looked_into_early_and_then_when_it_has_settled() -> None:
    """Most sets that were made are listed a second later; what is not, waits for the settle time."""
    assert pause(DOUBT, now=100.0) == 1.0
    assert pause(DOUBT, now=101.0) == 9.0
    assert pause(DOUBT, now=111.0) == 0.0


def test_a_listing_that_was_not_believed_is_not_asked_for_again_at_once() -> None:
    """The next one comes a second later, for all rows of the scope."""
    assert pause(Standing(unproven_absences=1, look_after=101.0), now=100.0) == 1.0


def test_rows_that_were_deleted_meet_at_the_next_tenth_of_the_settle_time() -> None:
    """So that those of one scope share a listing."""
    deleted = Standing(target=12, sends=1, unsettled=True, doubt_began=100.2)

    assert pause(deleted, now=100.25) == pytest.approx(0.75)
    assert pause(replace(deleted, step=Step.ASK, denied=True), now=101.0) == 0.0


def test_what_was_just_reported_and_is_denied_is_looked_for_when_lists_are_no_longer_late() -> None:
    """Before it is said to be gone, its settle time has passed; there is nothing to find earlier."""
    denied = Standing(target=12, unsettled=True, doubt_began=100.0)

    assert pause(denied, now=103.0) == 7.0
    assert pause(denied, now=110.0) == 0.0


def test_an_early_look_that_failed_backs_off() -> None:
    """The longer of both waits counts."""
    assert pause(replace(DOUBT, inconclusive_looks=5), now=101.0) == 10.0


def test_time_that_has_passed_already_counts() -> None:
    """A process killed in the settle time does not begin it again."""
    assert pause(DOUBT, now=100.0 + 3600) == 0.0


@given(standings(), st.floats(0, 2_000_000_000), st.integers())
def test_a_pause_is_never_negative_nor_longer_than_needed(standing: Standing, now: float, seed: int) -> None:
    """It ends with the longest backoff, or with the settle time."""
    wait = backoff.pause(standing, now=now, policy=POLICY, random=Random(seed))

    latest = max(settled_at(standing, POLICY) + POLICY.settle / 10, standing.look_after, now + POLICY.settle / 10)
    assert 0 <= wait <= max(backoff.LONGEST, latest - now)


async def test_a_waiting_row_goes_on_until_it_ends() -> None:
    """Tenacity repeats the step after each pause, and ends with the row."""
    naps = []
    steps = iter([_row(1), _row(2), None])

    async def sleep(seconds: float) -> None:
        naps.append(seconds)

    async def step() -> Row | None:
        return next(steps)

    retrying = backoff.retrying(pause=lambda standing: standing.waits / 10, stopping=lambda: False, sleep=sleep)

    assert await retrying(step) is None
    assert naps == [0.1, 0.2]


async def test_a_waiting_row_is_left_when_the_run_is_stopped() -> None:
    """It comes back as it stands, without another step."""
    asked = []

    async def sleep(seconds: float) -> None:
        pytest.fail(f"slept {seconds} s although the run is being stopped")

    async def step() -> Row | None:
        asked.append(1)
        return _row(3)

    retrying = backoff.retrying(pause=lambda _: 1.0, stopping=lambda: True, sleep=sleep)

    assert await retrying(step) == _row(3)
    assert len(asked) == 1


def _row(waits: int) -> Row:
    want = BackupSet(client="client001", name="FS_Backup_01")
    return Row(number=1, sheet_row=2, want=want, standing=Standing(waits=waits))
