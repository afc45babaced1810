"""What has changed since an earlier plan."""

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Status
from bulkprov.runs.earlier_plan import Changed, PlanRow, changes

WELL, THERE, NOWHERE, INVALID = Status.WOULD_CREATE, Status.EXISTS, Status.NO_PLACE, Status.INVALID


def row(number: int, name: str, status: Status, *, deep: bool = False, note: str = "") -> PlanRow:
    """A row of a plan; an invalid one names nothing."""
    want = None if status is INVALID else BackupSet(client="client001", name=name)
    return PlanRow(sheet_row=number, want=want, status=status, deep=deep, note=note)


def told(before: list[PlanRow], after: list[PlanRow], *, deep: bool = False) -> list[tuple[str, int]]:
    """The changes, each with its row, as it is now or as it was."""
    found = changes(before, after, deep=deep)
    return [(each.how.value, row.sheet_row) for each in found if (row := each.now or each.was)]


def test_each_way_in_which_a_row_may_change_is_told_apart() -> None:
    """What is as it was is not told, nor is what the earlier plan had not got to."""
    ways: dict[Changed | None, tuple[Status, Status]] = {
        Changed.WORSE: (WELL, NOWHERE),
        Changed.BETTER: (NOWHERE, WELL),
        Changed.MADE: (WELL, THERE),
        Changed.GONE: (THERE, WELL),
        Changed.OTHERWISE: (NOWHERE, INVALID),
    }
    before = [row(n, f"set{n}", was) for n, (was, _) in enumerate(ways.values(), 2)]
    after = [row(n, f"set{n}", now) for n, (_, now) in enumerate(ways.values(), 2)]
    same = [row(20, "a", WELL), row(21, "b", NOWHERE), row(22, "", INVALID)]

    assert [each.how for each in changes([*before, *same], [*after, *same], deep=False)] == list(ways)
    assert told([row(2, "a", Status.PENDING)], [row(2, "a", NOWHERE)]) == []


def test_rows_are_recognised_by_what_they_name_wherever_they_stand() -> None:
    """A row before them that is new, and invalid, takes no place of theirs; names differ by more than case."""
    before = [row(2, "a", WELL), row(3, "b", WELL)]
    after = [row(2, "", INVALID), row(3, "B", WELL), row(4, "A", THERE)]

    assert told(before, after) == [("new", 2), ("made", 4)]


def test_an_invalid_row_is_recognised_by_its_number() -> None:
    """Corrected, it is better; broken, it is worse; another set in a valid row is another row."""
    before = [row(2, "", INVALID), row(3, "b", WELL), row(4, "c", WELL)]
    after = [row(2, "a", WELL), row(3, "", INVALID), row(4, "d", WELL)]

    assert told(before, after) == [("better", 2), ("worse", 3), ("new", 4), ("dropped", 4)]


def test_invalid_rows_that_have_moved_are_recognised_by_their_faults() -> None:
    """A row above them was deleted; one of them has another fault by now."""
    before = [row(2, "a", WELL), *(row(n, "", INVALID, note=note) for n, note in ((3, "x"), (4, "y"), (5, "y")))]
    after = [row(n, "", INVALID, note=note) for n, note in ((2, "x"), (3, "y"), (4, "y"))]

    assert told(before, after) == [("dropped", 2)]
    assert told(before[1:], [row(3, "", INVALID, note="x"), row(4, "", INVALID, note="z"), *before[3:]]) == []


def test_a_row_whose_client_was_corrected_is_the_same_row() -> None:
    """Its number and the name of its set are."""
    corrected = PlanRow(sheet_row=2, want=BackupSet(client="client002", name="a"), status=WELL)

    assert told([row(2, "A", NOWHERE)], [corrected]) == [("better", 2)]


def test_what_only_one_of_two_plans_has_looked_at_is_no_change() -> None:
    """`--deep` finds rows that the earlier plan may not have seen; without it, those of an earlier one are not seen.

    Whether the set itself is there, both have looked at.
    """
    fine = [row(2, "a", WELL), row(3, "b", THERE), row(4, "c", WELL)]
    lacking = [row(2, "a", NOWHERE, deep=True), row(3, "b", NOWHERE, deep=True), row(4, "c", NOWHERE)]
    known = row(9, "z", NOWHERE, deep=True)

    assert told(fine, lacking, deep=True) == [("deeper", 2), ("worse", 3), ("worse", 4)]
    assert told(lacking, fine) == [("unseen", 2), ("better", 3), ("better", 4)]
    assert told([*fine, known], [*lacking, known], deep=True) == [("worse", 2), ("worse", 3), ("worse", 4)]
    assert told(lacking, fine, deep=True) == [("better", 2), ("better", 3), ("better", 4)]
