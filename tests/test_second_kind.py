"""Another kind of thing, on another server, through the unchanged engine, journal, sheets and report."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import openpyxl
import pytest

from bulkprov.engine.model import Evidence, Status
from bulkprov.engine.operations import PLAN, ROLLBACK, VERIFY
from bulkprov.errors import ExitCode
from bulkprov.journal.store import Journal
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.runs.begin import begin_plan, begin_rerun, begin_run, begin_verification
from bulkprov.runs.folder import JOURNAL
from bulkprov.runs.history import row_history
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.settings import Reading
from bulkprov.sheets.template import write_template
from tests.end_to_end.results import read, wave
from tests.second_kind import MAILBOX, TOKEN, MailServer, register, work_on

COLUMNS = ("Mail Domain", "mailbox", "owner")
ROWS: list[tuple[str, ...]] = [("example.org", name, "ann") for name in ("info", "sales", "post")]
ADDRESSES = [f"{name}@{domain}" for domain, name, *_ in ROWS]
OTHERS_WORDS = re.compile(r"backup ?set|client|commserve|commvault", re.IGNORECASE)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of mailboxes can be opened again."""
    register(monkeypatch.setitem)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    """A mail server without mailboxes."""
    async with MailServer() as serving:
        yield serving


def begun(server: MailServer, folder: Path, rows: list[tuple[str, ...]] = ROWS) -> Run:
    """A run of these rows, taken in."""
    sheet = wave(folder.parent / f"{folder.name}.csv", rows, COLUMNS)
    run = begin_run(str(sheet), output=folder, access=server.access, reading=Reading(), kind=MAILBOX)
    load_rows(run)
    return run


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything that a run has written for people: cells of workbooks, and lines of text files."""
    for path in folder.iterdir():
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            for sheet in book.worksheets:
                yield from ((f"{path.name} {sheet.title}", str(cell)) for row in sheet.values for cell in row if cell)
            book.close()
        elif path.suffix in (".csv", ".log"):
            yield from ((path.name, line) for line in path.read_text("utf-8").splitlines())


async def test_mailboxes_are_created_and_told_under_their_own_names(server: MailServer, tmp_path: Path) -> None:
    """Each once; refused, wrong and repeated rows say so. No word of another kind comes in."""
    server.wrong |= {"sales@example.org": ["refuse"], "boss@example.org": ["deny"]}
    more = [("example.org", name, "bob") for name in ("INFO", "", "boss")]
    with begun(server, tmp_path / "run", [*ROWS, *more]) as run:
        ended = await work_on(run, server.access)
        run.report("csv")
        run.report("xlsx")
    results = read(tmp_path / "run" / "results.xlsx")

    assert +ended.statuses == {"created": 2, "rejected": 2, "invalid": 2}
    assert list(results[0])[:6] == [*COLUMNS, "status", "errorCode", "errorString"]
    assert [row["mailboxNumber"] for row in results] == [101, None, 102, None, None, None]
    assert [row["mailboxNumber"] for row in read(tmp_path / "run" / "results.csv")] == ["101", "", "102", "", "", ""]
    assert (results[1]["errorCode"], results[1]["errorString"]) == (17, "no room")
    assert results[1]["note"] == "the domain has used up its quota"
    assert "names the same mailbox as row 2" in results[3]["note"]
    assert server.boxes == {101: "info@example.org", 102: "post@example.org"}
    told = dict(texts(tmp_path / "run"))
    assert {name for name, text in texts(tmp_path / "run") if OTHERS_WORDS.search(text)} == set()
    assert {"results.xlsx Summary", "failed.xlsx Failed", "run.log"} <= set(told)
    assert any("2 of 6 mailboxes are there" in text for _, text in texts(tmp_path / "run"))


async def test_a_mailbox_whose_answer_was_lost_is_looked_up_and_not_made_twice(
    server: MailServer, tmp_path: Path
) -> None:
    """It is perhaps this run's, since it was not there before."""
    server.wrong["sales@example.org"] = ["lose-after"]
    with begun(server, tmp_path / "run") as run:
        ended = await work_on(run, server.access)
        results = list(run.results())

    assert [row.status for row in results] == ["created"] * 3
    assert "an answer was lost, and a look-up found it" in results[1].note
    assert ended.exit_code is ExitCode.DONE
    assert ended.audited
    assert server.creates == dict.fromkeys(ADDRESSES, 1)
    assert {row.id for row in results} == set(server.boxes)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX kills like this")
async def test_a_killed_run_of_mailboxes_is_resumed(server: MailServer, tmp_path: Path) -> None:
    """The process dies when its second mailbox is made and not yet answered for; the next one makes the third only."""
    begun(server, tmp_path / "run").close()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.second_kind", str(tmp_path / "run"), server.access.server
    )
    server.on_create = lambda number: process.send_signal(signal.SIGKILL) if number == 2 else None
    assert await process.wait() == -signal.SIGKILL
    before = dict(server.creates)

    with Run.open(tmp_path / "run") as run:
        assert run.statuses()[Status.UNKNOWN] >= 1
        await work_on(run, server.access)
        results = list(run.results())

    assert before == dict.fromkeys(ADDRESSES[:2], 1)
    assert [row.status for row in results] == ["created"] * 3
    assert server.creates == dict.fromkeys(ADDRESSES, 1)
    assert {row.id for row in results} == set(server.boxes)


async def test_mailboxes_are_verified_and_rolled_back(server: MailServer, tmp_path: Path) -> None:
    """What is gone is found, and of the rest what this run made is deleted; what was there before is not."""
    server.boxes[7] = "post@example.org"
    with begun(server, tmp_path / "run") as run:
        await work_on(run, server.access)
        del server.boxes[101]
        with begin_verification(run, tmp_path / "verification") as verification:
            verified = await work_on(verification, server.access, VERIFY)
        rolled_back = await work_on(run, server.access, ROLLBACK)
        results = list(run.results())

    assert (verified.statuses[Status.AS_REPORTED], verified.statuses[Status.GONE]) == (2, 1)
    assert rolled_back.statuses[Status.ROLLED_BACK] == 2
    assert [row.status for row in results] == ["rolled-back", "rolled-back", "exists"]
    assert server.boxes == {7: "post@example.org"}


async def test_a_mailbox_that_is_perhaps_made_by_the_run_is_left_unless_it_is_asked_for(
    server: MailServer, tmp_path: Path
) -> None:
    """It was found after its answer was lost: another may have made it."""
    server.wrong["sales@example.org"] = ["lose-after"]
    with begun(server, tmp_path / "run") as run:
        await work_on(run, server.access)
        proven = await work_on(run, server.access, ROLLBACK)
        left = dict(server.boxes)
        perhaps = await work_on(run, server.access, ROLLBACK, also_unproven=True)

    assert left == {102: "sales@example.org"}
    assert [each.ids for each in proven.leftovers] == [(102,)]
    assert proven.exit_code is ExitCode.ROWS_LEFT
    assert (perhaps.leftovers, perhaps.exit_code, server.boxes) == ((), ExitCode.DONE, {})


async def test_a_mailbox_that_is_gone_when_the_run_is_audited_is_unknown(server: MailServer, tmp_path: Path) -> None:
    """Neither the list of its domain nor its number shows it; its number is told."""
    server.on_create = lambda number: server.boxes.pop(101) if number == 3 else None
    with begun(server, tmp_path / "run") as run:
        ended = await work_on(run, server.access)
        results = list(run.results())

    assert [row.status for row in results] == ["unknown", "created", "created"]
    assert "101" in results[0].note
    assert ended.exit_code is ExitCode.ROWS_LEFT


async def test_without_a_first_look_nothing_is_proven(server: MailServer, tmp_path: Path) -> None:
    """A server may answer a repeat as if it had made it: what was there before would be deleted."""
    with begun(server, tmp_path / "run") as run:
        await work_on(run, server.access, no_first_look=True)
        evidence = [row.outcome and row.outcome.evidence for row in run.rows()]
        rolled_back = await work_on(run, server.access, ROLLBACK)

    assert evidence == [Evidence.PERHAPS] * 3
    assert len(server.boxes) == len(rolled_back.leftovers) == 3


async def test_an_answer_with_the_number_of_another_row_is_not_believed(server: MailServer, tmp_path: Path) -> None:
    """It was meant for that row's create: the row is looked up instead."""
    server.wrong["sales@example.org"] = ["mix-up"]
    with begun(server, tmp_path / "run") as run:
        await work_on(run, server.access)
        results = list(run.results())

    assert [row.id for row in results] == [101, 102, 103]
    assert "an answer was lost" in results[1].note
    assert server.creates == dict.fromkeys(ADDRESSES, 1)


async def test_a_rerun_waits_until_lists_have_forgotten_what_a_rollback_has_deleted(
    server: MailServer, tmp_path: Path
) -> None:
    """The settle time, counted from the last delete."""
    with begun(server, tmp_path / "run") as run:
        await work_on(run, server.access)
        before = time.time()
        await work_on(run, server.access, ROLLBACK)
        deleted_at = run.manifest.deleted_at
        with begin_rerun(run, None, output=tmp_path / "again", access=server.access, reading=Reading()) as again:
            load_rows(again, run)
            asked = len(server.asked)
            await work_on(again, server.access, settle=0.5, no_audit=True)
            results = list(again.results())

    assert deleted_at is not None
    assert before <= deleted_at <= server.asked[asked] - 0.45
    assert [row.status for row in results] == ["created"] * 3


async def test_mailboxes_are_planned_without_a_list_of_domains(server: MailServer, tmp_path: Path) -> None:
    """A kind need not know how to find out whether there is a place; nothing is sent."""
    server.boxes[7] = "post@example.org"
    with begun(server, tmp_path / "run") as run, begin_plan(run, tmp_path / "plan", None) as plan:
        await work_on(plan, server.access, PLAN)
        planned = [row.status for row in plan.results()]

    assert planned == ["would-create", "would-create", "exists"]
    assert not server.creates


async def test_a_refused_mailbox_is_corrected_and_run_again(server: MailServer, tmp_path: Path) -> None:
    """The rerun takes the kind from the earlier run, carries over what is done, and finds the edited row by number."""
    server.wrong["sales@example.org"] = ["refuse"]
    with begun(server, tmp_path / "run") as run:
        await work_on(run, server.access)
        run.report("csv")
        (failed,) = read(tmp_path / "run" / "failed.csv")
        fixed = wave(
            tmp_path / "fixed.csv", [("example.org", "sales2", failed["sheetRow"])], (*COLUMNS[:2], "sheetRow")
        )
        with begin_rerun(run, str(fixed), output=tmp_path / "again", access=server.access, reading=Reading()) as again:
            load_rows(again, run)
            await work_on(again, server.access)
            results = list(again.results())

    assert [(row.status, row.carried) for row in results] == [("created", True), ("created", False), ("created", True)]
    assert sorted(server.boxes.values()) == ["info@example.org", "post@example.org", "sales2@example.org"]


async def test_what_a_refused_create_may_have_made_is_perhaps_the_runs_in_a_rerun_too(
    server: MailServer, tmp_path: Path
) -> None:
    """The rerun knows that a create of the row has left: what is there now need not have been there before."""
    server.wrong["sales@example.org"] = ["deny"]
    with begun(server, tmp_path / "run") as run:
        await work_on(run, server.access)
        server.boxes[150] = "sales@example.org"
        with begin_rerun(run, None, output=tmp_path / "again", access=server.access, reading=Reading()) as again:
            load_rows(again, run)
            await work_on(again, server.access)
            (found,) = (row.outcome for row in again.rows() if row.sheet_row == 3)

    assert found is not None
    assert (found.status, found.reply.id, found.evidence) == (Status.EXISTS, 150, Evidence.PERHAPS)
    assert server.creates["sales@example.org"] == 1


async def test_the_story_of_a_mailbox_shows_its_own_request(server: MailServer, tmp_path: Path) -> None:
    """Path, body and id column are the kind's; the token is hidden."""
    with begun(server, tmp_path / "run") as run:
        await work_on(run, server.access)
        story = row_history(run, 2, "json", Catalogue.shipped())

    assert f"POST {server.access.server}/boxes HTTP/1.1" in story["request"]
    assert '{"box":{"address":"info@example.org","quotaMb":1024}}' in story["request"]
    assert TOKEN not in story["request"]
    assert story["ended"]["mailboxNumber"] == 101


async def test_the_journal_says_what_kind_its_rows_are_of(server: MailServer, tmp_path: Path) -> None:
    """So that a later process reads them as what they are; values at their default come back too."""
    begun(server, tmp_path / "run").close()

    with Run.open(tmp_path / "run") as run:
        assert run.manifest.kind == "mailbox"
        assert [row.want and row.want.key for row in run.rows()] == [
            f"example.org\x1f{name}" for name in ("info", "sales", "post")
        ]
    journal = Journal.open(tmp_path / "run" / JOURNAL, {"mailbox": MAILBOX})
    assert journal.kind is MAILBOX
    journal.close()


def test_the_template_asks_for_mailboxes(tmp_path: Path) -> None:
    """With the kind's own columns and noun."""
    write_template(tmp_path / "wave.xlsx", MAILBOX.columns, MAILBOX.noun)
    cells = [text for _, text in texts(tmp_path)]

    assert cells[:3] == ["mailDomain *", "localPart *", "quotaMb"]
    assert "Fill in the sheet Wave: one row for each mailbox to create." in cells
    assert not any(OTHERS_WORDS.search(cell) for cell in cells)
