"""The Python API: `provision` and `resume`. It knows no terminal and no signals.

`provision` begins a run and `resume` goes on with one. Both use what the commands use (`Run`, `Job` and
`execute.carry_out`), so a run folder made here can be used with every command, and the other way round.
"""

import asyncio
import shutil
import tempfile
import weakref
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from bulkprov.commvault.credentials import Credentials
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.engine.model import Status
from bulkprov.errors import ExitCode, RefusedError, ServerError, SettingsError, UnreachedError
from bulkprov.report.dataframe import as_frame
from bulkprov.report.write import Written
from bulkprov.runs.begin import begin_run
from bulkprov.runs.connect import credentials_for
from bulkprov.runs.environment import inside_a_program
from bulkprov.runs.execute import carry_out
from bulkprov.runs.intake import load_rows
from bulkprov.runs.job import Job
from bulkprov.runs.kept_options import kept_words, with_kept
from bulkprov.runs.observer import Observer
from bulkprov.runs.run import Run
from bulkprov.runs.under_way import announce, refuse_beside, withdraw
from bulkprov.settings import Access, Effort, Reading
from bulkprov.sheets import Rows, Sheet, sheet_of
from bulkprov.sheets.rows import Result
from bulkprov.shell import typed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Provisioned", "provision", "resume"]

T = TypeVar("T")

_DEFAULT_ACCESS: Final = Access()
_DEFAULT_EFFORT: Final = Effort()
_DEFAULT_READING: Final = Reading()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Provisioned:
    """What became of a wave. Iterating over it gives every row's `Result` in input order, read from the journal.

    The rows are not held in memory. Each iteration opens the run, which cannot be opened elsewhere until the iteration
    ends. A run without a folder of its own is deleted together with this value.
    """

    folder: Path
    """The run's folder, for `resume`, and for `bulkprov resume`, `rerun`, `verify` and `rollback`."""
    counts: Mapping[Status, int]
    """Rows by status, unfinished ones (`pending`, `unknown`) too; a status without rows is left out."""
    exit_code: ExitCode
    """The exit code that the command would have had; `ExitCode.DONE` if every row is `created` or `exists`."""
    error: str
    """Why it stopped early; empty if it did not."""
    said: tuple[str, ...]
    """What a person should read, such as what was guessed about a sheet."""
    written: Written | None
    """The files of results; None for a run without a folder of its own."""

    @property
    def done(self) -> bool:
        """Whether every row is `created` or `exists`."""
        return self.exit_code is ExitCode.DONE

    def __len__(self) -> int:
        return sum(self.counts.values())

    def __iter__(self) -> Iterator[Result]:
        with Run.open(self.folder) as run:
            yield from run.results()

    def to_frame(self) -> "pd.DataFrame":
        """The results as a pandas DataFrame: the columns of the rows, then the ten of a results file.

        `errorCode`, `backupsetId`, `attempts` and `httpStatus` are of type `Int64`, and `finishedAt` is in UTC; an
        unknown value is missing. Passed to `provision`, the frame is run again: rows that are done are looked up.
        """
        with Run.open(self.folder) as run:
            return as_frame(run.columns, run.results(), run.kind.columns)


async def provision(
    rows: "Rows | Path | str",
    *,
    access: Access = _DEFAULT_ACCESS,
    effort: Effort = _DEFAULT_EFFORT,
    reading: Reading = _DEFAULT_READING,
    credentials: Credentials | None = None,
    folder: Path | None = None,
    overlap: bool = False,
) -> Provisioned:
    """Make each backup set exist once, and say what became of every row.

    What goes wrong with a row is never an exception, but its status. All rows are checked before the first is sent;
    cells are taken as text, and rows that repeat another or have a fault are `invalid`, as in a sheet. Signals are left
    to the program. A cancelled call ends as a killed command does: the journal is complete, and `resume` goes on from
    it. ::

        done = await provision(
            [{"clientName": "client001", "backupsetName": "FS_Wave3"}],
            access=Access(server="https://cs.example.com/commandcenter/api"),
            credentials=Credentials(username="ops", password=ask_the_vault()),
            folder=Path("reports/wave-3"),
        )
        for row in done:
            print(row.sheet_row, row.status, row.backupset_id, row.error_string or row.note)

    Args:
        rows: mappings by the sheet's column names, or `BackupSet` values; or a pandas DataFrame; or the path of a sheet
            (a results file is run again). Rows that come from no file are numbered from 1.
        access: which server; `Access(simulate=True)` rehearses without one.
        effort: how hard to try, and when to stop.
        reading: how a sheet is read, if `rows` is a path.
        credentials: how to sign in. If None, they come from the files that `access` names, or from the environment.
        folder: the run's own folder, new or empty. Results are written there, and `resume` can go on from it. If None,
            the folder is temporary and is deleted together with the value returned.
        overlap: whether to go on beside a run under way that has rows in common with this one: both may report the same
            sets then, and a rollback deletes only those that are proven its run's own.

    Raises:
        SheetError: the rows as a whole cannot be used: there are none, or a column is missing.
        SettingsError: there is no server, or there are no credentials; or `effort` has `plan_first`.
        RunError: the folder holds a run already; or, without `overlap`, a run is under way, in a folder beside this one
            or below `reports`, that has rows in common with this one.
        ServerError: the server could not be reached, trusted or signed in to; nothing was created. No run is kept then,
            unless its rows came from stdin or an iterator, which cannot be read again, and `folder` was given:
            `resume` goes on with it.
        StorageError: the journal or the results could not be written.
    """
    if effort.plan_first:
        raise SettingsError("plan_first asks a person at a terminal: use the command, or run `bulkprov plan` first")
    credentials = credentials or _credentials(access)
    sheet = _sheet(rows)
    with ExitStack() as stack:
        output = folder or _temporary(stack)
        run = await _aside(lambda: begin_run(sheet, output=output, access=access, reading=reading))
        async with _kept_if_reached(run, rows):
            done = await _carried_out(run, access, effort, credentials, write=folder is not None, overlap=overlap)
        weakref.finalize(done, stack.pop_all().close)
        return done


@asynccontextmanager
async def _kept_if_reached(run: Run, rows: "Rows | Path | str") -> AsyncIterator[None]:
    """Undo the beginning of a run whose server was never reached, unless it has the only copy of its rows."""
    try:
        yield
    except (RefusedError, UnreachedError):
        if not _is_read_once(rows):
            await _aside(partial(run.unbegin, unsent=True))
        raise


def _is_read_once(rows: "Rows | Path | str") -> bool:
    """Whether rows cannot be had again: those of stdin or of an iterator, such as a generator."""
    return str(rows) == "-" if isinstance(rows, str | Path) else isinstance(rows, Iterator)


def _temporary(stack: ExitStack) -> Path:
    """A folder that is deleted with the stack."""
    folder = Path(tempfile.mkdtemp(prefix="bulkprov-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


async def resume(
    folder: Path,
    *,
    access: Access = _DEFAULT_ACCESS,
    effort: Effort = _DEFAULT_EFFORT,
    credentials: Credentials | None = None,
    overlap: bool = False,
    lift: Collection[str] = (),
) -> Provisioned:
    """Go on with a run that was killed, cancelled or stopped early, whether a program or a command began it.

    Args:
        folder: of the run.
        access: how to reach its server; which server it is, the run knows.
        effort: how hard to try, and when to stop. Of `rate`, `until`, `max_errors`, `concurrency`, `plan_first`,
            `canary`, `strict` and `mark` those that are at their defaults are as the run was begun.
        credentials: how to sign in; as for `provision`.
        overlap: as for `provision`.
        lift: names of fields of `effort` that hold as they are there, even if that is their default.

    Raises:
        SettingsError: the run was begun with `plan_first`, and `lift` does not name it; or as for `provision`.
        RunError: there is no run in the folder, another process is working on it, or it belongs to another server; or
            as for `provision`.
        BulkprovError: as for `provision`.
    """
    run = await _aside(lambda: Run.open(folder))
    return await _carried_out(run, access, effort, credentials, write=True, overlap=overlap, lift=lift)


class _Notes(Observer):
    """Keeps the lines that a person should read."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def _credentials(access: Access) -> Credentials:
    return credentials_for(access, lambda _username: "")


def _sheet(rows: "Rows | Path | str") -> "str | Sheet":
    """The path of a sheet, or rows of a program as one."""
    if isinstance(rows, str | Path):
        return str(rows)
    return sheet_of(rows, columns=BACKUP_SET.columns, wanted=BACKUP_SET.wanted, cells=BACKUP_SET.cells)


async def _carried_out(
    run: Run,
    access: Access,
    effort: Effort,
    credentials: Credentials | None,
    *,
    write: bool,
    overlap: bool,
    lift: Collection[str] = (),
) -> Provisioned:
    """Take in the rows, work, report, and close the run."""
    notes, environment = _Notes(), inside_a_program()
    given, (effort, kept) = effort, with_kept(run.manifest, effort, typed=lift)
    notes.lines += kept_words(given, effort, "as the run was begun")
    window_end = effort.window_ends(environment.now())
    with run:
        if effort.plan_first:
            raise SettingsError(
                f"{run.folder}: plan_first asks a person at a terminal: use {typed(['resume', run.folder])}; where the "
                "run was begun with it, resume(..., lift=['plan_first']) goes on without a plan"
            )
        access = run.access(access)
        await _aside(lambda: run.update(**kept))
        notes.lines += await _aside(lambda: load_rows(run))
        others = await _aside(lambda: announce(run))
        if not overlap:
            refuse_beside(others, "Call it again once that has ended. To go on now, pass overlap=True")
        notes.lines += [other.told for other in others]
        with run.log(console=False) as log:
            job = Job(
                run=run,
                access=access,
                effort=effort,
                credentials=credentials or _credentials(access),
                log=log,
                observer=notes,
                environment=environment,
                window_end=window_end,
            )
            ended = await carry_out(job)
            if ended.stop and ended.stop.unreached and run.new:
                raise UnreachedError(ended.stop.reason)
            stopped = ended.stop is not None
            report = partial(run.report, stopped=stopped, refused=ended.refused)
            written = await _aside(report) if write else None
            await _aside(lambda: withdraw(run))
        if ended.stop and ended.exit_code is ExitCode.NO_SERVER and not ended.refused:
            raise ServerError(ended.stop.reason)
        return Provisioned(
            folder=run.folder,
            counts={status: count for status, count in ended.statuses.items() if count},
            exit_code=ended.exit_code,
            error=ended.stop.reason if ended.stop else "",
            said=tuple(notes.lines),
            written=written,
        )


async def _aside(function: Callable[[], T]) -> T:
    """Call what reads or writes files in a thread. A cancelled call waits for the thread, which uses the journal."""
    call = asyncio.ensure_future(asyncio.to_thread(function))
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.wait([call])
        raise
