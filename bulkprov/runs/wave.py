"""A wave: a run and all its reruns, linked by their manifests; and what one run of it tells the others.

A rerun names the run whose rows it took over. The link is believed only if what is found there is that very run: it
began at the moment that the rerun has noted, or, for a rerun of an earlier version, it has the same server and sheet,
was one rerun less, and began before. A folder may have been used again since, by a run that has nothing to do with it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from bulkprov.engine.model import NOTHING, Evidence, Outcome, Status
from bulkprov.engine.operations import ROLLBACK
from bulkprov.journal.rows import Batch
from bulkprov.runs.folder import JOURNAL, REPORTS
from bulkprov.runs.leftovers import Leftover
from bulkprov.runs.manifest import Begun, Manifest
from bulkprov.runs.overviews import Overview, overview
from bulkprov.runs.run import Run
from bulkprov.text import clean, plural

__all__ = [
    "Wave",
    "carried_from",
    "history_elsewhere",
    "mark_rolled_back",
    "not_taken_over",
    "wave_of",
]

_CARRIED: Final = "carried over from "
"""How the note of such a row begins; the name follows, up to a semicolon."""
_ROLLED_BACK: Final = "rolled back in "
"""Likewise, once the run with this name has deleted what the row stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """The runs of a wave."""

    folders: tuple[Path, ...]
    """Newest first: a rerun before the run that it reruns."""
    missing: tuple[str, ...] = ()
    """What is said of runs that the links name and that are not there: what they made is not known."""
    unread: tuple[str, ...] = ()
    """What is said of runs that cannot be read now, and may belong to it."""


def wave_of(folder: Path) -> Wave:
    """The wave of a run. None of its runs may be held open by this process.

    Reruns are looked for below `REPORTS`, beside the run, and where the runs themselves say that they are.

    Args:
        folder: of the run.
    """
    seen: dict[Path, Overview] = {}
    for place in {REPORTS.resolve(), folder.resolve().parent}:
        for path in place.glob(f"*/{JOURNAL}"):
            seen.setdefault(path.parent.resolve(), overview(path))
    start = folder.resolve()
    seen.setdefault(start, overview(start / JOURNAL))
    found, missing = {start}, list[str]()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        run = seen[here]
        near = [each for each in (_earlier(run), *(begun.folder for begun in run.manifest.reruns)) if each]
        for path in near:
            there = path.resolve()
            if there not in seen and (there / JOURNAL).is_file():
                seen[there] = overview(there / JOURNAL)
        linked = [there for there in seen if _linked(here, run, there, seen[there])]
        missing += [*_lost(run, here, seen, found), *_lost_reruns(run, here, seen)]
        waiting += [there for there in linked if there not in found]
        found.update(linked)
    newest_first = sorted(found, key=lambda path: (-seen[path].manifest.generation, -seen[path].began))
    named = {begun.folder.resolve() for path in found for begun in seen[path].manifest.reruns}
    unread = [each for path, each in seen.items() if each.in_use and path not in found and path not in named]
    return Wave(
        folders=tuple(folder if path == start else _shown(path) for path in newest_first),
        missing=tuple(dict.fromkeys(missing)),
        unread=tuple(
            f"{_shown(each.folder)} cannot be read now ({clean(each.trouble)}): it is not known whether it belongs to "
            "this wave"
            for each in unread
        ),
    )


def _earlier(run: Overview) -> Path | None:
    """The folder of the run that a run reruns; None if there is none."""
    earlier = run.manifest.earlier_run
    return None if earlier is None else run.manifest.directory / earlier


def _linked(here: Path, run: Overview, there: Path, other: Overview) -> bool:
    """Whether one of two runs reruns the other."""
    return (
        _reruns(run, there, other)
        or _reruns(other, here, run)
        or _remembers(run, there, other)
        or _remembers(other, here, run)
    )


def _remembers(earlier: Overview, there: Path, later: Overview) -> bool:
    """Whether a run remembers another, whose folder is `there`, as its rerun; its own folder may have moved since."""
    if not _is_meant(later.manifest, earlier.manifest):
        return False
    began = later.manifest.created_at
    return any(each.folder.resolve() == there and each.began in (began, None) for each in earlier.manifest.reruns)


def _reruns(later: Overview, there: Path, earlier: Overview) -> bool:
    """Whether a run reruns another, whose folder is `there`."""
    named = _earlier(later)
    return named is not None and named.resolve() == there and _is_meant(later.manifest, earlier.manifest)


def _is_meant(later: Manifest, earlier: Manifest) -> bool:
    """Whether a run is the one that a rerun of this folder has rerun."""
    if earlier.created_at is None or earlier.server != later.server:
        return False
    if later.earlier_began is not None:
        return later.earlier_began == earlier.created_at
    return (
        earlier.sheet == later.sheet
        and earlier.generation + 1 == later.generation
        and later.created_at is not None
        and earlier.created_at <= later.created_at
    )


def _lost(run: Overview, here: Path, seen: dict[Path, Overview], found: set[Path]) -> list[str]:
    """What is said of the run that a run reruns, if that is not to be found, and not among those found already."""
    manifest = run.manifest
    if manifest.rerun_of is None:
        return []
    named = _earlier(run)
    if any(_remembers(seen[path], here, run) for path in found):
        return []  # that is the one, in a folder of another name by now
    if named is None:
        return [f"{_shown(here)} reruns the results file {manifest.rerun_of}, whose run is not known"]
    earlier = seen.get(named.resolve())
    if earlier is None:
        return [f"{_shown(here)} reruns {manifest.rerun_of}, which is not there any more"]
    if not _is_meant(manifest, earlier.manifest):
        why = clean(earlier.trouble) or "what is there now is another run"
        return [f"{_shown(here)} reruns {manifest.rerun_of}: {why}"]
    return []


def _lost_reruns(run: Overview, here: Path, seen: dict[Path, Overview]) -> list[str]:
    """What is said of the reruns that a run remembers and that are not to be found: what they made is not known."""
    lines = list[str]()
    for begun in run.manifest.reruns:
        linked = [other for there, other in seen.items() if _reruns(other, here, run) or _remembers(run, there, other)]
        if any(each.manifest.created_at == begun.began for each in linked):
            continue
        other = seen.get(begun.folder.resolve())
        if other and begun.began is None and other in linked:
            continue
        if other is None:
            why = "which is not there any more"
        else:
            why = f"which cannot be read ({clean(other.trouble)})" if other.trouble else "where another run is now"
        lines.append(f"{_shown(here)} was rerun as {_shown(begun.folder)}, {why}: {_may_have_made(begun)}")
    return lines


def _may_have_made(begun: Begun) -> str:
    """What a rerun that is not to be found may have made."""
    if begun.began is None:
        return "the sets that it made are not known here"
    at = datetime.fromtimestamp(begun.began).astimezone()
    return (
        f"it began on {at:%Y-%m-%d at %H:%M:%S}, when {plural(begun.rows, 'row')} of that run were not done, and may "
        "have made their sets, which are not known here"
    )


def _shown(path: Path) -> Path:
    """A folder, as short as it can be said."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def carried_from(run: Run) -> dict[str, int]:
    """How many rows of a run stand for sets that earlier runs made, by the names of those; the first of each row's."""
    counted = Counter[str]()
    for row in run.rows():
        ended = row.outcome
        if ended and ended.carried and ended.status is Status.CREATED and ended.note.startswith(_CARRIED):
            counted[ended.note.removeprefix(_CARRIED).partition(";")[0]] += 1
    return counted


def history_elsewhere(run: Run, note: str) -> Path | None:
    """The folder of the run that has the history of a row that was carried over; None if the row was not.

    Args:
        run: has the row.
        note: of the row, which begins with that run's name.
    """
    begin = next((each for each in (_CARRIED, _ROLLED_BACK) if note.startswith(each)), None)
    if begin is None:
        return None
    name, manifest = note.removeprefix(begin).partition(";")[0], run.manifest
    for _ in range(run.manifest.generation):
        if manifest.earlier_run is None:
            break
        folder = (manifest.directory / manifest.earlier_run).resolve()
        if folder.name == name:
            return _shown(folder)
        manifest = overview(folder / JOURNAL).manifest
    return Path(name)


def mark_rolled_back(later: Run, runs: Iterable[Run]) -> int:
    """Mark the rows that a run has carried over as rolled back, if a rollback of the run that made them deleted them.

    Such a row has the same names and the same id in both, and both witnesses have denied that id. It ends here as it
    has ended there: its time is that of the delete, not of the create.

    Args:
        later: has the rows.
        runs: earlier runs of its wave.

    Returns:
        how many were marked.

    Raises:
        StorageError: a journal cannot be read, or that of `later` not be written.
    """
    gone: dict[tuple[object, int | None], Outcome] = {}
    deleted_at = later.manifest.deleted_at
    for run in runs:
        for row in run.rows():
            end = row.outcome
            if row.want and end and end.status is Status.ROLLED_BACK:
                note = end.note if end.carried else "; ".join(filter(None, (f"{_ROLLED_BACK}{run.name}", end.note)))
                told = replace(end, note=note, evidence=Evidence.NONE, facts=NOTHING, carried=True)
                gone[row.want.key, end.reply.id] = told
        deleted_at = max((at for at in (deleted_at, run.manifest.deleted_at) if at is not None), default=None)
    batch, marked = Batch(ROLLBACK.name), 0
    for number, row in enumerate(later.rows(), 1):
        ended = row.outcome
        if row.want and ended and ended.carried and ended.status.done and ended.reply.id:
            deleted = gone.get((row.want.key, ended.reply.id))
            if deleted:
                batch.finish(number, deleted)
                marked += 1
    if marked:
        later.journal.apply(batch)
        later.update(deleted_at=deleted_at)
    return marked


def not_taken_over(left: Sequence[Leftover], earlier: Run, later: Iterable[Run]) -> tuple[Leftover, ...]:
    """Those leftovers of a run whose rows no later run of the wave has taken over, with all that is known of them.

    A rerun inherits what is in doubt of a row that it tries again under the same names, and answers for it once the row
    has ended again, or is a leftover of its own. Of a row that it has carried over, it knows nothing but its status.

    Args:
        left: leftovers of the run.
        earlier: the run.
        later: runs of its wave. Only those count that were begun by rerunning it, or a rerun of it: one that it has
            rerun itself knows of the same doubt, and would answer for it in its turn.
    """
    if not left:
        return ()
    taken: set[tuple[int, str]] = set()
    for run in (each for each in later if each.manifest.generation > earlier.manifest.generation):
        taken.update((each.sheet_row, each.want.key) for each in run.leftovers())
        ended = (row for row in run.rows() if row.want and row.outcome and not row.outcome.carried)
        taken.update((row.sheet_row, row.want.key) for row in ended if row.want)
    return tuple(each for each in left if (each.sheet_row, each.want.key) not in taken)
