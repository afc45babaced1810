r"""Number formats: from a number and the format of its cell to the text in the cell. Pure.

A workbook stores 123 and the format `00000`, and the operator sees 00123. Here is what Excel's formats can say, as far
as it can be said for sure: digits with padding, grouping, scaling, percent and literals, plain exponents, dates, times
and elapsed times, sections and their conditions. Separators and names of months are those of an English Excel. The
rest gives None, "nobody can tell": fractions, other calendars and scripts, formats that mean "as the computer on which
it is opened is set" (the built-in short date among them), and whatever is not understood to the last character.

The format codes are described in ECMA-376 part 1, 18.8.30 and 18.8.31, and on Microsoft's page "Number format codes".
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from bulkprov.sheets.excel.dates import is_date, shown_date

__all__ = ["BUILT_IN", "NumberFormat", "general", "number_format"]

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
    47: "mmss.0",
    49: "@",
}
"""The formats that a file names by number only. Those left out look different from country to country."""

_TOKEN: Final = re.compile(
    r'(?P<quoted>"[^"]*")|(?P<escaped>\\.)|(?P<space>_.)|(?P<fill>\*.)|(?P<bracket>\[[^\]]*\])'
    r"|(?P<general>General)|(?P<noon>AM/PM|A/P)|(?P<exponent>E[+-])|(?P<date>y+|m+|d+|h+|s+)"
    r"|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<text>@)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION_END: Final = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[_*].|[^;])*', re.DOTALL)
_PLAIN: Final = frozenset("$-+/():!^&'~{}<>= ")
"""Characters that stand for themselves without quotes."""
_COLOR: Final = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color ?\d{1,2}", re.IGNORECASE)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_CURRENCY: Final = re.compile(r"\$([^-]*)(?:-([0-9A-Fa-f]{1,8}))?")
_ELAPSED: Final = re.compile(r"h+|m+|s+", re.IGNORECASE)
_COMPARE: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}
_ENGLISH: Final = 9
_LANGUAGE: Final = 0x3FF
_PLAIN_LOCALE: Final = 0xFFFF
_SYSTEM_LOCALES: Final = (0xF800, 0xF400)
_MOST_SECTIONS: Final = 4
_MOST_DECIMALS: Final = 15
_GENERAL_WIDTH: Final = 11
_TOO_LONG: Final = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a section: `kind` as in the groups of the token pattern, or "literal", "elapsed"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None = None
    english: bool = True
    """Whether names of months and days, if it has any, are English."""
    known: bool = True

    def has(self, kind: str) -> bool:
        return any(token.kind == kind for token in self.tokens)


@dataclass(frozen=True, slots=True, eq=False)
class NumberFormat:
    """A format code, understood. Made by `number_format`, one for each code."""

    sections: tuple[_Section, ...]
    plain_number: bool
    """Whether numbers look as without a format."""
    plain_text: bool
    """Whether text looks as without a format."""
    padding: int
    """If all that the format says is "at least so many digits" (00000): how many. Else 0."""

    def number(self, value: Decimal, *, date1904: bool = False) -> str | None:
        """The text in the cell, without padding at its ends; None if nobody can tell."""
        if self.plain_number:
            return general(value)
        section, absolute = self._for_number(value)
        if section is None or section.has("text") or not all(each.known for each in self.sections):
            return None
        if is_date(section.tokens):
            shown = shown_date(section.tokens, value, date1904=date1904, english=section.english)
        else:
            shown = _shown_number(section.tokens, abs(value))
            if shown is not None and value < 0 and not absolute and re.search("[1-9]", shown):
                shown = "-" + shown
        return shown.strip() if shown and shown.strip() else None

    def nearest(self, value: Decimal, *, date1904: bool = False) -> str:
        """What comes nearest where nobody can tell: a date as ISO writes it, a number without its format."""
        shown = None
        if any(is_date(section.tokens) for section in self.sections):
            iso = "yyyy-mm-dd" if value == value.to_integral_value() else "yyyy-mm-dd hh:mm:ss"
            shown = number_format(iso).number(value, date1904=date1904)
        return shown or general(value) or str(value)

    def text(self, value: str) -> str | None:
        """What text looks like under this format; None if nobody can tell, or if the format hides it."""
        section = _for_text(self.sections)
        if section is None:
            return value
        if not section.known or any(token.kind not in ("text", "literal") for token in section.tokens):
            return None
        return "".join(value if token.kind == "text" else token.text for token in section.tokens) or None

    def _for_number(self, value: Decimal) -> tuple[_Section | None, bool]:
        """The section for a value, and whether the section itself shows that the value is negative."""
        numeric = [section for section in self.sections[:3] if not section.has("text")] or list(self.sections[:1])
        if any(section.condition for section in numeric):
            if value < 0:  # Excel's rules for the sign here are its own
                return None, False
            for section in numeric:
                if section.condition is None or _COMPARE[section.condition[0]](value, section.condition[1]):
                    return section, False
            return None, False
        if value < 0 and len(numeric) > 1:
            return numeric[1], True
        if value == 0 and len(numeric) > 2:  # positive; negative; zero
            return numeric[2], False
        return numeric[0], False


@functools.lru_cache(maxsize=4096)
def number_format(code: str) -> NumberFormat:
    """Understand a format code."""
    sections: list[_Section] = []
    position = 0
    while position <= len(code) and len(sections) <= _MOST_SECTIONS:
        end = _SECTION_END.match(code, position)
        stop = end.end() if end else len(code)
        sections.append(_section(code[position:stop]))
        position = stop + 1
    if len(sections) > _MOST_SECTIONS:
        sections = [_Section((), known=False)]
    kinds = [[token.kind for token in section.tokens] for section in sections]
    text = _for_text(sections)
    zeros = all(token == Token("digit", "0") for token in sections[0].tokens)
    return NumberFormat(
        sections=tuple(sections),
        plain_number=kinds in ([["general"]], [["text"]]) and sections[0].known,
        plain_text=text is None or (text.known and [token.kind for token in text.tokens] == ["text"]),
        padding=len(sections[0].tokens) if zeros and len(sections) == 1 and sections[0].known else 0,
    )


def _for_text(sections: Sequence[_Section]) -> _Section | None:
    """The section for text; None if text is shown as it is."""
    if len(sections) == _MOST_SECTIONS:
        return sections[3]
    return next((section for section in sections if section.has("text")), None)


def general(value: Decimal) -> str | None:
    """A number without a format: whole up to 15 digits, else as many decimals as Excel's 11 places hold."""
    if abs(value) >= _TOO_LONG:
        return None
    if value == value.to_integral_value():
        return f"{value.to_integral_value():f}" if value else "0"
    whole = len(f"{abs(value):.0f}") if abs(value) >= 1 else 1
    if abs(value) < Decimal("0.0001"):
        return None  # shown with an exponent, which depends on the width of the column
    decimals = max(_GENERAL_WIDTH - whole - 1, 0)
    shown = f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _section(code: str) -> _Section:
    tokens: list[Token] = []
    condition, english, known = None, True, True
    for match in _TOKEN.finditer(code):
        kind, text = str(match.lastgroup), match[0]
        if kind == "bracket":
            compared, currency = (
                _CONDITION.fullmatch(text, 1, len(text) - 1),
                _CURRENCY.fullmatch(text, 1, len(text) - 1),
            )
            if compared:
                condition = (compared[1], Decimal(compared[2]))
            elif currency:
                tokens.append(Token("literal", currency[1]))
                locale = int(currency[2] or "0", 16)
                english = english and (locale & _LANGUAGE) in (0, _ENGLISH)
                known = known and locale <= _PLAIN_LOCALE and locale not in _SYSTEM_LOCALES
            elif _ELAPSED.fullmatch(text, 1, len(text) - 1):
                tokens.append(Token("elapsed", text[1:-1].lower()))
            else:
                known = known and bool(_COLOR.fullmatch(text, 1, len(text) - 1))
            continue
        known = known and (kind != "other" or text in _PLAIN or not text.isascii())
        if kind != "fill":
            tokens.append(_token(kind, text))
    return _Section(tuple(tokens), condition, english, known)


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


def _shown_number(tokens: Sequence[Token], value: Decimal) -> str | None:
    """Fill a section's digits with a value that is not negative."""
    kinds = [token.kind for token in tokens]
    if "general" in kinds:
        number = general(value)
        fits = number is not None and kinds.count("general") == 1 and set(kinds) <= {"general", "literal"}
        return "".join(str(number) if token.kind == "general" else token.text for token in tokens) if fits else None
    if "exponent" in kinds:
        return _shown_exponent(tokens, value)
    digits = [place for place, kind in enumerate(kinds) if kind == "digit"]
    if not digits:
        return "".join(token.text for token in tokens) if set(kinds) <= {"literal", "percent"} else None
    if any(token.kind == "literal" and token.text == "/" for token in tokens) or kinds.count("point") > 1:
        return None
    point = kinds.index("point") if "point" in kinds else len(kinds)
    last_whole = max((place for place in digits if place < point), default=-1)
    commas = [place for place, kind in enumerate(kinds) if kind == "comma"]
    grouped = any(place < last_whole for place in commas)
    thousands = sum(place > last_whole for place in commas)  # a comma behind the digits divides
    value = value.scaleb(2 * kinds.count("percent") - 3 * thousands)
    decimals = sum(1 for place in digits if place > point)
    if decimals > _MOST_DECIMALS:
        return None
    rounded = f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
    whole, _, fraction = rounded.partition(".")
    return _whole(tokens[:point], whole.lstrip("0"), grouped=grouped) + _fraction(tokens[point:], fraction)


def _whole(tokens: Sequence[Token], digits: str, *, grouped: bool) -> str:
    """The digits before the point, from the right; the leftmost place takes all that are left."""
    shown: list[str] = []
    left, place = list(digits), 0
    first = next((index for index, token in enumerate(tokens) if token.kind == "digit"), None)
    if first is None:
        return "".join(token.text for token in tokens if token.kind == "literal") + digits

    def put(char: str) -> None:
        nonlocal place
        if grouped and place and place % 3 == 0 and char != " ":
            shown.append(",")
        shown.append(char)
        place += 1

    for index in range(len(tokens) - 1, -1, -1):
        token = tokens[index]
        if token.kind != "digit":
            shown.append("" if token.kind == "comma" else token.text[::-1])
            continue
        if left:
            put(left.pop())
        elif token.text != "#":
            put("0" if token.text == "0" else " ")
        while index == first and left:
            put(left.pop())
    return "".join(shown)[::-1]


def _fraction(tokens: Sequence[Token], digits: str) -> str:
    """The point and the digits behind it."""
    shown, place = [], 0
    for token in tokens:
        if token.kind != "digit":
            shown.append("" if token.kind == "comma" else token.text)
            continue
        if digits[place:].strip("0") or token.text == "0":
            shown.append(digits[place])
        elif token.text == "?":
            shown.append(" ")
        place += 1
    return "".join(shown)


def _shown_exponent(tokens: Sequence[Token], value: Decimal) -> str | None:
    """Only `0.00E+00` and its like, with one digit before the point."""
    code = "".join(token.text for token in tokens)
    like = re.fullmatch(r"0(?:\.(0*))?E([+-])(0+)", code, re.IGNORECASE)
    if not like:
        return None
    exponent = value.adjusted() if value else 0
    step = Decimal(1).scaleb(-len(like[1] or ""))
    mantissa = value.scaleb(-exponent).quantize(step, ROUND_HALF_UP)
    if mantissa >= 10:  # rounded up to two digits
        exponent += 1
        mantissa = value.scaleb(-exponent).quantize(step, ROUND_HALF_UP)
    sign = "-" if exponent < 0 else "+" if like[2] == "+" else ""
    return f"{mantissa:f}E{sign}{abs(exponent):0{len(like[3])}}"
