"""XLSX and XLSM: the parts beside the worksheets, which say what sheets there are and which formats their cells use.

The names are those of ECMA-376 part 1: the workbook is described in 18.2, its styles in 18.8. Which part is which is
said by relationships alone; macro sheets, chart sheets and dialogs have no table and are passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.format_codes import BUILT_IN
from bulkprov.sheets.excel.number_formats import NumberFormat, number_format
from bulkprov.sheets.excel.relationships import main_part, relationships
from bulkprov.sheets.excel.shared_strings import read_strings
from bulkprov.sheets.excel.zip_guard import Package, local_name

__all__ = ["Workbook", "Worksheet", "read_workbook", "workbook_part"]

_OTHER_SHEETS: Final = ("chartsheet", "dialogsheet", "macrosheet")
"""How the types of relationships end whose sheets have no cells, or those of a macro."""
_TRUE: Final = ("1", "true")
_FALSE: Final = ("0", "false")
_UNKNOWN: Final = number_format("[unknown]")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet of the workbook."""

    part: str
    """Its name in the zip; empty if the workbook does not say."""
    hidden: bool


@dataclass(frozen=True, kw_only=True)
class Workbook:
    """What the parts beside the worksheets say."""

    package: Package
    sheets: Mapping[str, Worksheet]
    date1904: bool
    """Whether days are counted from 1904, as workbooks of old Macs do."""
    formats: tuple[NumberFormat, ...]
    """By the number in a cell's `s`; a cell without one has the first."""
    strings_part: str
    """Where the shared strings are; "" if there are none."""
    calculates_on_opening: bool = False
    """Whether a program that opens it is to calculate all formulas anew: those that write so cannot calculate, and
    leave 0 or an old result with each formula (18.2.2)."""

    @cached_property
    def strings(self) -> list[str]:
        """The shared strings."""
        return read_strings(self.package, self.strings_part)

    def format(self, style: str) -> NumberFormat:
        """The format of a cell with this number in its `s`."""
        known = style.isascii() and style.isdecimal() and len(style) < 8 and int(style) < len(self.formats)
        return self.formats[int(style)] if known else number_format("General")


def workbook_part(package: Package) -> str:
    """The part that is an XLSX or XLSM workbook; "" if the zip is no such file."""
    part = main_part(package)
    roots: list[str] = []
    if part.lower().endswith(".bin"):
        return ""
    if part:
        package.parse(part, start=lambda name, _: roots.append(local_name(name)) if not roots else None)
    return part if roots == ["workbook"] else ""


def read_workbook(package: Package, part: str) -> Workbook:
    """Read which sheets there are and the number formats; `part` is the workbook's.

    Raises:
        SheetError: a part is damaged, or two sheets have the same name.
    """
    others = relationships(package, part)
    sheets: dict[str, Worksheet] = {}
    date1904 = calculates = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal date1904, calculates
        local = local_name(name)
        if local == "sheet":
            title = attributes.get("name", "")
            if title in sheets:
                raise SheetError(
                    f"{package.where}: two of its sheets are called {title[:60]!r}: save it again as .xlsx"
                )
            number = next((value for at, value in attributes.items() if at.endswith(":id")), "")
            other = others.get(number)
            hidden = attributes.get("state", "visible") != "visible"
            if other is None and hidden:
                return  # programs that take macros out leave their sheets in the list
            if other is None or not other.kind.endswith(_OTHER_SHEETS):
                sheets[title] = Worksheet(other.target if other else "", hidden)
        elif local == "workbookPr":
            date1904 = attributes.get("date1904") in _TRUE
        elif local == "calcPr":
            calculates = attributes.get("fullCalcOnLoad") in _TRUE or attributes.get("calcCompleted") in _FALSE

    package.parse(part, start=start)
    by_kind = {other.kind: other.target for other in others.values()}
    return Workbook(
        package=package,
        sheets=sheets,
        date1904=date1904,
        formats=_formats(package, by_kind.get("styles", "")),
        strings_part=by_kind.get("sharedstrings", ""),
        calculates_on_opening=calculates,
    )


def _formats(package: Package, part: str) -> tuple[NumberFormat, ...]:
    """The number format of each cell style.

    Formats count where the workbook lists them: a `dxf`, which is for conditional formatting, has a list of its own.
    Without any cell style, the first of the named ones (Normal) is that of all cells.
    """
    codes: dict[str, str] = {str(number): code for number, code in BUILT_IN.items()}
    styles: dict[str, list[str]] = {"cellXfs": [], "cellStyleXfs": []}
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local, parent = local_name(name), path[-1] if path else ""
        if local == "numFmt" and parent == "numFmts":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif local == "xf" and parent in styles:
            styles[parent].append(attributes.get("numFmtId", "0").strip())
        path.append(local)

    if part:
        package.parse(part, start=start, end=lambda _: path.pop())
    numbers = styles["cellXfs"] or styles["cellStyleXfs"][:1]
    return tuple(number_format(codes[number]) if number in codes else _UNKNOWN for number in numbers)
