"""Many worlds in the ordinary test run; `python -m tests.simulation --seeds 20000` runs more of them."""

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.simulation.crowded import run_some_world
from tests.simulation.traits import ORDINARY
from tests.simulation.world import run_world

WORLDS = 500
CHUNK = 25


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_whatever_goes_wrong_no_row_is_lost_or_created_twice_and_every_status_is_true(first: int) -> None:
    """Worlds of fifty rows each: faults, resets, late commits, full disks, kills and stops, until the wave ends."""
    for seed in range(first, first + CHUNK):
        history = run_some_world(seed, worlds=ORDINARY)
        assert history.statuses.total() == 50


def test_the_worlds_are_as_bad_as_they_should_be() -> None:
    """Worlds in which nothing fails would prove nothing."""
    histories = [run_world(seed) for seed in range(20)]

    assert sum(history.kills for history in histories) >= 20
    assert sum(history.stops for history in histories) >= 5
    assert sum(history.faults for history in histories) >= 200
    assert sum(history.statuses["created"] + history.statuses["rolled-back"] for history in histories) >= 700
    assert sum(history.statuses["rolled-back"] for history in histories) >= 20


def _digests(environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seeds", "15", "--jobs", "1", "--digests"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_seed_replays_exactly() -> None:
    """Every world has the same history in two processes that order their sets differently."""
    one, other = _digests({"PYTHONHASHSEED": "1"}), _digests({"PYTHONHASHSEED": "2"})

    assert len(one.splitlines()) == 15
    assert one == other
