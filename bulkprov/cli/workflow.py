"""Steps shared by the commands that work on a run: take the rows in, ask, work with progress on the screen, report.

It joins the screen and the runs. The words are in `messages` and `json_output`, the questions in `prompts`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from bulkprov.cli.closing import known_errors, tell_end, words_again
from bulkprov.cli.events import EventLines
from bulkprov.cli.interrupted import says_what_is_left, to_go_on
from bulkprov.cli.messages import window
from bulkprov.cli.origins import from_settings, typed_options
from bulkprov.cli.plan_first import plan_first
from bulkprov.cli.progress import TerminalObserver
from bulkprov.cli.prompts import attended, confirmed, say
from bulkprov.cli.signing_in import ask_for, show_destination, worked
from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.operations import RUN, Operation
from bulkprov.errors import (
    DeclinedError,
    ExitCode,
    RefusedError,
    RunError,
    SettingsError,
    Stop,
    StorageError,
    UsageError,
)
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.formats import Format
from bulkprov.report.write import Written
from bulkprov.runs.connect import credentials_for
from bulkprov.runs.environment import this_machine
from bulkprov.runs.execute import Ended
from bulkprov.runs.holder import holder, holder_of
from bulkprov.runs.intake import NO_FILES, load_rows
from bulkprov.runs.job import Job
from bulkprov.runs.kept_brakes import braked_words, with_kept
from bulkprov.runs.kept_plan import forget
from bulkprov.runs.log import Log, open_log
from bulkprov.runs.overviews import find_run
from bulkprov.runs.run import Run
from bulkprov.runs.strayed import strayed_from
from bulkprov.runs.under_way import BESIDE, announce, refuse_beside, withdraw
from bulkprov.settings import Access, Effort, Screen
from bulkprov.shell import typed
from bulkprov.text import plural

__all__ = [
    "braked",
    "carried_out",
    "complete",
    "job_on",
    "no_log",
    "refuse_second_rerun",
    "refuse_strayed",
    "reported",
    "run_folder",
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
    effort = braked(run, effort)
    with _kept_if_sent(run), job_on(run, access, effort, screen, earlier=earlier) as job:
        known, kept = replace(job, catalogue=catalogue), _is_read_once(run)
        ended, written, _ = carried_out(known, screen, form, catalogue, earlier, kept=kept)
    tell_end(run, ended, written, (access, effort), screen, catalogue)
    return ended.exit_code


def braked(run: Run, effort: Effort) -> Effort:
    """The options of a command on a run, completed by the brakes that the run keeps, which is said; kept from now on.

    Args:
        run: just begun, or opened again.
        effort: how hard to try, as it is given.
    """
    held, changes = with_kept(run.manifest, effort, typed=typed_options(), settings=from_settings())
    earlier = run.manifest.earlier_run if run.new else None
    say(*braked_words(effort, held, f"as {earlier} was run" if earlier else "as the run was begun"))
    run.update(**changes)
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
    _look_around(job, screen, earlier, later)
    if confirm:
        _confirm(job, screen, later)
    forget(run)
    if job.window_end:
        job.observer.say(window(job.window_end, job.environment.now()))
    ended, job = plan_first(job, screen, catalogue) if job.effort.plan_first else (None, job)
    if ended is None:
        ended, job = worked(job)
    ended, written = reported(run, ended, form, catalogue)
    withdraw(run)
    return ended, written, job.credentials


@contextmanager
def _kept_if_sent(run: Run) -> Iterator[None]:
    """Undo a new run that was declined, or whose credentials are refused: it has done nothing that is worth keeping.

    If it was declined, and its rows cannot be read again, they are.
    """
    try:
        yield
    except (RefusedError, DeclinedError) as error:
        if isinstance(error, RefusedError) or not _is_read_once(run):
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
            credentials = credentials or credentials_for(access, ask_for(access))
            if operation.creates:
                refuse_second_rerun(run, screen)
                refuse_strayed(run, screen, words_again(access, effort, screen=screen, unsent=True))
            for line in load_rows(run, earlier, taking_over=operation.creates):
                observer.say(line)
        except UsageError:
            run.unbegin()
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
                go_on=to_go_on(run, access, effort, screen, operation.name) if operation.act else "",
            )


def refuse_second_rerun(run: Run, screen: Screen) -> None:
    """Prevent a run from being rerun by mistake once more: its rows would be in two branches of the wave then.

    Args:
        run: about to take its rows in.
        screen: has `--yes`.

    Raises:
        RunError: the run that it reruns was rerun before, and the answer was no.
    """
    earlier = run.manifest.earlier_run
    if earlier is None or run.manifest.loaded:
        return
    folder = run.manifest.directory / earlier
    later = holder(run.earlier.manifest) if run.earlier else holder_of(folder)
    if later is None or later.resolve() == run.folder.resolve():
        return
    told = f"{earlier} was rerun as {later}, which holds its rows now"
    if not confirmed(f"{told}. Rerun {earlier} once more all the same?", yes=screen.yes):
        raise RunError(
            f"{told}: {typed(['report', later])} names the command to go on with. To rerun {earlier} once more, as "
            "a second branch of the wave, add --yes"
        )
    if screen.yes:
        say(f"{told}: this is another branch of the wave")


def refuse_strayed(run: Run, screen: Screen, given: Sequence[str]) -> None:
    """Prevent rows of a run from being run by themselves by mistake: no results would have the whole wave then.

    Args:
        run: about to take its rows in.
        screen: has `--yes`.
        given: options that the next command needs as well.

    Raises:
        RunError: its sheet has rows of another run, and the answer was no.
    """
    strayed = strayed_from(run)
    if strayed is None:
        return
    (folder, rows), sheet = strayed, run.manifest.sheet
    told = f"{sheet} has rows of {folder} ({plural(rows, 'row')} with its numbers and names)"
    whole = f"to correct that run, with its whole wave in the results: {typed(['rerun', folder, sheet, *given])}"
    if screen.yes:
        say(f"{told}; by --yes they are a wave of their own. Another time, {whole}")
    elif not confirmed(f"{told}; {whole}\nRun it as a wave of its own all the same?", yes=False):
        raise RunError(f"nothing is sent: {told}; {whole}. To run it as a wave of its own all the same, add --yes")


def run_folder(named: Path) -> Path:
    """The folder of the run that is meant, said if it was not named in full."""
    folder = find_run(named)
    if folder != named:
        say(f"run: {folder}")
    return folder


def no_log(screen: Screen) -> Log:
    """A log that keeps no file."""
    return open_log(None, verbose=screen.verbose, console=not screen.quiet)


def _look_around(job: Job, screen: Screen, earlier: Run | None, later: str) -> None:
    """Name the unfinished runs that have rows in common with this one, and ask before one that is under way is joined.

    Args:
        job: about to begin.
        screen: has `--yes`.
        earlier: the run that it reruns, if it is open already.
        later: the command that goes on with it another time; empty if no run is kept for that.

    Raises:
        DeclinedError: there is one, and the answer was no.
    """
    others = announce(job.run, earlier)
    once = f": {later}" if later else ", give the same command again, if it is needed still: no run is kept of this one"
    advice = f"Once it has ended{once}. To go on now, add --yes"
    if not (screen.yes or attended()):
        refuse_beside(others, advice)
    for other in others:
        job.observer.say(f"{other.told}: {BESIDE}" if other.under_way else other.told)
        if other.under_way and not job.observer.ask("Go on all the same?"):
            refuse_beside(others, advice)


def _confirm(job: Job, screen: Screen, later: str) -> None:
    """Show where the rows go; before anything is sent to a real server, ask on a terminal.

    Args:
        job: about to begin.
        screen: what to show.
        later: as for `_look_around`.

    Raises:
        DeclinedError: the answer was no.
    """
    if job.access.simulate:
        return
    asks = attended() and not job.access.loopback
    show_destination(job, screen, asks=asks)
    if asks and not job.observer.ask("Send these rows?"):
        raise DeclinedError(f"nothing was sent{f'; to continue later: {later}' if later else ', and no run is kept'}")


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
