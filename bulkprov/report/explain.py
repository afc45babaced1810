"""Why rows are not done, explained: groups of rows joined with what the catalogue knows of their errors. Pure."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from bulkprov.engine.model import Status
from bulkprov.report.aggregate import NOT_REACHED, Group
from bulkprov.report.error_catalogue import Catalogue, Entry
from bulkprov.report.statuses import STATUSES

__all__ = ["Advice", "advice_by_status", "advice_from", "explanation", "meaning_of"]

Advice: TypeAlias = Callable[[Group], str]
"""Says whether a rerun of a group's rows is worthwhile, in one or more sentences."""

_MOST_GROUPS: Final = 5
_WIDTH: Final = 110
"""Letters of a line on a terminal."""
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


def explanation(groups: Sequence[Group], catalogue: Catalogue) -> Iterator[str]:
    """The most frequent reasons in lines for a terminal, with what they mean and what to do.

    The server's words come first: what is wrong in the sheet explains itself. Rows that the run did not reach are left
    out, since nothing is wrong with them; not so those that were not sent because what is listed may be theirs.
    """
    shown = [group for group in groups if group.text != NOT_REACHED]
    shown.sort(key=lambda group: group.status is Status.INVALID)
    for group in shown[:_MOST_GROUPS]:
        code = f"errorCode {group.code}" if group.code else group.http_label
        code = "" if group.text.startswith(code) else code
        reason = ": ".join(filter(None, (code, textwrap.shorten(group.text, _LONGEST, placeholder=" …"))))
        yield from _wrapped(f"{group.rows:,} {group.status}: {reason} ({_rows(group)})", "  ")
        known = meaning_of(group, catalogue)
        if known["means"]:
            yield from _wrapped(f"means: {known['means']}", "    ")
        if known["rerun"]:
            edit = f"; edit: {known['edit']}" if known["edit"] else ""
            yield from _wrapped(f"rerun: {known['rerun']}{edit}", "    ")
    if len(shown) > _MOST_GROUPS:
        yield f"  and {len(shown) - _MOST_GROUPS:,} other reasons; see each row's note"


def meaning_of(group: Group, catalogue: Catalogue) -> dict[str, str | None]:
    """What is known of a reason: what it `means`, whether a `rerun` is worthwhile, what to `edit`; None for nothing."""
    entry = _entry(catalogue, group)
    explains_itself = not entry and group.status is Status.INVALID
    return {
        "means": entry.meaning if entry else None,
        "rerun": None if explains_itself else entry.rerun if entry and entry.rerun else advice_by_status(group),
        "edit": entry.edit or None if entry else None,
    }


def _entry(catalogue: Catalogue, group: Group) -> Entry | None:
    return catalogue.find(group.code, group.http_status, group.text)


def _rows(group: Group) -> str:
    """The rows of a group by number: `row 7`, or `rows 7, 12, 19 ...`."""
    numbers = ", ".join(map(str, group.examples))
    return f"row{'s' if group.rows > 1 else ''} {numbers}{' ...' if group.rows > len(group.examples) else ''}"


def _capitalised(text: str) -> str:
    """The text with a capital first letter; `str.capitalize` would change the others too."""
    return f"{text[:1].upper()}{text[1:]}"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")
