"""Atomic file writes: a file is written in a private folder beside its place, synced, then moved into it.

The order (write, fsync, rename, fsync of the directory) is what survives a power cut: either the old file or the new
one is found, never half of one (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014). It knows files
only, not what is in them.
"""

import hashlib
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from bulkprov.errors import StorageError
from bulkprov.private import new_file
from bulkprov.shell import typed

__all__ = ["digest_of", "move_into_place", "private_file", "remove_outdated", "set_aside_if_edited", "staging_folder"]

_PAUSES: Final = (0.1, 0.2, 0.4, 0.8) if os.name == "nt" else ()
"""Seconds between attempts to move a file that another program is looking at."""


@contextmanager
def staging_folder(folder: Path, *, from_journal: bool = True) -> Iterator[Path]:
    """A directory in `folder`, and so on the same file system; it is removed at the end with all that is in it.

    What an earlier process left behind when it died is removed first: only one process writes here at a time.

    Args:
        folder: where the files belong.
        from_journal: whether `bulkprov report` can write them later, from the journal that is beside them.

    Raises:
        StorageError: something in the block could not be written, why, and what to do.
    """
    try:
        for left in folder.glob(".writing-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder, ignore_cleanup_errors=True) as staging:
            yield Path(staging)
    except OSError as error:
        reason = error.strerror or error
        later = (
            f"The journal holds every row; once this is fixed, `{typed(['report', folder])}` will write them"
            if from_journal
            else "Once this is fixed, give the command again"
        )
        raise StorageError(f"{folder}: the results cannot be written ({reason}). {later}") from error


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner can read, safe on disk once the block ends well."""
    with new_file(path) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def move_into_place(staged: Path, folder: Path, said: list[str]) -> Path:
    """Move a finished file into the folder, over an older one of its name.

    A file that is open in Excel on Windows cannot be replaced; the new one then gets another name.

    Args:
        staged: the finished file.
        folder: where it belongs.
        said: gets a line for the operator if the name is another.

    Returns:
        where the file is now.
    """
    place = folder / staged.name
    try:
        _replace(staged, place)
    except PermissionError:
        busy, place = place, _free_name(place)
        _replace(staged, place)
        said.append(f"{busy.name} is open in another program, so this was written to {place.name}")
    _sync_directory(folder)
    return place


def _replace(staged: Path, place: Path) -> None:
    """Move a file, patiently: a virus scanner or an indexer may hold the old one for a moment."""
    for pause in _PAUSES:
        try:
            staged.replace(place)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    staged.replace(place)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def set_aside_if_edited(place: Path, digest: str, said: list[str]) -> None:
    """Rename a file that was edited since we wrote it, so that the operator's work is not written over.

    Args:
        place: the file; it need not be there.
        digest: SHA-256 of what we wrote, as hexadecimal digits; empty if that is not known.
        said: gets a line for the operator if the file is renamed.
    """
    kept = place.with_name(f"{place.stem}-edited{place.suffix}")
    kept = _free_name(kept) if kept.exists() else kept
    try:
        if not digest or not place.is_file() or digest_of(place) == digest:
            return
        place.rename(kept)
    except PermissionError:  # it is open in another program, and so it cannot be written over either
        return
    said.append(f"{place.name} was edited since it was written: it is kept as {kept.name}")


def remove_outdated(paths: Iterable[Path], said: list[str]) -> None:
    """Remove files that are no longer true; where another program holds one open, add a line to `said` instead."""
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            said.append(
                f"{path.name} is out of date (nothing is left to fix), but open in another program: close and delete it"
            )


def _free_name(place: Path) -> Path:
    """The first of `results-2.xlsx`, `results-3.xlsx` and so on that is not taken."""
    candidates = (place.with_name(f"{place.stem}-{number}{place.suffix}") for number in itertools.count(2))
    return next(each for each in candidates if not each.exists())


def _sync_directory(folder: Path) -> None:
    if os.name == "nt":  # directories cannot be opened there, and NTFS keeps its own journal of names
        return
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
