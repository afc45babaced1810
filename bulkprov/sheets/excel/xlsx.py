"""XLSX and XLSM: how the cells of a worksheet look, from one pass over its XML.

The pass reads what calamine leaves out: number formats, error values, formulas that were never calculated, merged
cells and hidden rows; and it measures how far the cells go before calamine lays them out. Nine cells in ten are plain
text or plain whole numbers, of which there is nothing to find out: they are cut from the XML before it is parsed, and
only their places are taken in. The names are those of ECMA-376 part 1.
"""

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import Looks, key
from bulkprov.sheets.excel.format_codes import BUILT_IN
from bulkprov.sheets.excel.number_formats import NumberFormat, number_format
from bulkprov.sheets.excel.shared_strings import check_strings
from bulkprov.sheets.excel.zip_guard import Extent, Package

__all__ = ["Workbook", "is_workbook", "looks_of", "read_workbook"]

_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_STYLES: Final = "xl/styles.xml"
_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})([0-9]{1,8})")
_PLACE: Final = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"')
_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS: Final = b"0123456789"
_FEW_STYLES: Final = 100
_EMPTY: Final = re.compile(rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]+")?(?:/>|></c>)')
_BARE_ROW: Final = re.compile(
    rb'<row r="[0-9]{1,7}"(?: (?:spans|s|customFormat|ht|customHeight|outlineLevel|thickBot|thickTop|x14ac:dyDescent)'
    rb'="[^"<>]*")*(?:/>|></row>)'
)
"""A row that is left without cells, and is not hidden."""
_UNKNOWN: Final = number_format("[unknown]")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet of the workbook."""

    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """What the parts beside the worksheets say."""

    sheets: Mapping[str, Worksheet]
    date1904: bool
    formats: tuple[NumberFormat, ...]
    """By the number in a cell's `s`."""


def is_workbook(package: Package) -> bool:
    """Whether the zip is an XLSX or XLSM file."""
    return _WORKBOOK in package


def read_workbook(package: Package) -> Workbook:
    """Read which sheets there are and the number formats.

    Raises:
        SheetError: a part is damaged.
    """
    targets: dict[str, str] = {}
    found: dict[str, tuple[str, bool]] = {}
    date1904 = False

    def relation(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship":
            target = attributes.get("Target", "")
            number = attributes.get("Id", "")
            _once(number, targets, package.where)
            targets[number] = target.lstrip("/") if target.startswith(("/", "xl/")) else f"xl/{target}"

    def sheet(name: str, attributes: dict[str, str]) -> None:
        nonlocal date1904
        if _local(name) == "sheet":
            number = next((value for at, value in attributes.items() if at.endswith(":id")), "")
            _once(attributes.get("name", ""), found, package.where)
            found[attributes.get("name", "")] = number, attributes.get("state", "visible") != "visible"
        elif _local(name) == "workbookPr":
            date1904 = attributes.get("date1904") in ("1", "true")

    package.parse(_RELATIONS, _on_start(relation))
    package.parse(_WORKBOOK, _on_start(sheet))
    sheets = {name: Worksheet(targets.get(number, ""), hidden) for name, (number, hidden) in found.items()}
    return Workbook(sheets, date1904, _formats(package))


def _once(name: str, known: Mapping[str, object], where: str) -> None:
    """Refuse what is there twice: calamine might read the other one."""
    if name in known:
        raise SheetError(f"{where}: two of its sheets are called {name[:60]!r}: save it again as .xlsx")


def _on_start(handler: Callable[[str, dict[str, str]], None]) -> Callable[[Any], None]:
    def wire(parser: Any) -> None:
        parser.StartElementHandler = handler

    return wire


def _formats(package: Package) -> tuple[NumberFormat, ...]:
    codes: dict[str, str] = {str(number): code for number, code in BUILT_IN.items()}
    cells: list[str] = []
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        local = _local(name)
        if local == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif local == "cellXfs":
            inside = True
        elif local == "xf" and inside:
            cells.append(attributes.get("numFmtId", "0"))

    def end(name: str) -> None:
        nonlocal inside
        inside = inside and _local(name) != "cellXfs"

    def wire(parser: Any) -> None:
        parser.StartElementHandler = start
        parser.EndElementHandler = end

    if _STYLES in package:
        package.parse(_STYLES, wire)
    return tuple(number_format(codes[number]) if number in codes else _UNKNOWN for number in cells)


def looks_of(package: Package, workbook: Workbook, name: str) -> Looks:
    """Go through a worksheet.

    Raises:
        SheetError: it is damaged, or its cells span too much.
    """
    sheet = workbook.sheets.get(name)
    if sheet is None:
        raise SheetError(f'{package.where}: sheet "{name}" cannot be found in it: save it again as .xlsx')
    scan = _Scan(workbook, Extent(f'{package.where}, sheet "{name}"'))
    package.parse(sheet.part, scan.wire, scan.thin)
    scan.close()
    check_strings(package, sheet.part, scan.cells, scan.extent)
    return scan.looks


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Match cells as the usual writers write them."""

    plain: re.Pattern[bytes]
    """Cells that are just their values."""
    number: re.Pattern[bytes]
    """Numbers with a format: column, row, style, value."""


def _patterns(formats: tuple[NumberFormat, ...]) -> _Patterns:
    text = _style_but([style for style, each in enumerate(formats) if not each.plain_text])
    whole = _style_but([style for style, each in enumerate(formats) if not each.plain_number])
    plain = (
        r'<c r="[A-Z]{1,3}[0-9]{1,7}"'
        rf'(?:{text} t="s"><v>[0-9]+</v>'
        rf'|{text} t="inlineStr"><is><t(?: xml:space="preserve")?>[^<]*</t></is>'
        rf'|{whole}(?: t="n")?><v>-?[0-9]{{1,15}}</v>'
        r'|(?: s="[0-9]+")? t="b"><v>[01]</v>)</c>'
    )
    number = r'<c r="([A-Z]{1,3})([0-9]{1,7})" s="([0-9]+)"(?: t="n")?><v>([0-9.E+-]{1,30})</v></c>'
    return _Patterns(re.compile(plain.encode()), re.compile(number.encode()))


def _style_but(strange: list[int]) -> str:
    """Matches no style or any style but these; with very many of them, no style alone."""
    if len(strange) > _FEW_STYLES:
        return ""
    return rf'(?: s="(?!(?:{"|".join(map(str, strange))})")[0-9]+")?'


class _Scan:
    """Handlers for the elements of a worksheet; `looks` is what they found, `cells` how many there are at most."""

    def __init__(self, workbook: Workbook, extent: Extent) -> None:
        self.looks = Looks()
        self._workbook = workbook
        self.extent = extent
        self._patterns = _patterns(workbook.formats)
        self._placed = self._unplaced = self._rows_cut = self._row_unsure = False
        self.cells = 0
        self._row = self._column = 0
        self._cell: dict[str, str] = {}
        self._formula = self._valued = self._reading = False
        self._value: list[str] = []
        self._by_style: dict[bytes, NumberFormat] = {}

    def wire(self, parser: Any) -> None:
        """Set the handlers."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def thin(self, piece: bytes) -> bytes:
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
        self.extent.take(1, max(map(_column_of, set(together.translate(None, _DIGITS).split()))) + 1)
        self.extent.take(max(map(int, set(together.translate(None, _LETTERS).split()))), 1)

    def _take_numbers(self, numbers: Iterable[tuple[bytes, bytes, bytes, bytes]]) -> None:
        """Note number cells: column, row, style and what is in the file."""
        number, date1904 = self.looks.number, self._workbook.date1904
        for letters, row, style, raw in numbers:
            look = self._by_style.get(style)
            if look is None:
                look = self._by_style[style] = self._look_of(style.decode())
            number(key(int(row), _column_of(letters)), raw.decode(), look, date1904=date1904)

    def _look_of(self, style: str) -> NumberFormat:
        formats = self._workbook.formats
        return formats[int(style)] if style.isdecimal() and int(style) < len(formats) else number_format("General")

    def close(self) -> None:
        """Make sure that calamine puts the cells where they are put here.

        Raises:
            SheetError: only some cells say where they are.
        """
        if self._placed and self._unplaced:
            raise SheetError(f"{self.extent.where}: only some of its cells say where they are: save it again as .xlsx")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
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
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() else self._row + 1
            self._row_unsure = self._rows_cut and not number.isdecimal()
            self._column = -1
            if attributes.get("hidden") in ("1", "true") and not self._row_unsure:
                self.looks.hidden.append(self._row)
        elif local == "mergeCell":
            self._merged(attributes.get("ref", ""))

    def _end(self, name: str) -> None:
        local = _local(name)
        if local == "v":
            self._reading = False
        elif local == "c":
            self._look()

    def _text(self, text: str) -> None:
        if self._reading:
            self._value.append(text)

    def _place(self, reference: str) -> None:
        match = _REFERENCE.fullmatch(reference)
        if match:
            self._placed = True
            self._column, self._row = _column(match[1].upper()), int(match[2])
        elif reference:
            raise SheetError(f"{self.extent.where}: a cell in it is called {reference[:20]!r}: save it again as .xlsx")
        elif self._row_unsure:  # rows that were cut are not counted
            raise SheetError(f"{self.extent.where}: only some of its rows say where they are: save it again as .xlsx")
        else:
            self._unplaced = True
            self._column += 1

    def _merged(self, reference: str) -> None:
        match = re.fullmatch(rf"{_REFERENCE.pattern}:{_REFERENCE.pattern}", reference)
        if match:
            first, first_row, last, last_row = match.groups()
            self.looks.merged.append((int(first_row), _column(first.upper()), int(last_row), _column(last.upper())))

    def _look(self) -> None:
        """Find out about the cell that has just ended."""
        cell, value = key(self._row, self._column), "".join(self._value)
        kind = self._cell.get("t", "n")
        if self._formula and not (self._valued and (value or kind == "str")):
            self.looks.faults[cell] = (
                "is a formula that was never calculated: open the sheet in Excel, save it and try again"
            )
            self.extent.take(self._row, self._column + 1)
        if not self._valued:
            return
        self.extent.take(self._row, self._column + 1)
        look = self._look_of(self._cell.get("s", "0"))
        if kind == "e":
            self.looks.faults[cell] = f"is the error {value}: correct it"
            self.looks.shown[cell] = value
        elif kind == "n" and value:
            self.looks.number(cell, value.strip(), look, date1904=self._workbook.date1904)
        elif kind == "d":
            self.looks.faults[cell] = f"is the date {value} in a form that cannot be shown for sure: format it as text"
            self.looks.shown[cell] = value
        elif kind in ("s", "str", "inlineStr") and not look.plain_text:
            self.looks.dressed[cell] = look.text


def _local(name: str) -> str:
    return name.rpartition(":")[2]


@functools.lru_cache
def _column_of(letters: bytes) -> int:
    return _column(letters.decode())


@functools.lru_cache
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
