"""The journal on a real disk: one process, and nothing lost that was said to be stored."""

import os
import signal
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bulkprov.engine.evidence import further
from bulkprov.engine.model import End, Evidence, Outcome, Reply, Row, Standing, Status, Step, Verdict
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.rows import Batch, JournalRow
from bulkprov.journal.view import View
from tests.backupsets import Journal
from tests.journal.waves import FRESH, keep, load, results, rows, start_python, todo, want


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


def test_a_folder_holds_one_run(journal: Journal) -> None:
    """A second one is refused, with what to do; the first is not touched."""
    load(journal, rows(1))
    journal.close()
    with pytest.raises(RunError, match=r"already holds a run\. To continue it: bulkprov resume "):
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


_HOLDING = """
import sys
from pathlib import Path
from tests.backupsets import Journal
journal = Journal.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_journal_of_an_unknown_kind_is_refused(journal: Journal) -> None:
    """Its rows want things that this version cannot read; one that names no kind is of the first."""
    journal.note({"kind": "mailbox"})
    journal.close()
    with pytest.raises(RunError, match="this version"):
        Journal.open(journal.path)


def test_columns_that_version_1_lacks_are_added(journal: Journal) -> None:
    """What it wrote is read, and what this version writes can be stored beside it."""
    columns = "nr INTEGER PRIMARY KEY, row INTEGER, step TEXT, standing TEXT, at REAL, verdict TEXT"
    journal.database.execute("DROP TABLE exchanges")
    journal.database.execute(f"CREATE TABLE exchanges ({columns})")
    journal.database.execute("ALTER TABLE outcomes DROP COLUMN facts")
    journal.close()
    opened = Journal.open(journal.path)
    load(opened, rows(1))
    batch = Batch(operation="run")
    batch.intend(1, todo(opened)[0], 10.0, 930)
    batch.finish(1, Outcome(status=Status.CREATED, facts=_LEFT))
    opened.apply(batch)

    assert list(opened.database.rows("SELECT operation, known FROM exchanges")) == [("run", 930)]
    assert [row.outcome and row.outcome.facts for row in View(opened, keep).rows()] == [_LEFT]
    opened.close()


def test_a_second_process_is_refused_until_the_first_is_dead(journal: Journal) -> None:
    """By a lock that dies with its process, even by kill -9."""
    journal.close()
    holder = start_python(_HOLDING, str(journal.path))
    with pytest.raises(RunError, match="another process is working on"):
        Journal.open(journal.path)
    with pytest.raises(RunError, match="another process is working on"):
        Journal.create(journal.path, {})
    holder.kill()
    holder.communicate()
    again = Journal.open(journal.path)

    assert again.facts() == {"format": "2"}
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
        name: journal.database.connection.execute(f"PRAGMA {name}").fetchone()[0]
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


def _ended(number: int, status: Status, **more: Any) -> tuple[int, Outcome]:
    return number, Outcome(**{"status": status, "reply": Reply(0, "", 930 + number), "finished_at": 50.0, **more})


_LEFT = Standing(step=Step.LOOK, left=True, known=930)


def store(journal: Journal, *outcomes: tuple[int, Outcome]) -> None:
    """Store how rows ended."""
    batch = Batch("run")
    for number, outcome in outcomes:
        batch.finish(number, outcome)
    journal.apply(batch)


def test_what_is_proven_to_be_made_is_rolled_back_and_what_is_perhaps_made_only_if_asked(journal: Journal) -> None:
    """Under the id that was reported, with what is known of it; never what was there before, nor what is gone."""
    load(journal, rows(6))
    known = replace(_LEFT, ever_in_doubt=True, candidates=(77,))
    store(
        journal,
        _ended(1, Status.CREATED, evidence=Evidence.PROVEN),
        _ended(2, Status.CREATED, evidence=Evidence.PERHAPS, facts=known),
        _ended(3, Status.EXISTS, evidence=Evidence.PERHAPS, facts=_LEFT),
        _ended(4, Status.EXISTS),
        _ended(5, Status.ROLLED_BACK),
        _ended(6, Status.REJECTED, evidence=Evidence.PERHAPS, reply=Reply(1, "no")),
    )

    assert [row.standing.target for row in journal.made(0, {}, 100.0)] == [931]
    more = journal.made(0, {}, 100.0, also_unproven=True)
    assert [row.standing.target for row in more] == [931, 932, 933]
    assert (more[1].standing.candidates, more[1].standing.ever_in_doubt) == ((77,), True)


def test_further_things_of_rows_are_rolled_back_those_that_are_proven_first(journal: Journal) -> None:
    """Whatever became of the row; candidates only if asked."""
    load(journal, rows(4))
    mark = "bulkprov run/2 0123456789abcdef"
    store(
        journal,
        _ended(1, Status.ROLLED_BACK, facts=replace(_LEFT, mark=mark, marked=(71, 72), candidates=(73,))),
        _ended(2, Status.EXISTS, facts=replace(_LEFT, candidates=(74,))),
        _ended(3, Status.CREATED, facts=replace(_LEFT, mark=mark)),
        _ended(4, Status.CREATED),
    )

    (proven,) = journal.with_further(0, 100.0, also_unproven=False)
    assert further(proven.standing, also_unproven=False) == (71, 72)
    both = journal.with_further(0, 100.0, also_unproven=True)
    assert [(row.number, further(row.standing, also_unproven=True)) for row in both] == [(1, (71, 72, 73)), (2, (74,))]


def test_every_row_of_which_a_create_left_is_audited_once(journal: Journal) -> None:
    """Those that were created, those that know of a create, and those without an outcome."""
    load(journal, rows(6))
    batch = Batch("run")
    batch.intend(1, Row(number=1, sheet_row=2, want=want(1), standing=Standing(step=Step.ACT)), 10.0)
    journal.apply(batch)
    store(
        journal,
        _ended(1, Status.CREATED, evidence=Evidence.PROVEN),
        _ended(2, Status.EXISTS),
        _ended(3, Status.REJECTED, reply=Reply(1, "no"), facts=_LEFT),
        _ended(4, Status.FAILED, reply=Reply()),
        _ended(5, Status.ROLLED_BACK, facts=_LEFT),
    )

    assert [row.number for row in journal.to_audit(0, 0, {}, 100.0)] == [1, 3, 6]
    assert journal.unaudited(0) == 2
    assert [row.number for row in journal.to_audit(0, journal.last_nr(), {}, 100.0)] == [6]
    assert journal.unaudited(journal.last_nr()) == 0


def test_rows_that_came_from_a_run_that_was_not_audited_are_audited(journal: Journal) -> None:
    """They are in the journal since before its first exchange."""
    load(journal, [JournalRow(sheet_row=2, cells=(), want=want(1), state=_ended(1, Status.CREATED, carried=True)[1])])

    assert journal.unaudited(0) == 0
    assert journal.unaudited(-1) == 1
    assert [row.standing.target for row in journal.to_audit(0, -1, {}, 100.0)] == [931]


def test_a_row_that_is_looked_at_again_was_not_reported_in_the_future(journal: Journal) -> None:
    """Even if the clock was set back since."""
    load(journal, rows(1))
    store(journal, _ended(1, Status.CREATED, finished_at=5_000.0))

    (row,) = journal.to_audit(0, -1, {}, 100.0)
    assert row.standing.doubt_began == 100.0
    assert row.reported is not None
    assert row.reported.reply.id == 931


def test_the_ids_that_rows_are_reported_with_are_known(journal: Journal) -> None:
    """Whatever became of the row; a row without one has none."""
    load(journal, rows(3))
    store(
        journal,
        _ended(1, Status.CREATED),
        _ended(2, Status.EXISTS),
        _ended(3, Status.REJECTED, reply=Reply(1, "no")),
    )

    assert sorted(journal.reported_ids()) == [931, 932]


def test_the_row_that_is_reported_with_an_id_is_found(journal: Journal) -> None:
    """Not one whose set was deleted since; of several the first."""
    load(journal, rows(4))
    gone, *there = [_ended(number, Status.EXISTS, reply=Reply(id=7), finished_at=50.0) for number in (1, 3, 4)]
    store(journal, gone, *there)
    store(journal, _ended(1, Status.ROLLED_BACK, reply=Reply(id=7)))
    row = journal.reported_as(7, 99.0)

    assert row
    assert (row.number, row.sheet_row, row.want, row.standing.target, row.standing.doubt_began) == (
        *(3, 4, want(3)),
        *(7, 50.0),
    )
    assert journal.reported_as(8, 99.0) is None


def test_a_row_that_an_earlier_run_left_goes_on_as_it_is_told(journal: Journal) -> None:
    """Its settle time begins anew; rows that have begun here go on from there."""
    prior = Standing(step=Step.LOOK, ever_in_doubt=True, unsettled=True, doubt_began=5.0)
    wave = [JournalRow(sheet_row=n, cells=(), want=want(n), state=prior) for n in (2, 3)]
    load(journal, wave)
    here = replace(prior, inconclusive_looks=3)

    told = journal.todo(0, FRESH, {2: here}, lambda standing: replace(standing, doubt_began=60.0))

    assert [row.standing for row in told] == [replace(prior, doubt_began=60.0), here]


def test_a_row_whose_outcome_was_taken_back_has_work_to_do_again(journal: Journal) -> None:
    """It stands where its last exchange left it, in doubt; its id is told."""
    load(journal, rows(2))
    store(journal, _ended(1, Status.CREATED), _ended(2, Status.CREATED))
    lost = Standing(step=Step.LOOK, ever_in_doubt=True, unsettled=True, left=True, lost=931)
    batch = Batch("audit")
    row = Row(number=1, sheet_row=2, want=want(1), standing=lost)
    batch.reopen(1, row, Verdict(end=End.IN_DOUBT, why="gone", at=60.0), "run")
    journal.apply(batch)

    assert [each.standing for each in todo(journal)] == [replace(lost, inconclusive_looks=1)]
    told, other = results(journal)
    assert (told.status, other.status) == ("unknown", "created")
    assert "931" in told.note
