"""Rows are taken in on a real disk: all of them or none, whatever happens meanwhile."""

from collections.abc import Iterator

import pytest

from bulkprov.engine.model import Status
from bulkprov.errors import StorageError
from bulkprov.journal.rows import JournalRow
from tests.backupsets import Journal
from tests.journal.waves import load, results, rows, start_python, todo, want


def test_a_journal_of_format_1_that_takes_rows_in_is_of_this_format(journal: Journal) -> None:
    """Version 1 would read what its rows want by a rule of its own, and send creates with the names of fields."""
    journal.note({"format": "1"})

    load(journal, rows(3))

    assert journal.facts()["format"] == "2"


def test_rows_are_taken_in_all_or_none(journal: Journal) -> None:
    """A sheet that turns out unreadable when thousands of its rows are stored already leaves nothing behind."""

    def breaks() -> Iterator[JournalRow]:
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
    (most,) = journal.database.connection.execute(f"{pages} = 40").execute(pages).fetchone()
    assert most == 40

    with pytest.raises(StorageError, match="cannot be written"):
        load(journal, rows(10_000))
    assert (journal.size(), journal.facts()) == (0, {"format": "2"})
    journal.database.connection.execute(f"{pages} = 100000")
    load(journal, rows(10_000))

    assert journal.size() == 10_000


def test_cells_come_back_as_they_were(journal: Journal) -> None:
    """White space, emoji and lone surrogates' neighbours too; the wanted set is kept beside them, trimmed or not."""
    cells = (" 00123 ", "=1+1", "näme\u00a0\U0001f600", "", "a\nb")
    load(journal, [JournalRow(sheet_row=7, cells=cells, want=want(1, instance="Ünï"))])
    (result,) = results(journal)

    assert (result.cells, result.sheet_row, result.status) == (cells, 7, Status.PENDING)
    assert todo(journal)[0].want == want(1, instance="Ünï")


_WRITING = """
import os, sys
from pathlib import Path
from tests.backupsets import Journal
from bulkprov.journal.rows import JournalRow
from bulkprov.commvault.backupset import BackupSet
journal = Journal.open(Path(sys.argv[1]))
def rows():
    for number in range(1, 100_000):
        if number == 50_000:
            print("ready", flush=True)
            sys.stdin.read()
        yield JournalRow(sheet_row=number, cells=(), want=BackupSet(client="c", name=str(number)))
journal.load(rows(), lambda: {"loaded": "yes"})
"""


def test_a_process_killed_in_the_middle_of_loading_leaves_no_rows(journal: Journal) -> None:
    """The next one loads them all."""
    journal.close()
    writer = start_python(_WRITING, str(journal.path))
    writer.kill()
    writer.communicate()
    again = Journal.open(journal.path)

    assert (again.size(), "loaded" in again.facts()) == (0, False)
    load(again, rows(10))
    assert again.size() == 10
    again.close()
