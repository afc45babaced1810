"""How far the work on a run is, in a small file that other processes read.

A process that works on a run has its journal to itself: SQLite's exclusive lock keeps out other connections, even
those that only read, and a reader that bypasses the lock may find half of a checkpoint. So the counts stand in a file
beside the journal, which is replaced every few seconds while the process is at work, in waits and audits too. It
answers people who ask how far the run is, and decides nothing. Once no process holds the journal, the file means
nothing: the journal itself is read, and the next command that opens the run removes the file. A file of that name
that bulkprov has not written is neither believed nor touched.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from bulkprov.engine.model import Status
from bulkprov.engine.operations import OPERATIONS
from bulkprov.engine.tally import Tally
from bulkprov.errors import RunError
from bulkprov.journal.codec import moment
from bulkprov.private import replacing
from bulkprov.runs.folder import PROGRESS
from bulkprov.runs.manifest import Manifest

__all__ = ["Progress", "ProgressFile"]

_EVERY: Final = 2.0
"""Seconds between two versions of the file."""
_STILL: Final = 1800
"""Versions in a row without a request, an hour's worth, after which only news in the journal writes another."""
_MOST: Final = 1 << 20
"""Bytes of a file that are read."""
_NO_COUNT: Final = 1 << 63
"""A number that no count of rows reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the work on a run was at one moment."""

    manifest: Manifest
    """Of the run, as it was when the work began."""
    rows: int
    """Rows of the run; of a rollback, those that are to be rolled back."""
    statuses: Mapping[Status, int]
    """Those of them that have an outcome."""
    doing: str = ""
    """The name of the operation; empty before the server was asked anything: a question may be open."""
    auditing: bool = False
    """Whether what was created is looked at once more, or the settle time before that goes on."""
    at: float
    """When that was so, in seconds since the epoch."""

    @property
    def done(self) -> int:
        """Rows whose thing exists; meant of a run, not of a rollback."""
        return sum(count for status, count in self.statuses.items() if status.done)

    @property
    def left(self) -> int:
        """Rows that have no outcome yet."""
        return max(self.rows - sum(self.statuses.values()), 0)

    def write(self, folder: Path) -> None:
        """Put it into the folder of its run, for its owner alone. It is left as it was where that is not possible.

        So is a file of that name that is not of our making.
        """
        facts = {
            "manifest": self.manifest.facts(),
            "rows": self.rows,
            "statuses": {status.value: count for status, count in self.statuses.items() if count},
            "doing": self.doing,
            "auditing": self.auditing,
            "at": self.at,
        }
        with suppress(OSError):  # as on Windows, while another process reads it
            if self._is_ours_to_replace(folder):
                with replacing(folder / PROGRESS) as opened:
                    opened.write(json.dumps(facts).encode())

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """What stands in the folder of a run; None if nothing does that can be read, and may have been written so."""
        file = folder / PROGRESS
        try:
            if file.is_symlink() or not file.is_file():
                return None
            with file.open("rb") as opened:
                facts = json.loads(opened.read(_MOST))
            if facts["doing"] not in ("", *OPERATIONS):
                return None
            return cls(
                manifest=Manifest.of_facts({name: _text(text) for name, text in facts["manifest"].items()}, file),
                rows=_count(facts["rows"]),
                statuses=Counter({Status(name): _count(count) for name, count in facts["statuses"].items()}),
                doing=facts["doing"],
                auditing=bool(facts["auditing"]),
                at=moment(facts["at"]),
            )
        except (OSError, RunError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
            return None  # it is not of our making, or just being replaced

    @classmethod
    def remove(cls, folder: Path) -> None:
        """Remove it from the folder of a run, if it is of our making. Only who holds the journal may do so."""
        with suppress(OSError):  # it is not read once the journal can be
            if cls._is_ours_to_replace(folder):
                (folder / PROGRESS).unlink(missing_ok=True)

    @classmethod
    def _is_ours_to_replace(cls, folder: Path) -> bool:
        """Whether the place is free, or has what we have written; a power cut may have left that empty."""
        file = folder / PROGRESS
        if not os.path.lexists(file):
            return True
        return cls.read(folder) is not None or (not file.is_symlink() and file.is_file() and not file.stat().st_size)


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _NO_COUNT:
        raise ValueError(f"{value} is no count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value} is no text")
    return value


class ProgressFile:
    """Writes down how far a piece of work is, as its tally counts it."""

    def __init__(self, folder: Path, manifest: Manifest, tally: Tally, doing: str, clock: Callable[[], float]) -> None:
        """Write the file for the first time.

        Args:
            folder: of the run.
            manifest: of the run.
            tally: the counts of the work, which change.
            doing: the name of the operation.
            clock: seconds since the epoch.
        """
        self._folder, self._manifest, self._tally, self._doing, self._clock = folder, manifest, tally, doing, clock
        self._requests = self._still = 0
        self.write()

    def write(self) -> None:
        """Write the file."""
        tally, self._at = self._tally, self._clock()
        self._still = self._still + 1 if tally.requests == self._requests else 0
        self._requests = tally.requests
        Progress(
            manifest=self._manifest,
            rows=tally.rows,
            statuses=tally.statuses,
            doing=self._doing,
            auditing=tally.audit is not None or tally.audit_at > 0,
            at=self._at,
        ).write(self._folder)

    def after(self, other: Callable[[], None]) -> Callable[[], None]:
        """What calls another function, and then writes the file if it is a few seconds old."""

        def both() -> None:
            other()
            if self._clock() - self._at >= _EVERY:
                self.write()

        return both

    @contextmanager
    def kept_new(self) -> Iterator[None]:
        """Write the file every few seconds on the running event loop, while the work only waits too; and at the end."""
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle

        def later() -> None:
            nonlocal timer
            timer = loop.call_later(_EVERY, again)

        def again() -> None:
            self.write()
            if self._still < _STILL:  # else a run that hangs would look alive, and keep a virtual clock running
                later()

        later()
        try:
            yield
        finally:
            timer.cancel()
        self.write()
