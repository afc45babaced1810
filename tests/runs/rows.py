"""Rows of sheets and of runs, made by hand."""

from collections.abc import Iterable

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Evidence, Outcome, Reply, Standing, Status, Step
from bulkprov.journal.rows import JournalRow
from bulkprov.runs.corrections import Corrections, Layout, sheet_row_column, skip_column
from bulkprov.sheets.rows import Fault, Record
from bulkprov.sheets.validate import CheckRecord
from tests.backupsets import RESULT_COLUMNS

COLUMNS = ("clientName", "backupsetName", "ticket")

CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931), evidence=Evidence.PROVEN)
IN_DOUBT = Standing(
    step=Step.LOOK,
    sends=8,
    inconclusive_looks=20,
    ever_in_doubt=True,
    unsettled=True,
    absent_before_send=True,
    left=True,
    known=930,
    doubt_began=5.0,
)
UNTRIED = Standing()


def check(record: Record) -> BackupSet | tuple[Fault, ...]:
    """Client and name are the first two cells; a row without a name is wrong."""
    client, name, *_ = record.cells
    return BackupSet(client=client, name=name) if name else (Fault("backupsetName is missing", 1),)


def record(row: int, *cells: str, **prior: str) -> Record:
    """A row; with `prior`, one of a results file."""
    values = tuple(prior.get(name, "") for name in RESULT_COLUMNS) if prior else ()
    return Record(sheet_row=row, cells=cells, prior=values)


def before(row: int, name: str, ended: Outcome | Standing) -> JournalRow:
    """A row of an earlier run, which was sent."""
    return JournalRow(
        sheet_row=row, cells=("c1", name, "T-1"), want=BackupSet(client="c1", name=name), faults=(), state=ended
    )


def wrong(row: int, cells: tuple[str, ...], fault: Fault) -> JournalRow:
    """A row of an earlier run in which something was wrong."""
    ended = Outcome(status=Status.INVALID, note=fault.text)
    return JournalRow(sheet_row=row, cells=cells, want=None, faults=(fault,), state=ended)


def corrections(*records: Record, columns: Iterable[str] = COLUMNS, check: CheckRecord = check) -> Corrections:
    """A file of corrected rows with these columns."""
    columns = tuple(columns)
    layout = Layout.joined(
        file_columns=columns,
        file_fields={name: columns.index(name) for name in COLUMNS[:2]},
        run_columns=COLUMNS,
        run_fields={"clientName": 0, "backupsetName": 1},
        result_columns=RESULT_COLUMNS,
    )
    return Corrections(
        name="failed.xlsx",
        layout=layout,
        check=check,
        records=lambda: records,
        sheet_row_column=sheet_row_column(columns),
        skip_column=skip_column(columns, COLUMNS),
    )
