"""The text that commands print, in lines. It prints nothing, and reads of a run what it needs for them.

The last lines always name the results and the exact command to go on with.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from bulkprov.cli.rollback_lines import left_over
from bulkprov.cli.words import SHOWN, TELLS, duration, speed
from bulkprov.engine.model import Status
from bulkprov.engine.operations import CHECK, Operation
from bulkprov.errors import ExitCode
from bulkprov.report.aggregate import Totals
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import WIDTH, explanation
from bulkprov.report.row import note
from bulkprov.report.statuses import any_fixable, is_to_fix
from bulkprov.report.write import Written
from bulkprov.runs.execute import Ended
from bulkprov.runs.folder import LOG
from bulkprov.runs.holder import holder
from bulkprov.runs.run import Run
from bulkprov.runs.summary_facts import left_out_words, unproven_rows
from bulkprov.settings import Access
from bulkprov.sheets.rows import Result
from bulkprov.shell import typed
from bulkprov.text import clean, plural

__all__ = [
    "destination",
    "last_lines",
    "next_command",
    "other_runs",
    "reasons",
    "row_lines",
    "signed_in",
    "window",
]

_NAMED: Final = 3
"""Rows that are named beside what they have in common."""
_FEW: Final = 5
"""Runs that are named on a screen."""


def destination(
    profile: str,
    access: Access,
    username: str,
    origin: Callable[[str], str],
    rows: int | None,
    limit: int | None = None,
) -> list[str]:
    """Where a command is about to sign in, as whom and by which way; and how many rows are to go there.

    It is shown before the first log-in, so that a settings file that sends a password elsewhere is noticed.

    Args:
        profile: the profile in use, if any.
        access: which server.
        username: the user who signs in; empty with a token.
        origin: where an option was set that was not typed; an empty text for one that was.
        rows: how many are to do; None for a command that has none.
        limit: how many of them at most, if that is limited.

    Returns:
        one line, and one for each file or variable that something of it is from.
    """
    origins: dict[str, list[str]] = {}

    def said(option: str, words: str) -> str:
        if where := origin(option):
            origins.setdefault(where, []).append(option)
        return words

    place = said("server", access.server) if access.server else "the simulator"
    who = f" as {said('username', username)}" if username else ""
    ways = [
        said("proxy", f"proxy {access.proxy}") if access.proxy else "",
        said("proxy_username", f"signed in there as {access.proxy_username}") if access.proxy_username else "",
        said("ca_file", f"CA file {access.ca_file}") if access.ca_file else "",
        said("cert_file", f"client certificate {access.cert_file}") if access.cert_file else "",
        said("token_file", f"token from {access.token_file}") if access.token_file else "",
        said("password_file", f"password from {access.password_file}") if access.password_file else "",
        "certificates are NOT checked" if access.insecure else "",
        said("allow_http", "plain http allowed") if access.allow_http else "",
    ]
    line = "; ".join(filter(None, (f"{profile}: {place}{who}" if profile else f"{place}{who}", *ways)))
    if rows is not None:
        by_limit = f" ({limit:,} of them now, by --limit)" if limit is not None and limit < rows else ""
        line += f", {plural(rows, 'row')} to do{by_limit}"
    return [line, *(f"  set in {where}: {', '.join(options)}" for where, options in origins.items())]


def window(end: datetime, now: datetime, rate: float | None = None, rows: int = 0) -> str:
    """When the last row is begun, with `--until`; and how many are by then, if `--rate` lets not all of them.

    Args:
        end: of the window.
        now: the time.
        rate: creates per second at most; None for no such limit.
        rows: how many are to do.
    """
    seconds = (end - now).total_seconds()
    minutes = round(seconds / 60)
    fit = rows if rate is None else int(seconds * rate)
    by_rate = f"; by --rate some {fit:,} of {plural(rows, 'row')} until then" if fit < rows else ""
    return f"no row will start after {end:%a %H:%M} (in {minutes // 60} h {minutes % 60} min){by_rate}"


def other_runs(folders: Sequence[Path]) -> list[str]:
    """The runs that are unfinished too, and stay so for now."""
    return [f"also unfinished: {run}; to continue it: {typed(['resume', run])}" for run in folders[:_FEW]]


def signed_in(server: str, who: str, clients: int) -> str:
    """The line that says that signing in worked, and what the user can see."""
    return f"Signed in to {server or 'the simulator'} as {who}: {plural(clients, 'client')} visible."


def reasons(run: Run, ended: Ended, catalogue: Catalogue, width: int = WIDTH) -> list[str]:
    """Why rows are not done, the most frequent reasons: what each means, and what to do, in lines of this width."""
    totals = Totals()
    tried = (status for status, count in ended.statuses.items() if count and status is not Status.PENDING)
    others = any(map(is_to_fix, tried))
    if others or run.view().unsure():
        for result in run.results():
            totals.add(result)
    return list(explanation(totals.groups, catalogue.of_kind(run.kind.name), width))


def last_lines(
    run: Run,
    ended: Ended,
    written: Written | None,
    given: Sequence[str],
    why: Sequence[str] = (),
    access: Sequence[str] = (),
) -> list[str]:
    """The last lines on the terminal.

    Args:
        run: the run.
        ended: how it ended.
        written: the files, if any.
        given: options that the next command needs as well.
        why: lines on the rows that are not done.
        access: those of the options that say how to sign in.
    """
    statuses = ended.statuses
    counts = [f"{statuses[status]:,} {_called(status, ended.operation)}" for status in Status if statuses[status]]
    lines = [f"{plural(ended.tally.rows, 'row')}: {', '.join(counts) or 'nothing to do'}"]
    if ended.tally.carried:
        lines[0] += f" ({ended.tally.carried:,} carried over)"
    if run.manifest.left_out and ended.operation.creates:
        lines.append(f"Left out: {left_out_words(run.manifest.left_out)}, by a mark in `skip` or deleted; not counted")
    lines += _costs(ended)
    lines += _limited(ended)
    if ended.stop:
        lines.append(f"Stopped early: {clean(ended.stop.reason)}")
    if ended.tally.bugs:
        log = ended.log or run.folder / LOG
        lines.append(f"{plural(ended.tally.bugs, 'row')} hit a bug in bulkprov; {log} has the traceback")
    lines += why
    lines += _looked_again(ended)
    lines += left_over(ended.leftovers, run, given, "were left")
    failed = written.failed if written else None
    if written:
        lines += [*written.said, f"Results:  {written.results}"]
        lines += [f"Page:     {written.page}"] if written.page else []
    if failed and not ended.operation.undoes:  # where all was rolled back, "not done" would say the contrary
        lines.append(f"{'To fix:  ' if any_fixable(statuses) else 'Not done:'} {failed}")
        if any_fixable(statuses) and run.left() and not ended.refused:
            lines.append("          for a rerun, once the rest is done")
    return lines if ended.operation.plans else [*lines, *_next(run, ended, written, given, access)]


def _costs(ended: Ended) -> list[str]:
    """What the work has cost; its speed only where it took long enough to tell one."""
    if not (ended.finished and ended.seconds):
        return []
    rate = f", {speed(ended.finished / ended.seconds)} rows/s" if ended.seconds >= TELLS else ""
    costs = f"{_took(ended)}{rate}, {plural(ended.tally.requests, 'request')}{_survived(ended)}"
    return [f"{plural(ended.finished, 'row')} this time: {costs}" if _had_ended_before(ended) else costs]


def _had_ended_before(ended: Ended) -> bool:
    """Whether some of the rows had ended before this work began, which has cost nothing for them."""
    open_or_free = (Status.PENDING, Status.UNKNOWN, Status.INVALID)
    rows = sum(count for status, count in ended.statuses.items() if status not in open_or_free)
    return ended.operation.creates and ended.finished < rows - ended.tally.carried


def _limited(ended: Ended) -> list[str]:
    """How many rows are left because only some were to be worked on; where it stopped before that, that is why."""
    left = ended.statuses[Status.CREATED if ended.operation.undoes else Status.PENDING]
    if ended.limit is None or ended.stop or not left:
        return []
    return [f"Limited:  {plural(left, 'row')} not begun, by --limit {ended.limit}"]


def _next(
    run: Run, ended: Ended, written: Written | None, given: Sequence[str], access: Sequence[str]
) -> Iterator[str]:
    """The command to go on with; if there is none, which run to look at, or how to see later that all is still so."""
    if command := next_command(run, ended, written, given):
        yield f"Go on:    {typed(command)}"
    elif ended.operation.creates and (later := holder(run.manifest)):
        yield f"Rerun as: {later}, which holds these rows now"
    elif ended.operation.creates and ended.exit_code is ExitCode.DONE and ended.tally.rows:
        yield f"Later:    {typed(['verify', run.folder, *access])}"


def next_command(run: Run, ended: Ended, written: Written | None, given: Sequence[str]) -> list[str]:
    """The command to go on with, as words after `bulkprov`; none if there is nothing left for a command to do.

    Args:
        run: the run.
        ended: how it ended.
        written: the files, if any.
        given: options that it needs as well.
    """
    command = run.next_step(
        ended.statuses,
        operation=ended.operation,
        stopped=ended.stop is not None,
        refused=ended.refused,
        failed=written.failed if written else None,
        written=written.results if written else None,
    )
    settings = run.manifest.words_again  # as for a report, which is given none
    return [*command, *given, *(() if {*settings} & {*given} else settings)] if command else []


def row_lines(results: Iterable[Result], operation: Operation) -> list[str]:
    """One line for each row that is not well, then one for each note of those that are, and for those not reached.

    Only the first are named.
    """
    lines: list[str] = []
    noted: dict[str, list[int]] = {}
    more = more_notes = 0
    for result in results:
        said = f"{_called(result.status, operation)}: {note(result)}".rstrip(": ")
        if result.status in operation.well:
            if note(result):
                if said in noted or len(noted) < SHOWN:
                    noted.setdefault(said, []).append(result.sheet_row)
                else:
                    more_notes += 1
        elif result.status is Status.PENDING and not note(result):  # each of them says the same
            noted.setdefault(said, []).append(result.sheet_row)
        elif len(lines) < SHOWN:
            lines.append(f"row {result.sheet_row}: {said}")
        else:
            more += 1
    where = "; `-o FOLDER` writes a plan.xlsx with all of them" if operation.plans else ""
    lines += [f"... and {plural(more, 'more row')}{where}"] if more else []
    lines += [f"{_rows(numbers)}: {said}" for said, numbers in noted.items()]
    return [*lines, f"... and {plural(more_notes, 'more note')}"] if more_notes else lines


def _called(status: Status, operation: Operation) -> str:
    """A status as it is told: no run has stopped before the rows that were only checked, and no plan is refused."""
    if status is Status.REJECTED and operation.plans:
        return f"{status} before"
    return "not looked up" if operation is CHECK and status is Status.PENDING else status.value


def _rows(numbers: Sequence[int]) -> str:
    """The first of several rows: `row 7`, or `rows 7, 12, 19 and 6 more`."""
    shown = ", ".join(map(str, numbers[:_NAMED]))
    more = f" and {len(numbers) - _NAMED:,} more" if len(numbers) > _NAMED else ""
    return f"row{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _looked_again(ended: Ended) -> list[str]:
    """What the audit says, and how many rows may have made what is not proven."""
    lines: list[str] = []
    if ended.unaudited:
        lines.append(
            f"Not audited: {plural(ended.unaudited, 'row')} {'was' if ended.unaudited == 1 else 'were'} not looked at "
            "again; resume, rerun and rollback do it first"
        )
    elif ended.audited and ended.operation.creates:
        lines.append(f"Audited: every row of which a create left was looked at again{_taken_back(ended)}")
    if rows := unproven_rows(ended.unproven, ended.carried_unproven):
        of_marks = ", and no mark has told" if ended.marks else ""
        lines.append(f"Unproven: of {rows} the set may have been made by others{of_marks} (see the notes)")
    elif ended.marks and ended.statuses[Status.CREATED] and not ended.statuses[Status.UNKNOWN]:
        lines.append("Marks: each create carried one, and every set that this run made is proven to be its own")
    return lines


def _taken_back(ended: Ended) -> str:
    number = ended.tally.taken_back
    are = "row is" if number == 1 else "rows are"
    return f"; {number:,} {are} not there as the server had answered" if number else ""


def _took(ended: Ended) -> str:
    """How long it has taken; the speed is that of the work before the audit."""
    work, whole = ended.seconds, (ended.over or 0) - (ended.began or 0)
    if round(whole - work) < 1:
        return _time(work)
    return f"{_time(whole)} ({_time(work)} without the audit)"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)


def _survived(ended: Ended) -> str:
    put_off, lost = ended.tally.put_off, ended.tally.unanswered
    told = f", {plural(put_off, 'request')} put off by the server" if put_off else ""
    return f"{told}, {plural(lost, 'unanswered request')}" if lost else told
