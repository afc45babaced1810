"""Commands, and what becomes of their end; nothing else.

What a command does is `run.py`'s business, what commands have in common is in `workflow.py`, and their words are in
`messages.py`. Here options are declared. Nothing heavy is imported before it is needed.
"""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from cyclopts import App, Parameter

from bulkprov import __version__
from bulkprov.cli.inspect import login, report, runs, show, template
from bulkprov.cli.workflow import (
    begun_and_ended,
    loaded,
    made,
    no_log,
    not_resumed,
    refuse_if_rerun,
    say,
    show_rollback,
    tell_end,
    tell_rows,
    where_to,
    worked,
)
from bulkprov.errors import ExitCode, SettingsError
from bulkprov.report.formats import Format
from bulkprov.settings import Access, Effort, Reading, Screen

__all__ = ["app"]

Output: TypeAlias = Annotated[Path | None, Parameter(name=["--output", "-o"])]

_NO_ACCESS: Final = Access()
_NO_EFFORT: Final = Effort()
_NO_READING: Final = Reading()
_NO_SCREEN: Final = Screen()

app = App(
    name="bulkprov",
    usage="",
    help="""Create Commvault backup sets from a spreadsheet; say what became of every row.
`bulkprov COMMAND --help` has the options, each also a key of bulkprov.toml.

For example:
  bulkprov run wave.xlsx --simulate        rehearse, without a server
  bulkprov plan wave.xlsx --profile prod   what would happen?
  bulkprov run wave.xlsx --profile prod    make it happen
  bulkprov resume                          after a kill, Ctrl-C or a power cut
  bulkprov rerun RUN RUN/failed.xlsx       the rows that failed, corrected
""",
    version=__version__,
    help_format="plaintext",
    default_parameter=Parameter(show_env_var=False),
)


for flags in ("--help", "--version"):
    app[flags].show = False  # everybody knows them, and the commands are to fit on a screen


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
    """Check a sheet, create its backup sets, write the results.

    For example:
      bulkprov run wave.xlsx --simulate
      bulkprov run wave.xlsx --profile prod -j 16 --canary 5 --until 06:00

    Parameters
    ----------
    sheet
        CSV, TSV, XLSX, XLSM, XLS or ODS; - for CSV on stdin.
    output
        Folder for this run [default: reports/<sheet>-<time>].
    format
        Of the results [default: xlsx].
    """
    from bulkprov.runs.begin import begin_run  # noqa: PLC0415 - heavy

    with begin_run(sheet, output=output, access=access, reading=reading) as begun:
        return begun_and_ended(begun, access, effort, screen, format)


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

    For example:
      bulkprov resume
      bulkprov resume reports/wave-20261123-220000 --password-file pw.txt

    Parameters
    ----------
    run
        The run's folder [default: the newest that has something left to do].
    format
        Of the results [default: as before].
    """
    from bulkprov.runs.catalog import unfinished  # noqa: PLC0415 - heavy
    from bulkprov.runs.run import Run  # noqa: PLC0415 - heavy

    if run is None:
        run, *others = unfinished()
        say(f"going on with {run}, the newest of those that have something left to do", *not_resumed(others))
    with Run.open(run) as opened:
        refuse_if_rerun(opened, screen)
        return begun_and_ended(opened, access, effort, screen, format)


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
    """Run the rows again that are not done; carry the others over.

    For example:
      bulkprov rerun RUN
      bulkprov rerun RUN RUN/failed.xlsx
      bulkprov rerun results.xlsx

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
    from bulkprov.runs.begin import begin_rerun, begin_run  # noqa: PLC0415 - heavy
    from bulkprov.runs.run import Run  # noqa: PLC0415 - heavy

    if not os.path.exists(run):  # noqa: PTH110 - which raises nothing, however odd the name
        raise SettingsError(f"{run}: there is no such run folder or results file")
    if not run.is_dir():
        if fixed:
            raise SettingsError(f"{run} is a file; to give corrected rows as well, name the run's folder")
        with begin_run(str(run), output=output, access=access, reading=reading) as begun:
            if begun.manifest.rerun_of is None:
                begun.discard()
                raise SettingsError(f"{run} is no results file; to run a sheet: bulkprov run {run}")
            return begun_and_ended(begun, access, effort, screen, format)
    with (
        Run.open(run) as earlier,
        begin_rerun(earlier, fixed, output=output, access=access, reading=reading) as begun,
    ):
        return begun_and_ended(begun, access, effort, screen, format, earlier)


@app.command
def plan(
    sheet: str,
    /,
    *,
    output: Output = None,
    format: Format | None = None,  # noqa: A002 - the option's name
    offline: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    deep: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    access: Access = _NO_ACCESS,
    effort: Effort = _NO_EFFORT,
    reading: Reading = _NO_READING,
    screen: Screen = _NO_SCREEN,
) -> ExitCode:
    """Say what a run would do, row by row; create nothing.

    For example:
      bulkprov plan wave.xlsx --profile prod
      bulkprov plan wave.xlsx --offline

    Parameters
    ----------
    sheet
        As for run.
    output
        Folder for plan.xlsx [default: none is written].
    format
        Of the file [default: xlsx].
    offline
        Check the sheet only, and ask no server.
    deep
        Also ask for retired clients, agents and instances.
    """
    from bulkprov.engine.operations import CHECK, DEEP_PLAN, PLAN  # noqa: PLC0415 - heavy
    from bulkprov.runs.begin import begin_run  # noqa: PLC0415 - heavy
    from bulkprov.runs.execute import as_it_stands  # noqa: PLC0415 - heavy
    from bulkprov.runs.intake import load_rows  # noqa: PLC0415 - heavy

    if output:
        made(output)
    with (
        tempfile.TemporaryDirectory(prefix="bulkprov-plan-", ignore_cleanup_errors=True) as folder,
        begin_run(sheet, output=Path(folder), access=access, reading=reading, offline=offline) as begun,
        no_log(screen) as log,
    ):
        if offline:
            say(*load_rows(begun))
            ended = as_it_stands(begun, CHECK)
        else:
            access, credentials = loaded(begun, access)
            say(where_to(begun, access, credentials, screen))
            ended = worked(begun, access, effort, credentials, screen, log, DEEP_PLAN if deep else PLAN)
        written = begun.report(format, operation=ended.operation, folder=output) if output else None
        tell_rows(begun, ended, screen)
        tell_end(begun, ended, written, (access, effort), screen)
        return ended.exit_code


@app.command
def rollback(
    run: Path,
    /,
    *,
    format: Format | None = None,  # noqa: A002 - the option's name
    access: Access = _NO_ACCESS,
    effort: Effort = _NO_EFFORT,
    screen: Screen = _NO_SCREEN,
) -> ExitCode:
    """Delete the backup sets that a run itself created, by id.

    Without --yes it shows them and deletes nothing. Each set is looked up first,
    and what has another name or id by now is left alone.

    For example:
      bulkprov rollback RUN
      bulkprov rollback RUN --yes

    Parameters
    ----------
    run
        The run's folder.
    format
        Of the results, which are written again [default: as before].
    """
    from bulkprov.engine.operations import ROLLBACK  # noqa: PLC0415 - heavy
    from bulkprov.runs.catalog import successor  # noqa: PLC0415 - heavy
    from bulkprov.runs.run import Run  # noqa: PLC0415 - heavy

    with Run.open(run) as opened:
        if later := successor(opened.manifest):
            say(f"{run} was rerun as {later}, in whose results what {run} created counts as done")
        if not screen.yes:
            show_rollback(opened, access, screen)
            return ExitCode.DONE
        access, credentials = loaded(opened, access)
        with opened.log(verbose=screen.verbose, console=not screen.quiet) as log:
            ended = worked(opened, access, effort, credentials, screen, log, ROLLBACK)
            written = opened.report(format)
        tell_end(opened, ended, written, (access, effort), screen)
        return ended.exit_code


@app.command
def verify(
    run: Path,
    /,
    *,
    format: Format | None = None,  # noqa: A002 - the option's name
    access: Access = _NO_ACCESS,
    effort: Effort = _NO_EFFORT,
    screen: Screen = _NO_SCREEN,
) -> ExitCode:
    """Read every done row back, and say which are gone or differ.

    For example:
      bulkprov verify RUN

    Parameters
    ----------
    run
        The run's folder; verification.xlsx is written into it.
    format
        Of that file [default: as the results].
    """
    from bulkprov.engine.operations import VERIFY  # noqa: PLC0415 - heavy
    from bulkprov.runs.begin import begin_verification  # noqa: PLC0415 - heavy
    from bulkprov.runs.run import Run  # noqa: PLC0415 - heavy

    with (
        Run.open(run) as opened,
        tempfile.TemporaryDirectory(prefix="bulkprov-verify-", ignore_cleanup_errors=True) as folder,
        begin_verification(opened, Path(folder)) as begun,
        no_log(screen) as log,
    ):
        access, credentials = loaded(begun, access)
        ended = worked(begun, access, effort, credentials, screen, log, VERIFY)
        written = begun.report(format or opened.format, operation=VERIFY, folder=opened.folder)
        tell_rows(begun, ended, screen)
        tell_end(begun, ended, written, (access, effort), screen)
        return ended.exit_code


for telling in (login, report, runs, show, template):
    app.command(telling)
app.command(
    "bulkprov.cli.simulate:simulate",
    name="simulate",
    help="""Serve a CommServe simulator to rehearse against.

It listens on this machine only, until Ctrl-C.

For example:
  bulkprov simulate --port 8400 --latency 0.05
  bulkprov simulate --faults 0.2 --seed 7 --state commserve.sqlite""",
)
