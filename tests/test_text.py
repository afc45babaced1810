import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.shell import typed
from bulkprov.text import clean, clean_lines, for_csv, plural


@given(st.text())
def test_what_is_shown_can_be_seen(text: str) -> None:
    """Whatever a text holds, what is shown of it is one line of printable characters."""
    assert clean(text).isprintable()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_ordinary_text_stays(text: str) -> None:
    """Letters, digits, punctuation and symbols of any script are shown as they are."""
    assert text == clean(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", r"a\x1b[31mred"),
        ("bell\a nul\0 del\x7f", r"bell\x07 nul\x00 del\x7f"),
        ("c1 \x9b2J", r"c1 \x9b2J"),
        ("file\u202egpj.exe", r"file\u202egpj.exe"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("half \ud83d", r"half \ud83d"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("two\r\nlines\u2028three\x85four", "two lines three four"),
        ("a\tb\u00a0c", "a b c"),
        ("  kept   spaces ", "  kept   spaces "),
        ("Zürich 東京 😀", "Zürich 東京 😀"),
    ],
)
def test_what_does_harm_is_made_visible(text: str, shown: str) -> None:
    """Control, reversing and zero-width characters appear as escapes, line ends as a space, all else stays."""
    assert shown == clean(text)


@pytest.mark.parametrize("prefix", [*"=+-@\t\r\n\0", "\uff1d", "\uff0b", "\uff0d", "\uff20", " =", "\u00a0="])
def test_a_servers_words_are_no_formula(prefix: str) -> None:
    """After any of OWASP's characters a spreadsheet program finds an apostrophe, or no such character at all."""
    shown = for_csv(f"{prefix}1+1")

    first = unicodedata.normalize("NFKC", shown.lstrip()[0])
    assert first not in "=+-@\t\r\n\0"


def test_harmless_words_get_no_apostrophe() -> None:
    """An error string that starts like words is written as the server said it."""
    assert for_csv("DB error: a=b") == "DB error: a=b"


@pytest.mark.parametrize(
    ("platform", "line"),
    [
        ("linux", r"bulkprov resume 'reports/R&D wave' --username 'CORP\ops'"),
        ("win32", r'bulkprov resume "reports/R&D wave" --username CORP\ops'),
    ],
)
def test_a_command_is_written_as_the_shell_of_the_system_takes_it(
    monkeypatch: pytest.MonkeyPatch, platform: str, line: str
) -> None:
    """On Windows cmd.exe takes a word apart at an ampersand, and PowerShell at a bracket."""
    monkeypatch.setattr("sys.platform", platform)

    assert typed(["resume", Path("reports/R&D wave").as_posix(), "--username", r"CORP\ops"]) == line
    if platform == "win32":
        assert typed(["run", "wave(1).csv"]) == 'bulkprov run "wave(1).csv"'


def test_of_several_lines_each_is_cleaned() -> None:
    """Their ends and the blanks that line them up stay."""
    assert clean_lines("a  b\x1b[2J\nc\td\n") == "a  b\\x1b[2J\nc d\n"


def test_one_thing_is_named_in_the_singular() -> None:
    """And none in the plural."""
    assert [plural(number, "row") for number in (0, 1, 2_000)] == ["0 rows", "1 row", "2,000 rows"]
