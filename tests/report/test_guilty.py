"""Which cell of a refused row is marked."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.engine.model import Status
from bulkprov.report.context import Context
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.guilty import marked_by
from bulkprov.report.write import write_results
from bulkprov.sheets.rows import Fault, Result

HEADER = ("Wave", "Client Name", "backupset", "agent", "instance", "plan")
CELLS = ("3", "client001", "FS", "Oracle", "ORCL", "Gold")
DB_ERROR = "DB error: please refer to logs for more details."


def row(words: str = "", note: str = "", *, code: int | None = 1, status: Status = Status.REJECTED) -> Result:
    """A row that was refused."""
    return Result(cells=CELLS, status=status, error_code=code, error_string=words, note=note, sheet_row=2)


REPEAT = row(
    note="names the same backup set as row 3: correct or delete one of the two", code=None, status=Status.INVALID
)


@pytest.mark.parametrize(
    ("result", "column"),
    [
        (row(DB_ERROR), "Client Name"),
        (row(DB_ERROR, "the client's sets of agent Oracle are under instance ORCL2"), "instance"),
        (row(DB_ERROR, "the client's sets are under agent File System"), "agent"),
        (row("Client not found"), "Client Name"),
        (row("Instance [ORCL] not found on agent"), "instance"),
        (row("The application is not installed"), "agent"),
        (row("Plan Gold does not exist"), "plan"),
        (row("Backup set already exists", code=3), "backupset"),
        (row(note='there is no client "client001"', code=None, status=Status.NO_PLACE), "Client Name"),
        (row(note="client client001 is retired", code=None, status=Status.NO_PLACE), "Client Name"),
        (row(note='client "c" has no agent "Oracle"; it has NAS', code=None, status=Status.NO_PLACE), "agent"),
        (row(note='agent "Oracle" on client "c" has no instance "O"', code=None, status=Status.NO_PLACE), "instance"),
        (replace(REPEAT, faults=(Fault(REPEAT.note),)), "backupset"),
        (row("Access denied", code=5), ""),
        (row("Client not found", status=Status.CREATED), ""),
    ],
)
def test_the_cell_is_marked_that_the_catalogue_blames(result: Result, column: str) -> None:
    """What our own lists tell comes before the server's words; an error that no cell can cure marks none."""
    marked = marked_by(Catalogue.shipped().of_kind("backupset"), BACKUP_SET.columns, HEADER)(result)

    assert [HEADER[fault.column] for fault in marked.faults if fault.column is not None] == [column][: bool(column)]
    assert all(fault.text for fault in marked.faults)


def test_a_row_with_faults_of_its_own_and_a_column_that_is_not_there_are_left_alone() -> None:
    """The sheet's faults say it already; a default cannot be marked."""
    marked = marked_by(Catalogue.shipped(), BACKUP_SET.columns, ("clientName", "backupsetName"))
    faulty = Result(
        cells=(), status=Status.REJECTED, error_string="Client not found", faults=(Fault("x"),), sheet_row=2
    )

    assert marked(faulty) is faulty
    assert not marked(row("Plan Gold does not exist")).faults


def test_both_workbooks_show_it(tmp_path: Path) -> None:
    """With the colour of a fault; in the one to be corrected with a comment."""
    context = Context(kind=BACKUP_SET, catalogue=Catalogue.shipped())
    refused = row("Client not found", 'there is no client "client001"; did you mean "client002"?')
    written = write_results(tmp_path, columns=HEADER, results=lambda: [refused], format="xlsx", context=context)
    assert written.failed
    sheets = [openpyxl.load_workbook(written.results)["Results"], openpyxl.load_workbook(written.failed).worksheets[0]]

    for sheet, guilty, other in ((sheets[0], "B2", "C2"), (sheets[1], "C2", "D2")):
        assert sheet[guilty].fill.fgColor.rgb != sheet[other].fill.fgColor.rgb
    assert 'did you mean "client002"?' in sheets[1]["C2"].comment.text
