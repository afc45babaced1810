"""Files that are whole or not there: written privately beside their place, made durable, then moved into it.

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

from xlsxwriter.exceptions import XlsxFileError

from bulkprov.errors import StorageError
from bulkprov.shell import typed

__all__ = ["keep_edited", "private_file", "put", "remove", "staging"]

_PAUSES: Final = (0.1, 0.2, 0.4, 0.8) if os.name == "nt" else ()
"""Seconds between attempts to move a file, where another program's look at it is in the way."""


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A directory in `folder`, of the same file system therefore, that is gone afterwards with all that is in it.

    What a process left behind that died while it wrote is removed, too: nobody else writes here meanwhile.

    Raises:
        StorageError: anything in the block could not be written, and why.
    """
    try:
        for left in folder.glob(".writing-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder, ignore_cleanup_errors=True) as stage:
            yield Path(stage)
    except (OSError, XlsxFileError) as error:
        cause = error.args[0] if isinstance(error, XlsxFileError) else error  # XlsxWriter wraps an OSError of its own
        reason = getattr(cause, "strerror", None) or cause
        raise StorageError(
            f"{folder}: the results cannot be written ({reason}). The journal holds every row: when that is put right, "
            f"`{typed(['report', folder])}` writes them"
        ) from error


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner can read, on the disk for good once the block has ended well."""
    with os.fdopen(
        os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600), "wb"
    ) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def put(staged: Path, folder: Path, said: list[str]) -> Path:
    """Move a finished file into the folder, over an older one; where it ended up.

    A file that is open in Excel on Windows cannot be replaced: the new one then stands beside it under another name,
    and `said` gets a line about it.
    """
    place = folder / staged.name
    try:
        _move(staged, place)
    except PermissionError:
        busy, place = place, _free(place)
        _move(staged, place)
        said.append(f"{busy.name} is open in another program, so this was written to {place.name}")
    _sync_directory(folder)
    return place


def _move(staged: Path, place: Path) -> None:
    """Put a file into its place, though a virus scanner or an indexer may look at it for a moment."""
    for pause in _PAUSES:
        try:
            staged.replace(place)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    staged.replace(place)


def keep_edited(place: Path, digest: str, said: list[str]) -> None:
    """Move a file out of the way that somebody has edited since we wrote it: their work is in it.

    Args:
        place: where the file is, if it is.
        digest: SHA-256 of what we wrote, as hexadecimal digits; empty if that is not known.
        said: gets a line about it.
    """
    kept = place.with_name(f"{place.stem}-edited{place.suffix}")
    kept = _free(kept) if kept.exists() else kept
    try:
        if not digest or not place.is_file() or hashlib.sha256(place.read_bytes()).hexdigest() == digest:
            return
        place.rename(kept)
    except PermissionError:  # it is open in another program; then it will not be written over either
        return
    said.append(f"{place.name} was edited since it was written: it is kept as {kept.name}")


def remove(paths: Iterable[Path], said: list[str]) -> None:
    """Remove files that no longer say the truth, or say so in `said` where another program holds one open."""
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            said.append(
                f"{path.name} is out of date (nothing is left to fix), but open in another program: close and delete it"
            )


def _free(place: Path) -> Path:
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
