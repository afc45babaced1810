"""Why rows are not done, explained: groups of rows joined with what the catalogue knows of their errors. Pure."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from bulkprov.engine.model import Status
from bulkprov.report.aggregate import NOT_REACHED, Group
from bulkprov.report.error_catalogue import Catalogue, Entry
from bulkprov.report.statuses import STATUSES

__all__ = ["WIDTH", "Advice", "advice_by_status", "advice_from", "explanation"]

Advice: TypeAlias = Callable[[Group], str]
"""Says whether a rerun of a group's rows is worthwhile, in one or more sentences."""

_MOST_GROUPS: Final = 5
WIDTH: Final = 110
"""Letters of a line on a terminal, if it is as wide as that."""
_LONGEST: Final = 160
"""Letters of a reason that are shown on a terminal."""


def advice_by_status(group: Group) -> str:
    """What can be said without knowing the server's errors."""
    return STATUSES[group.status].advice


def advice_from(catalogue: Catalogue) -> Advice:
    """Advice for the Summary: from the catalogue where it knows the error, else by status."""

    def advice(group: Group) -> str:
        entry = _entry(catalogue, group)
        if entry is None:
            return advice_by_status(group)
        parts = [f"{_capitalised(entry.rerun)}." if entry.rerun else "", _capitalised(entry.meaning)]
        parts += [f"Edit: {entry.edit}." if entry.edit else ""]
        return " ".join(filter(None, parts))

    return advice


def explanation(groups: Sequence[Group], catalogue: Catalogue, width: int = WIDTH) -> Iterator[str]:
    """The most frequent reasons in lines for a terminal, with what they mean and what to do.

    The server's words come first: what is wrong in the sheet explains itself. Rows that the run did not reach are left
    out, since nothing is wrong with them; not so those that were not sent because what is listed may be theirs.

    Args:
        groups: as `Totals` has them.
        catalogue: what errors mean.
        width: letters of a line.
    """
    shown = [group for group in groups if group.text != NOT_REACHED]
    shown.sort(key=lambda group: group.status is Status.INVALID)
    for group in shown[:_MOST_GROUPS]:
        code = f"errorCode {group.code}" if group.code else group.http_label
        code = "" if group.text.startswith(code) else code
        reason = ": ".join(filter(None, (code, textwrap.shorten(group.text, _LONGEST, placeholder=" …"))))
        yield from _wrapped(f"{group.rows:,} {group.status}: {reason} ({_rows(group)})", "  ", width)
        entry = _entry(catalogue, group)
        if entry:
            yield from _wrapped(f"means: {entry.meaning}", "    ", width)
        if entry or group.status is not Status.INVALID:
            rerun = entry.rerun if entry and entry.rerun else advice_by_status(group)
            edit = f"; edit: {entry.edit}" if entry and entry.edit else ""
            yield from _wrapped(f"rerun: {rerun}{edit}", "    ", width)
    if len(shown) > _MOST_GROUPS:
        yield f"  and {len(shown) - _MOST_GROUPS:,} other reasons; see each row's note"


def _entry(catalogue: Catalogue, group: Group) -> Entry | None:
    return catalogue.find(group.code, group.http_status, group.text)


def _rows(group: Group) -> str:
    """The rows of a group by number: `row 7`, or `rows 7, 12, 19 ...`."""
    numbers = ", ".join(map(str, group.examples))
    return f"row{'s' if group.rows > 1 else ''} {numbers}{' ...' if group.rows > len(group.examples) else ''}"


def _capitalised(text: str) -> str:
    """The text with a capital first letter; `str.capitalize` would change the others too."""
    return f"{text[:1].upper()}{text[1:]}"


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=f"{indent}  ")
