"""Text made fit to be shown: on a terminal, in the log, in a note, in a CSV that Excel opens.

A server's error string or a cell of a sheet can hold an escape sequence that repaints the terminal, a character that
reverses the reading order, or a formula. This module knows which characters do harm where; it does not know where a
text came from, and it never touches what is sent or compared.
"""

import re
from typing import Final

__all__ = ["clean", "clean_lines", "for_csv", "plural"]

_GAP: Final = re.compile(r"[^\S ]+")
"""White space that is no plain space: line ends, tabs, non-breaking and other typographic spaces."""

_FORMULA: Final = ("=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}")
_FORMULA_TOO: Final = ("\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}", "\t", "\r", "\n", "\0")
"""First characters after which a spreadsheet program may run what follows, in both widths.

https://owasp.org/www-community/attacks/CSV_Injection, and requirement 1.2.10 of OWASP's ASVS 5.
"""


def clean(text: str) -> str:
    r"""The text on one line, with every character that cannot be seen written as an escape such as ``\x1b``.

    What cannot be seen is what Python's `str.isprintable` says: control characters of both sets, the reversing and the
    zero-width ones, lone surrogates, unassigned and private ones. Line ends, tabs and unusual spaces become one space.
    """
    if text.isprintable():
        return text
    line = _GAP.sub(" ", text)
    return "".join(char if char.isprintable() else _escape(char) for char in line)


def clean_lines(text: str) -> str:
    """Several lines as `clean` gives each: names of files and values of options may hold what servers do."""
    return "\n".join(map(clean, text.split("\n")))


def for_csv(text: str) -> str:
    """The text as `clean` gives it, with an apostrophe before it if Excel would take it for a formula.

    For words that are not the operator's own: a cell of the sheet must come back exactly, and is left alone.
    """
    line = clean(text)
    return f"'{line}" if line.lstrip().startswith((*_FORMULA, *_FORMULA_TOO)) else line


def plural(number: int, noun: str) -> str:
    """A number of things, in words: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _escape(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode("ascii") if char > "\x7f" else f"\\x{ord(char):02x}"
