"""What a file of results is about, besides its rows: of which run, of which operation, and what to do next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bulkprov.engine.lifecycle import RUN, Operation
from bulkprov.engine.model import Status
from bulkprov.kind import Kind
from bulkprov.report.aggregate import Advice, by_status

__all__ = ["About"]


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
    next_step: Callable[[Mapping[Status, int]], Sequence[str]] = lambda _statuses: ()
    """The command to go on with, as words after `bulkprov`, given the rows by status; none if there is nothing left for
    a command to do. See `next_step.py`."""
