"""ODS: how the cells of a worksheet look. The file itself says so: beside each value it has the text in the cell.

One pass over the content also finds error values, formulas without a result, merged cells and hidden rows, and
measures how far the cells go, repetitions included, before calamine lays them out. The names are those of
OpenDocument 1.3 part 3.
"""

from typing import Any, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import Looks, key
from bulkprov.sheets.excel.zip_guard import Extent, Package

__all__ = ["is_spreadsheet", "read_looks"]

_MOST_CELLS: Final = 2_000_000
_CONTENT: Final = "content.xml"
_MOST_REPEATS: Final = 1 << 20


def is_spreadsheet(package: Package) -> bool:
    """Whether the zip is an OpenDocument file with readable content; what else it is shows when it is read."""
    return _CONTENT in package


def read_looks(package: Package) -> dict[str, Looks]:
    """Go through all worksheets of the file.

    Raises:
        SheetError: it is damaged, no spreadsheet, or its cells span too much.
    """
    scan = _Scan(package.where)
    package.parse(_CONTENT, scan.wire)
    if not scan.sheets:
        raise SheetError(f"{package.where}: there is no spreadsheet in it: save it as .xlsx or .ods")
    return scan.sheets


class _Scan:
    """Handlers for the elements of the content; `sheets` is what they found."""

    def __init__(self, where: str) -> None:
        self.sheets: dict[str, Looks] = {}
        self._where = where
        self._looks = Looks()
        self._extent = Extent(where)
        self._row = self._column = self._row_repeats = 0
        self._cell: dict[str, str] | None = None
        self._lines: list[str] = []
        self._in_line = 0
        self._in_note = 0
        self._tables = 0

    def wire(self, parser: Any) -> None:
        """Set the handlers."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._tables += 1
            self._open_table(attributes.get("table:name", ""))
        elif name == "table:table-row":
            self._open_row(attributes)
        elif name in ("table:table-cell", "table:covered-table-cell"):
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
        self._extent.fill(count)
        return " " * count

    def _end(self, name: str) -> None:
        if name == "office:annotation":
            self._in_note -= 1
        elif name == "text:p" and not self._in_note:
            self._in_line = max(self._in_line - 1, 0)
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._look()
        elif name == "table:table-row":
            self._row += self._row_repeats - 1

    def _text(self, text: str) -> None:
        if self._in_line and not self._in_note:
            self._lines[-1] += text

    def _open_table(self, name: str) -> None:
        self._looks = Looks()
        self._extent = Extent(f'{self._where}, sheet "{name}"', _MOST_CELLS)
        self.sheets.setdefault(name, self._looks)
        self._row = 0

    def _open_row(self, attributes: dict[str, str]) -> None:
        self._row += 1
        self._column = 0
        self._row_repeats = self._count(attributes, "table:number-rows-repeated")
        if attributes.get("table:visibility", "visible") != "visible" and self._row_repeats < _MOST_REPEATS // 2:
            self._looks.hidden.extend(range(self._row, self._row + self._row_repeats))

    def _count(self, attributes: dict[str, str], name: str) -> int:
        number = attributes.get(name, "1")
        if not number.isdecimal() or len(number) > 9:  # more than any sheet has
            raise SheetError(f"{self._where}: {name} in it is {number[:20]!r}: save it again as .ods or .xlsx")
        return int(number)

    def _look(self) -> None:
        """Find out about the cell that has just ended, and about its repetitions."""
        cell, self._cell = self._cell or {}, None
        repeats = self._count(cell, "table:number-columns-repeated")
        kind = cell.get("office:value-type", "")
        shown = "\n".join(self._lines)
        column, self._column = self._column, self._column + repeats
        self._merge(cell, column)
        formula = "table:formula" in cell
        if not kind and not shown and not formula:
            return
        self._extent.take(self._row + self._row_repeats - 1, column + repeats)
        self._extent.fill(len(shown) * repeats * self._row_repeats)
        fault = ""
        if cell.get("calcext:value-type") == "error" or (
            formula and shown.startswith(("#", "Err:")) and kind != "string"
        ):
            fault = f"is the error {shown}: correct it"
        elif formula and not kind:
            fault = "is a formula that was never calculated: open the sheet in LibreOffice, save it and try again"
        elif kind in ("float", "percentage", "currency") and shown.startswith("###"):
            fault = "is too wide for its column, so that nobody sees its value: format the cell as text"
        for row in range(self._row, self._row + self._row_repeats):
            for place in range(column, column + repeats):
                at = key(row, place)
                self._looks.shown[at] = shown
                if fault:
                    self._looks.faults[at] = fault

    def _merge(self, cell: dict[str, str], column: int) -> None:
        rows = self._count(cell, "table:number-rows-spanned")
        columns = self._count(cell, "table:number-columns-spanned")
        if rows > 1 or columns > 1:
            self._looks.merged.append((self._row, column, self._row + rows - 1, column + columns - 1))
