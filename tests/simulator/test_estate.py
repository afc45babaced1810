"""What exists before the first request: the default estate, or one that is given."""

import pytest

from bulkprov.errors import SettingsError
from bulkprov.simulator import EstateSet, Simulator, SimulatorSettings
from tests.simulator.http_client import signed_in


async def test_the_default_estate_is_the_documented_one() -> None:
    """Sixty clients from client001 (id 2), with their agents, instances and first sets."""
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
    """Clients, agents, instances, plans and sets exist because a row names them, in any case."""
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


async def test_an_agent_that_cannot_have_backup_sets_is_refused_by_name() -> None:
    """A row of the estate that cannot exist is an error, and is not left out."""
    estate = (EstateSet(client="web-1", app="Notepad", name="daily"),)

    with pytest.raises(SettingsError, match="web-1 cannot have the agent 'Notepad'"):
        await Simulator(SimulatorSettings(estate=estate)).start()


async def test_any_size_of_estate_leaves_ids_unique() -> None:
    """In an estate with more sets than the usual first id allows, the first created set comes after them."""
    async with Simulator(SimulatorSettings(clients=1_200)) as simulator, signed_in(simulator) as client:
        before = {row.id for row in simulator.backupsets()}
        made = await client.create()

    assert made["entity"]["backupsetId"] == max(before) + 1


@pytest.mark.parametrize("name", ["File System", "file system", "Linux File System", " Windows File System "])
async def test_every_file_system_agent_is_the_same(name: str) -> None:
    """The vendor's SDK sends any of them for the agent that sets are created for."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        created = await client.create(appName=name)

    assert (created["errorCode"], created["entity"]["applicationId"]) == (0, 33)
