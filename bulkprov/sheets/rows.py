"""Rows of a sheet: a `Record` as it comes in, with its faults; a `Result` as it goes out, with what became of it."""

from dataclasses import dataclass
from typing import Final

from bulkprov.engine.model import Status, value

__all__ = ["OURS", "RESULT_COLUMNS", "SKIP", "Fault", "Record", "Result"]

RESULT_COLUMNS: Final = (
    "status",
    "errorCode",
    "errorString",
    "id",
    "attempts",
    "httpStatus",
    "seconds",
    "finishedAt",
    "note",
    "sheetRow",
)
"""The columns that the results add to those of the sheet, in this order; `id` has the name that its kind gives it
(`Columns.results`). A sheet that has them all is a results file."""

OURS: Final = " (bulkprov)"
"""What the results append to the name of a column of theirs that the sheet has as well."""

SKIP: Final = "skip"
"""The first column of the rows to fix, in which a mark leaves a row out of the rerun."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a row, found before anything is sent."""

    text: str
    """What is wrong, with the value, and what to do about it: one sentence for the operator."""
    column: int | None = None
    """Position of the cell among the sheet's own columns, from 0; None if the fault is the row's as a whole."""
    doubtful: bool = False
    """Whether the file did not say for certain what the cell's value is: its text does not show the fault."""


@value(frozen=True, slots=True, kw_only=True)
class Record:
    """One data row of a sheet, as the operator sees it."""

    sheet_row: int
    """Row of the file, counted as the spreadsheet program counts; the header is usually row 1."""
    cells: tuple[str, ...]
    """The sheet's own columns as text, untouched; the result columns of a results file are not among them."""
    faults: tuple[Fault, ...] = ()
    """What the reading of the file found (a ragged row, an error cell)."""
    prior: tuple[str, ...] = ()
    """The ten cells under RESULT_COLUMNS, in that order, if the sheet is a results file."""


@value(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the results: the row's own cells and, by the names of RESULT_COLUMNS, what became of it."""

    cells: tuple[str, ...]
    status: Status
    error_code: int | None = None
    error_string: str = ""
    id: int | None = None
    """The server's id of what the row wanted."""
    attempts: int = 0
    http_status: int | None = None
    seconds: float | None = None
    finished_at: float | None = None
    """Seconds since the epoch; shown as ISO 8601 with the local offset."""
    note: str = ""
    remark: str = ""
    """The end of the note: what is to be known of what the row asks for, whatever became of it."""
    sheet_row: int
    faults: tuple[Fault, ...] = ()
    carried: bool = False
    """Settled by an earlier run."""

    @property
    def reason(self) -> str:
        """The note without the remark."""
        return self.note.removesuffix(self.remark).removesuffix("; ") if self.remark else self.note

    @property
    def backupset_id(self) -> int | None:
        """The id by the name of its column; the library's users know it by this one."""
        return self.id
