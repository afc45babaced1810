"""How long a row waits before its next exchange: tenacity's wait, and what drives a waiting row.

Pure but for its source of randomness. A healthy row never comes here: tenacity is entered only by a row that must wait.
"""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Final, TypeAlias

from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from bulkprov.engine.lifecycle import Limits, settled_at, settles
from bulkprov.engine.model import Row, Standing, Step

__all__ = ["Pause", "pause", "retrying"]

BASE: Final = 0.5
"""Seconds; half of the longest first wait. It doubles with each exchange that brought a row no further."""
LONGEST: Final = 10.0
"""Seconds. A server that is gone is the circuit's business; this is for a row that is unlucky on one that answers."""
EARLY: Final = 1.0
"""Seconds after a doubt until the first look: most sets that were made are listed by then."""

Pause: TypeAlias = Callable[[Standing], float]


def pause(standing: Standing, *, now: float, limits: Limits, random: Random) -> float:
    """Seconds until the row's next exchange; 0 means go on at once.

    Backoff with full jitter after an exchange that brought the row no further, and before each further create. After a
    doubt one early look, and, if that finds nothing, one when the settle time is over.
    """
    fruitless = standing.turns + standing.waits + (standing.sends if standing.step is Step.ACT else 0)
    backoff = random.uniform(0, min(LONGEST, BASE * 2 ** min(fruitless, 16))) if fruitless else 0.0
    if not settles(standing):
        return backoff
    settled, early = settled_at(standing, limits), standing.since + EARLY
    due = early if now < early < settled else settled
    return max(due - now, backoff, 0.0)


def retrying(*, pause: Pause, stopping: Callable[[], bool], sleep: Callable[[float], Awaitable[None]]) -> AsyncRetrying:
    """Repeats a function that gives a row to go on with, or None when the row has ended or must be left.

    Made afresh for each waiting row: tenacity keeps its working state in the object.

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
