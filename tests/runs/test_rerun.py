from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import End, Evidence, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.journal.rows import NEW, JournalRow
from bulkprov.runs.rerun import Rerun
from bulkprov.sheets.rows import Fault, Record
from bulkprov.sheets.validate import CheckRecord
from tests.runs.rows import COLUMNS, CREATED, IN_DOUBT, UNTRIED, before, check, corrections, record, wrong

Way: TypeAlias = Callable[..., tuple[list[JournalRow], list[str]]]
"""How corrections are handed in."""


def again(*earlier: JournalRow) -> list[JournalRow]:
    """The rows of a rerun as they were."""
    return list(Rerun(earlier, check, "wave-1").unchanged())


def corrected(
    earlier: Iterable[JournalRow], *records: Record, columns: Iterable[str] = COLUMNS, check: CheckRecord = check
) -> tuple[list[JournalRow], list[str]]:
    """The rows of a rerun with corrected rows, and the notes on those."""
    rerun = Rerun(earlier, check, "wave-1")
    return list(rerun.corrected(corrections(*records, columns=columns, check=check))), rerun.notes()


def edited(
    earlier: Iterable[JournalRow], *records: Record, columns: Iterable[str] = COLUMNS
) -> tuple[list[JournalRow], list[str]]:
    """The rows of an edited results file, and the notes on them."""
    rerun = Rerun(earlier, check, "wave-1")
    return list(rerun.edited(corrections(*records, columns=columns))), rerun.notes()


def test_done_rows_of_a_run_are_carried_over_and_are_not_ours() -> None:
    """This run did not make them, so that its rollback leaves them alone."""
    (row,) = again(before(2, "a", CREATED))

    assert row.outcome == replace(CREATED, note="carried over from wave-1", evidence=Evidence.NONE, carried=True)
    assert row.want == BackupSet(client="c1", name="a")


def test_a_row_in_doubt_is_looked_up_first() -> None:
    """And may be sent as often as any other row."""
    (row,) = again(before(2, "a", IN_DOUBT))

    assert row.standing == replace(IN_DOUBT, sends=0, inconclusive_looks=0)


def test_a_doubt_that_was_settled_is_not_forgotten() -> None:
    """What shows up now is ours."""
    (row,) = again(before(2, "a", replace(IN_DOUBT, step=Step.ACT, unsettled=False)))

    assert row.standing is not None
    assert (row.standing.step, row.standing.ever_in_doubt, row.standing.unsettled) == (Step.LOOK, True, True)


def test_a_row_that_was_never_in_doubt_begins_anew() -> None:
    """Its first look is too old."""
    (row,) = again(before(2, "a", Standing(step=Step.ACT, absent_before_send=True, waits=4)))

    assert row.standing is None
    assert row.outcome is None


def test_a_row_in_doubt_that_is_invalid_now_is_invalid() -> None:
    """There is nothing to look up."""
    (row,) = again(JournalRow(sheet_row=2, cells=("c1", ""), want=None, faults=(), state=IN_DOUBT))

    assert (row.standing, row.outcome and row.outcome.status) == (None, Status.INVALID)


def test_corrected_rows_take_the_place_of_those_they_correct() -> None:
    """By `sheetRow`, whatever row of the corrected sheet they are in; all others stay."""
    (first, second), notes = corrected(
        [before(2, "a", UNTRIED), before(3, "b", UNTRIED)], record(2, "c1", "corrected", "T-2", sheetRow="3")
    )

    assert first.cells == ("c1", "a", "T-1")
    assert (second.sheet_row, second.cells) == (3, ("c1", "corrected", "T-2"))
    assert notes == [
        (
            "row 2, not done in wave-1 and not in failed.xlsx, is tried again as before. "
            "To leave a row out, add a line to failed.xlsx that has its number under `sheetRow` and x under `skip`, "
            "and nothing else"
        )
    ]


def test_faults_of_corrected_rows_name_the_cell_of_the_file_they_are_in() -> None:
    """The check is given the row of the file; the number in the results stays that of the first sheet."""
    seen = []

    def watching(each: Record) -> BackupSet | tuple[Fault, ...]:
        seen.append(each.sheet_row)
        return check(each)

    rows, _ = corrected(
        [before(7, "a", UNTRIED)],
        record(2, "c1", "", "", sheetRow="7"),
        record(3, "c1", "", "", sheetRow=""),
        check=watching,
    )

    assert [row.sheet_row for row in rows] == [7, NEW]
    assert set(seen) == {2, 3}


def test_columns_that_only_the_corrections_have_are_added() -> None:
    """A corrected row has what the file has there, and cells that the file lacks are as they were."""
    rows, _ = corrected(
        [before(2, "a", UNTRIED), before(3, "b", UNTRIED)],
        record(2, "x", "", "c1", sheetRow="3"),
        columns=("extra", "backupsetName", "clientName"),
    )

    assert [row.cells for row in rows] == [("c1", "a", "T-1", ""), ("c1", "", "T-1", "x")]


def test_rows_that_correct_none_are_new_rows() -> None:
    """Those without a `sheetRow`, and those whose row the earlier run did not have, which is said."""
    rows, notes = corrected(
        [before(2, "a", CREATED)],
        record(9, "c1", "new", "", sheetRow=""),
        record(10, "c1", "stray", "", sheetRow="99"),
    )

    assert [(row.sheet_row, row.cells[1]) for row in rows] == [(2, "a"), (NEW, "new"), (NEW, "stray")]
    assert notes == [
        "row 9 of failed.xlsx is a new row of the wave: its sheetRow is empty or belongs to another row",
        "failed.xlsx has a row with sheetRow 99, which the earlier run does not have: it becomes a new row",
    ]


def test_a_copied_row_is_a_new_row() -> None:
    """The one that still has the old names takes the place, wherever it stands; else the first of them."""
    copies = [record(2, "c1", "copy", "", sheetRow="2"), record(3, "c1", "a", "", sheetRow="2")]
    (first, second), notes = corrected([before(2, "a", CREATED)], *copies)
    assert (first.sheet_row, first.outcome and first.outcome.carried) == (2, True)
    assert (second.sheet_row, second.want) == (NEW, BackupSet(client="c1", name="copy"))
    assert notes == ["row 2 of failed.xlsx is a new row of the wave: its sheetRow is empty or belongs to another row"]

    rows, _ = corrected([before(2, "wrong", UNTRIED)], *copies)
    assert [(row.sheet_row, row.cells[1]) for row in rows] == [(2, "copy"), (NEW, "a")]


@pytest.mark.parametrize("way", [corrected, edited])
def test_a_marked_row_is_not_sent_whatever_its_number(way: Way) -> None:
    """One that an earlier rerun has left out already is in the file still, and no row of the run has its number."""
    rows, notes = way(
        [before(2, "a", CREATED)],
        record(2, "c1", "a", "", "", sheetRow="2"),
        record(3, "c1", "left out", "", "x", sheetRow="5"),
        record(4, "c1", "added", "", "x", sheetRow=""),
        columns=(*COLUMNS, "skip"),
    )

    assert ([row.cells[1] for row in rows], notes) == (["a"], [])


def test_a_row_that_was_deleted_from_the_file_is_left_out_by_its_number_and_a_mark() -> None:
    """Nothing else of it is needed, as the note on rows that are tried again says."""
    rows, notes = corrected(
        [before(2, "a", UNTRIED), before(3, "b", UNTRIED)],
        record(2, "c1", "a", "", "", sheetRow="2"),
        record(3, "", "", "", "x", sheetRow="3"),
        columns=(*COLUMNS, "skip"),
    )

    assert [row.cells[1] for row in rows] == ["a"]
    assert notes == ["row 3 is left out: it was marked `skip` in failed.xlsx"]


@pytest.mark.parametrize("way", [corrected, edited])
def test_a_done_row_is_not_renamed(way: Way) -> None:
    """It stays as it is, whatever its status cell says by now, and the operator is told how to have both."""
    (row,), notes = way([before(2, "a", CREATED)], record(2, "c1", "other", "", sheetRow="2", status="failed"))

    assert (row.cells, row.want) == (("c1", "a", "T-1"), BackupSet(client="c1", name="a"))
    assert row.outcome is not None
    assert row.outcome.status is Status.CREATED
    assert notes == [
        (
            'row 2 is already created as "a" on c1: its new names were not sent. '
            "To have both, add the other one as a new row with an empty sheetRow"
        )
    ]


def test_what_else_was_changed_of_a_done_row_is_said() -> None:
    """A backup set that is there is not changed; the operator's own cells are."""

    def with_plan(each: Record) -> BackupSet | tuple[Fault, ...]:
        return BackupSet(client=each.cells[0], name=each.cells[1], plan=each.cells[2])

    changed = record(2, "c1", "a", "Gold", sheetRow="2")
    (row,), notes = corrected([before(2, "a", CREATED)], changed, check=with_plan)
    assert row.cells == ("c1", "a", "T-1")
    assert notes == ['row 2 is already created: the changes to "a" were not sent; make them in the Command Center']

    (row,), notes = corrected([before(2, "a", CREATED)], record(2, "c1", "a", "T-9", sheetRow="2"))
    assert (row.cells, notes) == (("c1", "a", "T-9"), [])


def test_a_done_row_that_is_spelt_in_another_case_is_the_same_set() -> None:
    """It is carried over."""
    (row,), _ = corrected([before(2, "a", CREATED)], record(2, "C1", "A", "", sheetRow="2"))

    assert (row.want, row.outcome and row.outcome.carried) == (BackupSet(client="c1", name="a"), True)


def test_a_row_in_doubt_that_is_renamed_is_a_new_row() -> None:
    """The operator is told that the old one may be there."""
    (row,), notes = corrected([before(2, "a", IN_DOUBT)], record(2, "c1", "other", "", sheetRow="2"))

    assert (row.want, row.standing) == (BackupSet(client="c1", name="other"), None)
    assert notes == [
        (
            'row 2 was unknown and now has different names: "a" on c1 may still have been created; '
            "look for it in the Command Center"
        )
    ]


def test_a_sorted_results_file_keeps_its_order_and_the_journal_its_word() -> None:
    """Rows are found by their number; added ones are new, and those that are gone are left out and said."""
    rows, notes = edited(
        [before(2, "a", CREATED), before(3, "b", UNTRIED), before(4, "c", IN_DOUBT), before(5, "d", CREATED)],
        record(2, "c1", "c", "T-1", sheetRow="4", status="created"),
        record(3, "c1", "new", "", sheetRow="", status=""),
        record(4, "c1", "b", "T-1", sheetRow="3", status="created"),
        record(5, "c1", "a", "T-1", sheetRow="2", status="pending"),
    )

    assert [(row.sheet_row, row.cells[1]) for row in rows] == [(4, "c"), (NEW, "new"), (3, "b"), (2, "a")]
    assert [bool(row.outcome and row.outcome.carried) for row in rows] == [False, False, False, True]
    assert rows[0].standing == replace(IN_DOUBT, sends=0, inconclusive_looks=0)
    assert notes == [
        "row 3 of failed.xlsx is a new row of the wave: its sheetRow is empty or belongs to another row",
        (
            "row 5 of wave-1 is no longer in failed.xlsx and is left out of this run; "
            "what was created for them still exists"
        ),
    ]


def test_a_copy_in_a_results_file_is_a_new_row() -> None:
    """Above or below the row it was copied from, which is known by its names."""
    rows, notes = edited(
        [before(2, "a", CREATED)],
        record(2, "c1", "above", "", sheetRow="2", status="created"),
        record(3, "c1", "a", "", sheetRow="2", status="created"),
        record(4, "c1", "below", "", sheetRow="2", status="created"),
    )

    assert [(row.sheet_row, row.cells[1], row.outcome is None) for row in rows] == [
        (NEW, "above", True),
        (2, "a", False),
        (NEW, "below", True),
    ]
    assert notes == [
        "rows 2, 4 of failed.xlsx are new rows of the wave: their sheetRow is empty or belongs to another row"
    ]


@pytest.mark.parametrize("way", [corrected, edited])
def test_a_row_that_a_verification_found_gone_is_sent_again(way: Way) -> None:
    """The verification is newer than the journal of the run that it lies beside, however it is handed in."""
    (row,), _ = way([before(2, "a", CREATED)], record(2, "c1", "a", "", sheetRow="2", status="gone"))

    assert row.outcome is None


def test_a_rerun_does_not_go_on_with_an_interrupted_rollback() -> None:
    """What is in doubt stays so, and the set that was to be deleted is forgotten: the rerun wants to make it."""
    (row,) = again(
        before(2, "a", Standing(step=Step.LOOK, ever_in_doubt=True, unsettled=True, doubt_began=5.0, target=931))
    )

    assert row.standing == Standing(step=Step.LOOK, ever_in_doubt=True, unsettled=True, left=True, doubt_began=5.0)


REFUSED = Outcome(
    status=Status.REJECTED,
    reply=Reply(2, "no"),
    attempts=1,
    facts=Standing(left=True, absent_before_send=True, known=930, others=(7,), candidates=(940,)),
)


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED])
def test_what_is_known_of_a_row_that_was_sent_is_known_to_its_rerun(status: Status) -> None:
    """A thing that shows up may be this row's, whatever its create was answered with."""
    (row,) = again(before(2, "a", replace(REFUSED, status=status)))

    assert row.standing == REFUSED.facts
    assert row.outcome is None


def test_what_is_known_of_a_row_is_known_to_reruns_of_reruns() -> None:
    """Though the first of them did not come to the row."""
    (row,) = again(*again(before(2, "a", REFUSED)))

    assert row.standing is not None
    assert (row.standing.left, row.standing.known, row.standing.candidates) == (True, 930, (940,))


def test_a_row_of_which_a_create_left_is_not_new_to_its_rerun() -> None:
    """Refused with no look since, or turned away: the settle time comes first, but nothing is in doubt."""
    refusal = Verdict(end=End.ANSWERED, reply=Reply(2, "no"), at=9.0)
    left = Standing(sends=1, absent_before_send=True, left=True, known=930, refusal=refusal, doubt_began=9.0)

    (row,) = again(before(2, "a", left))

    assert row.standing == Standing(unsettled=True, absent_before_send=True, left=True, known=930, doubt_began=9.0)


@pytest.mark.parametrize("way", [corrected, edited])
def test_what_is_known_of_a_row_does_not_go_over_to_other_names(way: Way) -> None:
    """They want another thing, which no create was sent for."""
    (same,), _ = way([before(2, "a", REFUSED)], record(2, "C1", "A", "", sheetRow="2", status="rejected"))
    (other,), _ = way([before(2, "a", REFUSED)], record(2, "c1", "b", "", sheetRow="2", status="rejected"))

    assert same.standing == REFUSED.facts
    assert other.standing is None


def test_a_row_that_was_rolled_back_begins_anew() -> None:
    """Both witnesses have denied what it had made. If it was in doubt, something may turn up still."""
    undone = Outcome(status=Status.ROLLED_BACK, reply=Reply(id=931), facts=Standing(left=True))
    doubted = replace(undone, facts=Standing(left=True, ever_in_doubt=True, known=930))

    new, known = again(before(2, "a", undone), before(3, "b", doubted))

    assert (new.standing, known.standing) == (None, doubted.facts)


def test_a_row_whose_delete_was_answered_but_not_shown_yet_is_not_carried_over() -> None:
    """It may be there or not: the rerun looks, and what it finds is perhaps the set that was to be deleted."""
    deleted = Standing(step=Step.LOOK, sends=1, left=True, unsettled=True, target=931, doubt_began=9.0)

    (row,) = again(before(2, "a", deleted))

    assert row.standing == Standing(left=True, unsettled=True, doubt_began=9.0)


UNREADABLE = Fault("Wave!B2: backupsetName is the error #N/A: correct it", 1)


@pytest.mark.parametrize("way", [corrected, edited])
def test_what_could_not_be_read_is_no_name_the_next_time(way: Way) -> None:
    """The results have the text of an error cell; as long as it stands there the row is what it was."""
    unreadable = wrong(2, ("c1", "#N/A", "T-1"), UNREADABLE)

    (row,), _ = way([unreadable], record(2, "c1", "#N/A", "T-2", sheetRow="2"))
    assert (row.want, row.faults, row.outcome and row.outcome.note) == (None, (UNREADABLE,), UNREADABLE.text)
    (row,) = again(unreadable)
    assert row.faults == (UNREADABLE,)
    (row,), _ = way([unreadable], record(2, "c1", "a", "T-1", sheetRow="2"))
    assert (row.want, row.faults) == (BackupSet(client="c1", name="a"), ())


def test_a_row_that_did_not_fit_its_columns_is_sent_when_it_was_edited() -> None:
    """What was wrong with it as a whole is forgotten when any of its cells is another."""
    ragged = wrong(2, ("c1", "a", "T-1"), Fault("row 2 has 2 cells"))

    assert [row.want is None for row in again(ragged)] == [True]
    (row,), _ = corrected([ragged], record(2, "c1", "a", "T-2", sheetRow="2"))
    assert row.want is not None
