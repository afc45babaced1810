"""What to say of a text file in which none of the usual separators gives a header."""

import pytest

from bulkprov.sheets.separators import USUAL, advice


def said(text: str, *, tried: str = ",;\t|", named: str = "") -> str:
    """What is said of this text: its header has the columns a and b."""
    return advice(text.splitlines(keepends=True), list(tried), named, lambda cells: {"a", "b"} <= set(cells))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a~b\n", 'line 1 seems to have "~" between its columns: give --delimiter "~"'),
        ("Wave 3\n\n#: x\na:b:c\n", 'line 4 seems to have ":" between its columns: give --delimiter ":"'),
        ("a，b\n", 'line 1 seems to have "，" between its columns: give --delimiter "，"'),
        ("a     b\n", "the columns of line 1 are lined up with spaces: save the sheet as CSV or .xlsx"),
        ("'a','b'\n", 'line 1 has quotes that CSV does not know: write " in their place'),
        ("„a“;„b“\n", 'line 1 has quotes that CSV does not know: write " in their place'),
        ('"a", "b"\n', "line 1 has spaces before its quotes, so that they count as text: take the spaces away"),
    ],
)
def test_the_line_that_has_the_columns_is_named(text: str, words: str) -> None:
    """With what stands between them, and what to do."""
    assert said(text) == words


def test_a_separator_that_was_asked_for_is_held_against_the_others() -> None:
    """Leaving the option out is enough."""
    assert said("a,b\n", tried="#") == "line 1 seems to have commas between its columns: leave --delimiter out"


def test_a_line_that_names_the_wrong_separator_is_told() -> None:
    """It is the first line, so that all others have one number more."""
    expected = 'its first line says "sep=,", but line 2 has semicolons between its columns: correct it'

    assert said("a;b\n", tried=",", named=",") == expected


@pytest.mark.parametrize("text", ["", "a\nb\n", "c,d\n", "ab\n", f"a~b~{'x' * 3_000}\n"])
def test_of_other_text_nothing_is_said(text: str) -> None:
    """The columns themselves are missing, then."""
    assert said(text) == ""


def test_the_usual_separators_have_names() -> None:
    """Which messages use."""
    assert set(USUAL) == set(",;\t|")
