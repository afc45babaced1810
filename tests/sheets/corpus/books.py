"""XLSX files from two writers: number formats, what can be in a cell, and what can be round a table."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from tests.sheets.corpus.case import BASIC, Case, Rows, basic_rows

__all__ = ["book_cases"]

_PLAIN = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
_HEADER = ("clientName", "backupsetName", "own")


def book_cases() -> Iterator[Case]:
    """All of them."""
    yield from _writers()
    yield from _formats()
    yield from _cells()
    yield from _uncertain_cells()
    yield from _sheets()


def made(build: Callable[[Any, Any], object], **options: object) -> Callable[[Path], None]:
    """A workbook of XlsxWriter's whose sheet Wave has the header, and what `build` puts in."""

    def write(path: Path) -> None:
        with xlsxwriter.Workbook(str(path), {**_PLAIN, **options}) as book:
            sheet = book.add_worksheet("Wave")
            sheet.write_row(0, 0, _HEADER)
            build(book, sheet)

    return write


def _row(name: str, cells: tuple[str, ...], build: Callable[[Any, Any], object], **more: Any) -> Case:
    """A workbook with one row of data, which reads as `cells`."""
    return Case(name=f"{name}.xlsx", write=made(build), rows=((2, cells),), **more)


def _writers() -> Iterator[Case]:
    def by_xlsxwriter(path: Path, **options: object) -> None:
        with xlsxwriter.Workbook(str(path), {**_PLAIN, **options}) as book:
            sheet = book.add_worksheet()
            for number, cells in enumerate(BASIC):
                sheet.write_row(number, 0, cells)

    def by_openpyxl(path: Path, *, write_only: bool = False) -> None:
        book = openpyxl.Workbook(write_only=write_only)
        sheet = book.create_sheet("Rows") if write_only else book.active
        for cells in BASIC:
            sheet.append(cells)
        book.save(path)

    yield Case(name="xlsxwriter.xlsx", write=by_xlsxwriter, rows=basic_rows())
    yield Case(name="inline.xlsx", write=lambda path: by_xlsxwriter(path, constant_memory=True), rows=basic_rows())
    yield Case(name="openpyxl.xlsx", write=by_openpyxl, rows=basic_rows())
    yield Case(name="openpyxl-stream.xlsx", write=lambda path: by_openpyxl(path, write_only=True), rows=basic_rows())
    yield Case(name="macros.xlsm", write=by_xlsxwriter, rows=basic_rows())
    yield Case(name="called.csv", write=by_xlsxwriter, rows=basic_rows())


_DAY = 46_027.75
"""18:00 on the fifth of January 2026."""
_SHOWN = (
    ("00000", 123, "00123"),
    ("0", 42, "42"),
    ("General", 12, "12"),
    ("General", 1.5, "1.5"),
    ("General", 0.1 + 0.2, "0.3"),
    ("General", 1 / 3, "0.333333333"),
    ("General", 123456789012345, "123456789012345"),
    ("@", 7, "7"),
    ("0.00", 1.005, "1.01"),
    ("#,##0", 1234567, "1,234,567"),
    ("0%", 0.07, "7%"),
    ("0.00E+00", 100000, "1.00E+05"),
    ('"CL-"0000', 7, "CL-0007"),
    ("000-00-0000", 123456789, "123-45-6789"),
    ("\\C\\L000", 5, "CL005"),
    ('0;-0;"zero"', 0, "zero"),
    ("#,##0_);(#,##0)", -5, "(5)"),
    ("[$€-407] 0.00", 2, "€ 2.00"),
    ("0.0,", 12345, "12.3"),
    ("yyyy-mm-dd", _DAY, "2026-01-05"),
    ("dd.mm.yyyy", _DAY, "05.01.2026"),
    ("dd/mm/yyyy hh:mm", _DAY, "05/01/2026 18:00"),
    ("d mmm yyyy", _DAY, "5 Jan 2026"),
    ("[$-409]mmmm d, yyyy;@", _DAY, "January 5, 2026"),
    ("dddd", _DAY, "Monday"),
    ("yyyymmdd", _DAY, "20260105"),
    ("h:mm AM/PM", _DAY, "6:00 PM"),
    ("[h]:mm", 1.5, "36:00"),
    ("mm:ss", 0.001, "01:26"),
)
_UNSURE: tuple[tuple[str | int, float, str], ...] = (
    (14, _DAY, "2026-01-05 18:00:00"),
    ("# ?/?", 0.5, "0.5"),
    ("0;-0;zero", 3, "3"),
    ("[$-407]mmmm", _DAY, "2026-01-05 18:00:00"),
    ("[$-F800]dddd", 46_027, "2026-01-05"),
    (";;;", 5, "5"),
    ("yyyy-mm-dd", -1, "-1"),
    ("0.00", 1e15, "1000000000000000"),
    ("General", 12345678901234567890, "1.234567890123457E+19"),
)
"""Formats whose display cannot be known, with what comes nearest."""


def _formats() -> Iterator[Case]:
    def put(code: str | int, value: float) -> Callable[[Any, Any], object]:
        return lambda book, sheet: (
            sheet.write_string(1, 0, "c"),
            sheet.write_number(1, 1, value, book.add_format({"num_format": code})),
        )

    for number, (code, value, shown) in enumerate(_SHOWN):
        yield _row(f"format-{number:02}", ("c", shown, ""), put(code, value))
    for number, (unsure, value, nearest) in enumerate(_UNSURE):
        yield _row(
            f"unsure-{number}",
            ("c", nearest, ""),
            put(unsure, value),
            faults={2: r"^Wave!B2: backupsetName is (most likely the date .* \()?the number"},
        )


def formula(code: str, value: object) -> Callable[[Any, Any], object]:
    """Put a client and a formula with a result, which XlsxWriter always orders to be made anew."""
    return lambda _, sheet: (sheet.write_string(1, 0, "c"), sheet.write_formula(1, 1, code, None, value))


def _cells() -> Iterator[Case]:
    def put(*values: Any) -> Callable[[Any, Any], object]:
        return lambda _, sheet: sheet.write_row(1, 0, values)

    yield _row("true", ("c", "TRUE", "FALSE"), put("c", True, False))
    yield _row("strings", ("007", "=1+1", " a\nb\tc\u00a0"), put("007", "=1+1", " a\nb\tc\u00a0"))
    yield _row("escapes", ("_x0041_", "esc\x1b", "😀 日本 é e\u0301"), put("_x0041_", "esc\x1b", "😀 日本 é e\u0301"))
    yield _row("error-text", ("#N/A", "#REF!", "n"), put("#N/A", "#REF!", "n"))
    anew = {2: "backupsetName is a formula whose result is only made when the file is opened"}
    yield _row("formula-text", ("c", "FS_1", ""), formula('="FS_"&1', "FS_1"), faults=anew)
    yield _row("formula-number", ("c", "3", ""), formula("=1+2", 3), faults=anew)

    def rich(book: Any, sheet: Any) -> None:
        sheet.write_string(1, 0, "c")
        sheet.write_rich_string(1, 1, "FS_", book.add_format({"bold": True}), "bold", "_1")
        sheet.write_comment(1, 1, "a comment")

    yield _row("rich", ("c", "FS_bold_1", ""), rich)


def _uncertain_cells() -> Iterator[Case]:
    for error in ("#N/A", "#REF!", "#DIV/0!", "#NAME?", "#VALUE!"):
        name = "error-" + "".join(filter(str.isalpha, error))
        yield _row(
            name,
            ("c", error, ""),
            formula("=X1", error),
            faults={2: rf"^Wave!B2: backupsetName is the error {error[:4]}"},
        )

    def own_error(_: Any, sheet: Any) -> None:
        sheet.write_row(1, 0, ("c", "n"))
        sheet.write_formula(1, 2, "=NA()", None, "#N/A")

    yield _row("error-in-own-column", ("c", "n", "#N/A"), own_error, notes=("own columns.*C2, is the error #N/A",))

    def dressed(book: Any, sheet: Any) -> None:
        sheet.write_string(1, 0, "7", book.add_format({"num_format": '"client"@'}))
        sheet.write_string(1, 1, "secret", book.add_format({"num_format": ";;;"}))

    yield _row(
        "dressed-text",
        ("client7", "secret", ""),
        dressed,
        faults={2: r"^Wave!B2: backupsetName has a format that hides it"},
    )

    def merged(_: Any, sheet: Any) -> None:
        sheet.merge_range(1, 0, 2, 0, "client001")
        sheet.write_string(1, 1, "FS_1")
        sheet.write_string(2, 1, "FS_2")
        sheet.write_row(3, 0, ("client002", "FS_3"))
        sheet.merge_range(1, 2, 3, 2, "all of them")

    cells: Rows = ((2, ("client001", "FS_1", "all of them")), (3, ("", "FS_2", "")), (4, ("client002", "FS_3", "")))
    fault = r"^Wave!A%d: clientName is part of the merged cells .A2:A3"
    yield Case(name="merged.xlsx", write=made(merged), rows=cells, faults={2: fault % 2, 3: fault % 3})

    def hidden(_: Any, sheet: Any) -> None:
        for row in range(1, 7):
            sheet.write_row(row, 0, ("c", f"n{row}"))
        for row in (2, 4, 5):
            sheet.set_row(row, None, None, {"hidden": True})

    rows: Rows = tuple((row + 1, ("c", f"n{row}", "")) for row in range(1, 7))
    yield Case(name="hidden-rows.xlsx", write=made(hidden), rows=rows, notes=("hidden.*rows 3, 5-6",))
    yield Case(
        name="dates1904.xlsx",
        write=made(
            lambda book, sheet: (
                sheet.write_string(1, 0, "c"),
                sheet.write_datetime(1, 1, dt.datetime(2026, 1, 5), book.add_format({"num_format": "yyyy-mm-dd"})),  # noqa: DTZ001 - cells have no zone
            ),
            date_1904=True,
        ),
        rows=((2, ("c", "2026-01-05", "")),),
    )


def _sheets() -> Iterator[Case]:
    def book_of(*sheets: tuple[str, tuple[tuple[str, ...], ...]], hidden: str = "") -> Callable[[Path], None]:
        def write(path: Path) -> None:
            with xlsxwriter.Workbook(str(path), _PLAIN) as book:
                for name, rows in sheets:
                    sheet = book.add_worksheet(name)
                    for number, cells in enumerate(rows):
                        sheet.write_row(number, 0, cells)
                    if name == hidden:
                        sheet.hide()

        return write

    notes: tuple[tuple[str, ...], ...] = (("Read me",), ("columns are on the other sheet",))
    rows = basic_rows()
    two = (("Notes", notes), ("Wave 3", BASIC))
    yield Case(name="second-sheet.xlsx", write=book_of(*two), rows=rows, notes=('the sheet "Wave 3"',))
    yield Case(
        name="empty-sheet-first.xlsx", write=book_of(("E", ()), ("W", BASIC)), rows=rows, notes=('the sheet "W"',)
    )
    both = (("A", BASIC), ("B", BASIC))
    yield Case(name="both-sheets.xlsx", write=book_of(*both), error='"A" and "B" both have the columns.*--sheet')
    yield Case(name="asked-sheet.xlsx", write=book_of(*both), rows=rows, options={"sheet": "B"})
    yield Case(name="hidden-sheet.xlsx", write=book_of(*both, hidden="B"), rows=rows, notes=('the sheet "A"',))
    yield Case(
        name="no-such-sheet.xlsx",
        write=book_of(*both),
        error='no sheet "C" in it; there are: A, B',
        options={"sheet": "C"},
    )
    yield Case(name="no-table.xlsx", write=book_of(("Notes", notes)), error="no column backupsetName and clientName")
    yield Case(name="blank.xlsx", write=book_of(("E", ())), error="sheet is empty")
    yield Case(name="header-only.xlsx", write=book_of(("Wave", BASIC[:1])), error="no row of data")
    titled = (("Wave 3", "", "of 9"), (), *BASIC)
    yield Case(name="titled.xlsx", write=book_of(("W", titled)), rows=basic_rows(4), notes=("header is in row 3",))
    gaps = (BASIC[0], BASIC[1], (), (" ",), BASIC[2])
    yield Case(name="gaps.xlsx", write=book_of(("W", gaps)), rows=((2, BASIC[1]), (5, BASIC[2])))
    shifted = tuple(("", "", *cells) for cells in BASIC)
    yield Case(
        name="shifted.xlsx", write=book_of(("W", shifted)), rows=tuple((at, ("", "", *cells)) for at, cells in rows)
    )
    wide = (BASIC[0], (*BASIC[1], "unlabelled"))
    yield Case(name="unlabelled.xlsx", write=book_of(("W", wide)), rows=((2, (*BASIC[1], "unlabelled")),))
    many = (("client", "backupset"), *((f"c{row}", "n") for row in range(4_500)))
    yield Case(
        name="three-chunks.xlsx",
        write=book_of(("W", many)),
        rows=tuple((at, each) for at, each in enumerate(many[1:], 2)),
    )
