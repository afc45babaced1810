"""Loads a run's rows, once: from the sheet with which it began, or from the run that it reruns.

A run that was killed before all rows were in the journal has none of them; its sheet is opened again, and must not have
changed.
"""

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final

from bulkprov.errors import RunError, SheetError, StorageError
from bulkprov.kind import Kind
from bulkprov.runs.corrections import Corrections, Layout, is_marked, is_to_fix, sheet_row_column, skip_column
from bulkprov.runs.folder import NO_FILES
from bulkprov.runs.manifest import Begun
from bulkprov.runs.new_rows import fresh, from_results
from bulkprov.runs.rerun import Rerun
from bulkprov.runs.run import Run
from bulkprov.settings import Reading
from bulkprov.sheets import IN_MEMORY, Sheet, open_sheet
from bulkprov.sheets.rows import Record
from bulkprov.sheets.validate import CheckRecord, checker
from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = ["load_rows", "opened_sheet"]

_ROOM: Final = 3
"""How many times the size of the loaded journal has to be free."""


def load_rows(run: Run, earlier: Run | None = None, *, taking_over: bool = True) -> list[str]:
    """Take in all rows of a run, unless that was done before: all or nothing.

    Each row is checked, and repeats are found. The run that this one reruns is marked as superseded.

    Args:
        run: the run.
        earlier: the run that it reruns, if it is open already.
        taking_over: whether that run is to know of it; not for a plan, which is gone when its command ends.

    Returns:
        notes for the operator: what was guessed of the sheet, and which corrections are not carried out.

    Raises:
        SheetError: the sheet cannot be used.
        RunError: the sheet is not the one with which this run began, or the earlier run cannot be opened.
        StorageError: the journal cannot be written, or there is no room for the results.
    """
    notes = _load(run, earlier, taking_over=taking_over)
    _check_room(run)
    return notes


def _load(run: Run, earlier: Run | None, *, taking_over: bool) -> list[str]:
    manifest = run.manifest
    if manifest.loaded:
        return []
    if manifest.earlier_run is None:
        return _load_sheet(run)
    if earlier:
        return _load_rerun(run, earlier, taking_over=taking_over)
    with Run.open(Path(_found(run, str(manifest.earlier_run)))) as opened:
        return _load_rerun(run, opened, taking_over=taking_over)


def _check_room(run: Run) -> None:
    """Make sure, while nothing is made yet, that what is to be written has room.

    The results have what the journal has; it grows while they are written, and the rows to fix are written beside them.
    """
    try:
        size = sum(path.stat().st_size for path in run.folder.glob(f"{run.journal.path.name}*"))
        free = shutil.disk_usage(run.folder).free
    except OSError:  # writing says what is wrong
        return
    if free < _ROOM * size:
        raise StorageError(
            f"{run.folder}: {free >> 20:,} MB are free, and the results may need {_ROOM * size >> 20:,} MB. Nothing is "
            f"sent before there is room. Then `{typed(['resume', run.folder])}` goes on"
        )


def opened_sheet(path: str, reading: Reading, kind: Kind[Any]) -> Sheet:
    """A sheet of things of a kind, opened.

    Raises:
        SheetError: it cannot be used.
    """
    return open_sheet(
        path, columns=kind.columns, sheet=reading.sheet, encoding=reading.encoding, delimiter=reading.delimiter
    )


def _load_sheet(run: Run) -> list[str]:
    sheet, places = _without_skip(_source(run, run.manifest.sheet))
    check = _checker(run, sheet.fields, sheet.sheet_name, places)
    notes, records = list(sheet.notes), partial(_not_marked if places is None else _records, sheet)
    if sheet.is_results:
        name = Path(sheet.path).name
        notes.insert(
            0,
            f"{name} is not in its run's folder: its rows alone are a new wave, and rows that it calls done are looked "
            f"up first. If it corrects a run: {typed(['rerun', 'RUN', sheet.path])}",
        )
        rows = from_results(records, check, sheet.fields, time.time())
    else:
        rows = fresh(records(), check)
    run.load(
        rows,
        columns=sheet.columns,
        fields=dict(sheet.fields),
        sheet_name=sheet.sheet_name,
        delimiter=sheet.delimiter,
        encoding=sheet.encoding,
    )
    return notes


def _load_rerun(run: Run, earlier: Run, *, taking_over: bool) -> list[str]:
    if taking_over:
        with suppress(StorageError):  # the rerun is whole without it
            _remember(earlier, run)
    notes = _load_corrected(run, earlier) if run.manifest.corrections else _load_unchanged(run, earlier)
    if taking_over and not run.manifest.corrections_complete:
        _supersede(earlier, run)
    return notes


def _load_unchanged(run: Run, earlier: Run) -> list[str]:
    manifest = run.manifest
    run.load(Rerun(earlier.rows(), _checker(run, manifest.fields, manifest.sheet_name), earlier.name).unchanged())
    return []


def _load_corrected(run: Run, earlier: Run) -> list[str]:
    manifest = run.manifest
    sheet = _source(run, str(manifest.corrections))
    corrections = _corrections(run, sheet, earlier.folder)
    layout = corrections.layout
    rerun = Rerun(earlier.rows(), _checker(run, layout.fields, manifest.sheet_name), earlier.name)
    rows = rerun.edited(corrections) if manifest.corrections_complete else rerun.corrected(corrections)
    encoding = sheet.encoding if sheet.encoding == manifest.encoding else ""  # UTF-8 has the letters of both

    def left_out() -> dict[str, tuple[int, ...]]:
        return {"left_out": tuple(sorted({*manifest.left_out, *rerun.left_out} - rerun.back_again))}

    run.load(rows, left_out, columns=layout.columns, fields=dict(layout.fields), encoding=encoding)
    return [*sheet.notes, *rerun.notes()]


def _corrections(run: Run, sheet: Sheet, earlier: Path) -> Corrections:
    skip = skip_column(sheet.columns, run.manifest.columns)
    layout = Layout.joined(
        file_columns=sheet.columns,
        file_fields=sheet.fields,
        run_columns=run.manifest.columns,
        run_fields=run.manifest.fields,
        result_columns=(*run.kind.columns.results, *([] if skip is None else [sheet.columns[skip].strip()])),
    )
    return Corrections(
        name=Path(sheet.path).name,
        layout=layout,
        check=checker(run.kind.check, layout.fields, sheet_name=sheet.sheet_name, places=layout.sources),
        records=lambda: _records(sheet),
        sheet_row_column=sheet_row_column(sheet.columns),
        skip_column=skip,
        all_to_fix=is_to_fix(Path(sheet.path), earlier),
    )


def _remember(earlier: Run, run: Run) -> None:
    """Have a run know its rerun, before that has any rows: so that what it makes is found from here as well."""
    done = sum(count for status, count in earlier.journal.counts().items() if status.done)
    begun = Begun(
        folder=run.folder.absolute(),
        began=run.manifest.created_at,
        rows=earlier.journal.size() - done,
        whole=not run.manifest.corrections_complete,
    )
    earlier.update(**earlier.manifest.with_rerun(begun))


def _supersede(earlier: Run, run: Run) -> None:
    """Mark the earlier run as superseded: all of its rows are in this one now.

    Not for an edited results file, which may leave out rows that are still to be done.
    """
    with suppress(StorageError):  # the rerun is whole without it
        earlier.update(superseded_by=run.folder.absolute())


def _checker(
    run: Run, fields: Mapping[str, int], sheet_name: str, places: Sequence[int | None] | None = None
) -> CheckRecord:
    """The check of rows of the run's first sheet; those of a program are named by number, not by cell."""
    in_cells = run.manifest.sheet != IN_MEMORY
    return checker(run.kind.check, fields, sheet_name=sheet_name, in_cells=in_cells, places=places)


def _source(run: Run, path: str) -> Sheet:
    """The file with which the run began; opened again if another process had opened it."""
    if run.sheet is None:
        if path in NO_FILES:
            raise RunError(f"{NO_FILES[path]} and was not read to the end, so {run.folder} has no rows: run it again")
        sheet = opened_sheet(_found(run, path), run.manifest.reading, run.kind)
        if sheet.sha256 != run.manifest.sha256:
            raise RunError(f"{path} has changed since this run began: start a new run")
        run.sheet = sheet
    return run.sheet


def _records(sheet: Sheet) -> Iterable[Record]:
    return chain.from_iterable(sheet.chunks())


def _without_skip(sheet: Sheet) -> tuple[Sheet, list[int] | None]:
    """A file of rows to fix without its column `skip`, if that is empty: it means nothing where no run is corrected.

    Kept, it would be one of the sheet's own, and no mark in it would leave a row out of a later rerun.

    Returns:
        the sheet, and where in the file its columns are; None if they are as in the file.
    """
    skip = skip_column(sheet.columns, ()) if _corrects(sheet) else None
    if skip is None or any(record.cells[skip].strip() for record in _records(sheet)):
        return sheet, None
    return sheet.without(skip), [at for at in range(len(sheet.columns)) if at != skip]


def _corrects(sheet: Sheet) -> bool:
    """Whether a sheet was written to be corrected."""
    return sheet.is_results or sheet_row_column(sheet.columns) is not None


def _not_marked(sheet: Sheet) -> Iterator[Record]:
    """The rows of a sheet that is run by itself.

    Raises:
        SheetError: it was written to be corrected, and a row of it has a mark in `skip`: here the column would be one
            of the sheet's own, and the row be sent.
    """
    skip = skip_column(sheet.columns, ()) if _corrects(sheet) else None
    for record in _records(sheet):
        if skip is not None and is_marked(record, skip):
            raise SheetError(
                f"{clean(sheet.path)}: row {record.sheet_row} has a mark in the column `skip`, which leaves a row out "
                f"only where a run is corrected: `{typed(['rerun', 'RUN', sheet.path])}`. To run the file by itself, "
                "delete the marked rows, or give the column another name"
            )
        yield record


def _found(run: Run, path: str) -> str:
    """A path of the manifest, which is perhaps relative to another working directory than this one."""
    there = run.manifest.directory / path
    return str(there) if there.exists() else path
