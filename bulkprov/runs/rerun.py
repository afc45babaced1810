"""The rows of a rerun: those of an earlier run, some of them corrected, and new ones.

Rows that are done are carried over, rows in doubt stay in doubt, all others are checked and sent again. What became of
a row is told by the journal of the earlier run, whatever a results file says by now; a verification that found a row
`gone` is the only exception. Pure; it opens no file and knows no server. Which row a corrected row belongs to is
decided in `corrections.py`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bulkprov.engine.evidence import inherited
from bulkprov.engine.lifecycle import unsettled_again
from bulkprov.engine.model import NOTHING, Evidence, Outcome, Standing, Status
from bulkprov.engine.wanted import Wanted
from bulkprov.journal.rows import NEW, JournalRow
from bulkprov.runs.corrections import SHEET_ROW, SKIP, Corrections, has_status, repeated_numbers
from bulkprov.runs.doubts import as_it_was, believed_key, corrected_cells, new_cells, still_wrong
from bulkprov.runs.new_rows import checked
from bulkprov.sheets.rows import Record
from bulkprov.sheets.validate import CheckRecord

__all__ = ["Rerun"]

_MOST_NOTES: Final = 20
_MOST_NUMBERS: Final = 5
_CARRIED: Final = "carried over from "


class Rerun:
    """The rows of a rerun, to be iterated over once; notes and numbers are complete after that."""

    def __init__(self, earlier: Iterable[JournalRow], check: CheckRecord, name: str) -> None:
        """Rerun the rows of a run.

        Args:
            earlier: all rows of the earlier run, in its order.
            check: checks a row that is not corrected, in the columns of the rerun.
            name: of the earlier run, for notes.
        """
        self._earlier, self._check, self._name = earlier, check, name
        self._notes: list[str] = []
        self.left_out: list[int] = []
        """Numbers of the rows of the earlier run that this one does not have."""
        self.back_again: set[int] = set()
        """Numbers of corrected rows that the earlier run did not have, and that are new rows."""

    def notes(self) -> list[str]:
        """What the operator should know of the corrections: as much of it as a person reads."""
        more = len(self._notes) - _MOST_NOTES
        return self._notes if more <= 1 else [*self._notes[:_MOST_NOTES], f"... and {more:,} more like that"]

    def unchanged(self) -> Iterator[JournalRow]:
        """The rows, none of them corrected."""
        for row in self._earlier:
            yield self._as_before(row, row.cells)

    def corrected(self, corrections: Corrections) -> Iterator[JournalRow]:
        """The rows in the order of the earlier run, some of them corrected, followed by the new ones."""
        by_row, new = corrections.by_row()
        new = [each for each in new if not corrections.skipped(each)]
        named = _named_keys(by_row, corrections) if corrections.all_to_fix else frozenset()
        untouched = list[int]()
        for row in self._earlier:
            listed = by_row.pop(row.sheet_row, [])
            candidates = [each for each in listed if not corrections.skipped(each)]
            if not listed and (typed := _confirmed_as_new(row, new, corrections)):
                new.remove(typed)
                yield checked(corrections.layout.from_file(typed, row.cells), corrections.check, row.sheet_row)
                continue
            if not _done(row) and (
                (listed and not candidates) or (not listed and corrections.all_to_fix and _was_deleted(row, named))
            ):
                self._leave_out(row, "marked `skip` in" if listed else "deleted from", corrections.name)
                continue
            if not candidates:
                untouched += [] if _done(row) else [row.sheet_row]
                yield self._as_before(row, corrections.layout.from_run(row.cells))
                continue
            chosen = next((each for each in candidates if corrections.same_thing(each, row)), candidates[0])
            new += [each for each in candidates if each is not chosen]
            yield self._corrected(row, chosen, corrections)
        if untouched:
            are = "is" if len(untouched) == 1 else "are"
            self._notes.append(
                f"{_numbered(untouched)}, not done in {self._name} and not in {corrections.name}, {are} tried again as "
                f"before. To leave a row out, add a line to {corrections.name} that has its number under `{SHEET_ROW}` "
                f"and x under `{SKIP}`, and nothing else"
            )
        self._note_new(new, corrections.name)
        for record in new:
            yield _new(record, corrections)
        for number, listed in by_row.items():
            records = [each for each in listed if not corrections.skipped(each)]
            if not records:
                continue
            self._notes.append(
                f"{corrections.name} has a row with sheetRow {number}, which the earlier run does not have: "
                "it becomes a new row"
            )
            self.back_again.add(number)
            for record in records:
                yield _new(record, corrections)

    def edited(self, results: Corrections) -> Iterator[JournalRow]:
        """The rows of an edited results file, in its order, with what the journal of its run says of them."""
        repeated = repeated_numbers(results.records())
        unclaimed, new = _Unclaimed(self._earlier), list[Record]()
        for record in results.records():
            number = results.row_number(record)
            row = None if number is None else unclaimed.find(number)
            if results.skipped(record) and (row is None or number in repeated):
                continue
            if row is None or (number in repeated and not results.same_thing(record, row)):
                new.append(record)
                yield _new(record, results)
            else:
                unclaimed.remove(row.sheet_row)
                if results.skipped(record) and not _done(row):
                    self._leave_out(row, "marked `skip` in", results.name)
                    continue
                yield self._corrected(row, record, results)
        self._note_new(new, results.name)
        if gone := unclaimed.numbers():
            self.left_out += gone
            are = "is" if len(gone) == 1 else "are"
            self._notes.append(
                f"{_numbered(gone)} of {self._name} {are} no longer in {results.name} and {are} left out of this run; "
                "what was created for them still exists"
            )

    def _note_new(self, records: Sequence[Record], file: str) -> None:
        """Name the rows of a file that correct no row of the wave."""
        if not records:
            return
        if len(records) == 1:
            self._notes.append(
                f"row {records[0].sheet_row} of {file} is a new row of the wave: its sheetRow is empty or belongs to "
                "another row"
            )
            return
        self._notes.append(
            f"{_numbered([record.sheet_row for record in records])} of {file} are new rows of the wave: "
            "their sheetRow is empty or belongs to another row"
        )

    def _leave_out(self, row: JournalRow, why: str, file: str) -> None:
        """Note that a row is not part of the rerun."""
        self.left_out.append(row.sheet_row)
        note = f"row {row.sheet_row} is left out: it was {why} {file}"
        if _in_doubt(row):
            note += f". A create of it may have had an effect: {self._name} goes on accounting for it"
        self._notes.append(note)

    def _as_before(self, row: JournalRow, cells: tuple[str, ...]) -> JournalRow:
        """A row that is not corrected, given its cells in the columns of the rerun."""
        new = as_it_was(row, cells, self._check)
        return self._again(row, still_wrong(row, new, cells), cells)

    def _corrected(self, row: JournalRow, record: Record, corrections: Corrections) -> JournalRow:
        """A row as the corrections have it now."""
        if has_status(record, Status.GONE):  # a verification is newer than the run
            row = replace(row, state=Standing())
        cells = corrections.layout.from_run(row.cells)
        filed, unsaid = corrected_cells(row, record, corrections)
        new = still_wrong(row, checked(filed, corrections.check, row.sheet_row), cells)
        self._notes += filter(None, (unsaid, _not_carried_out(row, new)))
        return self._again(row, new, cells)

    def _again(self, row: JournalRow, new: JournalRow, cells: tuple[str, ...]) -> JournalRow:
        """A row of the earlier run as it enters the rerun.

        Args:
            row: as it was.
            new: as it is now.
            cells: as they were, in the columns of the rerun.
        """
        match row.state:
            case Outcome(status=status) as outcome if status.done:
                kept = new.cells if new.want == row.want or not row.want else cells
                return _carried(new, kept, row.want or new.want, outcome, self._name)
            case Outcome() | Standing() as state if new.want is not None and not _renamed(row, new):
                return replace(new, state=_known(state))
            case _:
                return new


class _Unclaimed:
    """Rows of the earlier run that no row of a file has claimed yet, by number.

    As long as the file keeps their order, only one row is held at a time.
    """

    def __init__(self, rows: Iterable[JournalRow]) -> None:
        self._rows = iter(rows)
        self._passed: dict[int, JournalRow] = {}

    def find(self, number: int) -> JournalRow | None:
        while number not in self._passed and (row := next(self._rows, None)):
            self._passed[row.sheet_row] = row
        return self._passed.get(number)

    def remove(self, number: int) -> None:
        del self._passed[number]

    def numbers(self) -> list[int]:
        return [*self._passed, *(row.sheet_row for row in self._rows)]


def _numbered(numbers: Sequence[int]) -> str:
    """The first of some rows by their numbers: `row 7`, or `rows 7, 12, 19 ...`."""
    shown = ", ".join(map(str, numbers[:_MOST_NUMBERS])) + (" ..." if len(numbers) > _MOST_NUMBERS else "")
    return f"row{'s' if len(numbers) > 1 else ''} {shown}"


def _known(state: Outcome | Standing) -> Standing | None:
    """What a row that was not done must not forget; None if no create of it ever left.

    A rollback that was interrupted had a target to delete; the rerun wants to make the thing.
    """
    match state:
        case Outcome(status=Status.ROLLED_BACK, facts=Standing(ever_in_doubt=False, candidates=(), marked=())):
            return None  # what it had made is gone, as both witnesses say
        case Outcome(facts=facts):
            return replace(facts, target=0) if facts.left else None
        case Standing(ever_in_doubt=True):
            return replace(unsettled_again(state), target=0)
        case Standing(left=True):
            return replace(inherited(state), unsettled=True, doubt_began=state.doubt_began)
        case _:
            return None


def _named_keys(by_row: Mapping[int, Sequence[Record]], corrections: Corrections) -> frozenset[str]:
    """The keys of what the rows of the file want that are not marked to be left out."""
    records = (each for listed in by_row.values() for each in listed if not corrections.skipped(each))
    wants = (corrections.check(corrections.layout.from_file(each, ())) for each in records)
    return frozenset(want.key for want in wants if not isinstance(want, tuple))


def _was_deleted(row: JournalRow, named: Collection[str]) -> bool:
    """Whether a row that is not in the file of the rows to fix any more is not wanted.

    So it is if it was never sent because something is wrong with it, or if another row of the file has its names: of
    two rows that name the same thing one was to be deleted. Every other row is tried again as before.
    """
    if row.want is None:
        return True
    if _in_doubt(row):
        return False
    return row.want.key in named or (row.outcome is not None and row.outcome.status is Status.INVALID)


def _in_doubt(row: JournalRow) -> bool:
    """Whether a create of a row may have made something that is not accounted for by its end."""
    if isinstance(row.state, Outcome):
        doubted = row.state.facts.ever_in_doubt and row.state.status is not Status.REJECTED  # which a look has settled
        return doubted or bool(row.state.facts.candidates)
    return row.state is not None and (row.state.left or row.state.ever_in_doubt)


def _done(row: JournalRow) -> bool:
    return row.outcome is not None and row.outcome.status.done


def _renamed(row: JournalRow, new: JournalRow) -> bool:
    return row.want is not None and (new.want is None or new.want.key != row.want.key)


def _new(record: Record, corrections: Corrections) -> JournalRow:
    return checked(new_cells(record, corrections), corrections.check, NEW)


def _confirmed_as_new(row: JournalRow, new: Iterable[Record], corrections: Corrections) -> Record | None:
    """The row of the file, without a `sheetRow`, that names what a row may have named about which there was doubt."""
    layout = corrections.layout
    key = believed_key(row, layout.from_run(row.cells), corrections.check)
    if key is None or any(fault.column is not None and layout.sources[fault.column] is None for fault in row.faults):
        return None
    wants = ((each, corrections.check(new_cells(each, corrections))) for each in new)
    return next((each for each, want in wants if not isinstance(want, tuple) and want.key == key), None)


def _not_carried_out(row: JournalRow, new: JournalRow) -> str:
    """What the operator should know of a correction that is not sent or leaves something behind; empty if nothing."""
    number, old = row.sheet_row, row.want
    match row.state:
        case Outcome(status=status) if status.done and old and _renamed(row, new):
            return (
                f'row {number} is already {status} as "{old.name}" on {old.scope}: its new names were not sent. '
                "To have both, add the other one as a new row with an empty sheetRow"
            )
        case Outcome(status=status) if status.done and old and new.want != old:
            return (
                f'row {number} is already {status}: the changes to "{old.name}" were not sent; '
                "make them in the Command Center"
            )
        case Standing(unsettled=True) if old and _renamed(row, new):
            return (
                f'row {number} was unknown and now has different names: "{old.name}" on {old.scope} may still have '
                "been created; look for it in the Command Center"
            )
        case _:
            return ""


def _carried(new: JournalRow, cells: tuple[str, ...], want: Wanted | None, outcome: Outcome, name: str) -> JournalRow:
    """A done row as it is, with a note that says where it comes from."""
    note = outcome.note
    if not note.startswith(_CARRIED):
        note = "; ".join(filter(None, (f"{_CARRIED}{name}", note)))
    return JournalRow(
        sheet_row=new.sheet_row,
        cells=cells,
        want=want,
        state=replace(outcome, note=note, evidence=Evidence.NONE, facts=NOTHING, carried=True),
    )
