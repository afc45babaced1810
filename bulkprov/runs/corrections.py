"""Corrected rows, as they come back: which row of a run each one corrects, and which of its columns is which.

Operators sort, copy, delete and add rows, and take columns out or put new ones in. A row is known by its `sheetRow`
and by nothing else; a column of bulkprov's by its meaning, one of the operator's own by its name. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

from bulkprov.errors import SheetError
from bulkprov.sheets.rows import RESULT_COLUMNS, Record
from bulkprov.text import clean

__all__ = ["SHEET_ROW", "Fixes", "Layout", "new_rows", "prior_of", "repeated_rows", "row_of"]

SHEET_ROW: Final = "sheetRow"
_WHOLE: Final = re.compile(r"([0-9]{1,18}|[0-9]{1,3}(,[0-9]{3}){1,5})(\.0{1,2})?")
_SHOWN: Final = 40
_FEW: Final = 5
_PRIOR: Final = {name: position for position, name in enumerate(RESULT_COLUMNS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns of a rerun: those of the earlier run, and behind them those that only the corrected file has."""

    columns: tuple[str, ...]
    fields: Mapping[str, int]
    """Canonical name to position in `columns`."""
    places: tuple[int | None, ...]
    """For each of `columns`, where it is in a row of the file; None if the file does not have it."""
    before: int
    """How many of them the earlier run had."""

    @classmethod
    def of(
        cls,
        columns: Sequence[str],
        fields: Mapping[str, int],
        ours: Sequence[str],
        our_fields: Mapping[str, int],
        results: Sequence[str],
    ) -> Self:
        """Join the columns of a corrected file to those of the run that it corrects.

        Args:
            columns: of the file.
            fields: of the file: canonical name to position.
            ours: the columns of the run.
            our_fields: of the run: canonical name to position.
            results: what the columns are called that the results add.
        """
        theirs = _named(columns, fields)
        places = [theirs.pop(name, None) for name in _named(ours, our_fields)]
        more = sorted(at for (name, _), at in theirs.items() if name not in results)
        added = {name: len(ours) + more.index(at) for name, at in fields.items() if at in more}
        return cls(
            columns=(*ours, *(columns[at] for at in more)),
            fields={**our_fields, **added},
            places=(*places, *more),
            before=len(ours),
        )

    def record(self, record: Record, earlier: Sequence[str]) -> Record:
        """A row of the file in the columns of the rerun; a cell that the file lacks is as it was before."""
        cells = tuple(
            record.cells[place] if place is not None else earlier[at] if at < len(earlier) else ""
            for at, place in enumerate(self.places)
        )
        faults = tuple(
            each if each.column is None else replace(each, column=self._place(each.column)) for each in record.faults
        )
        return replace(record, cells=cells, faults=faults)

    def _place(self, column: int) -> int | None:
        return self.places.index(column) if column in self.places else None

    def earlier(self, cells: Sequence[str]) -> tuple[str, ...]:
        """A row of the earlier run in the columns of the rerun."""
        return (*cells, *[""] * (len(self.columns) - self.before))


def _named(columns: Sequence[str], fields: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """Each column's place by its meaning or name, and by how many of that name stand before it."""
    meant = {at: name for name, at in fields.items()}
    counted: Counter[str] = Counter()
    named = {}
    for at, column in enumerate(columns):
        name = f"bulkprov: {meant[at]}" if at in meant else column.strip()
        named[name, counted[name]] = at
        counted[name] += 1
    return named


@dataclass(slots=True)
class Fixes:
    """Corrected rows, by the row of the sheet they correct; those that correct none are new rows."""

    by_row: dict[int, list[Record]] = field(default_factory=dict)
    """More than one if somebody copied a row."""
    new: list[Record] = field(default_factory=list)

    @classmethod
    def of(cls, records: Iterable[Record], columns: Sequence[str]) -> Self:
        """Sort the rows of a file with these columns."""
        at = next((at for at, column in enumerate(columns) if column.strip() == SHEET_ROW), None)
        fixes = cls()
        for record in records:
            number = row_of(record) if record.prior or at is None else _number(record.cells[at], record)
            if number is None:
                fixes.new.append(record)
            else:
                fixes.by_row.setdefault(number, []).append(record)
        return fixes

    def take(self, number: int) -> list[Record]:
        """The rows that claim to correct this one; they are not in `by_row` any more."""
        return self.by_row.pop(number, [])

    def rest(self, said: list[str], name: str) -> Iterator[Record]:
        """The rows that are new in the file of this name, when all rows of the earlier run have taken theirs."""
        said += new_rows(self.new, name)
        yield from self.new
        for number, records in self.by_row.items():
            said.append(f"{name} has a row with sheetRow {number}, which the earlier run has not: taken for a new row")
            yield from records


def new_rows(records: Sequence[Record], name: str) -> list[str]:
    """What to say of the rows of a corrected file that stand for no row of the wave."""
    if not records:
        return []
    shown = ", ".join(str(record.sheet_row) for record in records[:_FEW])
    many = f"rows {shown}{' ...' if len(records) > _FEW else ''}" if len(records) > 1 else f"row {shown}"
    why = "their sheetRow is empty, or another row's" if len(records) > 1 else "its sheetRow is empty, or another row's"
    return [f"{many} of {name} {'are new rows' if len(records) > 1 else 'is a new row'} of the wave: {why}"]


def row_of(record: Record) -> int | None:
    """The row of the first sheet that this row of a results file stands for; None if it is a new one.

    Raises:
        SheetError: its `sheetRow` is neither a number nor empty. To take it for a new row would send the old one again.
    """
    return _number(prior_of(record, SHEET_ROW), record)


def _number(cell: str, record: Record) -> int | None:
    """A cell of the column `sheetRow`, also as other programs write whole numbers: 17.0, 1,301."""
    text = cell.strip()
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise SheetError(
            f"row {record.sheet_row}: {SHEET_ROW} is {clean(text)[:_SHOWN]!r}, and should be a number as in the "
            "results, or empty for a new row"
        )
    return int(text.partition(".")[0].replace(",", ""))


def prior_of(record: Record, name: str) -> str:
    """What a row of a results file has in one of the ten result columns."""
    return record.prior[_PRIOR[name]] if record.prior else ""


def repeated_rows(records: Iterable[Record]) -> set[int]:
    """Numbers of rows that a results file has more than once, because somebody copied a row."""
    seen: set[int] = set()
    repeated: set[int] = set()
    for number in map(row_of, records):
        if number is not None:
            (repeated if number in seen else seen).add(number)
    return repeated
