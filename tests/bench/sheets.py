"""Workbooks in and out: 100,000 rows read, checked and spooled, and 100,000 rows of results written.

Beside what the libraries under them take for the same file alone: pandas' calamine engine, and XlsxWriter writing the
very same cells. Each in a process of its own, in turns.
"""

import sys
from pathlib import Path
from statistics import median
from typing import Final

import xlsxwriter

from tests.bench import report_speed
from tests.bench.measuring import spend, table, workplace

__all__ = ["sheets"]

_READ: Final = """
import sys
import pandas
frame = pandas.read_excel(sys.argv[1], engine="calamine", dtype=object, header=None, keep_default_na=False)
assert len(frame) == int(sys.argv[2]) + 1
"""
_SPOOL: Final = """
import gc, sys
from pathlib import Path
from bulkprov.runs.begin import begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.settings import Access, Reading
gc.set_threshold(100_000, 50, 50)  # as the command does
access = Access(server="http://127.0.0.1:1/commandcenter/api")
with begin_run(sys.argv[1], output=Path(sys.argv[3]), access=access, reading=Reading()) as run:
    load_rows(run)
    assert run.journal.size() == int(sys.argv[2])
"""


def sheets(*, rows: int = 100_000, turns: int = 3) -> str:
    """Measure, and give the table."""
    with workplace() as folder:
        book = _book(folder / "wave.xlsx", rows)
        reading = []
        for turn in range(turns):
            plain = spend([sys.executable, "-c", _READ, str(book), str(rows)])
            ours = spend([sys.executable, "-c", _SPOOL, str(book), str(rows), str(folder / f"run-{turn}")])
            reading.append((plain, ours))
        writing = [
            tuple(report_speed.spent(work, folder, rows) for work in (report_speed.bare, report_speed.ours))
            for _ in range(turns)
        ]
    read_plain, read_ours = (median(each.seconds for each in side) for side in zip(*reading, strict=True))
    write_plain, write_ours = (median(side) for side in zip(*writing, strict=True))
    peak = median(ours.peak for _, ours in reading)
    lines = [
        ('read by `pandas.read_excel(engine="calamine")`', f"{read_plain:.1f} s", "1.00", ""),
        ("read, checked and spooled", f"{read_ours:.1f} s", f"**{read_ours / read_plain:.2f}**", f"{peak:.0f} MB"),
        ("16 columns written by XlsxWriter alone (CPU)", f"{write_plain:.1f} s", "1.00", ""),
        ("the same cells, as `results.xlsx` (CPU)", f"{write_ours:.1f} s", f"**{write_ours / write_plain:.2f}**", ""),
    ]
    return table((f"{rows:,} rows of XLSX, median of {turns}", "takes", "ratio", "peak memory"), lines)


def _book(path: Path, rows: int) -> Path:
    """A wave as Excel saves it: text, a number, a date and a ticket."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Wave 1")
    zeros = book.add_format({"num_format": "00000"})
    for column, head in enumerate(("clientName", "backupsetName", "appName", "planName", "owner", "site")):
        sheet.write_string(0, column, head)
    for row in range(1, rows + 1):
        texts = (f"client{row % 500:04d}", f"FS_Wave_{row:07d}", "File System", "Gold", "Ann Meyer")
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 5, row % 90, zeros)
    book.close()
    return path
