"""How much a row may cost, by the settings. Pure."""

from typing import Final

from bulkprov.engine.model import RetryPolicy
from bulkprov.settings import Access, Effort

__all__ = ["policy_of"]

_LONGEST_SETTLE: Final = 10.0
"""Seconds that a lost create is given to take effect, if the settings do not say: the timeout, but no more."""


def policy_of(access: Access, effort: Effort) -> RetryPolicy:
    """How much a row may cost."""
    settle = min(access.timeout, _LONGEST_SETTLE) if effort.settle is None else effort.settle
    return RetryPolicy(
        max_attempts=effort.max_attempts,
        settle=settle,
        settle_answered=min(settle, RetryPolicy().settle_answered),
        first_look=not effort.no_first_look,
    )
