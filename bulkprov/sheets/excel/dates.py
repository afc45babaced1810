"""Dates and times in cells: from a serial number of days and a date format to the text in the cell. Pure.

Excel's day 1 is the first of January 1900, and its 1900 has a 29th of February (day 60). Before March 1900, that day
and weekdays are therefore not shown; no wave is planned for then.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from bulkprov.sheets.excel.format_codes import Token

__all__ = ["shown_date"]

_MONTHS: Final = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905 - reads better than twelve quoted words
)
_DAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905 - likewise
_LAST_DAY: Final = 2_958_465
_FALSE_LEAP_DAY: Final = 60
_NOON: Final = 12
_UNITS: Final = "hms"
_FINEST: Final = Decimal("0.00001")
"""Seconds that the 15 digits of a serial number can tell apart: what is closer to a half of a unit is one."""


def shown_date(tokens: Sequence[Token], serial: Decimal, *, date1904: bool, english: bool) -> str | None:
    """The text in the cell, or None if it cannot be known.

    `english` says whether names of months and days would be English.
    """
    decimals = _subsecond_digits(tokens)
    if decimals is None or not _is_sound(tokens) or serial < 0 or serial > _LAST_DAY:
        return None
    unit = 10**decimals
    seconds = (serial * 86_400).quantize(_FINEST, ROUND_HALF_UP)
    ticks = int((seconds * unit).quantize(Decimal(1), ROUND_HALF_UP))
    days, within = divmod(ticks, 86_400 * unit)
    parts: list[str] = []
    noon = any(token.kind == "noon" for token in tokens)
    for place, token in enumerate(tokens):
        if token.kind == "date":
            if _is_minute(tokens, place):
                shown: str | None = _padded(within // (60 * unit) % 60, token.text)
            elif token.text[0] in "hs":
                shown = _clock(token.text, within // unit, noon=noon)
            else:
                shown = _calendar(token.text, days, date1904=date1904, english=english)
        elif token.kind == "elapsed":
            per = {"h": 3600, "m": 60, "s": 1}[token.text[0]]
            shown = f"{ticks // (unit * per):0{len(token.text)}}"
        elif token.kind == "noon":
            late = within // unit >= _NOON * 3600
            shown = token.text.split("/")[late]
        elif token.kind == "digit":
            shown = "" if tokens[place - 1].kind != "point" else f"{within % unit:0{decimals}}"
        else:
            shown = token.text
        if shown is None:
            return None
        parts.append(shown)
    return "".join(parts)


def _subsecond_digits(tokens: Sequence[Token]) -> int | None:
    """How many digits of a second are shown; None if there are digits anywhere else."""
    count = 0
    for place, token in enumerate(tokens):
        if token.kind in ("general", "exponent", "percent", "text"):
            return None
        if token.kind != "digit":
            continue
        before = tokens[place - 1] if place else None
        if token.text != "0" or before is None:
            return None
        if before.kind == "point":
            seconds = tokens[place - 2] if place > 1 else None
            if count or seconds is None or seconds.kind not in ("date", "elapsed") or seconds.text[0] != "s":
                return None
        elif before.kind != "digit":
            return None
        count += 1
    return count if count <= 3 else None  # as fine as Excel is


def _is_sound(tokens: Sequence[Token]) -> bool:
    """Whether it is known of each part what it is.

    Hours, minutes or seconds that count on ([h]) come first, and with smaller ones only. Behind a second or beside
    AM/PM alone, programs differ on what `m` is.
    """
    parts = [token for token in tokens if token.kind in ("date", "elapsed", "noon")]
    months = [place for place in range(len(tokens)) if _may_be_minute(tokens, place) and not _is_minute(tokens, place)]
    for before, after in (_beside(tokens, place) for place in months):
        if before == "s" or ("a" in (before, after) and not {"d", "y"} & {before, after}):
            return False
    if not any(token.kind == "elapsed" for token in parts):
        return True
    smaller = _UNITS[_UNITS.index(parts[0].text[0]) + 1 :] if parts[0].kind == "elapsed" else ""
    return not months and all(
        token.kind == "date" and token.text[0] in smaller and len(token.text) <= 2 for token in parts[1:]
    )


def _may_be_minute(tokens: Sequence[Token], place: int) -> bool:
    return tokens[place].kind == "date" and tokens[place].text in ("m", "mm")


def _is_minute(tokens: Sequence[Token], place: int) -> bool:
    """`m` and `mm` are minutes behind an hour and before a second, months elsewhere."""
    before, after = _beside(tokens, place)
    return _may_be_minute(tokens, place) and (before == "h" or after == "s")


def _beside(tokens: Sequence[Token], place: int) -> tuple[str, str]:
    """The letters of the parts before and behind a part; "a" for AM/PM, "" for none."""
    timing = [token.text[0].lower() if token.kind in ("date", "elapsed", "noon") else "" for token in tokens]
    before = next((letter for letter in reversed(timing[:place]) if letter), "")
    after = next((letter for letter in timing[place + 1 :] if letter), "")
    return before, after


def _padded(number: int, code: str) -> str | None:
    return f"{number:0{len(code)}}" if len(code) <= 2 else None  # h or hh


def _clock(code: str, seconds: int, *, noon: bool) -> str | None:
    if code[0] == "s":
        return _padded(seconds % 60, code)
    hour = seconds // 3600
    return _padded((hour % _NOON or _NOON) if noon else hour, code)


def _calendar(code: str, days: int, *, date1904: bool, english: bool) -> str | None:
    if not date1904 and days in (0, _FALSE_LEAP_DAY):
        return None
    try:
        if date1904:
            date = dt.date(1904, 1, 1) + dt.timedelta(days=days)
        else:
            date = dt.date(1899, 12, 30 if days > _FALSE_LEAP_DAY else 31) + dt.timedelta(days=days)
    except OverflowError:
        return None
    match code[0], len(code):
        case "y", 1 | 2:
            return f"{date.year % 100:02}"
        case "y", 3 | 4:
            return f"{date.year:04}"
        case "m" | "d", 1 | 2:
            return f"{date.month if code[0] == 'm' else date.day:0{len(code)}}"
        case "m", length if english and length <= 5:  # mmm, mmmm, mmmmm
            name = _MONTHS[date.month - 1]
            return {3: name[:3], 4: name, 5: name[0]}[length]
        case "d", (3 | 4) as length if english and (date1904 or days > _FALSE_LEAP_DAY):
            name = _DAYS[date.weekday()]
            return name[:3] if length == 3 else name  # ddd
        case _:
            return None
