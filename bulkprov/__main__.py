"""From a command line to an exit code; whatever goes wrong is one line on stderr.

This is `python -m bulkprov` and the command `bulkprov`.
"""

import errno
import gc
import json
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from cyclopts import CycloptsError

from bulkprov.cli.app import app
from bulkprov.cli.config import configuration, wants_json
from bulkprov.cli.json_output import error_summary
from bulkprov.errors import BulkprovError, ExitCode, SettingsError

__all__ = ["main"]

_WITH_A_RUN: Final = ("run", "rerun", "resume", "rollback")
"""Commands after which a run may be left to continue."""
_RARELY: Final = (100_000, 50, 50)
"""How often the garbage collector looks for cycles: rarely. bulkprov makes hardly any, and to search through the many
live objects of a run costs an eighth of its throughput."""


def main(tokens: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code. No traceback reaches a user."""
    tokens = _with_stdin_named(sys.argv[1:] if tokens is None else tokens)
    gc.set_threshold(*_RARELY)
    for stream in (sys.stdout, sys.stderr):
        # A name that this terminal cannot show is shown escaped, and does not end the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app.config = configuration(tokens, app)
        code = app(tokens, exit_on_error=False, print_error=False, result_action="return_value", help_on_error=False)
        sys.exit(code if isinstance(code, int) else ExitCode.DONE)
    except BulkprovError as error:
        _fail(tokens, str(error), error.exit_code)
    except CycloptsError as error:
        _fail(tokens, _usage(error), ExitCode.UNUSABLE)
    except KeyboardInterrupt:
        _fail(tokens, _interrupted(tokens), ExitCode.INTERRUPTED)
    except OSError as error:
        _end_of_output(tokens, error)
    except Exception as error:  # noqa: BLE001 - a bug: one line here, and the traceback in a file
        _fail(tokens, _bug(error), ExitCode.BUG)


def _with_stdin_named(tokens: Sequence[str]) -> list[str]:
    """The tokens with /dev/stdin for a lone hyphen, which cyclopts would take for an unknown option."""
    before = ["", *tokens]
    return [
        "/dev/stdin" if (was, token) == (was, "-") and was not in ("--delimiter", "--output", "-o") else token
        for was, token in zip(before, tokens, strict=False)
    ]


def _interrupted(tokens: Sequence[str]) -> str:
    """One line on what to do after Ctrl-C, where there is something to continue."""
    if tokens[:1] and tokens[0] in _WITH_A_RUN:
        return "interrupted; `bulkprov runs` shows how far it got, and `bulkprov resume` continues it"
    return "interrupted"


def _usage(error: CycloptsError) -> str:
    """One line on what is wrong with a command line."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, SettingsError):
        return str(cause)
    return " ".join(str(error).split())


def _fail(tokens: Sequence[str], words: str, code: ExitCode) -> NoReturn:
    if wants_json(tokens):
        with suppress(OSError):
            print(json.dumps(error_summary(words, int(code))), flush=True)
    with suppress(OSError):
        print(f"bulkprov: {words}", file=sys.stderr)
    sys.exit(code)


def _end_of_output(tokens: Sequence[str], error: OSError) -> NoReturn:
    """The reader of the output is gone, or the disk is full. Other errors of files are handled where they happen."""
    closed = (errno.EPIPE, errno.EINVAL) if sys.platform == "win32" else (errno.EPIPE,)
    if error.errno in closed and error.filename is None:
        sys.exit(ExitCode.DONE)
    if error.errno == errno.ENOSPC:
        _fail(tokens, f"{error.filename or 'the output'} cannot be written: {error.strerror}", ExitCode.NOT_WRITTEN)
    _fail(tokens, _bug(error), ExitCode.BUG)


def _bug(error: Exception) -> str:
    return f"a bug in bulkprov: {type(error).__name__}; the traceback is in {_keep(error)}"


def _keep(error: Exception) -> Path:
    """Write a bug's traceback to a file, without the values of variables: they may hold the token."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="bulkprov-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        traceback.print_exception(error, file=file)
    return Path(file.name)


if __name__ == "__main__":
    main()
