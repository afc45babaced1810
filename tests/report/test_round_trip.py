import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkprov.engine.model import Status
from bulkprov.errors import SheetError
from bulkprov.report import results_sheet
from bulkprov.sheets.rows import SKIP, Record
from tests.backupsets import RESULT_COLUMNS, open_sheet, write_results
from tests.report.made_results import made

COLUMNS = ("clientName", "backupsetName", "status")
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=12)
"""What a sheet can hold: XML has no way to write U+FFFE and U+FFFF, CSV none to write NUL."""

PAYLOADS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "{=1}", "=HYPERLINK(0)", "http://x.y")
"""What a spreadsheet program might take for a formula or a link."""
NAMES = st.one_of(CELLS, st.builds(str.__add__, st.sampled_from(PAYLOADS), CELLS))
ROWS = st.lists(st.tuples(NAMES, NAMES, CELLS), min_size=200, max_size=200)
"""Fifty such lists are ten thousand rows."""


def records(path: Path) -> list[Record]:
    """What the loader makes of a file."""
    return [record for chunk in open_sheet(path).chunks() for record in chunk]


def formulas(path: Path) -> list[str]:
    """The parts of a workbook that have a formula or a link in them."""
    with zipfile.ZipFile(path) as package:
        return [
            name
            for name in package.namelist()
            if name.startswith("xl/worksheets/sheet") and re.search(rb"<f[ />]|<hyperlink", package.read(name))
        ]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rows=ROWS)
def test_results_are_the_next_runs_input(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    rows: list[tuple[str, ...]],
) -> None:
    """Names come back byte for byte, no cell is a formula, and our columns are known from a `status` of theirs."""
    results = [made(*row, status=Status.FAILED, sheet_row=number) for number, row in enumerate(rows, start=2)]
    written = write_results(
        tmp_path_factory.mktemp("run"),
        columns=COLUMNS,
        results=lambda: results,
        format="xlsx" if kind == "xlsx" else "csv",
    )
    for path in (written.results, written.failed):
        assert path is not None
        assert kind == "csv" or not formulas(path)
        sheet, read, before = open_sheet(path), records(path), () if path == written.results else ("",)

        assert sheet.columns == (*(SKIP for _ in before), *COLUMNS)
        assert [record.cells for record in read] == [(*before, *row) for row in rows]
        assert {record.prior[RESULT_COLUMNS.index("status")] for record in read} == {"failed"}
        assert [record.prior[RESULT_COLUMNS.index("sheetRow")] for record in read] == [
            str(result.sheet_row) for result in results
        ]


def continued(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of seven rows, three to a sheet."""
    monkeypatch.setattr(results_sheet, "MOST_ROWS", 3)
    results = [made("c", f"n{number}", "", sheet_row=number) for number in range(2, 9)]
    return write_results(path, columns=COLUMNS, results=lambda: results, format="xlsx").results


def test_results_that_go_on_in_further_sheets_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, none twice, and a note says so."""
    path = continued(tmp_path, monkeypatch)

    sheet = open_sheet(path)

    assert [record.cells[1] for record in records(path)] == [f"n{number}" for number in range(2, 9)]
    assert sheet.is_results
    assert 'results.xlsx: sheet "Results" continues in 2 more, which were read as well' in sheet.notes


def test_one_of_the_sheets_may_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it alone is read."""
    path = continued(tmp_path, monkeypatch)

    chunks = open_sheet(path, sheet="Results 2").chunks()

    assert [record.cells[1] for chunk in chunks for record in chunk] == ["n5", "n6", "n7"]


def test_two_sheets_that_do_not_go_on_are_still_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of them is meant only the operator knows: a copy of the results, say."""
    path = continued(tmp_path, monkeypatch)
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(other, "w") as copy:
        for name in package.namelist():
            copy.writestr(name, package.read(name).replace(b'"Results 3"', b'"Results (copy)"'))

    with pytest.raises(SheetError, match="both have the columns"):
        open_sheet(other)
