"""The run's log: one JSON object a line in `run.log`, and the same events as words on stderr for the person there.

structlog collects the events; the last step before a line is written masks every secret this process knows, in the
forms in which one travels (plain, quoted for Python, JSON or a URL, base64). Exceptions are told as traceback without
local variables, and never by their `repr`, since aiohttp's prints the request's headers with the token.

It knows nothing of rows or HTTP. Nor does it decide anything: when the log cannot be written, it says so once, and the
run goes on, because the journal is the truth.
"""

import base64
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, quote_plus

import structlog

from bulkprov.errors import StorageError
from bulkprov.text import clean

__all__ = ["MASK", "Log", "open_log"]

MASK: Final = "***"

_TELLING: Final = 8
"""Letters of a secret that nobody writes by chance."""

_NEVER: Final = logging.CRITICAL + 1

_QUIET: Final = 5.0
"""Seconds in which the same event is shown once on the terminal; the others are counted."""

_GATHERED: Final = 0.1
"""Seconds for which lines about what went well are gathered, so that a thousand rows a second are few writes."""

_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Log(structlog.BoundLoggerBase):
    """A structlog logger bound to one run: `log.info("row.finished", status="created", seconds=0.1)`.

    Event names are `noun.verb_past`. `log.bind(row=7)` gives a logger that adds `row` to its events. Use it as a
    context manager, or call `close`.
    """

    _logger: "_Sink"

    def debug(self, event: str, **values: Any) -> None:
        """Log what only somebody who looks for a bug wants to know; kept when the log is verbose."""
        if self._logger.verbose:
            self._proxy_to_logger("debug", event, **values)

    def info(self, event: str, **values: Any) -> None:
        """Log that something happened as it should."""
        self._proxy_to_logger("info", event, **values)

    def warning(self, event: str, **values: Any) -> None:
        """Log what went wrong and was survived; shown on stderr, repeats counted, if it is about more than one row."""
        self._proxy_to_logger("warning", event, **values)

    def error(self, event: str, **values: Any) -> None:
        """Log what was not survived."""
        self._proxy_to_logger("error", event, **values)

    def exception(self, event: str, **values: Any) -> None:
        """Log an error with the traceback of the exception being handled."""
        self._proxy_to_logger("error", event, **{"exc_info": True, **values})

    def flush(self) -> None:
        """Write what was gathered."""
        self._logger.flush()

    def hide(self, secret: str) -> None:
        """Mask this text in everything that is logged from now on."""
        self._logger.mask.add(secret)

    def masked(self, text: str) -> str:
        """Words of somebody else, to be kept: without what is to be hidden, unless it is too short to be told apart."""
        return self._logger.mask.words(text)

    def close(self) -> None:
        """Close the file; what is logged later still reaches stderr."""
        self._logger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_log(path: Path | None, *, secrets: Iterable[str] = (), verbose: bool = False, console: bool = True) -> Log:
    """A log that is appended to `path`, a file for the owner's eyes only; with None it has no file.

    Args:
        path: `run.log` in the run's folder.
        secrets: texts to mask, such as the token and the password; `Log.hide` adds others later.
        verbose: debug events too, and on stderr everything from info on; else only errors, and warnings about the run
            as a whole. What befell a single row and was survived is counted by the progress, and told by the file.
        console: whether anything is shown on stderr at all.

    Raises:
        StorageError: the file cannot be opened.
    """
    mask = _Mask(secrets)
    sink = _Sink(_open(path), mask=mask, verbose=verbose, console=console)
    return Log(sink, [sink.render], {})


def _open(path: Path | None) -> int | None:
    if path is None:
        return None
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise StorageError(f"{path}: the log cannot be written ({error.strerror})") from error


class _Mask:
    """Everything that must not be shown, in each form it may take."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: tuple[str, ...] = ()
        self._in_json: tuple[str, ...] = ()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        if not secret:
            return
        raw = secret.encode("utf-8", "surrogatepass")
        forms = {
            secret,
            repr(secret)[1:-1],  # as many an exception quotes it
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            quote(raw, safe=""),
            quote_plus(raw),
            base64.b64encode(raw).decode(),  # how Login takes a password
            base64.urlsafe_b64encode(raw).decode(),
        }
        # the longest first, so that no form is left half masked by a shorter one inside it
        self._forms = tuple(sorted({*self._forms, *forms}, key=len, reverse=True))
        self._in_json = tuple({json.dumps(form)[1:-1] for form in self._forms})

    def in_line(self, line: str) -> bool:
        """Whether a line of JSON holds a secret."""
        for form in self._in_json:  # noqa: SIM110 - `any` takes three times as long, and this runs for every event
            if form in line:
                return True
        return False

    def text(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def words(self, text: str) -> str:
        """As `text`, but for short secrets: a password may be a word that any error message has."""
        for form in self._forms:
            text = text.replace(form, MASK) if len(form) >= _TELLING else text
        return text

    def value(self, value: Any) -> Any:
        """The value with the secret masked wherever it stands in it; its shape stays, so that it stays JSON."""
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(each) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(each) for each in value]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return MASK if self.in_line(str(value)) else value
        return self.text(value if isinstance(value, str) else _plain(value))


def _plain(value: object) -> str:
    """What a value that JSON does not know looks like: never its `repr`."""
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    return f"<{type(value).__name__}>"


_encode: Final[Callable[[object], str]] = json.JSONEncoder(
    separators=(",", ":"), default=_plain, check_circular=False
).encode
"""To JSON in ASCII, so that every control, reversing or zero-width character leaves as an escape."""


class _Sink:
    """Where events end: structlog's innermost logger, and the last step of its chain."""

    def __init__(self, file: int | None, *, mask: _Mask, verbose: bool, console: bool) -> None:
        self.mask = mask
        self.verbose = verbose
        self._file = file
        self._shown_from = logging.INFO if verbose else logging.WARNING
        if not console:
            self._shown_from = _NEVER
        self._shown: dict[str, tuple[float, int]] = {}
        self._second = (0, "")
        self._gathered: list[str] = []
        self._written_at = -_GATHERED

    def render(self, logger: Any, level: str, event: MutableMapping[str, Any]) -> str:
        """The event as one line of JSON, every secret masked: the last step of the chain."""
        if "exc_info" in event:
            event = structlog.processors.format_exc_info(logger, level, event)
        event = {"at": self._now(), "level": level, "event": event.pop("event"), **event}
        if self.mask.in_line(line := _encode(event)):
            event = {key: self.mask.value(value) for key, value in event.items()}
            line = _encode(event)
        if _LEVELS[level] >= self._shown_from and (self.verbose or level == "error" or "row" not in event):
            self._show(level, event)
        return line

    def msg(self, line: str) -> None:
        """Write the line, and those before it, at once."""
        self._gathered.append(line)
        self.flush()

    debug = warning = error = msg

    def info(self, line: str) -> None:
        """Write the line soon: by the next flush, or with the next line if that comes later than a moment."""
        self._gathered.append(line)
        if time.monotonic() - self._written_at >= _GATHERED:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered, in one go."""
        lines, self._gathered = self._gathered, []
        if not lines or self._file is None:
            return
        self._written_at = time.monotonic()
        lines.append("")
        try:
            os.write(self._file, "\n".join(lines).encode("ascii"))
        except OSError as error:
            self.close()
            self._print(f"warning: run.log cannot be written any more ({error.strerror}); the run goes on")

    def close(self) -> None:
        self.flush()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _now(self) -> str:
        """Coordinated universal time in ISO 8601; the part before the milliseconds is made once a second."""
        seconds, part = divmod(time.time(), 1)
        if seconds != self._second[0]:
            self._second = (int(seconds), datetime.fromtimestamp(seconds, UTC).isoformat()[:19])
        return f"{self._second[1]}.{int(part * 1000):03d}+00:00"

    def _show(self, level: str, event: Mapping[str, Any]) -> None:
        name = str(event["event"])
        now = time.monotonic()
        last, more = self._shown.get(name, (-_QUIET, 0))
        if now - last < _QUIET and not self.verbose:
            self._shown[name] = (last, more + 1)
            return
        self._shown[name] = (now, 0)
        words = [f"{level}: {name}"] + [
            f"{key}={value if isinstance(value, str) else _encode(value)}"
            for key, value in event.items()
            if key not in ("at", "level", "event", "exception")
        ]
        if more:
            words.append(f"({more} more like it)")
        self._print("  ".join(words))

    def _print(self, line: str) -> None:
        """To stderr as it is now: a live picture of the progress puts itself in its place."""
        try:
            sys.stderr.write(f"{clean(line)}\n")
            sys.stderr.flush()
        except OSError:  # nobody reads it any more: whoever logs must not fail for that
            self._shown_from = _NEVER
