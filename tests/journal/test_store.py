"""The journal on a real disk: one process, and nothing lost that was said to be stored."""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from bulkprov.engine.model import Outcome, Status
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.rows import Batch
from tests.backupsets import Journal
from tests.journal.waves import FRESH, load, rows, start_python, todo


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
    journal.close()
    opened = Journal.open(journal.path)
    load(opened, rows(1))
    batch = Batch(operation="run")
    batch.intend(1, todo(opened)[0], 10.0)
    opened.apply(batch)

    assert list(opened.database.rows("SELECT operation FROM exchanges")) == [("run",)]
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
