"""What a worksheet displays: the text in its cells, and what is to be said of them. Pure.

The reader of each file format puts what it finds into a `Display`: each cell once, as the operator sees it. A number is
seen through a format, an error value is seen but is no name, and a formula that was never calculated shows nothing.
"""

import functools
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.columns import cell_name
from bulkprov.sheets.excel.extent import Extent
from bulkprov.sheets.excel.number_formats import DIGITS, TOO_LARGE, NumberFormat, general

__all__ = [
    "HIDES_TEXT",
    "HIDES_ZERO",
    "TO_BE_CALCULATED",
    "Display",
    "cell_key",
    "cell_place",
    "shown_boolean",
    "shown_error",
    "shown_number",
    "shown_text",
    "uncalculated",
]

HIDES_TEXT: Final = "has a format that hides it or changes how it looks: format it as text"
HIDES_ZERO: Final = "is 0 in a sheet that is set not to show zeros: empty the cell, or format it as text"
TO_BE_CALCULATED: Final = (
    "is a formula whose result is only made when the file is opened: open the sheet in Excel, save it and try again"
)

_KEPT: Final = Context(prec=DIGITS, rounding=ROUND_HALF_UP, Emin=-307, Emax=308)
"""Numbers as a spreadsheet keeps them: what is smaller is 0."""
_COLUMN_BITS: Final = 14
_MASK: Final = (1 << _COLUMN_BITS) - 1


def cell_key(row: int, column: int) -> int:
    """A cell as a number: row from 1, column from 0."""
    return row << _COLUMN_BITS | column


def cell_place(key: int) -> tuple[int, int]:
    """Row and column of a cell from its key."""
    return key >> _COLUMN_BITS, key & _MASK


@dataclass(slots=True)
class Display:
    """What one worksheet displays. Rows are counted from 1, columns from 0."""

    extent: Extent
    """How far its cells may go."""
    rows: dict[int, list[str]] = field(default_factory=dict)
    """By row number: the text in its cells, as far to the right as there are any."""
    faults: dict[int, str] = field(default_factory=dict)
    """By `cell_key`: why the cell's value cannot be known, and what to do. Its text is then what there is to see."""
    truths: dict[int, bool] = field(default_factory=dict)
    """By `cell_key`: the value of a boolean that is shown in the language of whoever wrote the file."""
    hidden_rows: list[int] = field(default_factory=list)
    """Rows that are hidden or filtered out."""
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    """First and last of columns that are hidden."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Ranges of merged cells: first row, first column, last row, last column."""
    _blank: set[int] = field(default_factory=set)
    """Cells that were put without text; a place that was skipped has none either."""

    def put(self, row: int, column: int, text: str, fault: str = "") -> None:
        """Put a cell in its place.

        Raises:
            SheetError: there is one already, or with it the sheet spans too much.
        """
        cells = self.rows.setdefault(row, [])
        key = cell_key(row, column)
        if column < len(cells):
            if cells[column] or key in self._blank:
                raise SheetError(
                    f"{self.extent.where}: cell {cell_name(column, row)} is in it twice: save it again as .xlsx or .ods"
                )
            cells[column] = text
        else:
            self.extent.include(row, column + 1)
            cells.extend([""] * (column - len(cells)))
            cells.append(text)
        if not text:
            self._blank.add(key)
        if fault:
            self.faults[key] = fault

    @property
    def height(self) -> int:
        """The number of the last row that has a cell."""
        return max((row for row, cells in self.rows.items() if cells), default=0)

    @property
    def width(self) -> int:
        """How many columns the widest row has."""
        return max(map(len, self.rows.values()), default=0)


def shown_number(raw: str, style: NumberFormat, *, date1904: bool = False) -> tuple[str, str]:
    """A number as it is seen through its format, and why that cannot be relied on; "" if it can.

    Args:
        raw: the number as the file has it.
        style: its format.
        date1904: whether days are counted from 1904.
    """
    if style.padding and raw.isdecimal() and raw.isascii() and len(raw) <= DIGITS:
        return raw.zfill(style.padding), ""
    return _shown_number(raw, style, date1904)


def shown_error(error: str) -> tuple[str, str]:
    """An error value, such as `#N/A`, and its fault."""
    return error, f"is the error {error}: correct it"


def shown_boolean(value: str) -> tuple[str, str]:
    """A boolean as spreadsheet programs in English show it, and what is wrong with it."""
    word = {"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE"}.get(value.strip())
    return (word, "") if word else (value, f'is "{value[:40]}", which is neither true nor false: type it again')


def shown_text(text: str, style: NumberFormat) -> tuple[str, str]:
    """Text under a format, and its fault if the format hides it."""
    if style.plain_text or not text:
        return text, ""
    shown = style.text(text)
    return (text, HIDES_TEXT) if shown is None else (shown, "")


def uncalculated(program: str) -> str:
    """The fault of a formula without a result; `program` is the one that can calculate it."""
    return f"is a formula that was never calculated: open the sheet in {program}, save it and try again"


@functools.lru_cache(maxsize=1 << 16)
def _shown_number(raw: str, style: NumberFormat, date1904: bool) -> tuple[str, str]:
    try:
        value = Decimal(raw if raw.isascii() and "_" not in raw else "NaN")  # Python takes more for a number
    except ArithmeticError:
        value = Decimal("NaN")
    if not value.is_finite():
        return raw, f'is "{raw[:40]}" where the file should have a number: type it again'
    if abs(value) >= TOO_LARGE:
        return raw, (
            f"is the number {raw[:40]}, and a spreadsheet keeps {DIGITS} digits, so its end may be wrong already: "
            "format the cell as text and type it again"
        )
    value = _KEPT.plus(value)
    shown = style.number(value, date1904=date1904)
    if shown is not None:
        return shown, ""
    said = f"the number {f'{value:f}' if value.adjusted() > -DIGITS else value}"
    if date := style.nearest_date(value, date1904=date1904):
        said = f"most likely the date {date} ({said})"
    return date or general(value) or str(value), (
        f"is {said} in a format that cannot be displayed reliably: format the cell as text and type it again"
    )
