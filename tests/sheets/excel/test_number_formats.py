"""Number formats: what Excel shows, or the admission that it cannot be known.

The expected texts were compared with what LibreOffice shows for the same workbook; where they differ (LibreOffice drops
the point of `0.###` and cuts seconds off instead of rounding them) Excel's documented way is expected.
"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.sheets.excel.format_codes import BUILT_IN
from bulkprov.sheets.excel.number_formats import general, number_format

DAY = "46027.75"  # 18:00 on Monday, the fifth of January 2026


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("0", "2.5", "3"),
        ("0", "-2.5", "-3"),
        ("0", "-0.4", "0"),
        ("#", "0.6", "1"),
        ("00000", "123", "00123"),
        ("00000", "1234567", "1234567"),
        ("00000", "-5", "-00005"),
        ("0.00", "1.005", "1.01"),
        ("0.###", "1", "1."),
        (".00", "12.5", "12.50"),
        ("#,##0", "1234567", "1,234,567"),
        ("#,##0", "12", "12"),
        ("0,000", "12", "0,012"),
        ("0.0,", "12345", "12.3"),
        ('0.0,,"M"', "1234567", "1.2M"),
        ("0%", "0.07", "7%"),
        ("0.0%", "0.075", "7.5%"),
        ("0.00E+00", "100000", "1.00E+05"),
        ("0.00E+00", "0.00012", "1.20E-04"),
        ("0E+0", "99", "1E+2"),
        ('"CL-"0000', "7", "CL-0007"),
        ("\\C\\L0", "7", "CL7"),
        ("000-00-0000", "123456789", "123-45-6789"),
        ("00\\-00", "7", "00-07"),
        ("(000) 000", "123456", "(123) 456"),
        ('0" kg"', "5", "5 kg"),
        ('"CL"General', "5", "CL5"),
        ("[Red]0", "5", "5"),
        ("[Color 12]0", "5", "5"),
        ("[$€-407] 0.00", "2", "€ 2.00"),
        ("€0", "2", "€2"),
        ("_-* #,##0.00_-", "5", "5.00"),
        ("0;(0)", "-5", "(5)"),
        ('0;-0;"none"', "0", "none"),
        ("+0;-0;0", "5", "+5"),
        ('[>100]"big";"small"', "101", "big"),
        ('[>100]"big";"small"', "100", "small"),
        ('[=1]"yes";[=0]"no";0', "0", "no"),
        ("0;@", "5", "5"),
        ("@", "5", "5"),
        ("General", "0.1", "0.1"),
    ],
)
def test_numbers(code: str, value: str, shown: str) -> None:
    """Digits, literals, sections and conditions are as Excel shows them."""
    assert number_format(code).number(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("# ?/?", "0.5"),
        ("##0.0E+0", "12345"),
        (BUILT_IN[14], DAY),
        ("[$-F800]dddd, mmmm dd, yyyy", DAY),
        ("[$-407]mmmm", DAY),
        ("[$-1070000]d/mm/yyyy", DAY),
        ("[DBNum1]0", "5"),
        ("bbbb", DAY),
        ("gge", DAY),
        ("CL0", "5"),
        ("0;-0;zero", "5"),
        ("0.00.00", "5"),
        ('0"."0E-0', "7171513"),  # two digits before the exponent, and a point that is none
        ("@;0.0", "5"),  # the section for text comes last
        (";;;", "5"),
        ('"', "5"),
        ("yyyy-mm-dd", "-1"),
        ("yyyy-mm-dd", "60"),
        ("yyyy-mm-dd", "3000000"),
        ("dddd", "5"),
        ("yyyy 0", DAY),
        ("0;0;0;@;0", "5"),
        ("[>5]0", "-1"),
        ("General", "0.00001"),
        ("General", "1e15"),
        ("0" * 3 + "." + "0" * 20, "1"),
    ],
)
def test_what_cannot_be_shown_for_sure(code: str, value: str) -> None:
    """Where the look depends on the computer, or the code is not understood, nothing is made up."""
    assert number_format(code).number(Decimal(value)) is None


@pytest.mark.parametrize(
    ("code", "shown"),
    [("General", "x"), ("@", "x"), ("0", "x"), ('"CL"@', "CLx"), ('0;0;0;"-"@', "-x"), (";;;", None), ("0;0;0;", None)],
)
def test_text_under_a_format(code: str, shown: str | None) -> None:
    """Text has a section of its own, or is shown as it is; a format can hide it."""
    assert number_format(code).text("x") == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("12", "12"),
        ("-0", "0"),
        ("123456789012345", "123456789012345"),
        ("0.333333333333333", "0.333333333"),
        ("1234567.891", "1234567.891"),
        ("12345678.9123", "12345678.91"),
        ("-1.50", "-1.5"),
        ("0.0001", "0.0001"),
    ],
)
def test_numbers_without_a_format(value: str, shown: str) -> None:
    """Whole numbers up to 15 digits are whole; others have as many decimals as 11 places hold."""
    assert general(Decimal(value)) == shown


@given(st.text(alphabet='0#?.,%;@"\\_*[]$-hmsydEeAP/+ GeneralRed<>=19', max_size=20), st.decimals(-1e9, 1e9, places=4))
def test_no_code_is_too_odd(code: str, value: Decimal) -> None:
    """Any code gives text with something in it, or None."""
    shown = number_format(code).number(value)

    assert shown is None or shown.strip()
