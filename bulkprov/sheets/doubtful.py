"""Cells whose text may not be their value, in the file of the rows to fix: they stand empty there. Pure.

What was read of a merged cell, an error value or a number under an odd format may be right all the same. Only a person
can say so, and says it by typing it: an empty cell shows that it was not said yet, a cell with its text in it would
not. Where nothing belongs into a cell, which only an optional one may have, EMPTY is typed. The note says what was
read, so that the file tells which of its cells are empty for this reason wherever it is taken.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bulkprov.sheets.columns import Columns, simplified
from bulkprov.sheets.rows import RESULT_COLUMNS, Fault, Record, Result
from bulkprov.sheets.validate import quoted

__all__ = ["EMPTY", "chosen_empty", "left_empty", "meanings", "still_empty", "was_left_empty"]

EMPTY: Final = "(empty)"
"""What is typed into a cell that was left empty for doubt, in any case, if nothing belongs there."""

_LEFT_EMPTY: Final = "is left empty here"
_NOTE: Final = RESULT_COLUMNS.index("note")


def meanings(columns: Sequence[str], known: Columns) -> dict[int, str]:
    """The canonical name of each column that bulkprov understands, by its position among header cells."""
    found = {at: known.by_header.get(simplified(header)) for at, header in enumerate(columns)}
    return {at: column.name for at, column in found.items() if column}


def left_empty(result: Result, names: Mapping[int, str], required: Collection[str]) -> Result:
    """A row as the file of the rows to fix has it: without the text of doubtful cells, which is in the note instead.

    A row that did not fit its columns has no cell that can be relied on.

    Args:
        result: the row.
        names: canonical names by position among its cells.
        required: those of them that no row does without.
    """
    doubts = [fault for fault in result.faults if fault.doubtful]
    places = {fault.column for fault in doubts if fault.column is not None and fault.column in names}
    as_a_whole = any(fault.column is None for fault in doubts)
    if as_a_whole:
        places.update(at for at in names if result.cells[at].strip())
    if not places:
        return result
    words = {at: _words(names[at], result.cells[at], required=names[at] in required) for at in sorted(places)}
    told = [
        replace(fault, text=f"{fault.text}; {words[fault.column]}") if fault.column in words else fault
        for fault in result.faults
    ]
    told += [Fault(text, at) for at, text in words.items() if as_a_whole]
    note = result.note or "; ".join(fault.text for fault in result.faults)
    return replace(
        result,
        cells=tuple("" if at in words else cell for at, cell in enumerate(result.cells)),
        faults=tuple(told),
        note="; ".join((note, *words.values())),
    )


def was_left_empty(record: Record, name: str) -> bool:
    """Whether the file that a row comes from had the cell of this column empty, because it was in doubt."""
    return bool(record.prior) and f"{name} {_LEFT_EMPTY}" in record.prior[_NOTE]


def still_empty(record: Record, fields: Mapping[str, int]) -> tuple[Fault, ...]:
    """What is wrong with a row of such a file: nothing was typed into a cell, whose default was not chosen either.

    Args:
        record: the row.
        fields: canonical name to position among its cells.
    """
    return tuple(
        Fault(f"{name} was in doubt and is still empty: type what is right", at, doubtful=True)
        for name, at in fields.items()
        if not record.cells[at].strip() and was_left_empty(record, name)
    )


def chosen_empty(record: Record, places: Collection[int]) -> Record:
    """A row with nothing in the cells into which EMPTY was typed.

    Args:
        record: the row.
        places: the cells about which there was doubt: in others, the word means itself.
    """
    said = {at for at in places if at < len(record.cells) and record.cells[at].strip().casefold() == EMPTY}
    if not said:
        return record
    return replace(record, cells=tuple("" if at in said else cell for at, cell in enumerate(record.cells)))


def _words(name: str, text: str, *, required: bool) -> str:
    nothing = "" if required else f", or {EMPTY} if nothing belongs there"
    if not text.strip():
        return f"{name} {_LEFT_EMPTY}: type what is right{nothing}"
    read = f"{name} {_LEFT_EMPTY}, and was read as {quoted(text.strip())}"
    that = "" if text.strip().startswith("#") else "that, if it is meant, or "  # an error is never meant
    return f"{read}: type {that}what is right{nothing}"
