"""How far the work on a run is, in a small file that other processes read.

A process that works on a run has its journal to itself: SQLite's exclusive lock lets no other connection read it, not
even one that only reads, and whoever goes round the lock may find half of a checkpoint. So the counts stand in a file
beside the journal, which is replaced every few seconds while the journal grows. It is for people who ask how far the
run is. Nothing is decided by it, and a file whose journal nobody holds means nothing: the journal itself is read then.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from bulkprov.engine.model import Status
from bulkprov.engine.tally import Tally
from bulkprov.errors import RunError
from bulkprov.runs.folder import PROGRESS
from bulkprov.runs.manifest import Manifest

__all__ = ["Progress", "ProgressFile"]

_EVERY: Final = 2.0
"""Seconds between two versions of the file."""
_MOST: Final = 1 << 20
"""Bytes of a file that are read."""


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
    """Whether what was created is looked at once more."""
    at: float
    """When that was so, in seconds since the epoch."""

    @property
    def done(self) -> int:
        """Rows whose thing exists; meant of a run, not of a rollback."""
        return sum(count for status, count in self.statuses.items() if status.done)

    @property
    def left(self) -> int:
        """Rows that have no outcome yet."""
        return self.rows - sum(self.statuses.values())

    def write(self, folder: Path) -> None:
        """Put it into the folder of its run, for its owner alone. It is left as it was where that is not possible."""
        facts = {
            "manifest": self.manifest.facts(),
            "rows": self.rows,
            "statuses": {status.value: count for status, count in self.statuses.items() if count},
            "doing": self.doing,
            "auditing": self.auditing,
            "at": self.at,
        }
        file, new = folder / PROGRESS, folder / f"{PROGRESS}.new"
        with suppress(OSError):  # on Windows, for one, while somebody reads it
            new.unlink(missing_ok=True)  # of a process that died here
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
            with os.fdopen(os.open(new, flags, 0o600), "wb") as opened:
                opened.write(json.dumps(facts).encode())
            new.replace(file)
            return
        with suppress(OSError):
            new.unlink(missing_ok=True)

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """What stands in the folder of a run; None if nothing does that can be read."""
        file = folder / PROGRESS
        try:
            if not file.is_file():
                return None
            with file.open("rb") as opened:
                facts = json.loads(opened.read(_MOST))
            return cls(
                manifest=Manifest.of_facts(dict(facts["manifest"]), file),
                rows=int(facts["rows"]),
                statuses=Counter({Status(name): int(count) for name, count in facts["statuses"].items()}),
                doing=str(facts["doing"]),
                auditing=bool(facts["auditing"]),
                at=float(facts["at"]),
            )
        except (OSError, RunError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
            return None  # it is not of our making, or just being replaced


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
        self.write()

    def write(self) -> None:
        """Write the file."""
        tally, self._at = self._tally, self._clock()
        Progress(
            manifest=self._manifest,
            rows=tally.rows,
            statuses=tally.statuses,
            doing=self._doing,
            auditing=tally.audit is not None,
            at=self._at,
        ).write(self._folder)

    def after(self, other: Callable[[], None]) -> Callable[[], None]:
        """What calls another function, and then writes the file if it is a few seconds old."""

        def both() -> None:
            other()
            if self._clock() - self._at >= _EVERY:
                self.write()

        return both
