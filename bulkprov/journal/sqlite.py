"""One SQLite file, held open: locked against other processes, and with commits that survive a power cut.

It knows SQLite and none of the tables. SQLite's errors become `StorageError` and `RunError` here and nowhere else.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from bulkprov.errors import DamagedError, InUseError, RunError, StorageError
from bulkprov.private import why_not_own

__all__ = ["Database"]


class Database:
    """One SQLite file. One thread at a time uses it."""

    def __init__(self, path: Path) -> None:
        """Open a file that exists.

        Raises:
            InUseError: another process has it.
            RunError: it is not an SQLite file, or others could have written it.
            StorageError: it cannot be written.
        """
        self.path = path
        self.connection = _connect(path)

    @classmethod
    def make(cls, path: Path) -> Self:
        """Open a file, and make it if it does not exist, readable by its owner alone; otherwise as above."""
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600))
        except OSError as error:
            raise _storage_error(path, error) from error
        return cls(path)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction: what is done in it is on disk afterwards, or none of it is."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            with self.connection:
                yield self.connection
        except sqlite3.Error as error:
            raise _storage_error(self.path, error) from error

    def execute(self, statement: str, *values: Any) -> None:
        """Execute one statement; what it does is on disk afterwards, or not done at all."""
        try:
            self.connection.execute(statement, values)
        except sqlite3.Error as error:
            raise _storage_error(self.path, error) from error

    def rows(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows that a query gives, read as they are needed."""
        try:
            for row in self.connection.execute(query, values):  # noqa: UP028 - which would close the cursor, perhaps late
                yield row
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise _storage_error(self.path, error, "read") from error


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file, lock it against all other processes, and make every commit survive a power cut."""
    for each, why in ((path, why_not_own(path)), (path.parent, why_not_own(path.parent, link=True))):
        if why:
            raise RunError(f"{each}: {why}")
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        # Before anything is read: so that the lock is held for good, and no shared memory is needed.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the latter: its own words are damaged
        if connection:
            connection.close()
        if not isinstance(error, sqlite3.OperationalError):
            raise RunError(f"{path} is not a journal: {error}") from error
        if "locked" in str(error):
            raise InUseError(path.parent) from error
        raise _storage_error(path, error) from error
    return connection


def _storage_error(path: Path, error: Exception, failed: str = "written") -> StorageError:
    if type(error) is sqlite3.DatabaseError or isinstance(error, UnicodeDecodeError):  # and none of its subclasses
        return DamagedError(f"the journal {path} is damaged: {error}")
    return StorageError(f"the journal {path} cannot be {failed}: {getattr(error, 'strerror', None) or error}")
