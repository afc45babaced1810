"""Two programs that are not ours look at the workbooks of the corpus, and see in each cell what bulkprov reads.

openpyxl gives texts, LibreOffice what every cell shows. Where one of them is known to be wrong, the reason stands
beside the file.
"""

import csv
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.backupsets import open_sheet
from tests.sheets.corpus.books import book_cases
from tests.sheets.corpus.byhand import byhand_cases
from tests.sheets.corpus.case import Case
from tests.sheets.corpus.reported_formulas import reported_formula_cases
from tests.sheets.corpus.reported_more import reported_more_cases
from tests.sheets.corpus.reported_others import reported_other_cases
from tests.sheets.corpus.reported_xlsx import reported_xlsx_cases

CASES = [
    case
    for case in (
        *book_cases(),
        *byhand_cases(),
        *reported_xlsx_cases(),
        *reported_other_cases(),
        *reported_formula_cases(),
        *reported_more_cases(),
    )
    if case.rows and not case.error and not case.options and not case.name.endswith(".csv")
]
XLSX = [case for case in CASES if case.name.endswith((".xlsx", ".xlsm"))]
_ESCAPES = "it leaves escapes of characters as they are written (ECMA-376 part 1, 22.9.2.19)"
_TARGET = "it finds only parts that are spelt as in the zip (ECMA-376 part 2, 9.3 and annex A)"
_STYLE = "it stops at a style that is not there, or at styles in a part of another name"
_BOOLEAN = "it exports a boolean without a style as a number"
_NUMBER = "it makes the text anew from the value, and these files have no styles"
_COVERED = "it exports what lies under merged cells, which it does not show"
OPENPYXL_IS_WRONG = {
    "escapes.xlsx": _ESCAPES,
    "reported-escape-in-place.xlsx": _ESCAPES,
    "reported-escape-as-a-result.xlsx": _ESCAPES,
    "reported-escape-shared.xlsx": _ESCAPES,
    "reported-escape-escaped-in-place.xlsx": _ESCAPES,
    "reported-escape-escaped-as-a-result.xlsx": _ESCAPES,
    "hand-style-missing.xlsx": _STYLE,
    "reported-styles-of-another-name.xlsx": _STYLE,
    "reported-styles-at-the-top.xlsx": _STYLE,
    "reported-styles-in-a-folder.xlsx": _STYLE,
    "reported-boolean-as-a-word.xlsx": "it stops at a word",
    "reported-target-backslashes.xlsx": _TARGET,
    "reported-target-quoted.xlsx": _TARGET,
    "reported-target-upper-case.xlsx": _TARGET,
    "reported-strict.xlsx": "it knows transitional relationships only",
    "reported-chart-sheet-first.xlsx": "it stops at a chart sheet without a drawing",
    "reported-number-with-a-comma.xlsx": "it stops at one",
    "reported-cells-in-an-extension.xlsx": "it takes elements in an extension for cells",
}
LIBREOFFICE_IS_WRONG = {
    "format-05.xlsx": "it exports all decimals of a number without a format; Excel shows eleven places",
    "hand-formula-empty-text.xlsx": "it calculates the formula anew",
    "zeros.ods": _NUMBER,
    "date.ods": _NUMBER,
    "time.ods": _NUMBER,
    "percent.ods": _NUMBER,
    "comma.ods": _NUMBER,
    "true.ods": _BOOLEAN,
    "true.xls": _BOOLEAN,
    "reported-boolean-value.ods": _BOOLEAN,
    "reported-boolean-pravda.ods": _BOOLEAN,
    "reported-boolean-falsch.ods": _BOOLEAN,
    "spaces.ods": "it exports no tab",
    "reported-normal-style.xlsx": "it gives cells without a style no format; Excel gives them that of the first",
    "reported-normal-style-alone.xlsx": "likewise",
    "reported-escape-in-place.xlsx": _ESCAPES,
    "reported-escape-as-a-result.xlsx": _ESCAPES,
    "reported-escape-shared.xlsx": _ESCAPES,
    "reported-escape-escaped-as-a-result.xlsx": _ESCAPES,
    "reported-boolean-as-a-word.xlsx": "it takes any word for false",
    "reported-merged-across-something.xlsx": _COVERED,
    "reported-merged-across.ods": _COVERED,
    "reported-target-dots.xlsx": _TARGET,
    "reported-target-backslashes.xlsx": _TARGET,
    "reported-target-quoted.xlsx": _TARGET,
    "reported-target-upper-case.xlsx": _TARGET,
    "reported-content-types-alone.xlsx": "it needs the relationships of the package",
    "reported-calculated-by-hand.xlsx": "it calculates the formula anew",
    "reported-value-beside-one-in-place.xlsx": "it takes neither; openpyxl, calamine and readxl take the text in place",
    "reported-number-in-a-format.ods": _NUMBER,
    **{f"reported-number-of-its-value-{number}.ods": _NUMBER for number in range(5)},
}
_AT_ONCE = 100
"""Files that LibreOffice is given; of more than about 120 it passes the last ones over."""
SOFFICE = shutil.which("soffice")


def cells(case: Case, path: Path) -> Iterator[tuple[int, int, str]]:
    """The cells that bulkprov is sure of: row, column from 0 and text."""
    sheet = open_sheet(path)
    for chunk in sheet.chunks():
        for record in chunk:
            doubted = {fault.column for fault in record.faults}
            for column, text in enumerate(record.cells):
                if column not in doubted and record.sheet_row not in case.faults:
                    yield record.sheet_row, column, text


def unique(case: Case) -> str:
    """A name whose stem no other file has."""
    return f"{case.name.replace('.', '-')}{Path(case.name).suffix}"


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # about styles that these files do not have
@pytest.mark.parametrize("case", XLSX, ids=lambda case: case.name)
def test_openpyxl_sees_the_same_texts(case: Case, tmp_path: Path) -> None:
    """It gives the values of numbers and not what they show, so only texts are compared."""
    path = tmp_path / case.name
    case.write(path)
    if case.name in OPENPYXL_IS_WRONG:
        pytest.skip(OPENPYXL_IS_WRONG[case.name])
    book = openpyxl.load_workbook(path, data_only=True)
    sheet = book[open_sheet(path).sheet_name]

    for row, column, text in cells(case, path):
        value = sheet.cell(row, column + 1).value
        if isinstance(value, str):
            assert text == value, f"row {row}, column {column + 1}"
    book.close()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the workbooks, and beside each what LibreOffice shows of its sheets, as CSV."""
    folder = tmp_path_factory.mktemp("books")
    for case in CASES:
        case.write(folder / unique(case))
    profile = (folder / "profile").as_uri()
    as_shown = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"  # of every sheet
    books = [str(folder / unique(case)) for case in CASES]
    for first in range(0, len(books), _AT_ONCE):
        subprocess.run(  # noqa: S603 - the program that was found
            [
                *(str(SOFFICE), f"-env:UserInstallation={profile}", "--headless"),
                *("--convert-to", as_shown, "--outdir", str(folder / "csv"), *books[first : first + _AT_ONCE]),
            ],
            check=True,
            capture_output=True,
            timeout=600,
        )
    return folder


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.xdist_group("libreoffice")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_libreoffice_shows_the_same(case: Case, exported: Path) -> None:
    """White space at the ends does not count: formats leave room for a sign there."""
    if case.name in LIBREOFFICE_IS_WRONG:
        pytest.skip(LIBREOFFICE_IS_WRONG[case.name])
    path = exported / unique(case)
    sheet = open_sheet(path).sheet_name
    with (exported / "csv" / f"{path.stem}-{sheet}.csv").open(encoding="utf-8", newline="") as file:
        shown = list(csv.reader(file))

    for row, column, text in cells(case, path):
        there = shown[row - 1][column] if row <= len(shown) and column < len(shown[row - 1]) else ""
        assert text.strip() == there.strip(), f"row {row}, column {column + 1}"
