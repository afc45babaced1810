"""Processes that are born quickly and die at once, by `kill -9`: a random moment, or a named point in the program.

A life is a fork of a process that has everything imported already, so it costs milliseconds; it is a real process with
real files and sockets for all that. A named point is a wrapper round one function of the package, put in place in the
fork before the command begins: the product knows nothing of it. POSIX only.
"""

import contextlib
import functools
import importlib
import inspect
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from bulkprov.__main__ import main

__all__ = ["FAILPOINTS", "Point", "live"]


for _module in ("bulkprov.cli.commands", "bulkprov.cli.inspect", "uvloop"):
    importlib.import_module(_module)  # imported when a command is called; here once, before the first fork


class Point(NamedTuple):
    """Where a process is to die."""

    module: str
    function: str
    when: str
    """before, after, or inside (a context manager's block has ended, and the manager has not)."""
    call: int
    """At which call."""


FAILPOINTS: Final = {
    "before-the-journal-has-tables": Point("bulkprov.journal.store", "Journal._fill", "before", 1),
    "tables-not-committed": Point("bulkprov.journal.sqlite", "Database.transaction", "inside", 1),
    "journal-made": Point("bulkprov.journal.store", "Journal.create", "after", 1),
    "while-loading": Point("bulkprov.journal.intake", "row_values", "before", 60),
    "rows-stored": Point("bulkprov.journal.intake", "_store", "after", 1),
    "rows-not-committed": Point("bulkprov.journal.sqlite", "Database.transaction", "inside", 2),
    "rows-loaded": Point("bulkprov.journal.store", "Journal.load", "after", 1),
    "before-the-login": Point("bulkprov.commvault.auth", "Login.sign_in", "before", 1),
    "after-the-login": Point("bulkprov.commvault.auth", "Login.sign_in", "after", 1),
    "before-an-intent": Point("bulkprov.journal.group_commit", "JournalWriter.begin", "before", 20),
    "before-a-commit": Point("bulkprov.journal.store", "Journal.apply", "before", 5),
    "after-a-commit": Point("bulkprov.journal.store", "Journal.apply", "after", 5),
    "intent-on-disk": Point("bulkprov.journal.group_commit", "JournalWriter.begin", "after", 20),
    "before-a-request": Point("bulkprov.commvault.transport", "Transport.exchange", "before", 40),
    "request-half-sent": Point("aiohttp.client_proto", "ResponseHandler.start_timeout", "after", 20),
    "answer-come": Point("bulkprov.commvault.transport", "Transport.exchange", "after", 40),
    "before-an-outcome": Point("bulkprov.journal.group_commit", "JournalWriter.finish", "before", 30),
    "outcome-in-memory": Point("bulkprov.journal.group_commit", "JournalWriter.finish", "after", 30),
    "row-in-doubt": Point("bulkprov.journal.group_commit", "JournalWriter.ended", "after", 1),
    "before-the-logout": Point("bulkprov.commvault.auth", "Login.sign_out", "before", 1),
    "before-the-report": Point("bulkprov.runs.reporting", "write_results", "before", 1),
    "while-reporting": Point("bulkprov.journal.view", "result_from", "after", 60),
    "results-not-synced": Point("bulkprov.report.csv_file", "private_file", "inside", 1),
    "before-the-rename": Point("bulkprov.report.write", "move_into_place", "before", 1),
    "after-the-rename": Point("bulkprov.report.write", "move_into_place", "after", 1),
}
"""Every place where dying could lose, double or falsify something; but for the inside of a commit, which is one
statement of SQLite's: only random moments come there, and the power cuts of `tests/journal/test_power_loss.py`."""


def live(
    words: list[str], folder: Path, *, seconds: float | None = None, point: Point | None = None
) -> tuple[int | None, str]:
    """Let a command live in a process of its own.

    Args:
        words: the command.
        folder: its working directory.
        seconds: after which it is killed, if it lives so long.
        point: where it is killed, if it comes there.

    Returns:
        its exit code, or None if it was killed; and what it said.
    """
    said = folder / "said.txt"
    pid = os.fork()
    if pid == 0:
        _child(words, folder, said, point)
    ended, status = 0, 0
    if seconds is not None:
        until = time.monotonic() + seconds
        while not ended and time.monotonic() < until:
            ended, status = os.waitpid(pid, os.WNOHANG)
            time.sleep(0.001)
        if not ended:
            os.kill(pid, signal.SIGKILL)
    if not ended:
        _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return (None if code == -signal.SIGKILL else code), said.read_text("utf-8")


def _child(words: list[str], folder: Path, said: Path, point: Point | None) -> None:
    """Become the command. Never returns."""
    code: Any = 70
    try:
        os.chdir(folder)
        file = os.open(said, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
        if point:
            _set(point)
        main(words)
    except SystemExit as end:
        code = end.code
    finally:
        os._exit(int(code or 0))


def _set(point: Point) -> None:
    """Wrap a function so that its process dies in it."""
    owner: Any = importlib.import_module(point.module)
    *path, name = point.function.split(".")
    for each in path:
        owner = getattr(owner, each)
    held = inspect.getattr_static(owner, name)
    original = held.__func__ if isinstance(held, classmethod | staticmethod) else held
    calls = iter(range(1, 1_000_000))

    def die(when: str) -> None:
        if point.when == when and next(calls) == point.call:
            os.kill(os.getpid(), signal.SIGKILL)

    wrapper = _wrapper(original, point.when, die)
    setattr(owner, name, classmethod(wrapper) if isinstance(held, classmethod) else wrapper)


def _wrapper(original: Callable[..., Any], when: str, die: Callable[[str], None]) -> Callable[..., Any]:
    if when == "inside":

        @functools.wraps(original)
        @contextlib.contextmanager
        def block(*args: Any, **more: Any) -> Iterator[Any]:
            with original(*args, **more) as held:
                yield held
                die("inside")

        return block
    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def coroutine(*args: Any, **more: Any) -> Any:
            die("before")
            result = await original(*args, **more)
            die("after")
            return result

        return coroutine

    @functools.wraps(original)
    def function(*args: Any, **more: Any) -> Any:
        die("before")
        result = original(*args, **more)
        die("after")
        return result

    return function
