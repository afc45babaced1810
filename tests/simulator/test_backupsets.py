"""The endpoints for backup sets: the fields of a request, and the form of a reply."""

import json
from xml.etree import ElementTree as ET

import pytest

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import create_body, signed_in

SAMPLE_REQUEST = b"""<App_CreateBackupSetRequest>
   <association>
     <entity>
       <appName>File System</appName>
       <backupsetName>FS_Backup_01</backupsetName>
       <clientName>client001</clientName>
       <instanceName>DefaultInstanceName</instanceName>
     </entity>
   </association>
 </App_CreateBackupSetRequest>"""


async def test_the_vendors_sample_request_gets_the_vendors_sample_reply() -> None:
    """The XML of the vendor's page is answered with the attributes of its first sample, id 931 included."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        status, body = await client.call("POST", "Backupset", SAMPLE_REQUEST, accept="application/xml")

    root = ET.fromstring(body)  # noqa: S314 - the simulator's own reply
    assert (status, root.tag) == (200, "App_GenericResponse")
    assert root[0].attrib == {"errorCode": "0"}
    assert root[0][0].attrib == {
        "_type_": "ROOT_ENTITY",
        "applicationId": "33",
        "backupsetId": "931",
        "clientId": "2",
        "clientSidePackage": "true",
        "consumeLicense": "true",
        "type": "GALAXY",
    }


@pytest.mark.parametrize("body", [None, {}, b"<a>", {"association": {"entity": []}}])
async def test_a_body_that_is_no_request_is_http_400(body: object) -> None:
    """The vendor's sentence comes back as plain text."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        status, answer = await client.call("POST", "Backupset", body)

    assert (status, answer) == (400, b"Request body is empty or format is invalid.")


async def test_plan_and_on_demand_are_stored() -> None:
    """Both optional fields come back when the set is read."""
    body = create_body() | {
        "backupSetInfo": {"commonBackupSet": {"onDemandBackupset": True}, "planEntity": {"planName": "gold"}}
    }
    async with Simulator() as simulator, signed_in(simulator) as client:
        made = await client.json("POST", "Backupset", body)
        number = made["response"][0]["entity"]["backupsetId"]
        read = (await client.json("GET", f"Backupset/{number}"))["backupsetProperties"][0]

    assert read["commonBackupSet"]["onDemandBackupset"] is True
    assert read["planEntity"]["planName"] == "Gold"


@pytest.mark.parametrize(
    ("form", "expected"),
    [("missing", (200, {})), ("empty", (200, {"backupsetProperties": []})), ("204", (204, None)), ("404", (404, None))],
)
async def test_an_empty_listing_takes_the_form_that_is_set(form: str, expected: tuple[int, object]) -> None:
    """Real servers answer in several ways, so each can be rehearsed."""
    settings = SimulatorSettings(clients=1, empty_list=form)  # type: ignore[arg-type] # one of the four forms
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        status, body = await client.call("GET", "Backupset?clientName=nobody")

    assert (status, json.loads(body) if body else None) == expected


async def test_a_body_with_two_entities_is_http_400() -> None:
    """More than one set in a create is documented nowhere."""
    entity = create_body()["association"]["entity"][0]
    async with Simulator() as simulator, signed_in(simulator) as client:
        status, _ = await client.call("POST", "Backupset", {"association": {"entity": [entity, entity]}})

    assert status == 400


@pytest.mark.parametrize(
    ("value", "on_demand"), [(True, True), ("True", True), ("1", True), (False, False), ("", False)]
)
async def test_on_demand_has_several_spellings(value: object, on_demand: bool) -> None:
    """A JSON boolean, the words of the XML template, and the 1 of old SDKs."""
    body = create_body() | {"backupSetInfo": {"commonBackupSet": {"onDemandBackupset": value}}}
    async with Simulator() as simulator, signed_in(simulator) as client:
        await client.json("POST", "Backupset", body)
        created = [row.on_demand for row in simulator.backupsets() if row.name == "FS_Backup_01"]

    assert created == [on_demand]


async def test_a_listing_is_filtered_by_agent_and_instance() -> None:
    """The client is given by name or by id; applicationId and instanceId narrow the listing."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        expressions = ("clientName=CLIENT001", "clientId=2", "clientId=2&applicationId=81", "clientId=2&instanceId=1")
        listings = [await client.json("GET", f"Backupset?{expression}") for expression in expressions]

    counts = [len(listing["backupsetProperties"]) for listing in listings]
    assert counts == [4, 4, 2, 2]


async def test_a_listing_without_a_client_is_http_400() -> None:
    """No client asks for the sets of all clients at once."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        status, _ = await client.call("GET", "Backupset")

    assert status == 400
