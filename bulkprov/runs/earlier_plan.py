"""What has changed since an earlier plan: the file of that one against the rows of a new one.

Rows are recognised by what they name, so that the sheet may have been sorted or edited in between; a row that was or is
invalid, or whose client was corrected, by its number, or by its faults. It asks no server and changes nothing.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from bulkprov.engine.model import Status
from bulkprov.engine.operations import PLAN
from bulkprov.engine.wanted import Wanted, folded
from bulkprov.errors import SheetError
from bulkprov.journal.rows import JournalRow
from bulkprov.kind import Kind
from bulkprov.report.formats import FORMATS
from bulkprov.runs.corrections import row_number
from bulkprov.runs.intake import opened_sheet
from bulkprov.settings import Reading
from bulkprov.sheets.rows import RESULT_COLUMNS
from bulkprov.sheets.validate import checker

__all__ = ["Change", "Changed", "PlanRow", "changes", "earlier_plan", "plan_rows"]

_STATUS: Final = RESULT_COLUMNS.index("status")
_NOTE: Final = RESULT_COLUMNS.index("note")
_OF_A_PLAN: Final = PLAN.well | {Status.NO_PLACE, Status.INVALID, Status.PENDING, Status.REJECTED}


class Changed(StrEnum):
    """In what way a row is not as it was."""

    WORSE = "worse"
    """It was fine, and is not."""
    DEEPER = "deeper"
    """It was fine, and is not by what only `--deep` looks at, of which the earlier plan shows no sign."""
    BETTER = "better"
    """It is fine now."""
    UNSEEN = "unseen"
    """It was not fine by what only `--deep` looks at, and the new plan has not looked at that."""
    MADE = "made"
    """Its thing was to be created, and is there."""
    GONE = "gone"
    """Its thing was there, and is to be created."""
    OTHERWISE = "otherwise"
    """It is not fine, for another reason than before."""
    NEW = "new"
    """It is new in the sheet."""
    DROPPED = "dropped"
    """It is not in the sheet any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A row of a plan, as its file or its journal has it."""

    sheet_row: int
    """0 if the file does not tell."""
    want: Wanted | None
    """None if it is invalid."""
    status: Status
    note: str = ""
    deep: bool = False
    """Whether it is not fine by what only `--deep` looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row that is not as it was."""

    how: Changed
    was: PlanRow | None
    now: PlanRow | None


def earlier_plan(path: Path, kind: Kind[Any]) -> list[PlanRow]:
    """The rows of an earlier plan.

    Args:
        path: its file, or the folder that was given to it by `--output`.
        kind: of the things that the rows name.

    Raises:
        SheetError: it is no file of a plan.
    """
    if path.is_dir():
        files = [file for form in FORMATS if (file := path / f"{PLAN.file}.{form}").is_file()]
        if not files:
            raise SheetError(f"{path}: there is no {PLAN.file}.xlsx in it; `bulkprov plan SHEET -o FOLDER` writes one")
        path = max(files, key=lambda file: file.stat().st_mtime)
    sheet = opened_sheet(str(path), Reading(), kind)
    if not sheet.is_results:
        raise SheetError(f"{path} is not the file of a plan; `bulkprov plan SHEET -o FOLDER` writes one")
    check = checker(kind.check, sheet.fields, sheet_name=sheet.sheet_name)
    found: list[PlanRow] = []
    for record in (record for chunk in sheet.chunks() for record in chunk):
        word = record.prior[_STATUS].strip().casefold()
        if word not in _OF_A_PLAN:
            raise SheetError(
                f"{path} is not the file of a plan: row {record.sheet_row} is {word or 'without a status'}"
            )
        status, want = Status(word), check(record)
        named = None if isinstance(want, tuple) or status is Status.INVALID else want
        note = record.prior[_NOTE]
        deep = status is Status.NO_PLACE and kind.found_deeply(note)
        found.append(PlanRow(sheet_row=row_number(record) or 0, want=named, status=status, note=note, deep=deep))
    return found


def plan_rows(rows: Iterable[JournalRow], kind: Kind[Any]) -> Iterator[PlanRow]:
    """The rows of a plan that has just been made, as far as it got; of things of a kind."""
    for row in rows:
        if row.outcome:
            status = row.outcome.status
            want = None if status is Status.INVALID else row.want
            note = row.outcome.note or "; ".join(fault.text for fault in row.faults)
            deep = status is Status.NO_PLACE and kind.found_deeply(note)
            yield PlanRow(sheet_row=row.sheet_row, want=want, status=status, note=note, deep=deep)


def changes(before: Iterable[PlanRow], after: Iterable[PlanRow], *, deep: bool) -> list[Change]:
    """The rows that are not as they were: in the order of the new plan, then those that it does not have.

    Args:
        before: the rows of the earlier plan. Its file does not say whether it was one with `--deep`: it was, if it has
            a row that only such a plan finds.
        after: those of the new one.
        deep: whether that is one with `--deep`.
    """
    then, new = list(before), list(after)
    was_deep = any(each.deep for each in then)
    pairs = _pairs(then, new)
    found: list[Change] = []
    for now in new:
        was = pairs.get(id(now))
        if was is None:
            found.append(Change(how=Changed.NEW, was=None, now=now))
            continue
        how = _how(was.status, now.status)
        if now.deep and not was_deep and was.status is Status.WOULD_CREATE:
            how = Changed.DEEPER
        elif was.deep and not deep and now.status is Status.WOULD_CREATE:
            how = Changed.UNSEEN
        if how:
            found.append(Change(how=how, was=was, now=now))
    matched = {id(was) for was in pairs.values()}
    found += (Change(how=Changed.DROPPED, was=was, now=None) for was in then if id(was) not in matched)
    return found


def _pairs(then: Sequence[PlanRow], new: Sequence[PlanRow]) -> dict[int, PlanRow]:
    """The row of the earlier plan that each row of the new one is, by the object's `id`; nothing for a new row."""
    pairs: dict[int, PlanRow] = {}
    for mark, fits in _RECOGNISED:
        matched, free = {id(was) for was in pairs.values()}, defaultdict[Hashable, deque[PlanRow]](deque)
        for was in then:
            if id(was) not in matched and (its := mark(was)) is not None:
                free[its].append(was)
        for now in new:
            if id(now) not in pairs and (others := free.get(mark(now))) and fits(others[0], now):
                pairs[id(now)] = others.popleft()
    return pairs


def _name(row: PlanRow) -> Hashable:
    return row.want.key if row.want else None


def _fault(row: PlanRow) -> Hashable:
    return None if row.want else row.note or None


def _place_and_fault(row: PlanRow) -> Hashable:
    return None if row.want or not row.sheet_row else (row.sheet_row, row.note)


def _place(row: PlanRow) -> Hashable:
    return row.sheet_row or None


def _is_corrected(was: PlanRow, now: PlanRow) -> bool:
    """Whether a row may be the one of its number that was invalid or is, or whose client was corrected."""
    return bool(was.want or now.want) and not _are_two(was, now)


_RECOGNISED: Final[Sequence[tuple[Callable[[PlanRow], Hashable], Callable[[PlanRow, PlanRow], bool]]]] = (
    (_name, lambda _was, _now: True),
    (_place_and_fault, lambda _was, _now: True),
    (_fault, lambda _was, _now: True),
    (_place, _is_corrected),
    (_place, lambda was, now: not _are_two(was, now)),
)
"""By what rows are recognised, the surest first, and which of those that agree in it are one row all the same."""


def _are_two(was: PlanRow, now: PlanRow) -> bool:
    """Whether two rows of one number, that name two things, are two: a client may have been corrected, but no name."""
    return bool(was.want and now.want and folded(was.want.name) != folded(now.want.name))


def _how(was: Status, now: Status) -> Changed | None:
    """In what way one status is not another; None if it is, or if the earlier plan had not got to the row."""
    if was is now or was is Status.PENDING:
        return None
    if was in PLAN.well and now in PLAN.well:
        return Changed.MADE if now is Status.EXISTS else Changed.GONE
    if was in PLAN.well:
        return Changed.WORSE
    return Changed.BETTER if now in PLAN.well else Changed.OTHERWISE
