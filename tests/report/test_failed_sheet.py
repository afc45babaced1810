"""What helps to fix rows in the sheet of those that failed."""

from pathlib import Path
from typing import Any

from bulkprov.commvault.backupset_columns import APP_NAMES
from tests.backupsets import RESULT_COLUMNS
from tests.report.made_results import BAD, TEMPLATE_COLUMNS, opened, xlsx_of


def test_the_reason_stands_in_words_beside_the_cells(tmp_path: Path) -> None:
    """All faults are in the note; what fixing does not need is folded away, not gone."""
    sheet = opened(xlsx_of(tmp_path, [BAD], TEMPLATE_COLUMNS, failed=True))["Failed"]
    header = [cell.value for cell in sheet[1]]
    note = sheet.cell(2, header.index("note") + 1)

    assert header == ["skip", *TEMPLATE_COLUMNS, *RESULT_COLUMNS]
    assert note.value == r'A2: clientName is empty: fill it in; C2: no agent "Fille\x1bSystem"; long row'
    assert note.alignment.wrap_text
    assert sheet.row_dimensions[2].height > 15
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet.column_dimensions[letters["backupsetId"]].hidden
    assert not sheet.column_dimensions[letters["note"]].hidden


def test_the_templates_lists_are_in_the_sheet_to_fix(tmp_path: Path) -> None:
    """Agent and on-demand are chosen from a list, under whatever name the sheet has them; rows can be added."""
    sheet = opened(xlsx_of(tmp_path, [BAD], TEMPLATE_COLUMNS, failed=True))["Failed"]
    lists = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}

    assert lists == {"A2:A202": '"x"', "D2:D202": f'"{",".join(APP_NAMES)}"', "F2:F202": '"True,False"'}


def test_the_first_column_says_what_a_mark_in_it_does(tmp_path: Path) -> None:
    """In its header, and beside the cell that is chosen. Any mark will do."""
    sheet = opened(xlsx_of(tmp_path, [BAD], TEMPLATE_COLUMNS, failed=True))["Failed"]
    marks = next(each for each in sheet.data_validations.dataValidation if str(each.sqref) == "A2:A202")

    assert (sheet["A1"].value, sheet["A2"].value) == ("skip", None)
    assert sheet["A1"].comment.text == marks.prompt
    assert marks.prompt.startswith("x leaves this row out of the rerun.")
    assert not marks.showErrorMessage
    assert sheet["A1"].fill.fgColor.rgb != sheet["B1"].fill.fgColor.rgb, "it is ours, not the sheet's"


def test_a_new_name_typed_into_the_sheet_stays_text(tmp_path: Path) -> None:
    """The sheet's own columns are text throughout, also below the last row."""
    sheet = opened(xlsx_of(tmp_path, [BAD], TEMPLATE_COLUMNS, failed=True))["Failed"]

    assert sheet.column_dimensions["B"].width > 5
    assert [openpyxl_format(sheet, column) for column in "AB"] == ["@", "@"]


def openpyxl_format(sheet: Any, column: str) -> str:
    """The number format of a column's empty cells."""
    return str(sheet.column_dimensions[column].number_format)
