"""How much a row may cost, by the settings. Pure."""

from typing import Final

from bulkprov.engine.policy import RetryPolicy
from bulkprov.settings import Access, Effort

__all__ = ["policy_of"]

_LONGEST_SETTLE: Final = 10.0
"""Seconds that a lost create is given to take effect, if the settings do not say: the timeout, but no more."""
_SIMULATED_SETTLE: Final = 1.0
"""The same for the simulator in this process, whose lists are never late unless a fault makes them so."""


def policy_of(access: Access, effort: Effort) -> RetryPolicy:
    """How much a row may cost."""
    longest = _SIMULATED_SETTLE if access.simulate else _LONGEST_SETTLE
    settle = min(access.timeout, longest) if effort.settle is None else effort.settle
    return RetryPolicy(
        max_attempts=effort.max_attempts,
        settle=settle,
        first_look=not effort.no_first_look,
        look_age=effort.look_age,
    )
