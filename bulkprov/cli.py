"""Commands, and what becomes of their end; nothing else.

What a command does is `run.py`'s business, and its words are in `words.py`. Here options are declared and the loop is
started. Nothing heavy is imported before it is needed.
"""

import getpass
import json as jsonlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, TypeVar

from cyclopts import App, Parameter

from bulkprov import __version__
from bulkprov.errors import ExitCode, SettingsError, UsageError
from bulkprov.settings import Access, Effort, Reading, Screen

if TYPE_CHECKING:
    from bulkprov.life import Operation
    from bulkprov.log import Log
    from bulkprov.model import Tally
    from bulkprov.report import Written
    from bulkprov.run import Run
    from bulkprov.session import Credentials
    from bulkprov.stretch import Ended

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
    from bulkprov.run import Run  # noqa: PLC0415 - heavy
    from bulkprov.stretch import as_it_stands  # noqa: PLC0415 - heavy

    with Run.open(run) as opened:
        ended = as_it_stands(opened)
        _tell_end(opened, ended, opened.report(format), _NO_ACCESS, screen)
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
    from bulkprov.operations import RUN  # noqa: PLC0415 - heavy

    access, credentials = _loaded(run, access, earlier)
    with run.log(verbose=screen.verbose, console=not screen.quiet) as log:
        ended = _worked(run, access, effort, credentials, screen, log, RUN)
        written = run.report(form)
    _tell_end(run, ended, written, access, screen)
    return ended.exit_code


def _loaded(run: "Run", access: Access, earlier: "Run | None" = None) -> "tuple[Access, Credentials]":
    """Take in the rows; what is needed to sign in is found out before, so that nobody waits for a sheet in vain."""
    from bulkprov.session import Credentials  # noqa: PLC0415 - heavy

    try:
        access = run.access(access)
        credentials = Credentials.of(access, _ask_password)
        _say(*run.load(earlier))
    except UsageError:
        run.discard()
        raise
    return access, credentials


def _worked(
    run: "Run",
    access: Access,
    effort: Effort,
    credentials: "Credentials",
    screen: Screen,
    log: "Log",
    operation: "Operation",
) -> "Ended":
    """Do what is to be done in a run, with progress on the screen."""
    from bulkprov.progress import Progress, Terminal  # noqa: PLC0415 - heavy
    from bulkprov.stretch import carry_out, drive  # noqa: PLC0415 - heavy

    def seen(tally: "Tally") -> Progress:
        console = Terminal(stderr=True, no_color=screen.no_color or None, highlight=False)
        return Progress(tally, console=console, total=tally.rows, quiet=screen.quiet)

    return drive(
        carry_out(
            run,
            access=access,
            effort=effort,
            credentials=credentials,
            log=log,
            operation=operation,
            seen=seen,
            say=_say,
        )
    )


def _tell_end(run: "Run", ended: "Ended", written: "Written | None", access: Access, screen: Screen) -> None:
    from bulkprov.words import closing, summary  # noqa: PLC0415 - heavy

    if screen.json:
        print(jsonlib.dumps(summary(run, ended, written), ensure_ascii=False))
    else:
        print("\n".join(closing(run, ended, written, access.given())))


def _console(screen: Screen) -> Any:
    from rich.console import Console  # noqa: PLC0415 - heavy

    return Console(no_color=screen.no_color or None, highlight=False)


def _say(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def _ask_password(username: str) -> str:
    """Ask on a terminal; nobody answers elsewhere."""
    return getpass.getpass(f"Password of {username}: ") if sys.stdin.isatty() else ""
