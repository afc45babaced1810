"""Where a table begins, and which of its columns is which."""

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.columns import Column, Columns
from bulkprov.sheets.header import TITLE_ROWS, Header, find_header, no_header

COLUMNS = Columns(
    id_column="boxNumber",
    own=(
        Column(name="mailDomain", required=True, aliases=("domain",), note=""),
        Column(name="localPart", required=True, aliases=("mailbox",), note=""),
        Column(name="quotaMb", aliases=("quota",), note=""),
    ),
)


def found(*rows: tuple[str, ...]) -> Header:
    """The header of a sheet with these rows from row 1 on."""
    header = find_header(enumerate(rows, 1), COLUMNS, "wave.csv")
    assert header is not None
    return header


def test_the_first_row_with_every_required_column_is_the_header() -> None:
    """Whatever stands above it; columns may have any order, and the operator's own are between them."""
    header = found(("Wave 3", "", ""), ("", "", ""), ("owner", "Mail Box", "DOMAIN *"), ("mailDomain", "mailbox", ""))

    assert (header.row, header.columns) == (3, ("owner", "Mail Box", "DOMAIN *"))
    assert header.fields == {"mailDomain": 2, "localPart": 1}
    assert (header.prior, header.width) == ((), 3)


def test_a_sheet_without_a_required_column_has_no_header() -> None:
    """Nor has one that begins after so many rows of titles."""
    late = [("title",)] * TITLE_ROWS + [("domain", "mailbox")]

    assert find_header(enumerate([("domain", "quota")], 1), COLUMNS, "wave.csv") is None
    assert find_header(enumerate(late, 1), COLUMNS, "wave.csv") is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("domain", "mailbox", "Domain"), 'columns "domain" and "Domain" of row 1 both mean mailDomain: rename'),
        (("domain", "mailbox", "qoutaMb"), 'column "qoutaMb" of row 1 looks like a misspelt quotaMb: correct it'),
    ],
)
def test_what_cannot_be_told_apart_is_an_error(cells: tuple[str, ...], words: str) -> None:
    """A misspelt column that was ignored would cost every row its value."""
    with pytest.raises(SheetError) as caught:
        found(cells)

    assert f"wave.csv: {words}" in str(caught.value)


def test_a_column_that_resembles_one_that_is_there_is_the_operators_own() -> None:
    """There is nothing that it could have meant."""
    assert found(("domain", "mailbox", "quota", "qoutaMb")).columns[3] == "qoutaMb"


def test_a_results_file_has_all_ten_result_columns() -> None:
    """They are no columns of the operator's; a sheet with nine of them is no results file."""
    results = found(("domain", "mailbox", *COLUMNS.results, "owner"))

    assert (results.columns, results.own) == (("domain", "mailbox", "owner"), (0, 1, 12))
    assert results.prior == tuple(range(2, 12))
    assert [results.own_position(place) for place in (1, 2, 12)] == [1, None, 2]
    assert found(("domain", "mailbox", *COLUMNS.results[1:])).prior == ()


def test_of_two_columns_of_one_name_the_results_own_the_last() -> None:
    """Or the one that they have marked as theirs, as the operator had one of that name."""
    marked = [f"{name} (bulkprov)" if name == "note" else name for name in COLUMNS.results]

    assert found(("note", "domain", "mailbox", *COLUMNS.results)).columns == ("note", "domain", "mailbox")
    assert found(("note", "domain", "mailbox", *marked)).columns == ("note", "domain", "mailbox")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("owner", "domain")], "no column localPart. Row 1 has: owner, domain. Rename the columns, or add it"),
        ([("a",), ("domian", "mailbox")], 'no column mailDomain. Row 2 has: domian, mailbox. Is "domian" meant to be'),
        ([("", " ")], "the sheet is empty: it needs a header row with localPart and mailDomain"),
    ],
)
def test_why_there_is_no_header_is_said_by_the_row_that_comes_closest(rows: list[tuple[str, ...]], words: str) -> None:
    """With what is missing, and what may have been meant."""
    assert words in str(no_header(enumerate(rows, 1), COLUMNS, "wave.csv"))
