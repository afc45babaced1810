"""The operations: what a command wants of each row, as one value each. Pure, like `lifecycle`, which drives them.

=========  ============================  =====================  =================================================
operation  looked, and it is there       looked, and it is not  acts
=========  ============================  =====================  =================================================
run        `exists`, or ours             create it              creates
plan       `exists`                      `would-create`         never
rollback   see `targets`                 see `targets`          deletes by id, after its id has shown the thing
verify     see `targets`                 see `targets`          never
audit      see `targets`                 see `targets`          never
=========  ============================  =====================  =================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bulkprov.engine.creating import CREATING
from bulkprov.engine.ending import outcome
from bulkprov.engine.lifecycle import Rules
from bulkprov.engine.model import Outcome, Standing, Status, Verdict
from bulkprov.engine.policy import RetryPolicy
from bulkprov.engine.targets import AUDITING, REMOVING, VERIFYING

__all__ = [
    "AUDIT",
    "CHECK",
    "DEEP_PLAN",
    "OPERATIONS",
    "PLAN",
    "ROLLBACK",
    "RUN",
    "VERIFY",
    "Act",
    "Operation",
    "Title",
]


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
    amends: bool = False
    """Whether its rows stay as they were reported, and only what is new of them is stored."""
    keeps_looks: bool = True
    """Whether its look-ups are stored."""
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
        return outcome(Status.EXISTS, standing, verdict, verdict.why)
    if verdict.reply.unsure:
        return replace(standing, unsure=verdict.reply.unsure)
    weakly = "" if verdict.reply.sure else "the server gave no list, which may mean that there is nothing to list"
    return outcome(Status.WOULD_CREATE, standing, verdict, "; ".join(filter(None, (verdict.why, weakly))))


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
    rules=REMOVING,
    act=Act.DELETE,
    undoes=True,
    amends=True,
    well=frozenset({Status.ROLLED_BACK}),
    title=Title("are rolled back", "not", "To continue:"),
)
"""Delete what this run certainly made."""
VERIFY: Final = Operation(
    name="verify",
    rules=VERIFYING,
    well=frozenset({Status.AS_REPORTED}),
    file="verification",
    title=Title("are as reported", "gone or different", "To create again those that are gone:"),
)
"""Look again at everything that was reported to be there."""
AUDIT: Final = Operation(
    name="audit",
    rules=AUDITING,
    amends=True,
    keeps_looks=False,
    well=RUN.well | {Status.AS_REPORTED},
    title=RUN.title,
)
"""Look once more, when all creates are settled, at every row of which a create left."""
OPERATIONS: Final[Mapping[str, Operation]] = {
    each.name: each for each in (RUN, PLAN, DEEP_PLAN, CHECK, ROLLBACK, VERIFY, AUDIT)
}
"""Every operation by its name."""
