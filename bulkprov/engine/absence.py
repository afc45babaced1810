"""Rules for when an absence is believed, and how fresh the look has to be. Pure.

Absence is the one answer that permits another create, so it is the one that must not be wrong. A look says it too early
while an act may still be at work on the server, or the list be late; too weakly, when the answer held no list; and in
vain, when the server itself has said that the thing exists.
"""

from typing import Final

from bulkprov.engine.model import Reply, RetryPolicy, Standing, Verdict

__all__ = [
    "asked_after",
    "is_first_look",
    "may_be_it",
    "must_settle",
    "said_to_exist",
    "settled_at",
    "too_early",
    "too_weak",
]

_WEAK_ABSENCES: Final = 3
"""How often answers without a list must say that nothing is there before a doubt is settled by them.

An empty body may mean "there is nothing", and may be a hiccup; only a list without the thing is evidence by itself.
"""


def is_first_look(standing: Standing) -> bool:
    """Whether a look of this row is the first one, and not one after an act."""
    return not standing.ever_in_doubt and standing.refusal is None


def must_settle(standing: Standing) -> bool:
    """Whether an absence is believed only after a while: an act of ours may yet take effect, or the list be late.

    That holds after a refusal too: a gateway may have delivered the create twice and passed on the second answer. A
    refusal that is documented as "not created" needs no wait, if the row was clean and never in doubt.
    """
    if standing.unsettled or standing.refusal is None:
        return standing.unsettled
    certain = standing.refusal.reply.not_created and standing.absent_before_send and not standing.ever_in_doubt
    return not certain or said_to_exist(standing)


def settled_at(standing: Standing, policy: RetryPolicy) -> float:
    """The moment from which on a look that finds nothing is believed, in seconds since the epoch."""
    return standing.doubt_began + (policy.settle if standing.may_still_run else policy.settle_answered)


def asked_after(standing: Standing, now: float, policy: RetryPolicy) -> float:
    """How fresh a listing must be to answer this row's question: asked for at this moment or later."""
    if standing.unproven_absences:
        return now  # what the last listing said was not believed, so it takes a new one
    if must_settle(standing):
        return min(now, settled_at(standing, policy))
    return standing.doubt_began


def too_early(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> bool:
    """Whether a look was asked for before an absence is believed."""
    return verdict.at - verdict.seconds < settled_at(standing, policy)


def too_weak(standing: Standing, verdict: Verdict) -> bool:
    """Whether an absence is told too weakly to be believed: by an answer without a list, and not often enough.

    A scope that had a list at the row's first look still has one: then only a list is believed.
    """
    return not verdict.reply.sure and (standing.absent_before_send or standing.unproven_absences + 1 < _WEAK_ABSENCES)


def said_to_exist(standing: Standing) -> bool:
    """Whether the server has said that the thing exists, so that a list without it cannot be right as well."""
    return standing.refusal is not None and standing.refusal.reply.says_exists


def may_be_it(standing: Standing, reply: Reply) -> str:
    """What is listed that may be the thing, for a person; empty if nothing is."""
    appeared = reply.listed_others if set(reply.others) - set(standing.others) else ""
    return "; ".join(filter(None, (reply.unsure, appeared)))
