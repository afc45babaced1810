"""All runs below a folder: what can be said of each without working on it. It reads journals and changes none."""

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Final

from bulkprov.commvault.kinds import KINDS
from bulkprov.engine.model import Status
from bulkprov.errors import InUseError, RunError, StorageError
from bulkprov.journal.planned import has_plan
from bulkprov.journal.store import Journal
from bulkprov.runs.folder import JOURNAL, REPORTS
from bulkprov.runs.manifest import Manifest
from bulkprov.runs.own_server import is_untouched
from bulkprov.runs.progress import Progress
from bulkprov.sheets.nearest import Nearest
from bulkprov.shell import typed

__all__ = ["Overview", "file_of_run", "find_run", "overview", "overviews", "successor", "unfinished"]

_LATEST: Final = Path("latest")
_FEW: Final = 5
"""Runs that are named where more than one may be meant."""


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
    untouched: bool = False
    """Whether nothing of its rows was ever sent: perhaps its server was mistyped."""
    planned: bool = False
    """Whether it has only planned its rows, and was told to send nothing: a rerun sends them."""
    trouble: str = ""
    """Why nothing else is known of it: another process is using it, say."""
    in_use: bool = False
    """Whether another process is using it."""
    progress: Progress | None = None
    """What that process has written down of it; None if nothing, or if there is no such process."""
    began: float = 0.0
    """When it began, in seconds since the epoch; if that cannot be read, when its journal was last written."""

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
        if self.trouble or self.manifest.discarded_at:
            return False
        return self.left > 0 or self.unaudited > 0 or not self.manifest.loaded


def overviews(reports: Path = REPORTS) -> list[Overview]:
    """All runs below a folder, newest first."""
    found = [overview(path) for path in sorted(reports.glob(f"*/{JOURNAL}"))]
    reruns = {_rerun_by(run.progress): run for run in found if run.progress and run.progress.manifest.rerun_of}
    told = (_being_rerun(run, reruns.get(run.folder.resolve())) for run in found)
    return sorted(told, key=lambda run: -run.began)


def _rerun_by(progress: Progress) -> Path:
    """The folder of the run that is rerun by one of which this is known."""
    return (progress.manifest.directory / (progress.manifest.rerun_of or "")).resolve()


def _being_rerun(run: Overview, rerun: Overview | None) -> Overview:
    """A run that another process has opened, if only to rerun it: nothing is done on the run itself."""
    if rerun is None or rerun.progress is None or not run.in_use or run.progress:
        return run
    began = rerun.progress.manifest.earlier_began or run.began
    return replace(run, trouble=f"it is being rerun as {rerun.folder}", began=began)


def unfinished(reports: Path = REPORTS) -> list[Overview]:
    """The runs that have something left to do, newest first, without those that were superseded or discarded.

    Those of which nothing was ever sent come after those that were broken off, and those that owe their audit only
    after all others.

    Raises:
        RunError: there is none.
    """
    runs = [run for run in overviews(reports) if run.unfinished and not successor(run.manifest)]
    if not runs:
        raise RunError(f"no unfinished run in {reports.absolute()}")
    return sorted(runs, key=lambda run: (run.manifest.loaded and not run.left, run.untouched))


def find_run(named: Path, reports: Path = REPORTS) -> Path:
    """The folder of the run that is meant.

    Args:
        named: its path, its name below `reports` or the beginning of it, a file in it, or `latest`.
        reports: where the folders of runs are.

    Raises:
        RunError: no run is called so, or more than one may be meant.
    """
    if os.path.isdir(named):  # noqa: PTH112 - never raises, however odd the name
        return named
    if os.path.isfile(named):  # noqa: PTH113 - likewise
        if (named.parent / JOURNAL).is_file():
            return named.parent
        raise RunError(f"{named} is a file, and there is no run in its folder: give a run, such as {_LATEST}")
    if named == _LATEST:
        return _latest(reports)
    place = reports if named.parent == Path() else named.parent
    found = [path.parent for path in sorted(place.glob(f"*/{JOURNAL}")) if path.parent.name.startswith(named.name)]
    for exact in (path for path in found if path.name == named.name):
        return exact
    if len(found) > 1:
        shown = ", ".join(path.name for path in found[:_FEW]) + (" ..." if len(found) > _FEW else "")
        raise RunError(f"{named}: {len(found)} runs in {place} begin so: {shown}. Type more of the name")
    if not found:
        runs: dict[str, str] = {
            path.parent.name: str(named.with_name(path.parent.name)) for path in place.glob(f"*/{JOURNAL}")
        }
        runs[str(_LATEST)] = str(_LATEST)
        near = Nearest(runs).to(named.name)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise RunError(f"{named}: no such run in {place}{meant}; `{typed(['runs'])}` lists them")
    return found[0]


def file_of_run(named: str, reports: Path = REPORTS) -> str:
    """A file in a run that is named as commands name runs, such as `latest/failed.xlsx`; any other name as it is."""
    path = Path(named)
    if path.parent == Path() or os.path.exists(named):  # noqa: PTH110 - never raises, however odd the name
        return named
    try:
        found = find_run(path.parent, reports) / path.name
    except (RunError, OSError):
        return named
    return str(found) if os.path.isfile(found) else named  # noqa: PTH113 - likewise


def _latest(reports: Path) -> Path:
    """The run that began last. One that cannot be read now might be that one: then none is meant for certain."""
    runs = [run for run in overviews(reports) if not run.manifest.discarded_at]
    if not runs:
        raise RunError(f"{_LATEST}: there is no run in {reports}")
    if runs[0].trouble and not runs[0].progress:
        raise RunError(f"{_LATEST}: {runs[0].folder} is perhaps the newest, and cannot be read: {runs[0].trouble}")
    return runs[0].folder


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
                untouched=is_untouched(journal),
                planned=has_plan(journal.database),
                began=manifest.created_at or _written(path),
            )
    except (RunError, StorageError) as error:
        in_use = isinstance(error, InUseError)
        progress = Progress.read(path.parent) if in_use else None
        return Overview(
            folder=path.parent,
            manifest=Manifest(),
            rows=0,
            statuses={},
            trouble=str(error),
            in_use=in_use,
            progress=progress,
            began=(progress and progress.manifest.created_at) or _written(path),
        )


def _written(path: Path) -> float:
    """When a file was last written; the end of time for one that does not tell."""
    try:
        return path.stat().st_mtime
    except OSError:
        return inf
