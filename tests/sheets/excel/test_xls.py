"""XLS: what its cells display, by xlrd's knowledge of their formats."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlrd
import xlwt

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import Display, cell_key
from bulkprov.sheets.excel.xls import read_sheet

A1 = cell_key(1, 0)


def display(folder: Path, fill: Callable[[Any], object], *, dates_1904: bool = False) -> Display:
    """What a worksheet that was filled like this displays."""
    made = xlwt.Workbook()
    made.dates_1904 = dates_1904
    fill(made.add_sheet("Wave"))
    made.save(str(folder / "wave.xls"))
    return read_sheet(xlrd.open_workbook(str(folder / "wave.xls"), formatting_info=True, on_demand=True), "Wave", "it")


def formatted(code: str) -> Any:
    """A style with this number format."""
    return xlwt.easyxf(num_format_str=code)


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("00000", 123, "00123"),
        ("General", 0.1 + 0.2, "0.3"),
        ("0.00", 1, "1.00"),  # built in: the file has its number only
        ("YYYY-MM-DD", 46_027, "2026-01-05"),
    ],
)
def test_numbers_are_seen_through_their_formats(tmp_path: Path, code: str, value: float, shown: str) -> None:
    """Whether the format is built in or the file's own."""
    found = display(tmp_path, lambda sheet: sheet.write(0, 0, value, formatted(code)))

    assert (found.rows, found.faults) == ({1: [shown]}, {})


def test_the_short_date_is_a_fault(tmp_path: Path) -> None:
    """It looks as the computer is set; the cell has the date as ISO writes it."""
    found = display(tmp_path, lambda sheet: sheet.write(0, 0, 46_027, formatted("M/D/YY")))  # built in as number 14

    assert found.rows == {1: ["2026-01-05"]}
    assert found.faults[A1].startswith("is most likely the date 2026-01-05 (the number 46027) in a format that cannot")


def test_workbooks_of_old_macs_count_from_1904(tmp_path: Path) -> None:
    """The book says so."""
    found = display(tmp_path, lambda sheet: sheet.write(0, 0, 1, formatted("YYYY-MM-DD")), dates_1904=True)

    assert found.rows == {1: ["1904-01-02"]}


def test_errors_and_booleans_are_words(tmp_path: Path) -> None:
    """The file has numbers for both."""

    def fill(sheet: Any) -> None:
        sheet.row(0).set_cell_error(0, 42)
        sheet.write(0, 1, True)
        sheet.write(0, 2, False)

    found = display(tmp_path, fill)

    assert found.rows == {1: ["#N/A", "TRUE", "FALSE"]}
    assert found.faults == {A1: "is the error #N/A: correct it"}


def test_text_has_a_format_only_if_it_changes_it(tmp_path: Path) -> None:
    """Plain text stays as it is."""

    def fill(sheet: Any) -> None:
        sheet.write(0, 0, "7", formatted('"client"@'))
        sheet.write(0, 1, "7", formatted("@"))
        sheet.write(0, 2, "7", formatted("0.00"))

    found = display(tmp_path, fill)

    assert found.rows == {1: ["client7", "7", "7"]}


def test_hidden_rows_and_columns_and_merged_cells_are_noted(tmp_path: Path) -> None:
    """Rows from 1, columns from 0."""

    def fill(sheet: Any) -> None:
        for row in range(3):
            sheet.write(row, 0, "c")
        sheet.row(1).hidden = True
        sheet.col(2).hidden = True
        sheet.write_merge(0, 1, 1, 3, "n")

    found = display(tmp_path, fill)

    assert (found.hidden_rows, found.hidden_columns, found.merged) == ([2], [(2, 2)], [(1, 1, 2, 3)])


def test_a_cell_in_the_last_corner_is_too_much(tmp_path: Path) -> None:
    """As in every other kind of workbook."""
    with pytest.raises(SheetError, match='it, sheet "Wave": its cells span 65,536 rows and 256 columns'):
        display(tmp_path, lambda sheet: sheet.write(65_535, 255, "x"))
