"""Workbooks: which worksheet has the table, and its rows as the operator sees them.

pandas reads the values, through calamine (XLSX, XLSM, ODS) or xlrd (XLS). How cells look is told by the module for
the format; here both are put together. A cell that nobody can be sure of is a fault of its row if its column is one
that bulkprov uses; in a column of the operator's own it is kept as far as it can be seen, and a note says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.columns import Columns, cell_name
from bulkprov.sheets.excel.displayed import Looks, key, spans
from bulkprov.sheets.excel.workbook import Book, open_book
from bulkprov.sheets.excel.zip_guard import MOST_CELLS
from bulkprov.sheets.header import TITLE_ROWS, Header, find_header, no_header
from bulkprov.sheets.rows import Fault
from bulkprov.sheets.table import CHUNK, RawRow, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["open_workbook"]

_COLUMN_BITS: Final = 14
_MOST_SHEETS: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """A worksheet's values and how they look."""

    name: str
    frame: "pd.DataFrame"
    looks: Looks
    hidden: bool
    special: Sequence[int]
    """Columns with a cell whose look is not just its value."""

    def rows(self, start: int, stop: int) -> Iterator[tuple[int, list[str]]]:
        """Rows of the file, from `start` + 1 to `stop`, with their numbers and the text in their cells."""
        special = self.special
        for number, row in enumerate(self.frame.iloc[start:stop].itertuples(index=False, name=None), start + 1):
            seen = self._seen(number, row) if special else row
            yield number, [cell if cell.__class__ is str else _plain(cell) for cell in seen]

    def _seen(self, number: int, row: tuple[object, ...]) -> list[object]:
        """A row's values with what is seen in their place."""
        looks, first, seen = self.looks, key(number, 0), list(row)
        for column in self.special:
            if column >= len(seen):
                break
            value = seen[column] = looks.shown.get(first + column, seen[column])
            dress = looks.dressed.get(first + column) if looks.dressed else None
            if dress is None or not isinstance(value, str) or not value:
                continue
            dressed = dress(value)
            if dressed is None:
                looks.faults[first + column] = "has a format that hides it or changes how it looks: format it as text"
            else:
                seen[column] = dressed
        return seen


def open_workbook(path: Path, *, columns: Columns, where: str, asked: str) -> Table:
    """Find the worksheet with the table.

    Raises:
        SheetError: it cannot be read, has no such worksheet, no table, more than one, or no row.
    """
    with open_book(path, where) as book:
        grids, header, notes = _chosen(book, columns, where, asked)
    parts = [(grid, _merged_faults(grid, header, where)) for grid in grids]

    def rows() -> Iterator[list[RawRow]]:
        for grid, faults in parts:
            yield from _chunks(grid, header, faults)

    name = grids[0].name
    if next(rows(), None) is None:
        raise SheetError(f'{where}: sheet "{name}" has a header (row {header.row}) but no row of data below it')
    if header.row > 1:
        notes.append(f"the header is in row {header.row}; the rows above it were passed over")
    for grid in grids:
        notes += _notes(grid, header)
    return Table(header=header, sheet_name=name if len(grids) == 1 else "", notes=tuple(notes), rows=rows)


def _chosen(book: Book, columns: Columns, where: str, asked: str) -> tuple[list[_Grid], Header, list[str]]:
    """The worksheet that has the columns, with those in which it goes on, and what to say about the choice."""
    if asked and asked not in book.names:
        raise SheetError(f'{where}: there is no sheet "{asked}" in it; there are: {", ".join(book.names)}')
    if not asked and len(book.names) > _MOST_SHEETS:
        raise SheetError(f"{where}: it has {len(book.names):,} sheets: choose one with --sheet")
    found: list[tuple[_Grid, Header]] = []
    heads: list[list[tuple[int, Sequence[str]]]] = []
    for name in [asked] if asked else book.names:
        looks = book.looks(name)
        grid = _Grid(
            name=name, frame=book.values(name), looks=looks, hidden=name in book.hidden, special=looks.special_columns()
        )
        head: list[tuple[int, Sequence[str]]] = list(grid.rows(0, TITLE_ROWS))
        header = find_header(head, columns, f'{where}, sheet "{name}"')
        if header is not None:
            found.append((grid, header))
        heads.append(head)
    seen = [each for each in found if not each[0].hidden] or found
    if len(seen) > 1 and _goes_on(seen):
        notes = [f'sheet "{seen[0][0].name}" goes on in {len(seen) - 1} more, which were read as well']
        return [grid for grid, _ in seen], seen[0][1], notes
    if len(seen) > 1:
        names = " and ".join(f'"{grid.name}"' for grid, _ in seen)
        raise SheetError(f"{where}: sheets {names} both have the columns: choose one with --sheet")
    if not seen:
        raise no_header(max(heads, key=_filled), columns, where)
    grid, header = seen[0]
    notes = [] if asked or len(book.names) == 1 else [f'sheet "{grid.name}" was chosen, which has the columns']
    return [grid], header, notes


def _goes_on(found: Sequence[tuple[_Grid, Header]]) -> bool:
    """Whether these sheets are results too long for one: `Results`, `Results 2` and so on, with the same columns."""
    (first, header), *more = found
    return bool(header.prior) and all(
        grid.name == f"{first.name} {number}" and other.cells == header.cells and other.row == header.row
        for number, (grid, other) in enumerate(more, 2)
    )


def _filled(head: Iterable[tuple[int, Sequence[str]]]) -> int:
    return sum(1 for _, cells in head for cell in cells if cell.strip())


def _merged_faults(grid: _Grid, header: Header, where: str) -> dict[int, dict[int, str]]:
    """By row and column: cells that are merged with others, so that nobody can tell to which rows the value belongs."""
    faults: dict[int, dict[int, str]] = {}
    used = {header.own[position] for position in header.fields.values()}
    area = 0
    for top, left, bottom, right in grid.looks.merged:
        area += max(min(bottom, len(grid.frame)) - top + 1, 0)
        if area > MOST_CELLS:  # cells are merged once; this is no sheet that a program wrote
            raise SheetError(f'{where}: sheet "{grid.name}" has merged cells that overlap: unmerge all cells')
        columns = [column for column in used if left <= column <= right]
        name = f"{cell_name(left, top)}:{cell_name(right, bottom)}"
        for row in range(max(top, header.row + 1), min(bottom, len(grid.frame)) + 1):
            for column in columns:
                faults.setdefault(row, {})[column] = (
                    f'is part of the merged cells "{name}": unmerge them and fill each in'
                )
    return faults


def _chunks(grid: _Grid, header: Header, merged: dict[int, dict[int, str]]) -> Iterator[list[RawRow]]:
    used = {header.own[position]: name for name, position in header.fields.items()}
    for start in range(header.row, len(grid.frame), CHUNK):
        chunk: list[RawRow] = []
        for number, cells in grid.rows(start, start + CHUNK):
            faults: tuple[Fault, ...] = ()
            if grid.looks.faults or number in merged:
                faults = tuple(_faults(grid, number, used, merged.get(number, {})))
            if faults or any(cell and not cell.isspace() for cell in cells):
                chunk.append(RawRow(number, cells, faults))
        if chunk:
            yield chunk


def _faults(grid: _Grid, row: int, used: Mapping[int, str], merged: Mapping[int, str]) -> Iterator[Fault]:
    for column, name in used.items():
        text = merged.get(column) or grid.looks.faults.get(key(row, column))
        if text:
            yield Fault(f"{cell_name(column, row, grid.name)}: {name} {text}", column)


def _notes(grid: _Grid, header: Header) -> list[str]:
    notes = []
    hidden = [row for row in grid.looks.hidden if header.row < row <= len(grid.frame)]
    if hidden:
        rows = "row" if len(hidden) == 1 else "rows"
        notes.append(f"hidden or filtered out, but read as well: {rows} {spans(hidden)}")
    used = {header.own[position] for position in header.fields.values()}
    mask = (1 << _COLUMN_BITS) - 1
    own = [cell for cell in grid.looks.faults if cell >> _COLUMN_BITS > header.row and cell & mask not in used]
    if own:
        first = min(own)
        place = cell_name(first & mask, first >> _COLUMN_BITS)
        notes.append(
            f"cells of your own columns that cannot be read for sure, and are kept as far as they can be: {len(own)}; "
            f"the first, {place}, {grid.looks.faults[first]}"
        )
    return notes


def _plain(value: object) -> str:
    """A value whose cell adds nothing to it, as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)
