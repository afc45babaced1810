"""What a command says at its end, to people and to scripts. Pure: values in, text out.

The last lines always name the results and the exact command to go on with.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from rich.table import Table
from rich.text import Text

from bulkprov.engine.model import Status
from bulkprov.engine.operations import Operation
from bulkprov.engine.wanted import scope_in
from bulkprov.report.aggregate import Totals
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import explanation
from bulkprov.report.next_step import next_step
from bulkprov.report.statuses import ALWAYS_SHOWN, any_fixable
from bulkprov.report.write import Written
from bulkprov.runs.catalog import Overview
from bulkprov.runs.execute import Ended
from bulkprov.runs.folder import JOURNAL
from bulkprov.runs.run import Run
from bulkprov.sheets.rows import Result
from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = [
    "closing",
    "error_summary",
    "reasons",
    "rows_told",
    "runs_listed",
    "runs_table",
    "summary",
    "to_roll_back",
]

_SHOWN = 20
"""Rows that are named on a screen; files name them all."""


def summary(run: Run, ended: Ended, written: Written | None) -> dict[str, Any]:
    """The JSON object of a command that worked on a run."""
    statuses = ended.statuses
    shown = [status for status in Status if status in ALWAYS_SHOWN or statuses[status]]
    return {
        "run": str(run.folder),
        "sheet": run.manifest.sheet,
        "server": run.manifest.server,
        "rows": ended.tally.rows,
        **{status.value: statuses[status] for status in shown},
        "carried": ended.tally.carried,
        "requests": ended.tally.requests,
        "seconds": round(ended.seconds, 3),
        "rows_per_second": round(ended.finished / ended.seconds, 1) if ended.seconds else None,
        "results": str(written.results) if written else None,
        "failed_rows_file": str(written.failed) if written and written.failed else None,
        "journal": str(run.folder / JOURNAL),
        "exit_code": int(ended.exit_code),
        "error": ended.stop.reason if ended.stop else None,
    }


def error_summary(error: str, exit_code: int) -> dict[str, Any]:
    """The JSON object of a command that could not do its work."""
    names = ("run", "sheet", "server", "rows", *ALWAYS_SHOWN, "carried", "requests", "seconds")
    more = ("rows_per_second", "results", "failed_rows_file", "journal")
    return dict.fromkeys(names + more) | {"exit_code": exit_code, "error": error}


def reasons(run: Run, ended: Ended, catalogue: Catalogue) -> list[str]:
    """Why rows are not done, the most frequent reasons: what each means, and what to do."""
    totals = Totals()
    if any(count for status, count in ended.statuses.items() if not status.done and status is not Status.PENDING):
        for result in run.results():
            totals.add(result)
    return list(explanation(totals.groups, catalogue))


def closing(
    run: Run, ended: Ended, written: Written | None, given: Sequence[str], why: Sequence[str] = ()
) -> list[str]:
    """The last lines on the terminal.

    Args:
        run: the run.
        ended: how it ended.
        written: the files, if any.
        given: options that the next command needs as well.
        why: lines on the rows that are not done.
    """
    statuses = ended.statuses
    told = [f"{statuses[status]:,} {status}" for status in Status if statuses[status]]
    lines = [f"{_plural(ended.tally.rows, 'row')}: {', '.join(told) or 'nothing to do'}"]
    if ended.tally.carried:
        lines[0] += f" ({ended.tally.carried:,} carried over)"
    if ended.finished and ended.seconds:
        lines.append(
            f"{ended.seconds:.1f} s, {ended.finished / ended.seconds:,.0f} rows/s, "
            f"{_plural(ended.tally.requests, 'request')}{_survived(ended)}"
        )
    if ended.stop:
        lines.append(f"Stopped early: {clean(ended.stop.reason)}")
    if ended.tally.bugs:
        trace = run.folder / "run.log"
        lines.append(f"{_plural(ended.tally.bugs, 'row')} met a bug of bulkprov; {trace} has the traceback")
    lines += why
    failed = written.failed if written else None
    if written:
        lines += [*written.said, f"Results:  {written.results}"]
    if failed:
        lines.append(f"{'To fix:  ' if any_fixable(statuses) else 'Not done:'} {failed}")
    command = next_step(
        statuses,
        operation=ended.operation,
        run=run.folder,
        left=run.left(),
        half_deleted=run.half_deleted(),
        failed=failed,
        written=written.results if written else None,
        stopped=ended.stop is not None,
        refused=ended.refused,
    )
    return [*lines, f"Go on:    {typed([*command, *given])}"] if command else lines


def rows_told(results: Iterable[Result], operation: Operation) -> list[str]:
    """One line for each row that is not well, as far as a screen goes."""
    lines: list[str] = []
    more = 0
    for result in results:
        if result.status in operation.well:
            continue
        if len(lines) < _SHOWN:
            lines.append(f"row {result.sheet_row}: {result.status}: {clean(result.note)}".rstrip(": "))
        else:
            more += 1
    return [*lines, f"... and {_plural(more, 'more row')}"] if more else lines


def to_roll_back(run: Run, given: Sequence[str]) -> list[str]:
    """What a rollback would delete, and how to have it done."""
    lines: list[str] = []
    clients: set[str] = set()
    number = 0
    for row in run.to_roll_back():
        number += 1
        clients.add(scope_in(row.want.key))
        if len(lines) < _SHOWN:
            want = row.want
            where = run.kind.place(want)
            lines.append(f"  row {row.sheet_row}: {clean(want.name)} (id {row.standing.target}) on {clean(where)}")
    if not number:
        return [f"{run.folder} has created nothing that could be rolled back"]
    if number > _SHOWN:
        lines.append(f"  ... and {_plural(number - _SHOWN, 'more set')}")
    sets, hosts = _plural(number, run.kind.noun), _plural(len(clients), run.kind.scope_noun)
    command = typed(["rollback", run.folder, "--yes", *given])
    return [
        f"{sets} on {hosts} would be deleted from {run.manifest.server}:",
        *lines,
        f"Nothing was deleted. To delete: {command}",
    ]


def runs_table(runs: Sequence[Overview]) -> Table:
    """All runs, one line each."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("run", "server", "done", "left", "reruns"):
        table.add_column(name, overflow="fold", no_wrap=name in ("run", "done"))  # a run's name is there to be copied
    for run in runs:
        if run.trouble:
            table.add_row(*map(Text, (str(run.folder), "", clean(run.trouble))))
            continue
        others = [f"{count:,} {status}" for status, count in sorted(run.statuses.items()) if not status.done]
        others += [f"{run.left:,} to resume"] if run.left else []
        others += ["sheet not read yet"] if not run.manifest.loaded else []
        server = run.manifest.server or ""
        cells = (
            clean(str(run.folder)),
            urlsplit(server).netloc or server,
            _progress(run),
            ", ".join(others),
            clean(run.manifest.rerun_of.name if run.manifest.rerun_of else ""),
        )
        table.add_row(*map(Text, cells))  # as it is, brackets too
    return table


def runs_listed(runs: Sequence[Overview]) -> list[dict[str, Any]]:
    """The same for scripts."""
    return [
        {
            "run": str(run.folder),
            "sheet": run.manifest.sheet or None,
            "server": run.manifest.server,
            "reruns": str(run.manifest.rerun_of) if run.manifest.rerun_of else None,
            "rows": run.rows,
            **{status.value: count for status, count in run.statuses.items()},
            "done": run.done,
            "left": run.left,
            "runs": run.manifest.generation,
            "error": run.trouble or None,
        }
        for run in runs
    ]


def _progress(run: Overview) -> str:
    """4,987 of 5,000 after 3 runs."""
    runs = run.manifest.generation
    after = f" after {runs} runs" if runs > 1 else ""
    return f"{run.done:,} of {run.rows:,}{after}"


def _survived(ended: Ended) -> str:
    return f", {_plural(ended.tally.faults, 'fault')} survived" if ended.tally.faults else ""


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
