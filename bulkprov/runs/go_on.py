"""How a row goes on that was left before its end: by a process that died, or by the first pass of this one. Pure."""

from bulkprov.engine import lifecycle
from bulkprov.engine.model import Outcome, RetryPolicy, Standing, Verdict
from bulkprov.engine.operations import OPERATIONS, ROLLBACK, RUN
from bulkprov.journal.group_commit import HEARTBEAT
from bulkprov.journal.view import Decide

__all__ = ["decide"]


def decide(policy: RetryPolicy, alive: float, now: float) -> Decide:
    """What comes next for a row that was left, decided as the process that left it would have decided.

    Args:
        policy: how much a row may cost.
        alive: when that process last wrote the journal, in seconds since the epoch.
        now: seconds since the epoch.
    """

    def following(name: str, standing: Standing, verdict: Verdict | None) -> Standing | Outcome:
        if verdict is None:
            # It may have been sent until the process died, which was about a heartbeat after its last sign of life.
            return lifecycle.interrupted(standing, min(alive + 2 * HEARTBEAT, now))
        # Format 1 has no name: a row with a target was in a rollback, all others were in a run.
        operation = OPERATIONS.get(name) or (ROLLBACK if standing.target else RUN)
        decided = lifecycle.after(operation.rules, standing, verdict, policy)
        return lifecycle.resumed(decided, now) if isinstance(decided, Standing) else decided

    return following
