"""Marks: a text that a create carries and its thing keeps, so that a thing that is read back tells whose it is. Pure.

A mark names the run and the row, for a person, and ends with 64 random bits, which nobody else has. It is minted before
the first create of a row leaves, and every create of the row carries it. A server that keeps only the beginning of a
text keeps no mark: what is not whole is none. In which field of a thing it travels, its kind knows.
"""

import re
from random import Random
from typing import Final

__all__ = ["mark_in", "minted", "same_mark"]

_LONGEST_RUN: Final = 40
"""Characters of a run's name that a mark has: the last ones, since names of runs end with their time."""
_BITS: Final = 64
_MARK: Final = re.compile(
    rf"(?<!\w)bulkprov [\w.-]{{1,{_LONGEST_RUN}}}/\d+ [0-9a-f]{{{_BITS // 4}}}(?!\w)", re.ASCII | re.IGNORECASE
)
_OTHERS: Final = re.compile(r"[^\w.-]+", re.ASCII)
"""Characters that a server might spell otherwise than it was given them."""


def minted(run: str, random: Random, row: int) -> str:
    """A new mark.

    Args:
        run: name of the run.
        random: of a quality that is fit for secrets, so that no two rows have one mark.
        row: number of the row in its sheet.
    """
    name = _OTHERS.sub("-", run)[-_LONGEST_RUN:] or "-"
    return f"bulkprov {name}/{row} {random.getrandbits(_BITS):0{_BITS // 4}x}"


def mark_in(words: str) -> str:
    """The last mark in a text, since ours comes last; empty if it has none."""
    if "bulkprov" not in words.casefold():  # as nearly always
        return ""
    found = _MARK.findall(words)
    return found[-1] if found else ""


def same_mark(one: str, other: str) -> bool:
    """Whether two marks are one, whatever the case in which a server keeps them."""
    return one.casefold() == other.casefold()
