"""A CommServe that lists agents otherwise than they are named in a create, as real ones do, over real sockets."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from bulkprov.simulator import EstateSet
from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import read

Command = Callable[..., Said]

CLIENTS: Final = tuple(f"host{number:02}" for number in range(12))
ESTATE: Final = tuple(EstateSet(client=client, app="NAS") for client in CLIENTS)
RECORDED: Final[dict[str, Any]] = {
    "estate": ESTATE,
    "spelling": "recorded",
    "refuse_duplicates": False,
    "fault": {"drop-after": 0.3, "500-after": 0.2},
}


@pytest.mark.parametrize("commserve", [RECORDED], indirect=True)
def test_nothing_is_made_twice_however_agents_are_listed(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Half of all answers are lost on a server that allows duplicates; a second run finds all, and so does `verify`."""
    sheet = tmp_path / "wave.csv"
    rows = [f"{client},{app},{app} set {n}" for client in CLIENTS for app in ("File System", "NAS") for n in range(5)]
    sheet.write_text("\n".join(["clientName,appName,backupsetName", *rows]))
    server = ("--server", commserve.url, "--username", "admin", "--password-file", password)
    how = (*server, "--settle", "0.3", "--json")

    made = bulkprov("run", sheet, *how, "-o", tmp_path / "first")
    again = bulkprov("run", sheet, *how, "-o", tmp_path / "second", "--format", "csv")
    planned = bulkprov("plan", sheet, *how, "--deep", "-o", tmp_path / "plan")
    verified = bulkprov("verify", tmp_path / "first", *how)

    assert (made.code, made.json["created"]) == (0, len(rows))
    assert Counter(map(len, commserve.sets().values())) == {1: len(rows)}
    assert (again.code, again.json["exists"]) == (0, len(rows))
    assert (planned.code, planned.json["exists"]) == (0, len(rows))
    assert (verified.code, verified.json["as-reported"]) == (0, len(rows))
    assert {
        (row["clientName"], row["backupsetName"]): [int(row["backupsetId"])]
        for row in read(tmp_path / "second" / "results.csv")
    } == commserve.sets()

    undone = bulkprov("rollback", tmp_path / "first", *how, "--yes", "--also-unproven")
    assert (undone.json["rolled-back"], commserve.sets()) == (len(rows), {})
