"""A row on its way into a journal and out of it, a row with all its exchanges, and what one commit brings to disk."""

from dataclasses import dataclass, field
from typing import Any, Final

from bulkprov.engine.model import Outcome, Row, Standing, Verdict, value
from bulkprov.engine.wanted import Wanted
from bulkprov.journal.codec import outcome_values, standing_text, verdict_text
from bulkprov.sheets.rows import Fault

__all__ = ["NEW", "Batch", "JournalRow", "RowHistory"]

NEW: Final = 0
"""The `sheet_row` of a new row of a rerun: the journal numbers it after all others."""


@value(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """A row as it enters a journal, and as the journal has it."""

    sheet_row: int
    """Row of the sheet as the operator sees it, or NEW."""
    cells: tuple[str, ...]
    """The operator's own cells."""
    want: Wanted | None = None
    """What it wants; None if it is invalid."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with it."""
    state: Standing | Outcome | None = None
    """Its outcome; or where it stands, if it has none; or None, if nothing is known of it yet."""

    @property
    def outcome(self) -> Outcome | None:
        """Its outcome, if it has one."""
        return self.state if isinstance(self.state, Outcome) else None

    @property
    def standing(self) -> Standing | None:
        """Where it stands, if it has no outcome and anything is known of it."""
        return self.state if isinstance(self.state, Standing) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowHistory:
    """A row with every exchange that was written down: when it was to begin, where the row stood, how it ended."""

    row: JournalRow
    exchanges: tuple[tuple[float, Standing, Verdict | None], ...]


@dataclass(slots=True)
class Batch:
    """What one commit brings to disk."""

    operation: str = ""
    """The name of the operation whose exchanges these are."""
    exchanges: list[tuple[int, int, str, str, float, str | None, str, int | None]] = field(default_factory=list)
    verdicts: list[tuple[str, int]] = field(default_factory=list)
    outcomes: list[tuple[Any, ...]] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)
    """Numbers of the rows whose outcome is taken back."""

    def intend(self, nr: int, row: Row, at: float, known: int = 0) -> None:
        """An act is about to begin; `known` is the highest id that is known anywhere."""
        self._add(nr, row, at, None, (self.operation, known))

    def looked(self, nr: int, row: Row, verdict: Verdict) -> None:
        """A look has ended."""
        self._looked(nr, row, verdict, self.operation)

    def reopen(self, nr: int, row: Row, verdict: Verdict, operation: str) -> None:
        """A row's outcome is taken back: it stands as `row` says, after a look of an operation that settled nothing."""
        self._looked(nr, row, verdict, operation)
        self.reopened.append(row.number)

    def _looked(self, nr: int, row: Row, verdict: Verdict, operation: str) -> None:
        began = verdict.at - verdict.seconds
        self._add(nr, row, began, verdict_text(verdict), (operation, None))

    def _add(self, nr: int, row: Row, at: float, verdict: str | None, told: tuple[str, int | None]) -> None:
        standing = row.standing
        self.exchanges.append((nr, row.number, standing.step.value, standing_text(standing), at, verdict, *told))

    def ended(self, nr: int, verdict: Verdict) -> None:
        """The act of exchange number `nr` has ended, and its row goes on."""
        self.verdicts.append((verdict_text(verdict), nr))

    def finish(self, row: int, outcome: Outcome) -> None:
        """The row of this number has ended."""
        self.outcomes.append(outcome_values(row, outcome))
