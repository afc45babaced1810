"""The commands that work on the rows of a sheet: `run`, `resume`, `rerun` and `plan`.

A command declares its options, opens or begins a `Run`, and has `workflow` do the rest. The help pages are in `app`.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bulkprov.cli.closing import known_errors, tell_end, tell_rows, words_again
from bulkprov.cli.events import EventLines
from bulkprov.cli.messages import other_runs
from bulkprov.cli.options import (
    DEFAULT_ACCESS,
    DEFAULT_EFFORT,
    DEFAULT_READ,
    DEFAULT_READ_SCREEN,
    DEFAULT_READING,
    DEFAULT_SCREEN,
    AgainstOption,
    DryRun,
    FormatOption,
    OutputOption,
    ReadEffort,
    ReadScreen,
    SheetSwitch,
    TicketOption,
    fitting,
    ticket_of,
    whole,
)
from bulkprov.cli.plan_lines import plan_ends
from bulkprov.cli.prompts import attended, chosen, for_people, say, tell
from bulkprov.cli.run_lines import standing, started
from bulkprov.cli.several import run_several
from bulkprov.cli.signing_in import show_destination, worked
from bulkprov.cli.workflow import complete, job_on, reported, run_folder
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.engine.model import Status
from bulkprov.engine.operations import CHECK, DEEP_PLAN, PLAN
from bulkprov.errors import ExitCode, RunError, SettingsError
from bulkprov.private import make_folder
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.formats import Format
from bulkprov.report.write import Written
from bulkprov.runs.begin import begin_rerun, begin_run
from bulkprov.runs.earlier_plan import changes, earlier_plan, plan_rows
from bulkprov.runs.execute import Ended, as_it_stands, with_log_kept
from bulkprov.runs.folder import FILES_OF_A_RUN, JOURNAL
from bulkprov.runs.holder import holder
from bulkprov.runs.intake import load_rows
from bulkprov.runs.overviews import file_of_run, find_run, unfinished
from bulkprov.runs.run import Run
from bulkprov.runs.unchanged import mark_refused
from bulkprov.settings import Access, Effort, Reading, Screen
from bulkprov.shell import typed

__all__ = ["plan", "rerun", "resume", "run"]


def run(
    sheet: str,
    /,
    *more: Annotated[str, Parameter(show=False)],
    output: OutputOption = None,
    form: FormatOption = None,
    ticket: TicketOption = "",
    dry_run: DryRun = False,
    access: Access = DEFAULT_ACCESS,
    effort: Effort = DEFAULT_EFFORT,
    reading: Reading = DEFAULT_READING,
    screen: Screen = DEFAULT_SCREEN,
) -> ExitCode:
    """Check a sheet, create its backup sets, write the results.

    Parameters
    ----------
    sheet
        CSV, TSV, XLSX, XLS, ODS; - is stdin; several: in turn.
    more
        Further sheets, run after it, each in a folder of its own.
    output
        Folder for this run [default: reports/<sheet>-<time>].
    form
        Format of results [default: xlsx].
    ticket
        Change ticket, for the results.
    dry_run
        Plan only: the same as `bulkprov plan`.
    """
    if more and output:
        raise SettingsError(f"--output {output}: that is one folder, and each sheet has one of its own; leave it out")
    if dry_run:
        if more and (screen.json or screen.events):
            option = "--json" if screen.json else "--events"
            raise SettingsError(
                f"{option} is about one plan: plan each sheet by itself: {typed(['plan', sheet, option])}"
            )
        planned = partial(plan, output=output, form=form, access=access, effort=effort, reading=reading, screen=screen)
        return max(map(planned, (sheet, *more)))
    if more:
        return run_several((sheet, *more), form, access, effort, reading, screen, ticket=ticket_of(ticket))
    sheet = file_of_run(sheet)
    reading = fitting(reading, sheet)
    with begin_run(sheet, output=output, access=access, reading=reading, ticket=ticket_of(ticket)) as begun:
        if (earlier := begun.manifest.earlier_run) and not begun.manifest.corrections_complete:
            say(f"{sheet} has the rows to fix of {earlier}: this is a rerun of that run, corrected by them")
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
        The run, by folder, name, or its beginning [default: the newest unfinished one].
    form
        Format of results [default: as before].
    """
    folder = _unfinished(screen) if run is None else run_folder(run)
    with Run.open(folder) as opened:
        if opened.manifest.discarded_at:
            again = typed(["discard", folder, "--undo"])
            raise RunError(f"{folder} was discarded. To take it up again: {again}")
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
        The earlier run, by folder or name; or a results file.
    fixed
        Sheet of corrected rows, such as an edited failed.xlsx; each replaces the row with the same sheetRow.
    output
        Folder for the new run [default: reports/<sheet>-<time>].
    form
        Format [default: as before].
    ticket
        Change ticket, for the results [default: as before].
    """
    fixed = file_of_run(fixed) if fixed else None
    if fixed and os.path.isfile(run) and _is_run(fixed):  # noqa: PTH113 - as below
        raise SettingsError(f"{fixed} is a run, and the run comes first: {typed(['rerun', fixed, run])}")
    of_a_run = run.name in FILES_OF_A_RUN or (fixed and (run.parent / JOURNAL).is_file())
    if os.path.isfile(run) and not of_a_run:  # noqa: PTH113 - never raises, however odd the name
        if fixed:
            raise SettingsError(f"{run} is a file; to add corrections, give the run's folder instead")
        reading = fitting(reading, str(run))
        with begin_run(str(run), output=output, access=access, reading=reading, ticket=ticket_of(ticket)) as begun:
            if begun.manifest.rerun_of is None:
                begun.unbegin()
                raise SettingsError(f"{run} is not a results file; to run it as a sheet: {typed(['run', run])}")
            return complete(begun, access, effort, screen, form)
    reading = fitting(reading, fixed) if fixed else reading
    with (
        Run.open(run_folder(run)) as earlier,
        begin_rerun(earlier, fixed, output=output, access=access, reading=reading, ticket=ticket_of(ticket)) as begun,
    ):
        return complete(begun, access, effort, screen, form, earlier)


def _is_run(named: str) -> bool:
    """Whether a run is meant, and no file."""
    try:
        return not os.path.isfile(named) and (find_run(Path(named)) / JOURNAL).is_file()  # noqa: PTH113 - as above
    except (RunError, OSError):
        return False


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
    effort: ReadEffort = DEFAULT_READ,
    reading: Reading = DEFAULT_READING,
    screen: ReadScreen = DEFAULT_READ_SCREEN,
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
    effort, screen, sheet = whole(effort), whole(screen), file_of_run(sheet)
    catalogue = known_errors(screen)
    if against and offline:
        raise SettingsError("--against compares what the server says: leave out --offline")
    earlier = earlier_plan(against, BACKUP_SET) if against else None
    if output:
        _make(output)
    with (
        tempfile.TemporaryDirectory(prefix="bulkprov-plan-", ignore_cleanup_errors=True) as folder,
        begin_run(sheet, output=Path(folder), access=access, reading=fitting(reading, sheet), offline=offline) as begun,
    ):
        if offline:
            say(*load_rows(begun, taking_over=False))
            refused = mark_refused(begun)
            ended = as_it_stands(begun, CHECK)
            if screen.events:
                with EventLines() as events, events.of(begun, CHECK):
                    pass  # no row ends by it
        else:
            with job_on(begun, access, effort, screen, DEEP_PLAN if deep else PLAN) as job:
                show_destination(job, screen)
                ended, _ = worked(job)
                refused = mark_refused(begun)
                for row, outcome in refused:
                    job.observer.ended(row, outcome)
            ended = with_log_kept(replace(ended, statuses=begun.statuses()), begun)
        ended, written = _kept(begun, ended, form, catalogue, output) if output else (ended, None)
        tell_rows(begun, ended, screen)
        since = None if earlier is None else changes(earlier, plan_rows(begun.rows(), begun.kind), deep=deep)
        tell_end(begun, ended, written, (access, effort, reading), screen, since=since)
        if not screen.json:
            would, numbers = ended.statuses[Status.WOULD_CREATE] > 0, [row.sheet_row for row, _ in refused]
            told = plan_ends(
                numbers, begun.manifest.earlier_run, would_create=would, deep=deep, plans=_names_plans(begun)
            )
            if told:
                tell("\n".join(told), to=for_people(screen))
        return ended.exit_code


def _kept(
    begun: Run, ended: Ended, form: Format | None, catalogue: Catalogue, output: Path
) -> tuple[Ended, Written | None]:
    """Write a plan into a folder, and say so if that replaces another one."""
    was_there = [path for path in output.glob("plan.*") if path.is_file()]
    ended, written = reported(begun, ended, form, catalogue, output)
    if written and written.results in was_there:
        say(f"{written.results} was there, and is replaced")
    return ended, written


def _unfinished(screen: Screen) -> Path:
    """The run to go on with if none is named: the newest, or the one that is chosen on a terminal."""
    newest, *others = unfinished()
    if others and attended() and not screen.yes:
        return chosen("Which run?", {each.folder: f"{started(each)}, {standing(each)}" for each in (newest, *others)})
    passed_over = any(each.untouched and each.began > newest.began for each in others)
    which = "the newest unfinished run that has sent something" if passed_over else "the newest unfinished run"
    say(f"continuing {newest.folder}, {which}: {standing(newest)}", *other_runs([each.folder for each in others]))
    return newest.folder


def _refuse_if_rerun(run: Run, screen: Screen, given: Sequence[str]) -> None:
    """Prevent a run from being resumed by mistake after another run has taken over its rows.

    Args:
        run: about to be resumed.
        screen: has `--yes`.
        given: options that the next command needs as well.

    Raises:
        RunError: it was rerun, and there is no `--yes`.
    """
    later = holder(run.manifest)
    if later is None:
        return
    told = f"{run.folder} was rerun as {later}, which now holds all its rows"
    if not screen.yes:
        raise RunError(
            f"{told}. To continue that run: {typed(['resume', later, *given])}. To continue {run.folder} anyway, "
            "add --yes"
        )
    say(f"{told}; by --yes {run.folder} is continued all the same")


def _names_plans(run: Run) -> bool:
    """Whether a row that would be created names a plan."""
    at = run.manifest.fields.get("planName")
    rows = (row for row in run.rows() if row.outcome and row.outcome.status is Status.WOULD_CREATE)
    return at is not None and any(row.cells[at].strip() for row in rows)


def _make(folder: Path) -> None:
    try:
        make_folder(folder)
    except OSError as error:
        raise SettingsError(f"--output {folder}: {error.strerror}") from error
