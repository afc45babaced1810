r"""The code of a number format, such as `#,##0.00;[Red]-0.00`, taken apart into sections of tokens. Pure.

It says what a code consists of, and whether all of it is understood; `number_formats` and `dates` apply it to values.
The codes are described in ECMA-376 part 1, 18.8.30 and 18.8.31, and on Microsoft's page "Number format codes".
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

__all__ = ["BUILT_IN", "MOST_SECTIONS", "Section", "Token", "parse"]

BUILT_IN: Final = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    14: "[$-F800]yyyy-mm-dd",  # the short date of the computer on which the sheet is opened
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "[$-F800]yyyy-mm-dd hh:mm",  # likewise
    37: "#,##0 ;(#,##0)",
    38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;[Red](#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",  # the standard says mmss.0; Excel, LibreOffice and xlrd all have the colon
    49: "@",
}
"""The formats that a file names by number only. Those left out differ from country to country."""

MOST_SECTIONS: Final = 4
"""For positive numbers, negative numbers, zero and text."""

_TOKEN: Final = re.compile(
    r'(?P<quoted>"[^"]*")|(?P<escaped>\\.)|(?P<space>_.)|(?P<fill>\*.)|(?P<bracket>\[[^\]]*\])'
    r"|(?P<general>General)|(?P<noon>AM/PM|A/P)|(?P<exponent>E[+-])|(?P<date>y+|m+|d+|h+|s+)"
    r"|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<text>@)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION_END: Final = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[_*].|[^;])*', re.DOTALL)
_UNQUOTED: Final = frozenset("$-+/():!^&'~{}<>= ")
"""Characters that stand for themselves without quotes."""
_COLOR: Final = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color ?\d{1,2}", re.IGNORECASE)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_CURRENCY: Final = re.compile(r"\$([^-]*)(?:-([0-9A-Fa-f]{1,8}))?")
_ELAPSED: Final = re.compile(r"h+|m+|s+", re.IGNORECASE)
_COMPARE: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_ENGLISH: Final = 9
_LANGUAGE: Final = 0x3FF
_LAST_PLAIN_LOCALE: Final = 0x1FFFF
"""Larger numbers ask for another calendar than the Gregorian one (0x1....), or for other digits."""
_SYSTEM_LOCALES: Final = (0xF800, 0xF400)
"""Long date and time as the computer is set."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a section: `kind` as in the groups of the token pattern, or "literal", "elapsed"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """What a format says about one range of values, or about text."""

    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None = None
    english: bool = True
    """Whether names of months and days, if it has any, are English."""
    understood: bool = True
    """Whether all of it is, to the last character, and it depends on no setting of the computer."""

    def has(self, *kinds: str) -> bool:
        """Whether it has a token of one of these kinds."""
        return any(token.kind in kinds for token in self.tokens)

    @property
    def is_date(self) -> bool:
        """Whether it shows a number as a date or a time."""
        return self.has("date", "elapsed", "noon")

    def admits(self, value: Decimal) -> bool:
        """Whether its condition, if it has one, is met."""
        return self.condition is None or _COMPARE[self.condition[0]](value, self.condition[1])


def parse(code: str) -> tuple[Section, ...]:
    """The sections of a format code: one at least, and no more than `MOST_SECTIONS`."""
    sections: list[Section] = []
    position = 0
    while position <= len(code) and len(sections) <= MOST_SECTIONS:
        end = _SECTION_END.match(code, position)
        stop = end.end() if end else len(code)
        sections.append(_section(code[position:stop]))
        position = stop + 1
    return tuple(sections) if len(sections) <= MOST_SECTIONS else (Section((), understood=False),)


def _section(code: str) -> Section:
    tokens: list[Token] = []
    condition, english, understood = None, True, True
    for match in _TOKEN.finditer(code):
        kind, text = str(match.lastgroup), match[0]
        if kind != "bracket":
            understood = understood and (kind != "other" or text in _UNQUOTED or not text.isascii())
            if kind != "fill":
                tokens.append(_token(kind, text))
            continue
        inside = text[1:-1]
        if compared := _CONDITION.fullmatch(inside):
            condition = (compared[1], Decimal(compared[2]))
        elif currency := _CURRENCY.fullmatch(inside):
            tokens.append(Token("literal", currency[1]))
            locale = int(currency[2] or "0", 16)
            english = english and (locale & _LANGUAGE) in (0, _ENGLISH)
            understood = understood and locale <= _LAST_PLAIN_LOCALE and locale not in _SYSTEM_LOCALES
        elif _ELAPSED.fullmatch(inside):
            tokens.append(Token("elapsed", inside.lower()))
        else:
            understood = understood and bool(_COLOR.fullmatch(inside))
    return Section(tuple(tokens), condition, english, understood)


def _token(kind: str, text: str) -> Token:
    match kind:
        case "quoted":
            return Token("literal", text[1:-1])
        case "escaped":
            return Token("literal", text[1:])
        case "space":
            return Token("literal", " ")
        case "other":
            return Token("literal", text)
        case "date":
            return Token("date", text.lower())
        case _:
            return Token(kind, text)
