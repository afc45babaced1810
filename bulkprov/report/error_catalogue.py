"""What errors mean: entries in TOML, first those of the user, then the shipped ones.

It reads files and decides nothing about rows. An entry says what is known of a server's code and words, whether a rerun
is worthwhile, and what to edit; `error_catalogue.toml` explains how one is written.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Self

from bulkprov.errors import SettingsError

__all__ = ["Catalogue", "Entry"]

_RERUN: Final = {
    "as it is": "yes, as it is",
    "later": "later, once the cause is gone",
    "corrected": "once the row is corrected",
    "no": "no, it would end the same way",
}
"""Words of an entry to words for people."""
_BASIS: Final = {"documented": "", "seen": "", "guess": "a guess: "}
"""What an entry is based on, and what stands before its meaning therefore."""
_KEYS: Final = {
    "code": int,
    "http": int,
    "text": str,
    "means": str,
    "rerun": str,
    "edit": str,
    "column": str,
    "basis": str,
    "kind": str,
}
"""Keys of an entry, and the types of their values."""
_CONDITIONS: Final = ("code", "http", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one kind of error. At least one of `code`, `http` and `text` is given."""

    code: int | None = None
    """The server's errorCode."""
    http: int | None = None
    """The HTTP status, where the server gave no code."""
    text: re.Pattern[str] | None = None
    """Found in the server's words, or in ours where it gave none."""
    means: str
    rerun: str = ""
    """Whether one is worthwhile, in words; empty if that is not known."""
    edit: str = ""
    """Columns to look at, or what else to change."""
    column: str = ""
    """The canonical name of the column whose cell is the likeliest to be wrong; empty if none is likelier."""
    basis: str = "documented"
    kind: str = ""
    """Name of the kind of thing whose errors it explains; empty for every kind."""

    def matches(self, code: int | None, http: int | None, text: str) -> bool:
        """Whether the entry is about an error with this code, HTTP status and text."""
        return (
            self.code in (None, code)
            and self.http in (None, http)
            and (self.text is None or self.text.search(text) is not None)
        )

    @property
    def meaning(self) -> str:
        """What it means, and whether that is a guess."""
        return _BASIS[self.basis] + self.means


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Entries; the first one that matches an error is used."""

    entries: tuple[Entry, ...]

    @classmethod
    def shipped(cls) -> Self:
        """The entries that come with bulkprov."""
        return cls(_shipped())

    @classmethod
    def of(cls, *paths: Path) -> Self:
        """The `[[error]]` tables of these files, then the shipped entries. Other keys in a file are ignored.

        Raises:
            SettingsError: a file cannot be read, or an entry is wrong.
        """
        own = [entry for path in paths for entry in _entries(_tables(path), str(path))]
        return cls((*own, *_shipped()))

    def of_kind(self, name: str) -> Self:
        """The entries for errors of one kind of thing, and of every kind."""
        return type(self)(tuple(entry for entry in self.entries if entry.kind in ("", name)))

    def find(self, code: int | None, http: int | None, text: str) -> Entry | None:
        """The entry for an error, if there is one.

        Args:
            code: the server's errorCode, if it gave one.
            http: the HTTP status, if there was a response.
            text: the server's words, or ours.
        """
        return next((entry for entry in self.entries if entry.matches(code, http, text)), None)

    def guilty(self, code: int | None, http: int | None, words: str, note: str) -> Entry | None:
        """The entry that knows which cell is to blame, if one does.

        What our note says comes first: it knows the lists of the server. Then the server's words, its code and the HTTP
        status.

        Args:
            code: the server's errorCode, if it gave one.
            http: the HTTP status, if there was a response.
            words: the server's; empty if it gave none.
            note: ours.
        """
        noted = (each for each in self.entries if each.column and each.code is None and each.http is None)
        by_note = next((each for each in noted if each.text and each.text.search(note)), None)
        found = by_note or self.find(code, http, words)
        return found if found and found.column else None


@cache
def _shipped() -> tuple[Entry, ...]:
    text = files("bulkprov.report").joinpath("error_catalogue.toml").read_text("utf-8")
    return _entries(tomllib.loads(text)["error"], "error_catalogue.toml")


def _tables(path: Path) -> Any:
    try:
        return tomllib.loads(path.read_text("utf-8-sig")).get("error", [])
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except ValueError as error:  # TOML's own, and text that is not UTF-8
        raise SettingsError(f"{path}: {error}") from error


def _entries(tables: Any, where: str) -> tuple[Entry, ...]:
    if not isinstance(tables, list):
        raise SettingsError(f"{where}: write [[error]], in two brackets, before each entry")
    return tuple(_entry(table, f"{where}: [[error]] number {number}") for number, table in enumerate(tables, 1))


def _entry(table: Any, where: str) -> Entry:
    if not isinstance(table, dict):
        raise SettingsError(f"{where} is not a table")
    for key, value in table.items():
        expected = _KEYS.get(key)
        if expected is None:
            raise SettingsError(f"{where}: unknown key {key}; the keys are {', '.join(_KEYS)}")
        if type(value) is not expected:
            raise SettingsError(f"{where}: {key} must be {'a number' if expected is int else 'text'}")
    if not table.get("means") or not any(key in table for key in _CONDITIONS):
        raise SettingsError(f"{where} needs `means`, and `code`, `http` or `text`")
    given = dict(table)
    if "text" in given:
        given["text"] = _pattern(given["text"], where)
    if "rerun" in given:
        given["rerun"] = _RERUN[_one_of(_RERUN, given["rerun"], f"{where}: rerun")]
    _one_of(_BASIS, given.get("basis", "documented"), f"{where}: basis")
    return Entry(**given)


def _pattern(text: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise SettingsError(f"{where}: text is not a regular expression: {error}") from error


def _one_of(words: Mapping[str, str], word: str, where: str) -> str:
    if word not in words:
        raise SettingsError(f"{where} must be one of {', '.join(words)}")
    return word
