"""The statuses as people see them: one table of what each means, what it asks of the operator, and its colours.

A new status is a member of `Status` in `engine/model.py`, an entry here, and the code that decides it. What a status
promises is in the README; which statuses are good news for an operation, the operation says (`Operation.well`). It
knows no rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bulkprov.engine.model import Status

__all__ = ["ALWAYS_SHOWN", "STATUSES", "Colours", "StatusInfo", "any_fixable", "is_to_fix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The colours of a status in a workbook, and on the page.

    Fills are light, so that a printed page is mostly paper. No meaning depends on colour alone: what needs attention is
    bold, what was not tried is in italics, and the word is there in any case.
    """

    cell: Mapping[str, object]
    """Properties of a cell's format, as XlsxWriter names them.

    https://xlsxwriter.readthedocs.io/format.html
    """
    bar: str
    """The same hue, strong enough for a chart."""
    hue: str
    """Its name, under which the page has its shades for light and dark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusInfo:
    """All that is shown of one status, but for its name."""

    meaning: str
    """For the Summary, in some 25 letters; `{scope}` is replaced with what the kind calls its scope."""
    advice: str
    """Whether a rerun is worthwhile, when nothing more is known than the status."""
    colours: Colours
    terminal: str = ""
    """Style of its count in the progress line, as rich names it; empty for plain text.

    https://rich.readthedocs.io/en/stable/style.html
    """
    fixable: bool = False
    """Whether such a row is for the operator to correct, so that a rerun comes next."""
    always_shown: bool = False
    """Whether the JSON summary has its count even at zero."""


_GREEN: Final = Colours(cell={"bg_color": "#E2F0D9", "font_color": "#274E13"}, bar="#7FB069", hue="green")
_BLUE: Final = Colours(cell={"bg_color": "#DEEBF7", "font_color": "#1F4E79"}, bar="#6FA8DC", hue="blue")
_RED: Final = Colours(cell={"bg_color": "#F4B6AC", "font_color": "#6E1309", "bold": True}, bar="#C0392B", hue="red")
_DARK_RED: Final = Colours(cell=_RED.cell, bar="#922B21", hue="red")
_PURPLE: Final = Colours(
    cell={"bg_color": "#D6C1E6", "font_color": "#3F1B5B", "bold": True}, bar="#7D5BA6", hue="purple"
)
_AMBER: Final = Colours(cell={"bg_color": "#FFD98A", "font_color": "#5C3B00", "bold": True}, bar="#E0A100", hue="amber")
_GREY: Final = Colours(cell={"font_color": "#767676", "italic": True}, bar="#A6A6A6", hue="grey")

STATUSES: Final[Mapping[Status, StatusInfo]] = {
    Status.CREATED: StatusInfo(
        meaning="created by this run",
        advice="Nothing to do",
        colours=_GREEN,
        terminal="green",
        always_shown=True,
    ),
    Status.EXISTS: StatusInfo(
        meaning="already existed",
        advice="Nothing to do",
        colours=_BLUE,
        terminal="cyan",
        always_shown=True,
    ),
    Status.REJECTED: StatusInfo(
        meaning="refused by the server",
        advice="Once the cause is fixed; sent again unchanged, it will be refused again",
        colours=_RED,
        terminal="red",
        fixable=True,
        always_shown=True,
    ),
    Status.FAILED: StatusInfo(
        meaning="given up, not created",
        advice="Yes, once the server is healthy: it was not created",
        colours=_DARK_RED,
        terminal="red",
        fixable=True,
        always_shown=True,
    ),
    Status.UNKNOWN: StatusInfo(
        meaning="may or may not be there",
        advice="Yes: it is looked up first, and sent again only if need be",
        colours=_PURPLE,
        terminal="magenta",
        always_shown=True,
    ),
    Status.INVALID: StatusInfo(
        meaning="not sent: wrong in sheet",
        advice="Once the cells are corrected",
        colours=_AMBER,
        terminal="yellow",
        fixable=True,
        always_shown=True,
    ),
    Status.PENDING: StatusInfo(
        meaning="not tried yet",
        advice="Resume the run: it was never tried",
        colours=_GREY,
        always_shown=True,
    ),
    Status.ROLLED_BACK: StatusInfo(
        meaning="deleted by a rollback",
        advice="Only if you want it after all: a rerun creates it again",
        colours=_GREY,
    ),
    Status.WOULD_CREATE: StatusInfo(
        meaning="a run would create it",
        advice="Run the sheet",
        colours=_GREEN,
    ),
    Status.NO_PLACE: StatusInfo(
        meaning="{scope} or a part missing",
        advice="Once you have corrected what the note names",
        colours=_RED,
        fixable=True,
    ),
    Status.AS_REPORTED: StatusInfo(
        meaning="found, same id",
        advice="Nothing to do",
        colours=_GREEN,
    ),
    Status.GONE: StatusInfo(
        meaning="no longer there",
        advice="Find out who deleted it; a new run of the sheet creates it again",
        colours=_RED,
    ),
    Status.DIFFERS: StatusInfo(
        meaning="id, name or plan changed",
        advice="Find out who changed it",
        colours=_AMBER,
    ),
}

ALWAYS_SHOWN: Final = tuple(status for status, info in STATUSES.items() if info.always_shown)
"""The statuses that every summary for scripts has, even at zero."""


def is_to_fix(status: Status) -> bool:
    """Whether such a row belongs into the file of the rows to fix."""
    return not status.done and status is not Status.WOULD_CREATE


def any_fixable(statuses: Mapping[Status, int]) -> bool:
    """Whether any of these rows, counted by status, is for the operator to correct."""
    return any(count and STATUSES[status].fixable for status, count in statuses.items())
