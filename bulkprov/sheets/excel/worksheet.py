"""The worksheet of a workbook that has the table, and its rows as the operator sees them.

What the cells display is found by the module for the format. A cell whose value cannot be known is a fault of its row
if its column is one that bulkprov uses; in a column of the operator's own it is kept as far as it can be seen, and a
note says so. What is hidden is read, and a note says so as well.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.columns import Columns, cell_name
from bulkprov.sheets.excel.displayed import Display, cell_key, cell_place
from bulkprov.sheets.excel.extent import MOST_CELLS
from bulkprov.sheets.excel.workbook import Book, open_book
from bulkprov.sheets.header import TITLE_ROWS, Header, find_header, no_header
from bulkprov.sheets.rows import Fault
from bulkprov.sheets.table import CHUNK, RawRow, Table, has_text, no_rows, title_notes, used_columns

__all__ = ["open_workbook"]

_MOST_SHEETS: Final = 250
"""Worksheets that are searched for the columns."""
_MOST_RANGES: Final = 10
"""Hidden rows named in a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """A worksheet, and how far its cells go."""

    name: str
    hidden: bool
    display: Display
    height: int
    width: int

    def rows(self, start: int, stop: int) -> Iterator[tuple[int, list[str]]]:
        """Rows of the file, from `start` + 1 to `stop`, with their numbers and the text in their cells."""
        rows, width = self.display.rows, self.width
        for number in range(start + 1, min(stop, self.height) + 1):
            cells = rows.get(number, [])
            missing = width - len(cells)
            yield number, [*cells, *[""] * missing] if missing else cells


def open_workbook(path: Path, *, columns: Columns, where: str, asked: str) -> Table:
    """Find the worksheet with the table.

    Raises:
        SheetError: it cannot be read, has no such worksheet, no table, more than one, or no row.
    """
    with open_book(path, where) as book:
        grids, header, notes = _choose(book, columns, where, asked)
    for grid in grids:
        _tell_truths(grid, header, columns)
    parts = [(grid, _merged_faults(grid, header)) for grid in grids]

    def rows() -> Iterator[list[RawRow]]:
        for grid, faults in parts:
            yield from _chunks(grid, header, faults)

    name = grids[0].name
    if next(rows(), None) is None:
        raise no_rows(header, f'{where}, sheet "{name}"')
    notes += title_notes(header)
    for grid in grids:
        notes += _notes(grid, header)
    return Table(header=header, sheet_name=name if len(grids) == 1 else "", notes=tuple(notes), rows=rows)


def _choose(book: Book, columns: Columns, where: str, asked: str) -> tuple[list[_Grid], Header, list[str]]:
    """The worksheet that has the columns, with those in which it continues, and what to say about the choice."""
    if asked and asked not in book.names:
        raise SheetError(f'{where}: there is no sheet "{asked}" in it; there are: {", ".join(book.names)}')
    if not asked and len(book.names) > _MOST_SHEETS:
        raise SheetError(f"{where}: it has {len(book.names):,} sheets: choose one with --sheet")
    found: list[tuple[_Grid, Header]] = []
    heads: list[list[tuple[int, Sequence[str]]]] = []
    for name in [asked] if asked else book.names:
        grid = _grid(book, name, where)
        head: list[tuple[int, Sequence[str]]] = list(grid.rows(0, TITLE_ROWS))
        header = find_header(head, columns, f'{where}, sheet "{name}"')
        if header is not None:
            found.append((grid, header))
        heads.append(head)
    visible = [each for each in found if not each[0].hidden] or found
    if not visible:
        raise no_header(max(heads, key=_count_filled), columns, where)
    grids = [grid for grid, _ in visible]
    header = visible[0][1]
    if len(grids) > 1 and _continues(visible):
        return grids, header, [f'sheet "{grids[0].name}" continues in {len(grids) - 1} more, which were read as well']
    if len(grids) > 1:
        names = " and ".join(f'"{grid.name}"' for grid in grids)
        raise SheetError(f"{where}: sheets {names} both have the columns: choose one with --sheet")
    plain = grids[0].name == book.names[0] and len(found) == 1  # as in our own template, which has a sheet of notes
    notes = [] if asked or plain else [f'only the sheet "{grids[0].name}" is read']
    if grids[0].hidden:
        notes.append(f'sheet "{grids[0].name}" is hidden, but read')
    return grids, header, notes


def _grid(book: Book, name: str, where: str) -> _Grid:
    display = book.read(name)
    _clear_covered(display, f'{where}: sheet "{name}"')
    return _Grid(name=name, hidden=name in book.hidden, display=display, height=display.height, width=display.width)


def _clear_covered(display: Display, where: str) -> None:
    """Take away what is in cells under merged ones: it is not shown."""
    area, height, width = 0, display.height, display.width
    for top, left, bottom, right in display.merged:
        rows = range(top, min(bottom, height) + 1)
        area += len(rows) * max(min(right + 1, width) - left, 1)
        if area > MOST_CELLS:  # a cell is merged once at most in what a program wrote
            raise SheetError(f"{where} has merged cells that overlap: unmerge all cells")
        for row in rows:
            cells = display.rows.get(row, [])
            for column in range(left, min(right + 1, len(cells))):
                if (row, column) != (top, left):
                    cells[column] = ""
                    display.faults.pop(cell_key(row, column), None)


def _tell_truths(grid: _Grid, header: Header, columns: Columns) -> None:
    """In columns that are to be true or false, replace a boolean's text in any language by the word for its value."""
    used = used_columns(header)
    for key, value in grid.display.truths.items():
        row, column = cell_place(key)
        if column in used and str(value) in columns.by_name[used[column]].choices:
            grid.display.rows[row][column] = str(value)


def _continues(found: Sequence[tuple[_Grid, Header]]) -> bool:
    """Whether these sheets are results too long for one: `Results`, `Results 2` and so on, with the same columns."""
    (first, header), *more = found
    return bool(header.prior) and all(
        grid.name == f"{first.name} {number}" and other.cells == header.cells and other.row == header.row
        for number, (grid, other) in enumerate(more, 2)
    )


def _count_filled(head: Iterable[tuple[int, Sequence[str]]]) -> int:
    return sum(1 for _, cells in head for cell in cells if cell.strip())


def _merged_faults(grid: _Grid, header: Header) -> dict[int, dict[int, str]]:
    """By row and column: what is wrong with merged cells, whose value may belong to any of their rows.

    In one row, a merged cell belongs to the row, and to the only column under it that is used. One that begins in the
    header, or above it, belongs to that.
    """
    faults: dict[int, dict[int, str]] = {}
    used = used_columns(header)
    for top, left, bottom, right in grid.display.merged:
        columns = [column for column in used if left <= column <= right]
        if top <= header.row or (top == bottom and columns in ([], [left])):
            continue
        name = f"{cell_name(left, top)}:{cell_name(right, bottom)}"
        for row in range(top, min(bottom, grid.height) + 1):
            for column in columns:
                faults.setdefault(row, {})[column] = (
                    f'is part of the merged cells "{name}": unmerge them and fill each in'
                )
    return faults


def _chunks(grid: _Grid, header: Header, merged: dict[int, dict[int, str]]) -> Iterator[list[RawRow]]:
    used = used_columns(header)
    for start in range(header.row, grid.height, CHUNK):
        chunk: list[RawRow] = []
        for number, cells in grid.rows(start, start + CHUNK):
            faults: tuple[Fault, ...] = ()
            if grid.display.faults or number in merged:
                faults = tuple(_faults(grid, number, used, merged.get(number, {})))
            if faults or has_text(cells):
                chunk.append(RawRow(number, cells, faults))
        if chunk:
            yield chunk


def _faults(grid: _Grid, row: int, used: Mapping[int, str], merged: Mapping[int, str]) -> Iterator[Fault]:
    for column, name in used.items():
        text = merged.get(column) or grid.display.faults.get(cell_key(row, column))
        if text:
            yield Fault(f"{cell_name(column, row, grid.name)}: {name} {text}", column)


def _notes(grid: _Grid, header: Header) -> Iterator[str]:
    """What to tell the operator about the rows and cells of a worksheet."""
    hidden = [row for row in grid.display.hidden_rows if header.row < row <= grid.height]
    if hidden:
        yield f"hidden or filtered out, but read as well: {'row' if len(hidden) == 1 else 'rows'} {_ranges(hidden)}"
    unseen = [
        f"{cell_name(column, header.row).rstrip('0123456789')} ({name.strip()[:40]})"
        for column, name in enumerate(header.cells)
        if name.strip()
        and column not in header.prior  # those bulkprov has hidden itself, in the file of the rows to fix
        and any(first <= column <= last for first, last in grid.display.hidden_columns)
    ]
    if unseen:
        shown = ", ".join(unseen[:_MOST_RANGES]) + (", …" if len(unseen) > _MOST_RANGES else "")
        yield f"hidden, but read as well: {'column' if len(unseen) == 1 else 'columns'} {shown}"
    used = used_columns(header)
    places = ((key, *cell_place(key)) for key in grid.display.faults)
    own = [key for key, row, column in places if row > header.row and column not in used]
    if own:
        row, column = cell_place(min(own))
        yield (
            f"cells of your own columns that cannot be read reliably, and are kept as far as they can be: {len(own)}; "
            f"the first, {cell_name(column, row)}, {grid.display.faults[min(own)]}"
        )


def _ranges(rows: Iterable[int]) -> str:
    """Row numbers for a message: 5, 7-9."""
    runs = [[row for _, row in run] for _, run in groupby(enumerate(sorted(set(rows))), lambda at: at[1] - at[0])]
    shown = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs[:_MOST_RANGES]]
    return ", ".join(shown) + (", …" if len(runs) > _MOST_RANGES else "")
