"""XLS: what the cells of a worksheet display, from what xlrd knows of the old binary format.

xlrd is plain Python: slow, and not to be brought down by a malformed file.
"""

from decimal import Decimal
from typing import Any, Final

from bulkprov.sheets.excel.displayed import Display, cell_key
from bulkprov.sheets.excel.extent import Extent
from bulkprov.sheets.excel.format_codes import BUILT_IN
from bulkprov.sheets.excel.number_formats import NumberFormat, number_format

__all__ = ["read_display"]

_FIRST_OWN_FORMAT: Final = 164
"""Where the numbers of a file's own formats begin; those below are built in."""


def read_display(book: Any, name: str, where: str) -> Display:
    """What a worksheet of an xlrd book, opened with its formatting, displays.

    Raises:
        SheetError: its cells span too much.
    """
    import xlrd  # noqa: PLC0415 - as pandas is, so that a command that reads no sheet starts fast

    errors, numbers = xlrd.error_text_from_code, (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE)
    sheet = book.sheet_by_name(name)
    Extent(f'{where}, sheet "{name}"').include(max(sheet.nrows, 1), max(sheet.ncols, 1))
    display = Display()
    display.hidden_rows.extend(row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden and row < sheet.nrows)
    display.merged.extend((top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells)
    for row in range(sheet.nrows):
        kinds = sheet.row_types(row)
        values = sheet.row_values(row)
        for column, kind in enumerate(kinds):
            key = cell_key(row + 1, column)
            if kind in numbers:
                style = _format(book, sheet.cell_xf_index(row, column))
                display.add_number(key, f"{Decimal(values[column])}", style, date1904=book.datemode == 1)
            elif kind == xlrd.XL_CELL_ERROR:
                display.add_error(key, errors.get(values[column], "#ERROR"))
            elif kind == xlrd.XL_CELL_BOOLEAN:
                display.shown[key] = "TRUE" if values[column] else "FALSE"
            elif kind == xlrd.XL_CELL_TEXT:
                style = _format(book, sheet.cell_xf_index(row, column))
                if not style.plain_text:
                    display.text_formats[key] = style.text
    return display


def _format(book: Any, style: int) -> NumberFormat:
    """The format of a cell's style; one that differs from country to country is not understood."""
    number = book.xf_list[style].format_key
    if number in BUILT_IN:
        return number_format(BUILT_IN[number])
    own = book.format_map.get(number) if number >= _FIRST_OWN_FORMAT else None
    return number_format(own.format_str if own is not None else "[unknown]")
