"""Two processes with one sheet: the second sends nothing, unless it is told to."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from bulkprov.simulator import RequestKind
from tests.end_to_end.conftest import CommServe, Said, start
from tests.end_to_end.results import wave

Command = Callable[..., Said]

pytestmark = pytest.mark.parametrize("commserve", [{"latency": 0.2}], indirect=True)


@pytest.fixture(name="how")
def options(commserve: CommServe, password: Path) -> tuple[Any, ...]:
    """The options of all commands."""
    return "--server", commserve.url, "--username", "admin", "--password-file", password, "-j", 1


@pytest.fixture(name="first")
def first_process(commserve: CommServe, how: tuple[Any, ...], tmp_path: Path) -> Iterator[Popen[str]]:
    """A process that works on a run of 300 rows, and has sent some of them."""
    wave(tmp_path / "wave.csv", [("client001", f"FS_{n}") for n in range(300)])
    with start("run", "wave.csv", *how, "-o", "reports/first", cwd=tmp_path) as process:
        while commserve.statistics.requests[RequestKind.CREATE] < 3:
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)  # only spares the processor
        yield process
        process.kill()
        process.communicate()


def logins(commserve: CommServe) -> int:
    """How often there was a log-in."""
    return int(commserve.statistics.requests[RequestKind.LOGIN])


def test_a_second_run_of_the_sheet_is_refused_before_it_logs_in(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], first: Popen[str]
) -> None:
    """One line names the run that is under way, and what to do."""
    said = bulkprov("run", "wave.csv", *how, "-o", "reports/second")

    assert said.code == 2
    assert said.err.splitlines()[-1].startswith(
        "bulkprov: nothing is sent now: reports/first is under way on this server with 300 of these 300 "
        "rows. Once it has ended, give the same command again, if it is needed still: no run is kept of this one. "
    )
    assert not Path("reports/second").exists()
    assert "To go on now, add --yes: both runs may report the same sets, and a rollback deletes only" in said.err
    assert (logins(commserve), first.poll()) == (1, None)
    (listed,) = json.loads(bulkprov("runs", "--json").out)
    assert (listed["server"], listed["sheet"]) == (commserve.url, "wave.csv")
    assert (listed["progress"]["operation"], listed["progress"]["rows"]) == ("run", 300)
    assert listed["progress"]["left"] == 300 - listed["progress"].get("created", 0)
    shown = bulkprov("show", "first", "--row", "2")
    assert shown.code == 2
    assert "another process is working on reports/first: at work at " in shown.err
    assert " of 300 to do (`bulkprov runs` tells how far it is)" in shown.err


def test_with_yes_it_goes_on_and_says_what_that_means(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], first: Popen[str]
) -> None:
    """A few rows only, to be quick."""
    said = bulkprov("run", "wave.csv", *how, "-o", "reports/second", "--yes", "--limit", "2")

    assert (said.code, logins(commserve)) == (1, 2)
    assert "reports/first is under way on this server with 300 of these 300 rows: both runs may report" in said.err
    assert first.poll() is None


def test_once_it_was_killed_it_is_named_and_the_second_run_goes_on(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], first: Popen[str]
) -> None:
    """The lock died with the process."""
    first.kill()
    first.communicate()

    said = bulkprov("run", "wave.csv", *how, "-o", "reports/second", "--limit", "2")

    assert (said.code, logins(commserve)) == (1, 2)
    named = "reports/first is an unfinished run of the same sheet; to go on with it: bulkprov resume reports/first"
    assert named in said.err
