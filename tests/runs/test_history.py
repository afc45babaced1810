import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bulkprov.engine.lifecycle import begin
from bulkprov.engine.model import End, Evidence, Outcome, Reply, Row, Standing, Status, Step, Verdict
from bulkprov.engine.policy import RetryPolicy
from bulkprov.engine.throttle.gate import NOT_SENT
from bulkprov.errors import RunError
from bulkprov.journal.rows import Batch
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.runs.history import row_history
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort
from tests.exchanges import ANOTHERS, MARK
from tests.rehearsal import rehearse
from tests.runs.rows import CREATED

Begun = Callable[..., Run]

SHIPPED = Catalogue.shipped()


async def test_every_create_of_a_row_is_in_its_history(tmp_path: Path) -> None:
    """And the outcome, which tells how the last one ended."""
    await rehearse(tmp_path / "run", [("client001", "FS_Wave3")], access=Access(simulate=True), effort=Effort())

    with Run.open(tmp_path / "run") as run:
        history = row_history(run, 2, "json", SHIPPED)

    (create,) = history["exchanges"]
    assert create["told"] == "sent; its answer ended the row, as below"
    assert history["cells"] == {"clientName": "client001", "backupsetName": "FS_Wave3"}
    assert (create["step"], create["end"], create["at"] <= history["ended"]["at"]) == ("create", None, True)
    assert (history["ended"]["status"], history["ended"]["attempts"], history["meaning"]) == ("created", 1, {})
    assert history["ended"]["backupsetId"] > 0
    assert json.loads(json.dumps(history)) == history


async def test_what_the_catalogue_knows_of_an_error_is_in_the_history(tmp_path: Path) -> None:
    """Of a row that was refused: the server's own words, and what they mean."""
    await rehearse(tmp_path / "run", [("client999", "FS_Wave3")], access=Access(simulate=True), effort=Effort())

    with Run.open(tmp_path / "run") as run:
        history = row_history(run, 2, "json", SHIPPED)

    look, create, last = history["exchanges"]
    assert (look["step"], look["end"], look["httpStatus"]) == ("look-up", "answered", 200)
    assert look["told"].startswith("answered, HTTP 200, not there, ")
    assert (create["step"], create["end"], create["httpStatus"]) == ("create", "answered", 200)
    assert "errorCode 1 DB error" in create["told"]
    assert (last["step"], last["told"].startswith("answered, HTTP 200, not there, ")) == ("look-up", True)
    assert history["ended"]["status"] == "rejected"
    assert create["at"] < last["at"] <= history["ended"]["at"], "the look after the refusal has ended the row"
    assert history["meaning"].keys() == {"means", "rerun", "edit"}
    assert history["meaning"]["means"]


@pytest.mark.parametrize(
    ("mark", "reply", "words"),
    [
        (MARK, Reply(id=931), "found with id 931"),
        (MARK, Reply(), "not there"),
        (MARK, Reply(elsewhere="now named FS_2"), "now named FS_2"),
        (MARK, Reply(id=931, marks=((931, MARK),)), "found with id 931, id 931 bears the row's own mark"),
        (MARK, Reply(id=931, marks=((931, ""),)), "found with id 931, id 931 bears no mark"),
        ("", Reply(id=931, marks=((931, ""),)), "found with id 931"),
        (
            "",
            Reply(id=931, marks=((931, ANOTHERS),)),
            f"found with id 931, id 931 bears another mark: {ANOTHERS}",
        ),
    ],
)
def test_a_request_for_one_id_is_told_with_what_it_has_shown(begun: Begun, mark: str, reply: Reply, words: str) -> None:
    """It is a look-up too, and not the one in the client's list."""
    run = begun(outcomes=[Outcome(status=Status.CREATED, reply=Reply(0, "", 931))])
    (row, *_) = run.journal.to_audit(0, -1, {}, 0.0)
    batch = Batch("rollback")
    asked = replace(row, standing=replace(row.standing, step=Step.ASK, mark=mark))
    batch.looked(1, asked, Verdict(end=End.ANSWERED, reply=reply, http_status=200, at=9.0, seconds=0.5))
    run.journal.apply(batch)

    (ask,) = row_history(run, 2, "json", SHIPPED)["exchanges"]

    assert (ask["step"], ask["told"]) == ("look-up by id", f"answered, HTTP 200, {words}, 0.500 s")


def test_the_mark_of_a_row_is_in_the_request_that_is_shown(begun: Begun) -> None:
    """While it is under way, and when it has ended."""
    run = begun(outcomes=[replace(CREATED, facts=Standing(left=True, mark=MARK))])
    batch = Batch("run")
    row = run.journal.todo(0, Standing(step=Step.ACT, mark=ANOTHERS), {})[0]
    batch.intend(1, row, 9.0)
    run.journal.apply(batch)

    assert MARK in row_history(run, 2, "json", SHIPPED)["request"]
    assert ANOTHERS in row_history(run, row.sheet_row, "xml", SHIPPED)["request"]


@pytest.mark.parametrize(("wire", "body"), [("json", '{"association":'), ("xml", "<App_CreateBackupSetRequest>")])
def test_the_request_is_shown_as_it_is_sent_but_for_the_token(begun: Begun, wire: str, body: str) -> None:
    """In either format; an invalid row has none."""
    run = begun()

    history = row_history(run, 2, wire, SHIPPED)

    head, _, sent = history["request"].partition("\n\n")
    assert head.splitlines()[0] == "POST simulator/Backupset HTTP/1.1"
    assert ("Authtoken: ***" in head, history["format"] in head, body in sent) == (True, True, True)
    assert row_history(run, 4, wire, SHIPPED)["request"] is None


def test_a_row_that_is_wrong_has_its_faults_and_no_time(begun: Begun) -> None:
    """It ended before the run sent anything."""
    history = row_history(begun(), 4, "json", SHIPPED)

    assert (history["exchanges"], history["ended"]["at"], history["ended"]["status"]) == (
        [],
        "before the run",
        "invalid",
    )
    assert history["faults"] == [history["ended"]["note"]]


def test_a_create_without_a_known_answer_is_in_doubt(begun: Begun) -> None:
    """It was about to be sent when the process died; a row that was never tried is not finished."""
    run = begun()
    want = next(run.rows()).want
    assert want is not None
    batch = Batch("run")
    row = Row(number=1, sheet_row=2, want=want, standing=begin(RetryPolicy(first_look=False)))
    batch.intend(1, row, 1_767_614_400.0)
    run.journal.apply(batch)

    history = row_history(run, 2, "json", SHIPPED)

    (exchange,) = history["exchanges"]
    assert exchange["told"] == "sent; its answer is not known"
    assert history["ended"] == {"at": "now", "status": "in doubt"}
    assert row_history(run, 3, "json", SHIPPED)["ended"] == {"at": "now", "status": "not finished"}
    looked = Verdict(end=End.ANSWERED, http_status=200, why="HTTP 200 OK with odd words", at=1_767_614_409.0)
    batch = Batch("run")
    batch.looked(2, replace(row, standing=replace(row.standing, step=Step.LOOK)), looked)
    batch.finish(1, CREATED)
    run.journal.apply(batch)
    sent, look = row_history(run, 2, "json", SHIPPED)["exchanges"]
    assert sent["told"] == "sent; its answer was not written down, and what follows tells what came of it"
    assert look["told"].startswith("answered, HTTP 200 OK with odd words, not there")


def test_the_look_by_which_a_row_was_found_is_told_as_well(begun: Begun) -> None:
    """Its outcome is all that is stored of it. Each exchange is told as of when it left, and not when it was due."""
    run = begun()
    want = next(run.rows()).want
    assert want is not None
    intended, left, answered, found = 1_767_614_400.0, 1_767_614_403.0, 1_767_614_404.0, 1_767_614_415.0
    batch = Batch("run")
    batch.intend(1, Row(number=1, sheet_row=2, want=want, standing=Standing(step=Step.ACT)), intended)
    batch.ended(1, Verdict(end=End.IN_DOUBT, why="the answer was cut off", at=answered, seconds=answered - left))
    batch.finish(
        1,
        Outcome(
            status=Status.CREATED,
            reply=Reply(id=931),
            http_status=200,
            finished_at=found,
            seconds=0.25,
            evidence=Evidence.PERHAPS,
        ),
    )
    run.journal.apply(batch)

    create, look = row_history(run, 2, "json", SHIPPED)["exchanges"]

    assert (create["step"], create["at"]) == ("create", _moment(left))
    assert (look["step"], look["at"], look["end"]) == ("look-up", _moment(found - 0.25), "answered")
    assert look["told"] == "answered, HTTP 200, found with id 931, 0.250 s"


def test_the_look_that_has_found_what_was_there_already_is_told(begun: Begun) -> None:
    """But for a row that was carried over: its run has made that look."""
    there = Outcome(status=Status.EXISTS, reply=Reply(id=7), http_status=200, finished_at=1_767_614_400.0)
    run = begun(outcomes=[there, replace(there, carried=True)])

    (look,) = row_history(run, 2, "json", SHIPPED)["exchanges"]
    assert (look["step"], look["told"]) == ("look-up", "answered, HTTP 200, found with id 7, 0.000 s")
    assert row_history(run, 3, "json", SHIPPED)["exchanges"] == []


def test_the_create_that_has_ended_a_row_is_told_as_of_when_it_left(begun: Begun) -> None:
    """Its intent was stored before it waited for the rate."""
    run = begun()
    want = next(run.rows()).want
    assert want is not None
    batch = Batch("run")
    batch.intend(1, Row(number=1, sheet_row=2, want=want, standing=Standing(step=Step.ACT)), 1_767_614_400.0)
    batch.finish(1, replace(CREATED, finished_at=1_767_614_430.0, seconds=2.0))
    run.journal.apply(batch)

    (create,) = row_history(run, 2, "json", SHIPPED)["exchanges"]
    assert create["at"] == _moment(1_767_614_428.0)


FOUND = Outcome(
    status=Status.CREATED, reply=Reply(id=931), http_status=200, finished_at=1_767_618_000.0, evidence=Evidence.PERHAPS
)
"""By a look, an hour after a create was stored as about to leave."""


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        (FOUND, "sent; its answer was not written down, and what follows tells what came of it"),
        (replace(FOUND, status=Status.FAILED), "sent; its answer is not known"),
    ],
)
def test_a_create_whose_process_died_has_not_ended_its_row(begun: Begun, ended: Outcome, told: str) -> None:
    """The look of the command that went on has, much later."""
    run = begun()
    batch = Batch("run")
    batch.intend(1, run.journal.todo(0, Standing(step=Step.ACT), {})[0], 1_767_614_400.0)
    batch.finish(1, ended)
    run.journal.apply(batch)

    create, *looks = row_history(run, 2, "json", SHIPPED)["exchanges"]

    assert (create["at"], create["told"]) == (_moment(1_767_614_400.0), told)
    assert [look["at"] for look in looks] == ([_moment(1_767_618_000.0)] if ended.status.done else [])


def test_the_look_by_which_a_row_was_found_comes_before_its_rollback(begun: Begun) -> None:
    """Which has left it as it was."""
    run = begun()
    batch = Batch("run")
    row = run.journal.todo(0, Standing(step=Step.ACT), {})[0]
    batch.intend(1, row, 1_767_614_400.0)
    batch.finish(1, FOUND)
    asked = replace(row, standing=Standing(step=Step.ASK, target=931, ever_in_doubt=True))
    batch.looked(2, asked, Verdict(end=End.IN_DOUBT, why="HTTP 503", at=1_767_628_000.0))
    run.journal.apply(batch)

    exchanges = row_history(run, 2, "json", SHIPPED)["exchanges"]
    assert [each["step"] for each in exchanges] == ["create", "look-up", "look-up by id"]


def test_the_look_by_which_a_row_was_found_is_told_once(begun: Begun) -> None:
    """Where it is stored as well, since the row went on to ask for a mark."""
    run = begun()
    batch = Batch("run")
    row = run.journal.todo(0, Standing(step=Step.ACT, mark=MARK), {})[0]
    batch.intend(1, row, 1_767_614_400.0)
    looked = replace(row, standing=Standing(step=Step.LOOK, mark=MARK))
    batch.looked(2, looked, Verdict(end=End.ANSWERED, reply=Reply(id=931), at=FOUND.finished_at))
    batch.finish(1, FOUND)
    run.journal.apply(batch)

    exchanges = row_history(run, 2, "json", SHIPPED)["exchanges"]
    assert [each["step"] for each in exchanges] == ["create", "look-up"]


def test_an_exchange_that_took_longer_than_time_has_gone_on_has_no_time(begun: Begun) -> None:
    """As a damaged journal may say; Windows knows no moment before 1970."""
    run = begun(outcomes=[replace(FOUND, finished_at=1.0, seconds=9.0)])

    (look,) = row_history(run, 2, "json", SHIPPED)["exchanges"]
    assert look["at"] == "before the run"


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (Standing(target=931), "sent; its answer ended the row, which was then to be deleted"),
        (Standing(target=931, ever_in_doubt=True), "sent; what came of it ended the row, which was then to be deleted"),
        (Standing(lost=931), "sent; it was answered with id 931, which nothing of this name has"),
    ],
)
def test_what_followed_tells_how_a_create_was_answered(begun: Begun, after: Standing, told: str) -> None:
    """A rollback, or an audit that has taken its answer back."""
    run = begun()
    batch = Batch("run")
    row = run.journal.todo(0, Standing(step=Step.ACT), {})[0]
    batch.intend(1, row, 1_767_614_400.0)
    batch.looked(2, replace(row, standing=after), Verdict(end=End.ANSWERED, at=1_767_618_000.0))
    run.journal.apply(batch)

    assert row_history(run, 2, "json", SHIPPED)["exchanges"][0]["told"] == told


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")


def test_what_a_stopped_run_has_not_sent_any_more_is_no_exchange(begun: Begun) -> None:
    """A look that was not made has no time; of a create it is told that it was not sent."""
    run = begun()
    want = next(run.rows()).want
    assert want is not None
    batch = Batch("run")
    row = Row(number=1, sheet_row=2, want=want, standing=Standing(step=Step.ACT, absent_before_send=True))
    batch.intend(1, row, 1_767_614_400.0)
    batch.ended(1, NOT_SENT)
    batch.looked(2, replace(row, standing=Standing(step=Step.LOOK)), NOT_SENT)
    run.journal.apply(batch)

    (create,) = row_history(run, 2, "json", SHIPPED)["exchanges"]

    assert (create["step"], create["told"]) == ("create", "not sent: the run was stopped before this was sent")


def test_a_row_that_there_is_not_is_refused(begun: Begun) -> None:
    """The message says where its number would be found."""
    with pytest.raises(RunError, match="run has no row 9; the column sheetRow of its results has the numbers"):
        row_history(begun(), 9, "json", SHIPPED)
