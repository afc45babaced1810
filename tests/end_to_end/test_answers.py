"""Answers that do not tell what became of a create, lists of none, and clocks that are set; over real sockets."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bulkprov.simulator import EstateSet, RequestKind
from tests.end_to_end.conftest import CommServe, Said, start
from tests.end_to_end.results import read, wave
from tests.end_to_end.truth import Striking, untrue

Command = Callable[..., Said]

ROWS: Final[list[tuple[str, ...]]] = [(f"host{n % 3}", f"FS_{n}") for n in range(30)]
CLIENTS: Final = tuple(EstateSet(client=f"host{n}") for n in range(3))
IN_USE: Final[dict[str, Any]] = {"estate": CLIENTS, "fault": {"double-apply": 1.0}, "duplicate_text": "Name in use."}


@pytest.fixture(name="how")
def options(commserve: CommServe, password: Path) -> tuple[Any, ...]:
    """The options of all commands."""
    how = "--server", commserve.url, "--username", "admin", "--password-file", password
    return (*how, "--format", "csv", "--json")


@pytest.mark.parametrize("commserve", [IN_USE, IN_USE | {"duplicate_status": 500}], ids=["200", "500"], indirect=True)
def test_what_a_gateway_delivers_twice_is_not_rejected(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], tmp_path: Path
) -> None:
    """The second answer comes back, a refusal in unknown words: each set is found, and left by a rollback."""
    ran = bulkprov("run", wave(tmp_path / "wave.csv", ROWS), *how, "--settle", "0.5", "-o", "run")
    rows = read(Path("run/results.csv"))
    undone = bulkprov("rollback", "run", *how, "--settle", "0.5", "--yes")

    assert untrue(rows, commserve.sets()) == []
    assert (ran.code, ran.json["exists"]) == (0, 30), ran.out
    assert (undone.code, undone.json.get("rolled-back", 0), undone.json["unproven"]) == (1, 0, 30)
    asked = bulkprov("rollback", "run", *how, "--settle", "0.5", "--yes", "--also-unproven")
    assert (asked.json["rolled-back"], commserve.sets()) == (30, {})


@pytest.mark.parametrize("commserve", [{"estate": CLIENTS}], indirect=True)
def test_creates_that_hang_when_the_window_ends_are_counted_as_sent(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They took effect and were never answered: exit 4, and none of their rows is pending."""
    commserve.simulator.fault_policy = Striking({RequestKind.CREATE: "silent-after"})
    end = (datetime.now().astimezone() + timedelta(minutes=1)).replace(second=0, microsecond=0)
    began = end.timestamp() - 1.0  # the run's own clock begins a second before the end of its window
    monkeypatch.setattr("bulkprov.runs.environment.time.time", lambda: began)
    monkeypatch.setattr("bulkprov.engine.pipeline.GRACE", 0.5)
    sheet = wave(tmp_path / "wave.csv", ROWS)

    ran = bulkprov("run", sheet, *how, "-j", "8", "--settle", "0.5", "--until", f"{end:%H:%M}", "-o", "run")
    rows = read(Path("run/results.csv"))

    made = {name for _, name in commserve.sets()}
    assert len(made) == 8
    assert {row["backupsetName"] for row in rows if row["status"] == "pending"} == {name for _, name in ROWS} - made
    assert untrue(rows, commserve.sets()) == []
    assert (ran.code, ran.json["pending"]) == (4, 22), ran.out
    assert "no create was sent" not in ran.err


@pytest.mark.parametrize(
    "commserve", [{"estate": CLIENTS, "refuse_duplicates": False, "late_seconds": 1.5}], indirect=True
)
def test_a_clock_that_is_set_forward_settles_nothing(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed with creates on their way that take effect late, and resumed by a clock an hour ahead: none made twice."""
    commserve.simulator.fault_policy = Striking({RequestKind.CREATE: "late-commit"})
    wave(tmp_path / "wave.csv", ROWS[:10])
    with start("run", "wave.csv", *how, "--settle", "2", "-o", "run", "-j", "10", cwd=tmp_path) as process:
        while commserve.statistics.requests[RequestKind.CREATE] < 10:
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)  # only spares the processor
        process.kill()
    commserve.simulator.fault_policy = Striking({})
    ahead = time.time() + 3600
    monkeypatch.setattr("bulkprov.runs.environment.time.time", lambda: ahead)

    resumed = bulkprov("resume", "run", *how, "--settle", "2")
    while commserve.statistics.creates < commserve.statistics.requests[RequestKind.CREATE]:
        time.sleep(0.005)  # until all that were sent have taken effect

    assert [key for key, ids in commserve.sets().items() if len(ids) > 1] == []
    assert untrue(read(Path("run/results.csv")), commserve.sets()) == []
    assert (resumed.code, resumed.json["created"]) == (0, 10), resumed.out + resumed.err


@pytest.mark.parametrize(
    "commserve",
    [
        {"estate": CLIENTS, "default_sets": False, "empty_list": kind, "fault": {"500-after": 0.3}}
        for kind in ("missing", "404")
    ],
    ids=["missing", "404"],
    indirect=True,
)
def test_a_first_look_that_finds_a_client_without_sets_is_one(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], tmp_path: Path
) -> None:
    """What was answered is ours, and rolled back; what was found after a lost answer is named, left, and exit 1."""
    ran = bulkprov("run", wave(tmp_path / "wave.csv", ROWS), *how, "--settle", "0.5", "-o", "run")
    rows = read(Path("run/results.csv"))
    lost = int(commserve.statistics.faults["500-after"])
    assert untrue(rows, commserve.sets()) == []
    told = bulkprov("rollback", "run", *how[:-1], "--settle", "0.5", "--yes")

    assert (ran.code, ran.json["created"]) == (0, 30)
    assert [row["note"] for row in rows if "first look" in row["note"]] == []
    left = commserve.sets()
    assert (told.code, len(left), lost > 3) == (1, lost, True), told.out
    assert f"{lost} rows " in told.out
    assert all(f"id {number}" in told.out for (number,) in left.values())
