"""Names that findings must not have, and what stands in their place. Pure.

A server repeats names in its words: those that were sent, and those of other machines and people. All names that a
probe comes to know are replaced, in any case and with any domain behind them; and so is whatever looks like an address,
a host, a path, an account or a key, though nobody knows whose.
"""

import html
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from bulkprov.wire import text

__all__ = ["PLACEHOLDERS", "Hidden", "names_in"]

_UNKNOWN: Final = "HIDDEN"
PLACEHOLDERS: Final = ("NAME", "ID", "CLIENT", "NOWHERE", "SERVER", "USER", "OTHER", _UNKNOWN)
"""What stands in place of: the name of a set that the probe sent; the id of a set or of the client; the scratch client;
what does not exist; the server; the user; another name that was read; what looks like one."""

_SHORTEST: Final = 3
"""Letters of a name that is hidden, unless the operator gave it: shorter ones are parts of words."""

_LOOKS: Final = re.compile(
    r"""
      \b[a-z][a-z0-9+.-]*://[^\s"'<>)\]]+                             # a URL
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                                    # an address of e-mail
    | \\\\[^\s"'<>]+ | \b[\w.-]+\\[\w.$-]+                            # \\host\share, and DOMAIN\user
    | \b[a-z]:\\[^\s"'<>]* | (?<![\w/])/[\w.-]+(?:/[\w.-]*)+          # paths
    | \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b                 # a GUID
    | \b(?:\d{1,3}\.){3}\d{1,3}\b | (?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}\b   # addresses
    | \b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b                              # host.example.com
    | (?<![\w+/])(?=[^\s\d]*\d)[\w+/-]{24,}=*                         # a key
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OF_ALL: Final = frozenset({"defaultinstancename", "defaultbackupset", "file system"})
"""Names that every CommServe has, and that tell nothing of it."""
_NOT_NAMES: Final = re.compile(r"releasename|timezonename|appname|typename|osname", re.IGNORECASE)
"""Keys that end like those of names, and hold none."""


class Hidden:
    """The names that are known so far."""

    def __init__(self) -> None:
        """None yet."""
        self._places: dict[str, str] = {}

    def add(self, place: str, *names: str, given: bool = False) -> None:
        """Hide these names from now on; one that is hidden already keeps what stands in its place.

        Args:
            place: what stands in their place; one of `PLACEHOLDERS`.
            names: what is empty, or short, is left out.
            given: whether the operator gave them, so that they are hidden however short they are.
        """
        for name in names:
            known = name.strip()
            if known.casefold() not in _OF_ALL and (len(known) >= _SHORTEST or (known and given)):
                for form in {known, html.escape(known), quote(known), known.replace("\\", "\\\\")}:
                    self._places.setdefault(form.casefold(), place)

    def without(self, words: str) -> str:
        """The words without all of that."""
        lower = words.casefold()
        # The longest first, so that none is left half; most names are in no answer, and a CommServe may have thousands.
        found = sorted((name for name in self._places if name in lower), key=len, reverse=True)
        if found:
            forms = "|".join(f"{_edge(name[0], '<!')}{re.escape(name)}{_edge(name[-1], '!')}" for name in found)
            words = re.sub(rf"({forms})(?:\.[\w-]+)*", self._in_place, words, flags=re.IGNORECASE)
        return _LOOKS.sub(_UNKNOWN, words)

    def _in_place(self, match: re.Match[str]) -> str:
        return self._places.get(match[1].casefold(), _UNKNOWN)


def _edge(letter: str, beside: str) -> str:
    """Where a name begins or ends: no letter or digit stands beside its own."""
    return rf"(?{beside}[^\W_])" if letter.isalnum() else ""


def names_in(tree: Any) -> Iterable[str]:
    """Names in an answer, whatever they are of: what stands under keys that end in `name` or `guid`."""
    if isinstance(tree, list):
        for each in tree:
            yield from names_in(each)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if isinstance(value, dict | list):
                yield from names_in(value)
            elif key.casefold().endswith(("name", "guid")) and not _NOT_NAMES.fullmatch(key):
                yield text(value)
