"""XLSX and XLSM: what the cells of a worksheet display, from one pass over its XML.

The pass reads what calamine leaves out: number formats, error values, formulas that were never calculated, merged
cells and hidden rows; and it measures how far the cells go before calamine lays them out. Nine cells in ten are plain
text or plain whole numbers, of which there is nothing to find out: they are cut from the XML before it is parsed, and
only their places are taken in. The names are those of ECMA-376 part 1, 18.3.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import Display, cell_key
from bulkprov.sheets.excel.extent import Extent
from bulkprov.sheets.excel.number_formats import NumberFormat, number_format
from bulkprov.sheets.excel.shared_strings import check_strings
from bulkprov.sheets.excel.xlsx import Workbook
from bulkprov.sheets.excel.zip_guard import Package, local_name

__all__ = ["read_display"]

_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})([0-9]{1,8})")
_RANGE: Final = re.compile(rf"{_REFERENCE.pattern}:{_REFERENCE.pattern}")
_PLACE: Final = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"')
_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS: Final = b"0123456789"
_MOST_LISTED_STYLES: Final = 100
"""Styles named in a pattern; more would make it slow."""
_EMPTY: Final = re.compile(rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]+")?(?:/>|></c>)')
_BARE_ROW: Final = re.compile(
    rb'<row r="[0-9]{1,7}"(?: (?:spans|s|customFormat|ht|customHeight|outlineLevel|thickBot|thickTop|x14ac:dyDescent)'
    rb'="[^"<>]*")*(?:/>|></row>)'
)
"""A row that is left without cells, and is not hidden."""
_TEXTS: Final = frozenset({"s", "str", "inlineStr"})
"""Types of cells that hold text."""


def read_display(package: Package, workbook: Workbook, name: str) -> Display:
    """What a worksheet displays.

    Raises:
        SheetError: it is damaged, or its cells span too much.
    """
    sheet = workbook.sheets.get(name)
    if sheet is None:
        raise SheetError(f'{package.where}: sheet "{name}" cannot be found in it: save it again as .xlsx')
    scan = _Scan(workbook, Extent(f'{package.where}, sheet "{name}"'))
    package.parse(sheet.part, start=scan.start, end=scan.end, text=scan.text, prune=scan.prune)
    scan.close()
    check_strings(package, sheet.part, scan.cells, scan.extent)
    return scan.display


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Match cells as the usual writers write them."""

    plain: re.Pattern[bytes]
    """Cells that are just their values."""
    number: re.Pattern[bytes]
    """Numbers with a format: column, row, style, value."""


def _patterns(formats: tuple[NumberFormat, ...]) -> _Patterns:
    text = _any_style_but([style for style, each in enumerate(formats) if not each.plain_text])
    whole = _any_style_but([style for style, each in enumerate(formats) if not each.plain_number])
    plain = (
        r'<c r="[A-Z]{1,3}[0-9]{1,7}"'
        rf'(?:{text} t="s"><v>[0-9]+</v>'
        rf'|{text} t="inlineStr"><is><t(?: xml:space="preserve")?>[^<]*</t></is>'
        rf'|{whole}(?: t="n")?><v>-?[0-9]{{1,15}}</v>'
        r'|(?: s="[0-9]+")? t="b"><v>[01]</v>)</c>'
    )
    number = r'<c r="([A-Z]{1,3})([0-9]{1,7})" s="([0-9]+)"(?: t="n")?><v>([0-9.E+-]{1,30})</v></c>'
    return _Patterns(re.compile(plain.encode()), re.compile(number.encode()))


def _any_style_but(styles: list[int]) -> str:
    """Match a cell without a style, or with any but these; where these are very many, without a style only."""
    if len(styles) > _MOST_LISTED_STYLES:
        return ""
    return rf'(?: s="(?!(?:{"|".join(map(str, styles))})")[0-9]+")?'


class _Scan:
    """Handlers for the elements of a worksheet; `display` is what they found, `cells` how many there are at most."""

    def __init__(self, workbook: Workbook, extent: Extent) -> None:
        self.display = Display()
        self.extent = extent
        self.cells = 0
        self._workbook = workbook
        self._patterns = _patterns(workbook.formats)
        self._placed = self._unplaced = self._rows_cut = self._row_unsure = False
        self._row = self._column = 0
        self._cell: dict[str, str] = {}
        self._formula = self._valued = self._reading = False
        self._value: list[str] = []
        self._by_style: dict[bytes, NumberFormat] = {}

    def prune(self, piece: bytes) -> bytes:
        """Take cells out of a piece of the worksheet that need no parser; their places are noted."""
        piece = _EMPTY.sub(b"", piece)
        if places := _PLACE.findall(piece):
            self._take_places(places)
        piece = self._patterns.plain.sub(b"", piece)
        if numbers := self._patterns.number.findall(piece):
            self._take_numbers(numbers)
            piece = self._patterns.number.sub(b"", piece)
        piece, cut = _BARE_ROW.subn(b"", piece)
        self._rows_cut = self._rows_cut or bool(cut)
        return piece

    def _take_places(self, places: list[bytes]) -> None:
        """Note where cells are: their columns and rows, such as AB12."""
        self._placed = True
        self.cells += len(places)
        together = b" ".join(places)
        self.extent.include(1, max(map(_column_of, set(together.translate(None, _DIGITS).split()))) + 1)
        self.extent.include(max(map(int, set(together.translate(None, _LETTERS).split()))), 1)

    def _take_numbers(self, numbers: Iterable[tuple[bytes, bytes, bytes, bytes]]) -> None:
        """Note number cells: column, row, style and what is in the file."""
        add_number, date1904 = self.display.add_number, self._workbook.date1904
        for letters, row, number, raw in numbers:
            style = self._by_style.get(number)
            if style is None:
                style = self._by_style[number] = self._format(number.decode())
            add_number(cell_key(int(row), _column_of(letters)), raw.decode(), style, date1904=date1904)

    def _format(self, number: str) -> NumberFormat:
        """The format of a cell with this number in its `s`."""
        formats = self._workbook.formats
        return formats[int(number)] if number.isdecimal() and int(number) < len(formats) else number_format("General")

    def close(self) -> None:
        """Make sure that calamine puts the cells where they are put here.

        Raises:
            SheetError: only some cells say where they are.
        """
        if self._placed and self._unplaced:
            raise SheetError(f"{self.extent.where}: only some of its cells say where they are: save it again as .xlsx")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        local = local_name(name)
        if local == "c":
            self.cells += 1
            self._cell, self._value = attributes, []
            self._formula = self._valued = False
            self._place(attributes.get("r", ""))
        elif local == "v":
            self._reading = self._valued = True
        elif local == "is":
            self._valued = True
        elif local == "f":
            self._formula = True
        elif local == "row":
            self._open_row(attributes)
        elif local == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        local = local_name(name)
        if local == "v":
            self._reading = False
        elif local == "c":
            self._close_cell()

    def text(self, text: str) -> None:
        """Take in text between elements."""
        if self._reading:
            self._value.append(text)

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        self._row = int(number) if number.isdecimal() else self._row + 1
        self._row_unsure = self._rows_cut and not number.isdecimal()
        self._column = -1
        if attributes.get("hidden") in ("1", "true") and not self._row_unsure:
            self.display.hidden_rows.append(self._row)

    def _place(self, reference: str) -> None:
        match = _REFERENCE.fullmatch(reference)
        if match:
            self._placed = True
            self._column, self._row = _column(match[1].upper()), int(match[2])
        elif reference:
            raise SheetError(
                f"{self.extent.where}: a cell in it has the reference {reference[:20]!r}: save it again as .xlsx"
            )
        elif self._row_unsure:  # rows that were cut are not counted
            raise SheetError(f"{self.extent.where}: only some of its rows say where they are: save it again as .xlsx")
        else:
            self._unplaced = True
            self._column += 1

    def _merge(self, reference: str) -> None:
        match = _RANGE.fullmatch(reference)
        if match:
            first, first_row, last, last_row = match.groups()
            self.display.merged.append((int(first_row), _column(first.upper()), int(last_row), _column(last.upper())))

    def _close_cell(self) -> None:
        """Note what the cell that has just ended displays."""
        key, value = cell_key(self._row, self._column), "".join(self._value)
        kind = self._cell.get("t", "n")
        uncalculated = self._formula and not (self._valued and (value or kind == "str"))
        if uncalculated or self._valued:
            self.extent.include(self._row, self._column + 1)
        if uncalculated:
            self.display.add_uncalculated(key, "Excel")
        if not self._valued:
            return
        style = self._format(self._cell.get("s", "0"))
        if kind == "e":
            self.display.add_error(key, value)
        elif kind == "n" and value:
            self.display.add_number(key, value.strip(), style, date1904=self._workbook.date1904)
        elif kind == "d":
            self.display.shown[key] = value
            self.display.faults[key] = (
                f"is the date {value} in a form that cannot be displayed reliably: format it as text"
            )
        elif kind in _TEXTS and not style.plain_text:
            self.display.text_formats[key] = style.text


@functools.lru_cache
def _column_of(letters: bytes) -> int:
    return _column(letters.decode())


@functools.lru_cache
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
