"""Prompts, notices and results on the terminal, with nothing in them that a terminal would obey.

Prompts and notices go to stderr, so that stdout stays for results. Without a terminal nothing is asked: the answer is
no.
"""

import errno
import getpass
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO, TextIO

from bulkprov.cli.wrapping import wrapped
from bulkprov.errors import SettingsError
from bulkprov.settings import Screen
from bulkprov.text import clean_lines

__all__ = [
    "ask",
    "ask_password",
    "attended",
    "chosen",
    "columns",
    "confirmed",
    "confirmed_at_work",
    "for_people",
    "let_go",
    "reader_is_gone",
    "say",
    "tell",
    "width",
]


def say(*lines: str) -> None:
    """Print lines on stderr, as long as it is read."""
    wide = columns(sys.stderr)
    begin = "\r" if wide else ""  # over a ^C that the terminal has shown
    for line in lines:
        _print(f"{begin}{wrapped(clean_lines(line), wide)}", sys.stderr)


def reader_is_gone(error: OSError) -> bool:
    """Whether an error of a stream means that its reader is gone, as after `| head -1`."""
    closed = (errno.EPIPE, errno.EINVAL) if sys.platform == "win32" else (errno.EPIPE,)
    return error.errno in closed and error.filename is None


def let_go(stream: TextIO) -> None:
    """Send what is still to come, and what waits in its buffer, nowhere: Python would fail on it when it ends."""
    with suppress(OSError, ValueError):  # it has no descriptor, or is closed
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _print(text: str, stream: TextIO) -> None:
    """Print, and go on if the reader is gone: what a command does, and its exit code, do not depend on it."""
    try:
        print(text, file=stream, flush=True)
    except OSError as error:
        if not reader_is_gone(error):
            raise
        let_go(stream)


def for_people(screen: Screen) -> TextIO:
    """Where lines for people go: stdout, unless events go there."""
    return sys.stderr if screen.events else sys.stdout


def tell(text: str, *, to: TextIO | None = None, whole: bool = False) -> None:
    """Print lines on stdout, or where `for_people` says, as long as it is read.

    Args:
        text: the lines.
        to: where they go.
        whole: whether no line may be broken, since programs read it.
    """
    stream = to or sys.stdout
    _print(clean_lines(text) if whole else wrapped(clean_lines(text), columns(stream)), stream)


def confirmed(question: str, *, yes: bool) -> bool:
    """Whether the answer to a question is yes. What is neither yes nor no is asked again.

    Args:
        question: asked on a terminal; without one the answer is no.
        yes: the answer is yes already, by `--yes`.
    """
    if yes:
        return True
    if not attended():
        return False
    _discard_input()
    try:
        while True:
            _put(f"{question} [y/N]")
            answer = sys.stdin.readline().strip().casefold()
            if answer in ("", "n", "no"):  # the end of input, too
                return False
            if answer in ("y", "yes"):
                return True
            say("Answer y for yes, or n for no.")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise


def confirmed_at_work(question: str) -> bool:
    """Whether the answer to a question is yes that is put while the event loop stands still.

    The loop, which else handles signals, would hear of them only after the answer. So they are a no here.
    """

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return confirmed(question, yes=False)
    except KeyboardInterrupt:
        return False
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
    _discard_input()
    _put(f"{question} [1-{len(paths)}, Enter for 1]")
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


def _discard_input() -> None:
    """Discard what was typed before a question is put: it is no answer to what had not been read."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        import termios  # noqa: PLC0415 - POSIX only

        with suppress(termios.error, OSError, ValueError):  # it is no terminal, or closed
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def columns(stream: IO[str]) -> int:
    """The width of the terminal that a stream is; 0 if it is none, or one that does not tell."""
    with suppress(OSError, ValueError):  # it has no descriptor, or is closed
        if stream.isatty():
            return os.get_terminal_size(stream.fileno()).columns
    return 0


def width(most: int, stream: TextIO) -> int:
    """How wide the lines are that are printed on a stream: as the terminal, if it is one and not wider than `most`."""
    return min(most, columns(stream) or most)


def _put(question: str) -> None:
    """Put a question; the answer is typed behind it."""
    print(wrapped(clean_lines(question), columns(sys.stderr)), end=" ", file=sys.stderr, flush=True)


def ask(question: str, default: str = "") -> str:
    """The line that is typed in answer to a question; the default, if it is empty.

    Raises:
        SettingsError: the input has ended.
    """
    _put(f"{question}{f' [{default}]' if default else ''}:")
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
    """The password that is typed on the terminal; empty without one, and at the end of input (Ctrl-D).

    Where nothing is typed it is asked for once more: what is typed next must not land in the shell, to be read there.
    """
    if not sys.stdin.isatty():
        return ""
    question = wrapped(f"Password for {username}:", columns(sys.stderr)) + " "
    try:
        return getpass.getpass(question) or getpass.getpass(f"Nothing was typed. {question}")
    except EOFError:
        print(file=sys.stderr)
        return ""
    except KeyboardInterrupt:
        print(file=sys.stderr)  # what is said of it begins a line of its own
        raise
