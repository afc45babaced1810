r"""Number formats: from a number and the format of its cell to the text in the cell. Pure.

A workbook stores 123 and the format `00000`, and the operator sees 00123. Covered is what can be known of Excel's
formats: digits with padding, grouping, scaling, percent and literals, plain exponents, dates, times and elapsed times,
sections and their conditions. Separators and names of months are those of an English Excel. Everything else gives
None, "cannot be known": fractions, other calendars and scripts, formats that mean "as the computer on which it is
opened is set" (the built-in short date among them), and whatever is not understood to the last character.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from bulkprov.sheets.excel.dates import shown_date
from bulkprov.sheets.excel.format_codes import MOST_SECTIONS, Section, Token, parse

__all__ = ["DIGITS", "TOO_LARGE", "NumberFormat", "general", "number_format"]

DIGITS: Final = 15
"""Significant digits that a spreadsheet keeps of a number."""
TOO_LARGE: Final = Decimal(10) ** DIGITS
"""The smallest number with more of them."""

_MOST_DECIMALS: Final = 15
_GENERAL_WIDTH: Final = 11


@dataclass(frozen=True, slots=True, eq=False)
class NumberFormat:
    """A format code, understood. Made by `number_format`, one for each code."""

    sections: tuple[Section, ...]
    plain_number: bool
    """Whether numbers look as without a format."""
    plain_text: bool
    """Whether text looks as without a format."""
    padding: int
    """If all that the format says is "at least so many digits" (00000): how many. Else 0."""

    def number(self, value: Decimal, *, date1904: bool = False) -> str | None:
        """The text in the cell, without padding at its ends; None if it cannot be known."""
        if self.plain_number:
            return general(value)
        section, absolute = self._for_number(value)
        if section is None or section.has("text") or not all(each.understood for each in self.sections):
            return None
        if any(each.has("text") for each in self.sections[:-1]):  # the section for text is the last
            return None
        if section.is_date:
            shown = shown_date(section.tokens, value, date1904=date1904, english=section.english)
        else:
            shown = _shown_number(section.tokens, abs(value))
            if shown is not None and value < 0 and not absolute and re.search("[1-9]", shown):
                shown = "-" + shown
        return shown.strip() if shown and shown.strip() else None

    def nearest_date(self, value: Decimal, *, date1904: bool = False) -> str:
        """A number under the format of a date that cannot be known, as ISO writes dates; empty if it is none."""
        if not any(section.is_date for section in self.sections):
            return ""
        iso = "yyyy-mm-dd" if value == value.to_integral_value() else "yyyy-mm-dd hh:mm:ss"
        return number_format(iso).number(value, date1904=date1904) or ""

    def text(self, value: str) -> str | None:
        """What text looks like under this format; None if that cannot be known, or if the format hides it."""
        section = _for_text(self.sections)
        if section is None:
            return value
        if not section.understood or any(token.kind not in ("text", "literal") for token in section.tokens):
            return None
        return "".join(value if token.kind == "text" else token.text for token in section.tokens) or None

    def _for_number(self, value: Decimal) -> tuple[Section | None, bool]:
        """The section for a value, and whether the section itself shows that the value is negative."""
        numeric = [section for section in self.sections[:3] if not section.has("text")] or list(self.sections[:1])
        if any(section.condition for section in numeric):
            if value < 0:  # Excel's rules for the sign here are its own
                return None, False
            return next((section for section in numeric if section.admits(value)), None), False
        if value < 0 and len(numeric) > 1:
            return numeric[1], True
        if value == 0 and len(numeric) > 2:  # positive; negative; zero
            return numeric[2], False
        return numeric[0], False


@functools.lru_cache(maxsize=4096)
def number_format(code: str) -> NumberFormat:
    """The format that a code stands for."""
    sections = parse(code)
    first = sections[0]
    kinds = [[token.kind for token in section.tokens] for section in sections]
    text = _for_text(sections)
    zeros = all(token == Token("digit", "0") for token in first.tokens)
    return NumberFormat(
        sections=sections,
        plain_number=kinds in ([["general"]], [["text"]]) and first.understood,
        plain_text=text is None or (text.understood and [token.kind for token in text.tokens] == ["text"]),
        padding=len(first.tokens) if zeros and len(sections) == 1 and first.understood else 0,
    )


def _for_text(sections: Sequence[Section]) -> Section | None:
    """The section for text; None if text is shown as it is."""
    if len(sections) == MOST_SECTIONS:
        return sections[-1]
    return next((section for section in sections if section.has("text")), None)


def general(value: Decimal) -> str | None:
    """A number without a format: whole up to 15 digits, else as many decimals as Excel's 11 places hold."""
    if abs(value) >= TOO_LARGE:
        return None
    if value == value.to_integral_value():
        return f"{value.to_integral_value():f}" if value else "0"
    whole = len(f"{abs(value):.0f}") if abs(value) >= 1 else 1
    if abs(value) < Decimal("0.0001"):
        return None  # shown with an exponent, which depends on the width of the column
    decimals = max(_GENERAL_WIDTH - whole - 1, 0)
    shown = f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _shown_number(tokens: Sequence[Token], value: Decimal) -> str | None:
    """Fill a section's digits with a value that is not negative."""
    kinds = [token.kind for token in tokens]
    if "general" in kinds:
        number = general(value)
        fits = number is not None and kinds.count("general") == 1 and set(kinds) <= {"general", "literal"}
        return "".join(str(number) if token.kind == "general" else token.text for token in tokens) if fits else None
    if "exponent" in kinds:
        return _scientific(tokens, value)
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


def _scientific(tokens: Sequence[Token], value: Decimal) -> str | None:
    """A number as `0.00E+00` and the like show it; None for more digits than one before the point."""
    code = "".join(token.text for token in tokens)
    like = re.fullmatch(r"0(?:\.(0*))?E([+-])(0+)", code, re.IGNORECASE)
    if not like or any(token.kind == "literal" for token in tokens):
        return None
    exponent = value.adjusted() if value else 0
    step = Decimal(1).scaleb(-len(like[1] or ""))
    mantissa = value.scaleb(-exponent).quantize(step, ROUND_HALF_UP)
    if mantissa >= 10:  # rounded up to two digits
        exponent += 1
        mantissa = value.scaleb(-exponent).quantize(step, ROUND_HALF_UP)
    sign = "-" if exponent < 0 else "+" if like[2] == "+" else ""
    return f"{mantissa:f}E{sign}{abs(exponent):0{len(like[3])}}"
