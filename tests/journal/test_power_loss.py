"""The power fails: what the journal said to be on disk is there, and with a weaker setting it would not be."""

import contextlib
from pathlib import Path
from random import Random

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Outcome, Row, Standing, Status, Step
from bulkprov.errors import RunError
from bulkprov.journal import sqlite as disk_module
from bulkprov.journal.rows import Batch, JournalRow
from tests.backupsets import Journal
from tests.powerless import Snapshot, Watched, standing_in_for_sqlite3

ROWS = 200


def _worked(folder: Path, monkeypatch: pytest.MonkeyPatch, synchronous: str | None) -> list[Snapshot]:
    """A journal at work on a watched disk, and snapshots of that disk from random moments."""
    folder.mkdir()
    watched = Watched(f"watched-{synchronous}")
    with monkeypatch.context() as patch:
        patch.setattr(disk_module, "sqlite3", standing_in_for_sqlite3(watched, synchronous))
        journal = Journal.create(folder / "journal.sqlite", {})
        sets = [BackupSet(client="client001", name=f"Set {number}") for number in range(ROWS)]
        journal.load([JournalRow(sheet_row=n, cells=(each.name,), want=each) for n, each in enumerate(sets, 2)], dict)
        watched.random = Random(7)
        for number, each in enumerate(sets, 1):
            batch = Batch()
            row = Row(
                number=number,
                sheet_row=number + 1,
                want=each,
                standing=Standing(step=Step.ACT, absent_before_send=True),
            )
            batch.intend(number, row, float(number))
            if number > 10:
                batch.finish(number - 10, Outcome(status=Status.CREATED))
            journal.apply(batch)
            watched.acknowledged = number
        watched.random = None
        journal.close()
    return watched.snapshots


def _intents_left(snapshot: Snapshot, folder: Path, random: Random) -> int:
    """How many intents are there when the power is back; the journal is opened as it is in production."""
    folder.mkdir()
    snapshot.after_a_power_cut(folder, random)
    try:
        journal = Journal.open(folder / "journal.sqlite")
    except RunError:
        return 0  # not even the tables are there
    with contextlib.closing(journal):
        assert list(journal.database.rows("PRAGMA integrity_check")) == [("ok",)]
        return journal.last_nr()


def test_after_a_power_cut_every_intent_that_was_acknowledged_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 200 random moments, with any part of what was not synced lost."""
    snapshots = _worked(tmp_path / "as asked", monkeypatch, None)
    random = Random(1)
    chosen = random.sample(snapshots, 200)

    assert len({snapshot.acknowledged for snapshot in chosen}) > 50
    for number, snapshot in enumerate(chosen):
        assert _intents_left(snapshot, tmp_path / str(number), random) >= snapshot.acknowledged


def test_with_a_weaker_setting_intents_would_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: `synchronous = NORMAL` keeps the file whole and forgets what it said to be stored."""
    snapshots = _worked(tmp_path / "normal", monkeypatch, "NORMAL")
    random = Random(1)
    chosen = random.sample(snapshots, 50)
    lost = [
        snapshot.acknowledged - _intents_left(snapshot, tmp_path / str(number), random)
        for number, snapshot in enumerate(chosen)
    ]

    assert sum(count > 0 for count in lost) > 40
    assert max(lost) > 10
