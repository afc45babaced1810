"""The plan of a run that was refused by it (`--plan-first`): what it has said of each row stands in the results.

It is forgotten when the run goes on.
"""

from bulkprov.journal.planned import Planned, forget_plan, keep_plan
from bulkprov.runs.run import Run

__all__ = ["forget", "keep"]


def keep(run: Run, plan: Run) -> None:
    """Keep what a plan has said of the rows of a run.

    Args:
        run: of which nothing was sent since.
        plan: of rows of this run, worked through.

    Raises:
        StorageError: the journal cannot be written.
    """
    said = ((each.sheet_row, Planned(each.status, each.note, each.id)) for each in plan.results())
    keep_plan(run.journal.database, said)


def forget(run: Run) -> None:
    """Forget the plan, if there is one: the run goes on."""
    forget_plan(run.journal.database)
