"""The sheet's vocabulary: headers as people write them, and what a misspelt one must have meant."""

import pytest

from bulkprov.sheets.columns import Column, Columns, cell_name, simplified

COLUMNS = Columns(
    id_column="boxNumber",
    own=(
        Column(name="mailDomain", required=True, aliases=("domain",), note=""),
        Column(name="box", aliases=(), note=""),
    ),
)


@pytest.mark.parametrize("header", ["clientName", "CLIENT NAME", "client_name", " Client-Name * ", "client name:"])
def test_headers_are_compared_without_case_spaces_and_marks(header: str) -> None:
    """All of these are clientName."""
    assert simplified(header) == "clientname"


def test_columns_are_found_by_every_name_they_go_by() -> None:
    """And by no other; those without which there is no table are known, and so is what the results add."""
    assert COLUMNS.by_header == {"maildomain": COLUMNS.own[0], "domain": COLUMNS.own[0], "box": COLUMNS.own[1]}
    assert COLUMNS.required == {"mailDomain"}
    assert COLUMNS.results[:4] == ("status", "errorCode", "errorString", "boxNumber")


@pytest.mark.parametrize(
    ("header", "meant"),
    [("domian", "mailDomain"), ("Mial Domian", "mailDomain"), ("domain", ""), ("bxo", ""), ("kingdom", ""), ("", "")],
)
def test_a_header_may_be_wrong_in_few_letters(header: str, meant: str) -> None:
    """In two from eight letters on, in one from five on, in none of a shorter word; a right one is not misspelt."""
    assert COLUMNS.likely(header) == meant


@pytest.mark.parametrize(("column", "name"), [(0, "A1"), (25, "Z1"), (26, "AA1"), (701, "ZZ1"), (16383, "XFD1")])
def test_cells_are_named_as_spreadsheets_name_them(column: int, name: str) -> None:
    """Letters count without a zero."""
    assert cell_name(column, 1) == name


def test_a_cell_of_a_worksheet_has_its_name_before_it() -> None:
    """Wave 3!C17 can be typed into the name box."""
    assert cell_name(2, 17, "Wave 3") == "Wave 3!C17"
