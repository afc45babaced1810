"""Lists that are not what they seem: late, cut off, or from a replica that lags behind; over real sockets.

What a list does not show is asked for by its id before it is believed to be gone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from bulkprov.simulator import EstateSet
from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import read, wave
from tests.end_to_end.truth import untrue

Command = Callable[..., Said]

ONE: Final = (EstateSet(client="host0"),)
TEN: Final = tuple(EstateSet(client=f"host{n}") for n in range(10))
UNREADABLE: Final[dict[str, Any]] = {
    "late": {"estate": ONE, "list_lag": 25.0},
    "cut": {"estate": ONE, "list_cut": 10},
    "replicas": {"estate": TEN, "list_replica_lag": 25.0},
}


@pytest.fixture(name="how")
def options(commserve: CommServe, password: Path) -> tuple[Any, ...]:
    """The options of all commands."""
    how = "--server", commserve.url, "--username", "admin", "--password-file", password
    return (*how, "--format", "csv", "--json")


@pytest.fixture(name="sheet")
def sheet_of_thirty_rows(commserve: CommServe, tmp_path: Path) -> Path:
    """For all clients of the estate in turn."""
    clients = [each.client for each in commserve.simulator.settings.estate or ()]
    return wave(tmp_path / "wave.csv", [(clients[n % len(clients)], f"FS_{n}") for n in range(30)])


@pytest.mark.parametrize("commserve", UNREADABLE.values(), ids=UNREADABLE, indirect=True)
def test_what_a_list_does_not_show_is_not_gone(bulkprov: Command, how: tuple[Any, ...], sheet: Path) -> None:
    """`verify` finds every set by its id."""
    ran = bulkprov("run", sheet, *how, "--settle", "0.5", "-o", "run")
    verified = bulkprov("verify", "run", *how, "--settle", "0.5")

    assert (verified.code, verified.json.get("as-reported", 0)) == (0, 30), verified.out
    assert (ran.code, ran.json["created"], ran.json["audited"]) == (0, 30, True)


@pytest.mark.parametrize("commserve", UNREADABLE.values(), ids=UNREADABLE, indirect=True)
def test_nothing_is_rolled_back_that_is_still_there(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], sheet: Path
) -> None:
    """A rollback deletes by id, and says of a row that it is rolled back only once nothing shows its set any more."""
    bulkprov("run", sheet, *how, "--settle", "0.5", "-o", "run")
    undone = bulkprov("rollback", "run", *how, "--settle", "0.5", "--yes")

    assert untrue(read(Path("run/results.csv")), commserve.sets()) == []
    assert commserve.sets() == {}
    rolled_back = undone.json.get("rolled-back", 0)
    assert undone.code == (0 if rolled_back == 30 else 1), undone.out


@pytest.mark.parametrize(
    "commserve",
    [{"estate": ONE, "list_lag": 1.8, "fault": {"500-after": 0.5}, "duplicate_text": "Name in use."}],
    indirect=True,
)
def test_a_refusal_after_a_doubt_is_believed_only_once_lists_show_what_was_made(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], sheet: Path
) -> None:
    """Half of the creates take effect under HTTP 500, lists are late, and a repeat is refused in unknown words."""
    ran = bulkprov("run", sheet, *how, "--settle", "2", "-o", "run")

    assert untrue(read(Path("run/results.csv")), commserve.sets()) == []
    assert (ran.code, ran.json["created"], ran.json["rejected"]) == (0, 30, 0)


@pytest.mark.parametrize(
    "commserve",
    [
        {"estate": ONE, "list_lag": 1.8, "fault": {"500-after": 0.4, "503-after": 0.3}, "refuse_duplicates": False},
    ],
    indirect=True,
)
def test_nothing_is_made_twice_while_lists_are_late(
    bulkprov: Command, commserve: CommServe, how: tuple[Any, ...], sheet: Path
) -> None:
    """One settle time, after HTTP 500 and 503 as after any other doubt, on a server that allows duplicates."""
    ran = bulkprov("run", sheet, *how, "--settle", "2", "-o", "run")

    assert [key for key, ids in commserve.sets().items() if len(ids) > 1] == []
    assert untrue(read(Path("run/results.csv")), commserve.sets()) == []
    assert (ran.code, ran.json["created"]) == (0, 30)
