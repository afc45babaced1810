"""The text of a settings file of which some options are written anew. Pure."""

import re
import tomllib
from collections.abc import Collection
from typing import Any, Final

__all__ = ["without"]

_TABLE: Final = re.compile(r"^[ \t]*\[", re.MULTILINE)
_KEY: Final = re.compile(r"\s*['\"]?([\w-]+)['\"]?\s*=")


def without(text: str, options: Collection[str]) -> tuple[str, str] | None:
    """What stays of a settings file: its other options and its tables, as they are written, comments included.

    Args:
        text: of the file, valid TOML.
        options: names of options that go, with underscores; those in tables (profiles) stay.

    Returns:
        what comes before the new options and what comes after them; None if lines alone do not tell which these are,
        as with a text of several lines that looks like a table.
    """
    table = _TABLE.search(text)
    top, tables = (text[: table.start()], text[table.start() :]) if table else (text, "")
    kept = "".join(line for line in top.splitlines(keepends=True) if _option_in(line) not in options)
    whole = tomllib.loads(text)
    stays = {name: value for name, value in whole.items() if name.replace("-", "_") not in options}
    try:
        same = tomllib.loads(kept) | tomllib.loads(tables) == stays
    except tomllib.TOMLDecodeError:
        same = False
    return (_ended(kept), _ended(tables)) if same else None


def _option_in(line: str) -> Any:
    """The name of the option that a line sets, with underscores; None if it sets none."""
    found = _KEY.match(line)
    return found[1].replace("-", "_") if found else None


def _ended(text: str) -> str:
    return f"{text.rstrip()}\n" if text.strip() else ""
