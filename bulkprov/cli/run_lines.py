"""The list of runs: a table where there is room for one, else some lines for each run."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import isinf
from typing import Final
from urllib.parse import urlsplit

from rich.table import Table
from rich.text import Text

from bulkprov.engine.operations import ROLLBACK, RUN
from bulkprov.runs.overviews import Overview, successor
from bulkprov.runs.progress import Progress
from bulkprov.text import clean

__all__ = ["run_blocks", "runs_table", "standing", "started", "under_way"]

_COLUMNS: Final = ("run", "started", "server", "done", "left", "reruns")


def runs_table(runs: Sequence[Overview], width: int) -> Table | None:
    """The runs, one line each.

    Args:
        runs: in the order in which they are shown.
        width: letters of a line.

    Returns:
        None if the lines would not fit.
    """
    lines = [_cells(run) for run in runs]
    widest = [max(map(len, column)) for column in zip(_COLUMNS, *lines, strict=True)]
    if sum(widest) + 2 * (len(widest) - 1) > width:
        return None
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, no_wrap=True)
    for cells in lines:
        table.add_row(*map(Text, cells))  # as text: brackets in a name are no markup
    return table


def run_blocks(runs: Sequence[Overview]) -> Iterator[str]:
    """The runs, some short lines each."""
    for run in runs:
        folder, began, server, done, left, reruns = _cells(run)
        yield f"{folder}  {began}"
        yield f"  {', '.join(filter(None, (f'{_done(run)} done{_after(run)}' if done else '', left)))}"
        more = "; ".join(filter(None, (f"on {server}" if server else "", f"reruns {reruns}" if reruns else "")))
        if more:
            yield f"  {more}"


def started(run: Overview) -> str:
    """When a run began."""
    return "" if isinf(run.began) else f"{datetime.fromtimestamp(run.began).astimezone():%Y-%m-%d %H:%M}"


def under_way(progress: Progress) -> str:
    """How far the work of another process is: "at work at 17:04:12: 5 created, 2 rejected, 35 of 42 to do"."""
    at = datetime.fromtimestamp(progress.at).astimezone()
    when = f"{at:%H:%M:%S}" if at.date() == datetime.now().astimezone().date() else f"{at:%Y-%m-%d %H:%M:%S}"
    counted = [f"{count:,} {status}" for status, count in sorted(progress.statuses.items()) if count]
    left = f"{progress.left:,} of {progress.rows:,} to do"
    if not progress.doing:
        return f"nothing sent yet at {when}, a question may be open: {', '.join([*counted, left])}"
    doing = {RUN.name: "at work", ROLLBACK.name: "a rollback"}.get(progress.doing, f"a {progress.doing}")
    auditing = ["auditing"] if progress.auditing else []
    return f"{doing} at {when}: {', '.join([*counted, left, *auditing])}"


def standing(run: Overview) -> str:
    """Where an unfinished run stands: "38 of 48 done, 10 to do, on cs.example.com"."""
    server = run.manifest.server or ""
    if not run.manifest.loaded:
        parts = ["sheet not read yet"]
    elif run.planned:
        parts = [f"{run.left:,} planned, nothing sent"]
    elif run.untouched:
        parts = [f"{run.left:,} to do, nothing sent yet"]
    else:
        parts = [f"{run.done:,} of {run.rows:,} done", f"{run.left:,} to do" if run.left else "not audited"]
    return ", ".join([*parts, *([f"on {clean(urlsplit(server).netloc or server)}"] if server else [])])


def _cells(run: Overview) -> tuple[str, ...]:
    progress = run.progress
    manifest = progress.manifest if progress else run.manifest
    server = manifest.server or ""
    known = clean(str(run.folder)), started(run), clean(urlsplit(server).netloc or server)
    reruns = clean(manifest.rerun_of.name if manifest.rerun_of else "")
    if run.trouble:
        return *known, _done(run) + _after(run), under_way(progress) if progress else clean(run.trouble), reruns
    others = [f"{count:,} {status}" for status, count in sorted(run.statuses.items()) if not status.done]
    others += [f"{run.left:,} {_to_do(run)}"] if run.left else []
    others += ["not audited"] if run.unaudited else []
    others += ["sheet not read yet"] if not run.manifest.loaded else []
    others += ["discarded"] if run.manifest.discarded_at else []
    return *known, _done(run) + _after(run), ", ".join(others), reruns


def _to_do(run: Overview) -> str:
    """What is to be done about the rows that are left."""
    if later := successor(run.manifest):
        return f"left to {clean(later.name)}"
    return "to rerun (planned only)" if run.planned else "to resume"


def _done(run: Overview) -> str:
    """How much of a wave is done, such as "4,987 of 5,000"; nothing where that is not known."""
    if run.progress and run.progress.doing in {"", RUN.name}:
        return f"{run.progress.done:,} of {run.progress.rows:,}"
    return "" if run.trouble else f"{run.done:,} of {run.rows:,}"


def _after(run: Overview) -> str:
    """After how many runs of the wave that is."""
    runs = (run.progress.manifest if run.progress else run.manifest).generation
    return f" after {runs} runs" if runs > 1 and _done(run) else ""
