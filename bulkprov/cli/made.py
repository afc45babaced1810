"""The commands on what runs have made: `rollback` and `verify`, of one run or of a whole wave."""

import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bulkprov.cli.closing import known_errors, summed_up, tell_rows, tell_scripts, words_again
from bulkprov.cli.interrupted import says_how_to_go_on
from bulkprov.cli.json_output import summary, together
from bulkprov.cli.made_ends import Done, at_least, tell_all
from bulkprov.cli.options import (
    DEFAULT_ACCESS,
    DEFAULT_READ,
    DEFAULT_READ_SCREEN,
    DEFAULT_UNDO,
    DEFAULT_UNDO_SCREEN,
    FormatOption,
    ReadEffort,
    ReadScreen,
    Switch,
    UndoEffort,
    UndoScreen,
    whole,
)
from bulkprov.cli.prompts import columns, say, tell
from bulkprov.cli.rollback_lines import also_unproven_of, made_by_others, to_roll_back
from bulkprov.cli.signing_in import SignIn, show_server, worked
from bulkprov.cli.words import SHOWN
from bulkprov.cli.workflow import job_on, reported, run_folder, sparing
from bulkprov.engine.model import Status
from bulkprov.engine.operations import ROLLBACK, VERIFY
from bulkprov.errors import BulkprovError, ExitCode, InUseError
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.formats import Format
from bulkprov.runs.begin import begin_verification
from bulkprov.runs.execute import as_it_stands, broken_off, with_log_kept, worst
from bulkprov.runs.run import Run
from bulkprov.runs.wave import Wave, carried_from, mark_rolled_back, not_taken_over, wave_of
from bulkprov.settings import Access, Effort, Screen
from bulkprov.shell import typed
from bulkprov.text import plural

__all__ = ["rollback", "verify"]


def rollback(
    run: Path,
    /,
    *,
    wave: Switch = False,
    also_unproven: Switch = False,
    form: FormatOption = None,
    access: Access = DEFAULT_ACCESS,
    effort: UndoEffort = DEFAULT_UNDO,
    screen: UndoScreen = DEFAULT_UNDO_SCREEN,
) -> ExitCode:
    """Delete the backup sets that a run itself created, by id.

    Parameters
    ----------
    run
        The run: its folder, its name or the beginning of it, a file in it, or latest.
    wave
        The runs too that it reruns, and those that rerun it.
    also_unproven
        Delete as well what this run has perhaps made.
    form
        Format of results, which are written again [default: as before].
    """
    effort, screen = whole(effort), whole(screen)
    catalogue, folder = known_errors(screen), run_folder(run)
    links = wave_of(folder)
    with ExitStack() as stack:
        opened = _opened(folder, links, stack, wave=wave)
        runs = [each for each in opened if wave or each.folder == folder]
        later = [each for each in opened if each not in runs]
        lost = [*links.missing, *links.unread] if wave else []
        given = words_again(access, effort, screen=screen, unsent=not screen.yes) + (["--wave"] if wave else [])
        if told := [each for each in later if carried_from(each).get(runs[0].name)]:
            names = ", ".join(str(each.folder) for each in told)
            marked = "they are marked" if screen.yes else "they would be marked"
            say(f"rows of {folder} were carried over into {names}: {marked} as rolled back there too")
        if not screen.yes:
            _show_rollback(runs, given, lost, folder, screen, also_unproven=also_unproven)
            return ExitCode.DONE
        asked = [*(["--wave"] if wave else []), *(["--also-unproven"] if also_unproven else [])]
        go_on: list[str | Path] = ["rollback", folder, "--yes", *words_again(access, effort, screen=screen), *asked]
        stack.enter_context(says_how_to_go_on(go_on))
        done = _rolled_back(runs, access, effort, screen, catalogue, typed(go_on), also_unproven=also_unproven)
        for each in (*runs, *later):
            if mark_rolled_back(each, [other for other in runs if other is not each]) and each not in runs:
                say(f"{each.folder} had carried these over: its results are written again")
                reported(each, as_it_stands(each), None, catalogue)
        for one in done:
            left = not_taken_over(one.ended.leftovers, one.run, runs)
            one.ended, one.written = reported(one.run, replace(one.ended, leftovers=left), form, catalogue)
        others = [line for each in runs for line in made_by_others(each, carried_from(each), runs, wave=wave)]
        unproven = [each for one in done for each in one.ended.leftovers] if wave else []
        code = at_least(worst([each.ended for each in done]), incomplete=wave and bool(others or links.missing))
        lines = [*others, *lost, *also_unproven_of(folder, unproven, given)]
        tell_all(done, lines, (access, effort), asked, screen, code)
        return code


def _opened(folder: Path, links: Wave, stack: ExitStack, *, wave: bool) -> list[Run]:
    """The runs of a wave held open, newest first; of those that are not to be rolled back themselves, what can be had.

    Raises:
        RunError: one that is to be rolled back cannot be opened.
    """
    opened = list[Run]()
    for path in links.folders:
        try:
            opened.append(stack.enter_context(Run.open(path)))
        except InUseError as error:
            if wave or path == folder:
                raise
            say(f"{path} has carried over sets of {folder}, and its results still count them as done: {error}")
        if path == folder and not wave:
            break  # what is older has carried over nothing
    return opened


def _rolled_back(
    runs: Sequence[Run],
    access: Access,
    effort: Effort,
    screen: Screen,
    catalogue: Catalogue,
    go_on: str,
    *,
    also_unproven: bool,
) -> list[Done]:
    """Roll runs back, one after the other, as far as they can be; `go_on` is the command that goes on after Ctrl-C.

    Raises:
        BulkprovError: the first one cannot be. Another one that cannot be ends it, and what was deleted is told.
    """
    done, sign_in = list[Done](), SignIn()
    for number, run in enumerate(runs, 1):
        try:
            credentials = sign_in.prepared(run.access(access), more=len(runs) > 1)
            with job_on(run, access, effort, screen, ROLLBACK, credentials=credentials) as job:
                if number == 1:
                    show_server(job.access, job.credentials, screen)
                if len(runs) > 1 and not screen.quiet:
                    job.observer.say(f"rolling back {run.folder}, {number} of {len(runs)}")
                held = sparing(run, effort, ROLLBACK)
                wanted = replace(job, effort=held, also_unproven=also_unproven, catalogue=catalogue)
                wanted = replace(wanted, shared=sign_in.session, go_on=go_on)
                with sign_in.ended_with(wanted):
                    ended, accepted = worked(wanted)
                    sign_in.credentials = accepted.credentials
                    if number == len(runs) or ended.stop:
                        sign_in.end(accepted)
        except BulkprovError as error:
            if not done:
                raise
            ended = broken_off(run, error, ROLLBACK)
        done.append(Done(run, ended))
        if ended.stop:
            break
    return done


def _show_rollback(
    runs: Sequence[Run], given: Sequence[str], lost: Sequence[str], folder: Path, screen: Screen, *, also_unproven: bool
) -> None:
    """Say what a rollback would delete; delete nothing."""
    lines = list[str]()
    if len(runs) > 1:
        lines.append(f"The wave has {plural(len(runs), 'run')}: {', '.join(str(each.folder) for each in runs)}")
    any_made = False
    for run in runs:
        most = SHOWN if screen.json or screen.events or columns(sys.stdout) else sys.maxsize
        told, made = to_roll_back(run, folder, given, also_unproven=also_unproven, rolled_back=runs, most=most)
        any_made = any_made or made
        lines += [*told, *made_by_others(run, carried_from(run), runs, wave="--wave" in given)]
    lines += lost
    unproven = ["--also-unproven"] if also_unproven else []
    if "--wave" in given and not also_unproven:
        left = [each for run in runs for each in not_taken_over(tuple(run.leftovers()), run, runs)]
        lines += also_unproven_of(folder, left, given)
    if any_made:
        lines.append(f"Nothing was deleted. To delete them: {typed(['rollback', folder, '--yes', *unproven, *given])}")
    if not (screen.json or screen.events):
        tell("\n".join(lines))
        return
    say(*lines)
    command = ["bulkprov", "rollback", str(folder), "--yes", *unproven, *given] if any_made else []
    shown = [
        summary(run, as_it_stands(run, ROLLBACK), None, next_command=command) | {"exit_code": int(ExitCode.DONE)}
        for run in runs
    ]
    tell_scripts(shown[0] if len(shown) == 1 else together(shown, int(ExitCode.DONE), command), screen)


def verify(
    run: Path,
    /,
    *,
    wave: Switch = False,
    form: FormatOption = None,
    access: Access = DEFAULT_ACCESS,
    effort: ReadEffort = DEFAULT_READ,
    screen: ReadScreen = DEFAULT_READ_SCREEN,
) -> ExitCode:
    """Check each done row on the server; report any gone or different.

    Parameters
    ----------
    run
        The run, as for rollback; verification.xlsx is written into its folder.
    wave
        Rows too that only the runs have which it reruns, or which rerun it.
    form
        Format of that file [default: as the results].
    """
    effort, screen = whole(effort), whole(screen)
    catalogue, folder = known_errors(screen), run_folder(run)
    links, words = (wave_of(folder), ["--wave"]) if wave else (Wave(folders=(folder,)), [])
    done, sign_in = list[Done](), SignIn()
    with ExitStack() as stack:
        wanted = _to_verify([stack.enter_context(Run.open(path)) for path in links.folders])
        for number, (opened, without) in enumerate(wanted, 1):
            sign_in.prepared(opened.access(access), more=len(wanted) > 1)
            last = number == len(wanted)
            done.append(_verified(opened, without, form, catalogue, access, effort, screen, sign_in, last=last))
            if done[-1].ended.stop:
                break
        code = at_least(worst([each.ended for each in done]), incomplete=bool(links.missing))
        more = [*_not_verified(opened for opened, _ in wanted), *links.missing, *links.unread]
        if done[-1].ended.stop:
            again = typed(["verify", folder, *words_again(access, effort, screen=screen), *words])
            more.append(f"To verify again, from the first row: {again}")
        tell_all(done, more, (access, effort), [], screen, code)
    return code


def _not_verified(runs: Iterable[Run]) -> Iterator[str]:
    """Which rows a verification has nothing to say of, as nothing is reported to be there."""
    for run in runs:
        others = {status: count for status, count in run.statuses().items() if count and not status.done}
        if others:
            told = ", ".join(f"{others[status]:,} {status}" for status in Status if status in others)
            yield f"Not looked at in {run.folder}, where no set is reported: {told}"


def _to_verify(runs: Sequence[Run]) -> list[tuple[Run, frozenset[str]]]:
    """The runs of a wave, newest first, that have done rows which no later one has; each with the keys that those have.

    The newest is always among them.
    """
    wanted, seen = list[tuple[Run, frozenset[str]]](), frozenset[str]()
    for run in runs:
        done = {row.want.key for row in run.rows() if row.want and row.outcome and row.outcome.status.done}
        if not wanted or done - seen:
            wanted.append((run, seen))
        seen |= {row.want.key for row in run.rows() if row.want}
    return wanted


def _verified(
    of: Run,
    without: frozenset[str],
    form: Format | None,
    catalogue: Catalogue,
    access: Access,
    effort: Effort,
    screen: Screen,
    sign_in: SignIn,
    *,
    last: bool,
) -> Done:
    """Verify the done rows of one run, but for those whose keys are among these; the last one ends the session."""
    with (
        tempfile.TemporaryDirectory(prefix="bulkprov-verify-", ignore_cleanup_errors=True) as folder,
        begin_verification(of, Path(folder), without) as begun,
    ):
        access = of.access(access)  # by its own name, and not that of a folder that will be gone
        with job_on(begun, access, effort, screen, VERIFY, credentials=sign_in.credentials) as job:
            if not without:
                show_server(job.access, job.credentials, screen)
            ended, accepted = worked(replace(job, effort=sparing(of, effort, VERIFY), shared=sign_in.session))
            sign_in.credentials = accepted.credentials
            if last or ended.stop:
                sign_in.end(accepted)
        ended = with_log_kept(ended, begun)
        ended, written = reported(begun, ended, form or of.format, catalogue, of.folder)
        tell_rows(begun, ended, screen)
        scripts = screen.json or screen.events
        shown = summed_up(of, ended, written, (access, effort), screen, worked_on=begun) if scripts else None
    return Done(of, ended, written, shown)
