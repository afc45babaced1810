"""What is there before the first request: the default estate and one that is given."""

import json

import pytest

from bulkprov.errors import SettingsError
from bulkprov.simulator import EstateSet, Simulator, SimulatorSettings
from tests.simulator.http_client import signed_in


async def test_the_default_estate_is_the_documented_one() -> None:
    """Sixty clients from client001 (id 2), their agents and instances, and the sets that are there already."""
    async with Simulator() as simulator:
        sets = simulator.backupsets()

    clients = {row.client: row.client_id for row in sets}
    assert (len(clients), clients["client001"], clients["client060"]) == (60, 2, 61)
    assert {row.client for row in sets if row.name == "FS_Legacy_01"} == {f"client00{number}" for number in range(1, 6)}
    agents = {(row.client, row.app, row.instance) for row in sets}
    assert ("client010", "SQL Server", r"CLIENT010\SQLEXPRESS") in agents
    assert ("client011", "Oracle", "ORCL") in agents
    assert ("client020", "Virtual Server", "VMware") in agents
    assert {app for client, app, _ in agents if client == "client021"} == {"File System"}
    assert max(row.id for row in sets) < 931


async def test_an_estate_can_be_given() -> None:
    """Clients, agents, instances, plans and sets come to be with the rows that name them, whatever their case."""
    estate = (
        EstateSet(client="web-1", name="daily", plan="Copper"),
        EstateSet(client="WEB-1", name="weekly", on_demand=True),
        EstateSet(client="db-1", app="sql server", instance="PROD"),
    )
    async with Simulator(SimulatorSettings(estate=estate)) as simulator, signed_in(simulator) as client:
        listed = await client.json("GET", "Client")
        names = [each["client"]["clientEntity"]["clientName"] for each in listed["clientProperties"]]
        web, database = await client.names("web-1"), await client.names("db-1")
        made = await client.create(clientName="db-1", appName="SQL Server", instanceName="prod")
        daily = next(row for row in simulator.backupsets() if row.name == "daily")

    assert names == ["web-1", "db-1"]
    assert (web, database) == (["defaultBackupSet", "daily", "weekly"], ["defaultBackupSet"] * 2)
    assert (made["errorCode"], daily.plan) == (0, "Copper")


async def test_an_agent_that_has_no_backup_sets_is_refused_by_name() -> None:
    """A row of the estate that cannot be is told, not left out."""
    estate = (EstateSet(client="web-1", app="Notepad", name="daily"),)

    with pytest.raises(SettingsError, match="web-1 cannot have the agent 'Notepad'"):
        await Simulator(SimulatorSettings(estate=estate)).start()


async def test_any_size_of_estate_leaves_ids_unique() -> None:
    """An estate of more sets than fit below the usual first id goes on above it."""
    async with Simulator(SimulatorSettings(clients=1_200)) as simulator, signed_in(simulator) as client:
        before = {row.id for row in simulator.backupsets()}
        made = await client.create()

    assert made["entity"]["backupsetId"] == max(before) + 1


@pytest.mark.parametrize(
    ("form", "expected"),
    [("missing", (200, {})), ("empty", (200, {"backupsetProperties": []})), ("204", (204, None)), ("404", (404, None))],
)
async def test_an_empty_listing_takes_the_form_that_is_set(form: str, expected: tuple[int, object]) -> None:
    """Real servers were seen to answer in several ways, so each can be rehearsed."""
    settings = SimulatorSettings(clients=1, empty_list=form)  # type: ignore[arg-type] # the four forms there are
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        status, body = await client.call("GET", "Backupset?clientName=nobody")

    assert (status, json.loads(body) if body else None) == expected


async def test_get_id_tells_unknown_ids_under_404() -> None:
    """What is known is told all the same, and each unknown id is -32000."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        known = await client.json("GET", "GetId?clientname=client001&agent=File%20System&backupset=FS_Legacy_01")
        status, body = await client.call("GET", "GetId?clientname=client001&backupset=none")

    assert (known["clientId"], known["applicationId"]) == (2, 33)
    assert known["backupsetId"] > 0
    assert (status, json.loads(body)["clientId"], json.loads(body)["backupsetId"]) == (404, 2, -32000)


async def test_clients_and_sets_are_found_by_name() -> None:
    """The documented byName paths work for reading a client and deleting a set."""
    path = "Backupset/byName(clientName='client001',appName='File%20System',backupsetName='FS_Legacy_01')"
    async with Simulator() as simulator, signed_in(simulator) as client:
        found = await client.json("GET", "Client/byName(clientName='CLIENT001')")
        deleted = await client.json("DELETE", path)
        names = await client.names()

    assert found["clientProperties"][0]["client"]["clientEntity"]["clientId"] == 2
    assert deleted["response"][0]["errorCode"] == 0
    assert names == ["defaultBackupSet"] * 3
