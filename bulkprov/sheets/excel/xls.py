"""XLS: what a worksheet displays, from what xlrd knows of the old binary format.

xlrd is plain Python: slow, and not to be brought down by a malformed file.
"""

from decimal import Decimal
from typing import Any, Final

from bulkprov.sheets.excel.displayed import HIDES_ZERO, Display, shown_error, shown_number, shown_text
from bulkprov.sheets.excel.extent import Extent
from bulkprov.sheets.excel.format_codes import BUILT_IN
from bulkprov.sheets.excel.number_formats import NumberFormat, number_format
from bulkprov.sheets.excel.xls_formulas import uncalculated_cells

__all__ = ["read_sheet"]

_EXCEL_97: Final = 80
_LIBREOFFICE: Final = "Calc"
"""What LibreOffice writes where Excel has the name of the user."""
_UNCALCULATED: Final = (
    "is a formula that was never calculated, or is not saved with its result: open the sheet in Excel or LibreOffice, "
    "save it as .xlsx and try again"
)
_NO_CODE_PAGE: Final = (
    "has letters of which the file does not say how they are encoded: open it in Excel and save it as .xlsx"
)
_POINT: Final = 20
"""Units of a row's height."""
_CHARACTER: Final = 256
"""Units of a column's width."""
_FIRST_OWN_FORMAT: Final = 164
"""Where the numbers of a file's own formats begin; those below are built in."""


def read_sheet(book: Any, name: str, where: str) -> Display:
    """What a worksheet of an xlrd book, opened with its formatting and on demand, displays.

    Raises:
        SheetError: its cells span too much.
    """
    import xlrd  # noqa: PLC0415 - takes a while, so it is loaded when a sheet is read

    sheet = book.sheet_by_name(name)
    display = Display(Extent(f'{where}, sheet "{name}"'))
    display.extent.include(max(sheet.nrows, 1), max(sheet.ncols, 1))
    display.hidden_rows.extend(row + 1 for row, info in sheet.rowinfo_map.items() if _hides(info) and row < sheet.nrows)
    display.hidden_columns.extend(
        (column, column) for column, info in sheet.colinfo_map.items() if info.hidden or info.width < _CHARACTER
    )
    display.merged.extend((top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells)
    doubted = _uncalculated(book, name)
    styled = (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE)
    for row in range(sheet.nrows):
        kinds = sheet.row_types(row)
        values = sheet.row_values(row)
        for column, kind in enumerate(kinds):
            style = sheet.cell_xf_index(row, column) if kind in styled else 0
            text, fault = _shown(book, kind, values[column], style)
            if (row, column) in doubted:
                text, fault = "", _UNCALCULATED
            elif not sheet.show_zero_values and kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE) and not values[column]:
                fault = fault or HIDES_ZERO
            if text or fault:
                display.extent.add_text(len(text))
                display.put(row + 1, column, text, fault)
    return display


def _hides(info: Any) -> bool:
    """Whether a row is hidden, or too low to be seen."""
    return bool(info.hidden or (info.height < _POINT and not info.has_default_height))


def _uncalculated(book: Any, name: str) -> set[tuple[int, int]]:
    """Row and column of the formulas in a worksheet that were never calculated, as far as that can be told."""
    return uncalculated_cells(
        book.mem,
        book._sh_abs_posn[book.sheet_names().index(name)],  # noqa: SLF001 - xlrd says it nowhere else
        by_libreoffice=str(book.user_name or "").strip() == _LIBREOFFICE,
        excel_97=book.biff_version >= _EXCEL_97,
    )


def _shown(book: Any, kind: int, value: Any, style: int) -> tuple[str, str]:
    """What a cell shows, and its fault."""
    import xlrd  # noqa: PLC0415 - likewise

    if kind == xlrd.XL_CELL_TEXT:
        text, fault = shown_text(value, _format(book, style))
        if book.biff_version < _EXCEL_97 and not book.codepage and not value.isascii():
            fault = fault or _NO_CODE_PAGE
        return text, fault
    if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return shown_number(f"{Decimal(value)}", _format(book, style), date1904=book.datemode == 1)
    if kind == xlrd.XL_CELL_ERROR:
        return shown_error(xlrd.error_text_from_code.get(value, "#ERROR"))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE", ""
    return "", ""


def _format(book: Any, style: int) -> NumberFormat:
    """The format of a cell's style; one that differs from country to country is not understood."""
    number = book.xf_list[style].format_key
    if number in BUILT_IN:
        return number_format(BUILT_IN[number])
    own = book.format_map.get(number) if number >= _FIRST_OWN_FORMAT else None
    return number_format(own.format_str if own is not None else "[unknown]")
