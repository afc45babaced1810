"""A bulkprov command as it is typed in this system's shell, so that a message can be copied."""

import re
import shlex
import sys
from collections.abc import Iterable
from typing import Final

__all__ = ["typed"]

_PLAIN: Final = re.compile(r"[\w.:\\/=+%-]+")
"""Words that no shell of Windows takes apart."""


def typed(words: Iterable[object]) -> str:
    """A bulkprov command, as one types it in this system's shell."""
    line = ["bulkprov", *map(str, words)]
    return " ".join(map(_for_windows, line)) if sys.platform == "win32" else shlex.join(line)


def _for_windows(word: str) -> str:
    """A word as both cmd.exe and PowerShell take it; neither lets a file's name hold a double quote."""
    return word if _PLAIN.fullmatch(word) else f'"{word}"'
