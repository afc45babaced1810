"""How a row goes on that was left before its end: by a process that died, or by the first pass of this one. Pure."""

from bulkprov.engine import lifecycle
from bulkprov.engine.model import Outcome, Standing, Status, Verdict
from bulkprov.engine.operations import OPERATIONS, ROLLBACK, RUN
from bulkprov.engine.policy import RetryPolicy
from bulkprov.journal.view import Decide

__all__ = ["decide"]


def decide(policy: RetryPolicy, began: float, now: float) -> Decide:
    """What comes next for a row that was left, decided as the process that left it would have decided.

    Args:
        policy: how much a row may cost.
        began: when this process began its work, in seconds since the epoch: no settle time is counted from before,
            since the clock may have been set.
        now: seconds since the epoch.
    """

    def following(name: str, standing: Standing, verdict: Verdict | None, known: int) -> Standing | Outcome:
        if verdict is None:
            # The settle time begins now: when the process died cannot be told if the clock was set since.
            return lifecycle.interrupted(standing, now, known)
        # Format 1 has no name: a row with a target was in a rollback, all others were in a run.
        operation = OPERATIONS.get(name) or (ROLLBACK if standing.target else RUN)
        decided = lifecycle.after(operation.rules, standing, verdict, policy, known)
        if isinstance(decided, Outcome) and operation.amends and decided.status is Status.AS_REPORTED:
            decided = standing  # its outcome stands already; what is new of it, it finds again
        return lifecycle.resumed(decided, began, now) if isinstance(decided, Standing) else decided

    return following
