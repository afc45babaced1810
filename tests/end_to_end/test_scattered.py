"""Sheets in which the rows of one client do not stand together."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bulkprov.simulator import EstateSet, RequestKind, SimulatorSettings
from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import read, wave

Command = Callable[..., Said]

CLIENTS = 60
ROWS: list[tuple[str, ...]] = [(f"host{number % CLIENTS}", f"FS_{number}") for number in range(300)]


@pytest.fixture(name="commserve")
def commserve_with_sets() -> Iterator[CommServe]:
    """Each of its clients has a set."""
    estate = tuple(EstateSet(client=f"host{number}", name="old") for number in range(CLIENTS))
    with CommServe(SimulatorSettings(estate=estate)) as served:
        yield served


def lists(commserve: CommServe) -> int:
    """How many lists of sets were asked for so far."""
    return int(commserve.statistics.requests[RequestKind.LIST])


def test_each_client_is_listed_once_however_few_listings_are_kept(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a plan, and by a run. What is kept is made as scarce as it is for many thousand clients."""
    monkeypatch.setattr("bulkprov.engine.lookups._KEPT", 100)
    sheet = wave(tmp_path / "wave.csv", ROWS)
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password, "-j", 4, "--format", "csv")

    planned = bulkprov("plan", sheet, *how)
    assert (planned.code, lists(commserve)) == (0, CLIENTS)
    ran = bulkprov("run", sheet, *how, "-o", "reports/run", "--settle", "0.5", "--no-audit")

    assert (ran.code, lists(commserve)) == (0, 2 * CLIENTS)
    assert [(row["clientName"], row["backupsetName"]) for row in read(Path("reports/run/results.csv"))] == ROWS


def test_a_limit_counts_in_the_order_of_the_work(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """The rows of the first clients, and the results in the order of the sheet."""
    sheet = wave(tmp_path / "wave.csv", ROWS)
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password, "--format", "csv")

    bulkprov("run", sheet, *how, "-o", "reports/run", "--limit", "7", "--no-audit")

    done = [row["clientName"] for row in read(Path("reports/run/results.csv")) if row["status"] == "created"]
    assert done == ["host0", "host1", "host0", "host1", "host0", "host0", "host0"]
