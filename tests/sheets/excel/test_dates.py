"""Dates and times: what Excel shows of a serial number of days.

The expected texts were compared with what LibreOffice shows for the same workbook; where they differ (LibreOffice cuts
seconds off instead of rounding them) Excel's documented way is expected.
"""

from decimal import Decimal

import pytest

from bulkprov.sheets.excel.dates import shown_date
from bulkprov.sheets.excel.format_codes import parse
from bulkprov.sheets.excel.number_formats import number_format

DAY = "46027.75"  # 18:00 on Monday, the fifth of January 2026


def shown(code: str, serial: str, *, date1904: bool = False, english: bool = True) -> str | None:
    """What a cell with this format shows."""
    return shown_date(parse(code)[0].tokens, Decimal(serial), date1904=date1904, english=english)


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("yyyy-mm-dd", DAY, "2026-01-05"),
        ("dd.mm.yyyy", DAY, "05.01.2026"),
        ("d/m/yy", DAY, "5/1/26"),
        ("d mmm yyyy", DAY, "5 Jan 2026"),
        ("mmmm", DAY, "January"),
        ("mmmmm", DAY, "J"),
        ("ddd dddd", DAY, "Mon Monday"),
        ("[$-409]mmmm d, yyyy;@", DAY, "January 5, 2026"),
        ("[$-809]dd mmmm yyyy", DAY, "05 January 2026"),
        ("yyyy-mm-dd hh:mm:ss", DAY, "2026-01-05 18:00:00"),
        ("h:mm AM/PM", DAY, "6:00 PM"),
        ("h:mm a/p", "0.25", "6:00 a"),
        ("h AM/PM", "0", "12 AM"),
        ("hh:mm", "0.5", "12:00"),
        ("mm:ss", "0.001", "01:26"),
        ("ss.00", "0.00001", "00.86"),
        ("[h]:mm:ss", "1.5", "36:00:00"),
        ("[mm]:ss", "0.5", "720:00"),
        ("[ss]", "0.001", "86"),
        ("m", DAY, "1"),
        ("h:mm:ss", "0.999999", "0:00:00"),
        ("mm:ss.0", "0.261808449074074", "17:00.3"),  # 6:17:00.25, of which a workbook keeps 15 digits
        ("h:mm:ss", "46027.0000057870", "0:00:01"),  # half a second past midnight
        ("yyyy-mm-dd", "61", "1900-03-01"),
        ("yyyy-mm-dd", "59", "1900-02-28"),
    ],
)
def test_dates_and_times(code: str, value: str, shown: str) -> None:
    """Months and minutes are told apart, and seconds are rounded."""
    assert number_format(code).number(Decimal(value)) == shown


def test_the_calendar_of_1904() -> None:
    """Workbooks of old Macs count from another day."""
    assert number_format("yyyy-mm-dd").number(Decimal(0), date1904=True) == "1904-01-01"


def test_the_same_day_in_both_calendars() -> None:
    """They are 1,462 days apart, the false leap day among them."""
    assert shown("yyyy-mm-dd", "1462") == shown("yyyy-mm-dd", "0", date1904=True) == "1904-01-01"


@pytest.mark.parametrize("code", ["mmm", "mmmm", "mmmmm", "ddd", "dddd"])
def test_names_of_another_language_are_not_known(code: str) -> None:
    """Days and months have names in English only; their numbers are the same everywhere."""
    assert shown(code, DAY) is not None
    assert shown(code, DAY, english=False) is None
    assert shown("dd.mm.yyyy", DAY, english=False) == "05.01.2026"


@pytest.mark.parametrize(
    ("code", "serial"),
    [
        ("yyyy-mm-dd", "60"),  # the 29th of February 1900, which never was
        ("yyyy-mm-dd", "0"),
        ("yyyy-mm-dd", "-0.5"),
        ("yyyy-mm-dd", "2958466"),  # the year 10000
        ("dddd", "5"),  # Excel's weekdays are wrong before March 1900
        ("hhh", "0.5"),
        ("mm.0", "0.5"),  # digits behind minutes
        ("ss.0000", "0.5"),  # finer than Excel is
        ("0 ss", "0.5"),
        ("yyyy%", DAY),
        ("yyyyy", DAY),
        ("ddddd", DAY),
        ("[h]:[mm]", "1.5"),  # two that count on
        ("mm [mm]", "1.5"),
        ("[h] d", "1.5"),  # a duration has no day of the month
        ("[ss] mm", "1.5"),
        ("[h] mmmm:ss", "1.5"),
        ("[m] mm:ss", "1.5"),  # the minutes twice
        ("[s] ss", "1.5"),
        ("ss mm/hh", DAY),  # Excel's page calls it a month, LibreOffice a minute
        ("mm AM/PM", DAY),
    ],
)
def test_what_is_not_known_is_not_made_up(code: str, serial: str) -> None:
    """None, and no text that is nearly right."""
    assert shown(code, serial) is None


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("h:mm", "18:05"),
        ("m/d h:mm", "1/5 18:05"),
        ("h:mm AM/PM m/d", "6:05 PM 1/5"),
        ("mm:ss", "05:00"),
        ("h m", "18 5"),
        ("m", "1"),
        ("yyyy-m s", "2026-5 0"),
    ],
)
def test_m_is_a_minute_beside_an_hour_or_a_second(code: str, text: str) -> None:
    """And a month elsewhere."""
    assert shown(code, "46027.75347222") == text
