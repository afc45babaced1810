"""A whole run in this process and on this event loop, so that many can be made at the same time.

It goes through the library's door with everything real: sheet, journal and results on disk, TCP connections, a thread
for the journal. Only the signals of the process are left alone.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.model import Evidence
from bulkprov.engine.operations import RUN, Operation
from bulkprov.errors import ExitCode, RefusedError, Stop
from bulkprov.runs.begin import begin_run
from bulkprov.runs.environment import inside_a_program
from bulkprov.runs.execute import Ended, as_it_stands, carry_out
from bulkprov.runs.intake import load_rows
from bulkprov.runs.job import Job
from bulkprov.runs.observer import Observer
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort, Reading
from tests.end_to_end.results import read

__all__ = ["Rehearsed", "rehearse"]

USER = "admin"
PASSWORD = "simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """How a run ended."""

    ended: Ended
    rows: Sequence[dict[str, Any]]
    """The lines of the results."""
    evidence: Sequence[Evidence]
    """Whether the run made what it reports, by row; NONE for a row without an end."""
    folder: Path
    said: Sequence[str]
    """What the person at the terminal was told meanwhile."""

    @property
    def exit_code(self) -> ExitCode:
        """What a process would say."""
        return self.ended.exit_code

    @property
    def stop(self) -> str:
        """Why it stopped early, or nothing."""
        return self.ended.stop.reason if self.ended.stop else ""

    def written(self) -> Iterator[tuple[str, bytes]]:
        """Every file of the run with its bytes."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                yield path.name, path.read_bytes()


async def rehearse(
    folder: Path,
    rows: Sequence[tuple[str, str]],
    *,
    access: Access,
    effort: Effort,
    credentials: Credentials | None = None,
    begin: bool = True,
    operation: Operation = RUN,
) -> Rehearsed:
    """Run a wave, or go on with it.

    Args:
        folder: of the run; the sheet is written beside it.
        rows: client and backup set.
        access: which server.
        effort: how hard to try.
        credentials: the simulator's documented ones by default.
        begin: False to go on with a run that was begun before.
        operation: what is wanted of its rows.
    """
    observer = _Listener()
    sheet = folder.parent / f"{folder.name}.csv"
    if begin:
        with sheet.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("clientName", "backupsetName"), *rows])
        run = begin_run(str(sheet), output=folder, access=access, reading=Reading())
    else:
        run = Run.open(folder)
    with run:
        load_rows(run)
        with run.log(verbose=True, console=False) as log:
            job = Job(
                run=run,
                access=access,
                effort=effort,
                credentials=credentials or Credentials(username=USER, password=PASSWORD),
                log=log,
                observer=observer,
                operation=operation,
                environment=inside_a_program(),
            )
            try:
                ended = await carry_out(job)
            except RefusedError as error:  # a command would undo the run; here it shows that no row was touched
                stop = Stop(str(error), ExitCode.NO_SERVER)
                ended = replace(as_it_stands(run, operation), stop=stop)
        written = run.report("csv")
        evidence = [row.outcome.evidence if row.outcome else Evidence.NONE for row in run.rows()]
    return Rehearsed(ended=ended, rows=read(written.results), evidence=evidence, folder=folder, said=observer.said)


class _Listener(Observer):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, line: str) -> None:
        """Keep a line."""
        self.said.append(line)
