"""A CommServe that lists sets otherwise than they are named in a create, as real ones do, over real sockets."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from bulkprov.simulator import BackupSetRow, EstateSet
from bulkprov.simulator.endpoints import set_replies
from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import read
from tests.end_to_end.truth import untrue

Command = Callable[..., Said]

CLIENTS: Final = tuple(f"host{number:02}" for number in range(12))
ESTATE: Final = tuple(
    each for client in CLIENTS for each in (EstateSet(client=client, app="NAS"), EstateSet(client=client, name="old"))
)
LOSES: Final[dict[str, Any]] = {
    "estate": ESTATE,
    "refuse_duplicates": False,
    "fault": {"drop-after": 0.3, "500-after": 0.2},
}
GUESSED: Final = {"replies": "guessed", "spelling": "documented"}


def ids(commserve: CommServe) -> set[int]:
    """The ids of all sets, whoever made them, the default sets too."""
    return {each.id for each in commserve.call(commserve.simulator.backupsets)}


@pytest.mark.parametrize(
    "commserve",
    [
        LOSES,
        LOSES | GUESSED,
        LOSES | GUESSED | {"display_names": True},
        LOSES | GUESSED | {"escaped_names": True},
        LOSES | {"display_names": True, "escaped_names": True},
    ],
    ids=["as recorded", "as guessed", "display names", "HTML escapes", "all of it"],
    indirect=True,
)
def test_nothing_is_made_twice_however_sets_are_listed(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Half of all answers are lost on a server that allows duplicates; a second run finds all, and so does `verify`."""
    goes_full_circle(bulkprov, commserve, password, tmp_path)


@pytest.mark.parametrize("commserve", [LOSES], indirect=True)
def test_nothing_is_made_twice_where_agents_are_listed_by_id_alone(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries without `appName`; likewise."""
    named = set_replies.entity  # no setting of the simulator leaves names out

    def nameless(row: BackupSetRow) -> dict[str, Any]:
        return {key: value for key, value in named(row).items() if key != "@appName"}

    monkeypatch.setattr(set_replies, "entity", nameless)
    goes_full_circle(bulkprov, commserve, password, tmp_path)


def goes_full_circle(bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path) -> None:
    """Made once, found by a second run, verified, and rolled back, with nothing else deleted."""
    sheet = tmp_path / "wave.csv"
    rows = [f"{client},{app},R&D {app} {n}" for client in CLIENTS for app in ("File System", "NAS") for n in range(5)]
    sheet.write_text("\n".join(["clientName,appName,backupsetName", *rows]))
    server = ("--server", commserve.url, "--username", "admin", "--password-file", password)
    how = (*server, "--settle", "0.3", "--format", "csv", "--json")
    before, others = ids(commserve), commserve.sets()

    made = bulkprov("run", sheet, *how, "-o", tmp_path / "first")
    first = commserve.sets()
    assert Counter(map(len, (each for key, each in first.items() if key not in others))) == {1: len(rows)}, made.out
    assert (made.code, made.json["created"], made.json["audited"]) == (0, len(rows), True)
    assert untrue(read(tmp_path / "first" / "results.csv"), first) == []

    again = bulkprov("run", sheet, *how, "-o", tmp_path / "second")
    planned = bulkprov("plan", sheet, *how, "--deep", "-o", tmp_path / "plan")
    verified = bulkprov("verify", tmp_path / "first", *how)
    assert (again.code, again.json["exists"]) == (0, len(rows))
    assert (planned.code, planned.json["exists"]) == (0, len(rows))
    assert (verified.code, verified.json["as-reported"]) == (0, len(rows))
    assert untrue(read(tmp_path / "second" / "results.csv"), first) == []
    assert commserve.sets() == first, "a second run makes nothing"

    undone = bulkprov("rollback", tmp_path / "first", *how, "--yes", "--also-unproven")
    assert ids(commserve) == before, "all that the run made is deleted, and nothing else"
    assert (undone.code, undone.json["rolled-back"], undone.json["unproven"]) == (0, len(rows), 0)
