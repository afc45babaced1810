"""Rows of a planned rerun that were refused, and ask for the same still."""

from dataclasses import replace

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Outcome, Reply, Status
from bulkprov.runs.unchanged import unchanged
from tests.runs.rows import CREATED, before

REJECTED = Outcome(status=Status.REJECTED, reply=Reply(2, "no such instance"))
WOULD = Outcome(status=Status.WOULD_CREATE)


def test_refused_rows_that_ask_for_the_same_are_found() -> None:
    """Not those that were corrected, whose client is missing now, or that failed for another reason."""
    earlier = [before(2, "a", REJECTED), before(3, "b", REJECTED), before(4, "c", REJECTED)]
    earlier += [before(5, "d", CREATED), before(6, "e", Outcome(status=Status.FAILED))]
    planned = [replace(row, state=WOULD) for row in earlier]
    planned[1] = replace(planned[1], want=BackupSet(client="c1", name="b", instance="other"))
    planned[2] = replace(planned[2], state=Outcome(status=Status.NO_PLACE))

    assert list(unchanged(earlier, planned)) == [2]
