"""The commands that work on a server: `run`, `resume`, `rerun`, `plan`, `rollback` and `verify`.

A command declares its options, opens or begins a `Run`, and has `workflow` do the rest. The help pages are in `app`.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bulkprov.cli.closing import tell_scripts, with_log_kept
from bulkprov.cli.events import EventLines
from bulkprov.cli.json_output import summary
from bulkprov.cli.messages import other_runs
from bulkprov.cli.options import (
    DEFAULT_ACCESS,
    DEFAULT_EFFORT,
    DEFAULT_READING,
    DEFAULT_SCREEN,
    AgainstOption,
    FormatOption,
    OutputOption,
    SheetSwitch,
    Switch,
    TicketOption,
    ticket_of,
)
from bulkprov.cli.prompts import say, tell
from bulkprov.cli.rollback_lines import to_roll_back
from bulkprov.cli.signing_in import show_destination, show_server
from bulkprov.cli.workflow import (
    complete,
    job_on,
    known_errors,
    reported,
    tell_end,
    tell_rows,
    words_again,
    work,
)
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.engine.operations import CHECK, DEEP_PLAN, PLAN, ROLLBACK, VERIFY
from bulkprov.errors import ExitCode, RunError, SettingsError
from bulkprov.private import make_folder
from bulkprov.runs.begin import begin_rerun, begin_run, begin_verification
from bulkprov.runs.catalog import successor, unfinished
from bulkprov.runs.earlier_plan import changes, earlier_plan, planned
from bulkprov.runs.execute import as_it_stands
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort, Reading, Screen
from bulkprov.shell import typed

__all__ = ["plan", "rerun", "resume", "rollback", "run", "verify"]


def run(
    sheet: str,
    /,
    *,
    output: OutputOption = None,
    form: FormatOption = None,
    ticket: TicketOption = "",
    access: Access = DEFAULT_ACCESS,
    effort: Effort = DEFAULT_EFFORT,
    reading: Reading = DEFAULT_READING,
    screen: Screen = DEFAULT_SCREEN,
) -> ExitCode:
    """Check a sheet, create its backup sets, write the results.

    Parameters
    ----------
    sheet
        CSV, TSV, XLSX, XLSM, XLS or ODS; - for CSV on stdin.
    output
        Folder for this run [default: reports/<sheet>-<time>].
    form
        Format of results [default: xlsx].
    ticket
        Change ticket, for the results.
    """
    with begin_run(sheet, output=output, access=access, reading=reading, ticket=ticket_of(ticket)) as begun:
        return complete(begun, access, effort, screen, form)


def resume(
    run: Path | None = None,
    /,
    *,
    form: FormatOption = None,
    access: Access = DEFAULT_ACCESS,
    effort: Effort = DEFAULT_EFFORT,
    screen: Screen = DEFAULT_SCREEN,
) -> ExitCode:
    """Continue a run that was killed or stopped early.

    Parameters
    ----------
    run
        The run's folder [default: the newest unfinished run].
    form
        Format of results [default: as before].
    """
    if run is None:
        run, *others = unfinished()
        say(f"continuing {run}, the newest unfinished run", *other_runs(others))
    with Run.open(run) as opened:
        _refuse_if_rerun(opened, screen, words_again(access, effort, screen=screen, unsent=True))
        return complete(opened, access, effort, screen, form)


def rerun(
    run: Path,
    fixed: str | None = None,
    /,
    *,
    output: OutputOption = None,
    form: FormatOption = None,
    ticket: TicketOption = "",
    access: Access = DEFAULT_ACCESS,
    effort: Effort = DEFAULT_EFFORT,
    reading: Reading = DEFAULT_READING,
    screen: Screen = DEFAULT_SCREEN,
) -> ExitCode:
    """Rerun the rows that are not done; carry the rest over.

    Parameters
    ----------
    run
        Folder of the earlier run, or a results file.
    fixed
        Sheet of corrected rows, such as an edited failed.xlsx; each replaces the row with the same sheetRow.
    output
        Folder for the new run [default: reports/<sheet>-<time>].
    form
        Format of results [default: xlsx].
    ticket
        Change ticket, for the results [default: as before].
    """
    if not os.path.exists(run):  # noqa: PTH110 - never raises, however odd the name
        raise SettingsError(f"{run}: no such run folder or results file")
    if not run.is_dir():
        if fixed:
            raise SettingsError(f"{run} is a file; to add corrections, give the run's folder instead")
        with begin_run(str(run), output=output, access=access, reading=reading, ticket=ticket_of(ticket)) as begun:
            if begun.manifest.rerun_of is None:
                begun.discard()
                raise SettingsError(f"{run} is not a results file; to run it as a sheet: {typed(['run', run])}")
            return complete(begun, access, effort, screen, form)
    with (
        Run.open(run) as earlier,
        begin_rerun(earlier, fixed, output=output, access=access, reading=reading, ticket=ticket_of(ticket)) as begun,
    ):
        return complete(begun, access, effort, screen, form, earlier)


def plan(
    sheet: str,
    /,
    *,
    output: OutputOption = None,
    form: FormatOption = None,
    against: AgainstOption = None,
    offline: SheetSwitch = False,
    deep: SheetSwitch = False,
    access: Access = DEFAULT_ACCESS,
    effort: Effort = DEFAULT_EFFORT,
    reading: Reading = DEFAULT_READING,
    screen: Screen = DEFAULT_SCREEN,
) -> ExitCode:
    """Say what a run would do, row by row; create nothing.

    Parameters
    ----------
    sheet
        Sheet to plan; same formats as `run`.
    output
        Folder for plan.xlsx [default: not written].
    form
        Format of the file [default: xlsx].
    against
        An earlier plan.xlsx, or its folder: what changed?
    offline
        Check the sheet only; contact no server.
    deep
        Also check for retired clients and missing agents or instances.
    """
    catalogue = known_errors(screen)
    if against and offline:
        raise SettingsError("--against compares what the server says: leave out --offline")
    earlier = earlier_plan(against, BACKUP_SET) if against else None
    if output:
        _make(output)
    with (
        tempfile.TemporaryDirectory(prefix="bulkprov-plan-", ignore_cleanup_errors=True) as folder,
        begin_run(sheet, output=Path(folder), access=access, reading=reading, offline=offline) as begun,
    ):
        if offline:
            say(*load_rows(begun))
            ended = as_it_stands(begun, CHECK)
            if screen.events:
                with EventLines() as events, events.of(begun, CHECK):
                    pass  # no row ends by it
        else:
            with job_on(begun, access, effort, screen, DEEP_PLAN if deep else PLAN) as job:
                show_destination(job, screen)
                ended = work(job)
            ended = with_log_kept(ended, begun)
        ended, written = reported(begun, ended, form, catalogue, output) if output else (ended, None)
        tell_rows(begun, ended, screen)
        since = None if earlier is None else changes(earlier, planned(begun.rows()))
        tell_end(begun, ended, written, (access, effort, reading), screen, since=since)
        return ended.exit_code


def rollback(
    run: Path,
    /,
    *,
    also_unproven: Switch = False,
    form: FormatOption = None,
    access: Access = DEFAULT_ACCESS,
    effort: Effort = DEFAULT_EFFORT,
    screen: Screen = DEFAULT_SCREEN,
) -> ExitCode:
    """Delete the backup sets that a run itself created, by id.

    Parameters
    ----------
    run
        The run's folder.
    also_unproven
        Delete as well what this run has perhaps made.
    form
        Format of results, which are written again [default: as before].
    """
    catalogue = known_errors(screen)
    with Run.open(run) as opened:
        if later := successor(opened.manifest):
            say(f"{run} was rerun as {later}, whose results still count the sets {run} created as done")
        if not screen.yes:
            _show_rollback(opened, access, screen, also_unproven=also_unproven)
            return ExitCode.DONE
        with job_on(opened, access, effort, screen, ROLLBACK) as job:
            show_server(job.access, job.credentials, screen)
            ended = work(replace(job, also_unproven=also_unproven))
            ended, written = reported(opened, ended, form, catalogue)
        tell_end(opened, ended, written, (access, effort), screen)
        return ended.exit_code


def verify(
    run: Path,
    /,
    *,
    form: FormatOption = None,
    access: Access = DEFAULT_ACCESS,
    effort: Effort = DEFAULT_EFFORT,
    screen: Screen = DEFAULT_SCREEN,
) -> ExitCode:
    """Check each done row on the server; report any gone or different.

    Parameters
    ----------
    run
        The run's folder; verification.xlsx is written into it.
    form
        Format of that file [default: as the results].
    """
    catalogue = known_errors(screen)
    with (
        Run.open(run) as opened,
        tempfile.TemporaryDirectory(prefix="bulkprov-verify-", ignore_cleanup_errors=True) as folder,
        begin_verification(opened, Path(folder)) as begun,
    ):
        access = opened.access(access)  # by its own name, and not that of a folder that will be gone
        with job_on(begun, access, effort, screen, VERIFY) as job:
            show_server(job.access, job.credentials, screen)
            ended = work(job)
        ended = with_log_kept(ended, begun)
        ended, written = reported(begun, ended, form or opened.format, catalogue, opened.folder)
        tell_rows(begun, ended, screen)
        tell_end(opened, ended, written, (access, effort), screen, worked_on=begun)
        return ended.exit_code


def _refuse_if_rerun(run: Run, screen: Screen, given: Sequence[str]) -> None:
    """Prevent a run from being resumed by mistake after another run has taken over its rows.

    Args:
        run: about to be resumed.
        screen: has `--yes`.
        given: options that the next command needs as well.

    Raises:
        RunError: it was rerun, and there is no `--yes`.
    """
    later = successor(run.manifest)
    if later and not screen.yes:
        raise RunError(
            f"{run.folder} was rerun as {later}, which now holds all its rows. To continue that run: "
            f"{typed(['resume', later, *given])}. To continue {run.folder} anyway, add --yes"
        )


def _show_rollback(run: Run, access: Access, screen: Screen, *, also_unproven: bool) -> None:
    """Say what a rollback would delete; delete nothing."""
    words = words_again(access, screen=screen)
    lines = to_roll_back(run, words, also_unproven=also_unproven)
    if screen.json or screen.events:
        say(*lines)
        ended, command = as_it_stands(run, ROLLBACK), []
        if ended.tally.rows or any(run.further(also_unproven=also_unproven)):
            command = ["bulkprov", "rollback", str(run.folder), "--yes"]
            command += [*(["--also-unproven"] if also_unproven else []), *words]
        shown = summary(run, ended, None, next_command=command) | {"exit_code": int(ExitCode.DONE)}
        tell_scripts(shown, screen)
    else:
        tell("\n".join(lines))


def _make(folder: Path) -> None:
    try:
        make_folder(folder)
    except OSError as error:
        raise SettingsError(f"--output {folder}: {error.strerror}") from error
