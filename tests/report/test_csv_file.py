from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.report.csv_file import csv_file
from tests.backupsets import RESULT_COLUMNS, Context
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
