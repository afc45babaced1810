"""The command `plan`: what a run would do, row by row."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bulkprov.cli.closing import known_errors, tell_end, tell_rows
from bulkprov.cli.events import EventLines
from bulkprov.cli.options import (
    DEFAULT_ACCESS,
    DEFAULT_READ,
    DEFAULT_READ_SCREEN,
    DEFAULT_READING,
    AgainstOption,
    FormatOption,
    OutputOption,
    ReadEffort,
    ReadScreen,
    SheetSwitch,
    fitting,
    whole,
)
from bulkprov.cli.plan_lines import plan_ends
from bulkprov.cli.prompts import for_people, say, tell
from bulkprov.cli.signing_in import show_destination, worked
from bulkprov.cli.workflow import job_on, reported
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.engine.model import Outcome, Row, Status
from bulkprov.engine.operations import CHECK, DEEP_PLAN, PLAN
from bulkprov.errors import ExitCode, SettingsError
from bulkprov.private import make_folder
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.formats import Format
from bulkprov.report.write import Written
from bulkprov.runs.begin import begin_run
from bulkprov.runs.earlier_plan import changes, earlier_plan, plan_rows
from bulkprov.runs.execute import Ended, as_it_stands, with_log_kept
from bulkprov.runs.intake import load_rows
from bulkprov.runs.overviews import file_of_run
from bulkprov.runs.run import Run
from bulkprov.runs.unchanged import mark_refused
from bulkprov.settings import Access, Reading, Screen

__all__ = ["plan"]


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
            ended, refused = _checked(begun, screen)
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
            _tell_limits(begun, ended, [row.sheet_row for row, _ in refused], screen, deep=deep)
        return ended.exit_code


def _checked(begun: Run, screen: Screen) -> tuple[Ended, Sequence[tuple[Row, Outcome]]]:
    """Check a sheet without a server: how that ended, and the rows that were refused and are not changed since."""
    say(*load_rows(begun, taking_over=False))
    refused = mark_refused(begun)
    if screen.events:
        with EventLines() as events, events.of(begun, CHECK):
            pass  # no row ends by it
    return as_it_stands(begun, CHECK), refused


def _tell_limits(begun: Run, ended: Ended, refused: Sequence[int], screen: Screen, *, deep: bool) -> None:
    """Say what a plan has not looked at, and which rows it takes at the word of an earlier run."""
    would = ended.statuses[Status.WOULD_CREATE] > 0
    told = plan_ends(refused, begun.manifest.earlier_run, would_create=would, deep=deep, plans=_names_plans(begun))
    if told:
        tell("\n".join(told), to=for_people(screen))


def _kept(
    begun: Run, ended: Ended, form: Format | None, catalogue: Catalogue, output: Path
) -> tuple[Ended, Written | None]:
    """Write a plan into a folder, and say so if that replaces another one."""
    was_there = [path for path in output.glob("plan.*") if path.is_file()]
    ended, written = reported(begun, ended, form, catalogue, output)
    if written and written.results in was_there:
        say(f"{written.results} was there, and is replaced")
    return ended, written


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
