"""Prompts, notices and results on the terminal, with nothing in them that a terminal would obey.

Prompts and notices go to stderr, so that stdout stays for results. Without a terminal nothing is asked: the answer is
no.
"""

import getpass
import sys

from bulkprov.errors import SettingsError
from bulkprov.text import clean_lines

__all__ = ["ask", "ask_password", "attended", "confirmed", "say", "tell"]


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


def ask(question: str, default: str = "") -> str:
    """The line that is typed in answer to a question; the default, if it is empty.

    Raises:
        SettingsError: the input has ended.
    """
    print(f"{question}{f' [{default}]' if default else ''}: ", end="", file=sys.stderr, flush=True)
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise
    if not line:
        print(file=sys.stderr)
        raise SettingsError("the input has ended, and nothing was changed")
    return line.strip() or default


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
