"""Which run holds the rows of a run that was rerun: where to go on. It reads journals and changes none."""

from contextlib import closing
from pathlib import Path

from bulkprov.commvault.kinds import KINDS
from bulkprov.engine.operations import RUN
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.store import Journal
from bulkprov.runs.folder import JOURNAL
from bulkprov.runs.manifest import Manifest

__all__ = ["holder", "holder_of"]


def holder(manifest: Manifest) -> Path | None:
    """The folder of the newest rerun that holds all rows of a run, as short as it can be said; None if there is none.

    Reruns of the rerun count; those that have no rows yet, or are not there any more, do not. One that was discarded
    counts if it has sent something: what became of that, only it can tell.
    """
    for begun in reversed(manifest.reruns):
        if not begun.whole or not (begun.folder / JOURNAL).is_file():
            continue
        later = _manifest(begun.folder)
        if later is None:  # in use, for one: it is there, and that is all that is asked
            return _shown(begun.folder)
        if not later.loaded or begun.began not in (None, later.created_at):
            continue
        if later.discarded_at and not _has_sent(begun.folder):
            continue
        if later.created_at is None or manifest.created_at is None or later.created_at < manifest.created_at:
            return _shown(begun.folder)  # clocks differ: no way to tell which of its own reruns are newer
        return holder(later) or _shown(begun.folder)
    return None


def holder_of(folder: Path) -> Path | None:
    """The same of the run in a folder, which is not held open by this process."""
    manifest = _manifest(folder)
    return holder(manifest) if manifest else None


def _manifest(folder: Path) -> Manifest | None:
    """The manifest of a run; None if it cannot be read now."""
    try:
        with closing(Journal.open(folder / JOURNAL, KINDS)) as journal:
            return Manifest.read(journal)
    except (RunError, StorageError):
        return None


def _has_sent(folder: Path) -> bool:
    """Whether a create of a run may have left; also if its journal cannot be read now."""
    try:
        with closing(Journal.open(folder / JOURNAL, KINDS)) as journal:
            return journal.last_act(RUN.name) is not None
    except (RunError, StorageError):
        return True


def _shown(folder: Path) -> Path:
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
