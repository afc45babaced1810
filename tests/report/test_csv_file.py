import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.report.csv_file import csv_file
from tests.backupsets import RESULT_COLUMNS, Context, open_sheet
from tests.report.made_results import COLUMNS, made, read_csv

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


def test_excel_is_told_the_encoding(tmp_path: Path) -> None:
    """The file begins with the byte order mark by which Excel knows UTF-8, and has one header row."""
    with csv_file(tmp_path / "results.csv", COLUMNS, Context()) as add:
        add(made("Zürich", "FS", ""))

    raw = (tmp_path / "results.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfclientName,")
    assert raw.count(b"\xef\xbb\xbf") == 1
    assert read_csv(tmp_path / "results.csv")[0] == [*COLUMNS, *RESULT_COLUMNS]


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=20))
def test_every_cell_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    """Whatever a cell holds (quotes, line ends, formulas, any script), reading gives it back exactly."""
    path = tmp_path_factory.mktemp("csv") / "results.csv"
    with csv_file(path, COLUMNS, Context()) as add:
        for row in rows:
            add(made(*row))

    assert [list(row) for row in rows] == [row[:3] for row in read_csv(path)[1:]]


def test_only_words_that_are_not_the_operators_own_are_escaped(tmp_path: Path) -> None:
    """A name `=1+1` stays what it is; the same from the server cannot run."""
    with csv_file(tmp_path / "results.csv", COLUMNS, Context()) as add:
        add(made("=1+1", "-x", "@y", error_string="=cmd|' /C calc'!A0", note="+1"))

    row = read_csv(tmp_path / "results.csv")[1]
    assert row[:3] == ["=1+1", "-x", "@y"]
    assert row[5] == "'=cmd|' /C calc'!A0"
    assert row[11] == "'+1"


def test_half_a_character_does_not_cost_the_report(tmp_path: Path) -> None:
    """A lone surrogate, which no file can hold, is written as an escape."""
    with csv_file(tmp_path / "results.csv", COLUMNS, Context()) as add:
        add(made("a\ud83d", "FS", ""))

    assert read_csv(tmp_path / "results.csv")[1][0] == r"a\ud83d"


WRITTEN_IN = {"utf-16": "utf-16", "utf-16-be": "utf-16", "utf-32": "utf-32", "cp1252": "cp1252"}
"""Encoding of a sheet to that of its results, if it is not UTF-8 with a mark."""


def written(path: Path, *, delimiter: str = "", encoding: str = "") -> bytes:
    """The bytes of results for a sheet that was like this."""
    with csv_file(path / "results.csv", COLUMNS, Context(delimiter=delimiter, encoding=encoding)) as add:
        add(made("Zürich", "a;b,c", "x", note="“odd”"))
    return (path / "results.csv").read_bytes()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["", "utf-8", "UTF8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252"])
def test_results_are_as_the_sheet_was(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """In its separator and encoding, so that the program that wrote it shows it, and the next run reads it."""
    raw = written(tmp_path, delimiter=delimiter, encoding=encoding)

    text = raw.decode(WRITTEN_IN.get(encoding, "utf-8-sig"))
    (header, row) = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    assert header[:3] == [*COLUMNS]
    assert row[:3] == ["Zürich", "a;b,c", "x"]
    sheet = open_sheet(tmp_path / "results.csv", encoding="cp1252" if encoding == "cp1252" else "")
    ((record,),) = sheet.chunks()
    assert (sheet.is_results, record.cells, sheet.delimiter) == (True, ("Zürich", "a;b,c", "x"), delimiter)


@pytest.mark.parametrize(("delimiter", "seconds"), [(",", "0.25"), ("\t", "0.25"), (";", "0,25")])
def test_fractions_are_written_as_where_the_sheet_was_made(tmp_path: Path, delimiter: str, seconds: str) -> None:
    """Semicolons separate cells where commas separate fractions: "0.25" would be a text there, or a date."""
    text = written(tmp_path, delimiter=delimiter).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text), delimiter=delimiter)

    assert row["seconds"] == seconds


def test_a_separator_that_reading_would_not_find_is_not_kept(tmp_path: Path) -> None:
    """The next run is not told of it."""
    assert written(tmp_path, delimiter="#").startswith(b"\xef\xbb\xbfclientName,backupsetName,")


def test_what_the_encoding_of_the_sheet_lacks_is_an_escape(tmp_path: Path) -> None:
    """The server may answer in letters that the sheet has not."""
    assert b"Z\x81rich" in (raw := written(tmp_path, encoding="cp850"))
    assert rb"\u201codd\u201d" in raw
