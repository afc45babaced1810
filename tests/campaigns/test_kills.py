"""A small share of the campaign of kills; `python -m tests.campaigns.kills --kills 200` is the whole of it."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="lives are forks, which only POSIX has")
def test_killed_at_every_named_point_nothing_is_lost_doubled_or_untrue() -> None:
    """Every second point here; each run is resumed to its end, and so are those that die at random moments."""
    options = ["--kills", "6", "--every", "2", "--seed", "2", "--jobs", "4"]
    command = [sys.executable, "-m", "tests.campaigns.kills", *options]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own command

    assert said.returncode == 0, said.stdout + said.stderr
    assert "6 random kills and 13 of 13 named points" in said.stdout
    assert "0 promises broken" in said.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="lives are forks, which only POSIX has")
def test_every_named_point_is_there() -> None:
    """Whoever renames a function has to rename its point as well."""
    from tests.campaigns.lives import FAILPOINTS  # noqa: PLC0415 - it imports uvloop

    for name, point in FAILPOINTS.items():
        owner: object = importlib.import_module(point.module)
        for each in point.function.split("."):
            assert hasattr(owner, each), name
            owner = getattr(owner, each)
