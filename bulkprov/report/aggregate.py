"""Totals: counts, grouped reasons, what happened when. Pure, and small however many rows there are.

Reasons are grouped by errorCode and text; what stands in quotes or brackets does not count, so that a thousand names
which the server does not know are one group.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from bulkprov.engine.model import Status
from bulkprov.engine.operations import RUN
from bulkprov.report.over_time import OverTime
from bulkprov.report.row import reason
from bulkprov.sheets.rows import Result
from bulkprov.text import clean

__all__ = ["Group", "Totals"]

_MOST_GROUPS: Final = 500
"""Groups that are kept, so that a server with ever new texts cannot fill the memory; the rest is one group more."""
_MOST_EXAMPLES: Final = 3
"""Rows that a group names; one more, if that is all of them."""

_NAMES: Final = r"""(?<!\w)'[^']*'(?!\w)|"[^"]*"|\[[^]]*\]|“[^”]*”|«[^»]*»"""
_VARYING_OF_SERVER: Final = re.compile(_NAMES)
_VARYING_OF_OURS: Final = re.compile(rf"{_NAMES}|(?<!HTTP )\b[0-9]+\b")
"""What differs between texts that say the same: names, and in our own texts the numbers of rows and attempts too."""
_PLACEHOLDER: Final = "…"
"""Stands for what differs."""
_COMPARED: Final = 1_000
"""Letters of a text that are compared: a megabyte of opening brackets must not cost minutes."""
_SUGGESTED: Final = re.compile(r"[;:] did you mean [^?]*\?")
"""What else differs in our own texts: there may be a suggestion, or two, or none."""
_CELL: Final = re.compile(r"^(?:(?:[^!:]*!)?[A-Z]{1,3}|row )[0-9]+: ")
"""The cell at the beginning of a fault, or the row if it comes from no file: `Wave 3!C17: `, `row 17: `."""

NOT_REACHED: Final = "the run stopped before it reached these rows"
_NO_REASON: Final = "no reason was given"
_OTHERS: Final = "other reasons; see each row's note"


@dataclass(slots=True)
class Group:
    """Rows that ended in the same status for the same reason."""

    status: Status
    code: int | None
    """The server's errorCode, if it gave one."""
    http_status: int | None
    text: str
    """The server's words or ours; `…` stands for what differs between the rows."""
    rows: int = 0
    examples: list[int] = field(default_factory=list)
    """The first few such rows, by their numbers in the sheet."""
    words: list[str] = field(default_factory=list)
    """What is said of each of those rows."""

    @property
    def example(self) -> int:
        """The first such row."""
        return self.examples[0]

    @property
    def varies(self) -> bool:
        """Whether something else is said of each row, such as the name that is meant."""
        return bool(self.words) and self.words[0] != self.text

    @property
    def told(self) -> str:
        """The reason as people read it: what is said of the first row, and whether it is like that of the others."""
        return f"{self.words[0]} (and the like)" if self.varies else self.text

    @property
    def http_label(self) -> str:
        """`HTTP 403`, say; empty if the HTTP status is not an error."""
        return _http_label(self.http_status)


def _http_label(status: int | None) -> str:
    return f"HTTP {status}" if status is not None and status >= 400 else ""


class Totals:
    """Rows added up one by one.

    Args:
        well: the statuses that need no reason, since nothing is left to do for such rows.
    """

    def __init__(self, well: Collection[Status] = RUN.well) -> None:
        self.well = well
        self.statuses: Counter[Status] = Counter()
        self.carried: Counter[Status] = Counter()
        """The rows among them that an earlier run settled."""
        self.codes: Counter[str] = Counter()
        """Rows that are not well and of which the server gave a code, by its errorCode or its HTTP status."""
        self.ended = 0
        """Rows to which this run itself gave an outcome, at a time that is known."""
        self.last = 0.0
        """When the last of them ended, in seconds since the epoch; of a row that is rolled back that is not known."""
        self.over_time = OverTime()
        """When this run created something."""
        self._groups: dict[tuple[Status, int | None, int | None, str], Group] = {}

    def add(self, result: Result) -> None:
        """Count a row."""
        self.statuses[result.status] += 1
        if result.carried:
            self.carried[result.status] += 1
        elif result.finished_at:
            self.ended += 1
            if result.status is not Status.ROLLED_BACK:
                self.last = max(self.last, result.finished_at)
        self.over_time.ended(result)
        if result.status not in self.well and result.status is not Status.WOULD_CREATE:
            code = f"errorCode {result.error_code}" if result.error_code else _http_label(result.http_status)
            if code and result.status is not Status.PENDING:
                self.codes[code] += 1
            common = _common_of_server if result.error_string else _common_of_ours
            for text in {reason[:_COMPARED] for reason in _reasons(result)}:
                self._add_to_group(result, text, common(text))

    @property
    def rows(self) -> int:
        """The number of all rows."""
        return self.statuses.total()

    @property
    def groups(self) -> list[Group]:
        """Why rows are not done, the most frequent reason first; a row with two faults is in two groups."""
        return sorted(self._groups.values(), key=lambda group: -group.rows)

    def _add_to_group(self, result: Result, text: str, common: str) -> None:
        """Count a row under a reason.

        Args:
            result: the row.
            text: the reason in full.
            common: what it has in common with others of its group.
        """
        http_status = None if result.error_code else result.http_status
        key = (result.status, result.error_code, http_status, common)
        if key not in self._groups and len(self._groups) >= _MOST_GROUPS:
            key, common, text = (result.status, None, None, ""), _OTHERS, _OTHERS
        if key not in self._groups:
            self._groups[key] = Group(result.status, key[1], key[2], text)
        group = self._groups[key]
        group.rows += 1
        if group.rows <= _MOST_EXAMPLES + 1:
            group.examples.append(result.sheet_row)
            group.words.append(text)
        elif group.rows == _MOST_EXAMPLES + 2:
            del group.examples[_MOST_EXAMPLES:], group.words[_MOST_EXAMPLES:]
        if group.text != text:
            group.text = common


def _common_of_server(text: str) -> str:
    return _VARYING_OF_SERVER.sub(_PLACEHOLDER, text)


def _common_of_ours(text: str) -> str:
    return _VARYING_OF_OURS.sub(_PLACEHOLDER, _SUGGESTED.sub("", text))


def _reasons(result: Result) -> set[str]:
    """Why a row is not done: the server's words, else each of its faults, else our note."""
    if result.error_string:
        return {clean(result.error_string)}
    faults = {_CELL.sub("", clean(fault.text)) for fault in result.faults}
    return faults or {reason(result) or (NOT_REACHED if result.status is Status.PENDING else _NO_REASON)}
