"""The endpoints that read the estate."""

import json
from typing import Any

import pytest

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import signed_in


def _is_deleted(properties: dict[str, Any]) -> bool:
    return properties["clientProps"].get("IsDeletedClient") is True


async def test_get_id_reports_unknown_names_under_404() -> None:
    """Known names have their ids all the same, and each unknown one has -32000."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        known = await client.json("GET", "GetId?clientname=client001&agent=File%20System&backupset=FS_Legacy_01")
        status, body = await client.call("GET", "GetId?clientname=client001&backupset=none")

    assert (known["clientId"], known["applicationId"]) == (2, 33)
    assert known["backupsetId"] > 0
    assert (status, json.loads(body)["clientId"], json.loads(body)["backupsetId"]) == (404, 2, -32000)


async def test_get_id_gives_the_id_of_every_name_that_is_asked_for() -> None:
    """Each narrows what the next is looked for in; a platform's own name of the agent will do."""
    path = "GetId?clientname=CLIENT002&agent={}&instanceName=defaultinstancename&backupset=FS_Legacy_01&subclient={}"
    async with Simulator() as simulator, signed_in(simulator) as client:
        number = next(row.id for row in simulator.backupsets() if (row.client_id, row.name) == (3, "FS_Legacy_01"))
        known = await client.json("GET", path.format("Linux%20File%20System", "default"))
        status, body = await client.call("GET", path.format("Oracle", "default"))
        other, answer = await client.call("GET", path.format("File%20System", "weekly"))
        no_instance, nowhere = await client.call("GET", "GetId?clientname=client002&instanceName=none")

    assert known == {
        "clientName": "CLIENT002",
        "clientId": 3,
        "appName": "Linux File System",
        "applicationId": 29,
        "instanceName": "defaultinstancename",
        "instanceId": 1,
        "backupsetName": "FS_Legacy_01",
        "backupsetId": number,
        "subclientName": "default",
        "subclientId": number,
    }
    missing = json.loads(body)
    assert (status, other, no_instance) == (404, 404, 404)
    assert [missing[key] for key in ("clientId", "applicationId", "instanceId", "backupsetId", "subclientId")] == [
        3,
        *[-32000] * 4,
    ]
    assert (json.loads(answer)["backupsetId"], json.loads(answer)["subclientId"]) == (number, -32000)
    assert json.loads(nowhere)["instanceId"] == -32000


@pytest.mark.parametrize(
    ("version", "release", "pack"),
    [("11.36.0", "11.0", 36), ("11 SP16", "11.0", 16), ("11.0 SP20.32", "11.0", 20), ("12", "12.0", 0), ("", "0.0", 0)],
)
async def test_the_commserve_says_its_version(version: str, release: str, pack: int) -> None:
    """In the forms that the vendor's SDK understands."""
    async with Simulator(SimulatorSettings(commserve_version=version)) as simulator, signed_in(simulator) as client:
        reply = await client.json("GET", "CommServ")

    assert (reply["csVersionInfo"], reply["releaseName"], reply["currentSPVersion"]) == (version, release, pack)
    assert {"commCellName", "commCellId", "csGUID"} <= set(reply["commcell"])


@pytest.mark.parametrize("path", ["Plan", "V2/Plan", "v2/plan"])
async def test_plans_are_listed(path: str) -> None:
    """By id and name, at both paths."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        plans = (await client.json("GET", path))["plans"]

    assert [(each["plan"]["planId"], each["plan"]["planName"]) for each in plans] == [
        (1, "Gold"),
        (2, "Silver"),
        (3, "Bronze"),
    ]


async def test_the_list_of_clients_has_the_names_that_lists_of_sets_display() -> None:
    """Where these are others than their names."""
    async with Simulator(SimulatorSettings(display_names=True)) as simulator, signed_in(simulator) as client:
        clients = (await client.json("GET", "Client"))["clientProperties"]
        listed = (await client.json("GET", "Backupset?clientId=2"))["backupsetProperties"]

    entity = clients[0]["client"]["clientEntity"]
    assert (entity["clientName"], entity["displayName"]) == ("client001", "client001 (2)")
    assert listed[0]["backupSetEntity"]["clientName"] == "client001 (2)"


async def test_agents_and_instances_bear_the_name_of_their_platform() -> None:
    """And its id, by which a list of agents or sets can be narrowed; Windows has the name of a create."""
    names = {}
    async with Simulator() as simulator, signed_in(simulator) as client:
        for number in (2, 3):
            (agent, *_) = (await client.json("GET", f"Agent?clientId={number}"))["agentProperties"]
            (instance, *_) = (await client.json("GET", f"Instance?clientId={number}"))["instanceProperties"]
            app_id = agent["idaEntity"]["applicationId"]
            one = (await client.json("GET", f"Agent?clientId={number}&applicationId={app_id}"))["agentProperties"]
            sets = await client.json("GET", f"Backupset?clientId={number}&applicationId={app_id}")
            subclients = (await client.json("GET", f"Subclient?clientId={number}"))["subClientProperties"]
            entities = agent["idaEntity"], instance["instance"], subclients[0]["subClientEntity"]
            names[number] = [(each["appName"], each["applicationId"]) for each in entities]
            assert (len(one), len(sets["backupsetProperties"])) == (1, 2)

    assert names == {
        2: [("File System", 33), ("File System", 33), ("Windows File System", 33)],
        3: [("Linux File System", 29)] * 3,
    }


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
    marked = [each["client"]["clientEntity"]["clientId"] for each in listed["clientProperties"] if _is_deleted(each)]
    assert marked == [3]
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
