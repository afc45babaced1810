from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Outcome, Reply, Standing, Status, Step
from bulkprov.errors import SheetError
from bulkprov.journal.rows import Kept, NewRow
from bulkprov.runs.corrections import Fixes, Layout
from bulkprov.runs.rerun import Earlier, Edited, fresh, from_results, rerun, rerun_edited, to_verify
from bulkprov.sheets.rows import Fault, Record
from tests.backupsets import RESULT_COLUMNS

NOW = 1_767_614_400.0
COLUMNS = ("clientName", "backupsetName", "ticket")


def check(record: Record) -> BackupSet | tuple[Fault, ...]:
    """Client and name are the first two cells; a row without a name is wrong."""
    client, name, *_ = record.cells
    return BackupSet(client=client, name=name) if name else (Fault("backupsetName is missing", 1),)


def record(row: int, *cells: str, **prior: str) -> Record:
    """A row; with `prior`, one of a results file."""
    values = tuple(prior.get(name, "") for name in RESULT_COLUMNS) if prior else ()
    return Record(sheet_row=row, cells=cells, prior=values)


def edited(columns: Iterable[str] = COLUMNS) -> Edited:
    """A file of corrected rows with these columns."""
    columns = tuple(columns)
    fields = {name: columns.index(name) for name in COLUMNS[:2]}
    layout = Layout.of(columns, fields, COLUMNS, {"clientName": 0, "backupsetName": 1}, RESULT_COLUMNS)
    return Edited(name="failed.xlsx", layout=layout, check=check, said=[])


def again(*earlier: Earlier) -> list[NewRow]:
    """The rows of a rerun as they were."""
    return list(rerun(earlier, check, "wave-1", Fixes(), None))


def corrected(
    earlier: Iterable[Earlier], *records: Record, columns: Iterable[str] = COLUMNS
) -> tuple[list[NewRow], list[str]]:
    """The rows of a rerun with corrected rows, and what was said of those."""
    file = edited(columns)
    return list(rerun(earlier, check, "wave-1", Fixes.of(records, tuple(columns)), file)), file.said


def from_file(earlier: Iterable[Earlier], *records: Record) -> tuple[list[NewRow], list[str]]:
    """The rows of a results file with its journal at hand, and what was said of them."""
    file = edited()
    return list(rerun_edited(lambda: records, earlier, file, "wave-1")), file.said


def read(*records: Record) -> list[NewRow]:
    """The rows of a results file that is all there is."""
    return list(from_results(lambda: records, check, NOW))


def before(row: int, name: str, ended: Outcome | Standing | None) -> Earlier:
    """A row of an earlier run that was sent."""
    return Earlier(record=record(row, "c1", name, "T-1"), ended=ended, want=BackupSet(client="c1", name=name))


def test_a_new_sheet_gives_rows_and_invalid_rows() -> None:
    """In its order; an invalid one has its faults and its outcome from the start."""
    good, bad = fresh([record(2, "c1", "a"), record(3, "c1", "")], check)

    assert good == NewRow(sheet_row=2, cells=("c1", "a"), want=BackupSet(client="c1", name="a"))
    assert (bad.want, bad.faults) == (None, (Fault("backupsetName is missing", 1),))
    assert bad.outcome == Outcome(status=Status.INVALID, note="backupsetName is missing")


@pytest.mark.parametrize("status", ["created", "exists", " Created "])
def test_done_rows_of_a_results_file_are_looked_up(status: str) -> None:
    """It may be of another server, or its names may have been edited: nothing is carried over without its journal."""
    (row,) = read(record(4, "c1", "a", status=status, backupsetId="931", sheetRow="7"))

    want = BackupSet(client="c1", name="a")
    assert row == NewRow(sheet_row=7, cells=("c1", "a"), want=want, standing=Standing(step=Step.LOOK))


@pytest.mark.parametrize(("cell", "number"), [("7", 7), (" 7 ", 7), ("7.0", 7), ("1,301", 1301), ("", None)])
def test_the_row_is_read_as_other_programs_write_numbers(cell: str, number: int | None) -> None:
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

    assert row == NewRow(sheet_row=4, cells=("c1", "a"), want=BackupSet(client="c1", name="a"))


def test_an_unknown_row_of_a_results_file_stays_in_doubt() -> None:
    """The file does not say since when, so that its settle time begins now."""
    (row,) = read(record(4, "c1", "a", status="unknown", attempts="3", sheetRow="4"))

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
    (first, second), said = corrected(
        [before(2, "a", None), before(3, "b", None)], record(2, "c1", "corrected", "T-2", sheetRow="3")
    )

    assert first.cells == ("c1", "a", "T-1")
    assert (second.sheet_row, second.cells) == (3, ("c1", "corrected", "T-2"))
    assert said == [
        (
            "1 row that is not done in wave-1, and not in failed.xlsx: tried again as before. "
            "To leave rows out, delete them from the results of wave-1, and rerun those"
        )
    ]


def test_faults_of_corrected_rows_name_the_cell_of_the_file_they_are_in() -> None:
    """The check is given the row of the file; the number in the results stays that of the first sheet."""
    seen = []

    def watching(each: Record) -> BackupSet | tuple[Fault, ...]:
        seen.append(each.sheet_row)
        return check(each)

    file = replace(edited(), check=watching)
    fixes = Fixes.of([record(2, "c1", "", "", sheetRow="7"), record(3, "c1", "", "", sheetRow="")], COLUMNS)
    rows = list(rerun([before(7, "a", None)], check, "wave-1", fixes, file))

    assert [row.sheet_row for row in rows] == [7, None]
    assert set(seen) == {2, 3}


def test_corrected_rows_are_brought_into_the_order_of_the_first_sheet() -> None:
    """Cells that the file lacks are as they were; columns that only the file has come behind the others."""
    moved = replace(record(2, "x", "", "c1", sheetRow="3"), faults=(Fault("bad", 1), Fault("other", 0)))
    file = edited(("extra", "backupsetName", "clientName"))
    (row,) = rerun([before(3, "b", None)], check, "wave-1", Fixes.of([moved], COLUMNS), file)

    assert file.layout.columns == ("clientName", "backupsetName", "ticket", "extra")
    assert row.cells == ("c1", "", "T-1", "x")
    assert file.layout.record(moved, ()).faults == (Fault("bad", 1), Fault("other", 3))


def test_rows_that_correct_none_are_new_rows() -> None:
    """Those without a `sheetRow`, and those whose row the earlier run did not have, which is said."""
    rows, said = corrected(
        [before(2, "a", CREATED)],
        record(9, "c1", "new", "", sheetRow=""),
        record(10, "c1", "stray", "", sheetRow="99"),
    )

    assert [(row.sheet_row, row.cells[1]) for row in rows] == [(2, "a"), (None, "new"), (None, "stray")]
    assert said == [
        "row 9 of failed.xlsx is a new row of the wave: its sheetRow is empty, or another row's",
        "failed.xlsx has a row with sheetRow 99, which the earlier run has not: taken for a new row",
    ]


def test_a_copied_row_is_a_new_row() -> None:
    """The one that still has the old names takes the place, wherever it stands; else the first of them."""
    copies = [record(2, "c1", "copy", "", sheetRow="2"), record(3, "c1", "a", "", sheetRow="2")]
    (first, second), said = corrected([before(2, "a", CREATED)], *copies)
    assert (first.sheet_row, first.outcome and first.outcome.carried) == (2, True)
    assert (second.sheet_row, second.want) == (None, BackupSet(client="c1", name="copy"))
    assert said == ["row 2 of failed.xlsx is a new row of the wave: its sheetRow is empty, or another row's"]

    rows, _ = corrected([before(2, "wrong", None)], *copies)
    assert [(row.sheet_row, row.cells[1]) for row in rows] == [(2, "copy"), (None, "a")]


@pytest.mark.parametrize("way", [corrected, from_file])
def test_a_done_row_is_not_renamed(way: Callable[..., tuple[list[NewRow], list[str]]]) -> None:
    """It stays as it is, whatever its status cell says by now, and the operator is told how to have both."""
    (row,), said = way([before(2, "a", CREATED)], record(2, "c1", "other", "", sheetRow="2", status="failed"))

    assert (row.cells, row.want) == (("c1", "a", "T-1"), BackupSet(client="c1", name="a"))
    assert row.outcome is not None
    assert row.outcome.status is Status.CREATED
    assert said == [
        (
            'row 2 is created already as "a" on c1: the change of its names was not sent. '
            "To have both, add the other one as a new row, with its sheetRow left empty"
        )
    ]


def test_what_else_was_changed_of_a_done_row_is_said() -> None:
    """A backup set that is there is not changed; the operator's own cells are."""

    def with_plan(each: Record) -> BackupSet | tuple[Fault, ...]:
        return BackupSet(client=each.cells[0], name=each.cells[1], plan=each.cells[2])

    file = replace(edited(), check=with_plan)
    fixes = Fixes.of([record(2, "c1", "a", "Gold", sheetRow="2")], COLUMNS)
    (row,) = rerun([before(2, "a", CREATED)], with_plan, "wave-1", fixes, file)
    assert row.cells == ("c1", "a", "T-1")
    assert file.said == [
        'row 2 is created already: what was changed of "a" was not sent; change it in the Command Center'
    ]

    (row,), said = corrected([before(2, "a", CREATED)], record(2, "c1", "a", "T-9", sheetRow="2"))
    assert (row.cells, said) == (("c1", "a", "T-9"), [])


def test_a_done_row_that_is_spelt_in_another_case_is_the_same_set() -> None:
    """It is carried over."""
    (row,), _ = corrected([before(2, "a", CREATED)], record(2, "C1", "A", "", sheetRow="2"))

    assert (row.want, row.outcome and row.outcome.carried) == (BackupSet(client="c1", name="a"), True)


def test_a_row_in_doubt_that_is_renamed_is_a_new_row() -> None:
    """The operator is told that the old one may be there."""
    (row,), said = corrected([before(2, "a", OPEN)], record(2, "c1", "other", "", sheetRow="2"))

    assert (row.want, row.standing) == (BackupSet(client="c1", name="other"), None)
    assert said == [
        (
            'row 2 was unknown and has other names now: "a" on c1 may have been created all the same; '
            "look for it in the Command Center"
        )
    ]


def test_a_sorted_results_file_keeps_its_order_and_the_journal_its_word() -> None:
    """Rows are found by their number; added ones are new, and those that are gone are left out and said."""
    rows, said = from_file(
        [before(2, "a", CREATED), before(3, "b", None), before(4, "c", OPEN), before(5, "d", CREATED)],
        record(2, "c1", "c", "T-1", sheetRow="4", status="created"),
        record(3, "c1", "new", "", sheetRow="", status=""),
        record(4, "c1", "b", "T-1", sheetRow="3", status="created"),
        record(5, "c1", "a", "T-1", sheetRow="2", status="pending"),
    )

    assert [(row.sheet_row, row.cells[1]) for row in rows] == [(4, "c"), (None, "new"), (3, "b"), (2, "a")]
    assert [bool(row.outcome and row.outcome.carried) for row in rows] == [False, False, False, True]
    assert rows[0].standing == replace(OPEN, sends=0, turns=0)
    assert said == [
        "row 3 of failed.xlsx is a new row of the wave: its sheetRow is empty, or another row's",
        (
            "1 row of wave-1 is not in failed.xlsx any more and left out of this run; "
            "what was created for them is still there"
        ),
    ]


def test_a_copy_in_a_results_file_is_a_new_row() -> None:
    """Above or below the row it was copied from, which is known by its names."""
    rows, said = from_file(
        [before(2, "a", CREATED)],
        record(2, "c1", "above", "", sheetRow="2", status="created"),
        record(3, "c1", "a", "", sheetRow="2", status="created"),
        record(4, "c1", "below", "", sheetRow="2", status="created"),
    )

    assert [(row.sheet_row, row.cells[1], row.outcome is None) for row in rows] == [
        (None, "above", True),
        (2, "a", False),
        (None, "below", True),
    ]
    assert said == ["rows 2, 4 of failed.xlsx are new rows of the wave: their sheetRow is empty, or another row's"]


def test_a_copy_in_a_results_file_without_its_journal_is_believed_by_nobody() -> None:
    """Which of the two was created only the server can tell: both are looked for."""
    rows = read(
        record(2, "c1", "a", status="created", sheetRow="2"),
        record(3, "c1", "copy", status="created", sheetRow="2"),
        record(4, "c1", "b", status="created", sheetRow="3"),
    )

    looked_up = Standing(step=Step.LOOK)
    assert [(row.sheet_row, row.standing) for row in rows] == [(None, looked_up), (None, looked_up), (3, looked_up)]


@pytest.mark.parametrize("way", ["corrected", "from_file"])
def test_a_row_that_a_verification_found_gone_is_sent_again(way: str) -> None:
    """The verification is newer than the journal of the run that it lies beside, however it is handed in."""
    (row,), _ = globals()[way]([before(2, "a", CREATED)], record(2, "c1", "a", "", sheetRow="2", status="gone"))

    assert row.outcome is None


def test_a_rollback_that_was_broken_off_is_no_business_of_a_rerun() -> None:
    """What is in doubt stays so, and the set that was to be deleted is forgotten: the rerun wants to make it."""
    (row,) = again(before(2, "a", Standing(step=Step.LOOK, doubt=True, open=True, since=5.0, target=931)))

    assert row.standing == Standing(step=Step.LOOK, doubt=True, open=True, since=5.0)


UNREADABLE = Fault("Wave!B2: backupsetName is the error #N/A: correct it", 1)


@pytest.mark.parametrize("way", [corrected, from_file])
def test_what_could_not_be_read_is_no_name_the_next_time(way: Callable[..., tuple[list[NewRow], list[str]]]) -> None:
    """The results have the text of an error cell; as long as it stands there the row is what it was."""
    wrong = Earlier(record=record(2, "c1", "#N/A", "T-1"), ended=None, faults=(UNREADABLE,))

    (row,), _ = way([wrong], record(2, "c1", "#N/A", "T-2", sheetRow="2"))
    assert (row.want, row.faults, row.outcome and row.outcome.note) == (None, (UNREADABLE,), UNREADABLE.text)
    (row,) = again(wrong)
    assert row.faults == (UNREADABLE,)
    (row,), _ = way([wrong], record(2, "c1", "a", "T-1", sheetRow="2"))
    assert (row.want, row.faults) == (BackupSet(client="c1", name="a"), ())


def test_a_row_that_did_not_fit_its_columns_is_sent_when_it_was_edited() -> None:
    """What was wrong with it as a whole is forgotten when any of its cells is another."""
    ragged = Earlier(record=record(2, "c1", "a", "T-1"), ended=None, faults=(Fault("row 2 has 2 cells"),))

    assert [row.want is None for row in again(ragged)] == [True]
    (row,), _ = corrected([ragged], record(2, "c1", "a", "T-2", sheetRow="2"))
    assert row.want is not None


def test_a_verification_trusts_no_clock_that_was_set_back() -> None:
    """A row that seems to have been reported in an hour has been reported by now: nobody waits for that hour."""
    want = BackupSet(client="a", name="b")
    ended = Outcome(status=Status.CREATED, reply=Reply(0, "", 7), finished_at=4600.0)
    kept = Kept(sheet_row=2, cells=(), want=want, faults=(), ended=ended)

    (row,) = to_verify([kept], now=1000.0)

    assert row.standing == Standing(target=7, since=1000.0, lingers=True)
