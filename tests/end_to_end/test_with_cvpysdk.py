"""bulkprov and Commvault's own SDK in turn on one CommServe: what one makes, the other sees."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import read, wave

Command = Callable[..., Said]

Commcell: Any = import_module("cvpysdk.commcell").Commcell  # it has no types


def file_system(commserve: CommServe, client: str) -> Any:
    """The backup sets of a client's file system agent, whatever its platform, as the SDK sees them in a new session."""
    commcell = Commcell(
        "127.0.0.1", web_service_url=commserve.url, commcell_username="admin", commcell_password="simulator"
    )
    agents = commcell.clients.get(client).agents
    return agents.get(next(name for name in agents.all_agents if name.endswith("file system"))).backupsets


def run(bulkprov: Command, commserve: CommServe, password: Path, *words: object) -> Said:
    """Run a command against the CommServe."""
    return bulkprov(
        *words, "--server", commserve.url, "--username", "admin", "--password-file", password, "--json"
    )  # fmt: skip


def test_sets_of_the_sdk_exist_for_bulkprov(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Its set is found, with its id, and no create is sent for it."""
    made = file_system(commserve, "client007").add("made_by_sdk").backupset_id
    sheet = wave(tmp_path / "w.csv", [("CLIENT007", "Made_By_SDK"), ("client007", "made_by_us")])

    said = run(bulkprov, commserve, password, "run", sheet, "-o", tmp_path / "run")

    assert said.code == 0
    theirs, ours = read(Path(said.json["results"]))
    assert (theirs["status"], theirs["backupsetId"]) == ("exists", int(made))
    assert ours["status"] == "created"
    assert commserve.statistics.creates == 2


def test_sets_of_bulkprov_are_found_and_deleted_by_the_sdk(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """It finds them under the same ids, deletes one, and bulkprov makes that one again when it is run again."""
    sheet = wave(tmp_path / "w.csv", [("client008", "one"), ("client008", "two")])
    first = run(bulkprov, commserve, password, "run", sheet, "-o", tmp_path / "first")
    ids = [row["backupsetId"] for row in read(Path(first.json["results"]))]

    sets = file_system(commserve, "client008")
    assert [int(sets.get(name).backupset_id) for name in ("one", "two")] == ids
    sets.delete("one")
    second = run(bulkprov, commserve, password, "run", sheet, "-o", tmp_path / "second")

    assert [row["status"] for row in read(Path(second.json["results"]))] == ["created", "exists"]
    assert file_system(commserve, "client008").has_backupset("one")


def test_an_on_demand_set_and_a_plan_arrive(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """What the sheet asked for is what the SDK reads back, and what the CommServe has recorded."""
    columns = ("clientName", "backupsetName", "onDemandBackupset", "planName")
    sheet = wave(
        tmp_path / "w.csv", [("client009", "demand", "Yes", ""), ("client009", "planned", "", "Gold")], columns
    )

    assert run(bulkprov, commserve, password, "run", sheet, "-o", tmp_path / "run").code == 0

    sets = file_system(commserve, "client009")
    assert sets.get("demand").is_on_demand_backupset
    assert not sets.get("planned").is_on_demand_backupset
    plans = {each.name: each.plan for each in commserve.call(commserve.simulator.backupsets)}
    assert (plans["demand"], plans["planned"]) == ("", "Gold")
