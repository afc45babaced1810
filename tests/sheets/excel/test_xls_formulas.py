"""XLS: formulas that were never calculated, as far as the file shows it."""

import struct

import pytest
from xlwt.ExcelFormula import Formula

from bulkprov.sheets.excel.xls_formulas import uncalculated_cells

NUMBER = struct.pack("<d", 7)
ZERO = struct.pack("<d", 0)
TEXT, BOOLEAN, ERROR, EMPTY = (bytes([kind, 0, 1, 0, 0, 0, 0xFF, 0xFF]) for kind in range(4))
SUM_OF_ONE = b"\x24\x00\x00\x00\x00\x19\x10\x00\x00"
TEXT_OF_A_CELL = '=TEXT(A1,"000")'


def record(kind: int, body: bytes = b"") -> bytes:
    """A record with its header."""
    return struct.pack("<HH", kind, len(body)) + body


def sheet(code: str | bytes, result: bytes, *, inside: bytes = b"", flags: int = 0, own: int = 0xFE000000) -> bytes:
    """The records of a worksheet with one formula, in the third row and second column.

    `flags` are those of the formula, and `own` is the number that Excel keeps beside it.
    """
    steps = Formula(code.removeprefix("=")).rpn()[2:] if isinstance(code, str) else code
    cell = struct.pack("<HHH8sHLH", 2, 1, 15, result, flags, own, len(steps)) + steps
    return record(0x0809, bytes(16)) + inside + record(0x0006, cell) + record(0x000A)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("=1+2", EMPTY),
        ("=(A1-1)*2", EMPTY),
        ("=-A1", TEXT),
        ("=A1%", EMPTY),
        ("=A1>2", EMPTY),
        ('="client"&A1', ZERO),
        ('="client"&A1', EMPTY),
        (TEXT_OF_A_CELL, ZERO),
        ("=UPPER(A1)", ZERO),
        ('=CONCATENATE("a",A1)', ZERO),
        ("=A1&A2", BOOLEAN),
        (SUM_OF_ONE, EMPTY),
    ],
)
def test_a_result_of_another_kind_is_none(code: str | bytes, result: bytes) -> None:
    """The last step of the formula says what its result can be."""
    assert uncalculated_cells(sheet(code, result), 0) == {(2, 1)}


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("=1+2", NUMBER),
        ("=1/0", ERROR),
        ("=A1>2", BOOLEAN),
        ("=A1>2", NUMBER),  # programs that keep booleans as numbers
        ('="client"&A1', TEXT),
        ("=A1&A2", EMPTY),
        (TEXT_OF_A_CELL, TEXT),
        ("=TRIM(A1)", EMPTY),
        ("=A1", EMPTY),
        ("=A1", ZERO),
        ('=IF(A1=1,"x",2)', EMPTY),
        ('=IF(A1=1,"x",2)', ZERO),
        (SUM_OF_ONE, NUMBER),
        (b"\x01\x00\x00\x00\x00", EMPTY),  # shared with other cells
        (b"\x18\x08", EMPTY),  # a step that is not known, and one that would be text
        (b"\x17", ZERO),  # cut off
        (b"", EMPTY),
    ],
)
def test_what_may_be_a_result_is_taken_for_one(code: str | bytes, result: bytes) -> None:
    """Also a result of which the formula says nothing."""
    assert uncalculated_cells(sheet(code, result), 0) == set()


@pytest.mark.parametrize(
    ("code", "result", "flags", "own", "believed"),
    [
        ("=A1", EMPTY, 0, 1, True),  # by Excel
        ("=A1", ZERO, 1, 1, True),
        ("=A1", NUMBER, 2, 1, False),
        ("=A1", EMPTY, 0, 0, False),  # by xlwt
        ("=A1", ZERO, 3, 0, False),  # by Spreadsheet::WriteExcel
        ("=1-1", ZERO, 0, 0, False),
        ("=A1", TEXT, 2, 0, False),  # by POI
        ("=A1", NUMBER, 1, 0, True),
        ("=A1", TEXT, 0, 0, True),
        ("=A1", ERROR, 0, 0, True),
    ],
)
@pytest.mark.parametrize("excel_97", [True, False])
def test_who_wrote_a_result_decides_whether_it_is_believed(
    code: str, result: bytes, flags: int, own: int, *, believed: bool, excel_97: bool
) -> None:
    """Excel's are, unless it says that they are old; of others, neither 0 nor nothing is."""
    stream = sheet(code, result, flags=flags, own=own)

    assert (uncalculated_cells(stream, 0, excel_97=excel_97) == set()) is believed


@pytest.mark.parametrize(
    ("code", "result", "flags", "believed"),
    [
        ("=A1", EMPTY, 0, True),
        ("=A1", TEXT, 2, True),  # as OpenOffice marks all of them
        ("=1-1", ZERO, 0, True),
        ("=A1>1", ZERO, 0, True),
        ("=A1", ZERO, 0, False),
        ('=IF(A1<2,A1,"more")', ZERO, 0, False),
        ('="a"&A1', ZERO, 0, False),
    ],
)
def test_libreoffice_calculates_and_yet_writes_0_for_some_texts(
    code: str, result: bytes, flags: int, *, believed: bool
) -> None:
    """It is believed where the formula can only give a number."""
    stream = sheet(code, result, flags=flags, own=0)

    assert (uncalculated_cells(stream, 0, by_libreoffice=True) == set()) is believed


def test_a_chart_in_the_worksheet_does_not_end_it() -> None:
    """It has a beginning and an end of its own."""
    chart = record(0x0809, bytes(16)) + record(0x1002, bytes(16)) + record(0x000A)

    assert uncalculated_cells(sheet("=1+2", EMPTY, inside=chart), 0) == {(2, 1)}


def test_the_next_worksheet_is_not_looked_at() -> None:
    """Each begins where it is said to begin, and ends at its own end."""
    first, second = sheet("=1+2", NUMBER), sheet("=1+2", EMPTY)

    assert uncalculated_cells(first + second, 0) == set()
    assert uncalculated_cells(first + second, len(first)) == {(2, 1)}


@pytest.mark.parametrize("end", range(0, 60, 3))
def test_records_that_are_cut_off_are_no_error(end: int) -> None:
    """The reader of the cells says what is wrong with the file."""
    uncalculated_cells(sheet('="client"&A1', ZERO)[:end], 0)
