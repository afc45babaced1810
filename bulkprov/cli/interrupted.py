"""What is left to do after Ctrl-C, and the command that does it."""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec

from bulkprov.cli.config import file_options
from bulkprov.engine.operations import RUN
from bulkprov.errors import BrokenOffError, ExitCode
from bulkprov.runs.folder import NO_FILES
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort, Screen, again
from bulkprov.shell import typed
from bulkprov.text import clean, plural

__all__ = ["says_how_to_go_on", "says_what_is_left", "says_what_is_left_of_each", "to_go_on"]

P = ParamSpec("P")


def says_what_is_left(
    work: Callable[Concatenate[Run, Access, Effort, Screen, P], ExitCode],
) -> Callable[Concatenate[Run, Access, Effort, Screen, P], ExitCode]:
    """Work on a run whose interruption becomes an error that says what is left of it.

    While requests are sent, Ctrl-C stops the work instead, and raises nothing (`runs.environment`).
    """

    @functools.wraps(work)
    def told(run: Run, access: Access, effort: Effort, screen: Screen, /, *args: P.args, **more: P.kwargs) -> ExitCode:
        try:
            return work(run, access, effort, screen, *args, **more)
        except KeyboardInterrupt:
            raise BrokenOffError(_left(run, to_go_on(run, access, effort, screen))) from None

    return told


@contextmanager
def says_what_is_left_of_each(
    runs: Callable[[], Sequence[Run]], access: Access, effort: Effort, screen: Screen
) -> Iterator[None]:
    """A block of work on several runs whose interruption becomes an error with one line on what is left of each.

    Args:
        runs: those that are not done, when the interruption comes; they are open.
        access: the options of this command, which the next ones need too.
        effort: likewise.
        screen: likewise.
    """
    try:
        yield
    except KeyboardInterrupt:
        lines = [_line(run, to_go_on(run, access, effort, screen)) for run in runs()]
        raise BrokenOffError("\n  ".join(["interrupted; left to do:", *lines] if lines else ["interrupted"])) from None


@contextmanager
def says_how_to_go_on(words: Sequence[str | Path]) -> Iterator[None]:
    """A block of work whose interruption becomes an error that names the command, of these words, to go on with."""
    try:
        yield
    except KeyboardInterrupt:
        raise BrokenOffError(f"interrupted; to go on: {typed(words)}") from None


def to_go_on(run: Run, access: Access, effort: Effort, screen: Screen, operation: str = RUN.name) -> str:
    """The command that goes on with an operation on a run, to be typed.

    Args:
        run: to go on with.
        access: the options of this command, which the next one needs too.
        effort: likewise.
        screen: likewise.
        operation: the name of one that acts.
    """
    command, more = ("resume", []) if operation == RUN.name else (operation, ["--yes"])
    return typed(
        [command, run.folder, *again(access, effort, screen, known=file_options(screen.config, screen.profile)), *more]
    )


def _line(run: Run, go_on: str) -> str:
    """One line of several on where runs stand."""
    sheet = clean(run.manifest.sheet)
    if not run.manifest.loaded and run.manifest.sheet in NO_FILES:
        run.unbegin()
        return f"{NO_FILES[run.manifest.sheet]} and was not read: run it again"
    if not run.manifest.loaded:
        return f"{sheet}, of which nothing was sent: {go_on}"
    if left := run.left():
        return f"{sheet}, {plural(left, 'row')} of {run.journal.size():,}: {go_on}"
    return f"{sheet}, whose rows have all ended, the results: {typed(['report', run.folder])}"


def _left(run: Run, go_on: str) -> str:
    """One line on where a run stands."""
    manifest = run.manifest
    if not manifest.loaded:
        sheet = manifest.corrections or manifest.sheet
        if sheet in NO_FILES:
            run.unbegin()
            return f"interrupted before the sheet was read: nothing was sent; {NO_FILES[sheet]}, so run it again"
        return (
            f"interrupted before {sheet} was read: nothing was sent, all of its rows are left to do; to go on: {go_on}"
        )
    if left := run.left():
        return f"interrupted; {plural(left, 'row')} of {run.journal.size():,} left to do; to go on: {go_on}"
    report = typed(["report", run.folder])
    return f"interrupted; all rows have ended, and the journal has what became of them; for the results: {report}"
