"""Rows on their way into a journal and out of it, and what one commit brings to disk."""

from dataclasses import dataclass, field
from typing import Any

from bulkprov.engine.model import Outcome, Row, Standing, Verdict, value
from bulkprov.engine.wanted import Wanted
from bulkprov.journal.codec import outcome_values, standing_text, verdict_text
from bulkprov.sheets.rows import Fault

__all__ = ["Batch", "Kept", "NewRow", "Told"]


@value(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A row as it enters a journal: to be done, or invalid, or settled by an earlier run already."""

    sheet_row: int | None
    """Row of the sheet; None for a new row of a rerun, which is numbered after all others."""
    cells: tuple[str, ...]
    want: Wanted | None = None
    faults: tuple[Fault, ...] = ()
    outcome: Outcome | None = None
    standing: Standing | None = None


@value(frozen=True, slots=True, kw_only=True)
class Kept:
    """A row as the journal has it."""

    sheet_row: int
    cells: tuple[str, ...]
    want: Wanted | None
    faults: tuple[Fault, ...]
    ended: Standing | Outcome
    """Its outcome; or, unfinished, where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A row with every exchange that was written down: when it was to begin, where the row stood, how it ended."""

    kept: Kept
    exchanges: tuple[tuple[float, Standing, Verdict | None], ...]


@dataclass(slots=True)
class Batch:
    """What one commit brings to disk."""

    operation: str = ""
    """The name of the operation whose exchanges these are."""
    exchanges: list[tuple[int, int, str, str, float, str | None, str]] = field(default_factory=list)
    verdicts: list[tuple[str, int]] = field(default_factory=list)
    outcomes: list[tuple[Any, ...]] = field(default_factory=list)
    alive: float = 0.0
    """When the batch was made: until then at least, the process lived and may have sent what it intended."""

    def intend(self, nr: int, row: Row, at: float) -> None:
        """An act is about to begin."""
        self._add(nr, row, at, None)

    def looked(self, nr: int, row: Row, verdict: Verdict) -> None:
        """A look has ended."""
        self._add(nr, row, verdict.at - verdict.seconds, verdict_text(verdict))

    def _add(self, nr: int, row: Row, at: float, verdict: str | None) -> None:
        standing = row.standing
        line = nr, row.number, standing.step.value, standing_text(standing), at, verdict, self.operation
        self.exchanges.append(line)

    def ended(self, nr: int, verdict: Verdict) -> None:
        """The act `nr` has ended, and its row goes on."""
        self.verdicts.append((verdict_text(verdict), nr))

    def finish(self, row: int, outcome: Outcome) -> None:
        """The row of this number has ended."""
        self.outcomes.append(outcome_values(row, outcome))
