"""Several sheets in one call: each a run of its own, one after the other, with one summary."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from bulkprov.cli.before_sending import confirm_rows, refuse_second_rerun, refuse_strayed
from bulkprov.cli.closing import known_errors, summed_up, tell_end, tell_scripts, words_again
from bulkprov.cli.interrupted import says_what_is_left_of_each
from bulkprov.cli.json_output import together
from bulkprov.cli.options import fitting
from bulkprov.cli.prompts import say, tell
from bulkprov.cli.signing_in import SignIn
from bulkprov.cli.workflow import as_kept, carried_out, job_on
from bulkprov.engine.model import Status
from bulkprov.errors import BulkprovError, DeclinedError, ExitCode, RefusedError, RunError, UnreachedError
from bulkprov.report.formats import Format
from bulkprov.report.write import Written
from bulkprov.runs.begin import begin_run
from bulkprov.runs.environment import this_machine
from bulkprov.runs.execute import Ended, broken_off, worst
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.runs.under_way import named_twice
from bulkprov.settings import Access, Effort, Reading, Screen
from bulkprov.shell import typed
from bulkprov.text import clean, plural

__all__ = ["run_several"]


def run_several(
    sheets: Sequence[str],
    form: Format | None,
    access: Access,
    effort: Effort,
    reading: Reading,
    screen: Screen,
    *,
    ticket: str = "",
) -> ExitCode:
    """Run sheets one after the other.

    All are read before anything is sent. A run that stops early, or that cannot begin, ends the command: those after it
    are named, with the command that goes on with each. What was done by then is told in any case.

    Raises:
        BulkprovError: a sheet cannot be used, and no run is left behind then; or the first run cannot begin.
    """
    window_end = effort.window_ends(this_machine().now())  # now: the next sheet may begin after it
    catalogue, sign_in = known_errors(screen), SignIn()
    with ExitStack() as stack:
        runs = _begun(sheets, stack, access, reading, ticket)
        done = list[tuple[Run, Ended, Written | None]]()
        stack.enter_context(says_what_is_left_of_each(lambda: runs[len(done) :], access, effort, screen))
        credentials = sign_in.prepared(runs[0].access(access), more=True)
        efforts = [as_kept(run, effort) for run in runs]
        _taken_in(runs, screen, words_again(access, effort, screen=screen, unsent=True))
        for number, (run, held) in enumerate(zip(runs, efforts, strict=True), 1):
            say(f"{clean(run.manifest.sheet)}, {number} of {len(runs)}: {run.folder}")
            try:
                with job_on(run, access, held, screen, credentials=credentials) as begun:
                    job = replace(begun, shared=sign_in.session, window_end=window_end, catalogue=catalogue)
                    if number == 1:
                        total = plural(sum(each.left() for each in runs), "row")
                        confirm_rows(job, screen, rows=f"these {total}")
                    with sign_in.ended_with(job):
                        ended, written, credentials = carried_out(
                            job, screen, form, catalogue, confirm=False, kept=number > 1
                        )
                        ends = ended.stop is not None and not ended.refused
                        if number == len(runs) or ends:
                            sign_in.end(job)
            except BulkprovError as error:
                if not done:
                    _give_up(runs, error, (access, effort), screen)
                    raise
                ended, written, ends = broken_off(run, error), None, True
            done.append((run, ended, written))
            run.close()  # so that the next one does not find it under way
            if ends:
                break
        _tell(done, (access, effort), screen, _left_lines(runs[len(done) :], access, effort, screen))
    return worst([ended for _, ended, _ in done])


def _give_up(runs: Sequence[Run], error: BulkprovError, given: tuple[Access, Effort], screen: Screen) -> None:
    """See to the runs when the first of them could not begin: nothing was sent of any."""
    if isinstance(error, (RefusedError, UnreachedError, DeclinedError)):
        for run in runs:
            run.unbegin(unsent=True)  # the command is typed again
    elif isinstance(error, RunError):
        say(*_left_lines(runs[1:], *given, screen))


def _begun(sheets: Sequence[str], stack: ExitStack, access: Access, reading: Reading, ticket: str) -> list[Run]:
    """A run of each sheet; none, if one cannot begin. In a rehearsal all have one simulator."""
    runs = list[Run]()
    try:
        for sheet in sheets:
            begun = begin_run(sheet, output=None, access=access, reading=fitting(reading, sheet), ticket=ticket)
            runs.append(stack.enter_context(begun))
    except BulkprovError:
        for run in runs:
            run.unbegin()
        raise
    for run in runs[1:]:
        if run.manifest.simulated and run.manifest.rerun_of is None:
            run.update(simulator_state=runs[0].simulator_state.absolute())
    return runs


def _taken_in(runs: Sequence[Run], screen: Screen, given: Sequence[str]) -> None:
    """Take the rows of all runs in, and name the sets that more than one of them names."""
    try:
        for run in runs:
            refuse_second_rerun(run, screen)
            refuse_strayed(run, screen, given)
            say(*load_rows(run))
    except BulkprovError:
        for run in runs:
            run.unbegin(unsent=True)
        raise
    say(*named_twice(runs))


def _left_lines(runs: Sequence[Run], access: Access, effort: Effort, screen: Screen) -> list[str]:
    """The runs that were not begun."""
    words = words_again(access, effort, screen=screen, unsent=True)
    return [
        f"Not begun: {clean(run.manifest.sheet)}; to send it: {typed(['resume', run.folder, *words])}" for run in runs
    ]


def _tell(
    done: Sequence[tuple[Run, Ended, Written | None]],
    given: tuple[Access | Effort, ...],
    screen: Screen,
    left: Sequence[str],
) -> None:
    """Say how each ended, and then all of them in one line each."""
    if screen.json or screen.events:
        say(*left)
        shown = list[dict[str, Any]]()
        for run, ended, written in done:
            with Run.open(run.folder) as opened:
                shown.append(summed_up(opened, ended, written, given, screen))
        tell_scripts(together(shown, int(worst([ended for _, ended, _ in done]))), screen)
        return
    catalogue = known_errors(screen)
    for run, ended, written in done:
        tell(f"{clean(run.manifest.sheet)}:")
        with Run.open(run.folder) as opened:
            tell_end(opened, ended, written, given, screen, catalogue)
        tell("")
    for run, ended, _ in done:
        counts = ", ".join(f"{ended.statuses[status]:,} {status}" for status in Status if ended.statuses[status])
        tell(f"{clean(run.manifest.sheet)}: {plural(ended.tally.rows, 'row')}: {counts} ({run.folder})")
    rows = sum(ended.tally.rows for _, ended, _ in done)
    well = sum(count for _, ended, _ in done for status, count in ended.statuses.items() if status.done)
    sheets = f"{len(done)} of {plural(len(done) + len(left), 'sheet')}" if left else plural(len(done), "sheet")
    tell("\n".join([f"{sheets}: {well:,} of {plural(rows, 'row')} are there", *left]))
