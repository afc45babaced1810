"""The list of runs: a table where there is room for one, else some lines for each run."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import isinf
from typing import Final
from urllib.parse import urlsplit

from rich.table import Table
from rich.text import Text

from bulkprov.runs.overviews import Overview
from bulkprov.text import clean

__all__ = ["run_blocks", "runs_table", "standing", "started"]

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
        yield f"  {', '.join(filter(None, (_progress(run, ' done') if done else '', left)))}"
        more = "; ".join(filter(None, (f"on {server}" if server else "", f"reruns {reruns}" if reruns else "")))
        if more:
            yield f"  {more}"


def started(run: Overview) -> str:
    """When a run began."""
    return "" if isinf(run.began) else f"{datetime.fromtimestamp(run.began).astimezone():%Y-%m-%d %H:%M}"


def standing(run: Overview) -> str:
    """Where an unfinished run stands: "38 of 48 done, 10 to do, on cs.example.com"."""
    server = run.manifest.server or ""
    if not run.manifest.loaded:
        parts = ["sheet not read yet"]
    elif run.untouched:
        parts = [f"{run.left:,} to do, nothing sent yet"]
    else:
        parts = [f"{run.done:,} of {run.rows:,} done", f"{run.left:,} to do" if run.left else "not audited"]
    return ", ".join([*parts, *([f"on {clean(urlsplit(server).netloc or server)}"] if server else [])])


def _cells(run: Overview) -> tuple[str, ...]:
    if run.trouble:
        return clean(str(run.folder)), started(run), "", "", clean(run.trouble), ""
    others = [f"{count:,} {status}" for status, count in sorted(run.statuses.items()) if not status.done]
    others += [f"{run.left:,} to resume"] if run.left else []
    others += ["not audited"] if run.unaudited else []
    others += ["sheet not read yet"] if not run.manifest.loaded else []
    others += ["discarded"] if run.manifest.discarded_at else []
    server = run.manifest.server or ""
    return (
        clean(str(run.folder)),
        started(run),
        clean(urlsplit(server).netloc or server),
        _progress(run),
        ", ".join(others),
        clean(run.manifest.rerun_of.name if run.manifest.rerun_of else ""),
    )


def _progress(run: Overview, word: str = "") -> str:
    """How much of a wave is done: "4,987 of 5,000 after 3 runs", with a word behind the numbers."""
    runs = run.manifest.generation
    after = f" after {runs} runs" if runs > 1 else ""
    return f"{run.done:,} of {run.rows:,}{word}{after}"
