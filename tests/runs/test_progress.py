"""How far a run at work is, as other processes read it; with a real process in `tests/end_to_end/test_two_runs.py`."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    """Only its owner can read the file."""
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


@pytest.mark.parametrize(
    "damage",
    [
        {"at": 1e18},
        {"at": float("nan")},
        {"at": -1},
        {"at": "1e9"},
        {"rows": -1},
        {"rows": 1.5},
        {"rows": 1 << 63},
        {"statuses": {"created": -7}},
        {"doing": "\x1b[31mrun"},
        {"doing": []},
        {"manifest": {"server": 7}},
    ],
)
def test_a_damaged_file_is_as_none(tmp_path: Path, damage: dict[str, Any]) -> None:
    """`runs` shows neither a bug nor what the damage says."""
    Progress(manifest=MANIFEST, rows=1, statuses={}, at=1.0).write(tmp_path)
    whole = json.loads((tmp_path / PROGRESS).read_text())
    assert Progress.read(tmp_path)

    (tmp_path / PROGRESS).write_text(json.dumps(whole | damage))
    assert Progress.read(tmp_path) is None


def test_a_file_of_that_name_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """It is neither replaced nor removed; what a power cut has left of ours, which is empty, is both."""
    (tmp_path / PROGRESS).write_text("mine")
    told = Progress(manifest=MANIFEST, rows=1, statuses={}, at=1.0)
    told.write(tmp_path)
    Progress.remove(tmp_path)
    assert (tmp_path / PROGRESS).read_text() == "mine"

    (tmp_path / PROGRESS).write_text("")
    told.write(tmp_path)
    assert Progress.read(tmp_path) == told
    Progress.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_has_left_is_gone_once_the_run_is_opened(begun: Begun) -> None:
    """Another command that holds the journal is not taken for it."""
    begun("reports/one").close()
    Progress(manifest=MANIFEST, rows=3, statuses={}, doing="run", at=1.0).write(Path("reports/one"))

    with Run.open(Path("reports/one")):
        assert overviews()[0].in_use
        assert overviews()[0].progress is None


def test_it_is_written_again_while_the_work_only_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the settle time before an audit, say, and at the end; not any more after it."""
    monkeypatch.setattr("bulkprov.runs.progress._EVERY", 0.01)
    now, tally, told, asked = [100.0], Tally(rows=3), list[Progress | None](), asyncio.Event()

    def clock() -> float:
        asked.set()
        return now[0]

    file = ProgressFile(tmp_path, MANIFEST, tally, "run", clock)

    async def seen(at: float) -> None:
        now[0] = at
        asked.clear()
        await asyncio.wait_for(asked.wait(), 5)
        told.append(Progress.read(tmp_path))

    async def work() -> None:
        with file.kept_new():
            tally.statuses[Status.CREATED] += 1
            await seen(110.0)
            tally.audit_at = 120.0
            await seen(112.0)
            tally.audit_at, tally.audit = 0.0, Tally()
            await seen(120.0)
            tally.audit, now[0] = None, 130.0
        told.append(Progress.read(tmp_path))
        asked.clear()
        await asyncio.sleep(0.03)
        assert not asked.is_set()

    asyncio.run(work())

    assert [(each.at, each.done, each.auditing) for each in told if each] == [
        (110.0, 1, False), (112.0, 1, True), (120.0, 1, True), (130.0, 1, False)
    ]  # fmt: skip


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
