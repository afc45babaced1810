"""ODS: what the cells of worksheets display. The file itself says so: beside each value it has the text in the cell.

One pass over the content also finds error values, formulas without a result, merged cells and hidden rows, and
measures how far the cells go, repetitions included, before calamine lays them out. The names are those of
OpenDocument 1.3 part 3.
"""

from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import Display, cell_key
from bulkprov.sheets.excel.extent import Extent
from bulkprov.sheets.excel.zip_guard import Package

__all__ = ["is_spreadsheet", "read_displays"]

_MOST_CELLS: Final = 2_000_000
"""Fewer than elsewhere: the text of every cell is held here, beside the value that calamine reads."""
_CONTENT: Final = "content.xml"
_UNUSED_ROWS: Final = 1 << 19
"""As many hidden rows together are the unused end of the sheet; the operator hid none of them."""
_CELLS: Final = frozenset({"table:table-cell", "table:covered-table-cell"})
_NUMBERS: Final = frozenset({"float", "percentage", "currency"})


def is_spreadsheet(package: Package) -> bool:
    """Whether the zip is an OpenDocument file; whether it is one with worksheets is seen when it is read."""
    return _CONTENT in package


def read_displays(package: Package) -> dict[str, Display]:
    """What each worksheet displays, by its name.

    Raises:
        SheetError: it is damaged, no spreadsheet, or its cells span too much.
    """
    scan = _Scan(package.where)
    package.parse(_CONTENT, start=scan.start, end=scan.end, text=scan.text)
    if not scan.sheets:
        raise SheetError(f"{package.where}: there is no spreadsheet in it: save it as .xlsx or .ods")
    return scan.sheets


class _Scan:
    """Handlers for the elements of the content; `sheets` has what they found."""

    def __init__(self, where: str) -> None:
        self.sheets: dict[str, Display] = {}
        self._where = where
        self._display = Display()
        self._extent = Extent(where)
        self._row = self._column = self._row_repeats = 0
        self._cell: dict[str, str] | None = None
        self._lines: list[str] = []
        self._in_line = 0
        self._in_note = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        if name == "table:table":
            self._open_table(attributes.get("table:name", ""))
        elif name == "table:table-row":
            self._open_row(attributes)
        elif name in _CELLS:
            self._cell, self._lines = attributes, []
        elif name == "office:annotation":
            self._in_note += 1
        elif self._cell is not None and not self._in_note:
            self._start_text(name, attributes)

    def _start_text(self, name: str, attributes: dict[str, str]) -> None:
        if name == "text:p":
            self._lines.append("")
            self._in_line += 1
        elif self._in_line and name == "text:s":
            self._lines[-1] += self._spaces(attributes)
        elif self._in_line and name == "text:tab":
            self._lines[-1] += "\t"
        elif self._in_line and name == "text:line-break":
            self._lines[-1] += "\n"

    def _spaces(self, attributes: dict[str, str]) -> str:
        count = self._count(attributes, "text:c")
        self._extent.add_text(count)
        return " " * count

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        if name == "office:annotation":
            self._in_note -= 1
        elif name == "text:p" and not self._in_note:
            self._in_line = max(self._in_line - 1, 0)
        elif name in _CELLS:
            self._close_cell()
        elif name == "table:table-row":
            self._row += self._row_repeats - 1

    def text(self, text: str) -> None:
        """Take in text between elements."""
        if self._in_line and not self._in_note:
            self._lines[-1] += text

    def _open_table(self, name: str) -> None:
        self._display = Display()
        self._extent = Extent(f'{self._where}, sheet "{name}"', _MOST_CELLS)
        self.sheets.setdefault(name, self._display)
        self._row = 0

    def _open_row(self, attributes: dict[str, str]) -> None:
        self._row += 1
        self._column = 0
        self._row_repeats = self._count(attributes, "table:number-rows-repeated")
        if attributes.get("table:visibility", "visible") != "visible" and self._row_repeats < _UNUSED_ROWS:
            self._display.hidden_rows.extend(range(self._row, self._row + self._row_repeats))

    def _count(self, attributes: dict[str, str], name: str) -> int:
        number = attributes.get(name, "1")
        if not number.isdecimal() or len(number) > 9:  # more than any sheet has
            raise SheetError(f"{self._where}: {name} in it is {number[:20]!r}: save it again as .ods or .xlsx")
        return int(number)

    def _close_cell(self) -> None:
        """Note what the cell that has just ended displays, and its repetitions."""
        cell, self._cell = self._cell or {}, None
        repeats = self._count(cell, "table:number-columns-repeated")
        kind = cell.get("office:value-type", "")
        shown = "\n".join(self._lines)
        column, self._column = self._column, self._column + repeats
        self._merge(cell, column)
        formula = "table:formula" in cell
        if not kind and not shown and not formula:
            return
        self._extent.include(self._row + self._row_repeats - 1, column + repeats)
        self._extent.add_text(len(shown) * repeats * self._row_repeats)
        display = self._display
        is_error = cell.get("calcext:value-type") == "error" or (
            formula and shown.startswith(("#", "Err:")) and kind != "string"
        )
        for row in range(self._row, self._row + self._row_repeats):
            for place in range(column, column + repeats):
                key = cell_key(row, place)
                display.shown[key] = shown
                if is_error:
                    display.add_error(key, shown)
                elif formula and not kind:
                    display.add_uncalculated(key, "LibreOffice")
                elif kind in _NUMBERS and shown.startswith("###"):
                    display.faults[key] = "is too wide for its column, which hides its value: format the cell as text"

    def _merge(self, cell: dict[str, str], column: int) -> None:
        rows = self._count(cell, "table:number-rows-spanned")
        columns = self._count(cell, "table:number-columns-spanned")
        if rows > 1 or columns > 1:
            self._display.merged.append((self._row, column, self._row + rows - 1, column + columns - 1))
