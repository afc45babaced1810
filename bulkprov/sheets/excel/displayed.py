"""How cells look, where their values alone do not tell: what the readers of file formats find out beside the values.

A value as calamine gives it is a number, a text, a truth value or nothing. The operator sees that number through a
format, sees `#N/A` where there is "nothing", and does not see that a cell under a merged one is empty for a reason.
Pure.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from bulkprov.sheets.excel.number_formats import NumberFormat

__all__ = ["Looks", "key", "spans"]

_DIGITS: Final = 15
_TOO_LONG: Final = Decimal(10) ** _DIGITS
_COLUMN_BITS: Final = 14
_MASK: Final = (1 << _COLUMN_BITS) - 1


def key(row: int, column: int) -> int:
    """A cell as a number: row from 1, column from 0."""
    return row << _COLUMN_BITS | column


@dataclass(slots=True)
class Looks:
    """What was found out about the cells of one worksheet; cells that are as their values are in none of these."""

    shown: dict[int, str] = field(default_factory=dict)
    """Text in the cell."""
    dressed: dict[int, Callable[[str], str | None]] = field(default_factory=dict)
    """For text cells whose format adds something: from the value to the text in the cell."""
    faults: dict[int, str] = field(default_factory=dict)
    """Why nobody can tell what the cell's value is, and what to do. `shown` then has what there is to see, if any."""
    hidden: list[int] = field(default_factory=list)
    """Rows that are hidden or filtered out."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column."""

    def special_columns(self) -> list[int]:
        """Columns with a cell that is not just its value; most sheets have few."""
        return sorted({cell & _MASK for cells in (self.shown, self.dressed) for cell in cells})

    def number(self, cell: int, raw: str, look: NumberFormat, *, date1904: bool = False) -> None:
        """Note a number cell: what is in the file, and the format it is seen through."""
        if look.padding and raw.isdecimal() and len(raw) <= _DIGITS:
            self.shown[cell] = raw.zfill(look.padding)
            return
        shown, fault = _seen_number(raw, look, date1904)
        self.shown[cell] = shown
        if fault:
            self.faults[cell] = fault


@functools.lru_cache(maxsize=1 << 16)
def _seen_number(raw: str, look: NumberFormat, date1904: bool) -> tuple[str, str]:
    """What is seen of a number, and why that is not sure; "" if it is."""
    try:
        value = Decimal(raw)
    except ArithmeticError:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= _TOO_LONG:
        return raw, (
            f"is the number {raw[:40]}, and a spreadsheet keeps {_DIGITS} digits, so its end may be wrong already: "
            "format the cell as text and type it again"
        )
    value = Decimal(f"{value:.{_DIGITS}g}")
    shown = look.number(value, date1904=date1904)
    if shown is not None:
        return shown, ""
    return look.nearest(value, date1904=date1904), (
        f"is the number {value:f} in a format that cannot be shown for sure: format the cell as text"
    )


def spans(rows: list[int]) -> str:
    """Row numbers for a message: 5, 7-9."""
    parts: list[str] = []
    start = last = 0
    for row in [*sorted(rows), 0]:
        if row == last + 1 and start:
            last = row
            continue
        if start:
            parts.append(str(start) if start == last else f"{start}-{last}")
        start = last = row
    shown = parts[:10]
    return ", ".join(shown) + (", …" if len(parts) > len(shown) else "")
