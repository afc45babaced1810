"""What the sheet of rows to fix has besides its rows: help in cells, drop-down lists, folded columns, wide notes."""

import textwrap
from collections.abc import Sequence
from typing import Any, Final

from bulkprov.sheets.columns import Columns, simplified
from bulkprov.sheets.rows import RESULT_COLUMNS

__all__ = ["SENTENCES", "explain_marks", "help_to_fix", "row_height"]

_FOLDED: Final = ("id", "attempts", "httpStatus", "seconds", "finishedAt")
"""Columns that fixing does not need."""
SENTENCES: Final = {RESULT_COLUMNS.index("errorString"): 46, RESULT_COLUMNS.index("note"): 60}
"""Columns among RESULT_COLUMNS that hold sentences, and their widths in characters; a longer sentence is wrapped."""
_MARK: Final = "x"
_SKIP_HELP: Final = f"{_MARK} leaves this row out of the rerun. Empty: the row is tried again, as it stands here."
_LETTERS: Final = 1.05
"""Letters that take the room of one digit, which is Excel's unit of width."""
_LINE: Final = 15.0
"""Height of a line in points."""
_MOST_LINES: Final = 8
_SPARE_ROWS: Final = 200
"""Rows below the last one that have the same lists, so that rows may be added."""


def explain_marks(sheet: Any) -> None:
    """Say in the header of the first column what a mark below it does.

    Args:
        sheet: an XlsxWriter worksheet none of whose rows is written yet.
    """
    sheet.write_comment(0, 0, _SKIP_HELP, {"x_scale": 2, "author": "bulkprov"})


def help_to_fix(sheet: Any, known: Columns, columns: Sequence[str], last: int) -> None:
    """Explain the cells for marks, add the template's drop-down lists, fold our technical columns, widen the note.

    Args:
        sheet: an XlsxWriter worksheet whose rows are written.
        known: the columns that a sheet may have.
        columns: the header cells of the column of marks and, after it, of the sheet's own columns.
        last: its last row, from 0.
    """
    sheet.data_validation(
        1,
        0,
        last + _SPARE_ROWS,
        0,
        {
            "validate": "list",
            "source": [_MARK],
            "input_title": columns[0],
            "input_message": _SKIP_HELP,
            "show_error": False,  # any other mark does as well
        },
    )
    for at, header in enumerate(columns):
        column = known.by_header.get(simplified(header))
        if column is not None and column.choices:
            sheet.data_validation(
                1,
                at,
                last + _SPARE_ROWS,
                at,
                {
                    "validate": "list",
                    "source": list(column.choices),
                    "error_type": "warning",  # other spellings are understood too
                    "error_title": column.name,
                    "error_message": "This is not one of the listed values. Keep it anyway?",
                },
            )
    first = len(columns)
    folded = [first + RESULT_COLUMNS.index(name) for name in _FOLDED]
    for at in folded:
        sheet.set_column(at, at, None, None, {"level": 1, "hidden": True})
    for place, width in SENTENCES.items():
        at = first + place
        sheet.set_column(at, at, width, None, {"collapsed": at == folded[-1] + 1})


def row_height(cells: Sequence[str], values: Sequence[str | int | float], widest: int) -> float:
    """The height, in points, that a row needs; 0 if one line is enough.

    Excel would find out by itself, LibreOffice does not.

    Args:
        cells: the sheet's own.
        values: those of RESULT_COLUMNS.
        widest: how many characters are shown of a cell of the sheet on a line.
    """
    long = [(cell, widest) for cell in cells if len(cell) > widest]
    long += [(text, width) for at, width in SENTENCES.items() if len(text := str(values[at])) > width]
    lines = max((len(textwrap.wrap(text, int(width * _LETTERS))) for text, width in long), default=1)
    return _LINE * min(lines, _MOST_LINES) if lines > 1 else 0
