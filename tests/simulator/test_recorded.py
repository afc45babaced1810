"""The simulator beside real servers: key by key and type by type, it answers as they were recorded."""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from bulkprov.simulator import EstateSet, Refusal, Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, create_body, signed_in

RECORDED = Path(__file__).parents[1] / "golden" / "recorded"
FILES = sorted(RECORDED.glob("*.json"))

Ask: TypeAlias = Callable[[PlainClient], Awaitable[tuple[int, bytes]]]

ESTATE = (
    EstateSet(client="windows"),
    EstateSet(client="linux"),
    EstateSet(client="vmware", app="Virtual Server", instance="VMware"),
    EstateSet(client="gone"),
)
"""Ids decide about platforms: the first client has Windows, the second Linux."""
SETTINGS = SimulatorSettings(estate=ESTATE, retired_clients=("gone",))
REFUSING = SimulatorSettings(estate=ESTATE, refusal_status=500)
CONFLICTING = SimulatorSettings(estate=ESTATE, duplicate_status=409, duplicate_code=3)


def get(path: str) -> Ask:
    """A read."""
    return lambda client: client.call("GET", path)


async def create(client: PlainClient) -> tuple[int, bytes]:
    """A create with the field that the recorded request had beside those of the manual."""
    return await client.call("POST", "Backupset", create_body(clientName="windows", subclientName="default"))


async def create_again(client: PlainClient) -> tuple[int, bytes]:
    """A second create of the same set."""
    await create(client)
    return await create(client)


async def update(client: PlainClient) -> tuple[int, bytes]:
    """The recorded request for a plan."""
    number = json.loads((await create(client))[1])["response"][0]["entity"]["backupsetId"]
    plan = {"backupsetProperties": {"planEntity": {"_type_": 158, "planName": "Gold", "planId": 1}}}
    return await client.call("POST", f"Backupset/{number}", plan)


async def delete(client: PlainClient) -> tuple[int, bytes]:
    """A delete of what was created."""
    number = json.loads((await create(client))[1])["response"][0]["entity"]["backupsetId"]
    return await client.call("DELETE", f"Backupset/{number}")


async def log_in(client: PlainClient) -> tuple[int, bytes]:
    """A log-in."""
    return await client.call("POST", "Login", {"username": "admin", "password": "c2ltdWxhdG9y"})


async def instances(client: PlainClient) -> tuple[int, bytes]:
    """The instances of two clients, as the file has them together."""
    lists = [json.loads((await client.call("GET", f"Instance?clientId={number}"))[1]) for number in (2, 4)]
    entries = [each for listed in lists for each in listed["instanceProperties"]]
    return 200, json.dumps({"instanceProperties": entries}).encode()


ASKED: dict[str, tuple[SimulatorSettings, int, Ask]] = {
    "agents": (SETTINGS, 200, get("Agent?clientId=2")),
    "business-error-500": (
        REFUSING,
        500,
        lambda client: client.call("POST", "Backupset", create_body(clientName="nobody")),
    ),
    "clients": (SETTINGS, 200, get("Client")),
    "create": (SETTINGS, 200, create),
    "delete": (SETTINGS, 200, delete),
    "duplicate-409": (CONFLICTING, 409, create_again),
    "instances": (SETTINGS, 200, instances),
    "listing": (SETTINGS, 200, get("Backupset?clientId=2")),
    "listing-linux": (SETTINGS, 200, get("Backupset?clientName=linux")),
    "login": (SETTINGS, 200, log_in),
    "properties": (SETTINGS, 200, get("Backupset/1")),
    "update": (SETTINGS, 200, update),
}
"""How each file is asked for: settings, status, request."""

NOT_SERVED = {
    "create-subclient": "bulkprov makes no subclients, and no client that the simulator serves does",
    "internal-error-500": "it is a fault, `internal-error`: see test_faults",
}
"""Why the simulator does not answer a request."""

CUT = "it stands in the reply that the file was cut from"
NEEDED = "cvpysdk 11.44 needs it"
MORE = {
    "clients": {
        "clientProperties[].client.clientEntity.displayName": NEEDED,
        "clientProperties[].client.clientEntity.hostName": NEEDED,
        "clientProperties[].client.clientEntity.clientGUID": "recorded in the answer to another GET Client",
    },
    "instances": {
        "instanceProperties[].instanceActivityControl": CUT,
        "instanceProperties[].virtualServerInstance": CUT,
        "instanceProperties[].mssqlInstance": NEEDED,
        "instanceProperties[].oracleInstance": NEEDED,
    },
    "login": dict.fromkeys(
        (
            "capability",
            "errList",
            "forcePasswordChange",
            "isAccountLocked",
            "ownerOrganization",
            "providerOrganization",
        ),
        CUT,
    ),
    "properties": {
        "backupsetProperties[].indexSettings": CUT,
        "backupsetProperties[].commonBackupSet.isDefaultBackupSet": f"{CUT}, and {NEEDED}",
    },
}
"""Keys that are answered beside those of a file, and why."""


def types(tree: Any) -> dict[str, set[str]]:
    """The types at every path of a tree; `[]` stands for all entries of a list."""
    found: defaultdict[str, set[str]] = defaultdict(set)

    def walk(value: Any, path: str) -> None:
        found[path].add(type(value).__name__)
        if isinstance(value, dict):
            for key, child in value.items():
                walk(child, f"{path}.{key}".removeprefix("."))
        elif isinstance(value, list):
            for child in value:
                walk(child, f"{path}[]")

    walk(tree, "")
    return dict(found)


async def asked(settings: SimulatorSettings, ask: Ask) -> tuple[int, Any]:
    """The status and the tree of an answer."""
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        status, body = await ask(client)
    return status, json.loads(body)


def test_every_recorded_reply_is_asked_for_or_has_a_reason() -> None:
    """A file that is added is compared too."""
    assert {each.stem for each in FILES} == set(ASKED) | set(NOT_SERVED)
    assert not set(ASKED) & set(NOT_SERVED)


@pytest.mark.parametrize("name", ASKED)
async def test_the_answer_has_the_recorded_keys_and_types(name: str) -> None:
    """All of them at every path, and no others but those that are named with a reason."""
    settings, expected, ask = ASKED[name]
    recorded = types(json.loads((RECORDED / f"{name}.json").read_bytes()))
    status, tree = await asked(settings, ask)
    answered = types(tree)

    assert status == expected
    assert {path: answered.get(path) for path in recorded} == recorded
    more = tuple(MORE.get(name, ()))
    others = [path for path in answered if path not in recorded]
    assert [path for path in others if not path.startswith(more)] == []
    assert [path for path in more if path not in answered] == [], "a reason without a key"


@pytest.mark.parametrize("name", ["create", "delete", "update"])
async def test_what_is_the_same_in_every_recorded_write_is_answered_as_it_is(name: str) -> None:
    """All but the ids: exitval, the numeric types, srmReportSet; and in a delete the ids too, which are 0."""
    settings, _, ask = ASKED[name]
    recorded = json.loads((RECORDED / f"{name}.json").read_bytes())
    _, tree = await asked(settings, ask)

    if name != "delete":
        tree["response"][0]["entity"]["backupsetId"] = recorded["response"][0]["entity"]["backupsetId"]
    assert tree == recorded


async def test_a_create_in_xml_has_words_where_json_has_numbers() -> None:
    """As in the manual's sample, which has no processing instruction either."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        _, made = await client.call("POST", "Backupset", create_body(), accept="application/xml")
        _, listed = await client.call("GET", "Backupset?clientId=2", accept="application/xml")

    created, listing = ET.fromstring(made), ET.fromstring(listed)  # noqa: S314 - the simulator's own replies
    entity = created.find("response/entity")
    assert entity is not None
    assert (entity.get("_type_"), entity.get("type")) == ("ROOT_ENTITY", "GALAXY")
    assert [each.tag for each in created] == ["response"]
    assert {each.get("_type_") for each in listing.iter("backupSetEntity")} == {"BACKUPSET_ENTITY"}


async def test_a_logout_is_answered_in_plain_text_and_json_names_its_charset() -> None:
    """Body and content types as they were recorded."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        headers = {"Authtoken": client.token, "Accept": "application/json"}
        async with client.http.get(f"{simulator.url}/Client", headers=headers) as answer:
            kind = answer.headers["Content-Type"]
        async with client.http.post(f"{simulator.url}/Logout", headers=headers) as answer:
            assert (await answer.read(), answer.headers["Content-Type"]) == (
                b"User logged out",
                "text/plain; charset=utf-8",
            )

    assert kind == "application/json; charset=utf-8"


async def test_a_set_is_listed_under_another_agent_name_than_it_was_created_under() -> None:
    """On Windows and on Linux, by name and id; a read by id has the name of the create where there is Windows."""
    names = {}
    async with Simulator(SETTINGS) as simulator, signed_in(simulator) as client:
        for name in ("windows", "linux"):
            made = await client.create(clientName=name)
            listed = (await client.json("GET", f"Backupset?clientName={name}"))["backupsetProperties"][-1]
            number = made["entity"]["backupsetId"]
            read = (await client.json("GET", f"Backupset/{number}"))["backupsetProperties"][0]
            entities = listed["backupSetEntity"], read["backupSetEntity"]
            names[name] = [(each["appName"], each["applicationId"]) for each in entities]
            assert [each["backupsetId"] for each in entities] == [number] * 2
            assert made["entity"]["applicationId"] == entities[0]["applicationId"]

    assert names == {
        "windows": [("Windows File System", 33), ("File System", 33)],
        "linux": [("Linux File System", 29)] * 2,
    }


async def test_the_older_guesses_are_a_setting() -> None:
    """Words in place of numbers, no processing instruction, and `commonBackupSet` in every list."""
    settings = SimulatorSettings(clients=1, replies="guessed", spelling="documented", refusal_status=500)
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        made = await client.json("POST", "Backupset", create_body())
        listed = (await client.json("GET", "Backupset?clientId=2"))["backupsetProperties"][0]
        status, refused = await client.call("POST", "Backupset", create_body())

    assert list(made) == ["response"]
    assert made["response"][0]["entity"]["_type_"] == "ROOT_ENTITY"
    assert set(listed) == {"backupSetEntity", "commonBackupSet", "planEntity"}
    assert listed["backupSetEntity"]["appName"] == "File System"
    assert (status, json.loads(refused)["response"][0]["errorCode"]) == (500, 2)


async def test_a_property_level_adds_what_the_sdk_needs() -> None:
    """Without one a listing has no `commonBackupSet`; the description is in none of them unless a setting says so."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        bare = (await client.json("GET", "Backupset?clientId=2"))["backupsetProperties"][0]
        more = (await client.json("GET", "Backupset?clientId=2&propertyLevel=10"))["backupsetProperties"][0]

    assert "commonBackupSet" not in bare
    assert more["commonBackupSet"] == {"isDefaultBackupSet": True, "onDemandBackupset": False}


async def test_the_time_in_a_listing_is_that_of_the_create() -> None:
    """In seconds, by the simulator's clock; that of the estate's sets is its start."""
    now = 1_700_000_000.0
    async with Simulator(SimulatorSettings(clients=1), clock=lambda: now) as simulator, signed_in(simulator) as client:
        now += 1_000.9
        await client.create()
        listed = (await client.json("GET", "Backupset?clientId=2"))["backupsetProperties"]

    assert [listed[0]["modifiedTime"], listed[-1]["modifiedTime"]] == [1_700_000_000, 1_700_001_000]


async def test_the_plan_is_in_the_listing() -> None:
    """With its id and its name; without a plan, `planEntity` is empty."""
    body = create_body() | {"backupSetInfo": {"planEntity": {"planName": "gold"}}}
    async with Simulator() as simulator, signed_in(simulator) as client:
        await client.json("POST", "Backupset", body)
        listed = (await client.json("GET", "Backupset?clientId=2"))["backupsetProperties"]

    assert [listed[0]["planEntity"], listed[-1]["planEntity"]] == [{}, {"planId": 1, "planName": "Gold"}]


async def test_xml_is_answered_where_no_accept_is_sent() -> None:
    """And JSON to whoever takes anything."""
    kinds = []
    async with Simulator() as simulator, signed_in(simulator) as client:
        for accept in (None, "*/*"):
            skipped = ["Accept"] if accept is None else []
            async with aiohttp.ClientSession(skip_auto_headers=skipped) as http:
                headers = {"Authtoken": client.token} | ({"Accept": accept} if accept else {})
                async with http.get(f"{simulator.url}/Client", headers=headers) as answer:
                    kinds.append(answer.content_type)

    assert kinds == ["application/xml", "application/json"]


async def test_a_token_passes_in_cookie2() -> None:
    """Where older clients send it; a log-out ends that session too."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        bare = PlainClient(client.http, client.url)
        statuses = [
            (await bare.call(method, path, Cookie2=client.token))[0]
            for method, path in (("GET", "Client"), ("POST", "Logout"), ("GET", "Client"))
        ]

    assert statuses == [200, 200, 401]


REASONS: dict[str, dict[str, str]] = {
    "unknown-client": {"clientName": "nobody"},
    "unknown-agent": {"appName": "Notepad"},
    "unknown-instance": {"instanceName": "none"},
    "empty-name": {"backupsetName": " "},
    "long-name": {"backupsetName": "x" * 11},
    "duplicate": {"backupsetName": "defaultBackupSet"},
}
"""What is refused for which reason."""


@pytest.mark.parametrize("shape", ["response", "top"])
@pytest.mark.parametrize("reason", REASONS)
async def test_each_refusal_of_a_create_can_be_told(reason: str, shape: Any) -> None:
    """Status, code, words and the place where they stand."""
    refusals: Any = {reason: Refusal(418, 77, "No.", shape)}
    settings = SimulatorSettings(name_length=10, refusals=refusals)
    if reason == "duplicate":
        settings = SimulatorSettings(refusals=refusals)
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        status, body = await client.call("POST", "Backupset", create_body(**REASONS[reason]))

    tree = json.loads(body)
    said = tree if shape == "top" else tree["response"][0]
    words = "errorMessage" if shape == "top" else "errorString"
    assert (status, said["errorCode"], said[words]) == (418, 77, "No.")


async def test_an_unknown_plan_and_deletes_are_refused_as_told() -> None:
    """The remaining reasons; without a text there is none."""
    refusals: Any = {name: Refusal(200, 70 + n, "") for n, name in enumerate(("unknown-plan", "default-set"))}
    refusals["no-such-set"] = Refusal(404, 79, "Gone.", "top")
    async with Simulator(SimulatorSettings(refusals=refusals)) as simulator, signed_in(simulator) as client:
        plan = create_body() | {"backupSetInfo": {"planEntity": {"planName": "Platinum"}}}
        planned = (await client.json("POST", "Backupset", plan))["response"][0]
        default = (await client.json("DELETE", "Backupset/1"))["response"][0]
        gone = await client.call("DELETE", "Backupset/4711")

    assert (planned["errorCode"], default["errorCode"]) == (70, 71)
    assert "errorString" not in planned
    assert (gone[0], json.loads(gone[1])) == (404, {"errorMessage": "Gone.", "errorCode": 79})


async def test_a_status_over_all_refusals_leaves_that_of_a_duplicate_alone() -> None:
    """Where that has one of its own."""
    settings = SimulatorSettings(refusal_status=500, duplicate_status=409, duplicate_code=3)
    async with Simulator(settings) as simulator, signed_in(simulator) as client:
        statuses = [
            (await client.call("POST", "Backupset", create_body(**entity)))[0]
            for entity in ({}, {}, {"clientName": "nobody"})
        ]
        statuses.append((await client.call("DELETE", "Backupset/4711"))[0])

    assert statuses == [200, 409, 500, 500]
