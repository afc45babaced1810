"""A wanted thing, as far as the engine knows it: what it is called, and in which list it would be found.

The engine makes things exist without knowing what they are. Each has a *key*, by which it is the same thing or another
one, and a *scope*: the list of one scope answers for all things in it. Pure.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Protocol
from unicodedata import normalize

__all__ = ["Listed", "Match", "Wanted", "folded", "key_from", "name_in", "scope_in"]

_BETWEEN: Final = "\x1f"
"""Stands between the parts of a key; no name has it, since no name may have a control character."""


class Wanted(Protocol):
    """Something that is to exist once."""

    @property
    def key(self) -> str:
        """Its identity: two wanted things with the same key are the same thing. Made by `key_from`."""
        ...

    @property
    def scope(self) -> str:
        """The name of what it is listed under."""
        ...

    @property
    def name(self) -> str:
        """Its own name, as it is sent."""
        ...


class Match(Enum):
    """What a listed thing is to a wanted one."""

    SAME = auto()
    OTHER = auto()
    """Another thing, as is known for certain."""
    UNSURE = auto()
    """It may be the wanted one: neither its ids nor its names tell."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing in a listing, as far as the engine knows it."""

    id: int
    key: str
    """See `Wanted.key`."""
    entry: Any
    """What else its kind knows of it; as text, what it is, for a person."""


def folded(name: str) -> str:
    """A name as it is compared: without outer white space and case, and in one Unicode form."""
    name = name.strip().casefold()
    return name if name.isascii() else normalize("NFC", name)


def key_from(*parts: str) -> str:
    """A key: the scope's name first, the thing's own name last, each without outer white space and case.

    The same letters in two Unicode forms are the same name: the composed form is sent, and a server may store the
    other.
    """
    key = _BETWEEN.join(map(str.strip, parts)).casefold()
    return key if key.isascii() else normalize("NFC", key)


def scope_in(key: str) -> str:
    """The scope's name in a key, as it is compared."""
    return key.partition(_BETWEEN)[0]


def name_in(key: str) -> str:
    """The thing's own name in a key, as it is compared."""
    return key.rpartition(_BETWEEN)[2]
