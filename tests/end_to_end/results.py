"""Results files, read with other eyes than ours: openpyxl and the csv module."""

import csv
from pathlib import Path
from typing import Any

import openpyxl


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a results file by column name; in a workbook those of the sheet Results, else of the first."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    book = openpyxl.load_workbook(path)
    sheet = book["Results"] if "Results" in book.sheetnames else book.worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    book.close()
    return [dict(zip([str(name) for name in header], row, strict=True)) for row in rows]


def wave(path: Path, rows: list[tuple[str, ...]], columns: tuple[str, ...] = ("clientName", "backupsetName")) -> Path:
    """Write a sheet."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path
