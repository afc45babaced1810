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

from bulkprov.engine.wanted import folded
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

    A row is recognised by its `sheetRow` and the name of its thing: a correction may change its place,
    and several waves often have the same places in the same order. Of a row that was invalid one cell that every row
    needs is enough, since it may be the name that was corrected. More than half of the rows have to be the run's.

    Args:
        run: begun of that sheet, with no rows yet.
        reports: where the folders of runs are.

    Returns:
        the folder of the run on the same server that has the most of these rows, and of several the one that has the
        most of them as they are, then the newest, but one that has strayed itself last; and how many of the first 500
        rows it has. None if there is none.
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
    best: tuple[int, int, bool] = (len(rows) // 2, len(rows), True)
    found = None
    for there in overviews(reports):
        if there.trouble or there.manifest.discarded_at or there.folder.resolve() == run.folder.resolve():
            continue
        with suppress(RunError, StorageError), Run.open(there.folder) as other:
            same, whole = _same(other, rows, needed) if _on_one_server(run, other) else (0, 0)
            score = same, whole, other.manifest.rerun_of is None or other.manifest.earlier_run is not None
            if score > best:
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


def _same(other: Run, rows: Mapping[int, Sequence[str]], needed: Sequence[str]) -> tuple[int, int]:
    """How many of some rows, by number, are those of a run; and of how many all cells are as they were."""
    same = whole = 0
    for each in other.view().histories(rows):
        here, there = rows[each.row.sheet_row], _cells(each.row.cells, other.manifest.fields, needed)
        want = each.row.want
        is_whole = here == there
        same += is_whole or (
            folded(want.name) in here
            if want
            else any(one and one == another for one, another in zip(here, there, strict=True))
        )
        whole += is_whole
    return same, whole


def _cells(cells: Sequence[str], fields: Mapping[str, int], needed: Sequence[str]) -> list[str]:
    """The cells of a row under some columns, as they are compared."""
    return [folded(cells[fields[name]]) if name in fields else "" for name in needed]
