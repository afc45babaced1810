"""From a command line to an exit code; whatever goes wrong is one line on stderr."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NoReturn

from bulkprov.cli.app import app
from bulkprov.cli.config import configuration
from bulkprov.errors import ExitCode, SettingsError

__all__ = ["load", "main", "meant"]

_LAST_STREAM: Final = 2
"""Number of the last of the three standard streams."""
_FILES: Final = 1024
"""Files that a process may open: 256 connections and some more."""
_FEWEST_FILES: Final = 64
"""Below that, a run cannot even begin."""
_RARELY: Final = (100_000, 50, 50)
"""How often the garbage collector looks for cycles: rarely. bulkprov makes hardly any, and to search through the many
live objects of a run costs an eighth of its throughput."""


def load(tokens: Sequence[str]) -> None:
    """Import the module of the command that is named first. What is wrong with it, `main` says."""
    with suppress(Exception):
        app[tokens[0]]


def main(tokens: Sequence[str], *, begin: Callable[[], None] = lambda: None) -> NoReturn:
    """Run a command and leave with its exit code. No traceback reaches a user.

    Args:
        tokens: the words of the command line.
        begin: called once whatever is raised becomes a line; what it raises, too.
    """
    tokens = meant(_with_stdin_named(tokens))
    gc.set_threshold(*_RARELY)
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        # A name that this terminal cannot show is shown escaped, and does not end the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        begin()
        _raise_file_limit()
        app.config = configuration(tokens, app)
        code = app(tokens, exit_on_error=False, print_error=False, result_action="return_value", help_on_error=False)
        _flush()
        sys.exit(code if isinstance(code, int) else ExitCode.DONE)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - each becomes one line; a bug leaves its traceback in a file
        from bulkprov.cli.failures import leave  # noqa: PLC0415 - needed only where something went wrong

        leave(tokens, error, [name for name in app if not name.startswith("-")])


def meant(tokens: Sequence[str]) -> list[str]:
    """The command line as it was meant: `help run` is `run --help`, and `version` is `--version`."""
    match list(tokens):
        case ["help", *words]:
            return [*words, "--help"]
        case ["version"]:
            return ["--version"]
        case words:
            return words


def _with_stdin_named(tokens: Sequence[str]) -> list[str]:
    """The tokens with /dev/stdin for a lone hyphen, which cyclopts would take for an unknown option."""
    before = ["", *tokens]
    return [
        "/dev/stdin" if (was, token) == (was, "-") and was not in ("--delimiter", "--output", "-o") else token
        for was, token in zip(before, tokens, strict=False)
    ]


def _open_streams() -> None:
    """Give the process standard streams, if it was started without: what is opened next must not take their place."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST_STREAM:
        os.set_inheritable(number, True)  # as standard streams are
    os.close(number)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for as long as the process lives


def _raise_file_limit() -> None:
    """Let the process open as many files as a run may need, as far as the system allows it.

    Raises:
        SettingsError: it allows too few.
    """
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        unlimited = resource.RLIM_INFINITY
        if soft != unlimited and soft < _FILES:
            soft = _FILES if hard == unlimited else min(hard, _FILES)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        if soft != unlimited and soft < _FEWEST_FILES:
            raise SettingsError(
                f"this process may open {soft} files only, and bulkprov needs {_FEWEST_FILES}: "
                "raise it with `ulimit -n`"
            )


def _flush() -> None:
    """Bring to its reader what is printed. One that is gone changes nothing in how the command ended.

    Raises:
        OSError: it cannot be written for another reason.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        from bulkprov.cli.failures import let_reader_go  # noqa: PLC0415 - needed only where something went wrong

        let_reader_go(error)
