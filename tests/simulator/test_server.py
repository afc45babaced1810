"""The simulator over real sockets, driven by a plain HTTP client."""

import asyncio
import json
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from bulkprov.errors import ServerError, SettingsError, StorageError
from bulkprov.simulator import RequestKind, Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, create_body, log_in, signed_in

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

    root = ET.fromstring(body)  # noqa: S314 - the simulator's own words
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


async def test_an_unknown_client_is_refused_as_in_the_vendors_second_sample() -> None:
    """It says errorCode 1, the documented text and id 0, with HTTP 200."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        answer = await client.create(clientName="nobody")

    assert (answer["errorCode"], answer["entity"]["backupsetId"]) == (1, 0)
    assert answer["errorString"] == "DB error: please refer to logs for more details."


async def test_a_set_is_made_once_and_refused_the_second_time() -> None:
    """Names are compared without case, as the vendor's SDK relies on."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        first = await client.create()
        second = await client.create(clientName="CLIENT001", appName="file system", backupsetName="fs_backup_01")
        names = await client.names()

    assert (first["errorCode"], second["errorCode"], second["entity"]["backupsetId"]) == (0, 2, 0)
    assert names.count("FS_Backup_01") == 1


async def test_duplicates_are_made_when_they_are_not_refused() -> None:
    """A server that does not mind gives a second set of the same name its own id."""
    async with Simulator(SimulatorSettings(refuse_duplicates=False)) as simulator, signed_in(simulator) as client:
        ids = [(await client.create())["entity"]["backupsetId"] for _ in range(2)]
        names = await client.names()

    assert ids[0] != ids[1]
    assert names.count("FS_Backup_01") == 2


@pytest.mark.parametrize(
    "entity",
    [{"appName": "Filesystem"}, {"backupsetName": " "}, {"instanceName": "none"}, {"appName": "NAS"}],
    ids=["no such agent", "empty name", "no such instance", "agent not on the client"],
)
async def test_what_cannot_be_made_is_refused_in_words(entity: dict[str, str]) -> None:
    """A refusal is HTTP 200 with an errorCode and an errorString, and nothing is made."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        before = simulator.backupsets()
        answer = await client.create(**entity)

        assert simulator.backupsets() == before
    assert answer["errorCode"] == 2
    assert answer["errorString"]


async def test_plan_and_on_demand_are_kept() -> None:
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


async def test_an_unknown_plan_is_refused() -> None:
    """No set is made without the plan that was asked for."""
    body = create_body() | {"backupSetInfo": {"planEntity": {"planName": "Platinum"}}}
    async with Simulator() as simulator, signed_in(simulator) as client:
        answer = await client.json("POST", "Backupset", body)
        names = await client.names()

    assert answer["response"][0]["errorCode"] == 2
    assert "FS_Backup_01" not in names


async def test_a_deleted_set_is_gone() -> None:
    """Deleting works once; the second time there is nothing to delete."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        number = (await client.create())["entity"]["backupsetId"]
        codes = [(await client.json("DELETE", f"Backupset/{number}"))["response"][0]["errorCode"] for _ in range(2)]
        names = await client.names()

    assert codes == [0, 2]
    assert "FS_Backup_01" not in names


@pytest.mark.parametrize("body", [None, {}, b"<a>", {"association": {"entity": []}}])
async def test_a_body_that_is_no_request_is_http_400(body: object) -> None:
    """The vendor's bare sentence comes back, not a reply of any format."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        status, answer = await client.call("POST", "Backupset", body)

    assert (status, answer) == (400, b"Request body is empty or format is invalid.")


@pytest.mark.parametrize(
    "path",
    ["Backupset", "backupset", "/BACKUPSET", "//Backupset/"],
)
@pytest.mark.parametrize("root", ["", "/commandcenter/api", "/webconsole/api", "/SearchSvc/CVWebService.svc"])
async def test_the_service_is_at_every_root_path_and_in_any_case(root: str, path: str) -> None:
    """Case and doubled slashes do not matter, and all documented root paths lead to the same service."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        base = simulator.url.removesuffix("/commandcenter/api")
        elsewhere = PlainClient(client.http, base + root, client.token)
        answer = await elsewhere.json("POST", path, create_body())

    assert answer["response"][0]["errorCode"] == 0


async def test_a_wrong_password_is_http_200_without_a_token() -> None:
    """The refusal is in errList, as the vendor's SDK expects it."""
    async with Simulator() as simulator, aiohttp.ClientSession() as http:
        answer = await PlainClient(http, simulator.url).json("POST", "Login", {"username": "admin", "password": "eA=="})

    assert "token" not in answer
    assert answer["errList"][0]["errLogMessage"]


async def test_without_a_good_token_every_call_is_denied() -> None:
    """401 with the documented body."""
    async with Simulator() as simulator, aiohttp.ClientSession() as http:
        status, body = await PlainClient(http, simulator.url, "QSDK 00").call("GET", "Client")

    assert (status, json.loads(body)) == (401, {"errorMessage": "Access denied", "errorCode": 5})


async def test_an_idle_token_dies_and_is_renewed_for_its_own_device() -> None:
    """The idle life is counted from the last use, and RenewLoginToken asks for the device of the log-in."""
    now = 1_000_000.0
    async with Simulator(clock=lambda: now) as simulator, aiohttp.ClientSession() as http:
        plain = PlainClient(http, simulator.url)
        fields = {"username": "admin", "password": "c2ltdWxhdG9y", "deviceId": "here"}
        token = (await plain.json("POST", "Login", fields))["token"]
        client = PlainClient(http, simulator.url, token)
        statuses = []
        for idle in (29 * 60, 29 * 60, 31 * 60):
            now += idle
            statuses.append((await client.call("GET", "Client"))[0])
        wrong = await plain.json("POST", "RenewLoginToken", {"sessionId": token, "deviceId": "there"})
        right = await plain.json("POST", "RenewLoginToken", {"sessionId": token, "deviceId": "here"})
        renewed = PlainClient(http, simulator.url, right["token"])

        assert (await renewed.call("GET", "Client"))[0] == 200
    assert statuses == [200, 200, 401]
    assert wrong["error"]["errLogMessage"]


async def test_a_token_is_dead_after_logout() -> None:
    """Logout answers in plain text."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        status, body = await client.call("POST", "Logout")
        after, _ = await client.call("GET", "Client")

    assert (status, body, after) == (200, b"User logged out", 401)


async def test_an_access_token_passes_as_bearer() -> None:
    """A token from the settings is taken in Authorization."""
    async with (
        Simulator(SimulatorSettings(access_tokens=("secret",))) as simulator,
        aiohttp.ClientSession() as http,
    ):
        status, _ = await PlainClient(http, simulator.url).call("GET", "Client", Authorization="Bearer secret")

    assert status == 200


async def test_a_retired_client_is_listed_and_cannot_be_used() -> None:
    """It is in GET Client, answers errorCode 4 by id, and refuses sets."""
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


async def test_a_client_can_be_retired_later(tmp_path: Path) -> None:
    """Retiring works on an estate that is there already, and a name that is not there is told."""
    state = tmp_path / "state.db"
    async with Simulator(SimulatorSettings(state=state)):
        pass
    retiring = SimulatorSettings(state=state, retired_clients=("client003",))
    async with Simulator(retiring) as simulator, signed_in(simulator) as client:
        made = await client.create(clientName="client003")

    assert made["errorCode"] == 1
    with pytest.raises(SettingsError, match="'nobody' cannot be retired"):
        await Simulator(SimulatorSettings(retired_clients=("nobody",))).start()


async def test_state_outlives_the_server(tmp_path: Path) -> None:
    """Sets and tokens are there again after a stop and a start on the same file."""
    settings = SimulatorSettings(state=tmp_path / "state.db")
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as http:
        token = await log_in(http, simulator.url)
        await PlainClient(http, simulator.url, token).create()
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as http:
        names = await PlainClient(http, simulator.url, token).names()

    assert "FS_Backup_01" in names


def _serve(path: Path, address: "multiprocessing.queues.Queue[str]") -> None:
    async def serve() -> None:
        async with Simulator(SimulatorSettings(state=path)) as simulator:
            address.put(simulator.url)
            await asyncio.Event().wait()

    asyncio.run(serve())


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's word")
async def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    """The answer comes after the commit, so a killed server has forgotten nothing that it said."""
    spawn = multiprocessing.get_context("spawn")
    address: multiprocessing.queues.Queue[str] = spawn.Queue()
    process = spawn.Process(target=_serve, args=(tmp_path / "state.db", address))
    process.start()
    try:
        async with aiohttp.ClientSession() as http:
            url = await asyncio.to_thread(address.get)
            client = PlainClient(http, url, await log_in(http, url))
            for number in range(20):
                await client.create(backupsetName=f"set{number}")
    finally:
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        address.close()

    async with Simulator(SimulatorSettings(state=tmp_path / "state.db")) as simulator:
        made = {row.name for row in simulator.backupsets()}
    assert made >= {f"set{number}" for number in range(20)}


async def test_statistics_are_on_a_page_of_their_own() -> None:
    """Requests by kind, connections, creates and refused duplicates, as JSON, without a token."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        await client.create()
        await client.create()
        root = PlainClient(client.http, simulator.url.removesuffix("/commandcenter/api"))
        page = await root.json("GET", "simulator/statistics")

    assert (page["connections"], page["creates"], page["duplicatesRefused"]) == (1, 1, 1)
    assert (page["requests"]["create"], page["requests"]["login"], page["requests"]["total"]) == (2, 1, 3)


async def test_a_stop_does_not_wait_for_requests_in_flight() -> None:
    """A request that would take minutes is cut off, and the server is gone at once."""
    arrived = asyncio.Event()

    class Arrivals:
        def choose(self, _kind: RequestKind, _content: bytes) -> None:
            arrived.set()

    async with aiohttp.ClientSession() as http:
        async with Simulator(SimulatorSettings(latency=600), fault_policy=Arrivals()) as simulator:
            asking = asyncio.ensure_future(http.get(simulator.url))
            await arrived.wait()
        with pytest.raises(aiohttp.ClientError):
            await asyncio.wait_for(asking, timeout=5)


async def test_two_simulators_live_side_by_side() -> None:
    """Each has its own port and its own memory."""
    async with Simulator() as one, Simulator() as two, signed_in(one) as client, signed_in(two) as other:
        await client.create()

        assert "FS_Backup_01" not in await other.names()
    assert one.port != two.port


async def test_a_taken_port_is_told_in_one_line() -> None:
    """The line names the address and the way out."""
    async with Simulator() as one:
        with pytest.raises(ServerError, match=f"cannot listen on 127.0.0.1:{one.port}"):
            await Simulator(SimulatorSettings(port=one.port)).start()


async def test_a_file_of_something_else_is_not_touched(tmp_path: Path) -> None:
    """A state file that is no simulator's is refused by name."""
    (tmp_path / "notes.txt").write_text("not a database, " * 100)

    with pytest.raises(StorageError, match=r"notes\.txt"):
        await Simulator(SimulatorSettings(state=tmp_path / "notes.txt")).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "example.com", "192.0.2.1"])  # noqa: S104 - refused, which is the claim
def test_only_loopback_is_served(host: str) -> None:
    """The simulator guards nothing, so it is not offered to others."""
    with pytest.raises(SettingsError, match="loopback only"):
        SimulatorSettings(host=host)
