"""Delimited text: the two readers behind one table."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkprov.sheets import Sheet
from bulkprov.sheets.rows import Record
from tests.backupsets import open_sheet

_CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6) | st.text(
    " a\",;\r\n\ufeff'\\#", max_size=5
)
_ROWS = st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=6)
_SAME_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(path: Path, rows: list[tuple[str, ...]], more: str = "", separator: str = ",") -> Path:
    """A CSV file of these rows below a header, and something more at its end."""
    text = io.StringIO()
    head = ("clientName", "backupsetName", "planName")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows([head, *rows])
    path.write_bytes((text.getvalue() + more).encode())
    return path


def read(sheet: Sheet) -> list[Record]:
    """All of its rows."""
    return [record for chunk in sheet.chunks() for record in chunk]


@_SAME_FILE
@given(rows=_ROWS, separator=st.sampled_from(",;\t|"))
def test_an_even_table_reads_as_an_uneven_one(tmp_path: Path, rows: list[tuple[str, ...]], separator: str) -> None:
    """The quick reader gives every cell as the careful one does, which a ragged row at the end calls for."""
    rows = [*rows, ("last", "one", "here")]
    even = open_sheet(written(tmp_path / "even.csv", rows, separator=separator), delimiter=separator)
    uneven = open_sheet(written(tmp_path / "uneven.csv", rows, "ragged\n", separator), delimiter=separator)

    quick, careful = read(even), read(uneven)

    assert quick == careful[:-1]
    assert careful[-1].faults
    assert [record.cells for record in quick] == [row for row in rows if any(cell.strip() for cell in row)]


@pytest.mark.parametrize("rows", [[("a\0b", "c", "d")], [("a", "b", "c\0")]])
def test_a_zero_byte_cuts_no_cell(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    """It stays, and the check refuses it where it is in a name."""
    padding = [("x" * 999, "y", "z")] * 400  # what begins with zero bytes is taken for no text at all

    (*_, last) = read(open_sheet(written(tmp_path / "zero.csv", [*padding, *rows])))

    assert last.cells == rows[0]


@pytest.mark.parametrize("rows", [[("a", "b", "c")], [("a", "b")]])
def test_a_separator_may_be_any_character(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    """Also one that the quick reader does not know."""
    (record,) = read(open_sheet(written(tmp_path / "wave.csv", rows, separator="§"), delimiter="§"))

    assert record.cells[:2] == ("a", "b")
