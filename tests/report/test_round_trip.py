from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkprov.loader import open_sheet
from bulkprov.model import RESULT_COLUMNS, Record, Status
from bulkprov.report import write_results
from tests.report.made_results import made

COLUMNS = ("clientName", "backupsetName", "status")
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=12)
"""What a sheet can hold: XML has no way to write U+FFFE and U+FFFF, CSV none to write NUL."""

ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=100, max_size=200)


def records(path: Path) -> list[Record]:
    """What the loader makes of a file."""
    return [record for chunk in open_sheet(path).chunks() for record in chunk]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow])
@given(rows=ROWS)
def test_results_are_the_next_runs_input(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    rows: list[tuple[str, ...]],
) -> None:
    """Names come back from the results byte for byte, and the loader knows our columns from a `status` of theirs."""
    results = [made(*row, status=Status.FAILED, sheet_row=number) for number, row in enumerate(rows, start=2)]
    written = write_results(
        tmp_path_factory.mktemp("run"),
        columns=COLUMNS,
        results=lambda: results,
        format="xlsx" if kind == "xlsx" else "csv",
        facts={},
    )
    for path in (written.results, written.failed):
        assert path is not None
        sheet, read = open_sheet(path), records(path)

        assert sheet.columns == COLUMNS
        assert [record.cells for record in read] == rows
        assert {record.prior[RESULT_COLUMNS.index("status")] for record in read} == {"failed"}
        assert [record.prior[RESULT_COLUMNS.index("sheetRow")] for record in read] == [
            str(result.sheet_row) for result in results
        ]
