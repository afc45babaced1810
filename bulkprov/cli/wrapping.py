"""Lines broken to the width of a terminal: between words, and never inside a command that is to be copied. Pure.

Nor is a number parted from what it counts, or the word row from its number: read at the end of a line, it would count
something else, or nothing.

A terminal breaks a line wherever it is full, in the middle of a word. A command keeps its line: where it is longer than
the terminal is wide, the terminal breaks it, and what is copied there is still one line.
"""

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["wrapped"]

_COMMANDS: Final = (
    "discard|init|login|plan|probe|report|rerun|resume|rollback|runs?|show|simulate|template|verify"  # longest first
)
_QUOTED: Final = r"'[^']*'|\"[^\"]*\""
_PIECES: Final = re.compile(
    rf"""
    (\ *)                                   # the gap before it
    (
        \S*?\bbulkprov\ (?:{_COMMANDS})\b   # a command, from what stands right before it, such as a quotation mark,
        (?:\ (?:{_QUOTED}|[^\s'"`])*(?:{_QUOTED}|[^\s'"`.,;:)]))*   # to the end of its sentence,
        \S*                                 # with the mark that ends it
        | \(?\d(?:[\d,]*\d)?                # or a number with what it counts
        \ (?:(?:rows?\ )?to\ do\b\S* | (?!bulkprov\b)[^\W\d]\S*)
        | \(?rows?\ \d\S*                   # or the word row with its number
        | \S+                               # or a word
    )
    """,
    re.VERBOSE,
)
_WHOLE: Final = re.compile(r"(?:Results|Page|To fix|Not done|Go on|Later): |\s*[{<]|\s*[a-z_]+ = ")
"""Lines that are a path or a command, which may have blanks, bodies of requests, and lines of a settings file."""
_HANGING: Final = 2
"""Columns by which what follows the first line stands to the right of it."""


def wrapped(text: str, columns: int) -> str:
    """Lines of which none is wider than a terminal, as far as they can be broken.

    Args:
        text: lines; those that fit stay as they are.
        columns: width of the terminal; 0 if it is not known, or there is none: nothing is broken then.
    """
    return "\n".join(each for line in text.split("\n") for each in _broken(line, columns)) if columns else text


def _broken(line: str, columns: int) -> Iterator[str]:
    if len(line) <= columns or _WHOLE.match(line):
        yield line
        return
    indent = " " * (len(line) - len(line.lstrip()) + _HANGING)
    so_far = ""
    for gap, piece in _PIECES.findall(line):
        if so_far.strip() and len(so_far) + len(gap) + len(piece) > columns:
            yield so_far
            so_far = indent + piece
        else:
            so_far += gap + piece
    yield so_far
