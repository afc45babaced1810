"""Number formats for the second opinion: those that workbooks of ops teams have, and others put together at random."""

from collections.abc import Callable
from random import Random
from typing import Final

__all__ = ["GENERAL", "USUAL", "draw_code"]

GENERAL: Final = "General"

_USUAL: Final = {
    "number": (
        *("0", "0.00", "#,##0", "#,##0.00", "00000", "000000000", "0.0"),
        *("0.000", "#", "#.##", "0.##", "#,##0.0#", "?0.0?"),
        *("0,", "#,##0,", "0.0,,", '0.0,"k"', "#,##0 ;(#,##0)", "#,##0 ;[Red](#,##0)", "#,##0.00;(#,##0.00)"),
        *("#,##0.00;[Red]-#,##0.00", '0;-0;"zero"', '0;-0;"-"', "0;;0"),
        *('"client"000', '"ID-"0000', "000-0000", "(000) 000-0000"),
        *("00000-0000", "000-00-0000", "0000\\-00", "0\\.00\\.00", "\\C0000", "$#,##0.00", "[$€-407] #,##0.00"),
        *("#,##0.00 [$€-407]", "[$£-809]#,##0.00", "[$$-409]#,##0", "[$CHF] 0.00", "[Blue]0.0;[Red]-0.0", "+0;-0;0"),
        *('_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)', '_-* #,##0_-;\\-* #,##0_-;_-* "-"_-;_-@_-'),
        *('[>=100]"big "0;[<10]"small "0;0', '[<1000]0;0.0,"k"', '[=1]"yes";[=0]"no";0', "# ?/?", "# ??/??"),
        *("0.00E+00", "0E+00", "##0.0E+0", "0.000E-00", "0.0E+0", "@", GENERAL, 'General" pcs"', "0 000", "#\\ ##0"),
    ),
    "percent": ("0%", "0.00%", "0.0%", "#%", "0 %", "[Red]0.0%", '0%" done"', "00.0%", "#,##0%", "0.000%"),
    "date": (
        *("yyyy-mm-dd", "dd/mm/yyyy", "d.m.yyyy", "dd.mm.yy", "m/d/yy"),
        *("d-mmm-yy", "mmm-yy", "d mmm yyyy", "mmmm d, yyyy"),
        *("dddd", "ddd d mmm", "yyyymmdd", "yyyy-mm-dd hh:mm"),
        *("yyyy-mm-dd hh:mm:ss", "m/d/yyyy h:mm AM/PM", "mmmmm-yy"),
        *('yyyy"-W"', "[$-409]d mmm yyyy", "[$-409]mmmm yy"),
        *("[$-809]dd mmmm yyyy", "yyyy\\-mm\\-dd\\Thh:mm:ss", "yy", "hh:mm d/m"),
    ),
    "time": (
        *("h:mm", "hh:mm", "hh:mm:ss", "h:mm AM/PM", "h:mm:ss AM/PM"),
        *("hh:mm:ss.0", "hh:mm:ss.000", "mm:ss", "mmss.0", "h", "ss"),
        *('h "h" mm', "hhmm", "h AM/PM", "hh:mm A/P"),
    ),
    "text": ('0;-0;0;"text: "@', '@" GmbH"', "_(@_)", "0;-0;0;", "#,##0_);(#,##0)"),
    "duration": ("[h]:mm", "[hh]:mm:ss", "[h]:mm:ss", "[mm]:ss", "[m]", "[ss]", "[s].0", '[h]"h"', "[h]:mm:ss.00"),
}  # fmt: skip
"""Number formats that workbooks of ops teams have, by the kind of value that they are for."""
USUAL: Final = frozenset({GENERAL, "@"}.union(*_USUAL.values()))
"""All of them."""
_COMPOSED: Final = 0.3
"""How many formats are put together at random."""
_HEADS: Final = (
    "",
    "",
    "",
    '"ID "',
    "\\#",
    "$",
    '"€ "',
    "[$-409]",
    "-",
    "+",
    "(",
    "[Red]",
    "[Color10]",
    "_(",
    "* ",
    "#\\-",
)
_TAILS: Final = ("", "", "", '" kg"', "\\ \\m", "_)", " ", ")", "%", '"%"', "[$€-407]", '"a""b"', "\\%", "-")
_WHOLE: Final = (
    "0",
    "0",
    "00",
    "000",
    "#",
    "##0",
    "#,##0",
    "#,##0",
    "0,000",
    "?0",
    "#0",
    "#,###",
    "00-00",
    "0 0",
    '0"."0',
)
_DECIMALS: Final = ("", "", "", ".0", ".00", ".0#", ".##", ".0?", ".000", ".#", ".00\\ 0")
_SCALES: Final = ("", "", "", "", ",", ",,", "E+00", "E-0", "E+0")
_DATE_PARTS: Final = (
    "yyyy",
    "yyyy",
    "yy",
    "mm",
    "mm",
    "m",
    "mmm",
    "mmmm",
    "d",
    "dd",
    "dd",
    "ddd",
    "dddd",
    "hh",
    "h",
    "ss",
    "mm",
)
_TIME_PARTS: Final = ("hh", "h", "mm", "m", "ss", "s", "hh:mm", "mm:ss", "ss.0", "ss.00", "AM/PM", "h AM/PM")
_ELAPSED: Final = (("[h]", "[hh]"), ("mm",), ("ss", "ss.0", "ss.00", "ss.000"))
"""Largest first: what counts on, and what follows it."""
_BETWEEN: Final = ("-", "/", ".", ":", " ", ", ", "", '" of "', "\\T", "\\-")


def draw_code(draw: Random, kind: str) -> str:
    """A number format for this kind of value."""
    if draw.random() < _COMPOSED:
        return _COMPOSERS[kind](draw)
    return draw.choice(_USUAL[kind])


def _number(draw: Random) -> str:
    """Of one section or of several."""
    sections = [_digits(draw) for _ in range(draw.choice((1, 1, 1, 2, 2, 3)))]
    if len(sections) == 3 and draw.random() < 0.3:
        sections.append(_text(draw))
    return ";".join(sections)


def _digits(draw: Random) -> str:
    if draw.random() < 0.1:
        return draw.choice(("", '"none"', "-", GENERAL, "@"))
    return "".join(draw.choice(parts) for parts in (_HEADS, _WHOLE, _DECIMALS, _SCALES, _TAILS))


def _percent(draw: Random) -> str:
    return "".join(draw.choice(parts) for parts in (_HEADS, _WHOLE, _DECIMALS)) + draw.choice(
        ("%", " %", "\\ %", '%" x"')
    )


def _text(draw: Random) -> str:
    return draw.choice(_HEADS[:6]) + draw.choice(("@", "@", "@@", '"text"')) + draw.choice(_TAILS[:6])


def _joined(draw: Random, parts: tuple[str, ...]) -> str:
    code = draw.choice(parts)
    for _ in range(draw.randrange(4)):
        code += draw.choice(_BETWEEN) + draw.choice(parts)
    return code + draw.choice(("", "", "", ";@"))


def _elapsed(draw: Random) -> str:
    """Hours that count on with what follows, or minutes or seconds that do."""
    parts = [draw.choice(parts) for parts in _ELAPSED[: draw.randrange(1, 4)]]
    if draw.random() < 0.4:
        parts = draw.choice((["[mm]", "ss"], ["[m]"], ["[ss]"], ["[mm]"]))
    return draw.choice(_BETWEEN).join(parts) + draw.choice(("", '" h"', " \\h", ";@"))


_COMPOSERS: Final[dict[str, Callable[[Random], str]]] = {
    "number": _number,
    "percent": _percent,
    "text": _text,
    "date": lambda draw: _joined(draw, _DATE_PARTS),
    "time": lambda draw: _joined(draw, _TIME_PARTS),
    "duration": _elapsed,
}
