"""Corrected rows: which row of a run each one corrects, and which of its columns is which.

Operators sort, copy, delete and add rows, and take columns out or put new ones in. A row is known by its `sheetRow`
and by nothing else; a column of bulkprov's by its meaning, one of the operator's own by its name. Pure.

*Corrections* are the file that an operator hands to a rerun: `failed.xlsx` after editing, or an edited results file,
which is *complete* because it has every row. What is wrong with a row is a *fault*.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from bulkprov.engine.model import Status
from bulkprov.errors import SheetError
from bulkprov.journal.rows import JournalRow
from bulkprov.sheets.doubtful import was_left_empty
from bulkprov.sheets.rows import OURS, RESULT_COLUMNS, SKIP, Record
from bulkprov.sheets.validate import FALSE_WORDS, CheckRecord
from bulkprov.text import clean

__all__ = [
    "SHEET_ROW",
    "SKIP",
    "Corrections",
    "Layout",
    "has_status",
    "is_marked",
    "is_to_fix",
    "number_of",
    "repeated_numbers",
    "row_number",
    "sheet_row_column",
    "skip_column",
]

SHEET_ROW: Final = "sheetRow"
"""The column by which a row is known."""
_NOT_SKIPPED: Final = FALSE_WORDS | {"n"}
_WHOLE_NUMBER: Final = re.compile(r"([0-9]{1,18}|[0-9]{1,3}(,[0-9]{3}){1,5})(\.0{1,2})?")
_LONGEST_QUOTE: Final = 40
_PRIOR: Final = {name: position for position, name in enumerate(RESULT_COLUMNS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns of a rerun: those of the earlier run, and after them those that only the corrections have."""

    columns: tuple[str, ...]
    fields: Mapping[str, int]
    """Canonical name to position in `columns`."""
    sources: tuple[int | None, ...]
    """For each of `columns`, its position in a row of the file; None if the file does not have it."""

    @classmethod
    def joined(
        cls,
        *,
        file_columns: Sequence[str],
        file_fields: Mapping[str, int],
        run_columns: Sequence[str],
        run_fields: Mapping[str, int],
        result_columns: Sequence[str],
    ) -> Self:
        """Join the columns of a file of corrections to those of the run that it corrects.

        Args:
            file_columns: header cells of the file.
            file_fields: canonical name to position among them.
            run_columns: header cells of the run.
            run_fields: canonical name to position among them.
            result_columns: what the columns are called that the results add.
        """
        in_file = _by_meaning(file_columns, file_fields)
        sources = [in_file.pop(meaning, None) for meaning in _by_meaning(run_columns, run_fields)]
        added = sorted(at for (name, _), at in in_file.items() if name not in result_columns)
        added_fields = {name: len(run_columns) + added.index(at) for name, at in file_fields.items() if at in added}
        return cls(
            columns=(*run_columns, *(file_columns[at] for at in added)),
            fields={**run_fields, **added_fields},
            sources=(*sources, *added),
        )

    def from_file(self, record: Record, earlier: Sequence[str]) -> Record:
        """A row of the file in the columns of the rerun.

        Args:
            record: the row of the file.
            earlier: cells of the row that it corrects, for the columns that the file lacks; none for a new row.
        """
        cells = tuple(
            record.cells[source] if source is not None else earlier[at] if at < len(earlier) else ""
            for at, source in enumerate(self.sources)
        )
        faults = tuple(
            each if each.column is None else replace(each, column=self._column(each.column)) for each in record.faults
        )
        return replace(record, cells=cells, faults=faults)

    def _column(self, source: int) -> int | None:
        return self.sources.index(source) if source in self.sources else None

    def from_run(self, cells: Sequence[str]) -> tuple[str, ...]:
        """The cells of a row of the earlier run in the columns of the rerun."""
        return (*cells, *[""] * (len(self.columns) - len(cells)))


def _by_meaning(columns: Sequence[str], fields: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """Each column's position by its meaning, or else its name, and by how many of that name stand before it."""
    meanings = {at: name for name, at in fields.items()}
    counted: Counter[str] = Counter()
    named = {}
    for at, column in enumerate(columns):
        name = f"bulkprov: {meanings[at]}" if at in meanings else column.strip()
        named[name, counted[name]] = at
        counted[name] += 1
    return named


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """A file of corrected rows, as a rerun sees it."""

    name: str
    """Of the file, for notes."""
    layout: Layout
    check: CheckRecord
    """Checks a row in the columns of the rerun; its faults name the file's cells."""
    records: Callable[[], Iterable[Record]]
    """Gives the rows in the file's order, from the start each time it is called."""
    sheet_row_column: int | None = None
    """Position of `sheetRow` in a row that is not of a results file."""
    skip_column: int | None = None
    """Position of the column `skip`, whose mark leaves a row out."""
    all_to_fix: bool = False
    """Whether the file was the run's own file of the rows to fix, so that a row which it lacks was deleted from it."""

    def skipped(self, record: Record) -> bool:
        """Whether a row of the file is marked to be left out."""
        return self.skip_column is not None and is_marked(record, self.skip_column)

    def typed(self, record: Record, at: int, before: Sequence[str]) -> bool:
        """Whether the operator typed what a row of the file has in a column about which there was doubt.

        So it is if the cell has another text than was read, and if it has the same one in a row whose note says that
        this cell was left empty. In any other file the text may be there because it was read.

        Args:
            record: the row of the file.
            at: position of the column in the rerun.
            before: the cells of the row that it corrects.
        """
        source = self.layout.sources[at]
        now = "" if source is None else record.cells[source].strip()
        if not now:
            return False
        names = (name for name, position in self.layout.fields.items() if position == at)
        return now != before[at].strip() or any(was_left_empty(record, name) for name in names)

    def row_number(self, record: Record) -> int | None:
        """The row of the wave that a row of the file corrects; None if it is a new row.

        Raises:
            SheetError: its `sheetRow` is neither a number nor empty.
        """
        return number_of(record, self.sheet_row_column)

    def by_row(self) -> tuple[dict[int, list[Record]], list[Record]]:
        """All rows by the row that they correct, more than one where a row was copied; and those that are new."""
        numbered: dict[int, list[Record]] = {}
        new: list[Record] = []
        for record in self.records():
            number = self.row_number(record)
            (new if number is None else numbered.setdefault(number, [])).append(record)
        return numbered, new

    def same_thing(self, record: Record, row: JournalRow) -> bool:
        """Whether a row of the file still names the same thing as the row that it corrects."""
        want = self.check(self.layout.from_file(record, row.cells))
        return not isinstance(want, tuple) and row.want is not None and want.key == row.want.key


def is_marked(record: Record, skip: int) -> bool:
    """Whether a row has a mark in the column `skip`, whose position this is."""
    return record.cells[skip].strip().casefold() not in _NOT_SKIPPED


def skip_column(columns: Sequence[str], own: Sequence[str]) -> int | None:
    """Position of the column `skip`; None if there is none, or if it is the sheet's own.

    Where the sheet has a column of that name itself, the one that leaves rows out is called `skip (bulkprov)`.

    Args:
        columns: header cells of the file.
        own: header cells of the run that it corrects.
    """
    taken = any(column.strip().casefold() == SKIP for column in own)
    for name in (f"{SKIP}{OURS}", *([] if taken else [SKIP])):
        for at, column in enumerate(columns):
            if column.strip().casefold() == name:
                return at
    return None


def is_to_fix(path: Path, folder: Path) -> bool:
    """Whether a file is the one that a run has written of its rows to fix, edited or not: by its place and name."""
    return path.stem.casefold().startswith("failed") and path.parent.resolve() == folder.resolve()


def sheet_row_column(columns: Sequence[str]) -> int | None:
    """Position of the column `sheetRow`; None if there is none."""
    return next((at for at, column in enumerate(columns) if column.strip() == SHEET_ROW), None)


def row_number(record: Record) -> int | None:
    """The row of the wave that a row of a results file stands for; None if it is a new one.

    Raises:
        SheetError: its `sheetRow` is neither a number nor empty. Taken for a new row, it would send the old one again.
    """
    return _number(_prior(record, SHEET_ROW), record)


def number_of(record: Record, column: int | None) -> int | None:
    """The same of a row of any file with the column `sheetRow`, which is at this position if it is no results file.

    Raises:
        SheetError: its `sheetRow` is neither a number nor empty.
    """
    return row_number(record) if record.prior or column is None else _number(record.cells[column], record)


def _number(cell: str, record: Record) -> int | None:
    """A cell of the column `sheetRow`, also as other programs write whole numbers: 17.0, 1,301."""
    text = cell.strip()
    if not text:
        return None
    if not _WHOLE_NUMBER.fullmatch(text):
        raise SheetError(
            f"row {record.sheet_row}: {SHEET_ROW} is {clean(text)[:_LONGEST_QUOTE]!r}, and should be a number as in "
            "the results, or empty for a new row"
        )
    return int(text.partition(".")[0].replace(",", ""))


def has_status(record: Record, *statuses: Status) -> bool:
    """Whether a row of a results file has one of these statuses by now."""
    return _prior(record, "status").strip().casefold() in statuses


def _prior(record: Record, name: str) -> str:
    return record.prior[_PRIOR[name]] if record.prior else ""


def repeated_numbers(records: Iterable[Record]) -> set[int]:
    """Numbers that more than one row of a results file has, because a row was copied."""
    seen: set[int] = set()
    repeated: set[int] = set()
    for number in map(row_number, records):
        if number is not None:
            (repeated if number in seen else seen).add(number)
    return repeated
