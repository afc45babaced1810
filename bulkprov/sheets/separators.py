"""What separates the columns of a text file, if it is none of what is tried: words for the operator. Pure."""

import re
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["USUAL", "advice"]

USUAL: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""The separators that are tried, and what they are called."""
_LINED_UP: Final = re.compile(r" {2,}|\t+")
_QUOTES: Final = " \t\u00a0\r\n'\"`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u00b4"
_OTHER_QUOTES: Final = re.compile("['`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u00b4]")
_LONGEST: Final = 2_000
"""Characters of a line up to which it is looked at."""


def advice(lines: Sequence[str], tried: Sequence[str], named: str, is_header: Callable[[list[str]], bool]) -> str:
    """Why no header was found, if the line that has it can be told: words that begin a sentence; "" if it cannot.

    Args:
        lines: the first ones of the file, below a `sep=` line.
        tried: the separators with which no header was found.
        named: the one that a `sep=` line names; "" if there is none.
        is_header: whether cells are a header.
    """
    for number, line in enumerate(lines, 2 if named else 1):
        if len(line) > _LONGEST:
            continue
        others = {char for char in line if not char.isalnum() and not char.isspace() and char not in _QUOTES}
        for separator in (*USUAL, *sorted(others - set(USUAL))):
            cells = line.split(separator)
            if not is_header([cell.strip(_QUOTES) for cell in cells]):
                continue
            if separator not in tried:
                return _other(number, separator, named)
            if any(_OTHER_QUOTES.match(cell.strip()) for cell in cells):
                return f'line {number} has quotes that CSV does not know: write " in their place'
            return f"line {number} has spaces before its quotes, so that they count as text: take the spaces away"
        if is_header([cell.strip(_QUOTES) for cell in _LINED_UP.split(line)]):
            return f"the columns of line {number} are lined up with spaces: save the sheet as CSV or .xlsx"
    return ""


def _other(number: int, separator: str, named: str) -> str:
    what = USUAL.get(separator, f'"{separator}"')
    if named:
        return f'its first line says "sep={named}", but line {number} has {what} between its columns: correct it'
    ending = "leave --delimiter out" if separator in USUAL else f'give --delimiter "{separator}"'
    return f"line {number} seems to have {what} between its columns: {ending}"
