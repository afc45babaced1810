"""What the cells of a worksheet display, where their values alone do not tell. Pure.

A value as calamine gives it is a number, a text, a boolean or nothing. The operator sees the number through a format,
sees `#N/A` where there is "nothing", and does not see that a cell under a merged one is empty for a reason. The reader
of each file format notes such things in a `Display`.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from bulkprov.sheets.excel.number_formats import DIGITS, TOO_LARGE, NumberFormat

__all__ = ["Display", "cell_key", "cell_place"]

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
    """What is known about the cells of one worksheet beside their values, by `cell_key`.

    Cells that display just their value are in none of these.
    """

    shown: dict[int, str] = field(default_factory=dict)
    """Text in the cell."""
    text_formats: dict[int, Callable[[str], str | None]] = field(default_factory=dict)
    """For text cells whose format adds something: from the value to the text in the cell."""
    faults: dict[int, str] = field(default_factory=dict)
    """Why the cell's value cannot be known, and what to do. `shown` then has what there is to see, if any."""
    hidden_rows: list[int] = field(default_factory=list)
    """Rows that are hidden or filtered out."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Ranges of merged cells: first row, first column, last row, last column."""

    def special_columns(self) -> list[int]:
        """Columns with a cell that is not just its value; most sheets have few."""
        return sorted({cell_place(key)[1] for cells in (self.shown, self.text_formats) for key in cells})

    def add_number(self, key: int, raw: str, style: NumberFormat, *, date1904: bool = False) -> None:
        """Note a number cell: what is in the file, and the format it is seen through."""
        if style.padding and raw.isdecimal() and len(raw) <= DIGITS:
            self.shown[key] = raw.zfill(style.padding)
            return
        shown, fault = _shown_number(raw, style, date1904)
        self.shown[key] = shown
        if fault:
            self.faults[key] = fault

    def add_error(self, key: int, error: str) -> None:
        """Note a cell with an error value, such as `#N/A`."""
        self.shown[key] = error
        self.faults[key] = f"is the error {error}: correct it"

    def add_uncalculated(self, key: int, program: str) -> None:
        """Note a formula without a result; `program` is the one that can calculate it."""
        self.faults[key] = f"is a formula that was never calculated: open the sheet in {program}, save it and try again"


@functools.lru_cache(maxsize=1 << 16)
def _shown_number(raw: str, style: NumberFormat, date1904: bool) -> tuple[str, str]:
    """What is seen of a number, and why that cannot be relied on; "" if it can."""
    try:
        value = Decimal(raw)
    except ArithmeticError:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= TOO_LARGE:
        return raw, (
            f"is the number {raw[:40]}, and a spreadsheet keeps {DIGITS} digits, so its end may be wrong already: "
            "format the cell as text and type it again"
        )
    value = Decimal(f"{value:.{DIGITS}g}")
    shown = style.number(value, date1904=date1904)
    if shown is not None:
        return shown, ""
    return style.nearest(value, date1904=date1904), (
        f"is the number {value:f} in a format that cannot be displayed reliably: format the cell as text"
    )
