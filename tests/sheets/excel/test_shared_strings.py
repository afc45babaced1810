"""XLSX: the text of all cells together, though each string is stored once."""

import random
from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.extent import MOST_CHARACTERS, Extent
from bulkprov.sheets.excel.shared_strings import check_strings
from bulkprov.sheets.excel.zip_guard import open_package
from tests.sheets.corpus.parts import xlsx

SHEET = "xl/worksheets/sheet1.xml"
MEGABYTE = 1 << 20
LONG = random.Random(1).randbytes(MEGABYTE // 2).hex()
"""A string that does not shrink to less than a zip may."""


def book(path: Path, strings: str, cells: str) -> Path:
    """A workbook with these shared strings and cells."""
    xlsx(f'<sheetData><row r="1">{cells}</row></sheetData>', more={"xl/sharedStrings.xml": f"<sst>{strings}</sst>"})(
        path
    )
    return path


def check(path: Path, cells: int) -> None:
    """Check a workbook in which there are as many cells at most."""
    with open_package(path, "it") as package:
        check_strings(package, SHEET, cells, Extent("it"))


def test_a_long_string_in_few_cells_fits(tmp_path: Path) -> None:
    """Were every cell to name it, it would not; but most name a short one."""
    cells = '<c t="s"><v>0</v></c>' * 10 + '<c t="s"><v>1</v></c>' * 1_000
    path = book(tmp_path / "book.xlsx", f"<si><t>{LONG}</t></si><si><t>x</t></si>", cells)
    assert MEGABYTE * 1_010 > MOST_CHARACTERS

    check(path, 1_010)


def test_a_long_string_in_many_cells_does_not(tmp_path: Path) -> None:
    """A file of a megabyte asks for 150 of them."""
    path = book(tmp_path / "book.xlsx", f"<si><t>{LONG}</t></si>", '<c t="s"><v>0</v></c>' * 150)

    with pytest.raises(SheetError, match="it: its cells have more than 150,000,000 characters"):
        check(path, 150)


def test_the_runs_of_a_string_are_one_string(tmp_path: Path) -> None:
    """Rich text is several elements."""
    half = LONG[: MEGABYTE // 2]
    string = f"<si><r><t>{half}</t></r><r><t>{half}</t></r></si>"
    path = book(tmp_path / "book.xlsx", string, '<c t="s"><v>0</v></c>' * 150)

    with pytest.raises(SheetError, match="more than 150,000,000 characters"):
        check(path, 150)


def test_numbers_that_name_no_string_count_nothing(tmp_path: Path) -> None:
    """A number cell whose value is 0 has no text, and there is no eighth string."""
    cells = "<c><v>0</v></c>" * 200 + '<c t="s"><v>7</v></c><c t="s"><v>x</v></c>' * 200
    path = book(tmp_path / "book.xlsx", f"<si><t>{LONG}</t></si>", cells)

    check(path, 600)


def test_a_workbook_may_have_no_shared_strings(tmp_path: Path) -> None:
    """Writers that stream have none."""
    xlsx("<sheetData/>")(tmp_path / "book.xlsx")

    check(tmp_path / "book.xlsx", 10**9)
