"""Rows of a planned rerun that were refused, and ask for the same still."""

from dataclasses import replace
from pathlib import Path

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Outcome, Reply, Status
from bulkprov.runs.unchanged import unchanged
from tests.runs.rows import CREATED, before

REJECTED = Outcome(
    status=Status.REJECTED, reply=Reply(2, "no such instance."), http_status=200, note="did you mean c2?"
)
WOULD = Outcome(status=Status.WOULD_CREATE, note="its plan is not looked at")
ONE = Path("reports/one")


def test_refused_rows_that_ask_for_the_same_are_refused_in_the_plan_too() -> None:
    """Not those that were corrected, that were not refused, or of which the plan knows better; nor new ones."""
    refused = [before(2, "a", REJECTED), before(3, "b", REJECTED), before(4, "c", REJECTED), before(5, "d", REJECTED)]
    planned = [replace(row, state=WOULD) for row in (before(9, "new", CREATED), *refused, before(6, "e", CREATED))]
    planned[2] = replace(planned[2], want=BackupSet(client="c1", name="b", instance="other"))
    planned[3] = replace(planned[3], state=Outcome(status=Status.NO_PLACE))
    planned[4] = replace(planned[4], state=None)

    marked = list(unchanged(refused, planned, ONE))

    assert [(row.number, row.sheet_row) for row, _ in marked] == [(2, 2), (5, 5)], "the last one was not looked up"
    told = "refused in reports/one with errorCode 2: no such instance; not changed since; did you mean c2?"
    assert [outcome.note for _, outcome in marked] == [f"{told}; its plan is not looked at", told]
    assert {outcome.status for _, outcome in marked} == {Status.REJECTED}
    assert {(outcome.reply.error_code, outcome.http_status) for _, outcome in marked} == {(2, 200)}


def test_a_refusal_without_an_error_code_is_told_by_what_there_is() -> None:
    """Its HTTP status."""
    was = before(2, "a", Outcome(status=Status.REJECTED, http_status=403))

    ((_, outcome),) = unchanged([was], [replace(was, state=WOULD)], ONE)

    assert outcome.note.startswith("refused in reports/one with HTTP 403; not changed since; its plan")
