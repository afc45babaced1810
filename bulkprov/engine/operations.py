"""The operations: what a command wants of each row, as one value each. Pure, like `lifecycle`, which drives them.

=========  ============================  =====================  =================================================
operation  looked, and it is there       looked, and it is not  acts
=========  ============================  =====================  =================================================
run        `exists`, or ours             create it              creates
plan       `exists`                      `would-create`         never
rollback   delete it, if it is the one   `rolled-back`          deletes by id, after a look that found id and name
verify     `as-reported`, or `differs`   `gone`                 never
=========  ============================  =====================  =================================================

A rollback's row begins with the id that its run was told (`Standing.target`). Whatever else is found under its name,
or that id under another name, is left alone. What was just made may not be listed yet: until its settle time is over,
a list without it says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bulkprov.engine.absence import is_first_look, too_early, too_weak
from bulkprov.engine.ending import outcome
from bulkprov.engine.lifecycle import CREATING, Rules, not_believed, ready_to_act
from bulkprov.engine.model import Outcome, RetryPolicy, Standing, Status, Step, Verdict

__all__ = ["CHECK", "DEEP_PLAN", "OPERATIONS", "PLAN", "ROLLBACK", "RUN", "VERIFY", "Act", "Operation", "Title"]


class Act(StrEnum):
    """What an act does."""

    CREATE = "create"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Title:
    """The words of a summary: "48 of 50 <things> are there, 2 to go", "To continue: ..."."""

    well: str
    """Of the rows that are well."""
    others: str
    """Of all others."""
    then: str
    """Before the next command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a command wants of each row, how it takes the server's answers, and the words for what comes of it.

    What tells one operation from another is described here; other modules branch only on its fields.
    """

    name: str
    """By which a journal knows it. It is stored, so it never changes."""
    rules: Rules
    """What it makes of the server's answers."""
    act: Act | None = None
    """What its act is; None for an operation that never acts."""
    undoes: bool = False
    """Whether it takes the rows whose things this run made, and not those that have no outcome yet."""
    asks_for_place: bool = False
    """Whether it first makes sure that the scope exists."""
    asks_deeply: bool = False
    """Whether it also makes sure that the scope has a place for the thing."""
    plans: bool = False
    """Whether it says what a run would do, so that a run of its sheet comes next."""
    well: frozenset[Status]
    """The statuses that mean that nothing is left to do."""
    file: str = "results"
    """The name of the file with what came of it, without its suffix."""
    title: Title
    """What the Summary says of its rows."""

    @property
    def has_rows_to_fix(self) -> bool:
        """Whether its file is that of the run itself, which has a file of the rows to fix beside it."""
        return self.file == "results"

    @property
    def creates(self) -> bool:
        """Whether it makes what is wanted, so that what is said of a run as a whole is said of it."""
        return self.act is Act.CREATE


# The rules of a plan


def _planned(standing: Standing, verdict: Verdict, _policy: RetryPolicy) -> Standing | Outcome:
    if verdict.reply.no_place:
        return outcome(Status.NO_PLACE, standing, verdict, verdict.why)
    if verdict.reply.id:
        return outcome(Status.EXISTS, standing, verdict)
    if verdict.reply.unsure:
        return replace(standing, unsure=verdict.reply.unsure)
    weakly = "" if verdict.reply.sure else "the server gave no list, which may mean that there is nothing to list"
    return outcome(Status.WOULD_CREATE, standing, verdict, weakly)


# The rules of a rollback


def _looked_for_removal(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    reply = verdict.reply
    if reply.elsewhere:
        return _kept(standing, verdict, f"id {standing.target} is now named {reply.elsewhere}")
    if reply.id == standing.target:
        return _still_there(standing, verdict, policy)
    if _may_be_late(standing, verdict, policy):
        return replace(standing, unsettled=True, inconclusive_looks=0)
    if not reply.id and too_weak(standing, verdict):
        return not_believed(standing)
    if reply.id:
        note = f"id {standing.target} was already gone; another one of this name (id {reply.id}) was left alone"
    elif standing.ever_in_doubt or standing.refusal:
        note = "deleted"
    else:
        note = "it was already gone"
    return _rolled_back(standing, verdict, note)


def _still_there(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    """A delete that was refused is final; one in doubt may still be at work until its settle time is over."""
    if standing.refusal:
        return _refused(standing, verdict)
    if standing.ever_in_doubt and standing.unsettled and too_early(standing, verdict, policy):
        return replace(standing, inconclusive_looks=0)
    if standing.sends >= policy.max_attempts:
        return _kept(standing, verdict, f"{standing.sends} deletes went unanswered, and it is still there")
    return ready_to_act(standing, absent_before_send=False)


def _removed(standing: Standing, verdict: Verdict) -> Standing | Outcome:
    if verdict.reply.error_code == 0:
        return _rolled_back(standing, verdict, "deleted")
    return replace(standing, step=Step.LOOK, refusal=verdict, unsettled=False, doubt_began=verdict.at)


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
    """The same with the id that the row was reported with, which stays in its results whatever a look has found."""
    return replace(ended, reply=replace(ended.reply, id=standing.target))


def _may_be_late(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> bool:
    """Whether a list without the thing may be older than the thing."""
    return is_first_look(standing) and too_early(standing, verdict, policy)


# The rules of a verification


def _verified(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    reply = verdict.reply
    if reply.elsewhere:
        return outcome(Status.DIFFERS, standing, verdict, f"id {standing.target} is now named {reply.elsewhere}")
    if reply.id == standing.target:
        return outcome(Status.AS_REPORTED, standing, verdict)
    if _may_be_late(standing, verdict, policy):
        return replace(standing, unsettled=True, inconclusive_looks=0)
    if reply.id:
        note = f"reported as id {standing.target}, now listed as id {reply.id}"
        return outcome(Status.DIFFERS, standing, verdict, note)
    if too_weak(standing, verdict):
        return not_believed(standing)
    return outcome(Status.GONE, standing, verdict, f"id {standing.target} no longer exists")


RUN: Final = Operation(
    name="run",
    rules=CREATING,
    act=Act.CREATE,
    well=frozenset({Status.CREATED, Status.EXISTS}),
    title=Title("are there", "to go", "To continue:"),
)
"""Make each thing exist."""
PLAN: Final = Operation(
    name="plan",
    rules=Rules(after_look=_planned),
    asks_for_place=True,
    plans=True,
    well=RUN.well | {Status.WOULD_CREATE},
    file="plan",
    title=Title("can be created or already exist", "cannot be created", "When the sheet is corrected:"),
)
"""Say what a run would do."""
DEEP_PLAN: Final = replace(PLAN, name="deep plan", asks_deeply=True)
"""A plan that also asks whether there is a place for the thing: whether all that it would be part of exists."""
CHECK: Final = replace(
    PLAN,
    name="check",
    well=PLAN.well | {Status.PENDING},
    title=Title("are valid", "not", "When the sheet is corrected:"),
)
"""A plan that asks no server: a row is well if nothing is wrong with it in the sheet."""
ROLLBACK: Final = Operation(
    name="rollback",
    rules=Rules(after_look=_looked_for_removal, after_act=_removed, unexplained=_refused),
    act=Act.DELETE,
    undoes=True,
    well=frozenset({Status.ROLLED_BACK}),
    title=Title("are rolled back", "not", "To continue:"),
)
"""Delete what this run certainly made."""
VERIFY: Final = Operation(
    name="verify",
    rules=Rules(after_look=_verified),
    well=frozenset({Status.AS_REPORTED}),
    file="verification",
    title=Title("are as reported", "gone or different", "To create again those that are gone:"),
)
"""Look again at everything that was reported to be there."""
OPERATIONS: Final[Mapping[str, Operation]] = {
    each.name: each for each in (RUN, PLAN, DEEP_PLAN, CHECK, ROLLBACK, VERIFY)
}
"""Every operation by its name."""
