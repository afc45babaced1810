"""From a command line to an exit code; whatever goes wrong is one line on stderr."""

import errno
import gc
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from cyclopts import CycloptsError

from bulkprov.cli.app import app
from bulkprov.cli.config import configuration, wants_events, wants_json
from bulkprov.cli.json_output import error_summary, last_event
from bulkprov.cli.parser_words import in_our_words, meant
from bulkprov.errors import BulkprovError, ExitCode, InUseError, SettingsError

__all__ = ["load", "main"]

_WITH_A_RUN: Final = ("run", "rerun", "resume")
"""Commands after which a run may be left to continue."""
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
    except BulkprovError as error:
        _fail(tokens, _with_progress(error), error.exit_code)
    except CycloptsError as error:
        _fail(tokens, _usage(error, tokens), ExitCode.UNUSABLE)
    except KeyboardInterrupt:
        _fail(tokens, _interrupted(tokens), ExitCode.INTERRUPTED)
    except OSError as error:
        _end_of_output(tokens, error)
    except MemoryError:
        _fail(tokens, f"not enough memory{_how_to_go_on(tokens)}", ExitCode.NOT_WRITTEN)
    except Exception as error:  # noqa: BLE001 - a bug: one line here, and the traceback in a file
        _fail(tokens, _bug(error), ExitCode.BUG)


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


def _interrupted(tokens: Sequence[str]) -> str:
    """One line on what to do after Ctrl-C, where there is something to continue."""
    return f"interrupted{_how_to_go_on(tokens)}"


def _how_to_go_on(tokens: Sequence[str]) -> str:
    if tokens[:1] and tokens[0] in _WITH_A_RUN:
        return "; if a run had begun, `bulkprov runs` shows how far it got, and `bulkprov resume` continues it"
    if tokens[:1] == ["rollback"]:
        return "; what is left, the same command deletes"
    if tokens[:1] == ["probe"]:
        return "; what a probe has made, the next one with --yes deletes first"
    return ""


def _with_progress(error: BulkprovError) -> str:
    """The words of an error; if another process works on the run, with how far that is."""
    if not isinstance(error, InUseError):
        return str(error)
    from bulkprov.cli.run_lines import under_way  # noqa: PLC0415 - needed only where something went wrong
    from bulkprov.runs.progress import Progress  # noqa: PLC0415 - as above

    progress = Progress.read(error.folder)
    return f"{error}: {under_way(progress)} (`bulkprov runs` tells how far it is)" if progress else str(error)


def _usage(error: CycloptsError, tokens: Sequence[str]) -> str:
    """One line on what is wrong with a command line."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, SettingsError):
        return str(cause)
    return in_our_words(error, tokens, [name for name in app if not name.startswith("-")])


def _fail(tokens: Sequence[str], words: str, code: ExitCode) -> NoReturn:
    from bulkprov.cli.prompts import columns  # noqa: PLC0415 - needed only where something went wrong
    from bulkprov.cli.wrapping import wrapped  # noqa: PLC0415 - as above
    from bulkprov.text import clean_lines  # noqa: PLC0415 - as above

    words = clean_lines(_masked(words))
    failed = error_summary(words, int(code))
    if wants_json(tokens):
        with suppress(OSError):
            print(json.dumps(failed), flush=True)
    elif wants_events(tokens):
        with suppress(OSError):
            print(json.dumps(last_event(failed)), flush=True)
    with suppress(OSError):
        wide = columns(sys.stderr)
        begin = "\r" if wide and code == ExitCode.INTERRUPTED else ""  # over the ^C that the terminal has shown
        print(f"{begin}{wrapped(f'bulkprov: {words}', wide)}", file=sys.stderr)
    sys.exit(code)


def _masked(words: str) -> str:
    """The words without secrets: a server's own may be among them."""
    from bulkprov.runs.mask import masked_by_all  # noqa: PLC0415 - needed only where something went wrong

    return masked_by_all(words)


def _flush() -> None:
    """Bring to its reader what is printed. One that is gone changes nothing in how the command ended.

    Raises:
        OSError: it cannot be written for another reason.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        from bulkprov.cli.prompts import let_go, reader_is_gone  # noqa: PLC0415 - needed only where something went wrong

        if not reader_is_gone(error):
            raise
        let_go(sys.stdout)


def _end_of_output(tokens: Sequence[str], error: OSError) -> NoReturn:
    """The reader of the output is gone, or the disk is full. Other errors of files are handled where they happen."""
    from bulkprov.cli.prompts import let_go, reader_is_gone  # noqa: PLC0415 - needed only where something went wrong

    if reader_is_gone(error):
        let_go(sys.stdout)
        sys.exit(ExitCode.DONE)
    if error.errno == errno.ENOSPC:
        _fail(tokens, f"{error.filename or 'the output'} cannot be written: {error.strerror}", ExitCode.NOT_WRITTEN)
    _fail(tokens, _bug(error), ExitCode.BUG)


def _bug(error: Exception) -> str:
    return f"a bug in bulkprov: {type(error).__name__}; the traceback is in {_keep(error)}"


def _keep(error: Exception) -> Path:
    """Write a bug's traceback to a file, without secrets: no values of variables, and the exception's words masked."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="bulkprov-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        file.write(_masked("".join(traceback.format_exception(error))))
    return Path(file.name)
