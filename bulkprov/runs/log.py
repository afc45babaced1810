"""The run's log: JSON lines in `run.log`, and the events that concern the whole run as text on stderr.

structlog adds level and time, formats exceptions and renders the line. The last processor masks secrets (`mask.py`), so
that nothing reaches the file or the terminal that the mask has not seen. A traceback has no local variables, and no
value is shown by its `repr`, because the `repr` of an aiohttp exception holds the request's headers with the token.

The log knows nothing of rows or HTTP and decides nothing. When it cannot be written, it says so once, and the run goes
on, because the journal is the truth.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import structlog
from structlog.processors import NAME_TO_LEVEL, JSONRenderer, TimeStamper, add_log_level, format_exc_info
from structlog.typing import Processor

from bulkprov.errors import StorageError
from bulkprov.runs.mask import Mask
from bulkprov.text import clean

__all__ = ["Log", "open_log"]

_SHOWN_EVERY: Final = 5.0
"""Seconds between two lines on the terminal about the same event; the events between them are counted."""

_GATHERED_FOR: Final = 0.1
"""Seconds for which lines at level info are gathered, so that a thousand rows a second cost few writes."""

_NEVER: Final = logging.CRITICAL + 1

_FIRST_FIELDS: Final = {"at": "", "level": "", "event": ""}
"""The context of every log, which puts these fields first in each line."""


_ROW_FIELD: Final = '"row":'
"""How a line looks that concerns a single row. A quote inside a value is escaped, so that only a field looks so."""


class Log(structlog.BoundLoggerBase):
    """A structlog logger for one run: `log.info("row.finished", status="created", seconds=0.1)`.

    Event names are `noun.verb_past`. `log.bind(row=7)` returns a logger that adds `row` to its events. A log is a
    context manager, which closes it.
    """

    _logger: "_Output"

    def debug(self, event: str, **values: Any) -> None:
        """Log an event that only a developer needs. It is dropped, at next to no cost, unless the log is verbose."""
        if self._logger.verbose:
            self._proxy_to_logger("debug", event, **values)

    def info(self, event: str, **values: Any) -> None:
        """Log an event of the normal course of things."""
        self._proxy_to_logger("info", event, **values)

    def warning(self, event: str, **values: Any) -> None:
        """Log a fault that was survived. It is shown on stderr too, unless it concerns a single row."""
        self._proxy_to_logger("warning", event, **values)

    def error(self, event: str, **values: Any) -> None:
        """Log a fault that was not survived. It is shown on stderr too."""
        self._proxy_to_logger("error", event, **values)

    def exception(self, event: str, **values: Any) -> None:
        """Log an error with the traceback of the exception being handled; stderr gets no traceback."""
        self._proxy_to_logger("error", event, **{"exc_info": True, **values})

    def flush(self) -> None:
        """Write the lines that were gathered."""
        self._logger.flush()

    def hide(self, secret: str) -> None:
        """Mask this text in everything that is logged from now on."""
        self._logger.mask.add(secret)

    def masked(self, text: str) -> str:
        """Text of others, such as the server's, without secrets, but for those too short to be told from words."""
        return self._logger.mask.without_long_secrets(text)

    def close(self) -> None:
        """Close the file. Later events still reach stderr."""
        self._logger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_log(path: Path | None, *, secrets: Iterable[str] = (), verbose: bool = False, console: bool = True) -> Log:
    """Open a log that appends to `path`, a file that only its owner can read; with None it has no file.

    Args:
        path: `run.log` in the run's folder.
        secrets: texts to mask, such as the token and the password; `Log.hide` adds others later.
        verbose: whether debug events are kept too, and stderr shows everything from info on. Otherwise stderr shows
            errors, and warnings about the run as a whole: those about single rows are in the file, and the progress
            display counts them.
        console: whether anything is shown on stderr at all.

    Raises:
        StorageError: the file cannot be opened.
    """
    mask = Mask(secrets)
    output = _Output(_open(path), mask=mask, verbose=verbose, console=console)
    return Log(output, [*_PROCESSORS, mask], dict(_FIRST_FIELDS))


def _open(path: Path | None) -> int | None:
    if path is None:
        return None
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        return os.open(path, flags, 0o600)
    except OSError as error:
        raise StorageError(f"{path}: the log cannot be written ({error.strerror})") from error


def _plain(value: object) -> str:
    """Text for a value that JSON cannot hold: never its `repr`."""
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    return f"<{type(value).__name__}>"


_encode: Final = json.JSONEncoder(separators=(",", ":"), default=_plain).encode
"""To compact JSON in ASCII, so that every control, reversing or zero-width character is written as an escape."""


def _serialize(event: object, **_options: object) -> str:
    """What JSONRenderer uses: json.dumps would make an encoder for each event, which takes half as long again."""
    return _encode(event)


_PROCESSORS: Final[tuple[Processor, ...]] = (
    add_log_level,
    TimeStamper(fmt="%Y-%m-%dT%H:%M:%S.%f+00:00", utc=True, key="at"),
    format_exc_info,
    JSONRenderer(serializer=_serialize),
)
"""What makes an event a line, before the mask."""


def _fields(event: Mapping[str, object]) -> list[str]:
    """The fields of an event that has no sentence for people (`told`)."""
    return [
        f"{field}={value if isinstance(value, str) else _encode(value)}"
        for field, value in event.items()
        if field not in (*_FIRST_FIELDS, "exception")
    ]


class _Output:
    """Where the masked lines go: the file, and for some of them stderr. structlog calls it the wrapped logger."""

    def __init__(self, file: int | None, *, mask: Mask, verbose: bool, console: bool) -> None:
        self.mask = mask
        self.verbose = verbose
        self._file = file
        self._shown_from = logging.INFO if verbose else logging.WARNING
        if not console:
            self._shown_from = _NEVER
        self._shown: dict[str, tuple[float, int]] = {}
        """By event: when it was last shown, and how many were left out since."""
        self._lines: list[str] = []
        """Lines that are gathered."""
        self._written_at = -_GATHERED_FOR

    def debug(self, line: str) -> None:
        self._put("debug", line, at_once=True)

    def info(self, line: str) -> None:
        self._put("info", line, at_once=False)

    def warning(self, line: str) -> None:
        self._put("warning", line, at_once=True)

    def error(self, line: str) -> None:
        self._put("error", line, at_once=True)

    def _put(self, level: str, line: str, *, at_once: bool) -> None:
        """Show the line if it is for the terminal, and write it: at once, or with the lines of the next moment."""
        if NAME_TO_LEVEL[level] >= self._shown_from:
            self._show(level, line)
        self._lines.append(line)
        if at_once or time.monotonic() - self._written_at >= _GATHERED_FOR:
            self.flush()

    def flush(self) -> None:
        """Write the gathered lines with one call of the system."""
        lines, self._lines = self._lines, []
        if not lines or self._file is None:
            return
        self._written_at = time.monotonic()
        lines.append("")
        try:
            os.write(self._file, "\n".join(lines).encode("ascii"))
        except OSError as error:
            self.close()
            self._print(f"warning: run.log can no longer be written ({error.strerror}); the run continues")

    def close(self) -> None:
        self.flush()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _show(self, level: str, line: str) -> None:
        """Show the event of a line on stderr, unless it concerns a single row or was shown a moment ago.

        structlog's ConsoleRenderer is not used: it would print the same only with a formatter for each field, starts
        colorama on Windows, and prints tracebacks.
        """
        if _ROW_FIELD in line and level != "error" and not self.verbose:
            return
        event = json.loads(line)
        name = str(event["event"])
        now = time.monotonic()
        shown_at, left_out = self._shown.get(name, (-_SHOWN_EVERY, 0))
        if now - shown_at < _SHOWN_EVERY and not self.verbose:
            self._shown[name] = (shown_at, left_out + 1)
            return
        self._shown[name] = (now, 0)
        words = [str(event["told"])] if "told" in event else [f"{level}: {name}", *_fields(event)]
        if left_out:
            words.append(f"({left_out} more like it)")
        self._print("  ".join(words))

    def _print(self, line: str) -> None:
        """Print to `sys.stderr` as it is now: a live progress display puts itself in its place."""
        try:
            sys.stderr.write(f"{clean(line)}\n")
            sys.stderr.flush()
        except OSError:  # stderr has no reader any more, which is no reason for the run to fail
            self._shown_from = _NEVER
