"""The endpoints that read the estate."""

import json

import pytest

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import signed_in


async def test_get_id_reports_unknown_names_under_404() -> None:
    """Known names have their ids all the same, and each unknown one has -32000."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        known = await client.json("GET", "GetId?clientname=client001&agent=File%20System&backupset=FS_Legacy_01")
        status, body = await client.call("GET", "GetId?clientname=client001&backupset=none")

    assert (known["clientId"], known["applicationId"]) == (2, 33)
    assert known["backupsetId"] > 0
    assert (status, json.loads(body)["clientId"], json.loads(body)["backupsetId"]) == (404, 2, -32000)


async def test_clients_and_sets_are_found_by_name() -> None:
    """The documented byName paths read a client and delete a set."""
    path = "Backupset/byName(clientName='client001',appName='File%20System',backupsetName='FS_Legacy_01')"
    async with Simulator() as simulator, signed_in(simulator) as client:
        found = await client.json("GET", "Client/byName(clientName='CLIENT001')")
        deleted = await client.json("DELETE", path)
        names = await client.names()

    assert found["clientProperties"][0]["client"]["clientEntity"]["clientId"] == 2
    assert deleted["response"][0]["errorCode"] == 0
    assert names == ["defaultBackupSet"] * 3


async def test_a_retired_client_is_listed_and_cannot_be_used() -> None:
    """GET Client lists it, its id gives errorCode 4, and no set can be created on it."""
    async with (
        Simulator(SimulatorSettings(retired_clients=("Client002",))) as simulator,
        signed_in(simulator) as client,
    ):
        listed = await client.json("GET", "Client")
        entities = [each["client"]["clientEntity"] for each in listed["clientProperties"]]
        one = await client.json("GET", "Client/3")
        made = await client.create(clientName="client002")

    assert ("client002", 3) in [(each["clientName"], each["clientId"]) for each in entities]
    assert (one["errorCode"], made["errorCode"]) == (4, 1)


async def test_agents_and_instances_of_a_client_are_listed() -> None:
    """Each agent once, and every instance."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        agents = await client.json("GET", "Agent?clientId=2")
        one = await client.json("GET", "Agent?clientName=client001&applicationId=81")
        instances = await client.json("GET", "Instance?clientId=2")

    assert [each["idaEntity"]["appName"] for each in agents["agentProperties"]] == ["File System", "SQL Server"]
    assert [each["idaEntity"]["applicationId"] for each in one["agentProperties"]] == [81]
    assert [each["instance"]["instanceName"] for each in instances["instanceProperties"]] == [
        "DefaultInstanceName",
        r"CLIENT001\SQLEXPRESS",
        "DefaultInstanceName",
    ]


@pytest.mark.parametrize("path", ["Agent", "Instance", "Subclient"])
async def test_an_unknown_client_has_nothing(path: str) -> None:
    """The reply is a list without entries."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        reply = await client.json("GET", f"{path}?clientName=nobody")

    assert list(reply.values()) == [[]]


async def test_every_set_has_a_default_subclient() -> None:
    """A new one too."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        created = (await client.create())["entity"]["backupsetId"]
        reply = await client.json("GET", f"Subclient?clientId=2&backupsetId={created}")

    (only,) = reply["subClientProperties"]
    assert (only["subClientEntity"]["subclientName"], only["subClientEntity"]["backupsetId"]) == ("default", created)
