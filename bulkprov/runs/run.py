"""A run's folder, held open: its manifest, its journal, its log and its results.

It knows where things are and what is kept of a run as a whole. How a run begins is in `begin.py`, where its rows come
from in `intake.py`, and what becomes of a row is decided elsewhere.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any, Self

from bulkprov.commvault.kinds import KINDS
from bulkprov.engine.evidence import further
from bulkprov.engine.model import Row, Status
from bulkprov.engine.operations import RUN, Operation
from bulkprov.engine.tally import Tally
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.planned import has_plan
from bulkprov.journal.rows import JournalRow, RowHistory
from bulkprov.journal.store import Journal
from bulkprov.journal.view import View
from bulkprov.kind import Kind
from bulkprov.report.context import Context
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.formats import DEFAULT_FORMAT, Format
from bulkprov.report.next_step import next_step
from bulkprov.report.write import Written
from bulkprov.runs.folder import JOURNAL, LOG, SIMULATOR, UNDER_WAY
from bulkprov.runs.go_on import decide
from bulkprov.runs.holder import holder
from bulkprov.runs.leftovers import Leftover, leftovers
from bulkprov.runs.log import Log, open_log
from bulkprov.runs.manifest import Manifest
from bulkprov.runs.own_server import completed
from bulkprov.runs.policy import policy_of
from bulkprov.runs.progress import Progress
from bulkprov.runs.reporting import report_each_format
from bulkprov.runs.summary_facts import context_of
from bulkprov.settings import Access, Effort
from bulkprov.sheets import Sheet
from bulkprov.sheets.rows import Result

__all__ = ["Run"]


class Run:
    """A run's folder, held open: no other process can use it meanwhile. A context manager."""

    def __init__(self, folder: Path, journal: Journal, sheet: Sheet | None = None, *, new: bool = False) -> None:
        """Use `open`, or the functions in `begin.py`.

        Args:
            folder: of the run.
            journal: of the run; closed with it.
            sheet: the file that the rows are to come from, if it is open already.
            new: whether this process began the run, so that `unbegin` may undo that.
        """
        self.folder, self.journal, self.sheet = folder, journal, sheet
        self.manifest, self.new = Manifest.read(journal), new
        self.earlier: Run | None = None
        """The run that this one reruns, if this process holds it open."""

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the folder of an earlier run.

        Raises:
            RunError: it holds no run, or another process is using it.
        """
        journal = Journal.open(folder / JOURNAL, KINDS)
        Progress.remove(folder)  # of a process that was killed: it is not about what this one does
        try:
            return cls(folder, journal)
        except BaseException:
            journal.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder."""
        Progress.remove(self.folder)
        self.journal.close()

    def unbegin(self, *, unsent: bool = False) -> None:
        """Undo the beginning of a run whose rows were not loaded, or never sent: the folder holds no run then."""
        if not self.new or (self.manifest.loaded and not unsent):
            return
        if os.name == "nt":
            self.close()  # Windows removes no open file: for a moment another process could take the journal up
        Progress.remove(self.folder)
        with suppress(OSError):  # a file is in use: the run stays, and the user knows why already
            for name in (*(f"{JOURNAL}{end}" for end in ("", "-wal", "-shm", "-journal")), UNDER_WAY):
                (self.folder / name).unlink(missing_ok=True)
            if [path.name for path in self.folder.iterdir()] == [LOG]:  # else it may be the log of an older run as well
                (self.folder / LOG).unlink()
            if not any(self.folder.iterdir()):
                self.folder.rmdir()
        self.close()
        if not (self.folder / JOURNAL).exists():
            self._forgotten_by_earlier()

    def _forgotten_by_earlier(self) -> None:
        """Have the run that this one reruns forget it."""
        earlier = self.manifest.earlier_run
        with suppress(RunError, StorageError):  # it names a rerun that is not there then, and no more than that
            if self.earlier:
                self.earlier.update(**self.earlier.manifest.without_rerun(self.folder.absolute()))
            elif earlier:
                with Run.open(self.manifest.directory / earlier) as opened:
                    opened.update(**opened.manifest.without_rerun(self.folder.absolute()))

    def update(self, **changes: Any) -> None:
        """Change fields of the manifest, in the journal too."""
        changed = replace(self.manifest, **changes)
        self.journal.note(changed.facts(since=self.manifest))
        self.manifest = changed

    def load(self, rows: Iterable[JournalRow], later: Callable[[], Mapping[str, Any]] = dict, **changes: Any) -> None:
        """Take all rows into the journal, and mark the run as loaded: both or nothing.

        Args:
            rows: in input order.
            later: gives fields of the manifest that are known when all rows are in.
            changes: further fields of the manifest.
        """

        def facts() -> dict[str, str]:
            changed = replace(self.manifest, loaded_at=time.time(), **changes, **later())
            return changed.facts(since=self.manifest)

        self.journal.load(rows, facts)
        self.manifest = Manifest.read(self.journal)

    def add_costs(self, *, seconds: float, requests: int, finished: int) -> None:
        """Add to what the run has cost in all, its rollbacks left out.

        Args:
            seconds: of work.
            requests: that were sent.
            finished: rows that ended.
        """
        before = self.manifest
        self.update(
            seconds=(before.seconds or 0) + seconds,
            requests=(before.requests or 0) + requests,
            finished=(before.finished or 0) + finished,
        )

    @property
    def name(self) -> str:
        """The name of the folder, for where there is no room for its whole path."""
        return self.folder.absolute().name

    @property
    def kind(self) -> Kind[Any]:
        """The kind of thing that the rows name."""
        return self.journal.kind

    @property
    def columns(self) -> tuple[str, ...]:
        """The header cells of the sheet's own columns."""
        return self.manifest.columns

    @property
    def format(self) -> Format:
        """The format of the results as they were written last."""
        return self.manifest.results_format or DEFAULT_FORMAT

    @property
    def simulator_state(self) -> Path:
        """Where the simulator that is this run's server keeps its estate."""
        return self.folder / (self.manifest.simulator_state or SIMULATOR)

    def access(self, access: Access) -> Access:
        """The settings, completed by the server that the run belongs to.

        Raises:
            RunError: they name another server.
        """
        return completed(access, self.manifest, self.folder, self.journal)

    def log(self, *, verbose: bool = False, console: bool = True) -> Log:
        """The run's log, opened."""
        return open_log(self.folder / LOG, verbose=verbose, console=console)

    def rows(self) -> Iterator[JournalRow]:
        """Every row in input order, with what became of it."""
        return self.view().rows()

    def history(self, sheet_row: int) -> RowHistory | None:
        """All that the journal has of the row with this number in the sheet."""
        return next(self.view().histories([sheet_row]), None)

    def results(self) -> Iterator[Result]:
        """Every row in input order, as a line of the results."""
        return self.view().results()

    def to_roll_back(self, *, also_unproven: bool = False) -> Iterator[Row]:
        """The rows whose things this run made, for certain or as well perhaps, and that are not rolled back yet."""
        last = 0
        while rows := self.journal.made(last, {}, time.time(), also_unproven=also_unproven):
            yield from rows
            last = rows[-1].number

    def further(self, *, also_unproven: bool) -> Iterator[int]:
        """The ids of further things of its rows: those that bear their mark and, if wanted, candidates."""
        last = 0
        while rows := self.journal.with_further(last, time.time(), also_unproven=also_unproven):
            yield from (each for row in rows for each in further(row.standing, also_unproven=also_unproven))
            last = rows[-1].number

    def leftovers(self, *, rolled_back: bool = False) -> Iterator[Leftover]:
        """What it may have made, besides what is proven; see `leftovers`."""
        return leftovers(self.rows(), rolled_back=rolled_back)

    def next_to_do(self, most: int) -> frozenset[int]:
        """The numbers of the rows without an outcome that come next in the order of the work, so many at most."""
        return self.view().next_to_do(most)

    def tally(self, operation: Operation = RUN, *, also_unproven: bool = False) -> Tally:
        """The counts as they stand; for a rollback, of the rows that are to be rolled back."""
        if operation.undoes:
            return Tally(rows=sum(1 for _ in self.to_roll_back(also_unproven=also_unproven)))
        return Tally(rows=self.journal.size(), statuses=self.journal.counts(), carried=self.journal.carried())

    def statuses(self) -> Counter[Status]:
        """All rows by status, as in the results."""
        return self.view().statuses()

    def invalid(self) -> int:
        """How many rows are invalid."""
        return self.journal.counts()[Status.INVALID]

    def left(self) -> int:
        """How many rows have no outcome yet."""
        return self.journal.size() - self.journal.counts().total()

    def unaudited(self) -> int:
        """How many rows of which a create left no audit has looked at."""
        return self.journal.unaudited(self.manifest.audited)

    def unproven(self) -> int:
        """How many finished rows may have made sets that are not proven to be the run's."""
        return self.journal.unproven()

    def left_open(self) -> int:
        """How many rows have no outcome, though a create of them may have left."""
        return self.statuses()[Status.UNKNOWN]

    def half_deleted(self) -> int:
        """How many things an interrupted rollback may or may not have deleted."""
        return self.view().half_deleted()

    def next_step(
        self,
        statuses: Mapping[Status, int],
        *,
        operation: Operation,
        stopped: bool,
        refused: bool,
        failed: Path | None,
        written: Path | None,
    ) -> list[str]:
        """The command to go on with, as words after `bulkprov`; the arguments are those of `report.next_step`."""
        return next_step(
            statuses,
            operation=operation,
            run=self.folder,
            left=self.left(),
            unsure=self.view().unsure(),
            unaudited=self.unaudited(),
            half_deleted=self.half_deleted(),
            failed=failed,
            written=written,
            sheet=self.manifest.corrections or self.manifest.sheet,
            stopped=stopped,
            refused=refused or has_plan(self.journal.database),
            encoding=self.manifest.encoding_to_say,
            superseded=holder(self.manifest) is not None,
        )

    def report(
        self,
        form: Format | None = None,
        catalogue: Catalogue | None = None,
        *,
        operation: Operation = RUN,
        folder: Path | None = None,
        stopped: bool = False,
        refused: bool = False,
    ) -> Written:
        """Write the results from the journal, in other formats too in which they are there.

        Args:
            form: the format; None for that of the last time.
            catalogue: what errors mean; None for the shipped one.
            operation: what was done: a plan and a verification have a file of their own, and a rollback writes the
                results of the run again.
            folder: where to write, if not into the run's own folder: a plan and a verification outlive theirs.
            stopped: whether the operation stopped early.
            refused: whether nothing was sent because of what is in the sheet.

        Raises:
            StorageError: a file cannot be written.
        """
        form, folder, known = form or self.format, folder or self.folder, catalogue or Catalogue.shipped()

        def context(each: Format) -> Context:
            return context_of(self, each, known, operation, folder, stopped=stopped, refused=refused)

        done = report_each_format(self, form, operation, folder, context)
        with suppress(StorageError):  # only the next report needs it, and this one is written
            digests = done.digests if operation.has_rows_to_fix else self.manifest.digests
            self.update(results_format=form, digests=digests)
        return done

    def view(self) -> View:
        """The rows as they look now, with endless settle times, so that reading them settles nothing."""
        policy, now = replace(policy_of(Access(), Effort()), settle=inf), time.time()
        return View(self.journal, decide(policy, now, now))
