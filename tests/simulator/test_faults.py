"""Every fault, by its name, as a plain socket sees it."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bulkprov.simulator import FAULTS, Effect, RequestKind, Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, create_body, signed_in
from tests.simulator.raw_http import Once, Seen, look, raw_request

NAME = "FS_Backup_01"
ELSEWHERE = "http://127.0.0.2:9/login"
QUICK = SimulatorSettings(clients=1, slow_seconds=0.1, hang_seconds=0.1, redirect_to=ELSEWHERE)


def _nothing(seen: Seen) -> bool:
    return seen.raw == b"" and not seen.reset


def _refused(seen: Seen) -> bool:
    return seen.status == 200 and seen.response == {"errorCode": 2}


CLAIMS: dict[str, Callable[[Seen], bool]] = {
    "drop-before": _nothing,
    "drop-after": _nothing,
    "reset-before": lambda seen: seen.raw == b"" and seen.reset,
    "reset-after": lambda seen: seen.raw == b"" and seen.reset,
    "silent-before": lambda seen: _nothing(seen) and seen.seconds >= 0.1,
    "silent-after": lambda seen: _nothing(seen) and seen.seconds >= 0.1,
    "slow": lambda seen: seen.made and seen.seconds >= 0.1,
    "stale-connection": lambda seen: seen.made,
    "late-commit": _nothing,
    "late-504": lambda seen: seen.status == 504,
    "truncated": lambda seen: len(seen.body) < seen.promised,
    "truncated-chunked": lambda seen: (
        "chunked" in seen.header("Transfer-Encoding") and not seen.raw.endswith(b"0\r\n\r\n")
    ),
    "truncated-silently": lambda seen: (
        seen.promised == -1 and seen.body.startswith(b'{"resp') and b"}]}" not in seen.body
    ),
    "empty": lambda seen: (seen.status, seen.body) == (200, b""),
    "rubbish": lambda seen: seen.status == 200 and seen.body.startswith(b"\x00\xff"),
    "maintenance": lambda seen: seen.status == 200 and b"<title>Scheduled Maintenance</title>" in seen.body,
    "html-after": lambda seen: seen.status == 200 and b"<title>Sign in</title>" in seen.body,
    "wrong-type": lambda seen: seen.made and "text/html" in seen.header("Content-Type"),
    "bad-charset": lambda seen: b"errorCode\xff" in seen.body,
    "deep": lambda seen: seen.body.count(b'{"response":') == 100_000,
    "long-number": lambda seen: b"9" * 5_000 in seen.body,
    "double-key": lambda seen: b'"errorCode":2,"errorCode":0' in seen.body,
    "not-a-number": lambda seen: b'"errorCode":NaN' in seen.body,
    "huge": lambda seen: len(seen.body) == seen.promised == 64 << 20,
    "gzip-bomb": lambda seen: (
        seen.header("Content-Encoding") == "gzip"
        and len(seen.body) < 1 << 20
        and len(gzip.decompress(seen.body)) == 64 << 20
    ),
    "not-http": lambda seen: seen.raw.startswith(b"SSH-2.0"),
    "long-header": lambda seen: seen.made and len(seen.header("X-Trace")) == 20_000,
    "many-headers": lambda seen: seen.made and seen.head.count(b"\r\nX-Trace-") == 500,
    "zero-id": lambda seen: seen.response["errorCode"] == 0 and seen.set_id == 0,
    "no-entity": lambda seen: seen.response == {"errorCode": 0},
    "other-id": lambda seen: seen.response["errorCode"] == 0 and seen.set_id == 7,
    "text-numbers": lambda seen: seen.response["errorCode"] == "0" and seen.set_id == "931",
    "hollow-success": lambda seen: seen.response["errorCode"] == 0 and seen.set_id == 0,
    "refused": _refused,
    "refused-outside": lambda seen: json.loads(seen.body)["errorCode"] == 2 and "response" not in json.loads(seen.body),
    "double-apply": lambda seen: seen.response["errorString"] == "Backup set already exists.",
    "slow-list": lambda seen: seen.made,
    "slow-list-drop": _nothing,
    "token-expired": lambda seen: seen.status == 401 and json.loads(seen.body)["errorCode"] == 5,
    "denied": lambda seen: seen.status == 401 and json.loads(seen.body)["errorCode"] == 5,
    "429-seconds": lambda seen: (seen.status, seen.header("Retry-After")) == (429, "1"),
    "429-date": lambda seen: seen.status == 429 and seen.header("Retry-After").endswith("GMT"),
    "429-period": lambda seen: (
        (seen.status, seen.header("X-RateLimit-Period"), seen.header("Retry-After")) == (429, "1", "")
    ),
    "429-bare": lambda seen: (seen.status, seen.header("Retry-After")) == (429, ""),
    "503-seconds": lambda seen: (seen.status, seen.header("Retry-After")) == (503, "1"),
    "503-date": lambda seen: seen.status == 503 and seen.header("Retry-After").endswith("GMT"),
    "redirect-after": lambda seen: (seen.status, seen.header("Location")) == (303, ELSEWHERE),
}
"""What each fault looks like to the one whom it strikes; those named after a status are told below."""


def _claim(name: str) -> Callable[[Seen], bool]:
    if name in CLAIMS:
        return CLAIMS[name]
    redirect = name.removeprefix("redirect-")
    if redirect != name:
        return lambda seen: (seen.status, seen.header("Location")) == (int(redirect), ELSEWHERE)
    return lambda seen: seen.status == int(name[:3])


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"drip"}))
async def test_a_fault_shows_on_the_wire_as_its_name_says(name: str) -> None:
    """The bytes, headers or end of the connection are those of the fault, and it is counted by its name."""
    async with Simulator(QUICK, fault_policy=Once(name)) as simulator:
        token = simulator.sessions.begin("here")
        seen = await look(simulator, raw_request("POST", "Backupset", token, create_body()))

        assert simulator.statistics.faults == {name: 1}
    assert _claim(name)(seen), seen.raw[:300]


async def test_a_drip_comes_byte_by_byte() -> None:
    """After the headers, one byte at a time arrives, and the next is not there yet."""
    async with Simulator(fault_policy=Once("drip")) as simulator:
        token = simulator.sessions.begin("here")
        reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
        writer.write(raw_request("POST", "Backupset", token, create_body()))
        await reader.readuntil(b"\r\n\r\n")
        pieces = [await reader.read(1 << 20) for _ in range(2)]
        writer.transport.abort()

    assert pieces == [b"{", b'"']


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if RequestKind.CREATE in fault.strikes])
async def test_the_effect_is_committed_before_the_fault_shows(name: str) -> None:
    """When the first byte or the end of the connection has come, the server's own record holds what was told of it."""
    async with Simulator(QUICK, fault_policy=Once(name)) as simulator:
        token = simulator.sessions.begin("here")
        reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
        writer.write(raw_request("POST", "Backupset", token, create_body()))
        with contextlib.suppress(ConnectionResetError):
            await reader.read(1)
        writer.transport.abort()
        made = NAME in [row.name for row in simulator.backupsets()]

    assert made == (FAULTS[name].effect in (Effect.NORMAL, Effect.UNLISTED, Effect.TWICE))
    assert made or "not processed" in FAULTS[name].description or "later" in FAULTS[name].description


@pytest.mark.parametrize("name", ["late-commit", "late-504"])
async def test_a_late_commit_comes_after_all(name: str, tmp_path: Path) -> None:
    """What was in the making when the server is told to stop is made before it stops."""
    settings = replace(QUICK, state=tmp_path / "state.db", late_seconds=600)
    async with Simulator(settings, fault_policy=Once(name)) as simulator:
        await look(simulator, raw_request("POST", "Backupset", simulator.sessions.begin("here"), create_body()))
        before = [row.name for row in simulator.backupsets()]
    async with Simulator(settings) as simulator:
        after = [row.name for row in simulator.backupsets()]

    assert (before.count(NAME), after.count(NAME)) == (0, 1)


@pytest.mark.parametrize("name", ["slow-list", "slow-list-drop"])
async def test_a_slow_list_shows_a_new_set_later(name: str) -> None:
    """The set is there, and the listing says so only when the time has passed."""
    now = 1_000_000.0
    async with (
        Simulator(QUICK, clock=lambda: now, fault_policy=Once(name)) as simulator,
        signed_in(simulator) as client,
    ):
        await look(simulator, raw_request("POST", "Backupset", client.token, create_body()))
        truth = [row.name for row in simulator.backupsets()]
        listed = []
        for passed in (0.0, 1.9, 0.2):
            now += passed
            listed.append(NAME in await client.names())

    assert NAME in truth
    assert listed == [False, False, True]


async def test_double_apply_makes_two_sets_where_duplicates_are_not_refused() -> None:
    """A request carried out twice leaves two sets, and tells the id of the second."""
    settings = replace(QUICK, refuse_duplicates=False)
    async with Simulator(settings, fault_policy=Once("double-apply")) as simulator, signed_in(simulator) as client:
        answer = await client.create()
        names = await client.names()

    assert (answer["entity"]["backupsetId"], names.count(NAME)) == (932, 2)


async def test_an_expired_token_stays_dead_and_a_denied_one_does_not() -> None:
    """After `token-expired` every request is denied until the token is renewed; `denied` is over at once."""
    statuses = {}
    for name in ("token-expired", "denied"):
        async with Simulator(QUICK, fault_policy=Once(name)) as simulator, signed_in(simulator) as client:
            statuses[name] = [(await client.call("POST", "Backupset", create_body()))[0] for _ in range(2)]

    assert statuses == {"token-expired": [401, 401], "denied": [401, 200]}


async def test_an_expired_access_token_is_dead_for_good() -> None:
    """A token that was given to the simulator can expire too, and then nothing is done for it."""
    settings = replace(QUICK, access_tokens=("secret",))
    async with Simulator(settings, fault_policy=Once("token-expired")) as simulator, aiohttp.ClientSession() as http:
        client = PlainClient(http, simulator.url)
        calls = [client.call("POST", "Backupset", create_body(), Authorization="Bearer secret") for _ in range(2)]
        statuses = [(await call)[0] for call in calls]

        assert NAME not in [row.name for row in simulator.backupsets()]
    assert statuses == [401, 401]


async def test_a_stale_connection_dies_without_a_word() -> None:
    """The answer keeps the connection alive, and then it is reset all the same."""
    async with Simulator(QUICK, fault_policy=Once("stale-connection")) as simulator:
        token = simulator.sessions.begin("here")
        request = raw_request("POST", "Backupset", token, create_body()).replace(b"Connection: close\r\n", b"")
        seen = await look(simulator, request)

    assert seen.made
    assert seen.header("Connection") != "close"
    assert seen.reset


@pytest.mark.parametrize("kind", [RequestKind.LIST, RequestKind.LOGIN])
@pytest.mark.parametrize("name", ["drop-before", "503-before", "429-seconds", "maintenance"])
async def test_reads_and_sign_in_go_wrong_too(name: str, kind: RequestKind) -> None:
    """A fault strikes whatever its table says, in the same shape."""
    requests = {
        RequestKind.LIST: ("GET", "Backupset?clientName=client001", None),
        RequestKind.LOGIN: ("POST", "Login", {"username": "admin", "password": "c2ltdWxhdG9y"}),
    }
    async with Simulator(QUICK, fault_policy=Once(name, kind)) as simulator:
        method, path, body = requests[kind]
        token = simulator.sessions.begin("here")
        seen = await look(simulator, raw_request(method, path, token, body))

    assert _claim(name)(seen)


async def test_faults_come_in_xml_too() -> None:
    """A reply that is edited stays in the format that was asked for."""
    async with Simulator(QUICK, fault_policy=Once("double-key")) as simulator:
        token = simulator.sessions.begin("here")
        seen = await look(simulator, raw_request("POST", "Backupset", token, create_body(), accept="application/xml"))

    assert b'<response errorCode="2" errorCode="0">' in seen.body


async def test_a_client_that_has_had_enough_does_no_harm() -> None:
    """When the client leaves in the midst of a huge body, the server goes on."""
    async with Simulator(QUICK, fault_policy=Once("huge")) as simulator:
        token = simulator.sessions.begin("here")
        reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
        writer.write(raw_request("POST", "Backupset", token, create_body()))
        await reader.read(1)
        writer.transport.abort()
        async with aiohttp.ClientSession() as http:
            assert NAME in await PlainClient(http, simulator.url, token).names()


def test_every_fault_has_a_sentence_of_its_own() -> None:
    """No two faults are described alike, so the help tells them apart."""
    sentences = [fault.description for fault in FAULTS.values()]

    assert sorted(set(sentences)) == sorted(sentences)
