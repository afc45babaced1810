"""The text of a settings file of which some options are written anew. Pure."""

import re
import tomllib
from collections.abc import Collection
from itertools import pairwise
from typing import Any, Final

__all__ = ["without"]

_TABLE: Final = re.compile(r"^[ \t]*\[", re.MULTILINE)
_KEY: Final = re.compile(r"\s*['\"]?([\w-]+)['\"]?\s*=")


def without(text: str, options: Collection[str], profile: str = "") -> tuple[str, str] | None:
    """What stays of a settings file: its other options and its tables, as they are written, comments included.

    Args:
        text: of the file, valid TOML.
        options: names of options that go, with underscores.
        profile: the profile in which they go; empty for those that stand before all tables.

    Returns:
        what comes before the new options and what comes after them; None if lines alone do not tell which these are,
        as with a text of several lines that looks like a table.
    """
    starts = [0, *(found.start() for found in _TABLE.finditer(text)), len(text)]
    parts = [text[start:end] for start, end in pairwise(starts)]
    its = [number for number, part in enumerate(parts) if number and _profile_in(part) == profile] if profile else [0]
    if len(its) != 1:
        return None
    (number,) = its
    kept = "".join(line for line in parts[number].splitlines(keepends=True) if _option_in(line) not in options)
    before, after = _ended("".join(parts[:number]) + kept), _ended("".join(parts[number + 1 :]))
    whole = tomllib.loads(text)
    table = whole["profile"][profile] if profile else whole
    for name in [name for name in table if name.replace("-", "_") in options]:
        del table[name]
    try:
        tomllib.loads(before)  # else what is put behind it would come into the middle of a text
        return (before, after) if tomllib.loads(before + after) == whole else None
    except tomllib.TOMLDecodeError:
        return None


def _profile_in(part: str) -> Any:
    """The name of the profile whose table begins here; None if it is another table, or none."""
    try:
        head = tomllib.loads(part.partition("\n")[0])
    except tomllib.TOMLDecodeError:
        return None
    profiles = head.get("profile")
    return next(iter(profiles), None) if isinstance(profiles, dict) else None


def _option_in(line: str) -> Any:
    """The name of the option that a line sets, with underscores; None if it sets none."""
    found = _KEY.match(line)
    return found[1].replace("-", "_") if found else None


def _ended(text: str) -> str:
    return f"{text.rstrip()}\n" if text.strip() else ""
