"""XLSX and XLSM: the parts beside the worksheets, which say what sheets there are and which formats their cells use.

The names are those of ECMA-376 part 1: the workbook is described in 18.2, its styles in 18.8, relationships in part 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.format_codes import BUILT_IN
from bulkprov.sheets.excel.number_formats import NumberFormat, number_format
from bulkprov.sheets.excel.zip_guard import Package, local_name

__all__ = ["Workbook", "Worksheet", "is_workbook", "read_workbook"]

_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_STYLES: Final = "xl/styles.xml"
_UNKNOWN: Final = number_format("[unknown]")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet of the workbook."""

    part: str
    """Its name in the zip; empty if the workbook does not say."""
    hidden: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """What the parts beside the worksheets say."""

    sheets: Mapping[str, Worksheet]
    date1904: bool
    """Whether days are counted from 1904, as workbooks of old Macs do."""
    formats: tuple[NumberFormat, ...]
    """By the number in a cell's `s`."""


def is_workbook(package: Package) -> bool:
    """Whether the zip is an XLSX or XLSM file."""
    return _WORKBOOK in package


def read_workbook(package: Package) -> Workbook:
    """Read which sheets there are and the number formats.

    Raises:
        SheetError: a part is damaged, or two sheets have the same name.
    """
    targets: dict[str, str] = {}
    found: dict[str, tuple[str, bool]] = {}
    date1904 = False

    def relation(name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "Relationship":
            target = attributes.get("Target", "")
            number = attributes.get("Id", "")
            _refuse_second(number, targets, package.where)
            targets[number] = target.lstrip("/") if target.startswith(("/", "xl/")) else f"xl/{target}"

    def sheet(name: str, attributes: dict[str, str]) -> None:
        nonlocal date1904
        local = local_name(name)
        if local == "sheet":
            number = next((value for at, value in attributes.items() if at.endswith(":id")), "")
            _refuse_second(attributes.get("name", ""), found, package.where)
            found[attributes.get("name", "")] = number, attributes.get("state", "visible") != "visible"
        elif local == "workbookPr":
            date1904 = attributes.get("date1904") in ("1", "true")

    package.parse(_RELATIONS, start=relation)
    package.parse(_WORKBOOK, start=sheet)
    sheets = {name: Worksheet(targets.get(number, ""), hidden) for name, (number, hidden) in found.items()}
    return Workbook(sheets, date1904, _formats(package))


def _refuse_second(name: str, known: Mapping[str, object], where: str) -> None:
    """Refuse a name that is there already: calamine might take the other one."""
    if name in known:
        raise SheetError(f"{where}: two of its sheets are called {name[:60]!r}: save it again as .xlsx")


def _formats(package: Package) -> tuple[NumberFormat, ...]:
    """The number format of each cell style; the other lists of styles in the part are passed over."""
    codes: dict[str, str] = {str(number): code for number, code in BUILT_IN.items()}
    cells: list[str] = []
    in_cell_styles = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal in_cell_styles
        local = local_name(name)
        if local == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif local == "cellXfs":
            in_cell_styles = True
        elif local == "xf" and in_cell_styles:
            cells.append(attributes.get("numFmtId", "0"))

    def end(name: str) -> None:
        nonlocal in_cell_styles
        in_cell_styles = in_cell_styles and local_name(name) != "cellXfs"

    if _STYLES in package:
        package.parse(_STYLES, start=start, end=end)
    return tuple(number_format(codes[number]) if number in codes else _UNKNOWN for number in cells)
