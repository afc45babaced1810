"""What is noted about cells beside their values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.sheets.excel.displayed import Display, cell_key, cell_place
from bulkprov.sheets.excel.number_formats import number_format

B2 = cell_key(2, 1)


def number(raw: str, code: str = "General") -> tuple[str, str]:
    """What is shown of a number, and its fault."""
    display = Display()
    display.add_number(B2, raw, number_format(code))
    return display.shown[B2], display.faults.get(B2, "")


@given(st.integers(1, 1 << 20), st.integers(0, (1 << 14) - 1))
def test_every_cell_has_a_key_of_its_own(row: int, column: int) -> None:
    """Its row and column follow from the key; cells of a row have keys that follow each other."""
    key = cell_key(row, column)

    assert cell_place(key) == (row, column)
    assert key == cell_key(row, 0) + column


@pytest.mark.parametrize(
    ("raw", "code", "shown"),
    [
        ("123", "00000", "00123"),
        ("1234567", "00000", "1234567"),
        ("123.0", "00000", "00123"),
        ("0.30000000000000004", "General", "0.3"),  # as a spreadsheet keeps it, with 15 digits
        ("1E2", "General", "100"),
    ],
)
def test_a_number_is_seen_through_its_format(raw: str, code: str, shown: str) -> None:
    """As it is in the file, whatever its spelling there."""
    assert number(raw, code) == (shown, "")


@pytest.mark.parametrize("raw", ["1234567890123456", "1E15", "-1E300", "INF", "abc"])
def test_a_number_with_too_many_digits_is_a_fault(raw: str) -> None:
    """Its last digits were lost when it was typed; it is kept as it is in the file."""
    shown, fault = number(raw, "00000")

    assert shown == raw
    assert fault.startswith(f"is the number {raw}, and a spreadsheet keeps 15 digits")


def test_a_format_that_is_not_understood_is_a_fault() -> None:
    """The cell then has what comes nearest."""
    assert number("0.5", "# ?/?") == (
        "0.5",
        "is the number 0.5 in a format that cannot be displayed reliably: format the cell as text",
    )


def test_an_error_value_is_shown_and_is_a_fault() -> None:
    """The value that calamine gives for it is nothing."""
    display = Display()
    display.add_error(B2, "#N/A")

    assert (display.shown, display.faults) == ({B2: "#N/A"}, {B2: "is the error #N/A: correct it"})


def test_special_columns_are_those_with_something_to_show() -> None:
    """A column with faults only has nothing that a value is replaced by."""
    display = Display(
        shown={cell_key(2, 3): "x", cell_key(9, 3): "y"},
        text_formats={cell_key(2, 0): str.upper},
        faults={cell_key(2, 5): "is wrong"},
    )

    assert display.special_columns() == [0, 3]
