"""What a command says that has failed: one line on stderr, or an object for scripts, and the exit code.

Imported only where something went wrong.
"""

import errno
import json
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from cyclopts import CycloptsError

from bulkprov.cli.config import file_options, profiles_in, settings_files, wants_events, wants_json
from bulkprov.cli.json_output import error_summary, last_event
from bulkprov.cli.parser_words import in_our_words
from bulkprov.cli.prompts import columns, let_go, reader_is_gone
from bulkprov.cli.run_lines import under_way
from bulkprov.cli.wrapping import wrapped
from bulkprov.errors import BulkprovError, ExitCode, InUseError, NoServerError, SettingsError
from bulkprov.runs.mask import masked_by_all
from bulkprov.runs.progress import Progress
from bulkprov.text import clean_lines

__all__ = ["leave", "let_reader_go"]


_WITH_A_RUN: Final = ("run", "rerun", "resume")
"""Commands after which a run may be left to continue."""


def leave(tokens: Sequence[str], error: BaseException, commands: Sequence[str]) -> NoReturn:
    """Say why a command has failed, and leave with its exit code.

    Args:
        tokens: the words of the command line.
        error: what was raised.
        commands: the names of all commands.
    """
    match error:
        case BulkprovError():
            _fail(tokens, _words(error), error.exit_code)
        case CycloptsError():
            _fail(tokens, _usage(error, tokens, commands), ExitCode.UNUSABLE)
        case KeyboardInterrupt():
            _fail(tokens, f"interrupted{_how_to_go_on(tokens)}", ExitCode.INTERRUPTED)
        case OSError() if reader_is_gone(error):
            let_go(sys.stdout)
            sys.exit(ExitCode.DONE)
        case OSError(errno=errno.ENOSPC):  # other errors of files are handled where they happen
            words = f"{error.filename or 'the output'} cannot be written: {error.strerror}"
            _fail(tokens, words, ExitCode.NOT_WRITTEN)
        case MemoryError():
            _fail(tokens, f"not enough memory{_how_to_go_on(tokens)}", ExitCode.NOT_WRITTEN)
        case _:
            words = f"a bug in bulkprov: {type(error).__name__}; the traceback is in {_keep(error)}"
            _fail(tokens, words, ExitCode.BUG)


def let_reader_go(error: OSError) -> None:
    """Go on without the reader of the output, if it is gone.

    Raises:
        OSError: the output cannot be written for another reason.
    """
    if not reader_is_gone(error):
        raise error
    let_go(sys.stdout)


def _words(error: BulkprovError) -> str:
    """The words of an error, with what only this machine knows of it.

    If another process works on the run, that is how far it is; where no server is named, the profiles that name one.
    """
    if isinstance(error, InUseError) and (progress := Progress.read(error.folder)):
        return f"{error}: {under_way(progress)} (`bulkprov runs` tells how far it is)"
    if isinstance(error, NoServerError) and (profiles := _profiles_with_server()):
        return f"{error}. The settings have one in a profile: {', '.join(f'--profile {name}' for name in profiles)}"
    return str(error)


def _profiles_with_server() -> list[str]:
    """The names of the profiles that name a server."""
    names = list[str]()
    with suppress(SettingsError):
        for path in settings_files(None):
            names += [name for name in sorted(profiles_in(path)) if file_options(path, name).get("server")]
    return names


def _usage(error: CycloptsError, tokens: Sequence[str], commands: Sequence[str]) -> str:
    """One line on what is wrong with a command line."""
    cause = error.__cause__ or error.__context__
    return str(cause) if isinstance(cause, SettingsError) else in_our_words(error, tokens, commands)


def _how_to_go_on(tokens: Sequence[str]) -> str:
    """What to do after a command that was cut short, where there is something to continue."""
    if tokens[:1] and tokens[0] in _WITH_A_RUN:
        return "; if a run had begun, `bulkprov runs` shows how far it got, and `bulkprov resume` continues it"
    if tokens[:1] == ["rollback"]:
        return "; what is left, the same command deletes"
    if tokens[:1] == ["probe"]:
        return "; what a probe has made, the next one with --yes deletes first"
    return ""


def _fail(tokens: Sequence[str], words: str, code: ExitCode) -> NoReturn:
    """Say why, without the secrets that a server's own words may have, and leave."""
    words = clean_lines(masked_by_all(words))
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


def _keep(error: BaseException) -> Path:
    """Write a bug's traceback to a file, without secrets: no values of variables, and the exception's words masked."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="bulkprov-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        file.write(masked_by_all("".join(traceback.format_exception(error))))
    return Path(file.name)
