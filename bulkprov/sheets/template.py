"""An empty sheet for the people who fill in waves: the right columns, drop-down lists, and notes.

Columns, lists and notes come from the kind's `Columns`, by which the sheet is read and checked as well, so that what
the template says is what will be checked. Cells are formatted as text: a spreadsheet program then keeps 00123 and 1E5
as typed. The sheet to fill in has no example rows, which might be left in by mistake; the examples are on the second
sheet, one row for each column of the first, where they cannot be taken for a table.
"""

import csv
import io
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from bulkprov.errors import SheetError, StorageError
from bulkprov.sheets.columns import LONGEST_NAME, Column, Columns

__all__ = ["write_template"]

_LAST_ROW: Final = 1_048_575
_WIDTH: Final = 26
_NOTE_WIDTHS: Final = (32, 64, 24, 32)
_LINE: Final = 15.0
_NOTES: Final = (
    "Fill in the sheet Wave: one row for each {noun} to create.",
    "Columns marked * must be filled in. Columns of your own (a ticket, an owner) may be added; they are kept.",
    "Save it, preview it with `bulkprov plan FILE`, then run it with `bulkprov run FILE`.",
    "What could not be created comes back in failed.xlsx: correct it there. x in its column skip leaves a row out.",
)


def write_template(path: Path, columns: Columns, noun: str) -> None:
    """Write an empty sheet, in the format given by the suffix of its name: .xlsx or .csv.

    Args:
        path: of the file; it must not exist yet.
        columns: those of the sheet.
        noun: what a row names, in a sentence.

    Raises:
        SheetError: the name has another suffix, or the file exists already.
        StorageError: it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in (".xlsx", ".csv"):
        raise SheetError(f"{path}: a template is .xlsx or .csv: give it a name that ends in one of them")
    content = _xlsx(columns.own, noun) if ending == ".xlsx" else _csv(columns.own)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise SheetError(f"{path}: this file already exists and was not changed: choose another name") from error
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error


def _csv(columns: Sequence[Column]) -> bytes:
    """The header row. By the byte order mark, Excel knows that it is UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow(column.name for column in columns)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(columns: Sequence[Column], noun: str) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": "Wave to fill in", "subject": noun.capitalize(), "author": "bulkprov"})
        _wave(book, columns)
        _notes(book, columns, noun)
    return content.getvalue()


def _wave(book: Any, columns: Sequence[Column]) -> None:
    text = book.add_format({"num_format": "@"})
    required = book.add_format({"bold": True, "bg_color": "#D9D9D9", "bottom": 2})
    optional = book.add_format({"bg_color": "#F2F2F2", "bottom": 2})
    sheet = book.add_worksheet("Wave")
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDTH, text)
        sheet.write_string(
            0, place, f"{column.name} *" if column.required else column.name, required if column.required else optional
        )
        sheet.data_validation(1, place, _LAST_ROW, place, _check(column))
    _fit_to_print(sheet)
    sheet.repeat_rows(0)


def _fit_to_print(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)


def _check(column: Column) -> dict[str, object]:
    """What the spreadsheet program shows for a cell: its note when selected, a warning when its value is wrong."""
    shown = {
        "input_title": column.name,
        "input_message": column.note,
        "error_type": "warning",
        "error_title": column.name,
    }
    if column.choices:
        return {
            **shown,
            "validate": "list",
            "source": list(column.choices),
            "error_message": "This is not one of the listed values. Keep it anyway?",
        }
    return {
        **shown,
        "validate": "length",
        "criteria": "<=",
        "value": LONGEST_NAME,
        "error_message": f"This is longer than {LONGEST_NAME} characters. Keep it anyway?",
    }


def _notes(book: Any, columns: Sequence[Column], noun: str) -> None:
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("Notes")
    for place, width in enumerate(_NOTE_WIDTHS):
        sheet.set_column(place, place, width)
    row = 0

    def put(cells: Sequence[str], look: Any) -> None:
        nonlocal row
        lines = max(
            len(textwrap.wrap(cell, int(width * 0.9))) for cell, width in zip(cells, _NOTE_WIDTHS, strict=False)
        )
        sheet.set_row(row, _LINE * lines)  # Excel would adjust it by itself, LibreOffice does not
        for place, cell in enumerate(cells):
            sheet.write_string(row, place, cell, look)
        row += 1

    for note in _NOTES:
        sheet.write_string(row, 0, note.format(noun=noun))
        row += 1
    row += 1
    put(("Column", "What belongs in it", "Example", "Other names for the column"), bold)
    for column in columns:
        put((column.name, column.note, column.example, ", ".join(column.aliases)), wrap)
    row += 1
    for column in columns:
        if column.choices:
            put((f"Values of {column.name}", ", ".join(column.choices)), wrap)
    _fit_to_print(sheet)
