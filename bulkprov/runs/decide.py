"""How much a row may cost, by the settings, and how a row goes on that an earlier process left. Pure."""

from typing import Final

from bulkprov.engine import lifecycle
from bulkprov.engine.model import Outcome, RetryPolicy, Standing, Verdict
from bulkprov.engine.operations import OPERATIONS, ROLLBACK, RUN
from bulkprov.journal.group_commit import HEARTBEAT
from bulkprov.journal.view import Decide
from bulkprov.settings import Access, Effort

__all__ = ["decide", "policy_of"]

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


def decide(policy: RetryPolicy, alive: float, now: float) -> Decide:
    """What comes next for a row that an earlier process left, decided as that process would have decided.

    Args:
        policy: how much a row may cost.
        alive: when that process last wrote the journal, in seconds since the epoch.
        now: seconds since the epoch.
    """

    def following(name: str, standing: Standing, verdict: Verdict | None) -> Standing | Outcome:
        if verdict is None:
            # It may have been sent until the process died, which was about a heartbeat after its last sign of life.
            return lifecycle.interrupted(standing, min(alive + 2 * HEARTBEAT, now))
        # Version 1 wrote no name: a row with a target was in a rollback, all others were in a run.
        operation = OPERATIONS.get(name) or (ROLLBACK if standing.target else RUN)
        decided = lifecycle.after(operation.rules, standing, verdict, policy)
        return lifecycle.resumed(decided, now) if isinstance(decided, Standing) else decided

    return following
