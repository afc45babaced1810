"""What a file of results says besides its rows: the run, the operation, advice, and the command that comes next."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bulkprov.engine.model import Status, Step, Verdict
from bulkprov.engine.operations import RUN, Operation
from bulkprov.kind import Kind
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import Explain, explain_by_status

__all__ = ["Context"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the files of a run are given besides their rows."""

    kind: Kind[Any]
    """The kind of thing that the rows name."""
    operation: Operation = RUN
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    """Facts of the run as a whole: `run`, `sheet`, `ticket`, `operator`, `username`, `server`, `reruns`,
    `rerun_as`, `left_out`, `started` (seconds since the epoch), `seconds`, `finished` (rows that ended in them),
    `rows_per_second`, `requests`, `audited`, `unproven`, `perhaps_created` (rows that are `created` without proof that
    the run made what they have), `version`, `limits` (the points of a `TimeSeries`, in JSON, of the limit on requests
    in flight). What is not known is left out."""
    delimiter: str = ""
    """What separates the cells of the sheet that was read; empty if it is not known, or is a workbook."""
    encoding: str = ""
    """Encoding of that sheet, if it is certain."""
    explain: Explain = explain_by_status
    """What errors mean, and whether a rerun is worthwhile."""
    catalogue: Catalogue = field(default_factory=lambda: Catalogue(()))
    """The same, for the cells to be marked."""
    next_step: Callable[[Mapping[Status, int]], Sequence[str]] = lambda _statuses: ()
    """The command to go on with, as words after `bulkprov`, given the rows by status; none if there is nothing left for
    a command to do. See `next_step.py`."""
    exchanges: Callable[[], Iterable[tuple[Step, Verdict]]] = lambda: ()
    """The run's exchanges after which their rows went on, in any order."""
    stories: Callable[[Collection[int]], Iterable[tuple[int, Mapping[str, Any]]]] = lambda _sheet_rows: ()
    """Given numbers of rows in the sheet: these numbers, each with the row's history as plain values, as `bulkprov
    show` has it."""
