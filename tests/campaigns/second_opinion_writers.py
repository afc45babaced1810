"""The programs that write workbooks for the second opinion: each puts a drawn page into a file in its own way."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import openpyxl
import pyexcelerate
import xlsxwriter
import xlwt
from odf import number as odf_number
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style
from odf.table import CoveredTableCell, Table, TableCell, TableColumn, TableRow
from odf.text import LineBreak, P, S, Tab
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from tests.campaigns.second_opinion_formats import GENERAL
from tests.campaigns.second_opinion_pages import Cell, Page, serial

__all__ = ["WRITERS", "Writer"]

_ALL: Final = frozenset(
    {"text", "number", "percent", "date", "time", "duration", "boolean", "merged", "hidden", "composed"}
)

_ROUNDED: Final = Context(prec=15, rounding=ROUND_HALF_UP)
_XLS_ERRORS: Final = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A program that writes workbooks."""

    name: str
    suffix: str
    kinds: frozenset[str]
    """Of cells that it can write."""
    write: Callable[[Path, Page], None]
    saved_as: str = ""
    """If LibreOffice is to save the file again: in which format. It is then the writer."""


def _write_openpyxl(path: Path, page: Page) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for (row, column), cell in page.cells.items():
        target = sheet.cell(row + 1, column + 1)
        if cell.kind == "rich":
            text = str(cell.value)
            target.value = CellRichText(text[:2], TextBlock(InlineFont(b=True), text[2:]))
        else:
            target.value = cell.formula or cell.value
        if cell.kind in ("text", "error"):
            target.data_type = "s" if cell.kind == "text" else "e"
        target.number_format = cell.code
    for top, left, bottom, right in page.merged:
        sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    for row in page.hidden_rows:
        sheet.row_dimensions[row + 1].hidden = True
    for column in page.hidden_columns:
        sheet.column_dimensions[openpyxl.utils.get_column_letter(column + 1)].hidden = True
    book.save(path)


def _write_xlsxwriter(path: Path, page: Page) -> None:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.set_column(0, 20, 40)
    bold = book.add_format({"bold": True})
    formats: dict[str, Any] = {}
    corners = {(top, left): (top, left, bottom, right) for top, left, bottom, right in page.merged}
    for corner in corners.values():
        sheet.merge_range(*corner, "")
    for (row, column), cell in page.cells.items():
        style = formats.setdefault(
            cell.code, None if cell.code == GENERAL else book.add_format({"num_format": cell.code})
        )
        _put_xlsxwriter(sheet, (row, column), cell, style, bold)
    for row in page.hidden_rows:
        sheet.set_row(row, None, None, {"hidden": True})
    for column in page.hidden_columns:
        sheet.set_column(column, column, None, None, {"hidden": True})
    book.close()


def _put_xlsxwriter(sheet: Any, place: tuple[int, int], cell: Cell, style: Any, bold: Any) -> None:
    match cell.kind:
        case "text":
            sheet.write_string(*place, cell.value, style)
        case "rich":
            text = str(cell.value)
            sheet.write_rich_string(*place, text[:2], bold, text[2:])
        case "boolean":
            sheet.write_boolean(*place, cell.value, style)
        case "error":
            sheet.write_formula(*place, f"={cell.value}", style, cell.value)
        case "formula":
            sheet.write_formula(*place, cell.formula, style, cell.value)
        case "date":
            sheet.write_datetime(*place, cell.value, style)
        case _:
            sheet.write_number(*place, serial(cell.value), style)


def _write_pyexcelerate(path: Path, page: Page) -> None:
    book = pyexcelerate.Workbook()
    sheet = book.new_sheet("Sheet1")
    for (row, column), cell in page.cells.items():
        sheet.set_cell_value(row + 1, column + 1, cell.value)
        if cell.code != GENERAL:
            code = escape(cell.code, {'"': "&quot;"})  # which it leaves to its users
            sheet.set_cell_style(row + 1, column + 1, pyexcelerate.Style(format=pyexcelerate.Format(code)))
    book.save(str(path))


def _write_xlwt(path: Path, page: Page) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    styles: dict[str, Any] = {}
    for (row, column), cell in page.cells.items():
        if cell.code not in styles:
            styles[cell.code] = xlwt.easyxf(num_format_str=cell.code)
        style = styles[cell.code]
        match cell.kind:
            case "error":
                sheet.row(row).set_cell_error(column, _XLS_ERRORS[str(cell.value)], style)
            case "rich":
                text = str(cell.value)
                sheet.write_rich_text(row, column, (text[:2], (text[2:], xlwt.easyfont("bold true"))))
            case "text" | "boolean":
                sheet.write(row, column, cell.value, style)
            case _:
                sheet.write(row, column, serial(cell.value), style)
    for top, left, bottom, right in page.merged:
        sheet.merge(top, bottom, left, right)
    for row in page.hidden_rows:
        sheet.row(row).hidden = True
    for column in page.hidden_columns:
        sheet.col(column).hidden = True
    book.save(str(path))


def _write_odfpy(path: Path, page: Page) -> None:
    document = OpenDocumentSpreadsheet()
    styles = _odf_styles(document)
    table = Table(name="Sheet1")
    height = max(row for row, _ in page.cells) + 1
    width = max(column for _, column in page.cells) + 1
    for column in range(width):
        table.addElement(TableColumn(visibility="collapse" if column in page.hidden_columns else "visible"))
    corners = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in page.merged}
    covered = {
        (row, column)
        for top, left, bottom, right in page.merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - corners.keys()
    for row in range(height):
        line = TableRow(visibility="collapse" if row in page.hidden_rows else "visible")
        for column in range(width):
            spans = corners.get((row, column))
            extra = {"numberrowsspanned": spans[0], "numbercolumnsspanned": spans[1]} if spans else {}
            cell = page.cells.get((row, column))
            if (row, column) in covered:
                line.addElement(CoveredTableCell())
            elif cell is None:
                line.addElement(TableCell(**extra))
            else:
                line.addElement(_odf_cell(cell, styles, extra))
        table.addElement(line)
    document.spreadsheet.addElement(table)
    document.save(str(path))


def _odf_styles(document: Any) -> dict[str, str]:
    """Cell styles by kind: for percentages, dates, times and booleans."""
    percent = odf_number.PercentageStyle(name="N1")
    percent.addElement(odf_number.Number(decimalplaces=2, minintegerdigits=1))
    percent.addElement(odf_number.Text(text="%"))
    date = odf_number.DateStyle(name="N2")
    for part in (odf_number.Year(style="long"), "-", odf_number.Month(style="long"), "-", odf_number.Day(style="long")):
        date.addElement(odf_number.Text(text=part) if isinstance(part, str) else part)
    time = odf_number.TimeStyle(name="N3", truncateonoverflow="false")
    for part in (
        odf_number.Hours(style="long"),
        ":",
        odf_number.Minutes(style="long"),
        ":",
        odf_number.Seconds(style="long"),
    ):
        time.addElement(odf_number.Text(text=part) if isinstance(part, str) else part)
    boolean = odf_number.BooleanStyle(name="N4")
    boolean.addElement(odf_number.Boolean())
    for style in (percent, date, time, boolean):
        document.automaticstyles.addElement(style)
    kinds = {"percent": "N1", "date": "N2", "duration": "N3", "time": "N3", "boolean": "N4"}
    for kind, data in kinds.items():
        document.automaticstyles.addElement(Style(name=f"c-{kind}", family="table-cell", datastylename=data))
    return {kind: f"c-{kind}" for kind in kinds}


def _odf_cell(cell: Cell, styles: dict[str, str], extra: dict[str, Any]) -> Any:
    """A cell with the text that its style gives it, as LibreOffice writes it."""
    if cell.kind in styles:
        extra["stylename"] = styles[cell.kind]
    value: Any = cell.value
    match cell.kind:
        case "text":
            made = TableCell(valuetype="string", **extra)
            for line in str(value).split("\n"):
                made.addElement(_odf_paragraph(line))
            return made
        case "boolean":
            made, text = (
                TableCell(valuetype="boolean", booleanvalue="true" if value else "false", **extra),
                str(value).upper(),
            )
        case "percent":
            kept = _ROUNDED.plus(Decimal(repr(value)))
            number, value = kept * 100, float(kept)
            text = f"{number.quantize(Decimal('0.01'), ROUND_HALF_UP):f}%"
            made = TableCell(valuetype="percentage", value=repr(value), **extra)
        case "date":
            made, text = TableCell(valuetype="date", datevalue=value.isoformat(), **extra), f"{value:%Y-%m-%d}"
        case "time" | "duration":
            seconds = round(serial(value) * 86_400)
            hours, minutes, left = seconds // 3600, seconds // 60 % 60, seconds % 60
            made = TableCell(valuetype="time", timevalue=f"PT{hours:02}H{minutes:02}M{left:02}S", **extra)
            text = f"{hours:02}:{minutes:02}:{left:02}"
        case _:
            return TableCell(valuetype="float", value=repr(value), **extra)
    made.addElement(P(text=text))
    return made


def _odf_paragraph(line: str) -> Any:
    paragraph = P()
    run, spaces = "", 0
    for char in f"{line}\0":
        if char == " ":
            spaces += 1
            continue
        if spaces:
            if run:
                paragraph.addText(run)
            paragraph.addElement(S(c=spaces))
            run, spaces = "", 0
        if char in "\t\v\0":
            if run:
                paragraph.addText(run)
            run = ""
            if char != "\0":
                paragraph.addElement(Tab() if char == "\t" else LineBreak())
        else:
            run += char
    return paragraph


_LIBREOFFICE: Final = _ALL | {"rich", "formula", "error"}

WRITERS: Final = (
    Writer(name="openpyxl", suffix=".xlsx", kinds=_ALL | {"rich", "error", "uncalculated"}, write=_write_openpyxl),
    Writer(name="XlsxWriter", suffix=".xlsx", kinds=_ALL | {"rich", "error", "formula"}, write=_write_xlsxwriter),
    Writer(
        name="pyexcelerate", suffix=".xlsx", kinds=_ALL - {"merged", "hidden", "duration"}, write=_write_pyexcelerate
    ),
    Writer(name="xlwt", suffix=".xls", kinds=_ALL | {"rich", "error"}, write=_write_xlwt),
    Writer(name="odfpy", suffix=".ods", kinds=_ALL, write=_write_odfpy),
    *(
        Writer(
            name=f"LibreOffice {kind}",
            suffix=".xlsx",
            kinds=_LIBREOFFICE - ({"composed"} if kind == "ods" else set()),  # of which OpenDocument has few
            write=_write_xlsxwriter,
            saved_as=kind,
        )
        for kind in ("xlsx", "ods", "xls")
    ),
)
