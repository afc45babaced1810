"""The page being written: rows are added one by one, and the file is there once the block ends well."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bulkprov.engine.model import Status
from bulkprov.report.aggregate import Group, Totals
from bulkprov.report.atomic_files import private_file
from bulkprov.report.context import Context
from bulkprov.report.explain import reason
from bulkprov.report.headline import facts, headline, meaning
from bulkprov.report.page.look import render
from bulkprov.report.page.over_time import figure
from bulkprov.report.page.svg import stacked
from bulkprov.report.page.table import Table
from bulkprov.report.readable import share
from bulkprov.report.statuses import STATUSES
from bulkprov.sheets.rows import Result

__all__ = ["results_page"]

_MOST_GROUPS: Final = 40
_LONGEST: Final = 400
"""Letters of a reason."""


@contextmanager
def results_page(path: Path, columns: Sequence[str], context: Context) -> Iterator[Callable[[Result], None]]:
    """The page of a run, safe on disk once the block ends well; gives the function that adds a row."""
    totals, table = Totals(context.operation.well), Table(columns, context)

    def add(result: Result) -> None:
        totals.add(result)
        table.add(result)

    yield add
    for step, verdict in context.exchanges():
        totals.over_time.exchanged(step, verdict)
    rows = table.drawn()
    page = render(
        "page.html",
        headline=headline(totals, context),
        facts=list(facts(totals, context)),
        version=context.facts.get("version", "bulkprov"),
        plural=context.kind.plural,
        id_column=context.kind.columns.id_column,
        all=totals.rows,
        statuses=[_of_status(status, totals, context) for status in Status if totals.statuses[status]],
        share=_share(totals),
        groups=[_of_group(group, context) for group in totals.groups[:_MOST_GROUPS]],
        more_groups=max(len(totals.groups) - _MOST_GROUPS, 0),
        figure=figure(totals.over_time.course(str(context.facts.get("limits", "")))),
        table=table,
        rows=rows,
    )
    with private_file(path) as file:
        file.write(page.encode())


def _share(totals: Totals) -> Any:
    """All rows as one bar, by status."""
    counts = [(status, totals.statuses[status]) for status in Status if totals.statuses[status]]
    name = "Rows by status: " + ", ".join(f"{count:,} {status}" for status, count in counts)
    hues = [(STATUSES[status].colours.hue, count) for status, count in counts]
    return stacked(hues, width=1000, height=22, name=name) if counts else ""


def _of_status(status: Status, totals: Totals, context: Context) -> dict[str, Any]:
    count = totals.statuses[status]
    return {
        "name": status.value,
        "hue": STATUSES[status].colours.hue,
        "rows": count,
        "share": f"{share(count, totals.rows):.1%}",
        "meaning": meaning(status, totals, context),
    }


def _of_group(group: Group, context: Context) -> dict[str, Any]:
    explained = context.explain(group)
    return {
        "rows": group.rows,
        "status": group.status.value,
        "hue": STATUSES[group.status].colours.hue,
        "reason": reason(group, _LONGEST),
        "explained": explained,
        "examples": group.examples,
        "more": group.rows - len(group.examples),
    }
