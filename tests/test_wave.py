from collections.abc import Iterable
from dataclasses import replace

import pytest

from bulkprov.journal import NewRow
from bulkprov.model import RESULT_COLUMNS, BackupSet, Fault, Outcome, Record, Reply, Standing, Status, Step
from bulkprov.wave import Earlier, Fixes, fresh, from_results, rerun

NOW = 1_767_614_400.0
COLUMNS = ("clientName", "backupsetName", "ticket")
NONE = Fixes({}, [])


def check(record: Record) -> BackupSet | tuple[Fault, ...]:
    """Client and name are the first two cells; a row without a name is wrong."""
    client, name, *_ = record.cells
    return BackupSet(client=client, name=name) if name else (Fault("backupsetName is missing", 1),)


def record(row: int, *cells: str, **prior: str) -> Record:
    """A row; with `prior`, one of a results file."""
    values = tuple(prior.get(name, "") for name in RESULT_COLUMNS) if prior else ()
    return Record(sheet_row=row, cells=cells, prior=values)


def again(*earlier: Earlier, fixes: Fixes = NONE) -> list[NewRow]:
    """The rows of a rerun."""
    return list(rerun(earlier, fixes, check, "wave-1"))


def read(*records: Record) -> list[NewRow]:
    """The rows of a rerun of a results file."""
    return again(*from_results(records, NOW))


def before(row: int, name: str, ended: Outcome | Standing | None) -> Earlier:
    """A row of an earlier run that was sent."""
    return Earlier(record=record(row, "c1", name, "T-1"), ended=ended, want=BackupSet(client="c1", name=name))


def fixes(*records: Record, columns: Iterable[str] = COLUMNS) -> Fixes:
    """Corrected rows."""
    return Fixes.of(records, list(columns), COLUMNS)


def test_a_new_sheet_gives_rows_and_invalid_rows() -> None:
    """In its order; an invalid one has its faults and its outcome from the start."""
    good, bad = fresh([record(2, "c1", "a"), record(3, "c1", "")], check)

    assert good == NewRow(sheet_row=2, cells=("c1", "a"), want=BackupSet(client="c1", name="a"))
    assert (bad.want, bad.faults) == (None, (Fault("backupsetName is missing", 1),))
    assert bad.outcome == Outcome(status=Status.INVALID, note="backupsetName is missing")


DONE = {"status": "created", "errorCode": "0", "backupsetId": "931", "attempts": "2", "httpStatus": "200"}
REST = {"seconds": "0.25", "finishedAt": "2026-01-05T12:00:00+00:00", "note": "a note", "sheetRow": "7"}


@pytest.mark.parametrize("status", ["created", "exists", " Created "])
def test_done_rows_of_a_results_file_are_carried_over(status: str) -> None:
    """With all that was known of them, in the row of the first sheet, and never as this run's own."""
    (row,) = read(record(4, "c1", "a", **DONE | REST | {"status": status}))

    assert (row.sheet_row, row.cells, row.want) == (7, ("c1", "a"), BackupSet(client="c1", name="a"))
    assert row.outcome == Outcome(
        status=Status(status.strip().lower()),
        reply=Reply(0, "", 931),
        attempts=2,
        http_status=200,
        seconds=0.25,
        finished_at=NOW,
        note="carried over from wave-1; a note",
        carried=True,
    )


def test_what_is_carried_over_twice_names_the_first_run() -> None:
    """The note does not grow."""
    (row,) = read(record(4, "c1", "a", **DONE | {"note": "carried over from wave-0"}))

    assert row.outcome is not None
    assert row.outcome.note == "carried over from wave-0"


@pytest.mark.parametrize("cell", ["", "x", "-1", "1.0", "1e3", "9" * 400, "\N{ARABIC-INDIC DIGIT ONE}"])
def test_cells_that_somebody_broke_do_no_harm(cell: str) -> None:
    """A done row stays done, with what can be read of it."""
    broken = dict.fromkeys(("errorCode", "backupsetId", "attempts", "httpStatus", "finishedAt", "sheetRow"), cell)
    (row,) = read(record(4, "c1", "a", **{"status": "exists", "seconds": "soon"} | broken))

    assert row.sheet_row == 4
    assert row.outcome == Outcome(status=Status.EXISTS, note="carried over from wave-1", carried=True)


@pytest.mark.parametrize("status", ["rejected", "failed", "pending", "invalid", "rolled-back", "", "nonsense"])
def test_rows_that_are_not_done_are_checked_and_sent_again(status: str) -> None:
    """As if they were new."""
    (row,) = read(record(4, "c1", "a", status=status, sheetRow="4"))

    assert row == NewRow(sheet_row=4, cells=("c1", "a"), want=BackupSet(client="c1", name="a"))


def test_an_unknown_row_of_a_results_file_stays_in_doubt() -> None:
    """The file does not say since when, so that its settle time begins now."""
    (row,) = read(record(4, "c1", "a", status="unknown", attempts="3"))

    assert row.standing == Standing(step=Step.LOOK, doubt=True, open=True, lingers=True, since=NOW)


CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931), ours=True)
OPEN = Standing(step=Step.LOOK, sends=8, turns=20, doubt=True, open=True, clean=True, since=5.0, lingers=True)


def test_done_rows_of_a_run_are_carried_over_and_are_not_ours() -> None:
    """This run did not make them, so that its rollback leaves them alone."""
    (row,) = again(before(2, "a", CREATED))

    assert row.outcome == replace(CREATED, note="carried over from wave-1", ours=False, carried=True)
    assert row.want == BackupSet(client="c1", name="a")


def test_a_row_in_doubt_is_looked_up_first() -> None:
    """And may be sent as often as any other row."""
    (row,) = again(before(2, "a", OPEN))

    assert row.standing == replace(OPEN, sends=0, turns=0)


def test_a_doubt_that_was_settled_is_not_forgotten() -> None:
    """What shows up now is ours."""
    (row,) = again(before(2, "a", replace(OPEN, step=Step.ACT, open=False)))

    assert row.standing is not None
    assert (row.standing.step, row.standing.doubt, row.standing.open) == (Step.LOOK, True, True)


def test_a_row_that_was_never_in_doubt_begins_anew() -> None:
    """Its first look is too old."""
    (row,) = again(before(2, "a", Standing(step=Step.ACT, clean=True, waits=4)))

    assert row.standing is None
    assert row.outcome is None


def test_a_row_in_doubt_that_is_invalid_now_is_invalid() -> None:
    """There is nothing to look up."""
    (row,) = again(Earlier(record=record(2, "c1", ""), ended=OPEN))

    assert (row.standing, row.outcome and row.outcome.status) == (None, Status.INVALID)


def test_corrected_rows_take_the_place_of_those_they_correct() -> None:
    """By `sheetRow`, whatever row of the corrected sheet they are in; all others stay."""
    given = fixes(record(2, "c1", "corrected", "T-2", sheetRow="3"))
    first, second = again(before(2, "a", None), before(3, "b", None), fixes=given)

    assert first.cells == ("c1", "a", "T-1")
    assert (second.sheet_row, second.cells) == (3, ("c1", "corrected", "T-2"))
    assert given.said == []


def test_corrected_rows_are_brought_into_the_order_of_the_first_sheet() -> None:
    """Columns that only one of them has are empty, or left out."""
    moved = replace(record(2, "x", "corrected", "c1", sheetRow="3"), faults=(Fault("bad", 1), Fault("lost", 0)))
    given = fixes(moved, columns=("extra", "backupsetName", "clientName"))
    (row,) = again(before(3, "b", None), fixes=given)

    assert row.cells == ("c1", "corrected", "")
    assert given.by_row[3].faults == (Fault("bad", 1), Fault("lost", None))


def test_rows_that_correct_none_are_new_rows() -> None:
    """Those without a `sheetRow`, and those whose row the earlier run did not have."""
    given = fixes(record(9, "c1", "new", ""), record(10, "c1", "stray", "", sheetRow="99"))
    rows = again(before(2, "a", CREATED), fixes=given)

    assert [(row.sheet_row, row.cells[1]) for row in rows] == [(2, "a"), (9, "new"), (99, "stray")]


def test_a_done_row_is_not_renamed() -> None:
    """It stays as it is, and the operator is told how to have both."""
    given = fixes(record(2, "c1", "other", "", sheetRow="2"))
    (row,) = again(before(2, "a", CREATED), fixes=given)

    assert (row.cells, row.want) == (("c1", "a", "T-1"), BackupSet(client="c1", name="a"))
    assert "row 2 is created already; the other name it has now was not sent" in given.said[0]


def test_a_done_row_that_is_spelt_in_another_case_is_the_same_row() -> None:
    """Nothing needs to be said."""
    given = fixes(record(2, "C1", "A", "", sheetRow="2"))
    again(before(2, "a", CREATED), fixes=given)

    assert given.said == []


def test_a_row_in_doubt_that_is_renamed_is_a_new_row() -> None:
    """The operator is told that the old one may be there."""
    given = fixes(record(2, "c1", "other", "", sheetRow="2"))
    (row,) = again(before(2, "a", OPEN), fixes=given)

    assert (row.want, row.standing) == (BackupSet(client="c1", name="other"), None)
    assert given.said == ["row 2 was unknown and has another name now; a backup set of its old name a may be there"]
