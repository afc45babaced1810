"""The columns that a sheet may have: the names they go by, what belongs in them, and what the results add.

A kind says which columns there are, as one value (`Columns`): the header is found by it, the template takes its lists
and notes from it, and the results take their names from it. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bulkprov.sheets.nearest import Nearest
from bulkprov.sheets.rows import RESULT_COLUMNS

__all__ = ["LONGEST_NAME", "Column", "Columns", "cell_name", "simplified"]

LONGEST_NAME: Final = 255
"""Characters in a name at most. The vendor documents no maximum; this one keeps pasted paragraphs out."""

_SEPARATORS: Final = re.compile(r"[\s_\-]+")
_UNSEEN: Final = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
"""Characters without a width, which come from copying a header out of a page or from joining files."""
_CLOSING: Final = re.compile(r"[*:\s]+$")


def simplified(header: str) -> str:
    """A header cell as it is compared: without case, spaces, `_`, `-`, a closing `*` or `:`, and unseen characters."""
    return _SEPARATORS.sub("", _CLOSING.sub("", _UNSEEN.sub("", header))).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column that bulkprov understands."""

    name: str
    """The canonical name, which is the vendor's own."""
    note: str
    """What belongs in it, for the person who fills the sheet in."""
    aliases: tuple[str, ...]
    """Other headers it goes by; case, spaces, underscores and hyphens do not matter."""
    required: bool = False
    choices: tuple[str, ...] = ()
    """The values of a drop-down list; empty if any text will do."""
    example: str = ""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a sheet whose rows name one kind of thing."""

    own: tuple[Column, ...]
    """Those that a row may have, in the order of the template; all others are the operator's."""
    id_column: str
    """What the results call the column of the id that the server gave."""

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Canonical name to column."""
        return {column.name: column for column in self.own}

    @cached_property
    def by_header(self) -> Mapping[str, Column]:
        """Every name that a column goes by, as `simplified` gives it, to the column."""
        return {simplified(name): column for column in self.own for name in (column.name, *column.aliases)}

    @cached_property
    def required(self) -> frozenset[str]:
        """The canonical names of the columns without which there is no table."""
        return frozenset(column.name for column in self.own if column.required)

    @cached_property
    def results(self) -> tuple[str, ...]:
        """The ten columns that the results add, with their names: RESULT_COLUMNS, with `id` under its own name."""
        return tuple(self.id_column if name == "id" else name for name in RESULT_COLUMNS)

    def likely(self, header: str) -> str:
        """The canonical name of the column that a misspelt header must have meant, or "" if it resembles none.

        Short words resemble too many others, so a header may be wrong in one letter from five letters on, and in two
        from eight on; two letters in the wrong order count as one. See `nearest`.
        """
        word = simplified(header)
        if word in self.by_header:
            return ""
        return next(iter(self._nearest.to(word.replace(".", ""))), "")

    @cached_property
    def _nearest(self) -> Nearest:
        return Nearest({header: column.name for header, column in self.by_header.items()})


def cell_name(column: int, row: int, sheet: str = "") -> str:
    """A cell as spreadsheet programs name it: column 2, row 17 of "Wave 3" is `Wave 3!C17`."""
    letters = ""
    number = column + 1
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return f"{sheet}!{letters}{row}" if sheet else f"{letters}{row}"
