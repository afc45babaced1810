"""Why rows are not done, explained: groups of rows joined with what the catalogue knows of their errors. Pure."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from bulkprov.engine.model import Status
from bulkprov.report.aggregate import NOT_REACHED, Group
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.statuses import STATUSES

__all__ = ["WIDTH", "Explain", "Explained", "explain_by_status", "explain_from", "explanation", "reason"]

Explain: TypeAlias = Callable[[Group], "Explained"]
"""Says what a group's error means, and whether a rerun of its rows is worthwhile."""

_REFUSED: Final = "Yes: the server has refused it, and it is looked up first, in case it had an effect all the same"
"""Of a row whose refusal no look has confirmed yet."""
_MOST_EXPLAINED: Final = 5
"""Reasons that are told with what they mean and what to do."""
_MOST_GROUPS: Final = 12
"""Reasons that are told at all: all of a wave of ordinary mistakes."""
WIDTH: Final = 110
"""Letters of a line on a terminal, if it is as wide as that."""
_TOGETHER: Final = "\N{NO-BREAK SPACE}"
"""Between what is not to be broken apart: `row` and its number."""
_LONGEST: Final = 160
"""Letters of a reason that are shown on a terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What is known of why the rows of a group are not done."""

    rerun: str
    """Whether a rerun is worthwhile."""
    meaning: str = ""
    """What the error means, if the catalogue knows it."""
    edit: str = ""
    """Columns to look at, or what else to change; empty if that is not known."""
    known: bool = False
    """Whether the catalogue knows the error."""

    @property
    def advice(self) -> str:
        """All of it as sentences."""
        if not self.known:
            return self.rerun
        parts = (f"{_capitalised(self.rerun)}.", _capitalised(self.meaning), f"Edit: {self.edit}." if self.edit else "")
        return " ".join(filter(None, parts))


def explain_by_status(group: Group) -> Explained:
    """What can be said without knowing the server's errors."""
    if group.status is Status.UNKNOWN and group.code:
        return Explained(rerun=_REFUSED)
    return Explained(rerun=STATUSES[group.status].advice)


def explain_from(catalogue: Catalogue) -> Explain:
    """From the catalogue where it knows the error, else by status."""

    def explain(group: Group) -> Explained:
        entry = catalogue.find(group.code, group.http_status, group.text)
        by_status = explain_by_status(group)
        if entry is None or group.status is Status.UNKNOWN:  # what is wrong with the row is not known yet either
            return by_status
        return Explained(rerun=entry.rerun or by_status.rerun, meaning=entry.meaning, edit=entry.edit, known=True)

    return explain


def explanation(groups: Sequence[Group], catalogue: Catalogue, width: int = WIDTH) -> Iterator[str]:
    """The reasons in lines for a terminal, the most frequent ones with what they mean and what to do.

    The server's words come first: what is wrong in the sheet explains itself. Rows that the run did not reach are left
    out, since nothing is wrong with them; not so those that were not sent because what is listed may be theirs.

    Args:
        groups: as `Totals` has them.
        catalogue: what errors mean.
        width: letters of a line.
    """
    shown = [group for group in groups if group.text != NOT_REACHED]
    shown.sort(key=lambda group: group.status is Status.INVALID)
    explain = explain_from(catalogue)
    for group in shown[:_MOST_EXPLAINED]:
        yield from _headed(group, width)
        explained = explain(group)
        if explained.known:
            yield from _wrapped(f"means: {explained.meaning}", "    ", width)
        if explained.known or group.status is not Status.INVALID:
            edit = f"; edit: {explained.edit}" if explained.edit else ""
            advice = f"rerun: {explained.rerun}"
            if group.status is Status.UNKNOWN:  # a resume does it as well
                advice = f"go on: {explained.rerun.removeprefix('Yes: ')}"
            yield from _wrapped(f"{advice}{edit}", "    ", width)
    most = _MOST_GROUPS if len(shown) > _MOST_GROUPS + 1 else len(shown)  # a line on one more would be as long as it
    for group in shown[_MOST_EXPLAINED:most]:
        yield from _named(group, width)
    if more := len(shown[most:]):
        yield f"  and {more:,} other reasons; the results have each row's note"


def reason(group: Group, longest: int) -> str:
    """The server's code and words, or ours, in so many letters at most."""
    return ": ".join(filter(None, (_code(group), textwrap.shorten(group.told, longest, placeholder=" …"))))


def _code(group: Group) -> str:
    """The server's code, unless its words begin with it."""
    code = f"errorCode {group.code}" if group.code else group.http_label
    return "" if group.text.startswith(code) else code


def _headed(group: Group, width: int) -> Iterator[str]:
    """How many rows of which status, and why: row by row, where something else is said of each."""
    if not group.varies:
        yield from _named(group, width)
        return
    more = "such as" if group.rows > len(group.examples) else ""
    head = f"{group.rows:,} {group.status}"
    head = ", ".join(filter(None, (head, _code(group), more)))
    yield f"  {head}:"
    for row, words in zip(group.examples, group.words, strict=True):
        yield from _wrapped(f"row {row}: {textwrap.shorten(words, _LONGEST, placeholder=' …')}", "    ", width)


def _named(group: Group, width: int) -> list[str]:
    """How many rows of which status, and why."""
    return _wrapped(f"{group.rows:,} {group.status}: {reason(group, _LONGEST)} ({_rows(group)})", "  ", width)


def _rows(group: Group) -> str:
    """The rows of a group by number: `row 7`, or `rows 7, 12, 19 ...`."""
    numbers = ", ".join(map(str, group.examples))
    return f"row{'s' if group.rows > 1 else ''}{_TOGETHER}{numbers}{' ...' if group.rows > len(group.examples) else ''}"


def _capitalised(text: str) -> str:
    """The text with a capital first letter; `str.capitalize` would change the others too."""
    return f"{text[:1].upper()}{text[1:]}"


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    lines = textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=f"{indent}  ")
    return [line.replace(_TOGETHER, " ") for line in lines]
