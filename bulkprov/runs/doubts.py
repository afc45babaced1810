"""Doubts about what a sheet's cells say, over the reruns of a row: they last until the operator types it. Pure.

The journal and the results have what the first sheet showed: of an error cell the text `#N/A`, of a number with 16
digits those that were left. Neither became a name by being written down. In the file of the rows to fix such cells
stand empty (`sheets.doubtful`), so that whatever is in them was typed, and is judged like any other value.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bulkprov.journal.rows import JournalRow
from bulkprov.runs.corrections import Corrections
from bulkprov.runs.new_rows import checked, invalid, with_doubts
from bulkprov.sheets.doubtful import chosen_empty, still_empty, was_left_empty
from bulkprov.sheets.rows import Fault, Record
from bulkprov.sheets.validate import CheckRecord

__all__ = ["as_it_was", "believed_key", "corrected_cells", "new_cells", "still_wrong"]

_STILL: Final = (
    "still empty in the rows to fix: type what is right, or (empty) if it is optional. The sheet was read so: "
)


def as_it_was(row: JournalRow, cells: tuple[str, ...], check: CheckRecord) -> JournalRow:
    """A row that is not corrected, checked with its cells in the columns of the rerun."""
    doubts = tuple(fault for fault in row.faults if fault.doubtful)
    return checked(Record(sheet_row=row.sheet_row, cells=cells, faults=doubts), check, row.sheet_row)


def corrected_cells(row: JournalRow, record: Record, corrections: Corrections) -> tuple[Record, str]:
    """A row of a file in the columns of the rerun, with the doubts about cells that the operator has left empty.

    These have again what was read.

    Returns:
        the row, and what the operator should know of cells that look as if they were filled in; empty if nothing.
    """
    filed = corrections.layout.from_file(record, row.cells)
    cells, doubts, unsaid = list(filed.cells), list[Fault](), list[str]()
    told = {fault.column for fault in filed.faults}
    names = {at: name for name, at in corrections.layout.fields.items() if at < len(row.cells)}
    for fault in (each for each in row.faults if each.doubtful and each.column not in told):
        places = names if fault.column is None else (fault.column,)
        if any(corrections.typed(record, at, row.cells) for at in places):
            if fault.column is None:  # one cell that was typed says nothing of the others
                doubts += still_empty(filed, corrections.layout.fields)
            continue
        doubts.append(_still_empty(fault))
        unsaid += [names.get(at, "the cell") for at in places if cells[at].strip()]
        for at in places:
            cells[at] = row.cells[at]
    note = ""
    if unsaid:
        note = (
            f"row {row.sheet_row}: {' and '.join(dict.fromkeys(unsaid))} as it was read the first time, which was in "
            "doubt. If it is right, type it into the cell that is empty in the file of the rows to fix"
        )
    asked = [at for each in row.faults if each.doubtful for at in (names if each.column is None else (each.column,))]
    said = chosen_empty(replace(filed, cells=tuple(cells)), {*asked, *_left_empty(record, corrections)})
    return with_doubts(said, doubts), note


def _still_empty(fault: Fault) -> Fault:
    """A doubt about a cell of which the file of the rows to fix has nothing: it is to be filled in there."""
    return fault if fault.text.startswith(_STILL) else replace(fault, text=f"{_STILL}{fault.text}")


def new_cells(record: Record, corrections: Corrections) -> Record:
    """A new row of a file in the columns of the rerun, with the doubts that the file tells of."""
    filed = corrections.layout.from_file(record, ())
    doubts = still_empty(filed, corrections.layout.fields)
    return with_doubts(chosen_empty(filed, _left_empty(record, corrections)), doubts)


def _left_empty(record: Record, corrections: Corrections) -> list[int]:
    """The cells, in the columns of the rerun, that the file of a row had empty because there was doubt about them."""
    return [at for name, at in corrections.layout.fields.items() if was_left_empty(record, name)]


def believed_key(row: JournalRow, cells: tuple[str, ...], check: CheckRecord) -> str | None:
    """The key of what a row would want if the doubts about its cells were none; None if there are no doubts."""
    if row.want or not any(fault.doubtful for fault in row.faults):
        return None
    want = check(Record(sheet_row=row.sheet_row, cells=cells))
    return None if isinstance(want, tuple) else want.key


def still_wrong(row: JournalRow, new: JournalRow, cells: Sequence[str]) -> JournalRow:
    """A row as it is now, with faults of cells that were not changed and whose text does not show the fault any more.

    It is for journals of earlier versions, which do not tell doubts from other faults.

    Args:
        row: as it was.
        new: as it is now.
        cells: as they were, in the columns of the rerun.
    """
    if row.want:  # it was sent; what it repeats, if that was its fault, may be gone
        return new
    told = {fault.column for fault in new.faults}
    still: tuple[Fault, ...] = tuple(
        fault
        for fault in row.faults
        if not fault.doubtful
        and fault.column not in told
        and (new.cells == cells if fault.column is None else new.cells[fault.column] == cells[fault.column])
    )
    return invalid(new.sheet_row, new.cells, new.faults + still) if still else new
