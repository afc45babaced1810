"""Prompts, notices and results on the terminal, with nothing in them that a terminal would obey.

Prompts and notices go to stderr, so that stdout stays for results. Without a terminal nothing is asked: the answer is
no.
"""

import getpass
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from bulkprov.errors import SettingsError
from bulkprov.text import clean_lines

__all__ = ["ask_password", "attended", "chosen", "confirmed", "say", "tell", "width"]


def say(*lines: str) -> None:
    """Print lines on stderr."""
    for line in lines:
        print(clean_lines(line), file=sys.stderr, flush=True)


def tell(text: str) -> None:
    """Print lines on stdout."""
    print(clean_lines(text))


def confirmed(question: str, *, yes: bool) -> bool:
    """Whether the answer to a question is yes.

    Args:
        question: asked on a terminal; without one the answer is no.
        yes: the answer is yes already, by `--yes`.
    """
    if yes:
        return True
    if not attended():
        return False
    print(f"{clean_lines(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    try:
        return sys.stdin.readline().strip().casefold() in ("y", "yes")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise


def chosen(question: str, choices: Mapping[Path, str]) -> Path:
    """The path that is chosen on a terminal; the first one if nothing is typed.

    Args:
        question: asked below the list.
        choices: path to what is said of it.

    Raises:
        SettingsError: what was typed is none of them.
    """
    paths = list(choices)
    say(*(f"{number}  {path}  {told}" for number, (path, told) in enumerate(choices.items(), 1)))
    print(f"{clean_lines(question)} [1-{len(paths)}, Enter for 1] ", end="", file=sys.stderr, flush=True)
    try:
        answer = sys.stdin.readline().strip()
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise
    if not answer:
        return paths[0]
    if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(paths):
        return paths[int(answer) - 1]
    raise SettingsError(f"{answer!r} is none of them; nothing was done")


def width(most: int, stream: TextIO) -> int:
    """How wide the lines are that are printed on a stream: as the terminal, if it is one and not wider than `most`."""
    return min(most, shutil.get_terminal_size().columns) if stream.isatty() else most


def attended() -> bool:
    """Whether a person can be asked: stdin and stderr are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_password(username: str) -> str:
    """The password that is typed on the terminal; empty without one, and at the end of input (Ctrl-D)."""
    if not sys.stdin.isatty():
        return ""
    try:
        return getpass.getpass(f"Password for {username}: ")
    except EOFError:
        print(file=sys.stderr)
        return ""
    except KeyboardInterrupt:
        print(file=sys.stderr)  # what is said of it begins a line of its own
        raise
