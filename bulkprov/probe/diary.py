"""What a probe has done, on disk before it is done: so that a probe that was killed can be cleaned up after.

One SQLite file, locked while the probe is at work. It knows what was done and not why. Its folder may be anyone's, so
nothing in it is believed that could make a probe delete a set that is none of its own.
"""

import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, Self

from pydantic import TypeAdapter

from bulkprov.errors import InUseError, RunError, StorageError
from bulkprov.journal.sqlite import Database
from bulkprov.private import why_not_own

__all__ = ["PREFIX", "Diary", "Left", "diaries_in", "new_prefix", "unfinished"]

_DIARY: Final = "probe.sqlite"
_DIARIES: Final = "probe*.sqlite"
"""A second one is in a folder if the first may have left something, so that nothing of that is forgotten."""

PREFIX: Final = "bulkprov_probe_"
"""How the names of all sets begin that a probe makes."""
_RANDOM: Final = 6
"""Bytes of the random part behind it."""
_PREFIX: Final = re.compile(rf"{PREFIX}[0-9a-f]{{{2 * _RANDOM}}}_")

_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, at REAL, kind TEXT, facts TEXT) STRICT"


def new_prefix() -> str:
    """How the names of all sets of one probe begin: no other set's name begins like that."""
    return f"{PREFIX}{secrets.token_hex(_RANDOM)}_"


@dataclass(slots=True, kw_only=True)
class Left:
    """What a probe may have left behind, as far as its diary tells."""

    server: str = ""
    """The web service's URL; empty if the probe did not begin to make anything."""
    client: str = ""
    client_id: int = 0
    prefix: str = ""
    """See `new_prefix`."""
    before: frozenset[int] = frozenset()
    """Ids of the client's sets when it began."""
    open: list[str] = field(default_factory=list)
    """Names of creates that left and were not answered: there may be a set of each, or not."""
    answered: list[str] = field(default_factory=list)
    """Names of creates that were answered, and whose effect no look has shown yet."""
    made: dict[int, str] = field(default_factory=dict)
    """Sets that were made and are not known to be gone: id to name. The id may be a lie until it is `seen`."""
    seen: set[int] = field(default_factory=set)
    """Those that a look has shown to be the probe's."""
    known: set[int] = field(default_factory=set)
    """All ids that were ever among them."""
    ended: bool = False
    """Whether it ended, with nothing left behind."""

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to clean up."""
        return self.ended or not self.server


class Diary:
    """The diary of one probe."""

    def __init__(self, path: Path) -> None:
        """Open a diary; make it if there is none.

        Raises:
            InUseError: another process has it.
            RunError: it cannot be read.
            StorageError: it cannot be written.
        """
        self.path = path
        self._database = Database.make(path)
        self._database.execute(_SCHEMA)

    @classmethod
    def new(cls, folder: Path) -> Self:
        """A diary in which nothing stands, in a folder that may have others.

        Raises:
            StorageError: it cannot be written.
        """
        names = (_DIARY if number == 1 else f"probe-{number}.sqlite" for number in count(1))
        return cls(next(path for name in names if not (path := folder / name).exists()))

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

    def answered(self, name: str) -> None:
        """The create of this name was answered."""
        self._write("answered", {"name": name})

    def settled(self, name: str) -> None:
        """The create of this name had no effect, or all it made is known by id."""
        self._write("settled", {"name": name})

    def made(self, number: int, name: str) -> None:
        """A create of this name was answered with this id, or the client's list shows them."""
        self._write("made", {"id": number, "name": name})

    def seen(self, number: int) -> None:
        """A look has shown that the set of this id is the probe's."""
        self._write("seen", {"id": number})

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
                left = _after(left, kind, json.loads(facts))
            return _checked(left)
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(
                f"{self.path} is damaged: look for sets named {PREFIX}... on the scratch client, then delete this file"
            ) from error

    def _write(self, kind: str, facts: dict[str, Any]) -> None:
        words = json.dumps(facts)
        self._database.execute("INSERT INTO entry (at, kind, facts) VALUES (?, ?, ?)", time.time(), kind, words)


def _after(left: Left, kind: str, facts: dict[str, Any]) -> Left:
    """What may be left after one more entry."""
    match kind:
        case "began":
            return Left(**facts)
        case "creates":
            left.open.append(facts["name"])
        case "answered":
            left.open.remove(facts["name"])
            left.answered.append(facts["name"])
        case "settled":
            (left.answered if facts["name"] in left.answered else left.open).remove(facts["name"])
        case "made":
            left.made[facts["id"]] = facts["name"]
            left.known.add(facts["id"])
        case "seen":
            left.seen.add(facts["id"])
        case "gone":
            left.made.pop(facts["id"], None)
        case "ended":
            left.ended = True
        case "deletes":  # it is there until it is known to be gone
            pass
        case _:
            raise ValueError(kind)
    return left


_LEFT: Final = TypeAdapter(Left)


def _checked(left: Left) -> Left:
    """The same, if it can be a probe's.

    Raises:
        ValueError: it cannot be.
    """
    if left.server and not _PREFIX.fullmatch(left.prefix):
        raise ValueError(left.prefix)
    return _LEFT.validate_python(asdict(left))


def diaries_in(folder: Path) -> list[Path]:
    """The diaries in a folder."""
    return sorted(folder.glob(_DIARIES))


def unfinished(folders: Iterable[Path], server: str, say: Callable[[str], None]) -> Iterator[tuple[Diary, Left]]:
    """The diaries of probes of a server that may have left sets behind, each open while it is looked at.

    Args:
        folders: they are looked for in these, and in each folder therein.
        server: the web service's URL.
        say: is told which of them cannot be read.
    """
    found = (path for folder in folders for pattern in (_DIARIES, f"*/{_DIARIES}") for path in folder.glob(pattern))
    for path in sorted({path.resolve(): path for path in found}.values()):
        if why := why_not_own(path.parent) or why_not_own(path):
            say(f"left out: {path}: {why}")
            continue
        try:
            with Diary(path) as diary:
                left = diary.left()
                if left.server == server and not left.is_over:
                    yield diary, left
        except InUseError:  # it is under way
            continue
        except (RunError, StorageError) as error:
            say(f"left out: {error}")
