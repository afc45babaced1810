"""Runs that work on the same sets at the same time: each says in a file what it is about to do, and reads the others'.

While a process works on a run its journal cannot be read. So there is a file beside the journal, written before the
first request: the server and the sheet, and the keys of the rows to do. It stays until nothing is left to do. (How far
the run is stands in a file of its own: see `progress`.) Whether the run is under way is told by the lock on its journal
alone, which dies with its process; a file without a lock is that of a run that was killed or stopped early. A run
writes its file before it looks for others, so that of two runs that begin together at least one finds the other.
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlsplit

from bulkprov.errors import DeclinedError, StorageError
from bulkprov.journal.keys import in_common, keys_to_do
from bulkprov.private import replacing
from bulkprov.runs.folder import JOURNAL, REPORTS, UNDER_WAY
from bulkprov.runs.overviews import overview, successor
from bulkprov.runs.progress import Progress
from bulkprov.runs.run import Run
from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = ["BESIDE", "Other", "announce", "named_twice", "refuse_beside", "server_of", "withdraw"]

BESIDE: Final = "both runs may report the same sets, and a rollback deletes only those that are proven its run's own"
"""What it means to go on all the same."""
_PORTS: Final = {"http": 80, "https": 443}
_FEW: Final = 5
"""Rows that are named."""
_HEAD: Final = 1 << 16
"""Bytes of a file's first line at most."""
_PORTION: Final = 1 << 15
"""Bytes of keys that are read at a time; whole keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another run on the same server that has rows in common with this one, or the same sheet."""

    folder: Path
    under_way: bool
    """Whether a process holds it; otherwise it is unfinished, and `resume` goes on with it."""
    told: str
    """What is to be said of it, as the beginning of a line."""


def announce(run: Run, earlier: Run | None = None) -> list[Other]:
    """Say what a run is about to do, and find the runs that have said the same. Called before anything is sent.

    Args:
        run: with its rows taken in.
        earlier: the run that it reruns, if this process holds it open.

    Returns:
        those below the same folder, and below `REPORTS`. Those that are under way come first.

    Raises:
        StorageError: the file cannot be written, or the journal cannot be read.
    """
    if not run.left():
        return []
    _write(run)
    statuses = run.journal.counts()
    Progress(manifest=run.manifest, rows=run.journal.size(), statuses=statuses, at=time.time()).write(run.folder)
    here = {each.folder.resolve() for each in (run, earlier) if each}
    places = {REPORTS.resolve(), run.folder.resolve().parent}
    files = sorted(file for place in places for file in place.glob(f"*/{UNDER_WAY}"))
    found = (_other(run, file) for file in files if file.parent.resolve() not in here)
    return sorted((each for each in found if each), key=lambda each: not each.under_way)


def withdraw(run: Run) -> None:
    """Take back what was announced, once nothing is left to do."""
    if not run.left():
        with suppress(OSError):  # it says nothing of a run whose journal is not held and has nothing left
            (run.folder / UNDER_WAY).unlink(missing_ok=True)


def refuse_beside(others: Iterable[Other], advice: str) -> None:
    """Prevent two runs from working on the same sets at once by mistake.

    Args:
        others: as `announce` found them.
        advice: what can be done instead, as a sentence or two.

    Raises:
        DeclinedError: one of them is under way.
    """
    for other in others:
        if other.under_way:
            raise DeclinedError(f"nothing is sent now: {other.told}. {advice}: {BESIDE}")


def named_twice(runs: Sequence[Run]) -> list[str]:
    """What is to be said of the things that more than one of several runs is about to make.

    Args:
        runs: with their rows taken in, in the order in which they are worked on.
    """
    first: dict[str, tuple[str, int]] = {}
    """The sheet and the row that name a thing first."""
    lines = list[str]()
    for run in runs:
        sheet, here, common = clean(run.manifest.sheet), dict[str, tuple[str, int]](), dict[str, list[str]]()
        for row in run.rows():
            if row.want and row.outcome is None:
                if row.want.key in first:
                    other, number = first[row.want.key]
                    common.setdefault(other, []).append(f"row {row.sheet_row} as {other} row {number}")
                else:
                    here[row.want.key] = sheet, row.sheet_row
        for told in common.values():
            more = f" and {len(told) - _FEW:,} more" if len(told) > _FEW else ""
            lines.append(
                f"{sheet} names what an earlier sheet names too: {', '.join(told[:_FEW])}{more}; "
                "each is made once, by the first, and found by the other"
            )
        first |= here
    return lines


def _write(run: Run) -> None:
    """Write the file, unless an earlier process did: rows that were done since are told of as well then."""
    file = run.folder / UNDER_WAY
    if file.exists():
        return
    about = {"server": server_of(run), "sha256": run.manifest.sha256}
    try:
        with replacing(file) as opened:
            opened.write(json.dumps(about).encode() + b"\n")
            opened.writelines(keys_to_do(run.journal))
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {error.strerror}") from error


def _other(run: Run, file: Path) -> Other | None:
    """What a file says of a run; None if that has nothing to do with this one, or is finished."""
    rows = _in_common(run, file)
    if rows is None:
        return None
    shown = file.parent.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file.parent
    there = overview(file.parent / JOURNAL)
    if there.in_use:
        what = f"{rows:,} of these {run.left():,} rows" if rows else "the same sheet"
        return Other(folder=shown, under_way=True, told=f"{shown} is under way on this server with {what}")
    if not there.unfinished or successor(there.manifest):
        return None
    same = "of the same sheet" if there.manifest.sha256 == run.manifest.sha256 != "" else f"with {rows:,} of these rows"
    what, go_on = ("a plan", "rerun") if there.planned else ("an unfinished run", "resume")
    told = f"{shown} is {what} {same}; to go on with it: {typed([go_on, shown])}"
    return Other(folder=shown, under_way=False, told=told)


def _in_common(run: Run, file: Path) -> int | None:
    """How many rows to do a run has in common with the one of this file; None if neither any, nor server and sheet."""
    try:
        if not file.is_file():
            return None
        with file.open("rb") as opened:
            about = json.loads(opened.readline(_HEAD))
            if about["server"] != server_of(run):
                return None
            rows = in_common(run.journal, _keys(opened))
            return rows if rows or about["sha256"] == run.manifest.sha256 != "" else None
    except (OSError, ValueError, LookupError, TypeError):  # it is not of our making, or gone by now
        return None


def _keys(opened: BinaryIO) -> Iterator[bytes]:
    while portion := opened.read(_PORTION):
        yield portion


def server_of(run: Run) -> str:
    """A server's name: its host and port, since it has several root paths; of a simulator, where it keeps its state."""
    if run.manifest.simulated:
        return str(run.simulator_state.resolve())
    parts = urlsplit(run.manifest.server or "")
    return f"{parts.hostname}:{parts.port or _PORTS.get(parts.scheme)}"
