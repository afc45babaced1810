"""Rows that a program has in memory, as a sheet."""

import enum
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.errors import SheetError
from bulkprov.sheets import IN_MEMORY, Rows
from bulkprov.sheets.rows import Record
from tests.backupsets import RESULT_COLUMNS, sheet_of


class Plan(enum.StrEnum):
    """What programs have for a constant."""

    GOLD = "Gold"


def row(client: object = "c", name: object = "n", **more: object) -> dict[str, object]:
    """A row of a wave."""
    return {"clientName": client, "backupsetName": name, **more}


def records(rows: Rows) -> list[Record]:
    """All rows of a sheet of them."""
    return [record for chunk in sheet_of(rows).chunks() for record in chunk]


def faults(value: object) -> list[str]:
    """What is wrong with a row whose client is this."""
    ((found),) = [record.faults for record in records([row(value)])]
    return [fault.text for fault in found]


def test_the_columns_are_those_of_all_rows() -> None:
    """In the order in which they appear first; their names are found as in a file."""
    sheet = sheet_of([{"Client Name": "c", "backup set": "n"}, {"owner": "Ann", "Client Name": "d"}])

    assert (sheet.path, sheet.columns) == (IN_MEMORY, ("Client Name", "backup set", "owner"))
    assert sheet.fields == {"clientName": 0, "backupsetName": 1}
    assert [record.cells for chunk in sheet.chunks() for record in chunk] == [("c", "n", ""), ("d", "", "Ann")]


def test_an_iterator_is_read_once_and_given_again() -> None:
    """Its rows are numbered from 1, and come in chunks."""

    def wave() -> Iterator[dict[str, object]]:
        yield from (row(f"c{number}") for number in range(2_001))

    sheet = sheet_of(wave())

    assert [len(chunk) for chunk in sheet.chunks()] == [2_000, 1]
    assert [record.sheet_row for chunk in sheet.chunks() for record in chunk] == list(range(1, 2_002))


def test_a_backup_set_is_a_row() -> None:
    """Its fields have the columns' names."""
    (record,) = records([BackupSet(client="c", name="n", plan="Gold")])

    assert record.cells == ("c", "n", "File System", "DefaultInstanceName", "False", "Gold", "")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("007", "007"),
        (7, "7"),
        (np.int64(7), "7"),
        (True, "True"),
        (np.True_, "True"),
        (Plan.GOLD, "Gold"),
        (None, ""),
        (float("nan"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
    ],
)
def test_values_that_are_one_text_and_no_other(value: object, text: str) -> None:
    """They are read as it, without a fault."""
    (record,) = records([row(value)])

    assert (record.cells[0], record.faults) == (text, ())


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (123.0, "is 123.0, of type float: give it as text"),
        (b"c", "is b'c', of type bytes: give it as text"),
        (["c"], "is ['c'], of type list: give it as text"),
        ("a\ud83d", r'is "a\ud83d", which has half a character in it: decode it as it was encoded'),
    ],
)
def test_values_that_may_be_several_texts_are_faults(value: object, problem: str) -> None:
    """In a column that bulkprov uses: a name guessed wrong would be created wrong."""
    assert faults(value) == [f"row 1: clientName {problem}"]


def test_a_column_of_the_programs_own_may_hold_anything() -> None:
    """A whole float is shown as the number that it is, up to where floats are exact."""
    own = [17.0, 0.5, 2.0**53, [1], "b\ud83d"]

    found = records([row(own=value) for value in own])

    assert [record.cells[2] for record in found] == ["17", "0.5", "9007199254740992.0", "[1]", r"b\ud83d"]
    assert not any(record.faults for record in found)


def test_a_frame_is_read_where_it_is() -> None:
    """Its index is no column, and columns may have names that are not text."""
    frame = pd.DataFrame({"client": ["c"], "backupset": ["n"], 7: [1]}, index=["x"])

    assert sheet_of(frame).columns == ("client", "backupset", "7")
    assert [record.cells for record in records(frame)] == [("c", "n", "1")]


def test_results_of_an_earlier_run_are_parted() -> None:
    """As in a results file."""
    result = dict(zip(RESULT_COLUMNS, ("created", 0, "", 931, 1, 200, 0.1, "", "", 7), strict=True))
    (record,) = records([{**row(), **result}])

    assert sheet_of([{**row(), **result}]).is_results
    assert (record.cells, record.prior[:4]) == (("c", "n"), ("created", "0", "", "931"))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "there are none"),
        (pd.DataFrame({"clientName": [], "backupsetName": []}), "the DataFrame has no rows"),
        ([row(), "c,n"], "row 2 is of type str: give mappings by column name, or BackupSet"),
        ([{"clientName": "c"}], "no column backupsetName"),
    ],
)
def test_rows_that_are_no_sheet_are_refused(rows: Rows, words: str) -> None:
    """Before any of them is read."""
    with pytest.raises(SheetError, match=f"^the rows given: {words}"):
        sheet_of(rows)
