"""A run folder, opened: take in the rows, work, report.

It knows where things lie, and what is kept of a run as a whole. What becomes of a row it leaves to others.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, Final, Self

from bulkprov.commvault.kinds import BACKUP_SET, KINDS
from bulkprov.engine.lifecycle import Operation
from bulkprov.engine.model import Row, Status, Tally
from bulkprov.engine.operations import RUN
from bulkprov.errors import RunError, SheetError, StorageError
from bulkprov.journal.rows import Kept, NewRow, Told
from bulkprov.journal.store import Decide, Journal
from bulkprov.kind import Kind
from bulkprov.report.context import Context
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import advice_from
from bulkprov.report.formats import Format, format_named
from bulkprov.report.next_step import next_step
from bulkprov.report.write import Written, write_results
from bulkprov.runs.assemble import decide, limits_of
from bulkprov.runs.catalog import JOURNAL, SIMULATOR, new_folder, of_run, server_facts, told
from bulkprov.runs.corrections import SHEET_ROW, Corrections, Layout, sheet_row_column
from bulkprov.runs.log import Log, open_log
from bulkprov.runs.new_rows import fresh, from_results, to_plan, to_verify
from bulkprov.runs.rerun import Rerun
from bulkprov.settings import Access, Effort, Reading
from bulkprov.sheets import IN_MEMORY, Sheet, open_sheet
from bulkprov.sheets.rows import Record, Result
from bulkprov.sheets.validate import checker
from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = ["Run"]

LOG: Final = "run.log"
_NO_FILES: Final = {"-": "the sheet came from stdin", IN_MEMORY: "the sheet came from a program's memory"}
"""Sheets that cannot be opened again."""


class Run:
    """A run folder held open; nobody else can work on it meanwhile. A context manager."""

    def __init__(self, folder: Path, journal: Journal, sheet: Sheet | None = None) -> None:
        """Use `begin`, `begin_again` or `open`."""
        self.folder, self.journal, self._sheet = folder, journal, sheet
        self.facts = journal.facts()
        self._new = False

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the folder of an earlier run.

        Raises:
            RunError: it holds no run, or another process is working on it.
        """
        return cls(folder, Journal.open(folder / JOURNAL, KINDS))

    @classmethod
    def begin(
        cls,
        sheet: str | Sheet,
        *,
        output: Path | None,
        access: Access,
        reading: Reading,
        offline: bool = False,
        kind: Kind[Any] = BACKUP_SET,
    ) -> Self:
        """Begin a run of a sheet, or of a results file again; its rows are taken in by `load`.

        Args:
            sheet: the sheet's file, "-" for stdin, or rows in memory as a sheet.
            output: the run's folder; a new one under `reports` if None.
            access: which server.
            reading: how the sheet is read.
            offline: no server is needed.
            kind: of the things that its rows name.

        Raises:
            SheetError: the sheet cannot be used.
            SettingsError: there is no server.
            RunError: the folder holds a run already.
        """
        if isinstance(sheet, str) and sheet != sheet.encode(errors="replace").decode():
            raise SheetError(f"{clean(sheet)}: the file's name has bytes that are no text: rename it")
        source = sheet if isinstance(sheet, Sheet) else _open_sheet(sheet, reading, kind)
        path, folder = source.path, Path(source.path).parent
        if source.is_results and path not in _NO_FILES and (folder / JOURNAL).is_file():
            with cls.open(folder) as earlier:
                return cls._begin_corrected(
                    earlier, source, output=output, access=access, reading=reading, whole=True, offline=offline
                )
        place = {} if offline else server_facts(access, {}, folder)
        facts = {"sheet": path, "reading": json.dumps(asdict(reading)), "sha256": source.sha256, **place}
        if source.is_results:
            facts |= {"reruns": path, "go": "2"}
        return cls._make(output or new_folder(path), facts, source, kind)

    @classmethod
    def begin_again(
        cls, earlier: "Run", fixed: str | None, *, output: Path | None, access: Access, reading: Reading
    ) -> Self:
        """Begin a new run of the rows of an earlier one that are not done, some of them corrected.

        Args:
            earlier: held open until the rows are taken in.
            fixed: a sheet of corrected rows.
            output: the new run's folder; a new one under `reports` if None.
            access: which server.
            reading: how `fixed` is read.

        Raises:
            SheetError: the corrected sheet cannot be used.
            RunError: the earlier run has no rows, or belongs to another server.
        """
        corrected = _open_sheet(fixed, reading, earlier.kind) if fixed else None
        if corrected and not (corrected.is_results or sheet_row_column(corrected.columns) is not None):
            raise SheetError(
                f"{fixed}: it has no column {SHEET_ROW}, which says what row each of its rows corrects. Correct the "
                f"failed rows in {earlier.folder / 'failed'}.{earlier.format}; a sheet of its own is run with: "
                f"{typed(['run', fixed])}"
            )
        return cls._begin_corrected(earlier, corrected, output=output, access=access, reading=reading)

    @classmethod
    def _begin_corrected(
        cls,
        earlier: "Run",
        corrected: Sheet | None,
        *,
        output: Path | None,
        access: Access,
        reading: Reading,
        whole: bool = False,
        offline: bool = False,
    ) -> Self:
        """Begin a rerun. With `whole`, the corrected sheet has all rows that are wanted, and their order."""
        if "loaded" not in earlier.facts:
            raise RunError(f"{earlier.folder} was stopped before its sheet was read; resume it, or run the sheet anew")
        facts: dict[str, str] = {}
        facts |= {
            name: earlier.facts[name] for name in ("sheet", "sheet_name", "columns", "fields") if name in earlier.facts
        }
        facts |= {} if offline else server_facts(access, earlier.facts, earlier.folder)
        facts |= {"reading": json.dumps(asdict(reading)), "reruns": str(earlier.folder)}
        facts["go"] = str(int(earlier.facts.get("go", 1)) + 1)
        if corrected:
            facts |= {"fixed": corrected.path, "sha256": corrected.sha256} | ({"whole": "yes"} if whole else {})
        return cls._make(output or new_folder(facts["sheet"]), facts, corrected, earlier.kind)

    @classmethod
    def begin_verification(cls, of: "Run", folder: Path) -> Self:
        """Begin to look again at every done row of a run, in a journal of its own."""
        return cls._beside(of, folder, to_verify(of.rows(), time.time()))

    @classmethod
    def begin_plan(cls, of: "Run", folder: Path) -> Self:
        """Begin to plan what is to be done in a run, in a journal of its own."""
        return cls._beside(of, folder, to_plan(of.rows()))

    @classmethod
    def _beside(cls, of: "Run", folder: Path, rows: Iterator[NewRow]) -> Self:
        """A run of other rows, on the server of a run, under the columns of its sheet."""
        kept: dict[str, str] = {}
        kept |= {name: of.facts[name] for name in ("sheet", "columns", "server", "simulator") if name in of.facts}
        if "simulator" in kept:
            kept["simulator"] = str((of.folder / kept["simulator"]).absolute())
        run = cls._make(folder, kept, None, of.kind)
        run.journal.load(rows, lambda: {"loaded": repr(time.time())})
        run.facts = run.journal.facts()
        return run

    @classmethod
    def _make(cls, folder: Path, facts: dict[str, str], sheet: Sheet | None, kind: Kind[Any]) -> Self:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{folder}: {error.strerror}") from error
        known = {"created_at": repr(time.time()), "directory": str(Path.cwd()), "kind": kind.name}
        journal = Journal.create(folder / JOURNAL, facts | known, kind)
        run = cls(folder, journal, sheet)
        run._new = True
        return run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()

    def discard(self) -> None:
        """Undo `begin`, if the rows were not taken in: the folder holds no run then."""
        if "loaded" in self.facts or not self._new:
            return
        self.journal.close()
        with suppress(OSError):  # somebody looks at it: an empty run is left, and why it is empty is told already
            for path in self.folder.glob(f"{JOURNAL}*"):
                path.unlink()
            if not any(self.folder.iterdir()):
                self.folder.rmdir()

    def invalid(self) -> int:
        """How many rows are invalid."""
        return self.journal.counts()[Status.INVALID]

    def load(self, earlier: "Run | None" = None) -> list[str]:
        """Take in all rows, unless that was done before: read, checked, repeats found; all or nothing.

        Args:
            earlier: the run that this one reruns, if it is held open already.

        Returns:
            what the operator should be told of the reading.

        Raises:
            SheetError: the sheet cannot be used.
            RunError: the sheet is not the one with which this run began, or the earlier run cannot be opened.
        """
        if "loaded" in self.facts:
            return []
        said: list[str] = []
        if "reruns" in self.facts and "columns" in self.facts:
            self._load_again(earlier, said)
        else:
            self._load_sheet(said)
        self.facts = self.journal.facts()
        return said

    def _load_sheet(self, said: list[str]) -> None:
        sheet = self._source(self.facts["sheet"])
        check = checker(self.kind.check, sheet.fields, sheet_name=sheet.sheet_name, in_cells=self._in_cells)
        rows = fresh(_records(sheet), check)
        if sheet.is_results:
            rows = from_results(lambda: _records(sheet), check, time.time())
            name = Path(self.facts["sheet"]).name
            said.append(f"{name} does not lie in its run's folder: rows that it calls done are looked up first")
        self._take_in(rows, {"columns": sheet.columns, "fields": dict(sheet.fields)}, sheet.sheet_name)
        said += sheet.notes

    def _load_again(self, earlier: "Run | None", said: list[str]) -> None:
        columns, fields = json.loads(self.facts["columns"]), json.loads(self.facts["fields"])
        sheet = self._source(self.facts["fixed"]) if "fixed" in self.facts else None
        corrections = None
        if sheet:
            layout = Layout.joined(
                file_columns=sheet.columns,
                file_fields=sheet.fields,
                run_columns=columns,
                run_fields=fields,
                result_columns=self.kind.columns.results,
            )
            columns, fields = layout.columns, layout.fields
            corrections = Corrections(
                name=Path(sheet.path).name,
                layout=layout,
                check=checker(self.kind.check, fields, sheet_name=sheet.sheet_name),
                records=lambda: _records(sheet),
                sheet_row_column=sheet_row_column(sheet.columns),
            )
            said += sheet.notes
        check = checker(self.kind.check, fields, sheet_name=self.facts.get("sheet_name", ""), in_cells=self._in_cells)
        before = earlier or Run.open(Path(self._found(self.facts["reruns"])))
        try:
            rerun = Rerun(before.rows(), check, before.name)
            if corrections is None:
                rows = rerun.unchanged()
            else:
                rows = rerun.edited(corrections) if "whole" in self.facts else rerun.corrected(corrections)
            self._take_in(rows, {"columns": columns, "fields": fields}, self.facts.get("sheet_name", ""))
        finally:
            if earlier is None:
                before.journal.close()
        said += rerun.notes()

    def mark_earlier(self, earlier: "Run | None" = None) -> None:
        """Leave a word in the run that this one reruns, for whoever goes on with that: all of its rows are here now.

        Not where only the rows of a results file are: others may be left out that are still to be done.
        """
        if "reruns" not in self.facts or "columns" not in self.facts or "whole" in self.facts:
            return
        with suppress(StorageError, RunError):
            before = earlier or Run.open(Path(self._found(self.facts["reruns"])))
            before.note(rerun_as=str(self.folder.absolute()))
            if earlier is None:
                before.journal.close()

    def _source(self, path: str) -> Sheet:
        """The sheet with which the run began, opened again if another process had opened it."""
        if self._sheet is None:
            if path in _NO_FILES:
                raise RunError(f"{_NO_FILES[path]} and was not read to its end; {self.folder} has no rows: run it anew")
            self._sheet = _open_sheet(self._found(path), Reading(**json.loads(self.facts["reading"])), self.kind)
            if self._sheet.sha256 != self.facts["sha256"]:
                raise RunError(f"{path} has changed since this run began; run it anew")
        return self._sheet

    def _found(self, path: str) -> str:
        """A path that was given to the command that began this run, perhaps in another working directory."""
        there = Path(self.facts.get("directory", "")) / path
        return str(there) if there.exists() else path

    def _take_in(self, rows: Iterator[NewRow], head: Mapping[str, Any], sheet_name: str) -> None:
        known = {name: json.dumps(value) for name, value in head.items()} | {"sheet_name": sheet_name}
        self.journal.load(rows, lambda: {"loaded": repr(time.time()), **known})

    @property
    def _in_cells(self) -> bool:
        """Whether a row can be named by its cells."""
        return self.facts["sheet"] != IN_MEMORY

    @property
    def kind(self) -> Kind[Any]:
        """The kind of the things that its rows name."""
        return self.journal.kind

    @property
    def name(self) -> str:
        """What the run is called where there is no room for its whole path."""
        return self.folder.absolute().name

    def rows(self) -> Iterator[Kept]:
        """Every row in input order, with what became of it."""
        return self.journal.rows(self.decide())

    def tally(self, operation: Operation = RUN) -> Tally:
        """The counts as they stand; for a rollback, of the rows that are to be rolled back."""
        if operation.undoes:
            return Tally(rows=sum(1 for _ in self.to_roll_back()))
        return Tally(rows=self.journal.size(), statuses=self.journal.counts(), carried=self.journal.carried())

    @property
    def simulator_state(self) -> Path:
        """Where the simulator that is this run's server keeps its estate."""
        return self.folder / self.facts.get("simulator", SIMULATOR)

    def log(self, *, verbose: bool = False, console: bool = True) -> Log:
        """The run's log, opened."""
        return open_log(self.folder / LOG, verbose=verbose, console=console)

    @property
    def format(self) -> Format:
        """The format of the results as they were written last."""
        return format_named(self.facts.get("results_format", ""))

    @property
    def columns(self) -> list[str]:
        """The header cells of the sheet's own columns."""
        columns: list[str] = json.loads(self.facts.get("columns", "[]"))
        return columns

    def row(self, sheet_row: int) -> Told | None:
        """All that the journal has of the row with this number in the sheet."""
        return self.journal.row(sheet_row, self.decide())

    def results(self) -> Iterator[Result]:
        """Every row in input order, with what became of it."""
        return self.journal.results(self.decide())

    def to_roll_back(self) -> Iterator[Row]:
        """The rows whose sets this run made for sure, and that are not rolled back yet."""
        last = 0
        while rows := self.journal.made(last, {}, time.time()):
            yield from rows
            last = rows[-1].number

    def report(
        self,
        form: Format | None = None,
        catalogue: Catalogue | None = None,
        *,
        operation: Operation = RUN,
        folder: Path | None = None,
    ) -> Written:
        """Write the results from the journal.

        Args:
            form: the format; None for the one of last time.
            catalogue: what errors mean; None for the shipped one.
            operation: what was done: a plan and a verification have a file of their own.
            folder: where to put it, if not into the run's own folder. It is what is left of a plan or a verification.
        """
        form, folder = form or self.format, folder or self.folder
        name = operation.file
        context = Context(
            kind=self.kind,
            operation=operation,
            facts=told(folder, self.facts),
            advice=advice_from(catalogue or Catalogue.shipped()),
            next_step=partial(
                next_step,
                operation=operation,
                run=self.folder,
                left=self.left(),
                half_deleted=self.half_deleted(),
                failed=self.folder / f"failed.{form}",
                written=folder / f"{name}.{form}",
                sheet=self.facts.get("fixed", self.facts["sheet"]),
            ),
        )
        written = write_results(
            folder,
            columns=self.columns,
            results=self.results,
            format=form,
            context=context,
            name=name,
            last_failed=json.loads(self.facts.get("failed_digests", "{}")),
        )
        with suppress(StorageError):  # it is for the next time only, and the results are there
            self.note(
                results_format=form,
                **({"failed_digests": json.dumps(written.failed_digests)} if name == "results" else {}),
            )
        return written

    def statuses(self) -> Counter[Status]:
        """All rows by how they look now, as in the results."""
        return self.journal.statuses(self.decide())

    def half_deleted(self) -> int:
        """How many sets a rollback that was broken off may have deleted, or not."""
        return self.journal.half_deleted(self.decide())

    def left(self) -> int:
        """How many rows have no outcome yet."""
        return self.journal.size() - self.journal.counts().total()

    def spent(self, *, seconds: float, requests: float, finished: float) -> None:
        """Add one more stretch of work to what the run has cost in all."""
        more = {"seconds": seconds, "requests": requests, "finished": finished}
        self.note(**{name: repr(float(self.facts.get(name, 0)) + value) for name, value in more.items()})

    def note(self, **facts: str) -> None:
        """Keep something about the run as a whole."""
        self.journal.note(facts)
        self.facts |= facts

    def access(self, access: Access) -> Access:
        """The settings completed by the server that the run belongs to.

        Raises:
            RunError: they name another one.
        """
        return replace(access, **of_run(access, self.facts, self.folder))

    def decide(self) -> Decide:
        """A view of unfinished rows with endless settle times, so that a report settles nothing by looking."""
        limits = replace(limits_of(Access(), Effort()), settle=inf, settle_answered=inf)
        return decide(limits, float(self.facts.get("alive", 0)), time.time())


def _records(sheet: Sheet) -> Iterator[Record]:
    for chunk in sheet.chunks():
        yield from chunk


def _open_sheet(path: str, reading: Reading, kind: Kind[Any]) -> Sheet:
    return open_sheet(
        path, columns=kind.columns, sheet=reading.sheet, encoding=reading.encoding, delimiter=reading.delimiter
    )
