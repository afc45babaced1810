"""ODS: the text in the cells, as the file has it."""

from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import Display, cell_key
from bulkprov.sheets.excel.ods import is_spreadsheet, read_sheets
from bulkprov.sheets.excel.zip_guard import open_package
from tests.sheets.corpus.parts import ods, xlsx

_HIDING = (
    '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>'
    '<style:style style:name="ce2" style:family="table-cell"/>'
)


def display(folder: Path, rows: str, *, styles: str = "") -> Display:
    """What the one worksheet with these rows displays."""
    ods(rows, styles=styles)(folder / "wave.ods")
    with open_package(folder / "wave.ods", "it") as package:
        return read_sheets(package)["Wave"].display


def row(*cells: str, more: str = "") -> str:
    """A row of cells."""
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def cell(shown: str, kind: str = "string", more: str = "") -> str:
    """A cell with this text in it."""
    return f'<table:table-cell office:value-type="{kind}" {more}><text:p>{shown}</text:p></table:table-cell>'


def test_repeated_cells_and_rows_are_all_there(tmp_path: Path) -> None:
    """Each at its own place, and what comes after them at its own."""
    twice = cell("c", more='table:number-columns-repeated="2"')
    rows = row(twice, cell("n"), more='table:number-rows-repeated="2"') + row(cell("last"))

    assert display(tmp_path, rows).rows == {1: ["c", "c", "n"], 2: ["c", "c", "n"], 3: ["last"]}


def test_a_fault_is_repeated_with_its_cell(tmp_path: Path) -> None:
    """A row that was filled down has it in each."""
    narrow = row(cell("###", "float", 'office:value="7"'), more='table:number-rows-repeated="2"')

    faults = display(tmp_path, narrow).faults

    assert faults.keys() == {cell_key(1, 0), cell_key(2, 0)}
    assert all(fault.startswith("is too wide for its column") for fault in faults.values())


@pytest.mark.parametrize(
    ("one", "fault"),
    [
        (cell("#REF!", "float", 'office:value="0" table:formula="of:=X"'), "is the error #REF!"),
        (cell("Err:502", "float", 'office:value="0" table:formula="of:=X"'), "is the error Err:502"),
        (cell("#1", "string", 'table:formula="of:=X"'), None),  # a text, calculated
        (cell("#N/A"), None),  # a text, typed
        ('<table:table-cell table:formula="of:=X"/>', "is a formula that was never calculated"),
        (cell("###"), None),
    ],
)
def test_errors_are_told_from_text_that_looks_like_one(tmp_path: Path, one: str, fault: str | None) -> None:
    """By what the file says the cell is."""
    found = display(tmp_path, row(one)).faults.get(cell_key(1, 0))

    assert (found is None) if fault is None else (found or "").startswith(fault)


def test_hidden_rows_are_noted_and_the_unused_end_of_a_sheet_is_not(tmp_path: Path) -> None:
    """Programs hide the million rows below a table at once."""
    rows = (
        row(cell("c"))
        + row(cell("n"), more='table:visibility="collapse" table:number-rows-repeated="2"')
        + row("<table:table-cell/>", more='table:visibility="collapse" table:number-rows-repeated="1048573"')
    )

    assert display(tmp_path, rows).hidden_rows == [2, 3]


def test_what_is_in_a_collapsed_group_is_hidden(tmp_path: Path) -> None:
    """Not every program says so of each row and column as well; what comes behind the group is seen again."""
    rows, columns = (
        f'<table:table-{what}-group table:display="false"><table:table-{what}-group table:display="true">{{}}'
        f"</table:table-{what}-group></table:table-{what}-group>"
        for what in ("row", "column")
    )
    hidden = columns.format('<table:table-column table:number-columns-repeated="2"/>') + "<table:table-column/>"

    found = display(tmp_path, hidden + row(cell("a")) + rows.format(row(cell("b")) + row(cell("c"))) + row(cell("d")))

    assert (found.hidden_rows, found.hidden_columns) == ([2, 3], [(0, 1)])
    assert found.rows == {1: ["a"], 2: ["b"], 3: ["c"], 4: ["d"]}


@pytest.mark.parametrize(("style", "hidden"), [("ce1", True), ("ce2", False)])
def test_text_that_its_format_hides_is_a_fault(tmp_path: Path, style: str, *, hidden: bool) -> None:
    """LibreOffice then writes an empty paragraph beside the text; without a format, the text is what is seen."""
    more = f'office:string-value="00123" table:style-name="{style}"'

    found = display(tmp_path, row(cell("", "string", more)), styles=_HIDING)

    assert found.rows == {1: ["00123"]}
    assert bool(found.faults) is hidden


def test_merged_cells_are_noted_by_their_corners(tmp_path: Path) -> None:
    """Rows from 1, columns from 0."""
    wide = cell("c", more='table:number-columns-spanned="2" table:number-rows-spanned="3"')

    assert display(tmp_path, row(cell("x"), wide)).merged == [(1, 1, 3, 2)]


def test_a_comment_is_not_the_text_of_its_cell(tmp_path: Path) -> None:
    """Also where it comes between two paragraphs."""
    note = "<office:annotation><text:p>note</text:p></office:annotation>"
    one = f'<table:table-cell office:value-type="string">{note}<text:p>a</text:p><text:p>b</text:p></table:table-cell>'

    assert display(tmp_path, row(one)).rows == {1: ["a\nb"]}


def test_two_sheets_of_one_name_are_refused(tmp_path: Path) -> None:
    """It cannot be known which one is meant."""
    second = '</table:table><table:table table:name="Wave">' + row(cell("second"))

    with pytest.raises(SheetError, match="it: two of its sheets are called 'Wave'"):
        display(tmp_path, row(cell("first")) + second)


def test_what_is_kept_of_other_files_is_no_sheet(tmp_path: Path) -> None:
    """LibreOffice keeps the cells that formulas name there in tables, called by the file."""
    kept = """</table:table><table:table table:name="'file:///x.ods'#Wave">"""
    ods(row(cell("first")) + kept + row(cell("second")))(tmp_path / "wave.ods")

    with open_package(tmp_path / "wave.ods", "it") as package:
        assert list(read_sheets(package)) == ["Wave"]


@pytest.mark.parametrize(
    ("one", "differ"),
    [
        (cell("FS_old", "string", 'office:string-value="FS_1"'), True),
        (cell("FS 1", "string", 'office:string-value="FS 1"'), False),
        (cell("123", "float", 'office:value="456"'), True),
        (cell("123", "float", 'office:value="456" table:style-name="ce1"'), False),  # a format may do anything
        (cell("123", "float", 'office:value="456" table:style-name="ce2"'), True),
        (cell("7 %", "percentage", 'office:value="0.07"'), False),
    ],
)
def test_a_text_that_is_not_what_its_value_looks_like_is_a_fault(tmp_path: Path, one: str, *, differ: bool) -> None:
    """A program that opens the file shows the value."""
    found = display(tmp_path, row(one), styles=_HIDING)

    assert (cell_key(1, 0) in found.faults) is differ


@pytest.mark.parametrize("count", ["-1", "x", "", "1" * 10])
def test_a_count_that_is_none_is_refused(tmp_path: Path, count: str) -> None:
    """Nothing is repeated as often as that."""
    with pytest.raises(SheetError, match="it: table:number-columns-repeated in it is '"):
        display(tmp_path, row(cell("c", more=f'table:number-columns-repeated="{count}"')))


def test_other_zips_are_no_ods(tmp_path: Path) -> None:
    """An XLSX file has no part content.xml."""
    xlsx("<sheetData/>")(tmp_path / "wave.xlsx")

    with open_package(tmp_path / "wave.xlsx", "it") as package:
        assert not is_spreadsheet(package)
