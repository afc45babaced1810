"""XLS: how the cells of a worksheet look, from what xlrd knows of the old binary format.

xlrd is plain Python: slow, and not to be brought down by a malformed file.
"""

from decimal import Decimal
from typing import Any, Final

from bulkprov.sheets.excel.displayed import Looks, key
from bulkprov.sheets.excel.format_codes import BUILT_IN
from bulkprov.sheets.excel.number_formats import number_format
from bulkprov.sheets.excel.zip_guard import Extent

__all__ = ["looks_of"]

_ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR = 1, 2, 3, 4, 5


def looks_of(book: Any, name: str, where: str) -> Looks:
    """Go through a worksheet of an xlrd book that was opened with its formatting.

    Raises:
        SheetError: its cells span too much.
    """
    sheet = book.sheet_by_name(name)
    Extent(f'{where}, sheet "{name}"').take(max(sheet.nrows, 1), max(sheet.ncols, 1))
    looks = Looks()
    looks.hidden.extend(row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden and row < sheet.nrows)
    looks.merged.extend((top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells)
    for row in range(sheet.nrows):
        kinds = sheet.row_types(row)
        values = sheet.row_values(row)
        for column, kind in enumerate(kinds):
            at = key(row + 1, column)
            if kind in (_NUMBER, _DATE):
                look = number_format(_code(book, sheet.cell_xf_index(row, column)))
                looks.number(at, f"{Decimal(values[column])}", look, date1904=book.datemode == 1)
            elif kind == _ERROR:
                looks.shown[at] = _ERRORS.get(values[column], "#ERROR")
                looks.faults[at] = f"is the error {looks.shown[at]}: correct it"
            elif kind == _BOOLEAN:
                looks.shown[at] = "TRUE" if values[column] else "FALSE"
            elif kind == _TEXT:
                look = number_format(_code(book, sheet.cell_xf_index(row, column)))
                if not look.plain_text:
                    looks.dressed[at] = look.text
    return looks


def _code(book: Any, style: int) -> str:
    """The format code of a cell's style; what is a country's own is no code here either."""
    number = book.xf_list[style].format_key
    if number in BUILT_IN:
        return BUILT_IN[number]
    form = book.format_map.get(number)
    return form.format_str if form is not None and number >= 164 else "[unknown]"  # a file's own begin here
