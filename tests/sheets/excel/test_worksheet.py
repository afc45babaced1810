"""The worksheet with the table: which one it is, and what is said of its cells and rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.errors import SheetError
from bulkprov.sheets.excel.worksheet import open_workbook
from bulkprov.sheets.table import RawRow, Table

HEADER = ("clientName", "backupsetName", "own")


def opened(path: Path, fill: Callable[[Any], object], asked: str = "") -> Table:
    """A workbook that was filled like this, opened."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        fill(book)
    return open_workbook(path, columns=BACKUP_SET.columns, where="it", asked=asked)


def rows(table: Table) -> list[RawRow]:
    """All of its rows."""
    return [row for chunk in table.rows() for row in chunk]


def sheet(book: Any, name: str, *cells: tuple[str, ...]) -> Any:
    """A worksheet with these rows."""
    made = book.add_worksheet(name)
    for number, row in enumerate(cells):
        made.write_row(number, 0, row)
    return made


def test_hidden_rows_are_read_and_the_first_ten_runs_of_them_named(tmp_path: Path) -> None:
    """Those above the header are not."""

    def fill(book: Any) -> None:
        made = sheet(book, "Wave", ("title",), HEADER, *((f"c{n}", "n", "") for n in range(30)))
        for row in (0, *range(2, 30, 2), 3):
            made.set_row(row, None, None, {"hidden": True})

    table = opened(tmp_path / "wave.xlsx", fill)

    assert len(rows(table)) == 30
    assert table.notes == (
        "the header is in row 2; the rows above it were skipped",
        "hidden or filtered out, but read as well: rows 3-5, 7, 9, 11, 13, 15, 17, 19, 21, 23, …",
    )


def test_a_cell_that_cannot_be_read_matters_only_below_the_header_and_in_a_column_that_is_used(tmp_path: Path) -> None:
    """In a column of the operator's own it is a note, above the header it is nothing."""

    def fill(book: Any) -> None:
        made = sheet(book, "Wave", ("title",), HEADER, ("c1", "n1"), ("c2", "n2"))
        for row, column in ((0, 0), (2, 1), (2, 2), (3, 2)):
            made.write_formula(row, column, "=NA()", None, "#N/A")

    table = opened(tmp_path / "wave.xlsx", fill)
    first, second = rows(table)

    assert [fault.text for fault in first.faults] == ["Wave!B3: backupsetName is the error #N/A: correct it"]
    assert (first.faults[0].column, second.faults, second.cells[2]) == (1, (), "#N/A")
    (note,) = table.notes[1:]
    assert note.startswith("cells of your own columns that cannot be read reliably")
    assert note.endswith("2; the first, C3, is the error #N/A: correct it")


def test_a_row_that_only_has_a_fault_is_a_row(tmp_path: Path) -> None:
    """Its cells look blank, yet it is not: here a formula that no program has calculated yet."""
    book = openpyxl.Workbook()
    for cells in (HEADER, ("c", "n"), ("=A2", ""), ("d", "n")):
        book.active.append(cells)
    book.save(tmp_path / "wave.xlsx")

    found = rows(open_workbook(tmp_path / "wave.xlsx", columns=BACKUP_SET.columns, where="it", asked=""))

    assert [(row.number, bool(row.faults)) for row in found] == [(2, False), (3, True), (4, False)]


def test_a_merged_cell_is_a_fault_of_each_of_its_rows(tmp_path: Path) -> None:
    """But not of the header's, and not in a column of the operator's own."""

    def fill(book: Any) -> None:
        made = sheet(book, "Wave", HEADER, ("", "n1"), ("", "n2"), ("c", "n3"))
        made.merge_range(1, 0, 2, 0, "c")
        made.merge_range(1, 2, 3, 2, "own")

    merged = 'Wave!A%d: clientName is part of the merged cells "A2:A3": unmerge them and fill each in'

    assert [[fault.text for fault in row.faults] for row in rows(opened(tmp_path / "wave.xlsx", fill))] == [
        [merged % 2],
        [merged % 3],
        [],
    ]


def test_a_header_that_is_merged_down_leaves_no_fault(tmp_path: Path) -> None:
    """The rows under it belong to it; what stands there in other columns is still a row."""

    def fill(book: Any) -> None:
        made = sheet(book, "Wave", HEADER, ("", "", ""), ("c", "n1"))
        for column, name in enumerate(HEADER[:2]):
            made.merge_range(0, column, 1, column, name)

    assert [(row.number, row.faults) for row in rows(opened(tmp_path / "wave.xlsx", fill))] == [(3, ())]


def test_a_hidden_sheet_counts_only_if_no_other_has_the_columns(tmp_path: Path) -> None:
    """It is what the operator does not see."""

    def both(book: Any) -> None:
        sheet(book, "A", HEADER, ("hidden", "n")).hide()
        sheet(book, "B", HEADER, ("seen", "n")).activate()

    def one(book: Any) -> None:
        sheet(book, "Notes", ("read me",)).activate()
        sheet(book, "A", HEADER, ("hidden", "n")).hide()

    seen, hidden = opened(tmp_path / "both.xlsx", both), opened(tmp_path / "one.xlsx", one)

    assert (rows(seen)[0].cells[0], rows(hidden)[0].cells[0]) == ("seen", "hidden")
    assert seen.notes == ('only the sheet "B" is read',)
    assert hidden.notes == ('only the sheet "A" is read', 'sheet "A" is hidden, but read')


def test_results_continue_in_sheets_of_the_same_columns_and_a_number(tmp_path: Path) -> None:
    """All are read as one table, which then has no sheet's name."""
    head = (*HEADER, *BACKUP_SET.columns.results)

    def fill(book: Any) -> None:
        for name in ("Results", "Results 2", "Results 3"):
            sheet(book, name, head, (name, "n"))

    table = opened(tmp_path / "results.xlsx", fill)

    assert [row.cells[0] for row in rows(table)] == ["Results", "Results 2", "Results 3"]
    assert (table.sheet_name, table.notes) == ("", ('sheet "Results" continues in 2 more, which were read as well',))


def test_two_sheets_that_are_no_results_are_for_the_operator_to_choose_from(tmp_path: Path) -> None:
    """Even if one is called as if it continued the other."""

    def fill(book: Any) -> None:
        sheet(book, "Wave", HEADER, ("c1", "n"))
        sheet(book, "Wave 2", HEADER, ("c2", "n"))

    with pytest.raises(SheetError, match='it: sheets "Wave" and "Wave 2" both have the columns: choose one'):
        opened(tmp_path / "wave.xlsx", fill)
    assert rows(opened(tmp_path / "wave.xlsx", fill, "Wave 2"))[0].cells[0] == "c2"


def test_a_format_may_add_to_text_or_hide_it(tmp_path: Path) -> None:
    """What it adds is read; what it hides is a fault."""

    def fill(book: Any) -> None:
        made = sheet(book, "Wave", HEADER)
        made.write_string(1, 0, "7", book.add_format({"num_format": '"client"@'}))
        made.write_string(1, 1, "n", book.add_format({"num_format": ";;;"}))

    (row,) = rows(opened(tmp_path / "wave.xlsx", fill))

    assert row.cells[:2] == ["client7", "n"]
    assert [fault.text for fault in row.faults] == [
        "Wave!B2: backupsetName has a format that hides it or changes how it looks: format it as text"
    ]
