"""Rows of a planned rerun that the server has refused, and that ask for the same still: `rejected` in the plan too.

A plan cannot ask whether a create would be refused. Where it was, and neither the row nor what the plan has looked up
is different now, it says what it knows, and not that the row would be created. It changes the journal of the plan only.
"""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

from bulkprov.engine.lifecycle import begin
from bulkprov.engine.model import Outcome, Row, Status
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.rows import Batch, JournalRow
from bulkprov.runs.policy import policy_of
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort

__all__ = ["mark_refused", "unchanged"]


def mark_refused(plan: Run, of: Run | None = None) -> list[tuple[Row, Outcome]]:
    """Give the rows of a plan that would be created, or were not looked up, the refusal of the run to be rerun.

    Args:
        plan: once it is made; of a sheet that reruns no run there are no such rows, nor if that run cannot be read.
        of: the run that it plans, if it was begun beside one.

    Returns:
        those rows, with their outcomes.

    Raises:
        StorageError: the plan's journal cannot be used.
    """
    run = of or plan
    folder, refused = run.manifest.earlier_run, list[JournalRow]()
    if folder is not None:
        with (
            suppress(RunError, StorageError),
            nullcontext(run.earlier) if run.earlier else Run.open(run.manifest.directory / folder) as earlier,
        ):
            refused = [row for row in earlier.rows() if row.outcome and row.outcome.status is Status.REJECTED]
    if folder is None or not refused:
        return []
    marked = list(unchanged(refused, plan.rows(), folder))
    batch = Batch()
    for row, outcome in marked:
        batch.finish(row.number, outcome)
    plan.journal.apply(batch)
    return marked


def unchanged(
    refused: Iterable[JournalRow], planned: Iterable[JournalRow], folder: Path
) -> Iterator[tuple[Row, Outcome]]:
    """The planned rows that want what was refused under their number, with that refusal as their outcome.

    Args:
        refused: rows of the earlier run that the server has refused.
        planned: all rows of the plan, in its order.
        folder: of the earlier run, for notes.
    """
    before = {row.sheet_row: row for row in refused}
    standing = begin(policy_of(Access(), Effort()))
    for number, row in enumerate(planned, 1):
        was = before.get(row.sheet_row)
        if was is None or was.outcome is None or row.want is None or row.want != was.want:
            continue
        if row.outcome is None or row.outcome.status is Status.WOULD_CREATE:
            yield (
                Row(number=number, sheet_row=row.sheet_row, want=row.want, standing=standing),
                _refusal(was.outcome, folder, row.outcome),
            )


def _refusal(was: Outcome, folder: Path, planned: Outcome | None) -> Outcome:
    """The refusal of a row as the outcome of its plan."""
    code, words = was.reply.error_code, was.reply.error_string.strip().removesuffix(".")
    why = f"errorCode {code}" if code else f"HTTP {was.http_status}" if was.http_status else "no errorCode"
    told = f"refused in {folder} with {why}{f': {words}' if words else ''}; not changed since"
    note = "; ".join(filter(None, (told, was.note, planned.note if planned else "")))
    return Outcome(status=Status.REJECTED, reply=was.reply, http_status=was.http_status, note=note)
