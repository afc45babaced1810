"""Rows on their way into the journal of a new run: from a sheet, from a results file, or from another run's rows.

Nothing is believed of a results file without its journal that a look-up has not confirmed. The rows of a rerun, which
has the journal of the earlier run, are made in `rerun.py`. Pure; it opens no file and knows no server.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from bulkprov.engine.lifecycle import reported
from bulkprov.engine.model import Outcome, Standing, Status, Step
from bulkprov.journal.rows import NEW, JournalRow
from bulkprov.runs.corrections import has_status, repeated_numbers, row_number
from bulkprov.sheets.doubtful import chosen_empty, still_empty, was_left_empty
from bulkprov.sheets.rows import Fault, Record
from bulkprov.sheets.validate import CheckRecord

__all__ = ["checked", "fresh", "from_results", "invalid", "to_plan", "to_verify", "with_doubts"]


def fresh(records: Iterable[Record], check: CheckRecord) -> Iterator[JournalRow]:
    """The rows of a sheet that is new."""
    for record in records:
        yield checked(record, check, record.sheet_row)


def from_results(
    records: Callable[[], Iterable[Record]], check: CheckRecord, fields: Mapping[str, int], now: float
) -> Iterator[JournalRow]:
    """The rows of a results file without its journal.

    It may be of a rehearsal or of another server, and its names may have been edited: what it calls done is looked up,
    whether or not first looks are wanted. Of rows with the same `sheetRow` all but one are copies, and only the server
    can tell which one is the original.

    Args:
        records: gives the rows in the file's order, from the start each time it is called.
        check: checks a row.
        fields: canonical name to position among a row's cells. Cells that were left empty since there was doubt about
            them, and that are empty still, are no choice of the default.
        now: seconds since the epoch; the doubt about an `unknown` row counts from here, as the file has no time for it.
    """
    in_doubt = Standing(step=Step.LOOK, ever_in_doubt=True, unsettled=True, doubt_began=now)
    repeated = repeated_numbers(records())
    for each in records():
        left_empty = [at for name, at in fields.items() if was_left_empty(each, name)]
        record = with_doubts(chosen_empty(each, left_empty), still_empty(each, fields))
        number = row_number(each)
        new = checked(record, check, NEW if number is None or number in repeated else number)
        if new.want is None or not has_status(record, Status.CREATED, Status.EXISTS, Status.UNKNOWN):
            yield new
        else:
            doubted = has_status(record, Status.UNKNOWN) and number not in repeated
            yield replace(new, state=in_doubt if doubted else Standing(step=Step.LOOK))


def to_verify(rows: Iterable[JournalRow], now: float) -> Iterator[JournalRow]:
    """The done rows of a run, to be looked at again.

    Args:
        rows: all rows of the run.
        now: seconds since the epoch. A row counts as reported by now, even if the machine's clock was set back since.
    """
    for row in rows:
        if row.outcome and row.outcome.status.done and row.want:
            standing = reported(row.outcome, now)
            yield JournalRow(sheet_row=row.sheet_row, cells=row.cells, want=row.want, state=standing)


def to_plan(rows: Iterable[JournalRow]) -> Iterator[JournalRow]:
    """The rows of a run that have no outcome yet."""
    for row in rows:
        if row.standing and row.want:
            yield JournalRow(sheet_row=row.sheet_row, cells=row.cells, want=row.want)


def checked(record: Record, check: CheckRecord, sheet_row: int) -> JournalRow:
    """A row as it enters a journal: with what it wants, or `invalid` with its faults.

    Args:
        record: the row.
        check: checks it.
        sheet_row: its number in the wave, or NEW.
    """
    want = check(record)
    if not isinstance(want, tuple):
        return JournalRow(sheet_row=sheet_row, cells=record.cells, want=want)
    return invalid(sheet_row, record.cells, want)


def with_doubts(record: Record, doubts: Iterable[Fault]) -> Record:
    """A row with further faults that its file does not show, where it does not show one in the same cell."""
    told = {fault.column for fault in record.faults}
    more = tuple(fault for fault in doubts if fault.column not in told)
    return replace(record, faults=record.faults + more) if more else record


def invalid(sheet_row: int, cells: tuple[str, ...], faults: tuple[Fault, ...]) -> JournalRow:
    """A row with these faults."""
    note = "; ".join(fault.text for fault in faults)
    return JournalRow(sheet_row=sheet_row, cells=cells, faults=faults, state=Outcome(status=Status.INVALID, note=note))
