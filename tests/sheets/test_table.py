"""What all readers of files have in common: rows of text, and how they become records."""

import pytest

from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.sheets.header import Header, find_header
from bulkprov.sheets.rows import Fault, Record
from bulkprov.sheets.table import RawRow, has_text, no_rows, record_of, title_notes, used_columns

RESULT_COLUMNS = BACKUP_SET.columns.results
RESULT = ("created", "0", "", "931", "1", "200", "0.1", "2026-01-05T18:00:00+01:00", "", "7")


def header(*cells: str, row: int = 1) -> Header:
    """The header that these cells are."""
    found = find_header([(row, cells)], BACKUP_SET.columns, "it")
    assert found is not None
    return found


def test_a_row_of_an_ordinary_sheet_is_its_cells() -> None:
    """Nothing is moved, and there are no results of an earlier run."""
    record = record_of(header("own", "client", "backupset"), RawRow(7, ["1", "c", "n"]))

    assert record == Record(sheet_row=7, cells=("1", "c", "n"))


def test_results_are_parted_from_the_operators_own_cells() -> None:
    """Wherever they stand; a fault's column is counted among the operator's own, and on a result it has none."""
    head = header(*RESULT_COLUMNS[:5], "client", "backupset", *RESULT_COLUMNS[5:])
    faults = (Fault("client is wrong", 5), Fault("attempts is wrong", 4), Fault("the row is wrong"))

    record = record_of(head, RawRow(2, [*RESULT[:5], "c", "n", *RESULT[5:]], faults))

    assert record == Record(
        sheet_row=2,
        cells=("c", "n"),
        prior=RESULT,
        faults=(
            Fault("client is wrong", 0, doubtful=True),
            Fault("attempts is wrong", None, doubtful=True),
            Fault("the row is wrong", doubtful=True),
        ),
    )


def test_used_columns_are_places_in_the_file() -> None:
    """Result columns before them count; the operator's own are not among them."""
    assert used_columns(header("own", "Backup Set", "client")) == {1: "backupsetName", 2: "clientName"}
    assert used_columns(header(*RESULT_COLUMNS, "client", "backupset")) == {10: "clientName", 11: "backupsetName"}


@pytest.mark.parametrize(
    ("cells", "filled"), [(["", "x"], True), (["", " \t\u00a0\n"], False), ([None, ""], False), ([], False)]
)
def test_a_row_of_white_space_is_blank(cells: list[str | None], *, filled: bool) -> None:
    """The non-breaking kind too, and cells that are missing."""
    assert has_text(cells) is filled


def test_rows_above_the_header_are_told() -> None:
    """And nothing is, if there are none."""
    assert title_notes(header("client", "backupset", row=3)) == [
        "the header is in row 3; the rows above it were skipped"
    ]
    assert title_notes(header("client", "backupset")) == []


def test_a_header_without_rows_is_an_error() -> None:
    """It says where the header is."""
    assert str(no_rows(header("client", "backupset", row=3), "it")) == (
        "it: there is a header (row 3) but no row of data below it"
    )
