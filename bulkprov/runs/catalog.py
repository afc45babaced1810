"""All runs below a folder: what can be said of each without working on it. It reads journals and changes none."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from math import inf
from pathlib import Path

from bulkprov.commvault.kinds import KINDS
from bulkprov.engine.model import Status
from bulkprov.errors import InUseError, RunError, StorageError
from bulkprov.journal.store import Journal
from bulkprov.runs.folder import JOURNAL, REPORTS
from bulkprov.runs.manifest import Manifest

__all__ = ["Overview", "overview", "overviews", "successor", "unfinished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A run as it stands in a list of runs."""

    folder: Path
    manifest: Manifest
    rows: int
    statuses: Mapping[Status, int]
    """Rows that have an outcome."""
    unaudited: int = 0
    """Rows of which a create left, and that no audit has looked at since."""
    trouble: str = ""
    """Why nothing else is known of it: another process is using it, say."""
    in_use: bool = False
    """Whether another process is using it."""

    @property
    def done(self) -> int:
        """Rows whose thing exists."""
        return sum(count for status, count in self.statuses.items() if status.done)

    @property
    def left(self) -> int:
        """Rows that have no outcome."""
        return self.rows - sum(self.statuses.values())

    @property
    def unfinished(self) -> bool:
        """Whether there is something for `resume` to do."""
        return not self.trouble and (self.left > 0 or self.unaudited > 0 or not self.manifest.loaded)


def overviews(reports: Path = REPORTS) -> list[Overview]:
    """All runs below a folder, oldest first; those that cannot be read come last."""
    found = [overview(path) for path in sorted(reports.glob(f"*/{JOURNAL}"))]
    return sorted(found, key=lambda run: inf if run.manifest.created_at is None else run.manifest.created_at)


def unfinished(reports: Path = REPORTS) -> list[Path]:
    """The folders of the runs that have something left to do, newest first, without those that were superseded.

    Those that owe their audit only come after all others.

    Raises:
        RunError: there is none.
    """
    runs = [run for run in reversed(overviews(reports)) if run.unfinished and not successor(run.manifest)]
    found = [run.folder for run in sorted(runs, key=lambda run: run.manifest.loaded and not run.left)]
    if not found:
        raise RunError(f"no unfinished run in {reports}")
    return found


def successor(manifest: Manifest) -> Path | None:
    """The folder of the run that superseded a run, as short as it can be said; None if there is none any more."""
    folder = manifest.superseded_by
    if folder is None or not (folder / JOURNAL).is_file():
        return None
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def overview(path: Path) -> Overview:
    """What can be said of the run that has this journal."""
    try:
        with closing(Journal.open(path, KINDS)) as journal:
            manifest = Manifest.read(journal)
            return Overview(
                folder=path.parent,
                manifest=manifest,
                rows=journal.size(),
                statuses=journal.counts(),
                unaudited=journal.unaudited(manifest.audited),
            )
    except (RunError, StorageError) as error:
        return Overview(
            folder=path.parent,
            manifest=Manifest(),
            rows=0,
            statuses={},
            trouble=str(error),
            in_use=isinstance(error, InUseError),
        )
