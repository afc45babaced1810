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
    "rerun_as": "Rerun as",
    "left_out": "Left out",
    "started": "Started",
    "last": "Last row ended",
    "seconds": "Time at work",
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
    """What is said before the command, or in its place if another run is to be gone on with; else empty."""
    command: str = ""
    """The command as it is typed; empty if there is nothing left for one to do."""


def headline(totals: Totals, context: Context) -> Headline:
    """The sentence about all rows, and what to do next."""
    rows, words, plural = totals.rows, context.operation.title, context.kind.plural
    not_well = {status: count for status, count in totals.statuses.items() if status not in totals.well}
    left = sum(not_well.values())
    if not left:
        all_of_them = f"All {rows:,}" if rows > 1 else "1 of 1"
        title = f"{all_of_them} {plural} {words.well}" if rows else "There are no rows"
        if rows and context.operation.plans and (command := context.next_step(totals.statuses)):
            return Headline(title, True, "To go on:", typed(command))
        return Headline(title, well=True)
    command = context.next_step(totals.statuses)
    title = f"{rows - left:,} of {rows:,} {plural} {words.well}, "
    if undone := not_well.get(Status.ROLLED_BACK, 0):
        title += f"{undone:,} rolled back" + (", " if left > undone else "")
    if left > undone:
        title += f"{left - undone:,} {words.others if command else 'not'}"
    if not command:
        later = context.facts.get("rerun_as")
        return Headline(title, False, f"It was rerun as {later}, which holds its rows now." if later else "")
    untried = not_well.get(Status.PENDING, 0)
    of_which = f"It ended before {untried:,} row{' was' if untried == 1 else 's were'} tried. " if untried else ""
    return Headline(title, False, of_which + words.then, typed(command))


def facts(totals: Totals, context: Context) -> Iterator[tuple[str, str | float]]:
    """What is known of the run as a whole: labels, with values as people read them; what is not known is left out.

    The time and the requests of a process that was killed are in no journal, though its rows are: then it was as much
    as is known, or more.
    """
    known = dict(context.facts)
    finished = known.get("finished")
    partly = context.operation.creates and finished is not None and totals.ended > int(finished)
    if context.operation.creates and totals.last:
        known["last"] = totals.last
    for name, label in _FACTS.items():
        value = known.get(name, "")
        if value != "":
            shown = _readable(name, value)
            if partly and name in ("seconds", "requests"):
                shown = f"{_number(shown)} or more"
            yield label, shown


def meaning(status: Status, totals: Totals, context: Context) -> str:
    """What a status means, in a few words."""
    carried = totals.carried[status]
    if carried and status is Status.CREATED:
        return f"{carried:,} by earlier runs"
    if status is Status.CREATED and (perhaps := context.facts.get("perhaps_created")):
        return f"made; {perhaps:,} perhaps by others"
    return STATUSES[status].meaning.format(scope=context.kind.scope_noun)


def _readable(name: str, value: str | float) -> str | float:
    """A fact as people read it."""
    if name in ("started", "last"):
        return datetime.fromtimestamp(float(value)).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    if name == "seconds":
        return length(float(value))
    if name == "rows_per_second":
        return round(float(value), 1 if float(value) >= 1 else 2)
    return value


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:,}"
