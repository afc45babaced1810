"""What a probe has done, on disk before it is done: so that a probe that was killed can be cleaned up after.

One SQLite file, locked while the probe is at work. It knows what was done and not why.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from bulkprov.errors import RunError
from bulkprov.journal.sqlite import Database

__all__ = ["DIARY", "Diary", "Left"]

DIARY: Final = "probe.sqlite"

_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, at REAL, kind TEXT, facts TEXT) STRICT"


@dataclass(slots=True, kw_only=True)
class Left:
    """What a probe may have left behind, as far as its diary tells."""

    server: str = ""
    """The web service's URL."""
    client: str = ""
    client_id: int = 0
    prefix: str = ""
    """How the names of all its sets begin. It has a random part, so that no other set's name begins like that."""
    before: frozenset[int] = frozenset()
    """Ids of the client's sets when it began."""
    open: list[str] = field(default_factory=list)
    """Names of creates that left and have no outcome: there may be a set of each, or not."""
    made: dict[int, str] = field(default_factory=dict)
    """Sets that were made and are not known to be gone: id to name."""
    ended: bool = False
    """Whether it ended, with nothing left behind."""


class Diary:
    """The diary of one probe."""

    def __init__(self, folder: Path) -> None:
        """Open the diary in a folder; make it if there is none.

        Raises:
            InUseError: another process has it.
            RunError: it cannot be read.
            StorageError: it cannot be written.
        """
        self.folder = folder
        self._database = Database.make(folder / DIARY)
        self._database.execute(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, *, server: str, client: str, client_id: int, prefix: str, before: Iterable[int]) -> None:
        """The probe begins to make sets."""
        facts = {"server": server, "client": client, "client_id": client_id, "prefix": prefix, "before": [*before]}
        self._write("began", facts)

    def creates(self, name: str) -> None:
        """A create of this name is about to leave."""
        self._write("creates", {"name": name})

    def settled(self, name: str) -> None:
        """The create of this name had no effect, or all it made is known by id."""
        self._write("settled", {"name": name})

    def made(self, number: int, name: str) -> None:
        """A set is there that this probe made."""
        self._write("made", {"id": number, "name": name})

    def deletes(self, number: int) -> None:
        """A delete of this id is about to leave."""
        self._write("deletes", {"id": number})

    def gone(self, number: int) -> None:
        """The set of this id is gone."""
        self._write("gone", {"id": number})

    def end(self) -> None:
        """The probe has ended, and left nothing behind."""
        self._write("ended", {})

    def left(self) -> Left:
        """What the probe may have left behind.

        Raises:
            RunError: the diary cannot be understood.
        """
        left = Left()
        try:
            for kind, facts in self._database.rows("SELECT kind, facts FROM entry ORDER BY number"):
                _apply(left, kind, json.loads(facts))
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{self.folder / DIARY} is damaged: look for sets named bulkprov_probe_...") from error
        return left

    def _write(self, kind: str, facts: dict[str, Any]) -> None:
        words = json.dumps(facts)
        self._database.execute("INSERT INTO entry (at, kind, facts) VALUES (?, ?, ?)", time.time(), kind, words)


def _apply(left: Left, kind: str, facts: dict[str, Any]) -> None:
    match kind:
        case "began":
            left.server, left.client, left.client_id = facts["server"], facts["client"], facts["client_id"]
            left.prefix, left.before = facts["prefix"], frozenset(facts["before"])
        case "creates":
            left.open.append(facts["name"])
        case "settled":
            left.open.remove(facts["name"])
        case "made":
            left.made[facts["id"]] = facts["name"]
        case "gone":
            left.made.pop(facts["id"], None)
        case "ended":
            left.ended = True
        case _:  # "deletes": what it deletes is there until it is known to be gone
            pass
