"""What the spreadsheet program makes of a cell of text when it opens the file. Pure.

People write CSV for Excel with tricks of Excel's, and by hand with spaces that Excel counts. Where the text in the file
and the text in the program differ, a cell is read as the latter, or it is said why that cannot be done.
"""

import re
from typing import Final

__all__ = ["doubt", "may_be_doubted", "shown"]

_TEXT_FORMULA: Final = re.compile(r'\s*="((?:[^"]|"")*)"\s*')
"""How text is written for Excel that it would otherwise take for a number: it shows what is in the quotes."""
_FORMULA: Final = re.compile(
    r"\s*[=+@-]+\s*[A-Za-z_][A-Za-z0-9._]*\(.*\)\s*"
    r"|\s*=\s*(?:'[^']+'!|\w+!)?\$?[A-Za-z]{1,3}\$?[0-9]{1,7}\s*"
    r'|\s*[=+]\s*".*',
    re.DOTALL,
)
"""A function, another cell, or a text: nothing has such a name."""
_SPACED: Final = re.compile(r'[ \t]+".*"[ \t]*', re.DOTALL)
"""Quotes that do not begin the cell. They are then part of its text, to Excel and to RFC 4180."""


def shown(cell: str) -> str:
    """The cell as Excel shows it, if it is text as a formula; else as it is."""
    match = _TEXT_FORMULA.fullmatch(cell) if '="' in cell else None
    return match[1].replace('""', '"') if match else cell


def may_be_doubted(cells: str) -> bool:
    """Whether there may be doubt about one of these cells, which are one text: a quick look."""
    return "(" in cells or "=" in cells or '"' in cells


def doubt(cell: str) -> str:
    """Why a cell cannot be meant as it is, and what to do about it; "" if it can. Not for results: there it is."""
    if _FORMULA.fullmatch(cell):
        return "is a formula, and a text file does not have its result: write what it shows in its place"
    if _SPACED.fullmatch(cell):
        return "has a space before its quotes, so that they are part of the text: take the space or the quotes away"
    return ""
