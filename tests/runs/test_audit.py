"""The audit: what was created is looked at again, by a server whose things go and come as they like."""

import re
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bulkprov.engine.model import Evidence, Outcome, Status
from bulkprov.engine.operations import ROLLBACK
from bulkprov.errors import ExitCode, Stop, StorageError
from bulkprov.runs.begin import begin_rerun, begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.settings import Reading
from tests.end_to_end.results import wave
from tests.second_kind import MAILBOX, MailServer, register, work_on

INFO, SALES = "info@example.org", "sales@example.org"


@pytest.fixture(name="server")
async def mail_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    """A mail server without mailboxes, whose first one gets number 101."""
    register(monkeypatch.setitem)
    async with MailServer() as serving:
        yield serving


def begun(server: MailServer) -> Run:
    """A run of two mailboxes, taken in."""
    sheet = wave(Path("wave.csv"), [("example.org", name) for name in ("info", "sales")], ("mailDomain", "localPart"))
    run = begin_run(str(sheet), output=Path("run"), access=server.access, reading=Reading(), kind=MAILBOX)
    load_rows(run)
    return run


def told(run: Run) -> list[tuple[str, int | None]]:
    """Status and number of each row."""
    return [(result.status, result.id) for result in run.results()]


def outcome(run: Run, row: int) -> Outcome:
    """How a row of the sheet has ended."""
    (ended,) = (each.outcome for each in run.rows() if each.sheet_row == row)
    assert ended is not None
    return ended


async def test_a_run_ends_with_an_audit(server: MailServer) -> None:
    """Everything is as it was reported, and the run owes nothing."""
    with begun(server) as run:
        ended = await work_on(run, server.access)
        owed = run.unaudited()

    assert (ended.exit_code, ended.audited, ended.unaudited, owed) == (ExitCode.DONE, True, 0, 0)


async def test_without_an_audit_a_run_owes_one(server: MailServer) -> None:
    """That is well if it is wanted so; the next process makes it before it does anything else."""
    with begun(server) as run:
        without = await work_on(run, server.access, no_audit=True)
        owed = run.unaudited()
        del server.boxes[101]
        later = await work_on(run, server.access, limit=1)

    assert (without.exit_code, without.audited, owed) == (ExitCode.DONE, False, 2)
    assert server.boxes == {102: SALES, 103: INFO}, "it was made again, once it was known to be gone"
    assert later.unaudited == 0


async def test_an_audit_begins_when_the_last_create_is_settled(server: MailServer) -> None:
    """Lists may be late until then, and a create that was sent twice may be carried out once more."""
    made = list[float]()
    server.on_create = lambda _: made.append(time.time())
    with begun(server) as run:
        await work_on(run, server.access, settle=0.4)

    assert len(server.asked) == 2, "the first look, and the audit"
    assert server.asked[-1] - made[-1] >= 0.4


async def test_a_run_whose_list_cannot_be_had_is_not_audited(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are created, as they were answered; the audit is owed, and the exit code says so."""
    monkeypatch.setattr("bulkprov.engine.backoff.BASE", 0.001)
    server.on_create = lambda _: setattr(server, "unlisted", True)
    with begun(server) as run:
        ended = await work_on(run, server.access)
        after = told(run)
        server.unlisted = False
        later = await work_on(run, server.access)

    assert after == [(Status.CREATED, 101), (Status.CREATED, 102)]
    assert (ended.audited, ended.unaudited, ended.exit_code) == (False, 2, ExitCode.ROWS_LEFT)
    assert (later.audited, later.unaudited, later.exit_code) == (True, 0, ExitCode.DONE)


async def test_a_rollback_asks_about_its_own_rows_itself_and_owes_no_audit_then(server: MailServer) -> None:
    """What is gone is rolled back; what is listed in its place is named."""
    with begun(server) as run:
        await work_on(run, server.access, no_audit=True)
        server.boxes = {150: SALES}
        ended = await work_on(run, server.access, ROLLBACK)
        after = told(run)
        owed = run.unaudited()

    assert after == [(Status.ROLLED_BACK, 101), (Status.ROLLED_BACK, 102)]
    assert (owed, [each.ids for each in ended.leftovers]) == (0, [(150,)])


async def test_what_was_settled_by_looks_alone_is_audited(server: MailServer) -> None:
    """The only create left in an earlier process, and its answer was lost."""
    server.wrong[INFO] = ["lose-after"]
    server.on_create = lambda _: signal.raise_signal(signal.SIGINT)
    with begun(server) as run:
        await work_on(run, server.access, limit=1)
        assert told(run)[0] == (Status.UNKNOWN, None)
        ended = await work_on(run, server.access, limit=1)

    assert (ended.statuses[Status.CREATED], ended.tally.creates) == (1, 0)
    assert (ended.audited, ended.unaudited) == (True, 0)


async def test_a_thing_that_is_listed_under_another_number_is_perhaps_made_by_the_run(server: MailServer) -> None:
    """The number that was answered is nowhere: it is told, and the row has the one that is listed."""
    with begun(server) as run:
        await work_on(run, server.access, no_audit=True)
        server.boxes = {101: INFO, 150: SALES}
        ended = await work_on(run, server.access)
        moved = outcome(run, 3)

    assert (moved.status, moved.reply.id, moved.evidence) == (Status.CREATED, 150, Evidence.PERHAPS)
    assert "the server answered with id 102, which does not exist; it is listed as id 150" in moved.note
    assert (ended.unaudited, ended.audited) == (0, True)


async def test_an_audit_finds_what_a_refused_create_has_made(server: MailServer) -> None:
    """By another, or by a second copy of the request: it exists, and is perhaps the run's."""
    server.wrong[SALES] = ["deny"]
    with begun(server) as run:
        await work_on(run, server.access, no_audit=True)
        assert told(run)[1] == (Status.REJECTED, None)
        server.boxes[150] = SALES
        await work_on(run, server.access)
        found = outcome(run, 3)

    assert (found.status, found.reply.id, found.evidence) == (Status.EXISTS, 150, Evidence.PERHAPS)


async def test_a_rollback_audits_first(server: MailServer) -> None:
    """What is gone by then it does not delete, and says so."""
    with begun(server) as run:
        await work_on(run, server.access, no_audit=True)
        del server.boxes[101]
        ended = await work_on(run, server.access, ROLLBACK)
        after = told(run)

    assert server.boxes == {}
    assert after == [(Status.ROLLED_BACK, 101), (Status.ROLLED_BACK, 102)]
    assert (ended.leftovers, ended.unaudited, ended.exit_code) == ((), 0, ExitCode.DONE)


async def test_a_rollback_deletes_candidates_as_well_if_that_is_asked_for(server: MailServer) -> None:
    """Each by itself, after its own id has shown it; without that they are named, and the advice works."""
    with begun(server) as run:
        await work_on(run, server.access, no_audit=True)
        server.boxes = {101: INFO, 102: SALES, 150: SALES, 151: SALES}
        first = await work_on(run, server.access, ROLLBACK)
        assert server.boxes == {150: SALES, 151: SALES}
        ended = await work_on(run, server.access, ROLLBACK, also_unproven=True)

    assert [each.ids for each in first.leftovers] == [(150, 151)]
    assert (server.boxes, ended.leftovers, ended.exit_code) == ({}, (), ExitCode.DONE)


async def test_a_rerun_audits_what_it_carries_over_from_a_run_that_was_not_audited(server: MailServer) -> None:
    """It is not done any more if it is gone, and is made again."""
    with begun(server) as run:
        await work_on(run, server.access, no_audit=True)
        del server.boxes[101]
        with begin_rerun(run, None, output=Path("again"), access=server.access, reading=Reading()) as again:
            assert again.manifest.audited == -1
            load_rows(again, run)
            ended = await work_on(again, server.access)
            after = told(again)

    assert after == [(Status.CREATED, 103), (Status.CREATED, 102)]
    assert (ended.audited, ended.unaudited) == (True, 0)


async def test_a_run_that_is_interrupted_is_not_kept_waiting_for_an_audit(server: MailServer) -> None:
    """Its operator wants to leave; the audit is owed."""
    server.on_create = lambda _: signal.raise_signal(signal.SIGINT)
    with begun(server) as run:
        ended = await work_on(run, server.access, settle=3600)

    assert ended.exit_code is ExitCode.INTERRUPTED
    assert (ended.unaudited, ended.audited) == (1, False)


async def test_a_run_that_stops_itself_is_audited(server: MailServer) -> None:
    """What it has created until then is as much worth a look."""
    server.wrong[SALES] = ["deny"]
    with begun(server) as run:
        ended = await work_on(run, server.access, max_errors="1")

    assert ended.exit_code is ExitCode.STOPPED
    assert (ended.unaudited, ended.audited) == (0, True)


async def test_an_audit_that_cannot_be_noted_is_owed_and_the_run_says_why(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full: what is known is told all the same."""

    def full(_run: Run, **facts: object) -> None:
        if "audited" in facts:
            message = "the journal cannot be written: disk full"
            raise StorageError(message)

    with begun(server) as run:
        monkeypatch.setattr(Run, "update", full)
        ended = await work_on(run, server.access)

    assert ended.stop == Stop("the journal cannot be written: disk full", ExitCode.NOT_WRITTEN)
    assert (+ended.statuses, ended.unaudited) == ({Status.CREATED: 2}, 2)


async def test_what_was_made_though_its_answer_was_lost_is_proven_by_its_mark_and_rolled_back(
    server: MailServer,
) -> None:
    """Each create carries one that names run and row; what is read back of it is stored."""
    server.wrong[INFO] = ["lose-after"]
    with begun(server) as run:
        await work_on(run, server.access, mark=True)
        proven = [outcome(run, row) for row in (2, 3)]
        ended = await work_on(run, server.access, ROLLBACK)

    assert re.fullmatch(r"bulkprov run/2 [0-9a-f]{16}", server.comments[101])
    assert re.fullmatch(r"bulkprov run/3 [0-9a-f]{16}", server.comments[102])
    assert [each.facts.mark for each in proven] == [server.comments[101], server.comments[102]]
    assert [(each.status, each.evidence) for each in proven] == [(Status.CREATED, Evidence.PROVEN)] * 2
    assert proven[0].note == "an answer was lost, and a look-up found it: its mark was read back, so this run made it"
    assert (server.boxes, ended.leftovers, ended.exit_code) == ({}, (), ExitCode.DONE)


async def test_a_server_that_drops_marks_leaves_all_as_it_is_without_them(server: MailServer) -> None:
    """What was found is perhaps the run's, and a rollback leaves it; the note says that it bears none."""
    server.wrong[INFO] = ["lose-after"]
    server.on_create = lambda _: server.comments.clear()
    with begun(server) as run:
        await work_on(run, server.access, mark=True)
        found = outcome(run, 2)
        ended = await work_on(run, server.access, ROLLBACK)

    assert (found.status, found.evidence) == (Status.CREATED, Evidence.PERHAPS)
    assert found.note.endswith("(it bears no mark, which this server may not keep)")
    assert (server.boxes, [each.ids for each in ended.leftovers]) == ({101: INFO}, [(101,)])


async def test_an_audit_reads_the_marks_of_rows_that_are_not_proven(server: MailServer) -> None:
    """Without a first look no answer proves anything; the mark does, and another's takes the row away."""
    with begun(server) as run:
        await work_on(run, server.access, mark=True, no_first_look=True, no_audit=True)
        before = [outcome(run, row) for row in (2, 3)]
        server.comments[102] = "bulkprov other/9 0123456789abcdef"
        ended = await work_on(run, server.access)
        proven, others = outcome(run, 2), outcome(run, 3)

    assert [each.evidence for each in before] == [Evidence.PERHAPS] * 2
    assert (proven.status, proven.evidence) == (Status.CREATED, Evidence.PROVEN)
    assert proven.note == "its mark was read back, so this run made it"
    assert (others.status, others.evidence, others.reply.id) == (Status.EXISTS, Evidence.NONE, 102)
    assert others.note == "id 102: it bears the mark of another create (bulkprov other/9 0123456789abcdef)"
    assert (ended.exit_code, ended.unproven) == (ExitCode.DONE, 0)


async def test_a_rollback_deletes_nothing_that_bears_the_mark_of_another_create(server: MailServer) -> None:
    """Though its answer was taken for proof: the request for its id, before the delete, shows whose it is."""
    with begun(server) as run:
        await work_on(run, server.access)
        server.comments[102] = "bulkprov other/9 0123456789abcdef"
        first = await work_on(run, server.access, ROLLBACK)
        kept = outcome(run, 3)
        again = await work_on(run, server.access, ROLLBACK)

    assert server.boxes == {102: SALES}
    assert (kept.status, kept.evidence) == (Status.EXISTS, Evidence.NONE)
    assert (first.exit_code, again.exit_code) == (ExitCode.ROWS_LEFT, ExitCode.DONE)


async def test_a_rerun_sends_the_mark_that_a_row_has(server: MailServer) -> None:
    """What an earlier create made late is recognised by it; rows that were never sent get marks of their own."""
    server.wrong[INFO] = ["deny", "lose-after"]
    server.wrong[SALES] = ["deny"]
    with begun(server) as run:
        await work_on(run, server.access, mark=True, limit=1)
        mark = outcome(run, 2).facts.mark
        with begin_rerun(run, None, output=Path("again"), access=server.access, reading=Reading()) as again:
            load_rows(again, run)
            await work_on(again, server.access)
            found = outcome(again, 2)

    assert mark.startswith("bulkprov run/2 ")
    assert server.comments == {101: mark}, "the other row carries none, since this run wants none"
    assert (found.status, found.evidence, found.facts.mark) == (Status.CREATED, Evidence.PROVEN, mark)


async def test_a_rollback_deletes_every_set_that_bears_the_mark_of_its_row(server: MailServer) -> None:
    """A second copy of the request has made another one; it is as much the run's own as the first."""
    with begun(server) as run:
        await work_on(run, server.access, mark=True, no_audit=True)
        server.boxes |= {150: INFO, 151: SALES}
        server.comments[150] = server.comments[101]
        await work_on(run, server.access)
        twin, other = outcome(run, 2), outcome(run, 3)
        ended = await work_on(run, server.access, ROLLBACK)
        after = outcome(run, 2)

    assert (after.status, after.reply.id, after.facts.marked) == (Status.ROLLED_BACK, 101, ())
    assert after.note.endswith("id 150, of the same name, was deleted too")
    assert (twin.reply.id, twin.evidence, twin.facts.marked, twin.facts.candidates) == (
        101,
        Evidence.PROVEN,
        (150,),
        (),
    )
    assert (other.reply.id, other.facts.marked, other.facts.candidates) == (102, (), (151,))
    assert server.boxes == {151: SALES}, "which bears no mark"
    assert ([each.ids for each in ended.leftovers], ended.exit_code) == ([(151,)], ExitCode.ROWS_LEFT)


@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("kept", [150, 151, 152])
async def test_a_further_set_that_cannot_be_deleted_hides_no_other_one(
    server: MailServer, mark: bool, kept: int
) -> None:
    """Each has its turn once: those with the row's mark, and those that are perhaps its own if that is asked for."""
    with begun(server) as run:
        await work_on(run, server.access, mark=mark, no_audit=True)
        server.boxes |= dict.fromkeys((150, 151, 152), INFO)
        server.comments |= dict.fromkeys((150, 151, 152), server.comments[101])
        if mark:
            server.comments[152] = ""
        await work_on(run, server.access)
        server.protected = {kept}
        await work_on(run, server.access, ROLLBACK, also_unproven=True)
        after = outcome(run, 2)

    assert list(server.boxes) == [kept], after.note
    assert f"id {kept} was not deleted: the server refused to delete it: errorCode 6 it has data" in after.note
    assert after.note.count("of the same name, was deleted too") == 2
