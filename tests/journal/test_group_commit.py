"""Group commit: durable before it returns, batched, and honest when the disk is not."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import End, Outcome, Reply, Row, Standing, Status, Step, Verdict
from bulkprov.errors import StorageError
from bulkprov.journal.group_commit import JournalWriter
from bulkprov.journal.rows import Batch, JournalRow
from tests.backupsets import Journal

virtually = pytest.mark.asyncio(loop_factories=["virtual"])

ACTING = Standing(step=Step.ACT, absent_before_send=True)
MADE = Outcome(status=Status.CREATED, reply=Reply(0, "", 931))
LOST = Verdict(end=End.IN_DOUBT, why="no answer")


class Disk:
    """Where the journal's work is done: on the loop, and slowly if so wanted; it counts, and it may be full."""

    def __init__(self, journal: Journal, rows: int = 5) -> None:
        sets = [BackupSet(client="c", name=str(number)) for number in range(rows)]
        journal.load([JournalRow(sheet_row=n, cells=(), want=each) for n, each in enumerate(sets, 2)], dict)
        self.rows = [Row(number=n, sheet_row=n + 1, want=each, standing=ACTING) for n, each in enumerate(sets, 1)]
        self.journal = journal
        self.seconds = 0.0
        self.batches: list[Batch] = []
        self.full = False
        self.failures: list[StorageError] = []

    async def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        """As `OffLoop`."""
        await asyncio.sleep(self.seconds)
        (batch,) = args
        self.batches.append(batch)
        if self.full:
            message = "the journal cannot be written: disk full"
            raise StorageError(message)
        return function(batch)

    def commits(self) -> JournalWriter:
        """The journal as the loop sees it."""
        loop = asyncio.get_running_loop()
        return JournalWriter(self.journal, off_loop=self, clock=loop.time, failed=self.failures.append)

    def stored(self, what: str) -> int:
        """How many of a table's rows are on disk."""
        (count,) = self.journal.database.connection.execute(f"SELECT count(*) FROM {what}").fetchone()  # noqa: S608 - a test's own words
        return int(count)


@virtually
async def test_an_intent_is_on_disk_when_begin_returns(journal: Journal) -> None:
    """And not before the commit is over."""
    disk = Disk(journal)
    disk.seconds = 1
    async with disk.commits() as commits:
        began = asyncio.get_running_loop().time()
        number = await commits.begin(disk.rows[0])
        waited = asyncio.get_running_loop().time() - began
        assert (number, disk.stored("exchanges")) == (1, 1)
        commits.finish(disk.rows[0], MADE)

    assert waited == pytest.approx(1)
    assert disk.stored("outcomes") == 1


@virtually
async def test_what_comes_while_the_disk_is_busy_goes_in_one_batch(journal: Journal) -> None:
    """A hundred intents are two commits."""
    disk = Disk(journal, rows=100)
    disk.seconds = 0.01
    async with disk.commits() as commits:
        numbers = await asyncio.gather(*[commits.begin(row) for row in disk.rows])
        for row in disk.rows:
            commits.finish(row, MADE)

    assert numbers == list(range(1, 101))
    assert len(disk.batches) <= 3
    assert (disk.stored("exchanges"), disk.stored("outcomes")) == (100, 100)


@virtually
async def test_an_outcome_waits_for_nobody_and_is_there_in_the_end(journal: Journal) -> None:
    """Leaving brings everything to disk."""
    disk = Disk(journal)
    disk.seconds = 5
    async with disk.commits() as commits:
        for row in disk.rows:
            commits.finish(row, MADE)
        assert disk.stored("outcomes") == 0

    assert disk.stored("outcomes") == 5


@virtually
async def test_flushed_means_on_disk(journal: Journal) -> None:
    """Everything that was stored before."""
    disk = Disk(journal)
    disk.seconds = 1
    async with disk.commits() as commits:
        commits.finish(disk.rows[0], MADE)
        await asyncio.sleep(0.5)
        commits.finish(disk.rows[1], MADE)
        assert await commits.flushed()
        assert disk.stored("outcomes") == 2


@virtually
async def test_a_journal_is_written_only_if_there_is_something_to_store(journal: Journal) -> None:
    """However long an act is under way: no settle time is counted from a sign of life."""
    disk = Disk(journal)
    async with disk.commits() as commits:
        number = await commits.begin(disk.rows[0])
        quiet = len(disk.batches)
        await asyncio.sleep(3600)
        assert len(disk.batches) == quiet
        commits.ended(number, LOST)
        commits.looked(disk.rows[0], LOST)

    assert disk.stored("exchanges WHERE verdict IS NOT NULL") == 2


@virtually
async def test_an_intent_holds_the_highest_id_that_was_known(journal: Journal) -> None:
    """Stored before the act leaves; a look has none."""
    disk = Disk(journal)
    async with disk.commits() as commits:
        await commits.begin(disk.rows[0], 930)
        commits.looked(disk.rows[1], LOST)

    assert list(journal.database.rows("SELECT known FROM exchanges ORDER BY nr")) == [(930,), (None,)]


@virtually
async def test_a_row_whose_outcome_is_taken_back_stands_as_it_is_told(journal: Journal) -> None:
    """By a look of the run, whatever operation it was that found out."""
    disk = Disk(journal)
    row = disk.rows[0]
    async with disk.commits() as commits:
        commits.finish(row, MADE)
        assert await commits.flushed()
        lost = Standing(step=Step.LOOK, ever_in_doubt=True, unsettled=True, left=True, lost=931)
        commits.reopen(replace(row, standing=lost), LOST)

    assert disk.stored("outcomes") == 0
    assert list(journal.database.rows("SELECT row, step, operation FROM exchanges")) == [(1, "look", "run")]


@virtually
async def test_of_an_end_is_told_only_once_it_is_on_disk(journal: Journal) -> None:
    """And that one was taken back; of what a full disk did not take nothing is told."""
    disk = Disk(journal)
    one, two, _, _, _ = disk.rows
    told: list[tuple[Row, Outcome | None, int]] = []
    async with JournalWriter(
        journal,
        off_loop=disk,
        clock=asyncio.get_running_loop().time,
        told=lambda row, outcome: told.append((row, outcome, disk.stored("outcomes"))),
    ) as commits:
        commits.finish(one, MADE)
        assert told == []
        assert await commits.flushed()
        commits.reopen(one, LOST)
        assert await commits.flushed()
        disk.full = True
        commits.finish(two, MADE)

    assert told == [(one, MADE, 1), (one, None, 0)]


@virtually
async def test_an_outcome_is_not_taken_back_without_where_its_row_stands(journal: Journal) -> None:
    """If the disk was full, the outcome stays: its audit is owed again."""
    disk = Disk(journal)
    async with disk.commits() as commits:
        commits.finish(disk.rows[0], MADE)
        assert await commits.flushed()
        disk.full = True
        commits.reopen(disk.rows[0], LOST)
        await asyncio.sleep(0.1)
        disk.full = False

    assert disk.stored("outcomes") == 1


@virtually
async def test_numbers_go_on_where_the_last_process_ended(journal: Journal) -> None:
    """So that no exchange is taken for another."""
    disk = Disk(journal)
    async with disk.commits() as commits:
        await commits.begin(disk.rows[0])
    async with disk.commits() as commits:
        assert await commits.begin(disk.rows[1]) == 2


@virtually
async def test_when_the_disk_is_full_nothing_is_begun_any_more(journal: Journal) -> None:
    """Everybody who waits is told, everybody who comes is told, and the run is told once."""
    disk = Disk(journal)
    disk.seconds = 0.1
    async with disk.commits() as commits:
        await commits.begin(disk.rows[0])
        disk.full = True
        ended = await asyncio.gather(*[commits.begin(row) for row in disk.rows[1:]], return_exceptions=True)
        with pytest.raises(StorageError):
            await commits.begin(disk.rows[1])
        assert not await commits.flushed()

    assert [type(each) for each in ended] == [StorageError] * 4
    assert [str(error) for error in disk.failures] == ["the journal cannot be written: disk full"]
    assert disk.stored("exchanges") == 1


@virtually
async def test_what_ended_after_the_disk_was_full_is_stored_if_there_is_room_again(journal: Journal) -> None:
    """At the end it is tried once more; what was intended and never sent is left out."""
    disk = Disk(journal)
    async with disk.commits() as commits:
        number = await commits.begin(disk.rows[0])
        await commits.begin(disk.rows[1])
        disk.full = True
        commits.finish(disk.rows[1], MADE)
        with pytest.raises(StorageError):
            await commits.begin(disk.rows[2])
        commits.ended(number, LOST)
        disk.full = False

    assert commits.lost == ()
    assert (disk.stored("exchanges"), disk.stored("outcomes")) == (2, 1)
    assert disk.stored("exchanges WHERE verdict IS NOT NULL") == 1


@virtually
async def test_what_cannot_be_stored_at_all_can_still_be_told(journal: Journal) -> None:
    """Row and outcome, those of the failed batch included."""
    disk = Disk(journal)
    async with disk.commits() as commits:
        await commits.begin(disk.rows[0])
        disk.full = True
        commits.finish(disk.rows[0], MADE)
        await asyncio.sleep(0.1)
        commits.finish(disk.rows[1], MADE)

    assert [(row.number, outcome) for row, outcome in commits.lost] == [(1, MADE), (2, MADE)]


@virtually
async def test_a_bug_in_the_writer_leaves_nobody_waiting(journal: Journal) -> None:
    """It is told as a journal that cannot be written, which it is."""
    disk = Disk(journal)

    async def broken(function: Callable[..., Any], *args: Any) -> Any:  # noqa: ARG001 - as `OffLoop`
        raise ZeroDivisionError

    commits = JournalWriter(
        journal, off_loop=broken, clock=asyncio.get_running_loop().time, failed=disk.failures.append
    )
    async with commits:
        with pytest.raises(StorageError, match="ZeroDivisionError"):
            await commits.begin(disk.rows[0])

    assert len(disk.failures) == 1


async def test_it_works_in_a_thread_of_its_own(tmp_path: Path) -> None:
    """As in production: one thread uses the journal, and what it stored is there for the next process."""
    made = Journal.create(tmp_path / "journal.sqlite", {})
    disk = Disk(made, rows=200)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as threads:
        commits = JournalWriter(made, off_loop=partial(loop.run_in_executor, threads), clock=loop.time)
        async with commits:
            await asyncio.gather(*[commits.begin(row) for row in disk.rows])
    made.close()
    again = Journal.open(made.path)

    assert again.last_nr() == 200
    again.close()
