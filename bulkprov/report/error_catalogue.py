"""What errors mean: a list of entries in TOML, the shipped ones and before them those of the user.

It reads files and decides nothing about rows: an entry only tells what is known of a server's code and words, whether
a rerun is worthwhile, and what to edit. How an entry is written says `error_catalogue.toml`.
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
    "later": "later, when the cause is gone",
    "corrected": "once the row is corrected",
    "no": "no, it would end in the same way",
}
_BASIS: Final = {"documented": "", "seen": "", "guess": "a guess: "}
_KINDS: Final = {"code": int, "http": int, "text": str, "means": str, "rerun": str, "edit": str, "basis": str}
_MATCHED: Final = ("code", "http", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one kind of error. Of `code`, `http` and `text` at least one is there."""

    code: int | None = None
    """The server's errorCode."""
    http: int | None = None
    """The HTTP status, where the server gave no code."""
    text: re.Pattern[str] | None = None
    """Found in the server's words, or in ours where it gave none."""
    means: str
    rerun: str = ""
    """Whether one is worthwhile, in words; empty if nobody knows."""
    edit: str = ""
    """Columns to look at, or what else to change."""
    basis: str = "documented"

    def fits(self, code: int | None, http: int | None, text: str) -> bool:
        """Whether it is about an error with this code, HTTP status and text."""
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
    """Entries in the order in which they are asked."""

    entries: tuple[Entry, ...]

    @classmethod
    def shipped(cls) -> Self:
        """What is known without the user."""
        return cls(_shipped())

    @classmethod
    def of(cls, *paths: Path) -> Self:
        """The `[[error]]` tables of these files, then the shipped entries. Other keys of a file are not looked at.

        Raises:
            SettingsError: a file cannot be read, or an entry is wrong.
        """
        own = [entry for path in paths for entry in _entries(_tables(path), str(path))]
        return cls((*own, *_shipped()))

    def find(self, code: int | None, http: int | None, text: str) -> Entry | None:
        """What is known of an error.

        Args:
            code: the server's errorCode, if it gave one.
            http: the HTTP status, if there was an answer.
            text: the server's words, or ours.
        """
        return next((entry for entry in self.entries if entry.fits(code, http, text)), None)


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
        raise SettingsError(f"{where} is no table")
    for key, value in table.items():
        kind = _KINDS.get(key)
        if kind is None:
            raise SettingsError(f"{where}: {key} is none of {', '.join(_KINDS)}")
        if type(value) is not kind:
            raise SettingsError(f"{where}: {key} has to be {'a number' if kind is int else 'text'}")
    if not table.get("means") or not any(key in table for key in _MATCHED):
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
        raise SettingsError(f"{where}: text is no regular expression: {error}") from error


def _one_of(words: Mapping[str, str], word: str, where: str) -> str:
    if word not in words:
        raise SettingsError(f"{where} is one of {', '.join(words)}")
    return word
