"""Format codes: what they consist of, and whether all of it is understood."""

from decimal import Decimal

import pytest
from xlrd.formatting import std_format_strings

from bulkprov.sheets.excel.format_codes import BUILT_IN, Section, Token, parse


def kinds(code: str) -> list[list[str]]:
    """The kinds of tokens in each section."""
    return [[token.kind for token in section.tokens] for section in parse(code)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", [[]]),
        ("0;-0", [["digit"], ["literal", "digit"]]),
        ('0";"0', [["digit", "literal", "digit"]]),
        ("0\\;0", [["digit", "literal", "digit"]]),
        ("[$;-409]0", [["literal", "digit"]]),
        ("0_;;@", [["digit", "literal"], ["text"]]),
        ("0*;0", [["digit", "digit"]]),
        ("0;0;0;@", [["digit"], ["digit"], ["digit"], ["text"]]),
    ],
)
def test_a_semicolon_ends_a_section(code: str, expected: list[list[str]]) -> None:
    """But not one that is quoted, escaped, in brackets, a space or a filler."""
    assert kinds(code) == expected


def test_more_than_four_sections_are_not_understood() -> None:
    """There is nothing that a fifth one could be for."""
    assert parse("0;0;0;@;0") == (Section((), understood=False),)


def test_literals_lose_their_quotes() -> None:
    """Quotes, backslashes, spaces of a width and signs of currencies all become text."""
    assert parse('"CL"\\-_x[$€-407]')[0].tokens == tuple(Token("literal", text) for text in ("CL", "-", " ", "€"))


@pytest.mark.parametrize(
    ("code", "value", "admitted"),
    [
        ("[>5]0", "6", True),
        ("[>5]0", "5", False),
        ("[>=5]0", "5", True),
        ("[<5]0", "4.9", True),
        ("[<=5]0", "5.1", False),
        ("[=5]0", "5.0", True),
        ("[<>5]0", "5", False),
        ("[<-1.5]0", "-2", True),
        ("0", "5", True),
    ],
)
def test_conditions(code: str, value: str, *, admitted: bool) -> None:
    """A section admits the values that its condition names; without one, all of them."""
    assert parse(code)[0].admits(Decimal(value)) is admitted


@pytest.mark.parametrize(
    ("code", "understood"),
    [
        ("[Red]0", True),
        ("[Color 12]0", True),
        ("[$€-407]0", True),
        ("€0", True),
        ("[DBNum1]0", False),
        ("[$-F800]yyyy", False),  # the long date as the computer is set
        ("[$-1070000]d", False),  # another calendar
        ("[$-20409]d", False),
        ("[$-10409]d", True),  # the usual one, by its number
        ("[$-010409]#,##0", True),
        ("CL0", False),
        ('0"', False),
    ],
)
def test_what_is_understood(code: str, *, understood: bool) -> None:
    """Colours and currencies are; what depends on the computer, and what has no known meaning, is not."""
    assert parse(code)[0].understood is understood


@pytest.mark.parametrize(
    ("code", "english"), [("mmm", True), ("[$-409]mmm", True), ("[$-809]mmm", True), ("[$-407]mmm", False)]
)
def test_the_language_of_names(code: str, *, english: bool) -> None:
    """English of any country is English."""
    assert parse(code)[0].english is english


def test_the_built_in_formats_are_understood_but_for_two() -> None:
    """The short date, with and without the time, looks as the computer is set."""
    strange = {number for number, code in BUILT_IN.items() if not all(each.understood for each in parse(code))}

    assert strange == {14, 22}


def test_the_built_in_formats_are_those_that_another_reader_knows() -> None:
    """The list in xlrd comes from Excel; the room that a bracket takes and the short date are put otherwise."""
    others = {number: std_format_strings[number] for number in BUILT_IN}

    assert {number for number, code in BUILT_IN.items() if code != others[number]} == {14, 22, 37, 38, 39, 40}
