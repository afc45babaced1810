"""ODS: whether the text of a cell is what its value looks like."""

import pytest

from bulkprov.sheets.excel.ods_values import agree, is_zero


@pytest.mark.parametrize(
    ("kind", "value", "text", "same"),
    [
        ("string", "FS 1", " FS\n1 ", True),
        ("string", "FS_1", "FS_2", False),
        ("float", "1234.5", "1234.5", True),
        ("float", "1234.5", "1234,5", True),
        ("float", "1234.5", "1,234.5", True),
        ("float", "1234", "1,234", True),
        ("float", "0.333333333333333", "0.33", True),
        ("float", "123456", "1.2E+05", True),
        ("float", "-7", "\u22127", True),
        ("float", "123", "00123", True),
        ("float", "123.5", "124", True),
        ("float", "123.5", "123", True),
        ("float", "123", "124", False),
        ("float", "0.33", "0.4", False),
        ("float", "7", "###", True),  # told elsewhere
        ("float", "7", "7 pcs", True),  # nothing is known of it
        ("float", "x", "7", True),
        ("float", "NaN", "7", True),
        ("date", "2026-01-05", "5", True),
    ],
)
def test_a_text_may_be_that_of_a_value(kind: str, value: str, text: str, *, same: bool) -> None:
    """In any country, and rounded to as many places as it has."""
    assert agree(kind, value, text) is same


@pytest.mark.parametrize(("value", "zero"), [("0", True), ("-0.0", True), ("0E9", True), ("0.1", False), ("", False)])
def test_zero(value: str, *, zero: bool) -> None:
    """However it is written."""
    assert is_zero(value) is zero
