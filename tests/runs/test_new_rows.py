from dataclasses import replace

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Evidence, Outcome, Reply, Standing, Status, Step
from bulkprov.errors import SheetError
from bulkprov.journal.rows import NEW, JournalRow
from bulkprov.runs.new_rows import fresh, from_results, to_plan, to_verify
from bulkprov.sheets.rows import Fault, Record
from tests.runs.rows import CREATED, IN_DOUBT, UNTRIED, before, check, record, wrong

NOW = 1_767_614_400.0
LOOKED_UP = Standing(step=Step.LOOK)


def read(*records: Record) -> list[JournalRow]:
    """The rows of a results file that is all there is."""
    return list(from_results(lambda: records, check, {"clientName": 0, "backupsetName": 1}, NOW))


def test_a_new_sheet_gives_rows_and_invalid_rows() -> None:
    """In its order; an invalid one has its faults and its outcome from the start."""
    good, bad = fresh([record(2, "c1", "a"), record(3, "c1", "")], check)

    assert good == JournalRow(sheet_row=2, cells=("c1", "a"), want=BackupSet(client="c1", name="a"))
    assert (bad.want, bad.faults) == (None, (Fault("backupsetName is missing", 1),))
    assert bad.outcome == Outcome(status=Status.INVALID, note="backupsetName is missing")


@pytest.mark.parametrize("status", ["created", "exists", " Created "])
def test_done_rows_of_a_results_file_are_looked_up(status: str) -> None:
    """It may be of another server, or its names may have been edited: nothing is carried over without its journal."""
    (row,) = read(record(4, "c1", "a", status=status, backupsetId="931", sheetRow="7"))

    want = BackupSet(client="c1", name="a")
    assert row == JournalRow(sheet_row=7, cells=("c1", "a"), want=want, state=LOOKED_UP)


@pytest.mark.parametrize(("cell", "number"), [("7", 7), (" 7 ", 7), ("7.0", 7), ("1,301", 1301), ("", NEW)])
def test_the_row_is_read_as_other_programs_write_numbers(cell: str, number: int) -> None:
    """A column with an empty cell becomes one of fractions in pandas, and Excel may show thousands."""
    (row,) = read(record(4, "c1", "a", status="rejected", sheetRow=cell))

    assert row.sheet_row == number


@pytest.mark.parametrize("cell", ["x", "-1", "7.5", "1e3", "1,30", "1.000", "9" * 400, "\N{ARABIC-INDIC DIGIT ONE}"])
def test_a_row_that_is_no_number_is_refused(cell: str) -> None:
    """To take it for a new one would send the old row again, and forget its doubt."""
    with pytest.raises(SheetError, match="row 4: sheetRow is"):
        read(record(4, "c1", "a", status="unknown", sheetRow=cell))


@pytest.mark.parametrize("status", ["rejected", "failed", "pending", "invalid", "rolled-back", "", "nonsense"])
def test_rows_that_are_not_done_are_checked_and_sent_again(status: str) -> None:
    """As if they were new."""
    (row,) = read(record(4, "c1", "a", status=status, sheetRow="4"))

    assert row == JournalRow(sheet_row=4, cells=("c1", "a"), want=BackupSet(client="c1", name="a"))


def test_an_unknown_row_of_a_results_file_stays_in_doubt() -> None:
    """The file does not say since when, so that its settle time begins now."""
    (row,) = read(record(4, "c1", "a", status="unknown", attempts="3", sheetRow="4"))

    assert row.standing == Standing(step=Step.LOOK, ever_in_doubt=True, unsettled=True, doubt_began=NOW)


def test_neither_copy_in_a_results_file_without_its_journal_is_believed() -> None:
    """Which of the two was created only the server can tell: both are looked up."""
    rows = read(
        record(2, "c1", "a", status="created", sheetRow="2"),
        record(3, "c1", "copy", status="created", sheetRow="2"),
        record(4, "c1", "b", status="created", sheetRow="3"),
    )

    assert [(row.sheet_row, row.standing) for row in rows] == [(NEW, LOOKED_UP), (NEW, LOOKED_UP), (3, LOOKED_UP)]


def test_a_verification_trusts_no_clock_that_was_set_back() -> None:
    """A row that seems to have been reported in an hour has been reported by now: nobody waits for that hour."""
    want = BackupSet(client="a", name="b")
    ended = Outcome(status=Status.CREATED, reply=Reply(0, "", 7), finished_at=4600.0)
    kept = JournalRow(sheet_row=2, cells=(), want=want, faults=(), state=ended)

    (row,) = to_verify([kept], now=1000.0)

    assert row.standing == Standing(left=True, target=7, doubt_began=1000.0)


def test_a_verification_knows_what_the_run_knew_of_a_row() -> None:
    """What else may be listed under its name, and that its create was in doubt."""
    facts = Standing(left=True, ever_in_doubt=True, candidates=(940,))

    (row,) = to_verify([before(2, "a", replace(CREATED, facts=facts))], NOW)

    assert row.standing == replace(facts, target=931, evidence=Evidence.PROVEN)


def test_a_verification_has_the_done_rows_and_a_plan_the_unfinished_ones() -> None:
    """Each row keeps its number; rows that are wrong or were refused are in neither."""
    refused = Outcome(status=Status.REJECTED)
    rows = [
        before(2, "a", CREATED),
        before(3, "b", UNTRIED),
        before(4, "c", refused),
        before(5, "d", IN_DOUBT),
        wrong(6, ("c1", "", ""), Fault("backupsetName is missing", 1)),
    ]

    assert [row.sheet_row for row in to_verify(rows, NOW)] == [2]
    assert [(row.sheet_row, row.standing) for row in to_plan(rows)] == [(3, None), (5, None)]
