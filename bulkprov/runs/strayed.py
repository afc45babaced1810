"""Rows of a run that are about to be run by themselves: whose they are. It reads journals and changes none.

A `failed.xlsx` that comes back under another name and from another folder knows its run no more: given to `run`, it
would begin a wave of its own, and neither run would have all rows. What it still tells is which row of its wave each
row was, and what that row names.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Final

from bulkprov.errors import RunError, SheetError, StorageError
from bulkprov.runs.corrections import number_of, sheet_row_column
from bulkprov.runs.folder import REPORTS
from bulkprov.runs.overviews import overviews
from bulkprov.runs.run import Run
from bulkprov.runs.under_way import server_of
from bulkprov.sheets.rows import Record

__all__ = ["strayed_from"]

_MOST: Final = 500
"""Rows of the file that are compared."""


def strayed_from(run: Run, reports: Path = REPORTS) -> tuple[Path, int] | None:
    """The run of which a sheet has rows, though it is run by itself.

    A row is recognised by its `sheetRow` and one of the cells that every row needs: whoever corrects a row may have
    changed the other. More than half of the rows that were some run's have to be this one's.

    Args:
        run: begun of that sheet, with no rows yet.
        reports: where the folders of runs are.

    Returns:
        the folder of the run on the same server that has the most of these rows, the newest of several, but one that
        has strayed itself last; and how many of the first 500 rows it has. None if there is none.
    """
    sheet = run.sheet
    if sheet is None or run.manifest.loaded or run.manifest.earlier_run is not None:
        return None
    column = sheet_row_column(sheet.columns)
    if not sheet.is_results and column is None:
        return None
    needed = sorted(run.kind.columns.required)
    records = islice(chain.from_iterable(sheet.chunks()), _MOST)
    rows = {number: _cells(record.cells, sheet.fields, needed) for number, record in _numbered(records, column)}
    best: tuple[int, bool] = (len(rows) // 2, False)
    found = None
    for there in overviews(reports):
        if there.trouble or there.manifest.discarded_at or there.folder.resolve() == run.folder.resolve():
            continue
        with suppress(RunError, StorageError), Run.open(there.folder) as other:
            same = _same(other, rows, needed) if _on_one_server(run, other) else 0
            score = same, other.manifest.rerun_of is None or other.manifest.earlier_run is not None
            if same > len(rows) // 2 and score > best:
                best, found = score, (there.folder, same)
    return found


def _numbered(records: Iterator[Record], column: int | None) -> Iterator[tuple[int, Record]]:
    """The rows of a file that have the number of a row of a wave."""
    for record in records:
        with suppress(SheetError):  # taking the rows in says it
            number = number_of(record, column)
            if number is not None:
                yield number, record


def _on_one_server(one: Run, other: Run) -> bool:
    """Whether two runs are of one server; all rehearsals are."""
    return (one.manifest.simulated and other.manifest.simulated) or server_of(one) == server_of(other)


def _same(other: Run, rows: Mapping[int, Sequence[str]], needed: Sequence[str]) -> int:
    """How many of some rows, by number, are those of a run."""
    return sum(
        any(here and here == there for here, there in zip(rows[row.sheet_row], cells, strict=True))
        for row, cells in (
            (each.row, _cells(each.row.cells, other.manifest.fields, needed)) for each in other.view().histories(rows)
        )
    )


def _cells(cells: Sequence[str], fields: Mapping[str, int], needed: Sequence[str]) -> list[str]:
    """The cells of a row under some columns, as they are compared."""
    return [cells[fields[name]].strip().casefold() if name in fields else "" for name in needed]
