"""Workbooks whose formulas have no result, or not the one that is seen, and cells with two values or none.

Libraries that write workbooks leave 0, an empty text or an old result with each formula, and order the program that
opens the file to calculate; several that read them take that for the result.
"""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt
from xlwt.CompoundDoc import XlsDoc

from tests.sheets.corpus.case import Case
from tests.sheets.corpus.reported_xlsx import case, changed, one, parts, row

__all__ = ["reported_formula_cases"]

_WORKBOOK = "xl/workbook.xml"
_HEADER = ("clientName", "backupsetName", "planName")
_ANEW = "backupsetName is a formula whose result is only made when the file is opened"
_NEVER = "is a formula that was never calculated, or is not saved with its result"


def reported_formula_cases() -> Iterator[Case]:
    """All of them."""
    yield from _xlsx()
    yield from _misplaced()
    yield from _xls()


def _xlsx() -> Iterator[Case]:
    old = parts(row(2, "client001", '<c REF t="str"><f>Z9</f><v>FS_old</v></c>', "Gold"))
    shown = ("client001", "FS_old", "Gold")
    for name, said in (
        ("on-opening", 'calcId="0" fullCalcOnLoad="1"'),
        ("on-opening-as-a-word", 'fullCalcOnLoad="true"'),
        ("not-completed", 'calcCompleted="0"'),
    ):
        to = f"<calcPr {said}/></workbook>"
        content = changed(old, lambda text, to=to: text.replace("</workbook>", to), _WORKBOOK)  # type: ignore[misc]
        yield case(f"calculated-{name}", content, shown, faults={2: _ANEW})
    sheet = parts(
        row(2, "client001", '<c REF t="str"><f>Z9</f><v>FS_old</v></c>', "Gold"),
        after='<sheetCalcPr fullCalcOnLoad="1"/>',
    )
    yield case("calculated-with-its-sheet", sheet, shown, faults={2: _ANEW})
    manual = changed(
        old,
        lambda text: text.replace("</workbook>", '<calcPr calcMode="manual" calcOnSave="0"/></workbook>'),
        _WORKBOOK,
    )
    yield case("calculated-by-hand", manual, shown)

    def by_xlsxwriter(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            made = book.add_worksheet("Wave")
            made.write_row(0, 0, _HEADER)
            made.write_row(1, 0, ("client001", '="FS_"&1', "Gold"))

    cells = ((2, ("client001", "0", "Gold")),)
    yield Case(name="reported-xlsxwriter-formula.xlsx", write=by_xlsxwriter, rows=cells, faults={2: _ANEW})


def _misplaced() -> Iterator[Case]:
    twice = {2: "backupsetName has its value twice, or where programs do not look for it: type it again"}
    for name, cell, shown in (
        ("twice", "<c REF><v>7</v><v>8</v></c>", "78"),
        ("in-place-twice", '<c REF t="inlineStr"><is><t>a</t></is><is><t>b</t></is></c>', "ab"),
        ("in-place-without-a-type", "<c REF><is><t>FS_1</t></is></c>", "FS_1"),
        ("in-place-of-a-result", '<c REF t="str"><is><t>FS_1</t></is></c>', "FS_1"),
        ("in-place-before-another", '<c REF t="str"><is><t>FS_1</t></is><v>FS_2</v></c>', "FS_1"),
        ("not-in-place", '<c REF t="inlineStr"><v>FS_1</v></c>', "FS_1"),
    ):
        yield one(f"value-{name}", cell, shown, faults=twice)
    yield one("value-beside-one-in-place", '<c REF t="inlineStr"><is><t>FS_1</t></is><v>9</v></c>', "FS_1")
    yield one("number-with-a-comma", "<c REF><v>1,5</v></c>", "1,5", faults={2: 'is "1,5" where the file should have'})
    for name, said, data in (
        ("row-0", "a row in it has the number '0'", '<row r="0"><c r="H9"><v>1</v></c></row>'),
        ("cell-of-row-0", "a cell in it has the reference 'C0'", '<row r="2"><c r="C0"><v>1</v></c></row>'),
    ):
        yield case(name, parts(data), error=said)


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def excel_5(*cells: bytes, code_page: int | None = 1252) -> Callable[[Path], None]:
    """Write an XLS file in the format of Excel 5 with a header and, in its second row, these records of cells."""
    font = _record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\x05Arial")
    style = _record(0xE0, struct.pack("<HHHHHHHH", 0, 0, 1, 0x20, 0, 0, 0, 0))
    page = b"" if code_page is None else _record(0x42, struct.pack("<H", code_page))
    start = _record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + page + font * 4 + style * 16
    name = b"\x04Wave"
    place = len(start) + len(_record(0x85, bytes(6) + name)) + len(_record(0x0A))
    book = start + _record(0x85, struct.pack("<IH", place, 0) + name) + _record(0x0A)
    head = b"".join(text_cell(0, column, each.encode()) for column, each in enumerate(_HEADER))
    sheet = _record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0)) + head + b"".join(cells) + _record(0x0A)
    return lambda path: XlsDoc().save(str(path), book + sheet)


def text_cell(row: int, column: int, text: bytes) -> bytes:
    """The record of a text in a file of Excel 5."""
    return _record(0x204, struct.pack("<HHHH", row, column, 15, len(text)) + text)


def _book(fill: Callable[[Any], object]) -> Callable[[Path], None]:
    """Write an XLS file with a header and, below it, what this function puts there."""

    def write(path: Path) -> None:
        made = xlwt.Workbook()
        sheet = made.add_sheet("Wave")
        for column, cell in enumerate(_HEADER):
            sheet.write(0, column, cell)
        fill(sheet)
        made.save(str(path))

    return write


def _fill(sheet: Any, *cells: object) -> None:
    for column, cell in enumerate(cells):
        sheet.write(1, column, cell)


def _xls() -> Iterator[Case]:
    no_plan = ((2, ("client001", "FS_1", "")),)
    never = {2: f"planName {_NEVER}"}
    for name, code in (
        ("cell", "A2"),
        ("condition", 'IF(A2="x";"Gold";"")'),
        ("link", 'HYPERLINK("http://x";"Gold")'),
        ("number", "1+2"),
    ):
        write = _book(lambda sheet, code=code: _fill(sheet, "client001", "FS_1", xlwt.Formula(code)))  # type: ignore[misc]
        yield Case(name=f"reported-xlwt-{name}.xls", write=write, rows=no_plan, faults=never)
    zero = struct.pack("<HHH8sHIH", 1, 2, 15, bytes(8), 3, 0, 6) + b"\x17\x04Gold"
    pear = excel_5(text_cell(1, 0, b"client001"), text_cell(1, 1, b"FS_1"), _record(0x06, zero))
    yield Case(name="reported-excel-5-formula.xls", write=pear, rows=no_plan, faults=never)
    unknown = {2: "backupsetName has letters of which the file does not say how they are encoded"}
    for name, page, shown, faults in (("1251", 1251, "Москва", {}), ("none", None, "Ìîñêâà", unknown)):
        write = excel_5(text_cell(1, 0, b"client001"), text_cell(1, 1, "Москва".encode("cp1251")), code_page=page)
        cells = ((2, ("client001", shown, "")),)
        yield Case(name=f"reported-excel-5-code-page-{name}.xls", write=write, rows=cells, faults=faults)

    def low(sheet: Any) -> None:
        _fill(sheet, "client001", "FS_1", "Gold")
        sheet.row(1).height, sheet.row(1).height_mismatch, sheet.col(2).width = 0, True, 0

    notes = ("hidden or filtered out, but read as well: row 2", r"column C \(planName\)")
    cells = ((2, ("client001", "FS_1", "Gold")),)
    yield Case(name="reported-row-and-column-of-no-size.xls", write=_book(low), rows=cells, notes=notes)

    def no_zeros(sheet: Any) -> None:
        _fill(sheet, "client001", "FS_1", 0)
        sheet.show_zero_values = False

    cells = ((2, ("client001", "FS_1", "0")),)
    hidden = {2: "planName is 0 in a sheet that is set not to show zeros"}
    yield Case(name="reported-zeros-hidden.xls", write=_book(no_zeros), rows=cells, faults=hidden)
