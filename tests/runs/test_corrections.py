from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.runs.corrections import Layout, is_marked, is_to_fix, repeated_numbers, skip_column
from bulkprov.sheets.rows import Fault
from tests.backupsets import RESULT_COLUMNS
from tests.runs.rows import UNTRIED, before, corrections, record


def joined(file_columns: tuple[str, ...], run_columns: tuple[str, ...]) -> Layout:
    """The layout of columns none of which is bulkprov's."""
    return Layout.joined(
        file_columns=file_columns,
        file_fields={},
        run_columns=run_columns,
        run_fields={},
        result_columns=RESULT_COLUMNS,
    )


def test_corrected_rows_are_brought_into_the_columns_of_the_run() -> None:
    """Cells that the file lacks are as they were; columns that only the file has follow the others."""
    moved = replace(record(2, "x", "", "c1", sheetRow="3"), faults=(Fault("bad", 1), Fault("other", 0)))
    layout = corrections(columns=("extra", "backupsetName", "clientName")).layout

    corrected = layout.from_file(moved, ("c0", "b", "T-1"))

    assert layout.columns == ("clientName", "backupsetName", "ticket", "extra")
    assert corrected.cells == ("c1", "", "T-1", "x")
    assert corrected.faults == (Fault("bad", 1), Fault("other", 3))
    assert layout.from_run(("c0", "b", "T-1")) == ("c0", "b", "T-1", "")


def test_columns_of_the_same_name_are_matched_in_their_order() -> None:
    """The second "note" of the file is the second "note" of the run, whatever stands between them."""
    layout = joined(("note", "owner", "note"), ("note", "note"))

    assert layout.columns == ("note", "note", "owner")
    assert layout.sources == (0, 2, 1)


def test_the_columns_that_results_add_are_not_taken_for_the_operators_own() -> None:
    """A file that lacks some of them is no results file, and its `status` and `note` say nothing new."""
    assert joined(("host", "status", "note", "sheetRow"), ("host",)).columns == ("host",)


def test_rows_are_sorted_by_the_row_that_they_correct() -> None:
    """A copied row stands beside its original; a row without a number is new."""
    file = corrections(
        record(2, "c1", "a", "", " 3 "),
        record(3, "c1", "b", "", ""),
        record(4, "c1", "c", "", "3.0"),
        columns=("clientName", "backupsetName", "ticket", "sheetRow "),
    )

    by_row, new = file.by_row()

    assert {number: [each.sheet_row for each in records] for number, records in by_row.items()} == {3: [2, 4]}
    assert [each.sheet_row for each in new] == [3]


def test_a_number_that_cannot_be_read_is_quoted_and_not_at_length() -> None:
    """The message names the row of the file, whichever column has the number."""
    file = corrections(
        record(9, "c1", "a", "", "x" * 99), columns=("clientName", "backupsetName", "ticket", "sheetRow")
    )

    with pytest.raises(SheetError, match=rf"^row 9: sheetRow is '{'x' * 40}', and should be a number"):
        file.by_row()


def test_numbers_that_more_than_one_row_has_are_repeated() -> None:
    """New rows, which have none, repeat nothing."""
    numbers = ("2", "3", "", "2.0", "")

    assert repeated_numbers(record(2, "c1", "a", sheetRow=number) for number in numbers) == {2}


@pytest.mark.parametrize(("cells", "same"), [(("C1", "A "), True), (("c1", "b"), False), (("c1", ""), False)])
def test_the_same_thing_may_be_spelt_in_another_case(cells: tuple[str, str], same: bool) -> None:
    """A row with a fault names nothing."""
    assert corrections().same_thing(record(2, *cells, ""), before(2, "a", UNTRIED)) is same


def test_a_column_skip_is_the_files_unless_the_sheet_has_one_of_its_own() -> None:
    """In any case of letters; a team's own column means what the team means by it."""
    assert skip_column(("Skip ", "clientName"), ("clientName",)) == 0
    assert skip_column(("clientName", "skip"), ("clientName", "SKIP")) is None
    assert skip_column(("skip (bulkprov)", "skip", "clientName"), ("skip", "clientName")) == 0
    assert skip_column(("clientName",), ("clientName",)) is None


def test_a_no_in_any_language_of_spreadsheets_is_no_mark() -> None:
    """A column of booleans is exported as FALSCH or FAUX, and a row with that is wanted."""
    marks = ("", " No ", "n", "0", "FALSCH", "faux", "x", "ja", "-")

    marked = {mark: is_marked(record(2, "c1", mark), 1) for mark in marks}

    assert [mark for mark, is_mark in marked.items() if is_mark] == ["x", "ja", "-"]


def test_the_rows_to_fix_are_known_by_place_and_name(tmp_path: Path) -> None:
    """Edited, copied beside or written by another program."""
    assert is_to_fix(tmp_path / "Failed (2).xlsx", tmp_path)
    assert not is_to_fix(tmp_path / "results.xlsx", tmp_path)
    assert not is_to_fix(tmp_path / "failed.xlsx", tmp_path / "other")
