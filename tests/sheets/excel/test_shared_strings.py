"""XLSX: texts as they are seen, in the table of shared strings and in cells."""

from pathlib import Path

import pytest

from bulkprov.sheets.excel.shared_strings import read_strings, unescaped
from bulkprov.sheets.excel.zip_guard import open_package
from tests.sheets.corpus.parts import zipped

STRINGS = "xl/sharedStrings.xml"


def read(folder: Path, *strings: str) -> list[str]:
    """The strings of a table with these in it."""
    zipped({STRINGS: f"<sst>{''.join(f'<si>{each}</si>' for each in strings)}</sst>"})(folder / "book.xlsx")
    with open_package(folder / "book.xlsx", "it") as package:
        return read_strings(package, STRINGS)


def test_the_runs_of_a_string_are_one_string(tmp_path: Path) -> None:
    """Rich text is several elements; an empty string is one too, so that those after it keep their numbers."""
    assert read(tmp_path, "<r><t>FS_</t></r><r><rPr/><t>1</t></r>", "", "<t/>", "<t>n</t>") == ["FS_1", "", "", "n"]


def test_the_reading_above_a_word_is_not_part_of_it(tmp_path: Path) -> None:
    """Wherever it stands."""
    reading = '<rPh sb="0" eb="2"><t>トウキョウ</t></rPh>'

    assert read(tmp_path, f"<t>東京</t>{reading}<phoneticPr/>", f"{reading}<r><t>東京</t></r>") == ["東京", "東京"]


def test_white_space_between_elements_is_not_text(tmp_path: Path) -> None:
    """As in files that were indented; inside the text it counts."""
    assert read(tmp_path, "\n  <t> a\n b</t>\n", "<t><![CDATA[<c>]]> &amp; &#x4EFB;</t>") == [" a\n b", "<c> & 任"]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("_x0041_", "A"),
        ("_x005F_x0041_", "_x0041_"),
        ("a_x000D_b", "a\rb"),
        ("_x004g_", "_x004g_"),
        ("_X0041_", "_X0041_"),
        ("_xD83D__xDE00_", "😀"),
        ("😀_xD83D_", "😀_xD83D_"),
        ("plain", "plain"),
    ],
)
def test_escapes(written: str, seen: str) -> None:
    """Two that are a surrogate pair are one character; half of one cannot be, so it stays as it is written."""
    assert unescaped(written) == seen


def test_a_workbook_may_have_no_shared_strings(tmp_path: Path) -> None:
    """Writers that stream have none."""
    zipped({"a.xml": "<a/>"})(tmp_path / "book.xlsx")

    with open_package(tmp_path / "book.xlsx", "it") as package:
        assert read_strings(package, "") == []
