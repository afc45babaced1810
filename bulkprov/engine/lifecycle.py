"""Where a row goes next. The only place that decides, and pure: no I/O, no clock, no randomness.

A row has three kinds of step: *look* (ask for the list in which its thing would be), *ask* (for the thing by its id)
and *act* (create it, or in a rollback delete it). After each exchange `after` turns the row's standing and the
exchange's verdict into the next standing, or into its outcome. What an answer means differs from operation to
operation, so it is in the operation's `Rules`: `creating` has those of a create, `targets` those of things that were
reported. What is the same for all of them is here: an exchange that was *not taken* is made again, one *in doubt* is
counted, and after an act in doubt comes a look.

Rules for editing this file: a decision may depend on nothing but the arguments, since a killed run repeats it from
disk; `ever_in_doubt` is never cleared; no act while a row is `unsettled`; and an exchange that was *not taken* says
nothing about a row and never uses one up: whether the server is still there is for the gate's circuit to decide.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, assert_never

from bulkprov.engine import reading
from bulkprov.engine.absence import is_first_look, look_again, must_settle
from bulkprov.engine.evidence import sent, turned_away
from bulkprov.engine.model import NOTHING, End, Evidence, Outcome, Standing, Status, Step, Verdict
from bulkprov.engine.policy import RetryPolicy

__all__ = [
    "Rules",
    "after",
    "begin",
    "give_up",
    "interrupted",
    "looks_exhausted",
    "next_look_decides",
    "not_believed",
    "of_candidate",
    "provisional_status",
    "ready_to_act",
    "reported",
    "resumed",
    "unsettled_again",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an operation makes of the server's answers."""

    after_look: Callable[[Standing, Verdict, RetryPolicy], Standing | Outcome]
    """What comes next after a look was answered."""
    after_act: Callable[[Standing, Verdict, int], Standing | Outcome] | None = None
    """What comes next after an act was answered, given the highest id known when it left; None for an operation that
    never acts."""
    after_ask: Callable[[Standing, Verdict, RetryPolicy], Standing | Outcome] | None = None
    """What comes next after the thing was asked for by its id; None for an operation that never does."""
    unexplained: Callable[[Standing, Verdict], Outcome | None] | None = None
    """The end of a row that was refused, and whose refusal no look could explain; None if it has none."""
    only_listed: Callable[[Standing, Verdict], Outcome] | None = None
    """The end of a row whose thing its list shows otherwise than it is wanted, and whose id cannot be asked."""
    acts_without_look: bool = False
    """Whether it acts all the same when no first look can be had, or none is wanted."""
    stays_if_listed: Callable[[Standing, Outcome | None], bool] | None = None
    """Whether nothing is new of a row if its list has its target and says no more; None if there always is."""
    tries_for_mark: Callable[[RetryPolicy], int] | None = None
    """How many requests for the mark of what a look has found may tell nothing; None if it wants to know no marks."""


# Where a row begins


def begin(policy: RetryPolicy) -> Standing:
    """A row of which nothing is known."""
    return Standing(step=Step.LOOK if policy.first_look else Step.ACT)


def reported(outcome: Outcome, now: float) -> Standing:
    """A row of which something was reported, for an operation that looks at that again.

    Args:
        outcome: what was reported.
        now: seconds since the epoch. Nothing was reported later, even if the machine's clock was set back since.
    """
    told: dict[str, Any] = {
        "left": True,
        "sends": 0 if outcome.status.done else outcome.attempts,
        "target": outcome.reply.id if outcome.status.done else 0,
        "evidence": outcome.evidence,
        "doubt_began": min(outcome.finished_at, now),
    }
    if outcome.facts is not NOTHING:
        return replace(outcome.facts, **told)
    return Standing(absent_before_send=outcome.evidence is Evidence.PROVEN, known=outcome.known, **told)


def of_candidate(standing: Standing, number: int) -> Standing:
    """The same row, for an operation that looks at another of its things instead: the further one with this id."""
    evidence = Evidence.PROVEN if number in standing.marked else Evidence.PERHAPS
    marked = tuple(each for each in standing.marked if each != number)
    candidates = tuple(each for each in standing.candidates if each != number)
    begun = replace(standing, step=Step.LOOK, sends=0, extra=True, target=number, evidence=evidence)
    return replace(begun, marked=marked, candidates=candidates)


def interrupted(standing: Standing, at: float, known: int = 0) -> Standing:
    """A row of whose act only the intent is known, because the process died: in doubt like any other.

    Args:
        standing: what was stored with the intent.
        at: the last moment at which the process may still have sent it, in seconds since the epoch.
        known: the highest id known anywhere when the intent was stored.
    """
    return _put_in_doubt(standing, Verdict(end=End.IN_DOUBT, at=at), known)


def resumed(standing: Standing, began: float, now: float) -> Standing:
    """A row that another process left. After any doubt it is looked up first.

    A row in doubt drops its refusal, so that it can end: if the thing is still not listed, it is sent again, and
    perhaps refused again. The settle time begins anew: the machine's clock may have been set meanwhile. So does a first
    look, since the old one may be of yesterday.

    Args:
        standing: as it was left.
        began: when this process began its work, in seconds since the epoch.
        now: the same, now.
    """
    settled = standing.target and not (standing.unsettled or standing.sends)  # it was reported, and is looked at again
    if standing.ever_in_doubt and not settled and (standing.unsettled or standing.refusal is None):
        standing = replace(unsettled_again(standing), sends=standing.sends, turned_away=standing.turned_away)
    here = began <= standing.doubt_began <= now
    first = standing.step is Step.ACT and not standing.ever_in_doubt and not standing.target
    return replace(
        standing,
        step=Step.LOOK if first or standing.found else standing.step,
        found=None,
        waits=0,
        inconclusive_looks=0,
        unproven_absences=0,
        look_after=0.0,
        doubt_began=began if not here and (standing.doubt_began or must_settle(standing)) else standing.doubt_began,
    )


def unsettled_again(standing: Standing) -> Standing:
    """A row that an earlier run left in doubt, or after a doubt: it is looked up first.

    It may be sent as often as any other row of the new run.
    """
    return Standing(
        step=Step.LOOK,
        ever_in_doubt=True,
        unsettled=True,
        absent_before_send=standing.absent_before_send,
        left=True,
        known=standing.known,
        others=standing.others,
        candidates=standing.candidates,
        warning=standing.warning,
        mark=standing.mark,
        marked=standing.marked,
        target=standing.target,
        lost=standing.lost,
        doubt_began=standing.doubt_began,
    )


# What comes next


def after(
    rules: Rules, standing: Standing, verdict: Verdict, policy: RetryPolicy, known: int = 0
) -> Standing | Outcome:
    """What comes next, after an exchange of the kind `standing.step` ended with `verdict`.

    Args:
        rules: of the operation.
        standing: before the exchange.
        verdict: how it ended.
        policy: how much a row may cost.
        known: of an act, the highest id known anywhere when it left.
    """
    if standing.step is Step.ACT:
        return _after_act(rules, standing, verdict, known)
    if standing.unsure:  # said by an earlier process
        standing = replace(standing, unsure="")
    if standing.found and verdict.end is not End.NOT_TAKEN:
        return _after_mark(rules, standing, standing.found, verdict, policy)
    match verdict.end:
        case End.ANSWERED:
            answered = replace(standing, waits=0) if standing.waits else standing
            return _after_answer(rules, answered, verdict, policy)
        case End.NOT_TAKEN:
            return replace(standing, waits=standing.waits + 1)
        case End.IN_DOUBT:
            tried = replace(standing, inconclusive_looks=standing.inconclusive_looks + 1, waits=0)
            goes_on = rules.acts_without_look and is_first_look(standing) and looks_exhausted(tried, policy)
            return ready_to_act(standing, absent_before_send=False) if goes_on else tried
        case _:
            assert_never(verdict.end)


def _after_answer(
    rules: Rules, standing: Standing, verdict: Verdict, policy: RetryPolicy, *, reads: bool = True
) -> Standing | Outcome:
    """What comes next after a look or an ask; `reads`: whether the marks of what was found may be asked for."""
    if standing.step is Step.LOOK:
        if reads and standing.mark and rules.tries_for_mark and reading.unread(standing, verdict.reply):
            return reading.begun(standing, verdict)
        return rules.after_look(standing, verdict, policy)
    assert rules.after_ask, "an operation that never asks has asked"  # noqa: S101 - a bug of ours
    return rules.after_ask(standing, verdict, policy)


def _after_mark(
    rules: Rules, standing: Standing, look: Verdict, verdict: Verdict, policy: RetryPolicy
) -> Standing | Outcome:
    """What comes next after a request for the mark of something that a look has found."""
    if verdict.end is End.ANSWERED and (read := reading.read(look, verdict.reply, reading.next_id(standing))):
        return _after_answer(rules, reading.ended(standing), read, policy)
    tried = replace(standing, inconclusive_looks=standing.inconclusive_looks + 1, waits=0)
    if rules.tries_for_mark and tried.inconclusive_looks < rules.tries_for_mark(policy):
        return tried
    return _after_answer(rules, reading.ended(standing), look, policy, reads=False)


def _after_act(rules: Rules, standing: Standing, verdict: Verdict, known: int) -> Standing | Outcome:
    if verdict.reply.warning:
        standing = replace(standing, warning=verdict.reply.warning)
    match verdict.end:
        case End.ANSWERED:
            assert rules.after_act, "an operation that never acts has acted"  # noqa: S101 - a bug of ours
            return rules.after_act(standing, verdict, known)
        case End.NOT_TAKEN if verdict.http_status is None:
            return replace(standing, waits=standing.waits + 1)
        case End.NOT_TAKEN:
            return replace(turned_away(standing, known), waits=standing.waits + 1)
        case End.IN_DOUBT:
            return _put_in_doubt(standing, verdict, known)
        case _:
            assert_never(verdict.end)


def looks_exhausted(standing: Standing, policy: RetryPolicy) -> bool:
    """Whether the row has had as many inconclusive looks as it may have.

    A thing that the server says exists gets all of them while no list can be had, and fewer once lists are without it.
    One more look would not tell what a listed thing is that may be the wanted one.
    """
    if standing.unsure or standing.found:  # a row that reads marks ends that itself
        return not standing.found
    if must_settle(standing):
        contradicted = not standing.unsettled and standing.unproven_absences >= policy.inconclusive_looks_optional
        return contradicted or standing.inconclusive_looks >= policy.inconclusive_looks
    few = policy.inconclusive_looks_optional
    # Of what was reported there are two witnesses, and each is worth asking again.
    return standing.inconclusive_looks >= (2 * few if standing.target else few)


def give_up(rules: Rules, standing: Standing, verdict: Verdict) -> Outcome | None:
    """The end of a row whose looks are exhausted; None if only a look could tell, so that it stays as it is."""
    if standing.differs and rules.only_listed:
        return rules.only_listed(standing, verdict)
    if standing.unsettled or standing.unsure or standing.refusal is None or rules.unexplained is None:
        return None
    return rules.unexplained(standing, verdict)


def next_look_decides(standing: Standing) -> bool:
    """Whether one look is all that the row lacks: it was refused just now, and a list will be believed at once.

    Such a row is brought to its end even while the run is being stopped, so that it need not stay unknown.
    """
    just_now = standing.refusal is not None and not standing.inconclusive_looks and not standing.waits
    looks = standing.step is Step.LOOK or standing.found is not None
    return just_now and looks and not must_settle(standing)


def provisional_status(standing: Standing) -> Status:
    """The status that an unfinished row has in the results: `pending` only if this run never sent anything for it.

    Even a refusal may have been the answer to a second copy of the request, sent by a gateway.
    """
    if standing.extra:  # its row is told by what was reported of it
        return Status.PENDING
    sent_now = standing.sends or standing.turned_away
    return Status.UNKNOWN if sent_now or (standing.ever_in_doubt and not standing.target) else Status.PENDING


def ready_to_act(standing: Standing, *, absent_before_send: bool) -> Standing:
    """Nothing speaks against the act: it is next, and what looks have left behind is forgotten."""
    if standing.left or standing.ever_in_doubt or standing.others or standing.target or standing.mark:
        return replace(
            standing,
            step=Step.ACT,
            inconclusive_looks=0,
            unproven_absences=0,
            look_after=0.0,
            unsettled=False,
            refusal=None,
            denied=False,
            absent_before_send=absent_before_send,
            doubt_began=0.0,
        )
    return _CLEAN if absent_before_send else _UNCLEAN


# Healthy rows all have the same few standings, and making one takes as long as answering a look-up.
_CLEAN: Final = Standing(step=Step.ACT, absent_before_send=True)
_UNCLEAN: Final = Standing(step=Step.ACT)


def _put_in_doubt(standing: Standing, verdict: Verdict, known: int) -> Standing:
    left = sent(standing, known)
    return replace(left, step=Step.LOOK, ever_in_doubt=True, unsettled=True, doubt_began=verdict.at)


def not_believed(standing: Standing, verdict: Verdict) -> Standing:
    """A listing that is not believed: the row looks again, and takes no listing that it has seen."""
    return replace(
        standing,
        step=Step.LOOK,
        denied=False,
        inconclusive_looks=standing.inconclusive_looks + 1,
        unproven_absences=standing.unproven_absences + 1,
        look_after=look_again(verdict),
    )
