"""The rows of the page's table: which of them fit, and which of them with their stories.

A page is to be small enough to be sent by mail. So a run of many rows shows those that are not well; stories are added
as far as there is room, first those of rows that are not well.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Final

from markupsafe import Markup

from bulkprov.engine.model import Status
from bulkprov.report.context import Context
from bulkprov.report.page.look import render
from bulkprov.report.row import note
from bulkprov.report.statuses import STATUSES
from bulkprov.sheets.columns import simplified
from bulkprov.sheets.rows import Result
from bulkprov.text import clean

__all__ = ["Table", "TableRow"]

_MOST_ROWS: Final = 5_000
"""Rows of a table that a browser still sorts at once."""
_MOST_BYTES: Final = 880_000
"""Of rows and stories together; the rest of a page takes less than 100,000."""
_FOR_ROWS: Final = 0.8
"""The share of these bytes that rows may take, so that something is left for stories."""
_LONGEST_NAME: Final = 120
_LONGEST_TEXT: Final = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """What the table shows of a row."""

    place: int
    """Position among all rows, from 0."""
    number: int
    """In the sheet."""
    names: Sequence[str]
    """Its cells under the columns that name what it wants."""
    status: Status
    hue: str
    code: str
    id: int | None
    said: str
    """The server's words, and ours."""
    well: bool
    troubled: bool
    """Whether there is anything to be told of it; there is nothing of a row that was never tried."""
    story: Mapping[str, Any] | None = None
    """As `bulkprov show` has it."""


class Table:
    """Rows are taken in one by one; no more are kept than can be shown."""

    def __init__(self, columns: Sequence[str], context: Context) -> None:
        known = context.kind.columns
        headers = ((known.by_header.get(simplified(name)), at) for at, name in enumerate(columns))
        found = {column.name: at for column, at in headers if column}
        self._at = [found[column.name] for column in known.own if column.required and column.name in found]
        self.header = [columns[at] for at in self._at]
        self._well = context.operation.well
        self._context = context
        self._rows: list[TableRow] = []
        self._only_unwell = False
        self.total = self.unwell = 0
        """All rows, and those of them that are not well."""
        self.shown = self.storied = self.storyless = 0
        """Rows that are shown; those of them with their stories; and those that would have one if there were room."""

    def add(self, result: Result) -> None:
        """Take in a row."""
        well = result.status in self._well
        if self.total == _MOST_ROWS:
            self._rows, self._only_unwell = [row for row in self._rows if not row.well], True
        if not (well and self._only_unwell) and len(self._rows) < _MOST_ROWS:
            self._rows.append(self._shown(result, well=well))
        self.total += 1
        self.unwell += not well

    def _shown(self, result: Result, *, well: bool) -> TableRow:
        words, ours = clean(result.error_string), note(result)
        if words and ours:
            words, ours = f"{words}{' ' if words.endswith(('.', '!')) else '. '}", f"{ours[:1].upper()}{ours[1:]}"
        said = words + ours
        return TableRow(
            place=self.total,
            number=result.sheet_row,
            names=[_cut(result.cells[at], _LONGEST_NAME) for at in self._at],
            status=result.status,
            hue=STATUSES[result.status].colours.hue,
            code=str(result.error_code or ""),
            id=result.id,
            said=_cut(said, _LONGEST_TEXT),
            well=well,
            troubled=bool(said) or result.attempts > 1 or not (well or result.status is Status.PENDING),
        )

    def drawn(self) -> Markup:
        """The rows as markup."""
        kept = self._rows
        drawn = {row.place: _drawn(row) for row in kept}
        if _size(drawn.values()) > _MOST_BYTES * _FOR_ROWS:
            kept = _fitting([row for row in kept if not row.well], drawn)
            drawn = {row.place: drawn[row.place] for row in kept}
        self._add_stories(kept, drawn)
        self.shown = len(kept)
        return Markup("\n").join(drawn[row.place] for row in kept)

    def _add_stories(self, kept: Sequence[TableRow], drawn: dict[int, Markup]) -> None:
        """Draw rows with their stories, as long as there is room."""
        room = _MOST_BYTES - _size(drawn.values())
        for rows in (
            [row for row in kept if row.troubled and not row.well],
            [row for row in kept if row.troubled and row.well],
        ):
            by_number = {row.number: row for row in rows}
            for number, story in self._context.stories(by_number) if rows else ():
                row = by_number[number]
                with_story = _drawn(replace(row, story=story))
                room -= _size([with_story]) - _size([drawn[row.place]])
                if room < 0:
                    break
                drawn[row.place] = with_story
                self.storied += 1
            self.storyless += len(rows)
        self.storyless -= self.storied


def _fitting(rows: Sequence[TableRow], drawn: Mapping[int, Markup]) -> list[TableRow]:
    """The first rows, as many as there is room for."""
    sizes = accumulate(_size([drawn[row.place]]) for row in rows)
    return [row for row, size in zip(rows, sizes, strict=True) if size <= _MOST_BYTES * _FOR_ROWS]


def _drawn(row: TableRow) -> Markup:
    return render("row.html", row=row)


def _size(parts: Iterable[Markup]) -> int:
    return sum(len(part.encode()) + 1 for part in parts)


def _cut(text: str, longest: int) -> str:
    text = clean(text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
