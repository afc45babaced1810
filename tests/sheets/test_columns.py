"""The sheet's vocabulary: headers as people write them, and what a misspelt one must have meant."""

import pytest

from bulkprov.sheets.columns import cell_name, simplified
from tests.backupsets import COLUMNS, likely_column


@pytest.mark.parametrize("header", ["clientName", "CLIENT NAME", "client_name", " Client-Name * ", "client name:"])
def test_headers_are_compared_without_case_spaces_and_marks(header: str) -> None:
    """All of these are clientName."""
    assert simplified(header) == "clientname"


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("clinetName", "clientName"),
        ("Cient Name", "clientName"),
        ("backupsetNmae", "backupsetName"),
        ("bakcupset", "backupsetName"),
        ("instanse", "instanceName"),
        ("plan nmae", "planName"),
        ("on demnd", "onDemandBackupset"),
    ],
)
def test_a_misspelt_header_is_known(header: str, meant: str) -> None:
    """One letter wrong in a short word, two in a long one; a swap of neighbours counts as one."""
    assert likely_column(header) == meant


@pytest.mark.parametrize(
    "header", ["ticket", "owner", "location", "remark", "plant", "clean", "status", "due", "agenda", ""]
)
def test_a_column_of_the_teams_own_resembles_nothing(header: str) -> None:
    """Ordinary words are not taken for misspelt columns."""
    assert likely_column(header) == ""


def test_no_header_names_two_columns() -> None:
    """Every accepted name belongs to one column."""
    names = [
        simplified(name) for column in COLUMNS for name in {simplified(each) for each in (column.name, *column.aliases)}
    ]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(("column", "name"), [(0, "A1"), (25, "Z1"), (26, "AA1"), (701, "ZZ1"), (16383, "XFD1")])
def test_cells_are_named_as_spreadsheets_name_them(column: int, name: str) -> None:
    """Letters count without a zero."""
    assert cell_name(column, 1) == name


def test_a_cell_of_a_worksheet_has_its_name_before_it() -> None:
    """Wave 3!C17 can be typed into the name box."""
    assert cell_name(2, 17, "Wave 3") == "Wave 3!C17"
