"""ODS: what the worksheets display. The file itself says so: beside each value it has the text in the cell.

A cell's text is that of its own paragraphs: what is drawn over it, written beside it or noted on it is not. Where there
is no text, as some writers leave it, the value counts if it can look in one way only. The names are those of
OpenDocument 1.3 part 3: sheets are described in chapter 9, paragraphs and their white space in 6.1, values in 19.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import (
    HIDES_TEXT,
    HIDES_ZERO,
    Display,
    cell_key,
    shown_boolean,
    shown_error,
    shown_number,
    uncalculated,
)
from bulkprov.sheets.excel.extent import Extent
from bulkprov.sheets.excel.number_formats import number_format
from bulkprov.sheets.excel.ods_styles import OFFICE, STYLE, TABLE, Styles, hides_zeros
from bulkprov.sheets.excel.ods_values import agree, is_zero
from bulkprov.sheets.excel.zip_guard import PROTECTED, Package

__all__ = ["Worksheet", "is_spreadsheet", "read_sheets"]

_MOST_CELLS: Final = 2_000_000
"""Fewer than elsewhere: all worksheets of the file are held at once."""
_CONTENT: Final = "content.xml"
_STYLES: Final = "styles.xml"
_MANIFEST: Final = "META-INF/manifest.xml"
_UNUSED: Final = 1 << 19
"""As many hidden rows together are the unused end of the sheet; the operator hid none of them."""
_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_CALC: Final = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_GROUPS: Final = frozenset({TABLE + "table-row-group", TABLE + "table-column-group"})
_CELLS: Final = frozenset({TABLE + "table-cell", TABLE + "covered-table-cell"})
_PARAGRAPHS: Final = frozenset({_TEXT + "p", _TEXT + "h"})
_NOT_TEXT: Final = frozenset(
    {OFFICE + "annotation", _TEXT + "note", _TEXT + "ruby-text", OFFICE + "forms", TABLE + "shapes", TABLE + "table"}
)
"""Elements whose text is not the cell's: comments, footnotes, readings, forms, and tables in the cell."""
_DRAWN: Final = re.compile(r"urn:oasis:names:tc:opendocument:xmlns:(?:drawing|dr3d|chart|presentation|form|svg-)")
"""Namespaces of what lies over the cells."""
_NUMBERS: Final = frozenset({"float", "percentage", "currency"})
_SPACE: Final = re.compile("[ \t\r\n]+")
_UNSURE_SPACE: Final = "has white space in it that programs show differently: type it again"
"""OpenDocument 6.1.2 says that it is one space; LibreOffice shows all of it."""
_ELSEWHERE: Final = re.compile(r"'.*'#")
"""How the names of tables begin that keep what was read from other files."""
_MEANT: Final = str.maketrans({"\0": " ", "\1": "\t", "\2": "\n"})
"""White space that is an element, which everybody shows; XML cannot hold the characters that stand for it."""


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet of the file."""

    hidden: bool
    display: Display


def is_spreadsheet(package: Package) -> bool:
    """Whether the zip is an OpenDocument file; whether it is one with worksheets is seen when it is read."""
    return _CONTENT in package


def read_sheets(package: Package) -> dict[str, Worksheet]:
    """The worksheets, by their names.

    Raises:
        SheetError: the file has a password, is damaged or no spreadsheet, or its cells span too much.
    """
    _refuse_encrypted(package)
    scan = _Scan(package.where, hides_zeros=hides_zeros(package))
    if _STYLES in package:
        package.parse(_STYLES, start=scan.styles.start, namespaces=True)
    package.parse(_CONTENT, start=scan.start, end=scan.end, text=scan.text, namespaces=True)
    if not scan.sheets:
        raise SheetError(f"{package.where}: there is no spreadsheet in it: save it as .xlsx or .ods")
    return scan.sheets


def _refuse_encrypted(package: Package) -> None:
    def start(name: str, _: dict[str, str]) -> None:
        if name.endswith(" encryption-data"):
            raise SheetError(f"{package.where}: {PROTECTED}")

    if _MANIFEST in package:
        package.parse(_MANIFEST, start=start, namespaces=True)


@dataclass(slots=True)
class _Cell:
    """A cell that is being read."""

    attributes: dict[str, str]
    covered: bool
    lines: list[list[str]] = field(default_factory=list)
    """The pieces of each paragraph."""
    in_line: int = 0
    in_other: int = 0
    """How deep inside elements whose text is not the cell's."""


class _Scan:
    """Handlers for the elements of the content; `sheets` has what they found."""

    def __init__(self, where: str, *, hides_zeros: bool = False) -> None:
        self.sheets: dict[str, Worksheet] = {}
        self.styles = Styles()
        self._where = where
        self._hides_zeros = hides_zeros
        self._display = Display(Extent(where))
        self._row = self._column = self._row_repeats = self._columns = 0
        self._row_style = ""
        self._column_styles: list[tuple[int, str]] = []
        self._cell: _Cell | None = None
        self._collapsed: list[bool] = []
        """Of each group of rows or columns around what is being read: whether it is."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        if self._cell is not None:
            self._start_in_cell(self._cell, name, attributes)
        elif name in _CELLS:
            self._cell = _Cell(attributes, name.endswith(" covered-table-cell"))
        elif name == TABLE + "table-row":
            self._open_row(attributes)
        elif name == TABLE + "table-column":
            self._take_columns(attributes)
        elif name in _GROUPS:
            self._collapsed.append(attributes.get(TABLE + "display") == "false")
        elif name == TABLE + "table":
            self._open_table(attributes)
        elif name.startswith(STYLE):
            self.styles.start(name, attributes)

    def _start_in_cell(self, cell: _Cell, name: str, attributes: dict[str, str]) -> None:
        if cell.in_other or name in _NOT_TEXT or _DRAWN.match(name):
            cell.in_other += 1
        elif name in _PARAGRAPHS:
            cell.lines.append([])
            cell.in_line += 1
        elif cell.in_line:
            if name == _TEXT + "s":
                count = self._count(attributes, _TEXT + "c")
                self._display.extent.add_text(count)
                cell.lines[-1].append("\0" * count)
            elif name == _TEXT + "tab":
                cell.lines[-1].append("\1")
            elif name == _TEXT + "line-break":
                cell.lines[-1].append("\2")

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        cell = self._cell
        if cell is None:
            if name == TABLE + "table-row":
                self._row += self._row_repeats - 1
            elif name in _GROUPS:
                self._collapsed.pop()
        elif cell.in_other:
            cell.in_other -= 1
        elif name in _PARAGRAPHS:
            cell.in_line -= 1
        elif name in _CELLS:
            self._cell = None
            self._close_cell(cell)

    def text(self, text: str) -> None:
        """Take in text between elements."""
        cell = self._cell
        if cell is not None and cell.in_line and not cell.in_other:
            cell.lines[-1].append(text)

    def _open_table(self, attributes: dict[str, str]) -> None:
        name = attributes.get(TABLE + "name", "")
        self._display = Display(Extent(f'{self._where}, sheet "{name}"', _MOST_CELLS))
        if name in self.sheets:
            raise SheetError(
                f"{self._where}: two of its sheets are called {name[:60]!r}: save it again as .ods or .xlsx"
            )
        if name and not _ELSEWHERE.match(name):  # what another program sent is kept in a table without one
            hidden = self.styles.hides(attributes.get(TABLE + "style-name", ""))
            self.sheets[name] = Worksheet(hidden, self._display)
        self._row = self._columns = 0
        self._column_styles = []

    def _take_columns(self, attributes: dict[str, str]) -> None:
        first, repeats = self._columns, self._count(attributes, TABLE + "number-columns-repeated")
        self._columns += repeats
        self._column_styles.append((self._columns, attributes.get(TABLE + "default-cell-style-name", "")))
        if self._is_hidden(attributes):
            self._display.hidden_columns.append((first, self._columns - 1))

    def _open_row(self, attributes: dict[str, str]) -> None:
        self._row += 1
        self._column = 0
        self._row_repeats = self._count(attributes, TABLE + "number-rows-repeated")
        self._row_style = attributes.get(TABLE + "default-cell-style-name", "")
        if self._is_hidden(attributes) and self._row_repeats < _UNUSED:
            self._display.hidden_rows.extend(range(self._row, self._row + self._row_repeats))

    def _is_hidden(self, attributes: dict[str, str]) -> bool:
        """Whether a row or column is, by itself or in a group that is collapsed."""
        return attributes.get(TABLE + "visibility", "visible") != "visible" or any(self._collapsed)

    def _count(self, attributes: dict[str, str], name: str) -> int:
        number = attributes.get(name, "1")
        if not (number.isascii() and number.isdecimal()) or len(number) > 9:  # more than any sheet has
            said = f"{'text' if name.startswith(_TEXT) else 'table'}:{name.rpartition(' ')[2]}"
            raise SheetError(f"{self._where}: {said} in it is {number[:20]!r}: save it again as .ods or .xlsx")
        return int(number)

    def _close_cell(self, cell: _Cell) -> None:
        """Put what the cell that has just ended displays into its place, and its repetitions into theirs."""
        attributes = cell.attributes
        repeats = self._count(attributes, TABLE + "number-columns-repeated")
        column, self._column = self._column, self._column + repeats
        self._merge(attributes, column)
        lines = ["".join(line).strip(" \t\r\n") for line in cell.lines]
        shown, fault = self._shown(attributes, "\n".join(lines).translate(_MEANT), column)
        if shown and lines and not any(lines) and self.styles.formats(self._style(attributes, column)):
            fault = fault or HIDES_TEXT
        if any(_SPACE.sub(" ", line) != line for line in lines):
            fault = fault or _UNSURE_SPACE
        fault = fault or (self._contradiction(attributes, shown, column) if lines else "")
        if self._hides_zeros and attributes.get(OFFICE + "value-type") in _NUMBERS:
            fault = fault or (HIDES_ZERO if is_zero(attributes.get(OFFICE + "value", "")) else "")
        if cell.covered or (not shown and not fault and not attributes.get(OFFICE + "value-type")):
            return
        display = self._display
        display.extent.include(self._row + self._row_repeats - 1, column + repeats)
        display.extent.add_text(len(shown) * repeats * self._row_repeats)
        truth = attributes.get(OFFICE + "boolean-value", "")
        for row in range(self._row, self._row + self._row_repeats):
            for place in range(column, column + repeats):
                display.put(row, place, shown, fault)
                if attributes.get(OFFICE + "value-type") == "boolean" and truth in ("true", "false"):
                    display.truths[cell_key(row, place)] = truth == "true"

    def _shown(self, attributes: dict[str, str], text: str, column: int) -> tuple[str, str]:
        """What a cell shows, and its fault."""
        kind = attributes.get(OFFICE + "value-type", "")
        formula = TABLE + "formula" in attributes
        if attributes.get(_CALC + "value-type") == "error" or (
            formula and text.startswith(("#", "Err:")) and kind != "string"
        ):
            return shown_error(text)
        if formula and not kind:
            return text, uncalculated("LibreOffice")
        if kind in _NUMBERS and text.startswith("###"):
            return text, "is too wide for its column, which hides its value: format the cell as text"
        if text or not kind:
            return text, ""
        return self._typed(kind, attributes, column)

    def _contradiction(self, attributes: dict[str, str], text: str, column: int) -> str:
        """The fault of a cell whose text is not what its value looks like without a format; "" if it has none."""
        kind = attributes.get(OFFICE + "value-type", "")
        value = attributes.get(OFFICE + {"string": "string-value", "float": "value"}.get(kind, ""))
        if value is None or agree(kind, value, text) or self.styles.formats(self._style(attributes, column)):
            return ""
        return f'is "{text[:40]}" and "{value[:40]}" in the file, which differ: type it again'

    def _typed(self, kind: str, attributes: dict[str, str], column: int) -> tuple[str, str]:
        """What a cell without text shows, from its value."""
        if kind == "string":
            return attributes.get(OFFICE + "string-value", ""), ""
        name = f"{kind}-value" if kind in ("boolean", "date", "time") else "value"
        value = attributes.get(OFFICE + name)
        if value is None:
            return "", ""
        if kind == "boolean":
            return shown_boolean(value)
        if kind == "float" and not self.styles.formats(self._style(attributes, column)):
            return shown_number(value.strip(), number_format("General"))
        return value, (
            f"is the {'number' if kind in _NUMBERS else kind} {value[:40]}, and the file does not say how it looks: "
            "format the cell as text"
        )

    def _style(self, attributes: dict[str, str], column: int) -> str:
        """The style of a cell: its own, or that of its row or column."""
        of_column = next((style for end, style in self._column_styles if column < end), "")
        return attributes.get(TABLE + "style-name") or self._row_style or of_column

    def _merge(self, attributes: dict[str, str], column: int) -> None:
        rows = self._count(attributes, TABLE + "number-rows-spanned")
        columns = self._count(attributes, TABLE + "number-columns-spanned")
        if rows > 1 or columns > 1:
            self._display.merged.append((self._row, column, self._row + rows - 1, column + columns - 1))
