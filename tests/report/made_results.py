"""Results to write, with plain defaults, and ways to read back what was written."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from bulkprov.engine.model import Status
from bulkprov.report.results_sheet import failed_xlsx, results_xlsx
from bulkprov.report.write import with_skip
from bulkprov.sheets.rows import SKIP, Fault, Result
from tests.backupsets import Context

COLUMNS = ("clientName", "backupsetName", "owner")


def made(*cells: str, status: Status = Status.CREATED, **values: Any) -> Result:
    """The result of a created row, with other values where they are given."""
    defaults: dict[str, Any] = {
        "error_code": 0,
        "id": 931,
        "attempts": 1,
        "http_status": 200,
        "seconds": 0.25,
        "finished_at": 1_750_000_000.0,
        "sheet_row": 2,
    }
    return Result(cells=cells or ("client001", "FS_01", "Ann"), status=status, **defaults | values)


TEMPLATE_COLUMNS = ("Client", "backup set", "iDataAgent", "instanceName", "on demand", "plan", "owner")
BAD = made(
    *("", "FS_01", "Fille System", "", "", "", "Ann"),
    status=Status.INVALID,
    faults=(
        Fault("A2: clientName is empty: fill it in", 0),
        Fault('C2: no agent "Fille\x1bSystem"', 2),
        Fault("long row"),
    ),
    sheet_row=7,
)
"""A row with two faulty cells under those columns, and a fault of the row as a whole."""


def xlsx_of(path: Path, results: Iterable[Result], columns: tuple[str, ...] = COLUMNS, *, failed: bool = False) -> Path:
    """A workbook of these results; that of the rows to fix has its column of marks before the others."""
    maker = failed_xlsx if failed else results_xlsx
    with maker(path / "results.xlsx", (SKIP, *columns) if failed else columns, Context()) as add:
        for result in results:
            add(with_skip(result) if failed else result)
    return path / "results.xlsx"


def read_xlsx(path: Path, sheet: str = "") -> list[list[Any]]:
    """The rows of a sheet (the first with rows if none is named), header first, as the loader's engine sees them."""
    how: dict[str, Any] = {"header": None, "dtype": object, "keep_default_na": False, "engine": "calamine"}
    frames = pd.read_excel(path, [sheet] if sheet else None, **how)
    frame = next(each for name, each in frames.items() if name != "Summary")
    return [list(row) for row in frame.itertuples(index=False)]


def read_csv(path: Path) -> list[list[str]]:
    """The rows of a CSV file, header first, as pandas sees them."""
    frame = pd.read_csv(
        path, header=None, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False
    )
    return [list(row) for row in frame.itertuples(index=False)]


def opened(path: Path) -> Any:
    """The workbook as openpyxl sees it."""
    return openpyxl.load_workbook(path)
