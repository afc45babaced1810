"""Steps shared by the commands that work on a run: take the rows in, ask, work with progress on the screen, report.

It joins the screen and the runs. The words are in `messages` and `json_output`, the questions in `prompts`.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from bulkprov.cli.closing import known_errors, tell_end, tell_rows, words_again
from bulkprov.cli.events import EventLines
from bulkprov.cli.messages import window
from bulkprov.cli.progress import TerminalObserver
from bulkprov.cli.prompts import attended, say
from bulkprov.cli.signing_in import ask_for, show_destination, with_password
from bulkprov.commvault.auth import OpenSession
from bulkprov.engine.operations import PLAN, RUN, Operation
from bulkprov.errors import ExitCode, RefusedError, SettingsError, Stop, StorageError, UsageError
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.formats import Format
from bulkprov.report.write import Written
from bulkprov.runs.begin import begin_plan
from bulkprov.runs.connect import credentials_for, end_session
from bulkprov.runs.environment import this_machine
from bulkprov.runs.execute import Ended, as_it_stands, carry_out, drive
from bulkprov.runs.intake import load_rows
from bulkprov.runs.job import Job
from bulkprov.runs.log import Log, open_log
from bulkprov.runs.run import Run
from bulkprov.runs.under_way import BESIDE, announce, refuse_beside, withdraw
from bulkprov.settings import Access, Effort, Screen
from bulkprov.shell import typed

__all__ = [
    "complete",
    "job_on",
    "known_errors",
    "no_log",
    "reported",
    "tell_end",
    "tell_rows",
    "words_again",
    "work",
]


def complete(
    run: Run,
    access: Access,
    effort: Effort,
    screen: Screen,
    form: Format | None,
    earlier: Run | None = None,
) -> ExitCode:
    """Take the rows in, create what they name, report: what `run`, `resume` and `rerun` have in common.

    Args:
        run: just begun, or opened again.
        access: which server.
        effort: how hard to try.
        screen: what to show, and whether to ask.
        form: the format of the results; None for that of the last time.
        earlier: the run that this one reruns, if it is open already.

    Raises:
        BulkprovError: the command cannot go on.
    """
    try:
        catalogue = known_errors(screen)
    except SettingsError:
        run.discard()
        raise
    with _kept_if_sent(run), job_on(run, access, effort, screen, earlier=earlier) as job:
        username = "" if job.access.simulate else job.credentials.username
        # now, so that `resume` knows the format, and the results say who it was, even after a kill
        run.update(username=username, results_format=form or run.manifest.results_format)
        _look_around(job, screen, earlier)
        _confirm(job, screen)
        if job.window_end:
            job.observer.say(window(job.window_end, job.environment.now()))
        ended, job = _plan_first(job, screen) if effort.plan_first else (None, job)  # noqa: PLW2901 - the same job
        ended, written = reported(run, ended or work(job), form, catalogue)
        withdraw(run)
    tell_end(run, ended, written, (access, effort), screen, catalogue)
    return ended.exit_code


@contextmanager
def _kept_if_sent(run: Run) -> Iterator[None]:
    """Discard a new run if the server refuses the credentials: it has done nothing, and the command is typed again."""
    try:
        yield
    except RefusedError:
        run.discard(unsent=True)
        raise


@contextmanager
def job_on(
    run: Run,
    access: Access,
    effort: Effort,
    screen: Screen,
    operation: Operation = RUN,
    *,
    earlier: Run | None = None,
) -> Iterator[Job]:
    """A job on a run: its rows taken in, its log open.

    How to sign in is found out first: a missing password should not cost the reading of a sheet.

    Args:
        run: just begun, or opened again.
        access: which server.
        effort: how hard to try.
        screen: what to show, and whether to ask.
        operation: what is wanted of the rows.
        earlier: the run that this one reruns, if it is open already.

    Raises:
        UsageError: the settings, the sheet or the run cannot be used. A run that has no rows yet is discarded.
    """
    environment = this_machine()
    window_end = effort.window_ends(environment.now())  # now: reading a sheet and answering questions take time
    with EventLines() if screen.events else nullcontext() as events:
        observer = TerminalObserver(screen, events)
        try:
            access = run.access(access)
            credentials = credentials_for(access, ask_for(access))
            for line in load_rows(run, earlier):
                observer.say(line)
        except UsageError:
            run.discard()
            raise
        with run.log(verbose=screen.verbose, console=not screen.quiet) as log:
            yield Job(
                run=run,
                access=access,
                effort=effort,
                credentials=credentials,
                log=log,
                operation=operation,
                observer=observer,
                environment=environment,
                window_end=window_end,
            )


def work(job: Job) -> Ended:
    """Carry out a job on an event loop of its own.

    Raises:
        RefusedError: the server has refused the credentials.
    """
    ended, _ = _worked(job)
    return ended


def _worked(job: Job) -> tuple[Ended, Job]:
    """See `work`; and the job with the credentials that were accepted."""
    ended, accepted = with_password(
        job.credentials, job.access, lambda each: drive(carry_out(replace(job, credentials=each)))
    )
    return ended, replace(job, credentials=accepted)


def no_log(screen: Screen) -> Log:
    """A log that keeps no file."""
    return open_log(None, verbose=screen.verbose, console=not screen.quiet)


def _look_around(job: Job, screen: Screen, earlier: Run | None) -> None:
    """Name the unfinished runs that have rows in common with this one, and ask before one that is under way is joined.

    Raises:
        RunError: there is one, and the answer was no. The rows are taken in, and `resume` goes on.
    """
    others = announce(job.run, earlier)
    words = words_again(job.access, job.effort, screen=screen, unsent=True)
    advice = f"Once it has ended: {typed(['resume', job.run.folder, *words])}. To go on now, add --yes"
    if not (screen.yes or attended()):
        refuse_beside(others, advice)
    for other in others:
        job.observer.say(f"{other.told}: {BESIDE}" if other.under_way else other.told)
        if other.under_way and not job.observer.ask("Go on all the same?"):
            refuse_beside(others, advice)


def _confirm(job: Job, screen: Screen) -> None:
    """Show where the rows go; before anything is sent to a real server, ask on a terminal.

    Raises:
        SettingsError: the answer was no. The rows are taken in, and `resume` goes on.
    """
    if job.access.simulate:
        return
    show_destination(job, screen)
    if attended() and not job.access.loopback and not job.observer.ask("Send these rows?"):
        words = words_again(job.access, job.effort, screen=screen, unsent=True)
        raise SettingsError(f"nothing was sent; to continue later: {typed(['resume', job.run.folder, *words])}")


def _plan_first(job: Job, screen: Screen) -> tuple[Ended | None, Job]:
    """See `_planned`. A password that is sent once has to do for the plan and the run."""
    if not (job.credentials.sent_once or job.credentials.asked):
        return _planned(job, screen)
    shared = OpenSession()
    ended, job = _planned(replace(job, shared=shared), screen)
    if job.credentials.sent_once and not ended:
        return None, job
    if shared.token:
        drive(end_session(job.access, job.credentials, shared, job.log))
    return ended, replace(job, shared=None)


def _planned(job: Job, screen: Screen) -> tuple[Ended | None, Job]:
    """With --plan-first, how the run ended with nothing sent, None if it is to go on; and the job as it goes on.

    It is refused if the plan found rows that would fail, and the answer was not to go on. One that stopped early says
    nothing against the rows.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bulkprov-plan-", ignore_cleanup_errors=True) as folder,
        begin_plan(job.run, Path(folder), job.effort.limit) as begun,
    ):
        planned, plan = _worked(replace(job, run=begun, operation=PLAN))
        job = replace(job, credentials=plan.credentials)
        if planned.stop:
            return replace(as_it_stands(job.run), stop=planned.stop), job
        unwell = sum(count for status, count in planned.statuses.items() if status not in PLAN.well)
        unwell += job.run.invalid()
        tell_rows(begun, planned, screen)
    if not unwell:
        return None, job
    reason = f"{unwell} row{'' if unwell == 1 else 's'} would not succeed (--plan-first)"
    if job.observer.ask(f"{reason}. Continue with the rest?"):
        return None, job
    return replace(as_it_stands(job.run), stop=Stop(reason, ExitCode.NO_SERVER), refused=True), job


def reported(
    run: Run, ended: Ended, form: Format | None, catalogue: Catalogue, folder: Path | None = None
) -> tuple[Ended, Written | None]:
    """Write the file of what was done. If it cannot be written, it ended by that, and the summary is printed still.

    Args:
        run: whose rows are written.
        ended: how the work on them ended.
        form: the format; None for that of the last time.
        catalogue: what errors mean.
        folder: where to write, if not into the run's own folder.
    """
    stopped = ended.stop is not None
    try:
        return ended, run.report(
            form, catalogue, operation=ended.operation, folder=folder, stopped=stopped, refused=ended.refused
        )
    except StorageError as error:
        if ended.stop and ended.stop.exit_code is ExitCode.NOT_WRITTEN:
            say(str(error))
            return ended, None
        return replace(ended, stop=Stop(str(error), ExitCode.NOT_WRITTEN)), None
