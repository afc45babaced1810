"""Exceptions and stop reasons that end a command early, with their exit codes.

This is the bottom of the package: it knows no other module. A row never raises (what befalls a row is an
`Outcome`), so every exception here means *this command cannot go on*::

    BulkprovError
    ├── UsageError        2   usage, settings, sheet or run folder cannot be used; nothing was sent
    │   ├── SettingsError
    │   ├── SheetError
    │   └── RunError          InUseError: the run is in use; DeclinedError: it was not wanted after all
    ├── ServerError       3   could not reach, trust or sign in to the server; no create was sent
    │   ├── RefusedError      the server has refused the credentials
    │   └── UnreachedError    a new run did not get as far as its first row, and is not kept
    ├── BrokenOffError  130   the operator has interrupted the command
    └── StorageError      5   the journal or the results could not be written; DamagedError: the journal is damaged

A run that has begun to send is ended by a `Stop`, which is a value and not an exception: the first one wins, the
requests in flight are waited for, and the results are written.
"""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import ClassVar

__all__ = [
    "BrokenOffError",
    "BulkprovError",
    "DamagedError",
    "DeclinedError",
    "ExitCode",
    "InUseError",
    "NoServerError",
    "RefusedError",
    "RunError",
    "ServerError",
    "SettingsError",
    "SheetError",
    "Stop",
    "StorageError",
    "UnreachedError",
    "UsageError",
]


class ExitCode(IntEnum):
    """What the process says when it ends; scripts rely on these numbers."""

    DONE = 0
    ROWS_LEFT = 1
    UNUSABLE = 2
    NO_SERVER = 3
    STOPPED = 4
    NOT_WRITTEN = 5
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


class BulkprovError(Exception):
    """The root; its text is one clear line for the person at the terminal: what, where, what to do."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG


class UsageError(BulkprovError):
    """What was asked for cannot be done as asked. Nothing was sent."""

    exit_code = ExitCode.UNUSABLE


class SettingsError(UsageError):
    """An option, environment variable or configuration key is wrong, missing or contradicts another."""


class NoServerError(SettingsError):
    """No server is named where one is needed."""

    def __init__(self, more: str = "") -> None:
        """Take what else can be done than naming one."""
        ways = ["use --server URL", "keep one with `bulkprov init`", *([more] if more else [])]
        super().__init__(f"no server given: {', '.join(ways[:-1])}, or {ways[-1]}")


class SheetError(UsageError):
    """The sheet as a whole cannot be used: not there, not a spreadsheet, no data row, a column missing."""


class RunError(UsageError):
    """The run folder cannot be used: not there, already taken, held by another process, of another server."""


class InUseError(RunError):
    """Another process, or another part of this one, is working on the run."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the run."""
        super().__init__(f"another process is working on {folder}")
        self.folder = folder


class DeclinedError(RunError):
    """A question before anything was sent was not answered with yes: a new run has done nothing worth keeping."""


class ServerError(BulkprovError):
    """The server could not be reached, trusted or signed in to. No create was sent."""

    exit_code = ExitCode.NO_SERVER


class RefusedError(ServerError):
    """The server has refused the credentials. Nothing was sent, and nothing is worth being kept."""

    def __init__(self, words: str, *, again: bool) -> None:
        """Take the words, and whether another password may be tried: not if the account is locked."""
        super().__init__(words)
        self.again = again


class UnreachedError(ServerError):
    """A new run could not reach its server, or sign in to it: it has done nothing that is worth keeping."""


class BrokenOffError(BulkprovError):
    """The operator has interrupted the command; the text says what is left to do."""

    exit_code = ExitCode.INTERRUPTED


class StorageError(BulkprovError):
    """The journal or the results could not be read or written; sending stopped at once."""

    exit_code = ExitCode.NOT_WRITTEN


class DamagedError(StorageError):
    """Something in the journal cannot be read, and never will be; the rest may be whole."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ends before all of its rows are final, and the exit code that says so."""

    reason: str
    exit_code: ExitCode
    server: bool = False
    """Whether it is the server that leaves no way to go on."""
    unreached: bool = False
    """Whether the server was not reached, or not signed in to: this process has sent nothing of any row."""
