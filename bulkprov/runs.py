"""The run folders below `reports`: finding them, and what can be said of each without working on it.

It reads journals and changes none. A wave is followed through its reruns here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bulkprov.errors import RunError, StorageError
from bulkprov.journal import Journal
from bulkprov.model import Status

__all__ = ["JOURNAL", "REPORTS", "SIMULATED", "Overview", "goes", "new_folder", "newest_unfinished", "overviews"]

JOURNAL: Final = "journal.sqlite"
REPORTS: Final = Path("reports")
SIMULATED: Final = "simulator"
"""The server's name in the journal of a run with `--simulate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A run as it stands in a list of runs."""

    folder: Path
    facts: Mapping[str, str]
    rows: int
    statuses: Mapping[Status, int]
    trouble: str = ""
    """Why nothing else is known of it: another process is working on it, say."""

    @property
    def done(self) -> int:
        """Rows whose backup set is there."""
        return sum(count for status, count in self.statuses.items() if status.done)

    @property
    def left(self) -> int:
        """Rows that have no outcome."""
        return self.rows - sum(self.statuses.values())

    @property
    def unfinished(self) -> bool:
        """Whether there is something for `resume` to do."""
        return not self.trouble and (self.left > 0 or "loaded" not in self.facts)


def overviews(reports: Path = REPORTS) -> list[Overview]:
    """All runs below a folder, oldest first."""
    found = [_overview(path) for path in sorted(reports.glob(f"*/{JOURNAL}"))]
    return sorted(found, key=lambda run: float(run.facts.get("created_at", "inf")))


def newest_unfinished(reports: Path = REPORTS) -> Path:
    """The folder of the newest run that has something left to do.

    Raises:
        RunError: there is none.
    """
    for run in reversed(overviews(reports)):
        if run.unfinished:
            return run.folder
    raise RunError(f"no run below {reports} has anything left to do")


def goes(runs: Sequence[Overview]) -> dict[Path, int]:
    """For each run's folder, which go at its wave it is: 1 for a first run, 2 for a rerun of that, and so on."""
    before = {run.folder: Path(run.facts["reruns"]) for run in runs if "reruns" in run.facts}
    counted: dict[Path, int] = {}
    for run in runs:
        seen, folder = {run.folder}, run.folder
        while (folder := before.get(folder, folder)) not in seen:
            seen.add(folder)
        counted[run.folder] = len(seen)
    return counted


def new_folder(sheet: str) -> Path:
    """reports/<sheet stem>-<time>, not there yet."""
    stem = "stdin" if sheet == "-" else Path(sheet).stem
    name = f"{stem}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    folder, number = REPORTS / name, 2
    while folder.exists():
        folder, number = REPORTS / f"{name}-{number}", number + 1
    return folder


def _overview(path: Path) -> Overview:
    try:
        journal = Journal.open(path)
    except (RunError, StorageError) as error:
        return Overview(folder=path.parent, facts={}, rows=0, statuses={}, trouble=str(error))
    try:
        return Overview(folder=path.parent, facts=journal.facts(), rows=journal.size(), statuses=journal.counts())
    finally:
        journal.close()
