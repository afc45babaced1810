"""XLSX and XLSM: what a worksheet displays, from one pass over its XML that takes a cell's value and format together.

The names are those of ECMA-376 part 1, 18.3: a cell (`c`) has a type (`t`), a style (`s`), a value (`v`) or its text in
place (`is`), and perhaps a formula (`f`). What a worksheet says of its own size (`dimension`) is not believed.
"""

import functools
import re
from array import array
from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import (
    HIDES_ZERO,
    TO_BE_CALCULATED,
    Display,
    cell_key,
    shown_boolean,
    shown_error,
    shown_number,
    shown_text,
    uncalculated,
)
from bulkprov.sheets.excel.extent import Extent
from bulkprov.sheets.excel.number_formats import NumberFormat
from bulkprov.sheets.excel.plain_cells import PlainCells
from bulkprov.sheets.excel.shared_strings import Text, unescaped
from bulkprov.sheets.excel.xlsx import Workbook
from bulkprov.sheets.excel.zip_guard import SAVE_AGAIN, local_name

__all__ = ["read_sheet"]

_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})([0-9]{1,8})")
_RANGE: Final = re.compile(rf"{_REFERENCE.pattern}:{_REFERENCE.pattern}")
_TRUE: Final = ("1", "true")
_FALSE: Final = ("0", "false")
_RICH: Final = (
    "shows a data type, a picture or a newer error, of which the file has only {value}: type what belongs in the cell"
)

_MISPLACED: Final = "has its value twice, or where programs do not look for it: type it again"


def read_sheet(workbook: Workbook, name: str, *, shortcut: bool = True) -> Display:
    """What a worksheet displays.

    Args:
        workbook: that it is in.
        name: of the sheet.
        shortcut: whether plain cells may be taken from the XML by a pattern; the result is the same.

    Raises:
        SheetError: it is damaged, or its cells span too much.
    """
    package = workbook.package
    sheet = workbook.sheets.get(name)
    if sheet is None:
        raise SheetError(f'{package.where}: sheet "{name}" cannot be found in it: save it again as .xlsx')
    scan = _Scan(workbook, Extent(f'{package.where}, sheet "{name}"'))
    package.parse(
        sheet.part,
        start=scan.start,
        end=scan.end,
        text=scan.text,
        declared=scan.declare,
        prune=(lambda pieces: scan.plain.cut(pieces, scan.takes_shortcut)) if shortcut else None,
    )
    scan.close()
    return scan.display


class _Scan:
    """Handlers for the elements of a worksheet; `display` is what they found."""

    def __init__(self, workbook: Workbook, extent: Extent) -> None:
        self.display = Display(extent)
        self.plain = PlainCells(self.display, self._read, self._take_row)
        self._workbook = workbook
        self._path: list[str] = []
        self._in_data = self._placed = self._unplaced = False
        self._rows: set[int] = set()
        self._row_guessed = self._rows_guessed = False
        self._row = self._column = 0
        self._cell: dict[str, str] | None = None
        self._formula = self._reading = False
        self._value: list[str] | None = None
        self._text: Text | None = None
        self._in_place: list[str] = []
        self._values = 0
        self._utf8 = True
        self._hides_zeros = False
        self._formulas = array("Q")

    def declare(self, encoding: str) -> None:
        """Take in the encoding that the part says it has."""
        self._utf8 = encoding.upper() == "UTF-8"

    def takes_shortcut(self) -> bool:
        """Whether what comes next may be cells that a pattern finds."""
        return self._in_data and self._utf8

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        local = local_name(name)
        if self._cell is not None:
            self._start_in_cell(local)
        elif self._in_data:
            if local == "c":
                self._open_cell(attributes)
            elif local == "row":
                self._open_row(attributes)
        else:
            self._start_beside_data(local, attributes)
        self._path.append(local)

    def _start_beside_data(self, local: str, attributes: dict[str, str]) -> None:
        if local == "sheetData":
            self._in_data = len(self._path) == 1
        elif local == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif local == "col" and self._path[-1:] == ["cols"]:
            self._take_columns(attributes)
        elif local == "sheetView":
            self._hides_zeros = self._hides_zeros or attributes.get("showZeros") in _FALSE
        elif local == "sheetCalcPr" and attributes.get("fullCalcOnLoad") in _TRUE:
            for key in self._formulas:
                self.display.faults.setdefault(key, TO_BE_CALCULATED)

    def _start_in_cell(self, local: str) -> None:
        if self._text is not None:
            self._text.start(local)
        elif self._path[-1] != "c":
            return
        elif local == "v":
            self._reading, self._value = True, self._value or []
            self._values += 1
        elif local == "is":
            self._text = Text()
        elif local == "f":
            self._formula = True

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        local = local_name(name)
        self._path.pop()
        if self._cell is None:
            self._in_data = self._in_data and len(self._path) > 1
        elif self._path[-1] == "c" and local == "v":
            self._reading = False
        elif self._path[-1] == "c" and local == "is" and self._text is not None:
            self._in_place.append(self._text.take())
            self._text = None
        elif local == "c" and self._path[-1] != "c":
            self._close_cell()
        elif self._text is not None:
            self._text.end(local)

    def text(self, text: str) -> None:
        """Take in text between elements."""
        if self._reading and self._value is not None:
            self._value.append(text)
        elif self._text is not None:
            self._text.add(text)

    def close(self) -> None:
        """Make sure that every cell is where the file says it is.

        Raises:
            SheetError: only some cells or rows say so.
        """
        for what, said, counted in (
            ("rows", self._rows, self._rows_guessed),
            ("cells", self._placed or self.plain.placed, self._unplaced),
        ):
            if said and counted:
                raise SheetError(
                    f"{self.display.extent.where}: only some of its {what} say where they are: save it again as .xlsx"
                )

    def _take_row(self, number: int) -> None:
        """Take in that there is a row of this number."""
        if number in self._rows:
            raise SheetError(f"{self.display.extent.where}: row {number} is in it twice: save it again as .xlsx")
        self._rows.add(number)

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "").strip()
        self._row_guessed = not number
        if not number:
            self._row += 1
        elif number.isascii() and number.isdecimal() and len(number) < 10 and int(number):
            self._row = int(number)
            self._take_row(self._row)
        else:
            raise SheetError(
                f"{self.display.extent.where}: a row in it has the number {number[:20]!r}: save it again as .xlsx"
            )
        self._column = -1
        if attributes.get("hidden") in _TRUE or _is_slight(attributes.get("ht", "")):
            self._rows_guessed = self._rows_guessed or self._row_guessed
            self.display.hidden_rows.append(self._row)

    def _take_columns(self, attributes: dict[str, str]) -> None:
        first, last = attributes.get("min", "").strip(), attributes.get("max", "").strip()
        if attributes.get("hidden") in _TRUE or _is_slight(attributes.get("width", "")):
            if not (first.isdecimal() and last.isdecimal() and len(first) < 6 and len(last) < 6):
                raise SheetError(
                    f"{self.display.extent.where}: it hides the columns {first[:20]!r} to {last[:20]!r}: "
                    "save it again as .xlsx"
                )
            self.display.hidden_columns.append((int(first) - 1, int(last) - 1))

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self._cell, self._value, self._text = attributes, None, None
        self._in_place, self._values = [], 0
        self._formula = self._reading = False
        reference = attributes.get("r", "").strip()
        match = _REFERENCE.fullmatch(reference)
        if match and int(match[2]):
            self._placed = True
            self._column, self._row = _column(match[1].upper()), int(match[2])
        elif reference:
            raise SheetError(
                f"{self.display.extent.where}: a cell in it has the reference {reference[:20]!r}: "
                "save it again as .xlsx"
            )
        else:
            self._unplaced = True
            self._rows_guessed = self._rows_guessed or self._row_guessed
            self._column += 1
            self.close()

    def _merge(self, reference: str) -> None:
        match = _RANGE.fullmatch(reference.replace("$", ""))
        if match:
            first, first_row, last, last_row = match.groups()
            self.display.merged.append((int(first_row), _column(first.upper()), int(last_row), _column(last.upper())))

    def _close_cell(self) -> None:
        """Put what the cell that has just ended displays into its place."""
        cell, self._cell = self._cell or {}, None
        value = None if self._value is None else "".join(self._value)
        shown, fault = self._read(
            cell.get("t", "n").strip(),
            cell.get("s", "0").strip(),
            value,
            "".join(self._in_place) if self._in_place else None,
            formula=self._formula,
            rich=cell.get("vm", "0").strip() != "0",
        )
        if max(self._values, len(self._in_place)) > 1:
            fault = fault or _MISPLACED
        if shown is None:
            return
        if self._formula:
            self._formulas.append(cell_key(self._row, self._column))
            fault = fault or (TO_BE_CALCULATED if self._workbook.calculates_on_opening else "")
        self.display.extent.add_text(len(shown))
        self.display.put(self._row, self._column, shown, fault)

    def _read(
        self, kind: str, style: str, value: str | None, text: str | None, *, formula: bool = False, rich: bool = False
    ) -> tuple[str | None, str]:
        """What a cell shows, None for nothing, and its fault.

        Args:
            kind: its type.
            style: its number.
            value: the text of its `v`; None if it has none.
            text: the text of its `is`; None if it has none.
            formula: whether it has one.
            rich: whether the value stands for something that the cell shows in its place.
        """
        written = kind in ("str", "inlineStr")
        in_place = kind == "inlineStr"
        if (value is not None or text is not None) and in_place != (text is not None):
            return text or value, _MISPLACED
        value = text if in_place else value
        if value is not None:
            value = unescaped(value) if written else value.strip()
        if value is None or not (value or written):
            return ("", uncalculated("Excel")) if formula else (None, "")
        if rich:
            return value, _RICH.format(value=value[:40] or "nothing")
        return self._shown(kind, value, self._workbook.format(style))

    def _shown(self, kind: str, value: str, looks: NumberFormat) -> tuple[str, str]:
        """What a value of this type shows in this format, and its fault."""
        match kind:
            case "s" | "str" | "inlineStr":
                return shown_text(self._string(value) if kind == "s" else value, looks)
            case "n":
                shown, fault = shown_number(value, looks, date1904=self._workbook.date1904)
                return shown, fault or (HIDES_ZERO if self._hides_zeros and not float(value) else "")
            case "b":
                return shown_boolean(value)
            case "e":
                return shown_error(value)
            case "d":
                return value, f"is the date {value[:40]} in a form that cannot be displayed reliably: type it as text"
            case _:
                return value, f"is of the type {kind[:20]!r}, which no spreadsheet program writes: type it again"

    def _string(self, number: str) -> str:
        """The shared string of a number."""
        strings = self._workbook.strings
        if number.isascii() and number.isdecimal() and len(number) < 10 and int(number) < len(strings):
            return strings[int(number)]
        raise SheetError(
            f"{self.display.extent.where}: a cell in it is string {number[:20]!r} of {len(strings):,}, "
            f"which is not there: {SAVE_AGAIN}"
        )


def _is_slight(size: str) -> bool:
    """Whether a height or width is below 1, which hides a row or column as well."""
    return size.strip().startswith(("0", "."))


@functools.lru_cache
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
