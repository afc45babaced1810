"""The rows of a wave, on their way into a journal: from a sheet, or from an earlier run with some rows corrected.

It joins loading and checking, and knows what a rerun carries over: rows that are done stay done, rows in doubt stay in
doubt, all others are checked and sent again. It opens no file and knows no server.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeAlias

from bulkprov.journal import NewRow
from bulkprov.life import reopened
from bulkprov.model import RESULT_COLUMNS, BackupSet, Fault, Outcome, Record, Reply, Standing, Status, Step

__all__ = ["Check", "Earlier", "Fixes", "fresh", "from_results", "rerun"]

Check: TypeAlias = Callable[[Record], BackupSet | tuple[Fault, ...]]

_PRIOR: Final = {name: position for position, name in enumerate(RESULT_COLUMNS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A row of an earlier run: its cells, and what became of it."""

    record: Record
    ended: Outcome | Standing | None
    """Its outcome; where it stands, if it is not finished; None if it was never tried or has to be tried again."""
    want: BackupSet | None = None
    """What was sent for it; None if that is not known."""


@dataclass(slots=True)
class Fixes:
    """Corrected rows, by the row of the sheet they correct; those that correct none are new rows."""

    by_row: dict[int, Record]
    new: list[Record]
    said: list[str] = field(default_factory=list)
    """What the operator should be told of them."""

    @classmethod
    def of(cls, records: Iterable[Record], columns: Sequence[str], original: Sequence[str]) -> "Fixes":
        """Sort corrected rows.

        Args:
            records: rows of the corrected sheet.
            columns: its own columns.
            original: the columns of the run that is corrected; cells are brought into this order.
        """
        places = [columns.index(name) if name in columns else None for name in original]
        fixes = cls({}, [])
        for record in records:
            cells = tuple("" if place is None else record.cells[place] for place in places)
            faults = tuple(
                replace(f, column=places.index(f.column) if f.column in places else None) for f in record.faults
            )
            moved = replace(record, cells=cells, faults=faults)
            corrects = _prior_row(record)
            if corrects is None:
                fixes.new.append(moved)
            else:
                fixes.by_row[corrects] = replace(moved, sheet_row=corrects)
        return fixes


def fresh(records: Iterable[Record], check: Check) -> Iterator[NewRow]:
    """The rows of a sheet that is new."""
    for record in records:
        yield _checked(record, check)


def from_results(records: Iterable[Record], now: float) -> Iterator[Earlier]:
    """The rows of a results file, which tell themselves what became of them.

    Args:
        records: in the file's order.
        now: seconds since the epoch. When the doubt about an `unknown` row began the file does not say: not later.
    """
    in_doubt = Standing(step=Step.LOOK, doubt=True, open=True, lingers=True, since=now)
    for record in records:
        status = record.prior[_PRIOR["status"]].strip().casefold()
        own_row = _prior_row(record)
        row = replace(record, sheet_row=record.sheet_row if own_row is None else own_row)
        ended: Outcome | Standing | None = None
        if status in (Status.CREATED, Status.EXISTS):
            ended = _prior_outcome(Status(status), record.prior)
        elif status == Status.UNKNOWN:
            ended = in_doubt
        yield Earlier(record=row, ended=ended)


def rerun(earlier: Iterable[Earlier], fixes: Fixes, check: Check, name: str) -> Iterator[NewRow]:
    """The rows of an earlier run, corrected, followed by the new ones.

    Args:
        earlier: all rows of the earlier run, in its order.
        fixes: corrections; what there is to say of them is added to `fixes.said`.
        check: checks a row.
        name: of the earlier run, for the notes.
    """
    used = set()
    for row in earlier:
        number = row.record.sheet_row
        fixed = fixes.by_row.get(number)
        used.add(number)
        yield _again(row, fixed, check, name, fixes.said)
    for number, record in fixes.by_row.items():
        if number not in used:
            fixes.new.append(record)
    for record in fixes.new:
        yield _checked(record, check)


def _again(row: Earlier, fixed: Record | None, check: Check, name: str, said: list[str]) -> NewRow:
    record = fixed or row.record
    new = _checked(record, check)
    renamed = bool(fixed and row.want and (new.want is None or new.want.key != row.want.key))
    match row.ended:
        case Outcome(status=status) if status.done:
            if renamed:
                said.append(
                    f"row {row.record.sheet_row} is {status} already; the other name it has now was not sent. "
                    "To have both, add the other one as a new row"
                )
            return _carried(row, new, row.ended, name)
        case Standing(doubt=True) if not renamed:
            return new if new.want is None else replace(new, standing=reopened(row.ended))
        case Standing(open=True):
            said.append(
                f"row {row.record.sheet_row} was unknown and has another name now; "
                f"a backup set of its old name {row.want.name if row.want else ''} may be there"
            )
            return new
        case _:
            return new


def _carried(row: Earlier, new: NewRow, outcome: Outcome, name: str) -> NewRow:
    """A done row as it is, with a note that says where it comes from."""
    came = f"carried over from {name}"
    note = (
        outcome.note if outcome.note.startswith("carried over from ") else "; ".join(filter(None, (came, outcome.note)))
    )
    return NewRow(
        sheet_row=row.record.sheet_row,
        cells=row.record.cells,
        want=row.want or new.want,
        outcome=replace(outcome, note=note, ours=False, carried=True),
    )


def _checked(record: Record, check: Check) -> NewRow:
    """A row as it enters a journal: with the backup set it wants, or with its faults and the outcome `invalid`."""
    want = check(record)
    if isinstance(want, BackupSet):
        return NewRow(sheet_row=record.sheet_row, cells=record.cells, want=want)
    note = "; ".join(fault.text for fault in want)
    return NewRow(
        sheet_row=record.sheet_row,
        cells=record.cells,
        faults=want,
        outcome=Outcome(status=Status.INVALID, note=note),
    )


def _prior_row(record: Record) -> int | None:
    """The row of the first sheet that this row of a results file stands for."""
    return _whole(record.prior[_PRIOR["sheetRow"]]) if record.prior else None


def _prior_outcome(status: Status, prior: tuple[str, ...]) -> Outcome:
    return Outcome(
        status=status,
        reply=Reply(
            _whole(prior[_PRIOR["errorCode"]]), prior[_PRIOR["errorString"]], _whole(prior[_PRIOR["backupsetId"]]) or 0
        ),
        attempts=_whole(prior[_PRIOR["attempts"]]) or 0,
        http_status=_whole(prior[_PRIOR["httpStatus"]]),
        seconds=_number(prior[_PRIOR["seconds"]]),
        finished_at=_moment(prior[_PRIOR["finishedAt"]]),
        note=prior[_PRIOR["note"]],
    )


def _whole(cell: str) -> int | None:
    cell = cell.strip()
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 19 else None


def _number(cell: str) -> float:
    try:
        return max(float(cell), 0.0)
    except ValueError:
        return 0.0


def _moment(cell: str) -> float:
    try:
        return datetime.fromisoformat(cell.strip()).timestamp()
    except (ValueError, OverflowError):
        return 0.0
