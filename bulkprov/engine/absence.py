"""Rules for when an absence is believed, and how fresh the look has to be. Pure.

Absence is the one answer that permits another create, so it is the one that must not be wrong. A look says it too early
while an act may still be at work on the server, or the list be late; too weakly, when the answer held no list; and in
vain, when the server itself has said that the thing exists.
"""

from typing import Final

from bulkprov.engine.model import Reply, Standing, Verdict
from bulkprov.engine.policy import RetryPolicy

__all__ = [
    "APART",
    "asked_after",
    "is_first_look",
    "look_again",
    "may_be_it",
    "must_settle",
    "said_to_exist",
    "settled_at",
    "too_early",
    "too_weak",
]

APART: Final = 1.0
"""Seconds between two listings of which the first was not believed: a hiccup is over by then."""


def is_first_look(standing: Standing) -> bool:
    """Whether a look of this row is the first one, and not one after an act, be it of an earlier run."""
    return not (standing.ever_in_doubt or standing.left or standing.refusal)


def must_settle(standing: Standing) -> bool:
    """Whether an absence is believed only after a while: an act of ours may yet take effect, or the list be late.

    That holds after a refusal too: a gateway may have delivered the create twice and passed on the second answer. A
    refusal that is documented as "not created" needs no wait, if the row was clean and never in doubt.
    """
    if standing.unsettled or standing.refusal is None or standing.target:
        return standing.unsettled
    certain = standing.refusal.reply.not_created and standing.absent_before_send and not standing.ever_in_doubt
    return not certain or said_to_exist(standing)


def settled_at(standing: Standing, policy: RetryPolicy) -> float:
    """The moment from which on a look that finds nothing is believed, in seconds since the epoch."""
    return standing.doubt_began + policy.settle


def asked_after(standing: Standing, now: float, policy: RetryPolicy) -> float:
    """How fresh a listing must be to answer this row's question: asked for at this moment or later."""
    if standing.target:
        late = standing.unsettled and not standing.sends
        return max(settled_at(standing, policy) if late else standing.doubt_began, min(now, standing.look_after))
    if must_settle(standing):
        return max(min(now, settled_at(standing, policy)), min(now, standing.look_after))
    if is_first_look(standing):
        return max(now - policy.look_age, min(now, standing.look_after))
    return max(standing.doubt_began, min(now, standing.look_after))


def look_again(verdict: Verdict) -> float:
    """When to ask for the next listing, if what the last one said is not believed; seconds since the epoch."""
    return verdict.at - verdict.seconds + APART


def too_early(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> bool:
    """Whether a look was asked for before an absence is believed."""
    return verdict.at - verdict.seconds < settled_at(standing, policy)


def too_weak(standing: Standing, verdict: Verdict) -> bool:
    """Whether an absence is told too weakly to be believed: by an answer without a list, and not often enough.

    The look-ups count how often in a row such an answer was given for a scope that never gave a list. After an act all
    of them must have been asked for when the settle time was over, so that the row counts once more.
    """
    counted = must_settle(standing) and standing.unproven_absences + 1 < verdict.reply.none_after
    return counted or not verdict.reply.sure


def said_to_exist(standing: Standing) -> bool:
    """Whether the server has said that the thing exists, so that a list without it cannot be right as well."""
    return standing.refusal is not None and standing.refusal.reply.says_exists


def may_be_it(standing: Standing, reply: Reply) -> str:
    """What is listed that may be the thing, for a person; empty if nothing is."""
    appeared = reply.listed_others if set(reply.others) - set(standing.others) else ""
    return "; ".join(filter(None, (reply.unsure, appeared)))
