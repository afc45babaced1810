"""What a sheet of rows to fix has besides its rows: drop-down lists, and out of sight what fixing does not need."""

import textwrap
from collections.abc import Sequence
from typing import Any, Final

from bulkprov.sheets.columns import Columns, simplified
from bulkprov.sheets.rows import RESULT_COLUMNS

__all__ = ["height", "help_to_fix"]

_FOLDED: Final = ("id", "attempts", "httpStatus", "seconds", "finishedAt")
_WORDS: Final = {"errorString": 46, "note": 60}
"""Columns with sentences in them, and how wide they are; longer ones go on in further lines."""
_LETTERS: Final = 1.05
"""How many of them take the width of a digit."""
_LINE: Final = 15.0
_MOST_LINES: Final = 8
_SPARE: Final = 200
"""Rows below the last one in which rows may be added with the same lists."""


def help_to_fix(sheet: Any, known: Columns, columns: Sequence[str], last: int) -> None:
    """Add the template's drop-down lists to the sheet's own columns, fold our technical columns, widen the note.

    Args:
        sheet: an XlsxWriter worksheet whose rows are written.
        known: the columns that a sheet may have.
        columns: the header cells of the sheet's own columns.
        last: its last row, from 0.
    """
    for at, header in enumerate(columns):
        column = known.by_header.get(simplified(header))
        if column is not None and column.choices:
            sheet.data_validation(
                1,
                at,
                last + _SPARE,
                at,
                {
                    "validate": "list",
                    "source": list(column.choices),
                    "error_type": "warning",  # other spellings are understood as well
                    "error_title": column.name,
                    "error_message": "This is none of the listed values. Keep it all the same?",
                },
            )
    first = len(columns)
    folded = [first + RESULT_COLUMNS.index(name) for name in _FOLDED]
    for at in folded:
        sheet.set_column(at, at, None, None, {"level": 1, "hidden": True})
    for name, width in _WORDS.items():
        at = first + RESULT_COLUMNS.index(name)
        sheet.set_column(at, at, width, None, {"collapsed": at == folded[-1] + 1})


def height(values: Sequence[str | int | float]) -> float:
    """How high a row with these values of RESULT_COLUMNS has to be, in points; 0 if one line is enough.

    Excel would find out itself, LibreOffice does not.
    """
    words = ((str(values[RESULT_COLUMNS.index(name)]), width) for name, width in _WORDS.items())
    lines = max(len(textwrap.wrap(text, int(width * _LETTERS))) for text, width in words)
    return _LINE * min(lines, _MOST_LINES) if lines > 1 else 0
