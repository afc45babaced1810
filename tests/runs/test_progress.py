"""How far a run at work is, as other processes read it; with a real process in `tests/end_to_end/test_two_runs.py`."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkprov.engine.model import Outcome, Reply, Status
from bulkprov.engine.tally import Tally
from bulkprov.runs.folder import PROGRESS
from bulkprov.runs.manifest import Manifest
from bulkprov.runs.overviews import find_run, overviews
from bulkprov.runs.progress import Progress, ProgressFile
from bulkprov.runs.run import Run
from bulkprov.runs.under_way import announce

Begun = Callable[..., Run]

CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931))
MANIFEST = Manifest(sheet="wave.csv", server="https://cs.example.com/api", created_at=1.8e9, generation=2)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """By whoever may read the folder; only its owner can read the file."""
    told = Progress(
        manifest=MANIFEST, rows=42, statuses=Counter({Status.CREATED: 7, Status.REJECTED: 2}), doing="run", at=1.8e9
    )

    told.write(tmp_path)

    assert Progress.read(tmp_path) == told
    assert (told.done, told.left) == (7, 33)
    assert os.name == "nt" or (tmp_path / PROGRESS).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [PROGRESS]


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"manifest": 1}', b"\xff", b"[" * 100_000, b'{"rows": "x"}'])
def test_what_is_not_of_our_making_is_nothing(tmp_path: Path, text: bytes) -> None:
    """Nor is a folder, or a file with values that mean nothing."""
    (tmp_path / PROGRESS).write_bytes(text)

    assert Progress.read(tmp_path) is None
    assert Progress.read(tmp_path / "elsewhere") is None


def test_where_it_cannot_be_written_the_work_goes_on(tmp_path: Path) -> None:
    """It is news for people; the journal has it all."""
    (tmp_path / PROGRESS).mkdir()

    Progress(manifest=MANIFEST, rows=1, statuses={}, at=1.0).write(tmp_path)

    assert Progress.read(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == [PROGRESS], "nothing is left beside it"


def test_it_is_written_again_every_few_seconds(tmp_path: Path) -> None:
    """However often the journal is written; and the log is, each time."""
    now, logged = [100.0], list[float]()
    tally = Tally(rows=3)
    file = ProgressFile(tmp_path, MANIFEST, tally, "run", lambda: now[0])
    after_commit = file.after(lambda: logged.append(now[0]))
    counted = list[int]()
    for _ in range(5):
        now[0] += 1
        tally.statuses[Status.CREATED] += 1
        after_commit()
        told = Progress.read(tmp_path)
        assert told
        counted.append(told.done)

    assert counted == [0, 2, 2, 4, 4]
    assert logged == [101.0, 102.0, 103.0, 104.0, 105.0]


def test_a_run_that_was_announced_is_listed_with_its_counts_until_it_is_let_go(begun: Begun) -> None:
    """Its server and its sheet too; of a process that says nothing, only that it is there."""
    run = begun("reports/one", outcomes=[CREATED])
    assert overviews()[0].progress is None
    announce(run)

    (listed,) = overviews()
    assert listed.progress
    assert (listed.progress.done, listed.progress.left, listed.progress.rows) == (1, 1, 3)
    assert (listed.progress.manifest, listed.progress.doing) == (run.manifest, "")
    assert (listed.began, listed.in_use, listed.unfinished) == (run.manifest.created_at, True, False)
    assert find_run(Path("latest")) == Path("reports/one"), "it is known when it began"

    run.close()
    assert not Path("reports/one", PROGRESS).exists()
    assert (overviews()[0].progress, overviews()[0].done) == (None, 1)
