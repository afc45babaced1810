"""Backoff and retries: how long a row waits before its next exchange, and the tenacity loop that retries it.

Pure but for its source of randomness. A healthy row never comes here: tenacity is entered only by a row that must wait.
"""

from collections.abc import Awaitable, Callable
from math import ceil
from random import Random
from typing import Final, TypeAlias

from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from bulkprov.engine.absence import must_settle, said_to_exist, settled_at
from bulkprov.engine.model import Row, Standing, Step
from bulkprov.engine.policy import RetryPolicy

__all__ = ["Pause", "full_jitter", "pause", "retrying"]

BASE: Final = 0.5
"""Seconds; what doubles with each attempt. A row's longest first wait is twice this."""
_MAX_DOUBLINGS: Final = 16
"""More would make numbers large for nothing: any longest wait is reached before."""
LONGEST: Final = 10.0
"""Seconds. A server that is gone is the circuit's business; this is for a row that has bad luck on one that answers."""
_MEETINGS: Final = 10
"""Into how many parts the settle time is divided: rows that were refused are looked up at the end of a part, so that
those of one scope share a listing instead of waking one by one."""
EARLY: Final = 1.0
"""Seconds after a doubt until the first look: most things that were made are listed by then."""

Pause: TypeAlias = Callable[[Standing], float]


def full_jitter(doublings: int, random: Random, *, longest: float) -> float:
    """A random wait in seconds of at most `BASE` doubled so many times, and of at most `longest`.

    What fails together is not sent again together ("Exponential Backoff And Jitter", AWS Architecture Blog).
    """
    return random.uniform(0, min(longest, BASE * 2 ** min(doublings, _MAX_DOUBLINGS)))


def pause(standing: Standing, *, now: float, policy: RetryPolicy, random: Random) -> float:
    """Seconds until the row's next exchange; 0 means go on at once.

    Backoff with full jitter after an exchange that did not help the row on, and before each further create. After a
    doubt there is one early look, and, if that finds nothing, one when the settle time is over. After a refusal there
    is hardly anything to find, so that it has the second one only. Rows that were refused, and rows that were deleted,
    meet, so that those of one scope share a listing.
    """
    fruitless = standing.inconclusive_looks + standing.waits + (standing.sends if standing.step is Step.ACT else 0)
    backoff = full_jitter(fruitless, random, longest=LONGEST) if fruitless else 0.0
    if standing.step is Step.LOOK:
        backoff = max(backoff, standing.look_after - now)
    if standing.step is Step.ASK or not must_settle(standing):
        return max(backoff, 0.0)
    settled, early = settled_at(standing, policy), standing.doubt_began + EARLY
    if standing.target and standing.sends:
        due = 0.0 if standing.look_after else _meeting(now, policy)
    elif standing.target:
        due = settled
    elif not (standing.unsettled or said_to_exist(standing)):
        due = max(settled, _meeting(settled, policy))
    else:
        due = early if now < early < settled else settled
    return max(due - now, backoff, 0.0)


def _meeting(at: float, policy: RetryPolicy) -> float:
    """The next moment, at this one or later, at which rows meet; seconds since the epoch."""
    part = policy.settle / _MEETINGS
    return ceil(at / part) * part if part else at


def retrying(*, pause: Pause, stopping: Callable[[], bool], sleep: Callable[[float], Awaitable[None]]) -> AsyncRetrying:
    """A tenacity retrying for a function that gives a row to go on with, or None when it has ended or must be left.

    Each waiting row needs a new one, since tenacity keeps its working state in the object.

    Args:
        pause: seconds to wait, given the row's standing.
        stopping: whether the run is being stopped.
        sleep: waits, but no longer than the run goes on.
    """

    def row(state: RetryCallState) -> Row:
        waiting: Row = state.outcome.result()  # type: ignore[union-attr]  # tenacity sets it before it asks
        return waiting

    return AsyncRetrying(
        retry=retry_if_result(lambda row: row is not None),
        wait=lambda state: pause(row(state).standing),
        stop=lambda _state: stopping(),
        sleep=sleep,
        retry_error_callback=row,
    )
