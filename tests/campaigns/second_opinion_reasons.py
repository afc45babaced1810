"""Where LibreOffice shows a cell otherwise than Excel, or cannot know what the writer of the file saw.

Each reason is for one narrow kind of difference, and looks at the cell as it was written and at both texts.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from bulkprov.sheets.excel.number_formats import number_format
from tests.campaigns.second_opinion_formats import USUAL
from tests.campaigns.second_opinion_pages import Cell, serial

__all__ = ["Difference", "explain"]

_ESCAPE: Final = re.compile(r"_x[0-9A-Fa-f]{4}_")
_NUMBER: Final = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:E[+-]?\d+)?")
_DIVIDES: Final = re.compile(r",(?=,*(?:$|[^0#?.,]))")
"""Commas behind the digits."""
_GENERAL_PLACES: Final = 11
_DIGITS: Final = 15
_KEPT: Final = Context(prec=_DIGITS, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A cell that bulkprov and LibreOffice show otherwise."""

    cell: Cell
    """As it was written."""
    file: str
    """The format of the file: `xlsx`, `ods` or `xls`."""
    resaved: bool
    """Whether LibreOffice has saved the file."""
    ours: str
    theirs: str

    @property
    def is_text(self) -> bool:
        """Whether the cell was written as text."""
        return self.cell.kind in ("text", "rich")

    @property
    def number(self) -> float:
        """What was written, as a number; no number if it was text."""
        return math.nan if isinstance(self.cell.value, str) else serial(self.cell.value)


def explain(difference: Difference) -> str:
    """The reason for a difference, for which bulkprov is not to blame; "" if there is none."""
    return next((reason for reason, holds in _REASONS.items() if holds(difference)), "")


def _escapes(it: Difference) -> bool:
    return it.is_text and it.file == "xlsx" and _ESCAPE.search(str(it.cell.value)) is not None


def _decimals(it: Difference) -> bool:
    """The same but for a number that LibreOffice has with more decimals."""
    ours, theirs = _NUMBER.search(it.ours), _NUMBER.search(it.theirs)
    if it.is_text or ours is None or theirs is None or len(ours[0].lstrip("-")) > _GENERAL_PLACES + 1:
        return False
    rest = it.ours.replace(ours[0], "", 1) == it.theirs.replace(theirs[0], "", 1)
    last = Decimal(1).scaleb(int(Decimal(ours[0]).as_tuple().exponent))
    return rest and len(theirs[0]) > len(ours[0]) and abs(Decimal(theirs[0]) - Decimal(ours[0])) <= last / 2


def _digits(it: Difference) -> bool:
    ours, theirs = (_NUMBER.search(text.replace(",", "")) for text in (it.ours, it.theirs))
    if it.is_text or ours is None or theirs is None:
        return False
    shown, other = Decimal(ours[0]), Decimal(theirs[0])
    return shown != other and shown == _KEPT.plus(other)


def _sixteenth(it: Difference) -> bool:
    numbers = [_NUMBER.search(text.replace(",", "")) for text in (it.ours, it.theirs)]
    found = [Decimal(each[0]) for each in numbers if each]
    if len(found) < 2 or not it.resaved or it.file != "ods" or it.is_text:
        return False
    return abs(it.number) >= 10.0**_DIGITS and math.isclose(*found, rel_tol=1e-14)


def _tiny(it: Difference) -> bool:
    plain = it.cell.kind == "number" and it.cell.code == "General" and "E-" in it.theirs
    return plain and it.resaved and it.file == "ods" and math.isclose(float(it.ours), float(it.theirs), rel_tol=1e-9)


def _elapsed(it: Difference) -> bool:
    return it.cell.code == "[s].0" and _NUMBER.fullmatch(it.theirs) is not None and "." in it.theirs


def _cut_off(it: Difference) -> bool:
    """It shows what bulkprov would of a second before; or it made our text in this way itself, and no longer does."""
    if it.cell.kind not in ("date", "time", "duration"):
        return False
    moments = [Decimal(it.number) - Decimal(1) / 86_400]
    if it.resaved and it.file == "ods":
        moments.append(Decimal(it.number))
    shown = [number_format(it.cell.code).number(moment) or "" for moment in moments]
    return it.theirs.strip().casefold() in [each.strip().casefold() for each in shown]


def _half(it: Difference) -> bool:
    """The value lies in the middle, to the last of its digits, and the texts differ by one in the last place."""
    digits = [re.sub(r"\D", "", text) for text in (it.ours, it.theirs)]
    if it.cell.kind not in ("number", "percent") or not all(digits):
        return False
    shown, other = (Decimal(each) for each in digits)
    last = Decimal(1).scaleb(max(shown.adjusted() - _DIGITS + 1, 0))
    scale = 2 * ("%" in it.cell.code) - 3 * len(_DIVIDES.findall(it.cell.code))
    value = abs(Decimal(str(it.cell.value))).scaleb(scale)
    halves = {each.scaleb(decimals) for each in (value, _KEPT.plus(value)) for decimals in range(6)}
    return abs(shown - other) in (1, last) and (shown + other) / 2 in halves


def _lines(it: Difference) -> bool:
    return it.is_text and "\n" in it.theirs and it.theirs == it.cell.value and "@" in it.cell.code


def _tabs(it: Difference) -> bool:
    return it.is_text and it.file == "ods" and "\t" in it.ours and it.ours.replace("\t", "") == it.theirs


def _ends(it: Difference) -> bool:
    """Only white space at the ends of lines differs."""
    ours, theirs = ([line.strip() for line in text.split("\n")] for text in (it.ours, it.theirs))
    return it.is_text and it.file == "ods" and it.resaved and ours == theirs


def _boolean(it: Difference) -> bool:
    return isinstance(it.cell.value, bool) and (it.ours, it.theirs) in (("TRUE", "1"), ("FALSE", "0"))


def _point(it: Difference) -> bool:
    points = [place for place, char in enumerate(it.ours) if char == "."]
    left_out = {(it.ours[:place] + it.ours[place + 1 :]).strip() for place in points}
    return ".#" in it.cell.code and it.theirs.strip() in left_out


def _lost(it: Difference) -> bool:
    return it.resaved and it.file == "ods" and any(part in it.cell.code for part in ("?", "mmmmm", "A/P"))


def _before_1900(it: Difference) -> bool:
    """Day 0 is in January to Excel and in December to LibreOffice."""
    names = (("January", "December"), ("Jan", "Dec"), ("J", "D"), ("01", "12"), ("1", "12"))
    low = it.cell.kind in ("time", "duration") and it.number < 61
    return low and any(it.ours.replace(*pair) == it.theirs for pair in names)


def _unread(it: Difference) -> bool:
    plain = re.fullmatch(r"-?\d+(\.\d+)?(E[+-]\d+)?", it.theirs)
    return it.cell.code not in USUAL and plain is not None and math.isclose(it.number, float(it.theirs), rel_tol=1e-13)


def _noon(it: Difference) -> bool:
    return "A/P" in it.cell.code and it.ours.casefold() == it.theirs.casefold()


_REASONS: Final[dict[str, Callable[[Difference], bool]]] = {
    "it leaves escapes of characters as they are written (ECMA-376 part 1, 22.9.2.19)": _escapes,
    "it exports all decimals of a number without a format; Excel shows eleven places": _decimals,
    "it shows more than the 15 digits that Excel keeps": _digits,
    "it shows the fifteenth digit of a longer number otherwise when it saves it than when it opens it": _sixteenth,
    "it shows more decimals of a tiny number without a format when it saves it than when it opens it": _tiny,
    "it does not know tenths behind elapsed seconds, and shows the number of days": _elapsed,
    "it cuts off parts of a second that are not shown; Excel rounds them": _cut_off,
    "it rounds the binary fraction; Excel rounds the 15 digits that it keeps": _half,
    "it applies no text format to a text of several lines": _lines,
    "it exports no tab of an ODS": _tabs,
    "it shows white space at the ends of a paragraph, which OpenDocument 6.1.2 takes away": _ends,
    "it exports a boolean without a style as a number": _boolean,
    "it leaves out the point if no decimals follow; Excel shows it": _point,
    "it has saved a format that OpenDocument does not have, and shows another one when it opens the file": _lost,
    "it does not understand a format that was put together at random, and shows the number without it": _unread,
    "it has other days before March 1900": _before_1900,
    "it shows A/P in small letters": _noon,
}
