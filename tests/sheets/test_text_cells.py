"""What a spreadsheet program makes of a cell of text, and which cells cannot be meant as they are."""

import pytest

from bulkprov.sheets.text_cells import doubt, may_be_doubted, shown


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ('="00123"', "00123"),
        (' ="a""b" ', 'a"b'),
        ('=""', ""),
        ('="a"&"b"', '="a"&"b"'),
        ("=A1", "=A1"),
        ("00123", "00123"),
    ],
)
def test_a_text_as_a_formula_is_shown_as_the_text(cell: str, seen: str) -> None:
    """Nothing else is calculated."""
    assert shown(cell) == seen


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("=SUM(A1:A2)", "is a formula"),
        ("=_xlfn.CONCAT(A1)", "is a formula"),
        ("+UPPER(A1)", "is a formula"),
        ('@T("x")', "is a formula"),
        ("=-T(\n1)", "is a formula"),
        ("=A1", "is a formula"),
        ("=$AB$12", "is a formula"),
        ("=Wave!A1", "is a formula"),
        ("='My wave'!A1", "is a formula"),
        ('="a"&"b"', "is a formula"),
        (' "FS_1"', "has a space before its quotes"),
        ('\t"FS 1" ', "has a space before its quotes"),
    ],
)
def test_there_is_doubt(cell: str, words: str) -> None:
    """And it is said what to do."""
    assert doubt(cell).startswith(words)
    assert ": " in doubt(cell)
    assert may_be_doubted(f"client001{cell}Gold")


@pytest.mark.parametrize(
    "cell", ["=1+1", "=x", "=AB_1", "-a", "@b", "client (1)", "f(x)", '19" rack', '"FS_1"', ' 19" rack', ' "a" b', ""]
)
def test_there_is_none(cell: str) -> None:
    """It may be a name, however odd."""
    assert doubt(cell) == ""
