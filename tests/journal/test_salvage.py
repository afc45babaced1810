"""What is whole in a damaged journal."""

import random
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.commvault.kinds import KINDS
from bulkprov.engine.model import Outcome, Reply, Standing, Status, Step
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.rows import Batch
from bulkprov.journal.salvage import Salvaged, salvage
from bulkprov.journal.view import View
from bulkprov.sheets.rows import Result
from tests.backupsets import Journal
from tests.journal.waves import keep, load, results, rows, todo

ROWS = 600
PAGE = 4096


@pytest.fixture(name="whole")
def whole_journal(tmp_path: Path) -> Path:
    """A journal of which every second row has an outcome."""
    with closing(Journal.create(tmp_path / "whole.sqlite", {})) as journal:
        load(journal, rows(ROWS))
        batch = Batch("run")
        for row in todo(journal)[1::2]:
            batch.intend(row.number, replace(row, standing=Standing(step=Step.ACT)), 50.0)
        for number in range(2, ROWS + 1, 2):
            reply = Reply(0, "", 1000 + number)
            batch.finish(number, Outcome(status=Status.CREATED, reply=reply, note=f"note {number}"))
        journal.apply(batch)
    return tmp_path / "whole.sqlite"


def reported(path: Path) -> list[Result]:
    """The rows of a journal as they are reported."""
    with closing(Journal.open(path)) as journal:
        return results(journal)


def test_of_a_whole_journal_everything_is_saved(whole: Path, tmp_path: Path) -> None:
    """Every row as it was."""
    assert salvage(whole, tmp_path / "new.sqlite", KINDS) == Salvaged(whole=ROWS, lost=0)
    assert reported(tmp_path / "new.sqlite") == reported(whole)


@pytest.mark.parametrize("seed", range(12))
def test_of_a_damaged_one_no_row_is_saved_as_something_else(whole: Path, tmp_path: Path, seed: int) -> None:
    """Pages are zeros or noise; what is saved is as it was, and most is."""
    draw = random.Random(seed)
    content, before = bytearray(whole.read_bytes()), {each.sheet_row: each for each in reported(whole)}
    pages = len(content) // PAGE
    for page in draw.sample(range(1, pages), draw.randint(1, 3)):
        noise = bytes(PAGE) if draw.random() < 1 / 2 else draw.randbytes(PAGE)
        content[page * PAGE : (page + 1) * PAGE] = noise
    whole.write_bytes(content)
    try:
        saved = salvage(whole, tmp_path / "new.sqlite", KINDS)
    except (RunError, StorageError):
        return  # the page of the facts is among them
    after = reported(tmp_path / "new.sqlite")
    with closing(Journal.open(tmp_path / "new.sqlite")) as journal:
        statuses = View(journal, keep).statuses()

    assert len(after) == saved.whole == statuses.total()
    assert Counter(each.status for each in after) == +statuses
    assert all(each == before[each.sheet_row] for each in after)


def test_of_what_is_no_journal_nothing_is_saved(tmp_path: Path) -> None:
    """In one line."""
    (tmp_path / "noise").write_bytes(random.Random(1).randbytes(3 * PAGE))

    with pytest.raises(RunError, match="is too damaged: nothing can be read of it"):
        salvage(tmp_path / "noise", tmp_path / "new.sqlite", KINDS)
