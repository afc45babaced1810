"""Delimited text: the two readers behind one table."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkprov.errors import SheetError
from bulkprov.sheets import Sheet
from bulkprov.sheets.rows import SKIP, Record
from tests.backupsets import RESULT_COLUMNS, open_sheet

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


def only(path: Path, content: bytes, **how: str) -> tuple[Sheet, list[Record]]:
    """A file with this content as a sheet, and its rows."""
    path.write_bytes(content)
    sheet = open_sheet(path, **how)
    return sheet, read(sheet)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('="00123"', "00123"),
        ('"=""00123"""', "00123"),
        ('="=""x"""', '="x"'),
        ('=""', ""),
        (' ="007" ', "007"),
        ('"=""a,b"""', "a,b"),
        ('="a""b"', 'a"b'),
        ('="1"&"2"', '="1"&"2"'),
        ("=1+1", "=1+1"),
        ('="', '="'),
    ],
)
@pytest.mark.parametrize("ragged", ["", "short\n"])
def test_text_as_a_formula_is_read_as_excel_shows_it(tmp_path: Path, cell: str, shown: str, ragged: str) -> None:
    """By both readers, and said; any other formula stays the name it may be."""
    content = f"clientName,backupsetName\n{cell},FS_1\n{ragged}"

    sheet, records = only(tmp_path / "wave.csv", content.encode())

    assert records[0].cells == (shown, "FS_1")
    assert any("which is what Excel shows" in note for note in sheet.notes) == (shown != cell)


def test_text_as_a_formula_in_a_header(tmp_path: Path) -> None:
    """A tool that writes one so writes all so."""
    _, (record,) = only(tmp_path / "wave.csv", b'="clientName",="backupsetName"\n="00123",="FS_1"\n')

    assert record.cells == ("00123", "FS_1")


def test_text_as_a_formula_in_results_is_a_name(tmp_path: Path) -> None:
    """The results hold names as they are, and are read back as they are."""
    head = ",".join(("clientName", "backupsetName", *RESULT_COLUMNS))

    _, (record,) = only(tmp_path / "results.csv", f'{head}\n"=""x""",n{",1" * 10}\n'.encode())

    assert record.cells == ('="x"', "n")


@pytest.mark.parametrize("mark", ["\ufeff", "\ufeff\ufeff", "\ufeff\ufeff\ufeff"])
@pytest.mark.parametrize("first", ["", "sep=;\r\n", '"sep=;"\n', "sep=;;;\n", "SEP=;\r"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be"])
def test_marks_and_a_line_that_names_the_separator_are_no_text(
    tmp_path: Path, mark: str, first: str, codec: str
) -> None:
    """However many programs put one in front. Excel counts rows from below that line."""
    content = (mark + first + "clientName;backupsetName\nc,d;n\n").encode(codec)

    sheet, (record,) = only(tmp_path / "wave.csv", content)

    assert sheet.columns == ("clientName", "backupsetName")
    assert record == Record(sheet_row=2, cells=("c,d", "n"))


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff", "\u200e", "\u2060", "\u00ad", "\u202a"])
@pytest.mark.parametrize("name", ["{}clientName", "client{}Name", "clientName{}"])
def test_headers_are_found_in_spite_of_what_cannot_be_seen(tmp_path: Path, unseen: str, name: str) -> None:
    """And kept as they are, since the results have the operator's own headers."""
    name = name.format(unseen)

    sheet, _ = only(tmp_path / "wave.csv", f"x,{name},backupsetName\n1,c,n\n".encode())

    assert (sheet.fields, sheet.columns) == ({"clientName": 1, "backupsetName": 2}, ("x", name, "backupsetName"))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("tail", ["", ",,", ";"])
def test_lines_that_are_one_quoted_cell_each_are_read_as_the_rows_in_them(
    tmp_path: Path, separator: str, end: str, tail: str
) -> None:
    """What Excel makes of a CSV that was pasted into one column, and saved."""
    rows = [["clientName", "backupsetName", "planName"], ["client001", f"a{separator}b", "Gold"], ["", "", ""]]
    inner = io.StringIO()
    csv.writer(inner, delimiter=separator, lineterminator="\n").writerows([*rows, ["c", "n", "p"]])
    quoted = ['"' + line.replace('"', '""') + '"' + tail for line in inner.getvalue().splitlines()]

    sheet, records = only(tmp_path / "wave.csv", (end.join(quoted) + end).encode())

    assert [(record.sheet_row, record.cells) for record in records] == [(2, tuple(rows[1])), (4, ("c", "n", "p"))]
    assert any("each line is one quoted cell" in note for note in sheet.notes)


def test_one_line_that_is_not_quoted_among_such_is_refused(tmp_path: Path) -> None:
    """What its cells are depends on which way it is read."""
    content = b'"clientName,backupsetName"\n"c,n"\nc,n\n'

    with pytest.raises(SheetError, match=r"row 3 has cells of its own.*each line is one quoted cell"):
        only(tmp_path / "wave.csv", content)


def test_one_line_that_is_quoted_as_a_whole_is_a_fault(tmp_path: Path) -> None:
    """The fault says what it is."""
    _, (_, record) = only(tmp_path / "wave.csv", b'clientName,backupsetName\nc,n\n"c,m"\n')

    assert record.faults[0].text.startswith("row 3 is in quotes as a whole")


def test_more_columns_than_the_results_can_have_are_refused_at_once(tmp_path: Path) -> None:
    """Not when everything is made and the results are to be written."""
    own = ",x" * (16_384 - 2 - len(RESULT_COLUMNS) - len([SKIP]))

    assert len(only(tmp_path / "most.csv", f"client,backupset{own}\nc,n{own}\n".encode())[1]) == 1
    with pytest.raises(SheetError, match="has 16,374 columns, and the results need 11 more"):
        only(tmp_path / "more.csv", f"client,backupset{own},y\nc,n{own},y\n".encode())
