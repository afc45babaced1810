"""How long the results take: 100,000 rows of 16 columns, against XlsxWriter writing the very same cells and no more.

Run it as `python -m tests.bench.report_speed [ROWS]`. The two take turns, and their processor times are compared, so
that what else the machine does hardly matters. It also says what the memory of the process grew by, for a tenth of the
rows and for all of them: it must not grow with the sheet. Exit code 1 if one of the two promises is broken.
"""

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import xlsxwriter

from bulkprov.engine.model import Status
from bulkprov.report.row import result_values
from bulkprov.sheets.rows import Result
from tests.backupsets import headers, write_results

COLUMNS: Final = ("clientName", "backupsetName", "appName", "instanceName", "planName", "owner")
TURNS: Final = 3
AT_MOST: Final = 1.4
GROWTH: Final = 2_000_000
"""Bytes by which ten times the rows may need more."""


def results(rows: int) -> Iterator[Result]:
    """A wave in which all went well."""
    for number in range(rows):
        yield Result(
            cells=(f"client{number % 997:05}", f"FS_Wave_{number:06}", "File System", "Default", "Gold", "Ann Meyer"),
            status=Status.CREATED,
            error_code=0,
            error_string="",
            id=900 + number,
            attempts=1,
            http_status=200,
            seconds=0.123,
            finished_at=1.75e9 + number / 100,
            note="created after a lost answer" if number % 10 == 0 else "",
            sheet_row=number + 2,
        )


def bare(folder: Path, rows: int) -> None:
    """The same cells, written as plainly as XlsxWriter can."""
    book = xlsxwriter.Workbook(folder / "bare.xlsx", {"constant_memory": True, "strings_to_formulas": False})
    sheet, text = book.add_worksheet(), book.add_format({"num_format": "@"})
    for column, name in enumerate(headers(COLUMNS)):
        sheet.write_string(0, column, name)
    for row, result in enumerate(results(rows), start=1):
        for column, value in enumerate((*result.cells, *result_values(result))):
            if isinstance(value, str):
                if value:
                    sheet.write_string(row, column, value, text)
            else:
                sheet.write_number(row, column, value)
    book.close()


def ours(folder: Path, rows: int) -> None:
    """The workbook as a run gets it."""
    write_results(folder, columns=COLUMNS, results=lambda: results(rows), format="xlsx")


def spent(work: Callable[[Path, int], None], folder: Path, rows: int) -> float:
    """Seconds of processor time."""
    begin = time.process_time()
    work(folder, rows)
    return time.process_time() - begin


def peak(folder: Path, rows: int) -> int:
    """Bytes that writing so many rows needed at most."""
    tracemalloc.start()
    ours(folder, rows)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def main() -> int:
    """Measure, and say what came out."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        turns = [(spent(bare, folder, rows), spent(ours, folder, rows)) for _ in range(TURNS)]
        plain, full = (min(times) for times in zip(*turns, strict=True))
        small, large = peak(folder, rows // 20), peak(folder, rows // 2)
    ratio = full / plain
    for line in (
        f"{rows:,} rows of 16 columns: XlsxWriter alone {plain:.1f} s, ours {full:.1f} s of CPU: {ratio:.2f}",
        f"memory at most: {rows // 20:,} rows {small / 1e6:.1f} MB, {rows // 2:,} rows {large / 1e6:.1f} MB",
    ):
        print(line)  # noqa: T201 - the figures are the product
    return 0 if ratio <= AT_MOST and large - small < GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
