"""Commands, and what becomes of their end; nothing else.

What a command does is `run.py`'s business, and its words are in `words.py`. Here options are declared and the loop is
started. Nothing heavy is imported before it is needed.
"""

import asyncio
import getpass
import json as jsonlib
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, TypeVar

from cyclopts import App, Parameter

from bulkprov import __version__
from bulkprov.errors import ExitCode, ServerError, SettingsError, Stop, UsageError
from bulkprov.settings import Access, Effort, Reading, Screen

if TYPE_CHECKING:
    from bulkprov.run import Run

__all__ = ["app"]

T = TypeVar("T")

Format: TypeAlias = Literal["xlsx", "csv"]
Output: TypeAlias = Annotated[Path | None, Parameter(name=["--output", "-o"])]

_NO_ACCESS: Final = Access()
_NO_EFFORT: Final = Effort()
_NO_READING: Final = Reading()
_NO_SCREEN: Final = Screen()

app = App(
    name="bulkprov",
    help="""Create Commvault backup sets in bulk from a spreadsheet, and say truthfully what happened to every row.

  bulkprov run wave.xlsx --simulate           rehearse, without a server
  bulkprov run wave.xlsx --server https://cs.example.com/commandcenter/api --username ops
  bulkprov rerun RUN failed.xlsx              the rows that failed, corrected

Every option is also an environment variable BULKPROV_<NAME>, and a key of bulkprov.toml.""",
    version=__version__,
    help_format="plaintext",
    default_parameter=Parameter(show_env_var=False),
)


@app.command
def run(
    sheet: str,
    /,
    *,
    output: Output = None,
    format: Format | None = None,  # noqa: A002 - the option's name
    access: Access = _NO_ACCESS,
    effort: Effort = _NO_EFFORT,
    reading: Reading = _NO_READING,
    screen: Screen = _NO_SCREEN,
) -> ExitCode:
    """Read a sheet, check every row, create the backup sets, write the results.

    A results file of an earlier run is run again: rows that are done are carried over.

    Parameters
    ----------
    sheet
        CSV, TSV, XLSX, XLSM, XLS or ODS; - for CSV on stdin.
    output
        Folder for this run [default: reports/<sheet>-<time>].
    format
        Of the results [default: xlsx].
    """
    from bulkprov.run import Run  # noqa: PLC0415 - heavy

    with Run.begin(sheet, output=output, access=access, reading=reading) as begun:
        return _carry_out(begun, access, effort, screen, format)


@app.command
def resume(
    run: Path | None = None,
    /,
    *,
    format: Format | None = None,  # noqa: A002 - the option's name
    access: Access = _NO_ACCESS,
    effort: Effort = _NO_EFFORT,
    screen: Screen = _NO_SCREEN,
) -> ExitCode:
    """Go on with a run that was killed or stopped early.

    Parameters
    ----------
    run
        The run's folder [default: the newest that has something left to do].
    format
        Of the results [default: as before].
    """
    from bulkprov.run import Run  # noqa: PLC0415 - heavy
    from bulkprov.runs import newest_unfinished  # noqa: PLC0415 - heavy

    with Run.open(run or newest_unfinished()) as opened:
        return _carry_out(opened, access, effort, screen, format)


@app.command
def rerun(
    run: Path,
    fixed: str | None = None,
    /,
    *,
    output: Output = None,
    format: Format | None = None,  # noqa: A002 - the option's name
    access: Access = _NO_ACCESS,
    effort: Effort = _NO_EFFORT,
    reading: Reading = _NO_READING,
    screen: Screen = _NO_SCREEN,
) -> ExitCode:
    """Run every row again that is not done, in a new run; done rows are carried over.

    Parameters
    ----------
    run
        Folder of the earlier run, or a results file.
    fixed
        A sheet of corrected rows, such as an edited failed.xlsx; each takes the place of the row with its sheetRow.
    output
        Folder for the new run [default: reports/<sheet>-<time>].
    format
        Of the results [default: xlsx].
    """
    from bulkprov.run import Run  # noqa: PLC0415 - heavy

    if not run.is_dir():
        if fixed:
            raise SettingsError(f"{run} is a file; to give corrected rows as well, name the run's folder")
        with Run.begin(str(run), output=output, access=access, reading=reading) as begun:
            if "reruns" not in begun.facts:
                begun.discard()
                raise SettingsError(f"{run} is no results file; to run a sheet: bulkprov run {run}")
            return _carry_out(begun, access, effort, screen, format)
    with (
        Run.open(run) as earlier,
        Run.begin_again(earlier, fixed, output=output, access=access, reading=reading) as begun,
    ):
        return _carry_out(begun, access, effort, screen, format, earlier)


@app.command
def report(run: Path, /, *, format: Format | None = None, screen: Screen = _NO_SCREEN) -> ExitCode:  # noqa: A002
    """Write the results of a run again, from its journal.

    Parameters
    ----------
    run
        The run's folder.
    format
        Of the results [default: as before].
    """
    from bulkprov.run import Ended, Run  # noqa: PLC0415 - heavy

    with Run.open(run) as opened:
        tally, began = opened.tally(), time.monotonic()
        ended = Ended(
            tally=tally,
            seconds=time.monotonic() - began,
            finished=0,
            stop=None,
            written=opened.report(format),
            unfinished=opened.unfinished(),
        )
        _tell_end(opened, ended, _NO_ACCESS, screen)
        return ended.exit_code


@app.command
def runs(folder: Path | None = None, /, *, screen: Screen = _NO_SCREEN) -> ExitCode:
    """List the runs, with their counts and which reruns which.

    Parameters
    ----------
    folder
        Where to look [default: reports].
    """
    from bulkprov.runs import REPORTS, overviews  # noqa: PLC0415 - heavy
    from bulkprov.words import runs_listed, runs_table  # noqa: PLC0415 - heavy

    found = overviews(folder or REPORTS)
    if screen.json:
        print(jsonlib.dumps(runs_listed(found), ensure_ascii=False))
    elif found:
        _console(screen).print(runs_table(found))
    else:
        print(f"no runs below {folder or REPORTS}")
    return ExitCode.DONE


app.command(
    "bulkprov.simulating:simulate",
    name="simulate",
    help="Serve a CommServe simulator on this machine, to rehearse against, until Ctrl-C.",
)


def _carry_out(
    run: "Run",
    access: Access,
    effort: Effort,
    screen: Screen,
    form: Format | None,
    earlier: "Run | None" = None,
) -> ExitCode:
    """Take in the rows, work, report: what `run`, `resume` and `rerun` have in common."""
    from bulkprov.run import Ended  # noqa: PLC0415 - heavy
    from bulkprov.session import Credentials  # noqa: PLC0415 - heavy

    try:
        access = run.access(access)
        credentials = Credentials.of(access, _ask_password)
        _say(*run.load(earlier))
    except UsageError:
        run.discard()
        raise
    tally = run.tally()
    before, began = tally.statuses.total(), time.monotonic()
    stop: Stop | None = None
    with run.log(verbose=screen.verbose, console=not screen.quiet) as log:
        log.info("run.started", run=str(run.folder), rows=tally.rows, server=run.facts["server"])
        try:
            stop = _refused(run, effort) or _drive(_shown(run, access, effort, credentials, screen, tally, log))
        except ServerError as error:
            stop = Stop(str(error), ExitCode.NO_SERVER)
        seconds = time.monotonic() - began
        ended = Ended(
            tally=tally,
            seconds=seconds,
            finished=tally.statuses.total() - before,
            stop=stop,
            written=run.report(form),
            unfinished=run.unfinished(),
        )
        log.info("run.ended", exit_code=int(ended.exit_code), seconds=round(seconds, 3), requests=tally.requests)
    _tell_end(run, ended, access, screen)
    return ended.exit_code


def _refused(run: "Run", effort: Effort) -> Stop | None:
    """With --strict, why nothing may be sent."""
    invalid = run.invalid() if effort.strict else 0
    if not invalid:
        return None
    return Stop(f"{invalid} rows are invalid, and --strict was said; nothing was sent", ExitCode.NO_SERVER)


async def _shown(
    run: "Run", access: Access, effort: Effort, credentials: Any, screen: Screen, tally: Any, log: Any
) -> Stop | None:
    """Work, with progress on the screen."""
    from bulkprov.progress import Progress  # noqa: PLC0415 - heavy

    async with Progress(tally, console=_console(screen, stderr=True), total=tally.rows, quiet=screen.quiet):
        return await run.work(access, effort, credentials, tally=tally, log=log, say=_say)


def _drive(work: Coroutine[Any, Any, T]) -> T:
    """Run the loop: uvloop's, where it is installed."""
    try:
        import uvloop  # noqa: PLC0415 - not on every system
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _tell_end(run: "Run", ended: Any, access: Access, screen: Screen) -> None:
    from bulkprov.words import closing, summary  # noqa: PLC0415 - heavy

    if screen.json:
        print(jsonlib.dumps(summary(run, ended), ensure_ascii=False))
    else:
        print("\n".join(closing(run, ended, access.given())))


def _console(screen: Screen, *, stderr: bool = False) -> Any:
    from rich.console import Console  # noqa: PLC0415 - heavy

    return Console(stderr=stderr, no_color=screen.no_color or None, highlight=False)


def _say(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def _ask_password(username: str) -> str:
    """Ask on a terminal; nobody answers elsewhere."""
    return getpass.getpass(f"Password of {username}: ") if sys.stdin.isatty() else ""
