"""The rows of a wave, on their way into a journal: from a sheet, or from an earlier run with some rows corrected.

It knows what a rerun carries over: rows that are done stay done, rows in doubt stay in doubt, all others are checked
and sent again. What became of a row is told by the journal, whatever a results file says by now; without the journal
nothing is believed that a look-up has not found. It opens no file and knows no server; how corrected rows are matched
is in `corrections.py`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from bulkprov.engine.lifecycle import reopened, reported
from bulkprov.engine.model import Outcome, Standing, Status, Step
from bulkprov.engine.wanted import Wanted
from bulkprov.journal.rows import Kept, NewRow
from bulkprov.runs.corrections import Fixes, Layout, new_rows, prior_of, repeated_rows, row_of
from bulkprov.sheets.rows import Fault, Record
from bulkprov.sheets.validate import CheckRecord

__all__ = [
    "Earlier",
    "Edited",
    "first",
    "fresh",
    "from_results",
    "rerun",
    "rerun_edited",
    "to_plan",
    "to_verify",
]

_SAID: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A row of an earlier run: its cells, and what became of it."""

    record: Record
    ended: Outcome | Standing | None
    """Its outcome; where it stands, if it is not finished; None if it was never tried or has to be tried again."""
    want: Wanted | None = None
    """What was sent for it; None if that is not known."""
    faults: tuple[Fault, ...] = ()
    """What was wrong with it, if it could not be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A file of corrected rows, as a rerun sees it."""

    name: str
    """Of the file, for what is said."""
    layout: Layout
    check: CheckRecord
    """Checks a row of the file; its faults name the file's cells."""
    said: list[str]
    """What the operator should be told of the rows is added here."""


def fresh(records: Iterable[Record], check: CheckRecord) -> Iterator[NewRow]:
    """The rows of a sheet that is new."""
    for record in records:
        yield _checked(record, check, record.sheet_row)


def to_verify(rows: Iterable[Kept], now: float) -> Iterator[NewRow]:
    """The done rows of a run, to be looked at again.

    Args:
        rows: of the run.
        now: seconds since the epoch. Nothing was reported later, however the machine's clock was set in between.
    """
    for row in rows:
        if isinstance(row.ended, Outcome) and row.ended.status.done and row.want:
            standing = reported(row.ended.reply.id, min(row.ended.finished_at, now))
            yield NewRow(sheet_row=row.sheet_row, cells=row.cells, want=row.want, standing=standing)


def to_plan(rows: Iterable[Kept]) -> Iterator[NewRow]:
    """The rows of a run that are still to be done."""
    for row in rows:
        if isinstance(row.ended, Standing) and row.want:
            yield NewRow(sheet_row=row.sheet_row, cells=row.cells, want=row.want)


def from_results(records: Callable[[], Iterable[Record]], check: CheckRecord, now: float) -> Iterator[NewRow]:
    """The rows of a results file whose journal is not at hand.

    It may be of a rehearsal, or of another server, and its names may have been edited: what it calls done is looked up,
    whether or not first looks are wanted. Of rows with the same `sheetRow` all but one were copied.

    Args:
        records: gives the rows in the file's order, each time it is called.
        check: checks a row.
        now: seconds since the epoch. When the doubt about an `unknown` row began the file does not say: not later.
    """
    in_doubt = Standing(step=Step.LOOK, doubt=True, open=True, lingers=True, since=now)
    repeated = repeated_rows(records())
    for record in records():
        number = row_of(record)
        new = _checked(record, check, None if number in repeated else number)
        status = prior_of(record, "status").strip().casefold()
        if new.want is None or status not in (Status.CREATED, Status.EXISTS, Status.UNKNOWN):
            yield new
        else:
            doubted = status == Status.UNKNOWN and number not in repeated
            yield replace(new, standing=in_doubt if doubted else Standing(step=Step.LOOK))


def rerun(
    earlier: Iterable[Earlier], check: CheckRecord, name: str, fixes: Fixes, edited: Edited | None
) -> Iterator[NewRow]:
    """The rows of an earlier run, some of them corrected, followed by the new ones.

    Args:
        earlier: all rows of the earlier run, in its order.
        check: checks a row of the earlier run.
        name: of the earlier run, for the notes.
        fixes: the corrected rows.
        edited: the file that they come from, if there is one.
    """
    as_before = 0
    for row in earlier:
        number = row.record.sheet_row
        record = None
        if edited is not None:
            of_row = fixes.take(number)
            record = next((each for each in of_row if _same(each, row, edited)), of_row[0] if of_row else None)
            fixes.new += [each for each in of_row if each is not record]
        if edited is None or record is None:
            cells = row.record.cells if edited is None else edited.layout.earlier(row.record.cells)
            as_before += not (isinstance(row.ended, Outcome) and row.ended.status.done)
            yield _again(row, _checked(replace(row.record, cells=cells), check, number), cells, name, [])
        else:
            yield _corrected(row, record, edited, name)
    if edited is not None:
        if as_before:
            rows = "1 row that is" if as_before == 1 else f"{as_before:,} rows that are"
            edited.said.append(
                f"{rows} not done in {name}, and not in {edited.name}: tried again as before. "
                f"To leave rows out, delete them from the results of {name}, and rerun those"
            )
        for record in fixes.rest(edited.said, edited.name):
            yield _checked(edited.layout.record(record, ()), edited.check, None)


def rerun_edited(
    records: Callable[[], Iterable[Record]], earlier: Iterable[Earlier], edited: Edited, name: str
) -> Iterator[NewRow]:
    """The rows of a results file, in its order, with what the journal of its run says of them.

    Args:
        records: gives the rows in the file's order, each time it is called.
        earlier: all rows of the earlier run, in its order.
        edited: the file.
        name: of the earlier run, for the notes.
    """
    repeated = repeated_rows(records())
    shelf, new = _Shelf(earlier), list[Record]()
    for record in records():
        number = row_of(record)
        row = None if number is None else shelf.find(number)
        if row is None or (number in repeated and not _same(record, row, edited)):
            new.append(record)
            yield _checked(edited.layout.record(record, ()), edited.check, None)
            continue
        shelf.drop(row.record.sheet_row)
        yield _corrected(row, record, edited, name)
    edited.said.extend(new_rows(new, edited.name))
    left = shelf.left()
    if left:
        rows = "1 row" if left == 1 else f"{left:,} rows"
        edited.said.append(
            f"{rows} of {name} {'is' if left == 1 else 'are'} not in {edited.name} any more and left out of this run; "
            "what was created for them is still there"
        )


def first(said: list[str]) -> list[str]:
    """As much of what is said of rows as a person reads."""
    more = len(said) - _SAID
    return said if more <= 1 else [*said[:_SAID], f"... and {more:,} more like that"]


class _Shelf:
    """Rows of an earlier run by their number. As long as a file keeps their order, only one is held at a time."""

    def __init__(self, earlier: Iterable[Earlier]) -> None:
        self._rows = iter(earlier)
        self._passed: dict[int, Earlier] = {}

    def find(self, number: int) -> Earlier | None:
        while number not in self._passed and (row := next(self._rows, None)):
            self._passed[row.record.sheet_row] = row
        return self._passed.get(number)

    def drop(self, number: int) -> None:
        del self._passed[number]

    def left(self) -> int:
        return len(self._passed) + sum(1 for _ in self._rows)


def _same(record: Record, row: Earlier, edited: Edited) -> bool:
    """Whether a corrected row still names the same thing as the row that it would take the place of."""
    want = edited.check(edited.layout.record(record, row.record.cells))
    return not isinstance(want, tuple) and row.want is not None and want.key == row.want.key


def _corrected(row: Earlier, record: Record, edited: Edited, name: str) -> NewRow:
    """A row of an earlier run as a file has it now."""
    if prior_of(record, "status").strip().casefold() == Status.GONE:  # a verification knows better than the run
        row = replace(row, ended=None)
    new = _checked(edited.layout.record(record, row.record.cells), edited.check, row.record.sheet_row)
    return _again(row, new, edited.layout.earlier(row.record.cells), name, edited.said)


def _again(row: Earlier, new: NewRow, cells: tuple[str, ...], name: str, said: list[str]) -> NewRow:
    """A row of an earlier run as it enters a new one.

    Args:
        row: as it was.
        new: as it is now.
        cells: as they were, in the columns that the new run has.
        name: of the earlier run.
        said: gets a line about what was not done as the file says.
    """
    number = row.record.sheet_row
    if still := _still_wrong(row, new, cells):
        return _invalid(new.sheet_row, new.cells, new.faults + still)
    renamed = row.want is not None and (new.want is None or new.want.key != row.want.key)
    match row.ended:
        case Outcome(status=status) as outcome if status.done:
            if renamed and row.want:
                said.append(
                    f'row {number} is {status} already as "{row.want.name}" on {row.want.scope}: the change of its '
                    "names was not sent. To have both, add the other one as a new row, with its sheetRow left empty"
                )
            elif row.want and new.want != row.want:
                said.append(
                    f'row {number} is {status} already: what was changed of "{row.want.name}" was not sent; '
                    "change it in the Command Center"
                )
            kept = new.cells if new.want == row.want or not row.want else cells
            return _carried(new, kept, row.want or new.want, outcome, name)
        case Standing(doubt=True) as standing if not renamed:
            # Without the target of a rollback that was broken off: this is to make the set, and no more to delete it.
            return new if new.want is None else replace(new, standing=replace(reopened(standing), target=0))
        case Standing(open=True):
            old = f'"{row.want.name}" on {row.want.scope}' if row.want else "its set"
            said.append(
                f"row {number} was unknown and has other names now: {old} may have been created all the same; "
                "look for it in the Command Center"
            )
            return new
        case _:
            return new


def _carried(new: NewRow, cells: tuple[str, ...], want: Wanted | None, outcome: Outcome, name: str) -> NewRow:
    """A done row as it is, with a note that says where it comes from."""
    came = f"carried over from {name}"
    note = (
        outcome.note if outcome.note.startswith("carried over from ") else "; ".join(filter(None, (came, outcome.note)))
    )
    return NewRow(
        sheet_row=new.sheet_row, cells=cells, want=want, outcome=replace(outcome, note=note, ours=False, carried=True)
    )


def _checked(record: Record, check: CheckRecord, sheet_row: int | None) -> NewRow:
    """A row as it enters a journal: with what it wants, or with its faults and the outcome `invalid`."""
    want = check(record)
    if not isinstance(want, tuple):
        return NewRow(sheet_row=sheet_row, cells=record.cells, want=want)
    return _invalid(sheet_row, record.cells, want)


def _invalid(sheet_row: int | None, cells: tuple[str, ...], faults: tuple[Fault, ...]) -> NewRow:
    note = "; ".join(fault.text for fault in faults)
    return NewRow(sheet_row=sheet_row, cells=cells, faults=faults, outcome=Outcome(status=Status.INVALID, note=note))


def _still_wrong(row: Earlier, new: NewRow, cells: tuple[str, ...]) -> tuple[Fault, ...]:
    """Faults of cells that were not changed, where the stored text does not show the fault any more.

    The journal and the results have what the first sheet showed: of an error cell the text `#N/A`, of a number with 16
    digits those that were left. Neither became a name because it was written down.
    """
    told = {fault.column for fault in new.faults}
    return tuple(
        fault
        for fault in row.faults
        if fault.column not in told
        and (new.cells == cells if fault.column is None else new.cells[fault.column] == cells[fault.column])
    )
