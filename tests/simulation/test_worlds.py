"""Many worlds in the ordinary test run; `python -m tests.simulation --seeds 20000` is for more of them."""

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.simulation.world import run_world

WORLDS = 500
CHUNK = 25


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_whatever_goes_wrong_no_row_is_lost_or_made_twice_and_every_status_is_true(first: int) -> None:
    """Worlds of fifty rows each: faults, resets, late commits, full disks, kills and stops, until the wave is done."""
    for seed in range(first, first + CHUNK):
        story = run_world(seed)
        assert story.statuses.total() == 50


def test_the_worlds_are_as_bad_as_they_should_be() -> None:
    """A test that nothing ever strikes would show nothing."""
    stories = [run_world(seed) for seed in range(20)]

    assert sum(story.kills for story in stories) >= 20
    assert sum(story.stops for story in stories) >= 5
    assert sum(story.faults for story in stories) >= 200
    assert sum(story.statuses["created"] + story.statuses["rolled-back"] for story in stories) >= 700
    assert sum(story.statuses["rolled-back"] for story in stories) >= 20


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
    """In two processes whose sets and dictionaries are ordered differently, every world has the very same history."""
    one, other = _digests({"PYTHONHASHSEED": "1"}), _digests({"PYTHONHASHSEED": "2"})

    assert len(one.splitlines()) == 15
    assert one == other
