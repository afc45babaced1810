"""What a worksheet displays, and what is said of its cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import (
    Display,
    cell_key,
    cell_place,
    shown_boolean,
    shown_error,
    shown_number,
    shown_text,
)
from bulkprov.sheets.excel.extent import Extent
from bulkprov.sheets.excel.number_formats import number_format


def number(raw: str, code: str = "General") -> tuple[str, str]:
    """What is shown of a number, and its fault."""
    return shown_number(raw, number_format(code))


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
        ("729069859361008.5", "0", "729069859361009"),  # the sixteenth digit is rounded as the others are
        ("1E-999999999", "0.00E+00", "0.00E+00"),  # smaller than any number that a spreadsheet has
    ],
)
def test_a_number_is_seen_through_its_format(raw: str, code: str, shown: str) -> None:
    """As it is in the file, whatever its spelling there."""
    assert number(raw, code) == (shown, "")


@pytest.mark.parametrize("raw", ["INF", "NaN", "abc", "1_000", "1,5", "0x10", "１２"])
def test_what_is_no_number_is_a_fault(raw: str) -> None:
    """It is kept as it is in the file."""
    assert number(raw, "00000") == (raw, f'is "{raw}" where the file should have a number: type it again')


@pytest.mark.parametrize("raw", ["1234567890123456", "1E15", "-1E300"])
def test_a_number_with_too_many_digits_is_a_fault(raw: str) -> None:
    """Its last digits were lost when it was typed; it is kept as it is in the file."""
    shown, fault = number(raw, "00000")

    assert shown == raw
    assert fault.startswith(f"is the number {raw}, and a spreadsheet keeps 15 digits")


def test_a_format_that_is_not_understood_is_a_fault() -> None:
    """The cell then has what comes nearest."""
    assert number("0.5", "# ?/?") == (
        "0.5",
        "is the number 0.5 in a format that cannot be displayed reliably: format the cell as text and type it again",
    )


@pytest.mark.parametrize(("raw", "said"), [("1E-300", "1E-300"), ("1E-999999999", "0E-321")])
def test_a_fault_does_not_write_out_the_zeros_of_a_tiny_number(raw: str, said: str) -> None:
    """A few characters of a file would become a message of a thousand million."""
    _, fault = number(raw, "# ?/?")

    assert fault.startswith(f"is the number {said} in a format")


def test_an_error_value_is_shown_and_is_a_fault() -> None:
    """It is no name, though there is something to see."""
    assert shown_error("#N/A") == ("#N/A", "is the error #N/A: correct it")


@pytest.mark.parametrize(("value", "shown"), [("1", "TRUE"), ("true", "TRUE"), ("0", "FALSE"), (" false ", "FALSE")])
def test_booleans_are_words(value: str, shown: str) -> None:
    """Those of an English program."""
    assert shown_boolean(value) == (shown, "")


def test_a_boolean_of_another_value_is_a_fault() -> None:
    """A program may take 2 for true, and another for an error."""
    assert shown_boolean("2") == ("2", 'is "2", which is neither true nor false: type it again')


@pytest.mark.parametrize(
    ("code", "shown", "hidden"), [("@", "7", False), ('"client"@', "client7", False), (";;;", "7", True)]
)
def test_text_has_a_format_too(code: str, shown: str, *, hidden: bool) -> None:
    """It may add to the text, or hide it, which is a fault."""
    text, fault = shown_text("7", number_format(code))

    assert (text, bool(fault)) == (shown, hidden)


def test_cells_are_put_in_any_order_and_once() -> None:
    """Places between them are empty and may be filled; one that was put is not put again, though it has no text."""
    display = Display(Extent("it"))
    for row, column, text in ((2, 2, "c"), (2, 0, "a"), (4, 1, "")):
        display.put(row, column, text)

    assert display.rows == {2: ["a", "", "c"], 4: ["", ""]}
    assert (display.height, display.width) == (4, 3)
    for row, column, name in ((2, 2, "C2"), (4, 1, "B4")):
        with pytest.raises(SheetError, match=f"it: cell {name} is in it twice"):
            display.put(row, column, "x")
    display.put(2, 1, "b")
    assert display.rows[2] == ["a", "b", "c"]


def test_a_cell_far_away_is_refused_before_there_is_room_for_it() -> None:
    """Sixteen thousand empty cells would be made for it, in each of a million rows."""
    display = Display(Extent("it", 1_000))

    with pytest.raises(SheetError, match="more than 1,000 cells"):
        display.put(1, 1_000, "x")
    assert display.rows == {1: []}
