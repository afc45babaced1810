"""Another actor makes what a row wants: what it made is never called ours, and never deleted without being asked to."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from bulkprov.simulator import EstateSet, RequestKind
from tests.end_to_end.conftest import CommServe, Said, start
from tests.end_to_end.results import read, wave
from tests.end_to_end.truth import Striking, untrue

Command = Callable[..., Said]

ROWS: Final[list[tuple[str, ...]]] = [(f"host{n % 3}", f"FS_{n}") for n in range(30)]
FEW: Final = 18
"""Rows of which all creates may fail: the acts' circuit opens after twenty failures in a row."""
CLIENTS: Final = tuple(EstateSet(client=f"host{n}") for n in range(3))
THEIRS: Final = tuple(EstateSet(client=client, name=name) for client, name in ROWS)


@pytest.fixture(name="how")
def options(commserve: CommServe, password: Path) -> tuple[Any, ...]:
    """The options of all commands."""
    how = "--server", commserve.url, "--username", "admin", "--password-file", password
    return (*how, "--settle", "0.5", "--format", "csv", "--json")


@pytest.mark.parametrize(
    ("commserve", "status"),
    [
        ({"estate": CLIENTS, "fault": {"made-instead": 1.0}}, "created"),
        ({"estate": CLIENTS, "fault": {"made-first": 1.0}}, "exists"),
        ({"estate": CLIENTS, "fault": {"made-first": 1.0}, "duplicate_text": "Name in use."}, "exists"),
    ],
    indirect=["commserve"],
    ids=["and ours fails", "and ours is refused", "and ours is refused in unknown words"],
)
def test_what_another_made_between_our_look_and_our_create_is_left(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], tmp_path: Path, status: str
) -> None:
    """It is perhaps ours: the note says so, a rollback names it and exits with 1, and deletes it only if told to."""
    ran = bulkprov("run", wave(tmp_path / "wave.csv", ROWS[:FEW]), *how, "-o", "run")
    rows = read(Path("run/results.csv"))
    undone = bulkprov("rollback", "run", *how, "--yes")

    assert sum(map(len, commserve.sets().values())) == FEW, undone.out
    assert untrue(rows, commserve.sets()) == []
    assert all("another" in row["note"] for row in rows), rows[0]["note"]
    assert (ran.code, ran.json[status], ran.json["audited"]) == (0, FEW, True)
    assert (undone.code, undone.json.get("rolled-back", 0), undone.json["unproven"]) == (1, 0, FEW)
    asked = bulkprov("rollback", "run", *how, "--yes", "--also-unproven")
    assert (asked.json["rolled-back"], commserve.sets()) == (FEW, {})


@pytest.mark.parametrize("commserve", [{"estate": CLIENTS}], indirect=True)
def test_what_another_made_while_a_row_was_unknown_is_left(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], tmp_path: Path
) -> None:
    """Creates left and were not processed, the process was killed, and the sets were made by hand before the rerun."""
    commserve.simulator.fault_policy = Striking({RequestKind.CREATE: "silent-before"})
    wave(tmp_path / "wave.csv", ROWS)
    with start("run", "wave.csv", *how, "-o", "run", "-j", "30", cwd=tmp_path) as process:
        while commserve.statistics.requests[RequestKind.CREATE] < 30:
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)  # only spares the processor
        process.kill()
    for each in THEIRS:
        commserve.call(partial(commserve.simulator.create, each))

    again = bulkprov("rerun", "run", *how, "-o", "again")
    undone = bulkprov("rollback", "again", *how, "--yes")

    assert sum(map(len, commserve.sets().values())) == 30, undone.out
    assert (again.code, again.json["created"]) == (0, 30)
    assert untrue(read(Path("again/results.csv")), commserve.sets()) == []
    assert (undone.code, undone.json.get("rolled-back", 0), undone.json["unproven"]) == (1, 0, 30)


@pytest.mark.parametrize("commserve", [{"estate": THEIRS, "idempotent": True}], indirect=True)
def test_a_set_that_was_there_is_never_ours_because_a_repeat_is_answered_with_its_id(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], tmp_path: Path
) -> None:
    """Sent without a first look to a server that answers a repeat with errorCode 0: perhaps ours at most, and left."""
    ran = bulkprov("run", wave(tmp_path / "wave.csv", ROWS), *how, "--no-first-look", "-o", "run")
    undone = bulkprov("rollback", "run", *how, "--yes")

    assert sum(map(len, commserve.sets().values())) == 30, undone.out
    assert ran.json["created"] + ran.json["exists"] + ran.json["unknown"] == 30
    assert (undone.code, undone.json.get("rolled-back", 0)) == (1, 0)


@pytest.mark.parametrize("commserve", [{"estate": CLIENTS, "fault": {"deleted-after": 0.5}}], indirect=True)
def test_what_another_deleted_is_not_called_created(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], tmp_path: Path
) -> None:
    """The audit misses it, and so does a read by its id: the row is unknown, and its note has the id."""
    ran = bulkprov("run", wave(tmp_path / "wave.csv", ROWS), *how, "-o", "run")
    rows = read(Path("run/results.csv"))

    assert untrue(rows, commserve.sets()) == []
    deleted = commserve.statistics.deleted_by_others
    assert (ran.code, ran.json["created"], ran.json["unknown"]) == (1, 30 - len(deleted), len(deleted))
    assert len(deleted) > 5
    assert all(any(str(number) in row["note"] for number in deleted) for row in rows if row["status"] == "unknown")
