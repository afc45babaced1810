"""Why rows are not done, explained: groups of a digest joined with what the catalogue knows of them. Pure."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from bulkprov.engine.model import Status
from bulkprov.report.aggregate import Advice, Group, by_status
from bulkprov.report.error_catalogue import Catalogue, Entry

__all__ = ["adviser", "explained"]

_GROUPS: Final = 5
_WIDTH: Final = 110
_LONGEST: Final = 160
"""Letters of a reason that are shown on a terminal."""


def adviser(catalogue: Catalogue) -> Advice:
    """Advice for the Summary: the catalogue's where it has some, else what the status says."""

    def advice(group: Group) -> str:
        entry = _entry(catalogue, group)
        if entry is None:
            return by_status(group)
        parts = [f"{entry.rerun[:1].upper()}{entry.rerun[1:]}." if entry.rerun else "", _sentence(entry.meaning)]
        parts += [f"Edit: {entry.edit}." if entry.edit else ""]
        return " ".join(filter(None, parts))

    return advice


def explained(groups: Sequence[Group], catalogue: Catalogue) -> Iterator[str]:
    """The most frequent reasons in lines for a terminal, with what they mean and what to do.

    What the server said comes first, since the faults of invalid rows explain themselves. Rows that the run did not
    come to are left out: nothing is wrong with them.
    """
    shown = [group for group in groups if group.status is not Status.PENDING]
    shown.sort(key=lambda group: group.status is Status.INVALID)
    for group in shown[:_GROUPS]:
        code = f"errorCode {group.code}" if group.code else group.http_label
        code = "" if group.text.startswith(code) else code
        said = ": ".join(filter(None, (code, textwrap.shorten(group.text, _LONGEST, placeholder=" …"))))
        yield from _wrapped(f"{group.rows:,} {group.status}: {said} ({_rows(group)})", "  ")
        entry = _entry(catalogue, group)
        if entry:
            yield from _wrapped(f"means: {entry.meaning}", "    ")
        if entry or group.status is not Status.INVALID:
            rerun = entry.rerun if entry and entry.rerun else by_status(group)
            edit = f"; edit: {entry.edit}" if entry and entry.edit else ""
            yield from _wrapped(f"rerun: {rerun}{edit}", "    ")
    if len(shown) > _GROUPS:
        yield f"  and {len(shown) - _GROUPS:,} other reasons; every row has its own in its note"


def _entry(catalogue: Catalogue, group: Group) -> Entry | None:
    return catalogue.find(group.code, group.http_status, group.text)


def _rows(group: Group) -> str:
    """Say which: row 7, or rows 7, 12, 19 ..."""
    named = ", ".join(map(str, group.examples))
    return f"row{'s' if group.rows > 1 else ''} {named}{' ...' if group.rows > len(group.examples) else ''}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")
