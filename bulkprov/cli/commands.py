"""The commands that send the rows of a sheet: `run`, `resume` and `rerun`.

A command declares its options, opens or begins a `Run`, and has `workflow` do the rest. The help pages are in `app`.
"""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bulkprov.cli.closing import words_again
from bulkprov.cli.messages import other_runs
from bulkprov.cli.options import (
    DEFAULT_ACCESS,
    DEFAULT_EFFORT,
    DEFAULT_READING,
    DEFAULT_SCREEN,
    DryRun,
    FormatOption,
    OutputOption,
    TicketOption,
    fitting,
    ticket_of,
)
from bulkprov.cli.plan import plan
from bulkprov.cli.prompts import attended, chosen, say
from bulkprov.cli.run_lines import standing, started
from bulkprov.cli.several import run_several
from bulkprov.cli.workflow import complete, run_folder
from bulkprov.errors import ExitCode, RunError, SettingsError
from bulkprov.runs.begin import begin_rerun, begin_run
from bulkprov.runs.folder import FILES_OF_A_RUN, JOURNAL
from bulkprov.runs.holder import holder
from bulkprov.runs.overviews import file_of_run, find_run, unfinished
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort, Reading, Screen
from bulkprov.shell import typed

__all__ = ["rerun", "resume", "run"]


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
    if os.path.isfile(Path(sheet) / JOURNAL):  # noqa: PTH113 - never raises, however odd the name
        raise SettingsError(
            f"{sheet} is a run, and no sheet: {typed(['resume', sheet])} goes on with it, and "
            f"{typed(['rerun', sheet])} tries the rows again that are not done"
        )
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
