from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkprov.commvault.backupset_columns import APP_NAMES
from bulkprov.engine.model import Status
from bulkprov.errors import StorageError
from bulkprov.report import results_sheet
from bulkprov.report.results_sheet import failed_xlsx, results_xlsx
from bulkprov.sheets.rows import Fault, Result
from tests.backupsets import RESULT_COLUMNS, About
from tests.report.made_results import COLUMNS, made, opened, read_xlsx

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))
"""All that XML can carry, escaped or not: U+FFFE and U+FFFF are no characters, and it has no way to write them."""

PAYLOADS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "{=1}", "=HYPERLINK(0)", "http://x.y"]


def written(path: Path, results: Iterable[Result], columns: tuple[str, ...] = COLUMNS, *, failed: bool = False) -> Path:
    """A workbook of these results."""
    kind = failed_xlsx if failed else results_xlsx
    with kind(path / "results.xlsx", columns, About()) as add:
        for result in results:
            add(result)
    return path / "results.xlsx"


def test_the_sheet_can_be_filtered_and_keeps_its_header_in_sight(tmp_path: Path) -> None:
    """The header is the first row, frozen, with a plain filter over all columns and rows."""
    book = opened(written(tmp_path, [made(), made()]))
    sheet = book["Results"]

    assert [cell.value for cell in sheet[1]] == [*COLUMNS, *RESULT_COLUMNS]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.tables) == ("A2", "A1:M3", {})


def test_ids_are_numbers_and_names_are_text(tmp_path: Path) -> None:
    """One can calculate with an id, and no name loses a zero."""
    row = opened(written(tmp_path, [made("00123", "1E5", "TRUE", error_code=17)]))["Results"][2]

    assert [cell.value for cell in row[:5]] == ["00123", "1E5", "TRUE", "created", 17]
    assert [cell.data_type for cell in row[:7]] == ["s", "s", "s", "s", "n", "n", "n"]


def test_an_id_longer_than_excel_counts_is_not_rounded(tmp_path: Path) -> None:
    """From the sixteenth digit on Excel would change a number, so it is text."""
    row = read_xlsx(written(tmp_path, [made(id=123456789012345678, error_code=-(10**15) + 1)]))[1]

    assert (row[6], row[4]) == ("123456789012345678", -(10**15) + 1)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_ever_becomes_a_formula_or_a_link(tmp_path: Path, payload: str) -> None:
    """Payloads in a name, a header and the server's words are text, stay text when edited, and read back the same."""
    columns = (payload, "backupsetName")
    path = written(tmp_path, [made(payload, f"{payload}x", error_string=payload, note=payload)], columns)
    sheet = opened(path)["Results"]

    assert {cell.data_type for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)} == {"s"}
    assert [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink] == []
    assert all(cell.quotePrefix for row in sheet.iter_rows(max_col=2) for cell in row)
    assert [row[:2] for row in read_xlsx(path)] == [[payload, "backupsetName"], [payload, f"{payload}x"]]


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=40))
def test_every_cell_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    """Whatever a cell holds, reading gives it back exactly."""
    path = written(tmp_path_factory.mktemp("xlsx"), [made(*row) for row in rows])

    assert [list(row) for row in rows] == [row[:3] for row in read_xlsx(path)[1:]]


@pytest.mark.parametrize(
    "text", ["'x", "''", "_x001B_", "\x1b[2J", "a\r\nb\rc\nd", "<r><t>&</t></r>", "<r></r>", "\u202ex", "#N/A", "]]>"]
)
def test_odd_text_survives(tmp_path: Path, text: str) -> None:
    """Texts that mean something to a spreadsheet's file format come back as text."""
    assert read_xlsx(written(tmp_path, [made(text, "FS", "")]))[1][0] == text


def test_half_a_character_does_not_cost_the_report(tmp_path: Path) -> None:
    """A lone surrogate, which no file can hold, is written as an escape."""
    assert read_xlsx(written(tmp_path, [made("a\ud83d", "FS", "")]))[1][0] == r"a\ud83d"


@pytest.mark.parametrize(("text", "kept"), [("x" * 32_767, 32_767), ("x" * 32_768, 32_767), ("😀" * 16_384, 16_383)])
def test_what_a_cell_cannot_hold_is_cut_and_said(tmp_path: Path, text: str, kept: int) -> None:
    """Excel's limit counts UTF-16 units; a longer text is cut between characters, and the note says so."""
    row = read_xlsx(written(tmp_path, [made("client001", "FS", text, note="late")]))[1]

    assert row[2] == text[:kept]
    assert row[11] == (
        "late"
        if kept == len(text)
        else "late; owner: cut here to the 32,767 characters a cell of a workbook holds; CSV has it all"
    )


def test_a_status_can_be_told_in_colour_and_in_grey(tmp_path: Path) -> None:
    """What needs somebody, or was not tried, is bold or in italics; a print has the header on every page."""
    sheet = opened(written(tmp_path, [made(status=status) for status in Status]))["Results"]
    cells = {sheet.cell(row, 4).value: sheet.cell(row, 4) for row in range(2, 2 + len(Status))}

    def marked(status: Status) -> bool:
        font = cells[status].font
        return bool(font.b or font.i)

    well = {Status.CREATED, Status.EXISTS, Status.WOULD_CREATE, Status.AS_REPORTED}
    assert {status for status in Status if not marked(status)} == well
    assert len({cells[status].fill.fgColor.rgb for status in (Status.CREATED, Status.REJECTED, Status.INVALID)}) == 3
    assert sheet.oddFooter.right.text == "Page &P of &N"
    assert (sheet.page_setup.fitToHeight, sheet.print_title_rows) == (0, "$1:$1")


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sheet has the header, and no row is lost or doubled where one sheet ends."""
    monkeypatch.setattr(results_sheet, "ROWS", 3)
    path = written(tmp_path, [made(sheet_row=number) for number in range(2, 9)])

    sheets = [read_xlsx(path, name) for name in ("Results", "Results 2", "Results 3")]
    assert [sheet[0][0] for sheet in sheets] == ["clientName"] * 3
    assert [row[-1] for sheet in sheets for row in sheet[1:]] == [2, 3, 4, 5, 6, 7, 8]
    assert [len(sheet) for sheet in sheets] == [4, 4, 2]


def test_more_columns_than_a_sheet_holds_are_refused(tmp_path: Path) -> None:
    """Rather than lose a column the report says what to do."""
    with pytest.raises(StorageError, match="--format csv"):
        written(tmp_path, [], tuple(f"c{number}" for number in range(16_375)))


def test_widths_are_sensible(tmp_path: Path) -> None:
    """A column is as wide as its text, neither a sliver nor a whole screen."""
    sheet = opened(written(tmp_path, [made("client-with-a-long-name-01", "x" * 500, "")]))["Results"]

    assert 25 < sheet.column_dimensions["A"].width < 35
    assert sheet.column_dimensions["B"].width < 60
    assert sheet.column_dimensions["H"].width > 9


TEMPLATE = ("Client", "backup set", "iDataAgent", "instanceName", "on demand", "plan", "owner")
BAD = made(
    *("", "FS_01", "Fille System", "", "", "", "Ann"),
    status=Status.INVALID,
    faults=(
        Fault("A2: clientName is empty: fill it in", 0),
        Fault('C2: no agent "Fille\x1bSystem"', 2),
        Fault("long row"),
    ),
    sheet_row=7,
)


def test_faulty_cells_are_marked_and_say_why(tmp_path: Path) -> None:
    """In the rows to fix each faulty cell, an empty one too, stands out and has its fault as a remark."""
    sheet = opened(written(tmp_path, [BAD, made(*"abcdefg")], TEMPLATE, failed=True))["Failed"]

    remarks = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    assert remarks == {"A2": "A2: clientName is empty: fill it in", "C2": r'C2: no agent "Fille\x1bSystem"'}
    marked = {cell.coordinate for row in sheet.iter_rows(max_col=7, min_row=2) for cell in row if cell.fill.fill_type}
    assert marked == {"A2", "C2"}
    assert sheet["C2"].value == "Fille System"
    assert [cell.number_format for cell in sheet[2][:3]] == ["@"] * 3


def test_the_reason_stands_in_words_beside_the_cells(tmp_path: Path) -> None:
    """All faults are in the note; what fixing does not need is folded away, not gone."""
    sheet = opened(written(tmp_path, [BAD], TEMPLATE, failed=True))["Failed"]
    header = [cell.value for cell in sheet[1]]
    note = sheet.cell(2, header.index("note") + 1)

    assert header == [*TEMPLATE, *RESULT_COLUMNS]
    assert note.value == r'A2: clientName is empty: fill it in; C2: no agent "Fille\x1bSystem"; long row'
    assert note.alignment.wrap_text
    assert sheet.row_dimensions[2].height > 15
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet.column_dimensions[letters["backupsetId"]].hidden
    assert not sheet.column_dimensions[letters["note"]].hidden


def test_the_templates_lists_are_in_the_sheet_to_fix(tmp_path: Path) -> None:
    """Agent and on-demand are chosen from a list, under whatever name the sheet has them; rows can be added."""
    sheet = opened(written(tmp_path, [BAD], TEMPLATE, failed=True))["Failed"]
    lists = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}

    assert lists == {"C2:C202": f'"{",".join(APP_NAMES)}"', "E2:E202": '"True,False"'}


def test_a_new_name_typed_into_the_sheet_stays_text(tmp_path: Path) -> None:
    """The sheet's own columns are text throughout, also below the last row."""
    sheet = opened(written(tmp_path, [BAD], TEMPLATE, failed=True))["Failed"]

    assert sheet.column_dimensions["A"].width > 5
    assert openpyxl_format(sheet, "A") == "@"


def openpyxl_format(sheet: Any, column: str) -> str:
    """The number format of a column's empty cells."""
    return str(sheet.column_dimensions[column].number_format)


def test_faulty_cells_are_marked_in_all_rows_too(tmp_path: Path) -> None:
    """In the sheet of all rows as well, without remarks and lists."""
    sheet = opened(written(tmp_path, [BAD], TEMPLATE))["Results"]

    assert sheet["A2"].fill.fgColor.rgb == sheet["C2"].fill.fgColor.rgb == "FFFFD98A"
    assert sheet["A2"].comment is None
    assert sheet.data_validations.dataValidation == []
