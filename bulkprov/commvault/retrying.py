"""How long a sign-in is tried that no server answers, by tenacity."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from bulkprov.engine.backoff import full_jitter

__all__ = ["retrying_sign_in"]

T = TypeVar("T")

_SIGN_IN_SECONDS: Final = 30.0
"""Seconds after which an unanswered sign-in is not tried again."""
_LONGEST_WAIT: Final = 5.0
"""Seconds between two attempts to sign in at most, if the server does not ask for more."""


def retrying_sign_in(
    is_unanswered: Callable[[T], bool],
    *,
    max_attempts: int,
    random: Random,
    asked_wait: Callable[[T], float] = lambda _result: 0.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncRetrying:
    """A tenacity retrying for a function that signs in, or tries a token, until the server has answered.

    It returns the last result, whether that is an answer or not.

    Args:
        is_unanswered: whether a result is no answer, so that the function is called again.
        max_attempts: calls at most; none is made more than half a minute after the first.
        random: for the jitter of the waits.
        asked_wait: seconds that the server asked to wait in a result.
        sleep: waits.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _SIGN_IN_SECONDS

    def wait(state: RetryCallState) -> float:
        asked = asked_wait(state.outcome.result()) if state.outcome else 0.0
        return max(asked, full_jitter(state.attempt_number - 1, random, longest=_LONGEST_WAIT))

    def out_of_time(state: RetryCallState) -> bool:
        return loop.time() + state.upcoming_sleep > deadline

    return AsyncRetrying(
        retry=retry_if_result(is_unanswered),
        wait=wait,
        stop=lambda state: stop_after_attempt(max_attempts)(state) or out_of_time(state),
        sleep=sleep,
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
