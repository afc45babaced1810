"""Results to write: a factory with calm defaults, and ways to read back what was written."""

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from bulkprov.engine.model import Status
from bulkprov.sheets.rows import Result

COLUMNS = ("clientName", "backupsetName", "owner")


def made(*cells: str, status: Status = Status.CREATED, **values: Any) -> Result:
    """A result of a created row, but for what is said otherwise."""
    told: dict[str, Any] = {
        "error_code": 0,
        "id": 931,
        "attempts": 1,
        "http_status": 200,
        "seconds": 0.25,
        "finished_at": 1_750_000_000.0,
        "sheet_row": 2,
    }
    return Result(cells=cells or ("client001", "FS_01", "Ann"), status=status, **told | values)


def read_xlsx(path: Path, sheet: str | int = 0) -> list[list[Any]]:
    """The rows of a sheet (the first if none is named), header first, as the loader's engine sees them."""
    frame = pd.read_excel(path, sheet, header=None, dtype=object, keep_default_na=False, engine="calamine")
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
