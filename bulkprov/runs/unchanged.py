"""Rows of a planned rerun that the server has refused, and that ask for the same still. It changes no journal."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from bulkprov.engine.model import Status
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.rows import JournalRow
from bulkprov.runs.run import Run

__all__ = ["refused_again", "unchanged"]


def refused_again(run: Run) -> list[int]:
    """The numbers of the rows that a plan would create, and that the run which is to be rerun was refused.

    Args:
        run: the plan, once it is made; of a sheet that reruns no run there are none, nor if that run cannot be read.
    """
    folder = run.manifest.earlier_run
    if folder is None:
        return []
    with suppress(RunError, StorageError), Run.open(run.manifest.directory / folder) as earlier:
        return list(unchanged(earlier.rows(), run.rows()))
    return []


def unchanged(earlier: Iterable[JournalRow], planned: Iterable[JournalRow]) -> Iterator[int]:
    """The numbers of the planned rows that would be created and want what was refused earlier under their number."""
    refused = {row.sheet_row: row.want for row in earlier if row.outcome and row.outcome.status is Status.REJECTED}
    for row in planned:
        would = row.outcome is not None and row.outcome.status is Status.WOULD_CREATE
        if would and row.want and row.want == refused.get(row.sheet_row):
            yield row.sheet_row
