"""Steps shared by the commands that work on a run: take the rows in, ask, work with progress on the screen, report.

It joins the screen and the runs. The words are in `messages` and `json_output`, the questions in `prompts`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from bulkprov.cli.before_sending import confirm_rows, look_around, refuse_second_rerun, refuse_strayed
from bulkprov.cli.closing import known_errors, tell_end, words_again, words_in_files
from bulkprov.cli.events import EventLines
from bulkprov.cli.interrupted import says_what_is_left, to_go_on
from bulkprov.cli.messages import window
from bulkprov.cli.origins import from_settings, typed_options
from bulkprov.cli.plan_first import plan_first
from bulkprov.cli.progress import TerminalObserver
from bulkprov.cli.prompts import say
from bulkprov.cli.signing_in import own_secrets, prepared, worked
from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.operations import RUN, Operation
from bulkprov.errors import (
    DeclinedError,
    ExitCode,
    RefusedError,
    SettingsError,
    Stop,
    StorageError,
    UnreachedError,
    UsageError,
)
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.formats import Format
from bulkprov.report.write import Written
from bulkprov.runs.environment import this_machine
from bulkprov.runs.execute import Ended
from bulkprov.runs.folder import NO_FILES
from bulkprov.runs.intake import load_rows
from bulkprov.runs.job import Job
from bulkprov.runs.kept_options import kept_words, spared, with_kept
from bulkprov.runs.kept_plan import forget
from bulkprov.runs.log import Log, open_log
from bulkprov.runs.overviews import find_run
from bulkprov.runs.run import Run
from bulkprov.runs.under_way import withdraw
from bulkprov.settings import Access, Effort, Screen
from bulkprov.shell import typed

__all__ = [
    "as_kept",
    "carried_out",
    "complete",
    "job_on",
    "no_log",
    "reported",
    "run_folder",
    "sparing",
]


@says_what_is_left
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
        run.unbegin()
        raise
    effort = as_kept(run, effort)
    with _kept_if_sent(run), job_on(run, access, effort, screen, earlier=earlier) as job:
        known, kept = replace(job, catalogue=catalogue), _is_read_once(run)
        ended, written, _ = carried_out(known, screen, form, catalogue, earlier, kept=kept)
    tell_end(run, ended, written, (access, effort), screen, catalogue)
    return ended.exit_code


def as_kept(run: Run, effort: Effort) -> Effort:
    """The options of a command on a run, completed by those that the run keeps, which is said; kept from now on.

    Args:
        run: just begun, or opened again.
        effort: how hard to try, as it is given.
    """
    held, changes = with_kept(run.manifest, effort, typed=typed_options(), settings=from_settings())
    earlier = run.manifest.earlier_run if run.new else None
    say(*kept_words(effort, held, f"as {earlier} was run" if earlier else "as the run was begun"))
    run.update(**changes)
    return held


def sparing(run: Run, effort: Effort, operation: Operation) -> Effort:
    """The options of a command that creates nothing, completed by those that spare the run's server, which is said.

    Args:
        run: whose rows it works on.
        effort: how hard to try, as it is given.
        operation: what it does.
    """
    held = spared(run.manifest, effort, operation, typed=typed_options(), settings=from_settings())
    say(*kept_words(effort, held, "as the run was begun"))
    return held


def carried_out(
    job: Job,
    screen: Screen,
    form: Format | None,
    catalogue: Catalogue,
    earlier: Run | None = None,
    *,
    confirm: bool = True,
    kept: bool = False,
) -> tuple[Ended, Written | None, Credentials]:
    """Look around, ask, plan if that is wanted, create, and write the results.

    Args:
        job: with its rows taken in.
        screen: what to show, and whether to ask.
        form: the format of the results; None for that of the last time.
        catalogue: what errors mean.
        earlier: the run that this one reruns, if it is open already.
        confirm: whether to ask before anything is sent.
        kept: whether the run is kept even if it is new and nothing of it is sent.

    Returns:
        how it ended, the files, and the credentials that were accepted.

    Raises:
        BulkprovError: the command cannot go on.
    """
    run = job.run
    username = "" if job.access.simulate else job.credentials.username
    # now, so that `resume` knows the format, and the results say who it was, even after a kill
    run.update(username=username, results_format=form or run.manifest.results_format)
    later = (
        ""
        if run.new and not kept
        else typed(["resume", run.folder, *words_again(job.access, job.effort, screen=screen, unsent=True)])
    )
    look_around(job, screen, earlier, later)
    if confirm:
        confirm_rows(job, screen, later)
    forget(run)
    if job.window_end:
        rows = min(run.left(), job.effort.limit or run.left())
        job.observer.say(window(job.window_end, job.environment.now(), job.effort.per_second, rows))
    ended, job = plan_first(job, screen, catalogue) if job.effort.plan_first else (None, job)
    if ended is None:
        ended, job = worked(job)
    if ended.stop and ended.stop.unreached and run.new and not kept:
        raise UnreachedError(_unreached(run, ended.stop.reason))
    ended, written = reported(run, ended, form, catalogue)
    withdraw(run)
    return ended, written, job.credentials


def _unreached(run: Run, why: str) -> str:
    """What is said where a new run did not get as far as its first row; the server of a rerun is that of its run."""
    end = "" if why.endswith((".", "?")) else "."
    option = "--proxy" if "the proxy " in why else "" if run.manifest.earlier_run else "--server"
    right = f", with the right {option} if that was not it" if option else ""
    return f"{why}{end} Nothing was sent, and no run is kept: give the same command again{right}"


@contextmanager
def _kept_if_sent(run: Run) -> Iterator[None]:
    """Undo a new run that was declined, or that did not get past its log-in: it has done nothing that is worth keeping.

    If it was declined, and its rows cannot be read again, they are.
    """
    try:
        yield
    except (RefusedError, UnreachedError, DeclinedError) as error:
        if not isinstance(error, DeclinedError) or not _is_read_once(run):
            run.unbegin(unsent=True)
        raise


def _is_read_once(run: Run) -> bool:
    """Whether the rows of a run, or what corrects them, came from where they cannot be read again."""
    return run.manifest.sheet in NO_FILES or str(run.manifest.corrections or "") in NO_FILES


@contextmanager
def job_on(
    run: Run,
    access: Access,
    effort: Effort,
    screen: Screen,
    operation: Operation = RUN,
    *,
    earlier: Run | None = None,
    credentials: Credentials | None = None,
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
        credentials: if it is known already how to sign in.

    Raises:
        UsageError: the settings, the sheet or the run cannot be used. The beginning of a run without
            rows is undone.
    """
    environment = this_machine()
    window_end = effort.window_ends(environment.now())  # now: reading a sheet and answering questions take time
    with EventLines() if screen.events else nullcontext() as events:
        observer = TerminalObserver(screen, events)
        try:
            access = run.access(access)
            if credentials:
                access = own_secrets(access)
            else:
                access, credentials = prepared(access)
            if operation.creates:
                refuse_second_rerun(run, screen)
                refuse_strayed(run, screen, words_again(access, effort, screen=screen, unsent=True))
            for line in load_rows(run, earlier, taking_over=operation.creates):
                observer.say(line)
        except UsageError:
            run.unbegin()
            raise
        run.update(words_again=tuple(words_in_files(access, screen, operation)))
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
                go_on=to_go_on(run, access, effort, screen, operation.name) if operation.act else "",
            )


def run_folder(named: Path) -> Path:
    """The folder of the run that is meant, said if it was not named in full."""
    folder = find_run(named)
    if folder != named:
        say(f"run: {folder}")
    return folder


def no_log(screen: Screen) -> Log:
    """A log that keeps no file."""
    return open_log(None, verbose=screen.verbose, console=not screen.quiet)


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
