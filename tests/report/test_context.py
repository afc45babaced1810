"""What to type next, after whatever has become of a run."""

from collections import Counter
from pathlib import Path

import pytest

from bulkprov.engine.model import Status
from bulkprov.report.context import next_command

RUN, FAILED = Path("run"), Path("run/failed.xlsx")


@pytest.mark.parametrize(
    ("statuses", "left", "half_deleted", "command"),
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
    statuses: dict[Status, int], left: int, half_deleted: int, command: str
) -> None:
    """First what may have been deleted, then what was not come to, then what is to be fixed; or none at all."""
    words = next_command(RUN, Counter(statuses), left=left, half_deleted=half_deleted, failed=FAILED)

    assert [Path(word) for word in words] == [Path(word) for word in command.split()]
