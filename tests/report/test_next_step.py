"""What to type next, whatever became of a run."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bulkprov.engine.model import Status
from bulkprov.engine.operations import CHECK, DEEP_PLAN, PLAN, ROLLBACK, RUN, VERIFY, Operation
from bulkprov.report.next_step import next_step

FOLDER, FAILED, WRITTEN = Path("run"), Path("run/failed.xlsx"), Path("run/verification.xlsx")


def command(operation: Operation, statuses: dict[Status, int], **facts: Any) -> list[Path]:
    """The next command, its words as paths: how those are written depends on the system."""
    words = next_step(Counter(statuses), operation=operation, run=FOLDER, **facts)
    return [Path(word) for word in words]


def typed(line: str) -> list[Path]:
    """A command as `command` gives it."""
    return [Path(word) for word in line.split()]


@pytest.mark.parametrize(
    ("statuses", "left", "half_deleted", "expected"),
    [
        ({Status.CREATED: 5, Status.EXISTS: 1}, 0, 0, ""),
        ({Status.CREATED: 5, Status.PENDING: 1}, 1, 0, "resume run"),
        ({Status.CREATED: 5, Status.UNKNOWN: 1, Status.REJECTED: 1}, 1, 0, "resume run"),
        ({Status.CREATED: 5, Status.REJECTED: 1}, 0, 0, "rerun run run/failed.xlsx"),
        ({Status.CREATED: 5, Status.INVALID: 1}, 0, 0, "rerun run run/failed.xlsx"),
        ({Status.ROLLED_BACK: 5}, 0, 0, ""),
        ({Status.ROLLED_BACK: 5, Status.UNKNOWN: 1, Status.REJECTED: 1}, 0, 1, "rollback run --yes"),
        ({Status.ROLLED_BACK: 5, Status.UNKNOWN: 2, Status.PENDING: 1}, 2, 1, "rollback run --yes"),
    ],
)
def test_the_next_command_is_the_one_that_has_something_to_do(
    statuses: dict[Status, int], left: int, half_deleted: int, expected: str
) -> None:
    """First what may have been deleted, then what was not reached, then what is to be fixed; or none at all."""
    words = command(RUN, statuses, left=left, half_deleted=half_deleted, failed=FAILED)

    assert words == typed(expected)


def test_a_run_that_was_rerun_is_not_gone_on_with_unless_it_just_was() -> None:
    """Its rows are the rerun's; but who resumes it all the same, and stops, has to be told how to go on."""
    statuses = {Status.CREATED: 5, Status.PENDING: 1}

    assert command(RUN, statuses, left=1, superseded=True) == []
    assert command(RUN, statuses, left=1, superseded=True, stopped=True) == typed("resume run")


def test_an_audit_that_is_owed_is_a_reason_to_resume() -> None:
    """All rows are created; but nothing has looked at them since."""
    assert command(RUN, {Status.CREATED: 5}, unaudited=5) == typed("resume run")


def test_rows_that_only_a_person_can_settle_are_no_reason_to_resume() -> None:
    """What is listed may be theirs, and would be again; they are to be corrected."""
    statuses = {Status.CREATED: 5, Status.PENDING: 2, Status.UNKNOWN: 1}

    assert command(RUN, statuses, left=3, unsure=3, failed=FAILED) == typed("rerun run run/failed.xlsx")
    assert command(RUN, statuses, left=3, unsure=2, failed=FAILED) == typed("resume run")
    assert command(RUN, statuses, left=3, unsure=3, unaudited=1) == typed("resume run")


def test_rows_to_fix_are_named_only_in_a_file_that_was_written() -> None:
    """Without one the rerun takes them from the run."""
    assert command(RUN, {Status.REJECTED: 1}) == typed("rerun run")


def test_what_was_refused_is_not_resumed() -> None:
    """It would be refused again: its rows are to be corrected first, though none of them was tried."""
    statuses = {Status.PENDING: 5, Status.INVALID: 1}

    assert command(RUN, statuses, left=5, failed=FAILED, refused=True) == typed("rerun run run/failed.xlsx")


@pytest.mark.parametrize(
    ("statuses", "stopped", "expected"),
    [
        ({Status.ROLLED_BACK: 5}, False, ""),
        ({Status.ROLLED_BACK: 5, Status.CREATED: 1}, False, ""),
        ({Status.ROLLED_BACK: 5, Status.CREATED: 1}, True, "rollback run --yes"),
        ({Status.ROLLED_BACK: 5, Status.UNKNOWN: 1}, False, "rollback run --yes"),
    ],
)
def test_a_rollback_is_repeated_while_it_may_delete_more(
    statuses: dict[Status, int], stopped: bool, expected: str
) -> None:
    """It stopped early, or does not know what became of a delete; a delete that was refused is refused again."""
    assert command(ROLLBACK, statuses, stopped=stopped, left=3, failed=FAILED) == typed(expected)


def test_what_is_gone_is_created_again_from_the_verification() -> None:
    """Its file says which rows are gone; what differs is for people to look into."""
    found = {Status.AS_REPORTED: 5, Status.DIFFERS: 1}

    assert command(VERIFY, found, written=WRITTEN) == []
    assert command(VERIFY, found | {Status.GONE: 1}, written=WRITTEN) == typed("run run/verification.xlsx")
    assert command(VERIFY, found | {Status.GONE: 1}) == []


@pytest.mark.parametrize("operation", [CHECK, PLAN, DEEP_PLAN])
def test_a_plan_is_followed_by_a_run_of_its_sheet(operation: Operation) -> None:
    """Where the sheet is to be named."""
    assert command(operation, {Status.NO_PLACE: 1}, sheet="wave.xlsx", written=WRITTEN) == typed("run wave.xlsx")
    assert command(operation, {Status.NO_PLACE: 1}) == []


def test_an_encoding_that_reading_would_only_guess_is_typed_too() -> None:
    """It is that of the sheet, which the operator had to say as well."""
    failed = {Status.REJECTED: 1}

    assert command(RUN, failed, failed=Path("run/failed.csv"), encoding="cp1250") == typed(
        "rerun run run/failed.csv --encoding cp1250"
    )
    assert command(RUN, failed, failed=FAILED, encoding="cp1250") == typed("rerun run run/failed.xlsx")
