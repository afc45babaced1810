"""The run folders below `reports`: finding them, what can be said of each without working on it, and whose they are.

It reads journals and changes none. That a run belongs to one server, and a rerun to that of the run before it, is
decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bulkprov.commvault.kinds import KINDS
from bulkprov.engine.model import Status
from bulkprov.errors import RunError, SettingsError, StorageError
from bulkprov.journal.store import Journal
from bulkprov.settings import Access
from bulkprov.sheets import IN_MEMORY

__all__ = [
    "JOURNAL",
    "REPORTS",
    "SIMULATED",
    "SIMULATOR",
    "Overview",
    "new_folder",
    "of_run",
    "overviews",
    "rerun_as",
    "server_facts",
    "told",
    "unfinished",
]

JOURNAL: Final = "journal.sqlite"
_LONGEST: Final = 100
"""Bytes of a sheet's name that its runs' folders are called by: file systems take some 255 in all."""
REPORTS: Final = Path("reports")
SIMULATOR: Final = "simulator.sqlite"
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
    def go(self) -> int:
        """Which go at its wave it is: 1 for a first run, 2 for a rerun of that, and so on."""
        return int(self.facts.get("go", 1))

    @property
    def unfinished(self) -> bool:
        """Whether there is something for `resume` to do."""
        return not self.trouble and (self.left > 0 or "loaded" not in self.facts)


def overviews(reports: Path = REPORTS) -> list[Overview]:
    """All runs below a folder, oldest first."""
    found = [_overview(path) for path in sorted(reports.glob(f"*/{JOURNAL}"))]
    return sorted(found, key=lambda run: float(run.facts.get("created_at", "inf")))


def unfinished(reports: Path = REPORTS) -> list[Path]:
    """The folders of the runs that have something left to do, newest first. What was rerun is its rerun's business.

    Raises:
        RunError: there is none.
    """
    found = [run.folder for run in reversed(overviews(reports)) if run.unfinished and not rerun_as(run.facts)]
    if not found:
        raise RunError(f"no run below {reports} has anything left to do")
    return found


def rerun_as(facts: Mapping[str, str]) -> str:
    """The run that has taken over all rows of a run, if it is still there: its folder, as short as it can be said."""
    later = facts.get("rerun_as", "")
    if not later or not (Path(later) / JOURNAL).is_file():
        return ""
    return str(Path(later).relative_to(Path.cwd())) if Path(later).is_relative_to(Path.cwd()) else later


def new_folder(sheet: str) -> Path:
    """reports/<sheet stem>-<time>, not there yet."""
    stem = {"-": "stdin", IN_MEMORY: "rows"}.get(sheet, Path(sheet).stem)
    stem = stem.encode(errors="surrogateescape")[:_LONGEST].decode(errors="ignore")
    name = f"{stem}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    folder, number = REPORTS / name, 2
    while folder.exists():
        folder, number = REPORTS / f"{name}-{number}", number + 1
    return folder


def _overview(path: Path) -> Overview:
    try:
        journal = Journal.open(path, KINDS)
    except (RunError, StorageError) as error:
        return Overview(folder=path.parent, facts={}, rows=0, statuses={}, trouble=str(error))
    try:
        return Overview(folder=path.parent, facts=journal.facts(), rows=journal.size(), statuses=journal.counts())
    finally:
        journal.close()


def server_facts(access: Access, earlier: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The server of a new run, as it is kept: the one that is given, else that of the run it reruns.

    Args:
        access: what is asked for.
        earlier: what is kept of the run that is rerun; nothing if there is none.
        folder: of that run.

    Raises:
        RunError: another server is asked for than that of the earlier run.
        SettingsError: there is no server.
    """
    if earlier:
        kept = {name: earlier[name] for name in ("server", "simulator") if name in earlier}
        if "simulator" in kept:
            kept["simulator"] = str((folder / kept["simulator"]).absolute())
        of_run(access, kept, folder)
        return kept
    if access.simulate:
        return {"server": SIMULATED, "simulator": SIMULATOR}
    if not access.server:
        raise SettingsError("no server: give --server URL, or --simulate to rehearse without one")
    return {"server": access.server}


def told(folder: Path, facts: Mapping[str, str]) -> dict[str, str | int | float]:
    """What the Summary says of a run as a whole."""
    shown: dict[str, str | int | float] = {"run": str(folder), "started": float(facts["created_at"])}
    shown |= {name: facts[name] for name in ("sheet", "server", "reruns", "limits") if name in facts}
    shown |= {name: float(facts[name]) for name in ("seconds", "requests") if name in facts}
    if shown.get("seconds"):
        shown["rows_per_second"] = float(facts["finished"]) / float(facts["seconds"])
    return shown


def of_run(access: Access, facts: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """The settings of a run by which its server is reached.

    Raises:
        RunError: another server is asked for.
    """
    kept = facts.get("server", "")
    given = SIMULATED if access.simulate else access.server
    if given and given != kept:
        raise RunError(f"{folder} belongs to the server {kept}, not to {given}")
    return {"server": "", "simulate": True} if kept == SIMULATED else {"server": kept}
