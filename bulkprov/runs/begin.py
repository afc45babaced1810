"""The beginning of a run: of a sheet, of an earlier run again, or beside a run to verify or plan it.

A run begins with a folder, a manifest and a journal without rows; `intake.py` takes the rows in, except for a
verification and a plan, which have theirs from the start.
"""

import time
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.engine.operations import ROLLBACK
from bulkprov.errors import NoServerError, RunError, SheetError
from bulkprov.journal.rows import JournalRow
from bulkprov.journal.store import Journal
from bulkprov.kind import Kind
from bulkprov.private import make_folder
from bulkprov.runs.corrections import SHEET_ROW, is_to_fix, sheet_row_column
from bulkprov.runs.environment import operator
from bulkprov.runs.folder import JOURNAL, NO_FILES, SIMULATOR, new_folder
from bulkprov.runs.intake import opened_sheet
from bulkprov.runs.kept_options import for_rerun
from bulkprov.runs.manifest import SIMULATED, Manifest
from bulkprov.runs.new_rows import to_plan, to_verify
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Reading
from bulkprov.sheets import Sheet
from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = ["begin_plan", "begin_rerun", "begin_run", "begin_verification"]


def begin_run(
    sheet: str | Sheet,
    *,
    output: Path | None,
    access: Access,
    reading: Reading,
    offline: bool = False,
    kind: Kind[Any] = BACKUP_SET,
    ticket: str = "",
) -> Run:
    """Begin a run of a sheet. A results file in the folder of its run begins a rerun of that run.

    So does its file of the rows to fix, which corrects rows and does not stand for all of them.

    Args:
        sheet: path of the sheet, "-" for stdin; or rows in memory as a sheet.
        output: the run's folder; None for a new one under `reports`.
        access: which server.
        reading: how the sheet is read.
        offline: whether no server is needed.
        kind: of the things that the rows name.
        ticket: the change ticket that it belongs to; empty for none, or for that of the run that it reruns.

    Raises:
        SheetError: the sheet cannot be used.
        SettingsError: no server is given.
        RunError: the folder cannot be used or holds a run already, or the earlier run belongs to another server.
        StorageError: the journal cannot be written.
    """
    if isinstance(sheet, str) and sheet != sheet.encode(errors="replace").decode():
        raise SheetError(f"{clean(sheet)}: the file's name is not valid text: rename it")
    source = sheet if isinstance(sheet, Sheet) else opened_sheet(sheet, reading, kind)
    path = source.path
    if source.is_results and path not in NO_FILES and (Path(path).parent / JOURNAL).is_file():
        with Run.open(Path(path).parent) as earlier:
            manifest = _rerun_manifest(earlier, source, access=access, reading=reading, offline=offline, ticket=ticket)
            complete = not is_to_fix(Path(path), earlier.folder)
            return _create(output, replace(manifest, corrections_complete=complete), source, earlier.kind)
    manifest = Manifest(sheet=path, reading=reading, sha256=source.sha256, ticket=ticket)
    if source.is_results:
        manifest = replace(manifest, rerun_of=Path(path), generation=2)
    if not offline:
        manifest = _with_server(manifest, access)
    return _create(output, manifest, source, kind)


def begin_rerun(
    earlier: Run,
    corrections: str | None,
    *,
    output: Path | None,
    access: Access,
    reading: Reading,
    ticket: str = "",
) -> Run:
    """Begin a rerun: a new run of all rows of an earlier one, some of them corrected.

    Args:
        earlier: to be held open until the rows are taken in.
        corrections: path of a sheet of corrected rows; None if there are none.
        output: the new run's folder; None for a new one under `reports`.
        access: which server.
        reading: how the corrections are read.
        ticket: the change ticket that it belongs to; empty for that of the earlier run.

    Raises:
        SheetError: the corrections cannot be used.
        RunError: the earlier run has no rows or belongs to another server, or the new folder cannot be used.
        StorageError: the journal cannot be written.
    """
    source = opened_sheet(corrections, reading, earlier.kind) if corrections else None
    if source and not source.is_results and sheet_row_column(source.columns) is None:
        raise SheetError(
            f"{source.path}: it has no column {SHEET_ROW}, which says which row each of its rows corrects. Correct "
            f"the failed rows in {earlier.folder / 'failed'}.{earlier.format}; to run it as a sheet of its own: "
            f"{typed(['run', source.path])}"
        )
    manifest = _rerun_manifest(earlier, source, access=access, reading=reading, ticket=ticket)
    run = _create(output, manifest, source, earlier.kind)
    run.earlier = earlier
    return run


def begin_verification(of: Run, folder: Path, without: Collection[str] = ()) -> Run:
    """Begin a verification: every done row of a run, to be looked at again, in a journal of its own.

    Args:
        of: the run.
        folder: of the verification.
        without: keys of rows that are left out.
    """
    rows = (row for row in of.rows() if not (row.want and row.want.key in without))
    return _begin_beside(of, folder, to_verify(rows, time.time()))


def begin_plan(of: Run, folder: Path, limit: int | None) -> Run:
    """Begin a plan of what is left to do in a run, in a journal of its own.

    Args:
        of: the run.
        folder: of the plan.
        limit: how many rows the run would begin at most; None for all.
    """
    chosen = None if limit is None else of.next_to_do(limit)
    rows = (row for number, row in enumerate(of.rows(), 1) if chosen is None or number in chosen)
    return _begin_beside(of, folder, to_plan(rows))


def _begin_beside(of: Run, folder: Path, rows: Iterable[JournalRow]) -> Run:
    """A run of some rows of another, on its server and under its columns."""
    before = of.manifest
    manifest = Manifest(
        sheet=before.sheet,
        columns=before.columns,
        delimiter=before.delimiter,
        encoding=before.encoding,
        ticket=before.ticket,
    )
    run = _create(folder, _on_server_of(manifest, of), None, of.kind)
    run.load(rows)
    return run


def _deleted_at(earlier: Run) -> float | None:
    """When a rollback of a run last deleted something, in seconds since the epoch; also one that was killed."""
    known = [at for at in (earlier.manifest.deleted_at, earlier.journal.last_act(ROLLBACK.name)) if at is not None]
    return max(known, default=None)


def _rerun_manifest(
    earlier: Run,
    corrections: Sheet | None,
    *,
    access: Access,
    reading: Reading,
    offline: bool = False,
    ticket: str = "",
) -> Manifest:
    """The manifest of a rerun."""
    before = earlier.manifest
    if not before.loaded:
        raise RunError(f"{earlier.folder} was stopped before its rows were loaded: resume it, or run the sheet again")
    manifest = Manifest(
        sheet=before.sheet,
        sheet_name=before.sheet_name,
        columns=before.columns,
        fields=before.fields,
        delimiter=before.delimiter,
        encoding=before.encoding,
        reading=reading,
        rerun_of=earlier.folder,
        earlier_began=before.created_at,
        results_format=before.results_format,
        generation=before.generation + 1,
        ticket=ticket or before.ticket,
        username=before.username,
        corrections=corrections.path if corrections else None,
        left_out=before.left_out,
        audited=-1 if earlier.unaudited() else 0,
        deleted_at=_deleted_at(earlier),
        sha256=corrections.sha256 if corrections else "",
        **for_rerun(before),
    )
    if offline:
        return manifest
    earlier.access(access)  # raises if another server is asked for
    return _on_server_of(manifest, earlier)


def _on_server_of(manifest: Manifest, run: Run) -> Manifest:
    """A manifest with the server of a run; if that is a simulator, with its estate."""
    state = run.simulator_state.absolute() if run.manifest.simulated else None
    return replace(manifest, server=run.manifest.server, simulator_state=state)


def _with_server(manifest: Manifest, access: Access) -> Manifest:
    """A manifest with the server that is given.

    Raises:
        SettingsError: none is.
    """
    if access.simulate:
        return replace(manifest, server=SIMULATED, simulator_state=Path(SIMULATOR))
    if not access.server:
        raise NoServerError("rehearse without one with --simulate")
    return replace(manifest, server=access.server)


def _create(folder: Path | None, manifest: Manifest, sheet: Sheet | None, kind: Kind[Any]) -> Run:
    """Make a run's folder, with a journal that has its manifest and no rows yet.

    Raises:
        RunError: the folder cannot be made, or holds a run already.
    """
    folder = folder or new_folder(manifest.sheet)
    try:
        make_folder(folder)
    except OSError as error:
        raise RunError(f"{folder}: {error.strerror}") from error
    manifest = replace(manifest, kind=kind.name, created_at=time.time(), directory=Path.cwd(), operator=operator())
    journal = Journal.create(folder / JOURNAL, manifest.facts(), kind)
    return Run(folder, journal, sheet, new=True)
