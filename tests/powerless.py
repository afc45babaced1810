"""A disk that forgets: SQLite on a file system layer which knows what was synced, so that the power can be cut.

The layer (a VFS of apsw, since the standard library's sqlite3 has no such hook) hands everything on to the real one,
and keeps for each file what it held at its last sync, and what was written since. A power cut leaves the first, with
any part of the second: each sector that was written in the last moments may have reached the disk or not.

What it does not show: whether the real disk and file system keep what they promise at a sync, and the loss of a
directory entry.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Self

import apsw

__all__ = ["Snapshot", "Watched", "standing_in_for_sqlite3"]

SECTOR = 512


@dataclass(slots=True)
class _Content:
    """One file."""

    synced: bytes = b""
    since: list[tuple[int, bytes] | int] = field(default_factory=list)
    """Writes (offset, bytes) and truncations (size) since then."""

    def now(self) -> bytes:
        """What a reader sees."""
        return _applied(self.synced, self.since)


def _applied(content: bytes, changes: Iterable[tuple[int, bytes] | int]) -> bytes:
    held = bytearray(content)
    for change in changes:
        if isinstance(change, int):
            del held[change:]
            continue
        offset, data = change
        held.extend(bytes(max(0, offset + len(data) - len(held))))
        held[offset : offset + len(data)] = data
    return bytes(held)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All files at one moment."""

    files: dict[str, tuple[bytes, tuple[tuple[int, bytes] | int, ...]]]
    acknowledged: int
    """How much the journal had been told to be safe by then."""

    def after_a_power_cut(self, folder: Path, random: Random) -> None:
        """Write what may be found when the power is back."""
        for name, (synced, since) in self.files.items():
            kept = [part for change in since for part in _sectors(change) if random.random() < 0.5]
            (folder / name).write_bytes(_applied(synced, kept))


def _sectors(change: tuple[int, bytes] | int) -> Iterator[tuple[int, bytes] | int]:
    """A disk writes sectors; a write of several may be cut in between."""
    if isinstance(change, int):
        yield change
        return
    offset, data = change
    for start in range(0, len(data), SECTOR):
        yield offset + start, data[start : start + SECTOR]


class Watched(apsw.VFS):
    """The layer."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.name = name
        self.files: dict[str, _Content] = {}
        self.snapshots: list[Snapshot] = []
        self.acknowledged = 0
        self.random: Random | None = None
        """Draws the moments of which a snapshot is taken: before one of so many changes."""

    def xOpen(self, name: Any, flags: list[int]) -> "_File":  # noqa: N802 - SQLite's name
        """Open a file."""
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        content = self.files.setdefault(path.name, _Content(path.read_bytes() if path.exists() else b""))
        return _File(self, content, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        """Delete a file."""
        super().xDelete(filename, syncdir)
        self.files.pop(Path(filename).name, None)

    def about_to_change(self) -> None:
        """Take a snapshot now and then."""
        if self.random and self.random.random() < 0.2:
            files = {name: (each.synced, tuple(each.since)) for name, each in self.files.items()}
            self.snapshots.append(Snapshot(files, self.acknowledged))


class _File(apsw.VFSFile):
    def __init__(self, disk: Watched, content: _Content, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk, self._content = disk, content

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.about_to_change()
        super().xWrite(data, offset)
        self._content.since.append((offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.about_to_change()
        super().xTruncate(newsize)
        self._content.since.append(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.about_to_change()
        super().xSync(flags)
        self._content.synced = self._content.now()
        self._content.since.clear()


class _Cursor:
    """An apsw cursor, likewise."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, most: int) -> list[Any]:
        return list(islice(self._rows, most))


class _Connection:
    """An apsw connection with those manners of the standard library's that the journal relies on."""

    def __init__(self, path: Path, disk: Watched, synchronous: str | None) -> None:
        self._db = apsw.Connection(str(path), vfs=disk.name)
        self._synchronous = synchronous

    def execute(self, query: str, values: tuple[Any, ...] = ()) -> Any:
        if self._synchronous and query.startswith("PRAGMA synchronous"):
            query = f"PRAGMA synchronous = {self._synchronous}"
        return _Cursor(self._db.execute(query, values))

    def executemany(self, query: str, values: Iterable[Any]) -> Any:
        return self._db.executemany(query, values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._db.execute("ROLLBACK" if kind else "COMMIT")

    def close(self) -> None:
        self._db.close()


def standing_in_for_sqlite3(disk: Watched, synchronous: str | None) -> SimpleNamespace:
    """What the journal takes for the module sqlite3.

    Args:
        disk: where the files are.
        synchronous: the setting that is used; None for what the journal asks for.
    """

    def connect(path: Path, **_: Any) -> _Connection:
        return _Connection(path, disk, synchronous)

    return SimpleNamespace(
        connect=connect,
        Error=apsw.Error,
        OperationalError=sqlite3.OperationalError,
        DatabaseError=sqlite3.DatabaseError,
        Connection=sqlite3.Connection,
    )
