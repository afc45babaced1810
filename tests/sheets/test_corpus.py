"""Every file of the corpus reads as the rows it stands for, or as the error it deserves, and never as anything else."""

import re
from itertools import zip_longest
from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.rows import Record
from tests.backupsets import open_sheet
from tests.sheets.corpus.books import book_cases
from tests.sheets.corpus.byhand import byhand_cases
from tests.sheets.corpus.case import Case
from tests.sheets.corpus.reported_formulas import reported_formula_cases
from tests.sheets.corpus.reported_more import reported_more_cases
from tests.sheets.corpus.reported_others import reported_other_cases
from tests.sheets.corpus.reported_texts import reported_text_cases
from tests.sheets.corpus.reported_xlsx import reported_xlsx_cases
from tests.sheets.corpus.texts import text_cases

CASES = [
    *text_cases(),
    *book_cases(),
    *byhand_cases(),
    *reported_xlsx_cases(),
    *reported_other_cases(),
    *reported_formula_cases(),
    *reported_more_cases(),
    *reported_text_cases(),
]
GOOD = [case for case in CASES if not case.error]
BAD = [case for case in CASES if case.error]


def test_the_corpus_is_large_and_every_file_has_a_name_of_its_own() -> None:
    """No case is hidden behind another of the same name."""
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_reads_as_the_rows_it_stands_for(case: Case, tmp_path: Path) -> None:
    """Values, row numbers, faults and notes are as they should be."""
    path = tmp_path / case.name
    case.write(path)

    sheet = open_sheet(path, **case.options)
    records = [record for chunk in sheet.chunks() for record in chunk]

    assert list(case.rows) == [(record.sheet_row, record.cells) for record in records]
    check_faults(case, records)
    for note in case.notes:
        assert any(re.search(note, said) for said in sheet.notes), sheet.notes


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_gets_the_error_it_deserves(case: Case, tmp_path: Path) -> None:
    """The error says in one line which file it is, what is wrong and what to do."""
    path = tmp_path / case.name
    case.write(path)

    with pytest.raises(SheetError, match=case.error) as caught:
        list(open_sheet(path, **case.options).chunks())

    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def check_faults(case: Case, records: list[Record]) -> None:
    """The faults are on the rows that have some, and nowhere else."""
    for record in records:
        text = "; ".join(fault.text for fault in record.faults)
        pattern = case.faults.get(record.sheet_row, "^$")
        assert re.search(pattern, text), f"row {record.sheet_row}: {text!r} does not match {pattern!r}"


def test_a_sheet_can_be_gone_through_again(tmp_path: Path) -> None:
    """chunks() starts from the beginning each time it is called."""
    for case in (CASES[0], next(case for case in CASES if case.name == "xlsxwriter.xlsx")):
        path = tmp_path / case.name
        case.write(path)
        sheet = open_sheet(path)

        pairs = zip_longest(sheet.chunks(), sheet.chunks())

        assert all(first == second for first, second in pairs)
