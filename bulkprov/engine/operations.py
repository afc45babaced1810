"""Plan, rollback and verify: the other lines of the table of operations. Pure, like `lifecycle.py`, which drives them.

=========  ============================  =====================  =================================================
operation  looked, and it is there       looked, and it is not  acts
=========  ============================  =====================  =================================================
run        `exists`, or ours             create it              creates
plan       `exists`                      `would-create`         never
rollback   delete it, if it is the one   `rolled-back`          deletes by id, after a look that found id and name
verify     `as-reported`, or `differs`   `gone`                 never
=========  ============================  =====================  =================================================

A rollback's row begins with the id that its run was told (`Standing.target`); whatever else is found under its name,
or that id under another name, is left alone. What was just made may not be listed yet: until its settle time is
over, a list without it says nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bulkprov.engine.lifecycle import RUN, Act, Limits, Operation, Title, acting, outcome, too_early, too_weak
from bulkprov.engine.model import Outcome, Standing, Status, Step, Verdict

__all__ = ["CHECK", "DEEP_PLAN", "OPERATIONS", "PLAN", "ROLLBACK", "RUN", "VERIFY"]


def _planned(standing: Standing, verdict: Verdict, _limits: Limits) -> Outcome:
    if verdict.reply.no_place:
        return outcome(Status.NO_PLACE, standing, verdict, verdict.why)
    if verdict.reply.id:
        return outcome(Status.EXISTS, standing, verdict)
    weakly = "" if verdict.reply.sure else "the server gave no list, which may mean that there is nothing to list"
    return outcome(Status.WOULD_CREATE, standing, verdict, weakly)


def _looked_for_removal(standing: Standing, verdict: Verdict, limits: Limits) -> Standing | Outcome:
    reply = verdict.reply
    if reply.elsewhere:
        return _kept(standing, verdict, f"id {standing.target} is named {reply.elsewhere} now")
    if reply.id == standing.target:
        return _still_there(standing, verdict, limits)
    if _may_be_late(standing, verdict, limits):
        return replace(standing, open=True, turns=0)
    if not reply.id and too_weak(standing, verdict):
        return replace(standing, turns=standing.turns + 1, absent=standing.absent + 1)
    if reply.id:
        note = f"id {standing.target} was gone already; another one of this name has id {reply.id}, and was left alone"
    elif standing.doubt or standing.refusal:
        note = "deleted"
    else:
        note = "it was gone already"
    return _rolled_back(standing, verdict, note)


def _may_be_late(standing: Standing, verdict: Verdict, limits: Limits) -> bool:
    """Whether a list without the set may be older than the set, as far as anybody can tell."""
    untouched = not standing.doubt and standing.refusal is None
    return untouched and too_early(standing, verdict, limits)


def _still_there(standing: Standing, verdict: Verdict, limits: Limits) -> Standing | Outcome:
    """A delete that was answered with a refusal is final; one in doubt may be at work until its settle time is over."""
    if standing.refusal:
        return _refused(standing, verdict)
    if standing.doubt and standing.open and too_early(standing, verdict, limits):
        return replace(standing, turns=0)
    if standing.sends >= limits.max_attempts:
        return _kept(standing, verdict, f"{standing.sends} deletes went unanswered, and it is there")
    return acting(standing, clean=False)


def _removed(standing: Standing, verdict: Verdict) -> Standing | Outcome:
    if verdict.reply.error_code == 0:
        return _rolled_back(standing, verdict, "deleted")
    return replace(standing, step=Step.LOOK, refusal=verdict, open=False, since=verdict.at)


def _verified(standing: Standing, verdict: Verdict, limits: Limits) -> Standing | Outcome:
    reply = verdict.reply
    if reply.elsewhere:
        return outcome(Status.DIFFERS, standing, verdict, f"id {standing.target} is named {reply.elsewhere} now")
    if reply.id == standing.target:
        return outcome(Status.AS_REPORTED, standing, verdict)
    if _may_be_late(standing, verdict, limits):
        return replace(standing, open=True, turns=0)
    if reply.id:
        return outcome(Status.DIFFERS, standing, verdict, f"reported with id {standing.target}, there with {reply.id}")
    if too_weak(standing, verdict):
        return replace(standing, turns=standing.turns + 1, absent=standing.absent + 1)
    return outcome(Status.GONE, standing, verdict, f"id {standing.target} is not there any more")


def _refused(standing: Standing, verdict: Verdict) -> Outcome:
    refusal = standing.refusal or verdict
    code, words = refusal.reply.error_code, refusal.reply.error_string
    why = f"errorCode {code} {words}".strip() if code else refusal.why
    return _kept(standing, verdict, f"the server refused to delete it: {why}")


def _kept(standing: Standing, verdict: Verdict, why: str) -> Outcome:
    """Not deleted: the row stays `created`, and a later rollback may try again."""
    return _of_target(outcome(Status.CREATED, standing, verdict, f"not rolled back: {why}", ours=True), standing)


def _rolled_back(standing: Standing, verdict: Verdict, note: str) -> Outcome:
    return _of_target(outcome(Status.ROLLED_BACK, standing, verdict, note), standing)


def _of_target(ended: Outcome, standing: Standing) -> Outcome:
    """The id that the row was reported with stays in its results, whatever a look or a delete has told."""
    return replace(ended, reply=replace(ended.reply, id=standing.target))


PLAN: Final = Operation(
    name="plan",
    looked=_planned,
    asks_for_place=True,
    plans=True,
    well=RUN.well | {Status.WOULD_CREATE},
    file="plan",
    title=Title("can be created, or are there", "cannot", "When the sheet is corrected:"),
)
DEEP_PLAN: Final = replace(PLAN, name="deep plan", asks_deeply=True)
"""A plan that also asks whether there is a place for the thing: whether all that it would be part of is there."""
CHECK: Final = replace(
    PLAN,
    name="check",
    well=PLAN.well | {Status.PENDING},
    title=Title("are well in the sheet", "not", "When the sheet is corrected:"),
)
"""A plan that asks no server: a row is well if nothing is wrong with it in the sheet."""
ROLLBACK: Final = Operation(
    name="rollback",
    looked=_looked_for_removal,
    answered=_removed,
    unsettled=_refused,
    act=Act.DELETE,
    undoes=True,
    well=frozenset({Status.ROLLED_BACK}),
    title=Title("are rolled back", "not", "To go on:"),
)
VERIFY: Final = Operation(
    name="verify",
    looked=_verified,
    well=frozenset({Status.AS_REPORTED}),
    file="verification",
    title=Title("are as reported", "gone or different", "To create again those that are gone:"),
)
OPERATIONS: Final[Mapping[str, Operation]] = {
    each.name: each for each in (RUN, PLAN, DEEP_PLAN, CHECK, ROLLBACK, VERIFY)
}
"""Every operation by its name."""
