"""The journal on a real disk: all or nothing, one process, nothing lost that was said to be stored."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine import lifecycle
from bulkprov.engine.model import End, Outcome, Reply, RetryPolicy, Row, Standing, Status, Step, Verdict
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.rows import Batch, NewRow
from bulkprov.journal.store import Decide
from bulkprov.sheets.rows import Fault, Result
from tests.backupsets import Journal

FRESH = lifecycle.begin(RetryPolicy())
LOST = Verdict(end=End.IN_DOUBT, why="no answer", may_still_run=True, at=50.0)


def want(number: int, **others: str) -> BackupSet:
    """A backup set like no other."""
    return BackupSet(**{"client": "client001", "name": f"Set {number}", **others})  # type: ignore[arg-type]  # all text


def rows(number: int) -> list[NewRow]:
    """Rows of a healthy wave, from row 2 of the sheet on."""
    return [NewRow(sheet_row=n + 1, cells=("client001", f" Set {n}"), want=want(n)) for n in range(1, number + 1)]


def load(journal: Journal, wave: Iterable[NewRow]) -> None:
    """Take in a wave."""
    journal.load(wave, lambda: {"loaded": "yes"})


def todo(journal: Journal, decide: Decide | None = None) -> list[Row]:
    """Every row with work to do."""
    begun = journal.unfinished(decide or _keep)
    standings = {number: each for number, each in begun.items() if isinstance(each, Standing)}
    return journal.todo(0, FRESH, standings)


def _keep(_operation: str, standing: Standing, verdict: Verdict | None) -> Standing | Outcome:
    """What comes next: as the program decides it, with an interrupted act in doubt from second 100 on."""
    if verdict is None:
        return lifecycle.interrupted(standing, 100.0)
    return lifecycle.after(lifecycle.CREATING, standing, verdict, RetryPolicy())


def results(journal: Journal) -> list[Result]:
    """Every line of the results."""
    return list(journal.results(_keep))


def test_rows_are_taken_in_all_or_none(journal: Journal) -> None:
    """A sheet that turns out unreadable when thousands of its rows are stored already leaves nothing behind."""

    def breaks() -> Iterator[NewRow]:
        yield from rows(10_000)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        load(journal, breaks())
    assert (journal.size(), journal.facts()) == (0, {"format": "2"})
    load(journal, rows(1500))

    assert journal.size() == 1500
    assert journal.facts()["loaded"] == "yes"


def test_a_full_disk_takes_no_row_in(journal: Journal) -> None:
    """Found out by the thread that stores, and told by the one that reads; with room again, all go in."""
    pages = "PRAGMA max_page_count"
    (most,) = journal._disk.connection.execute(f"{pages} = 40").execute(pages).fetchone()
    assert most == 40

    with pytest.raises(StorageError, match="cannot be written"):
        load(journal, rows(10_000))
    assert (journal.size(), journal.facts()) == (0, {"format": "2"})
    journal._disk.connection.execute(f"{pages} = 100000")
    load(journal, rows(10_000))

    assert journal.size() == 10_000


def test_cells_come_back_as_they_were(journal: Journal) -> None:
    """White space, emoji and lone surrogates' neighbours too; the wanted set is kept beside them, trimmed or not."""
    cells = (" 00123 ", "=1+1", "näme\u00a0\U0001f600", "", "a\nb")
    load(journal, [NewRow(sheet_row=7, cells=cells, want=want(1, instance="Ünï"))])
    (result,) = results(journal)

    assert (result.cells, result.sheet_row, result.status) == (cells, 7, Status.PENDING)
    assert todo(journal)[0].want == want(1, instance="Ünï")


def test_of_rows_that_name_the_same_set_the_first_is_done(journal: Journal) -> None:
    """The others are invalid and say which one they repeat, however the names are written."""
    same = [
        want(1),
        want(1, client="CLIENT001"),
        want(2),
        want(1, name="sET 1"),
        want(1, instance="Another"),
    ]
    load(journal, [NewRow(sheet_row=n, cells=(), want=each) for n, each in enumerate(same, 2)])

    assert [result.status for result in results(journal)] == ["pending", "invalid", "pending", "invalid", "pending"]
    assert results(journal)[3].note == "names the same backup set as row 2: correct or delete one of the two"
    assert results(journal)[3].faults == (Fault(results(journal)[3].note),)
    assert [row.number for row in todo(journal)] == [1, 3, 5]


def test_of_rows_that_name_the_same_set_the_done_one_stays(journal: Journal) -> None:
    """Even if it comes later in the sheet: its set is there."""
    done = Outcome(status=Status.CREATED, reply=Reply(0, "", 931), carried=True)
    load(
        journal,
        [
            NewRow(sheet_row=2, cells=(), want=want(1)),
            NewRow(sheet_row=3, cells=(), want=want(1), outcome=done),
            NewRow(sheet_row=4, cells=(), want=want(1), outcome=done),
        ],
    )

    assert [result.status for result in results(journal)] == ["invalid", "created", "created"]
    assert "row 3" in results(journal)[0].note
    assert (journal.carried(), journal.counts()) == (2, {Status.CREATED: 2, Status.INVALID: 1})


def test_rows_to_do_come_in_chunks_and_in_order(journal: Journal) -> None:
    """Without those that have ended."""
    load(journal, rows(2500))
    batch = Batch()
    batch.finish(2, Outcome(status=Status.EXISTS))
    journal.apply(batch)
    last, seen = 0, []
    while chunk := journal.todo(last, FRESH, {}):
        assert len(chunk) <= 1000
        seen += [row.number for row in chunk]
        last = chunk[-1].number

    assert seen == [1, *range(3, 2501)]


def test_an_act_whose_end_is_not_known_is_in_doubt(journal: Journal) -> None:
    """It was about to be sent, so it may have been: it looks unknown, not pending."""
    load(journal, rows(2))
    ready = replace(todo(journal)[0], standing=Standing(step=Step.ACT, absent_before_send=True))
    batch = Batch()
    batch.intend(1, ready, 10.0)
    journal.apply(batch)
    row, other = todo(journal)

    assert row.standing == Standing(
        step=Step.LOOK,
        sends=1,
        ever_in_doubt=True,
        unsettled=True,
        absent_before_send=True,
        doubt_began=100.0,
        may_still_run=True,
    )
    assert other.standing == FRESH
    assert [result.status for result in results(journal)] == ["unknown", "pending"]


def test_the_newest_exchange_says_where_a_row_stands(journal: Journal) -> None:
    """What was decided after it is decided again, from what was stored and nothing else."""
    load(journal, rows(1))
    (row,) = todo(journal)
    acting = replace(row, standing=Standing(step=Step.ACT, absent_before_send=True))
    batch = Batch()
    batch.intend(1, acting, 10.0)
    batch.ended(1, LOST)
    doubted = replace(row, standing=lifecycle.after(lifecycle.CREATING, acting.standing, LOST, RetryPolicy()))  # type: ignore[arg-type]  # so
    batch.looked(2, doubted, Verdict(end=End.IN_DOUBT, why="no answer", at=60.0, seconds=1.0))
    journal.apply(batch)

    assert todo(journal)[0].standing == replace(doubted.standing, inconclusive_looks=1)
    assert (journal.last_nr(), journal.facts()["alive"]) == (2, "0.0")


def test_what_an_earlier_run_left_in_doubt_is_where_a_row_begins(journal: Journal) -> None:
    """Until it has an exchange of its own."""
    before = Standing(step=Step.LOOK, sends=1, ever_in_doubt=True, unsettled=True)
    load(journal, [NewRow(sheet_row=2, cells=(), want=want(1), standing=before)])

    assert todo(journal)[0].standing == before
    assert results(journal)[0].status is Status.UNKNOWN


def test_rows_are_counted_as_they_are_told(journal: Journal) -> None:
    """By how they look now: ended, begun, left open by an earlier run, or in a rollback that was broken off."""
    open_before = Standing(step=Step.LOOK, ever_in_doubt=True, unsettled=True)
    wave = [*rows(6), NewRow(sheet_row=8, cells=("client001", "n"), want=want(7), standing=open_before)]
    load(journal, wave)
    made = Outcome(status=Status.CREATED, reply=Reply(0, "", 12), attempts=1, http_status=200, seconds=1, finished_at=9)
    batch = Batch()
    for number in (1, 2, 3):
        batch.finish(number, made)
    acts = [Row(number=n, sheet_row=n + 1, want=want(n), standing=Standing(step=Step.ACT)) for n in (2, 3, 4, 5)]
    for nr, row in enumerate(acts, 1):
        batch.intend(nr, row, at=10.0)
    batch.ended(2, Verdict(end=End.NOT_TAKEN, why="HTTP 429", at=11.0))
    batch.ended(4, Verdict(end=End.ANSWERED, reply=Reply(0, "", 15), http_status=200, at=11.0))
    journal.apply(batch)
    later = [Row(number=n, sheet_row=n + 1, want=want(n), standing=Standing(step=Step.ACT)) for n in (1, 2)]
    after = Batch()
    for nr, row in enumerate(later, 5):
        after.intend(nr, row, at=20.0)
    journal.apply(after)

    assert journal.statuses(_keep) == Counter(result.status for result in results(journal))
    assert journal.statuses(_keep) == {Status.CREATED: 2, Status.UNKNOWN: 4, Status.PENDING: 1}
    assert journal.half_deleted(_keep) == 2
    notes = [result.note for result in results(journal)]
    assert notes[0] == "a delete may have taken effect; rollback looks it up"
    assert notes[3] == "a create may have taken effect; resume looks it up"


def test_an_outcome_is_told_as_it_was_stored(journal: Journal) -> None:
    """Column by column; and the row has nothing to do any more."""
    load(journal, rows(1))
    batch = Batch()
    batch.finish(
        1,
        Outcome(
            status=Status.REJECTED,
            reply=Reply(2, "no \x1b[31m", 0),
            attempts=3,
            http_status=409,
            seconds=0.25,
            finished_at=1000.5,
            note="so",
        ),
    )
    journal.apply(batch)
    (result,) = results(journal)

    assert todo(journal) == []
    assert (result.status, result.error_code, result.error_string, result.id) == (
        "rejected", 2, "no \x1b[31m", None,
    )  # fmt: skip
    assert (result.attempts, result.http_status, result.seconds, result.finished_at, result.note) == (
        3, 409, 0.25, 1000.5, "so",
    )  # fmt: skip


def test_a_folder_holds_one_run(journal: Journal) -> None:
    """A second one is refused, with what to do; the first is not touched."""
    load(journal, rows(1))
    journal.close()
    with pytest.raises(RunError, match=r"holds a run already\. To go on with it: bulkprov resume "):
        Journal.create(journal.path, {})
    again = Journal.open(journal.path)

    assert again.size() == 1
    again.close()


def test_what_a_process_left_that_died_before_its_first_word_is_no_run(tmp_path: Path) -> None:
    """An empty file: it cannot be opened, and a new run may take its place."""
    path = tmp_path / "journal.sqlite"
    path.touch()
    with pytest.raises(RunError, match="not a journal"):
        Journal.open(path)
    Journal.create(path, {"sheet": "x.csv"}).close()
    opened = Journal.open(path)

    assert opened.facts() == {"format": "2", "sheet": "x.csv"}
    opened.close()


@pytest.mark.parametrize("content", [b"hello, this is no database at all" * 100, b"SQLite format 3\0" + bytes(4080)])
def test_what_is_no_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    """With its path, and unharmed."""
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"journal\.sqlite"):
        Journal.open(path)
    with pytest.raises(RunError, match="no run"):
        Journal.open(tmp_path / "other.sqlite")

    assert path.read_bytes() == content


def test_a_journal_of_another_version_is_refused(journal: Journal) -> None:
    """Rather than misread."""
    journal.note({"format": "99"})
    journal.close()
    with pytest.raises(RunError, match="this version"):
        Journal.open(journal.path)


def _run(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own, which says "ready" when it is."""
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


_HOLDING = """
import sys
from pathlib import Path
from tests.backupsets import Journal
journal = Journal.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
"""

_WRITING = """
import os, sys
from pathlib import Path
from tests.backupsets import Journal
from bulkprov.journal.rows import NewRow
from bulkprov.commvault.backupset import BackupSet
journal = Journal.open(Path(sys.argv[1]))
def rows():
    for number in range(1, 100_000):
        if number == 50_000:
            print("ready", flush=True)
            sys.stdin.read()
        yield NewRow(sheet_row=number, cells=(), want=BackupSet(client="c", name=str(number)))
journal.load(rows(), lambda: {"loaded": "yes"})
"""


def test_a_second_process_is_refused_until_the_first_is_dead(journal: Journal) -> None:
    """By a lock that dies with its process, even by kill -9."""
    journal.close()
    holder = _run(_HOLDING, str(journal.path))
    with pytest.raises(RunError, match="another process is working on"):
        Journal.open(journal.path)
    with pytest.raises(RunError, match="another process is working on"):
        Journal.create(journal.path, {})
    holder.kill()
    holder.communicate()
    again = Journal.open(journal.path)

    assert again.facts() == {"format": "2"}
    again.close()


def test_a_process_killed_in_the_middle_of_loading_leaves_no_rows(journal: Journal) -> None:
    """The next one loads them all."""
    journal.close()
    writer = _run(_WRITING, str(journal.path))
    writer.kill()
    writer.communicate()
    again = Journal.open(journal.path)

    assert (again.size(), "loaded" in again.facts()) == (0, False)
    load(again, rows(10))
    assert again.size() == 10
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these rights")
def test_nobody_else_can_read_a_journal(tmp_path: Path) -> None:
    """It maps the estate; so does the log of changes beside it."""
    journal = Journal.create(tmp_path / "journal.sqlite", {})
    load(journal, rows(10))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    journal.close()

    assert modes == {"journal.sqlite": 0o600, "journal.sqlite-wal": 0o600}


def test_every_commit_is_made_to_survive_a_power_cut(journal: Journal) -> None:
    """The settings that make SQLite wait for the disk are set, on the connection that writes."""
    pragmas = {
        name: journal._disk.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "locking_mode", "fullfsync")
    }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "locking_mode": "exclusive", "fullfsync": 1}


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="only POSIX limits the size of files")
def test_a_full_disk_is_told_with_the_journals_name(journal: Journal) -> None:
    """Nothing of the batch is stored then, and what was stored before is there."""
    import resource  # noqa: PLC0415 - only POSIX has it

    load(journal, rows(10))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    batch = Batch()
    batch.finish(1, Outcome(status=Status.CREATED, note="x" * 1_000_000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StorageError, match=r"journal\.sqlite cannot be written: "):
            journal.apply(batch)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    journal.apply(Batch())

    assert (journal.size(), journal.counts()) == (10, {})


def test_a_folder_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    """With the path."""
    with pytest.raises(StorageError, match=r"nowhere.*journal\.sqlite"):
        Journal.create(tmp_path / "nowhere" / "journal.sqlite", {})


def test_other_programs_can_read_a_journal_that_is_not_in_use(journal: Journal) -> None:
    """It is plain SQLite, whole by itself once it is closed."""
    load(journal, rows(3))
    journal.close()
    with sqlite3.connect(f"file:{journal.path}?mode=ro", uri=True) as db:
        (number,) = db.execute("SELECT count(*) FROM rows").fetchone()
        (check,) = db.execute("PRAGMA integrity_check").fetchone()
    db.close()

    assert (number, check) == (3, "ok")
