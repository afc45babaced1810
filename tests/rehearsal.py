"""A whole run in this process and on this event loop, so that many can be made at the same time.

It goes through the library's door with everything real: sheet, journal and results on disk, TCP connections, a thread
for the journal. Only the signals of the process are left alone.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.stop import Stopping
from bulkprov.errors import ExitCode
from bulkprov.runs.begin import begin_run
from bulkprov.runs.environment import real
from bulkprov.runs.execute import Ended, carry_out
from bulkprov.runs.intake import load_rows
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
) -> Rehearsed:
    """Run a wave, or go on with it.

    Args:
        folder: of the run; the sheet is written beside it.
        rows: client and backup set.
        access: which server.
        effort: how hard to try.
        credentials: the simulator's documented ones by default.
        begin: False to go on with a run that was begun before.
    """
    said: list[str] = []
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
            ended = await carry_out(
                run,
                access=access,
                effort=effort,
                credentials=credentials or Credentials(username=USER, password=PASSWORD),
                log=log,
                say=said.append,
                around=replace(real(), signals=_none),
            )
        written = run.report("csv")
    return Rehearsed(ended=ended, rows=read(written.results), folder=folder, said=said)


@contextmanager
def _none(_stopping: Stopping, _say: Callable[[str], None]) -> Iterator[None]:
    """No signals: they are the process's, and many runs share it."""
    yield
