"""What a file of results is about, besides its rows: of which run, of which operation, and what to do next."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bulkprov.engine.lifecycle import RUN, Operation
from bulkprov.engine.model import Status
from bulkprov.kind import Kind
from bulkprov.report.aggregate import Advice, by_status
from bulkprov.report.statuses import any_fixable

__all__ = ["About", "next_command"]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the Summary says besides what the rows say."""

    kind: Kind[Any]
    """Of the things that the rows name."""
    operation: Operation = RUN
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    """Of the run as a whole: `run`, `sheet`, `server`, `reruns`, `started` (seconds since the epoch), `seconds`,
    `rows_per_second`, `requests`, `limits` (the points of a `Course`, in JSON, of the requests that were allowed in
    flight); what is not known is left out."""
    advice: Advice = by_status
    """Whether a rerun is worthwhile."""
    goes_on: Callable[[Counter[Status]], Sequence[str]] = lambda _statuses: ()
    """The command to go on with, as words after `bulkprov`, given the rows by status; none if nothing is left to do."""


def next_command(
    run: Path, statuses: Mapping[Status, int], *, left: int, half_deleted: int, failed: Path | None
) -> list[str]:
    """What to type after a run, or after its rollback; nothing if there is nothing left to do for a command.

    Args:
        run: its folder.
        statuses: rows by status.
        left: how many rows have no outcome.
        half_deleted: how many sets a rollback that was broken off may have deleted, or not.
        failed: the file of the rows to fix, if there is one.
    """
    if half_deleted:
        return ["rollback", str(run), "--yes"]
    if left:
        return ["resume", str(run)]
    if any_fixable(statuses):
        return ["rerun", str(run), *([str(failed)] if failed else [])]
    return []
