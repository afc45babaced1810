"""The first lines of what people read of a run: how many rows are well, how to go on, and the facts of the run.

The Summary of the workbook and the page both take them from here, so that they say the same in the same words. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bulkprov.engine.model import Status
from bulkprov.report.aggregate import Totals
from bulkprov.report.context import Context
from bulkprov.report.readable import length
from bulkprov.report.statuses import STATUSES
from bulkprov.shell import typed

__all__ = ["Headline", "facts", "headline", "meaning"]

_FACTS: Final = {
    "run": "Run",
    "sheet": "Sheet",
    "ticket": "Ticket",
    "operator": "Operator",
    "server": "Server",
    "username": "Signed in as",
    "reruns": "Rerun of",
    "started": "Started",
    "seconds": "Worked for",
    "rows_per_second": "Rows per second",
    "requests": "Requests",
    "audited": "Audited",
    "unproven": "Unproven",
    "version": "Written by",
}
"""What is shown of the facts of a run, in this order, and what each is called."""


@dataclass(frozen=True, slots=True)
class Headline:
    """What became of the rows, in a sentence, and the command to go on with."""

    title: str
    well: bool
    """Whether every row is well."""
    then: str = ""
    """What is said before the command; empty without one."""
    command: str = ""
    """The command as it is typed; empty if there is nothing left for one to do."""


def headline(totals: Totals, context: Context) -> Headline:
    """The sentence about all rows, and what to do next."""
    rows, words, plural = totals.rows, context.operation.title, context.kind.plural
    left = rows - sum(totals.statuses[status] for status in totals.well)
    if not left:
        return Headline(f"All {rows:,} {plural} {words.well}" if rows else "There are no rows", well=True)
    command = context.next_step(totals.statuses)
    others = words.others if command else "not"
    title = f"{rows - left:,} of {rows:,} {plural} {words.well}, {left:,} {others}"
    return Headline(title, False, words.then, typed(command)) if command else Headline(title, well=False)


def facts(context: Context) -> Iterator[tuple[str, str | float]]:
    """What is known of the run as a whole: labels, with values as people read them; what is not known is left out."""
    for name, label in _FACTS.items():
        value = context.facts.get(name, "")
        if value != "":
            yield label, _readable(name, value)


def meaning(status: Status, totals: Totals, context: Context) -> str:
    """What a status means, in a few words."""
    carried = totals.carried[status]
    if carried and status is Status.CREATED:
        return f"{carried:,} by earlier runs"
    if status is Status.CREATED and "unproven" in context.facts:
        return "made, perhaps by others"
    return STATUSES[status].meaning.format(scope=context.kind.scope_noun)


def _readable(name: str, value: str | float) -> str | float:
    """A fact as people read it."""
    if name == "started":
        return datetime.fromtimestamp(float(value)).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    if name == "seconds":
        return length(float(value))
    if name == "rows_per_second":
        return round(float(value), 1 if float(value) >= 1 else 2)
    return value
