"""Every fault by name, as a plain socket sees it."""

import asyncio
import contextlib
import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.simulator import FAULTS, Effect, RequestKind, Simulator, SimulatorSettings
from bulkprov.simulator.faults import table
from tests.simulator.http_client import create_body
from tests.simulator.policies import Strike
from tests.simulator.raw_http import Seen, look, raw_create, raw_request

GOLDEN = Path(__file__).parents[1] / "golden"
NAME = "FS_Backup_01"
ELSEWHERE = "http://127.0.0.2:9/login"
QUICK = SimulatorSettings(clients=1, slow_seconds=0.1, hang_seconds=0.1, redirect_to=ELSEWHERE)


def _nothing(seen: Seen) -> bool:
    return seen.raw == b"" and not seen.reset


def _refused(seen: Seen) -> bool:
    return seen.status == 200 and seen.response == {"errorCode": 2}


def _internal_error(seen: Seen) -> bool:
    recorded = json.loads((GOLDEN / "recorded" / "internal-error-500.json").read_bytes())
    return seen.status == 500 and bool(json.loads(seen.body) == recorded)


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
        seen.promised == -1 and seen.body.startswith(b'{"processing') and b"backupsetId" not in seen.body
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
    "internal-error": _internal_error,
    "internal-error-after": _internal_error,
    "refused-outside": lambda seen: json.loads(seen.body)["errorCode"] == 2 and "response" not in json.loads(seen.body),
    "double-apply": lambda seen: seen.response["errorString"] == "Backup set already exists.",
    "double-apply-first": lambda seen: seen.made,
    "double-apply-late": lambda seen: seen.made,
    "name-in-use-after": lambda seen: seen.status == 200 and seen.response["errorString"] == "Name in use.",
    "refused-after": _refused,
    "refused-late": _refused,
    "made-first": lambda seen: seen.response["errorString"] == "Backup set already exists.",
    "made-instead": lambda seen: seen.status == 500,
    "deleted-after": lambda seen: seen.made,
    "repeated-answer": lambda seen: seen.made,
    "previous-answer": lambda seen: seen.made,
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
"""What the client sees of each fault; for those named after a status, see `_claim`."""


def _claim(name: str) -> Callable[[Seen], bool]:
    if name in CLAIMS:
        return CLAIMS[name]
    redirect = name.removeprefix("redirect-")
    if redirect != name:
        return lambda seen: (seen.status, seen.header("Location")) == (int(redirect), ELSEWHERE)
    return lambda seen: seen.status == int(name[:3])


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"drip"}))
async def test_a_fault_shows_on_the_wire_as_its_name_says(name: str) -> None:
    """The bytes, headers or end of the connection match, and the fault is counted by its name."""
    async with Simulator(QUICK, fault_policy=Strike(name)) as simulator:
        seen = await look(simulator, raw_create(simulator))

        assert simulator.statistics.faults == {name: 1}
    assert _claim(name)(seen), seen.raw[:300]


async def test_a_drip_comes_byte_by_byte() -> None:
    """After the headers, one byte arrives at a time."""
    async with Simulator(fault_policy=Strike("drip")) as simulator:
        reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
        writer.write(raw_create(simulator))
        await reader.readuntil(b"\r\n\r\n")
        pieces = [await reader.read(1 << 20) for _ in range(2)]
        writer.transport.abort()

    assert pieces == [b"{", b'"']


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if RequestKind.CREATE in fault.strikes])
async def test_the_effect_is_committed_before_the_fault_shows(name: str) -> None:
    """Once the first byte or the end of the connection arrives, the set exists if the description says so."""
    async with Simulator(QUICK, fault_policy=Strike(name)) as simulator:
        reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
        writer.write(raw_create(simulator))
        with contextlib.suppress(ConnectionResetError):
            await reader.read(1)
        writer.transport.abort()
        made = NAME in [row.name for row in simulator.backupsets()]

    assert made == (FAULTS[name].effect not in (Effect.NONE, Effect.LATE, Effect.DELETED, Effect.TOKEN_EXPIRES))
    assert made or any(words in FAULTS[name].description for words in ("not processed", "later", "then deleted"))


async def test_a_stale_connection_is_reset_without_notice() -> None:
    """The response keeps the connection open, and then it is reset all the same."""
    async with Simulator(QUICK, fault_policy=Strike("stale-connection")) as simulator:
        request = raw_create(simulator).replace(b"Connection: close\r\n", b"")
        seen = await look(simulator, request)

    assert seen.made
    assert seen.header("Connection") != "close"
    assert seen.reset


async def test_a_repeated_answer_comes_unasked() -> None:
    """The same response arrives twice on a kept connection, one request after the other or not."""
    async with Simulator(QUICK, fault_policy=Strike("repeated-answer")) as simulator:
        reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
        writer.write(raw_create(simulator).replace(b"Connection: close\r\n", b""))
        bodies = [await _next_body(reader) for _ in range(2)]
        writer.transport.abort()

    assert bodies[0] == bodies[1]
    assert json.loads(bodies[0])["response"][0]["entity"]["backupsetId"] == 931


async def test_a_previous_answer_is_that_of_the_request_before() -> None:
    """The second create on a connection is answered with the id of the first, and both sets exist."""
    async with Simulator(QUICK, fault_policy=Strike("previous-answer", times=2)) as simulator:
        reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
        ids = []
        for name in ("one", "two"):
            writer.write(raw_create(simulator, name).replace(b"Connection: close\r\n", b""))
            ids.append(json.loads(await _next_body(reader))["response"][0]["entity"]["backupsetId"])
        writer.transport.abort()
        made = {row.name: row.id for row in simulator.backupsets()}

    assert ids == [made["one"], made["one"]]
    assert made["two"] != made["one"]


async def _next_body(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    return await reader.readexactly(int(length.split(b":")[1]))


@pytest.mark.parametrize(
    ("name", "made", "deleted"), [("made-first", 1, 0), ("made-instead", 1, 0), ("deleted-after", 0, 1)]
)
async def test_what_another_actor_did_is_in_the_statistics(name: str, made: int, deleted: int) -> None:
    """By the ids of the sets, so that a person can compare them with the results."""
    async with Simulator(QUICK, fault_policy=Strike(name)) as simulator:
        await look(simulator, raw_create(simulator))
        statistics = simulator.statistics

    assert (statistics.made_by_others, statistics.deleted_by_others) == ([931] * made, [931] * deleted)


async def test_an_answer_is_sent_a_second_time_on_a_kept_connection() -> None:
    """By the fault, or by count: every second one, say."""
    for settings, policy in (
        (replace(QUICK, repeat_seconds=0.02), Strike("repeated-answer")),
        (replace(QUICK, repeat_seconds=0.02, repeat_every=2), None),
    ):
        async with Simulator(settings, fault_policy=policy) as simulator:
            keeping = [raw_create(simulator, name).replace(b"Connection: close\r\n", b"") for name in "ab"]
            reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
            ids = []
            for request in keeping:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
                ids.append(json.loads(await reader.readexactly(length))["response"][0]["entity"]["backupsetId"])
            rest = await asyncio.wait_for(reader.readuntil(b"}}]}"), 5)
            writer.transport.abort()

        twice = json.loads(rest.partition(b"\r\n\r\n")[2])["response"][0]["entity"]["backupsetId"]
        assert simulator.statistics.faults == {"repeated-answer": 1}
        assert twice == (ids[0] if policy else ids[1])


@pytest.mark.parametrize("kind", [RequestKind.LIST, RequestKind.LOGIN])
@pytest.mark.parametrize("name", ["drop-before", "503-before", "429-seconds", "maintenance"])
async def test_reads_and_sign_in_are_struck_too(name: str, kind: RequestKind) -> None:
    """A fault looks the same on every kind of request that it strikes."""
    requests = {
        RequestKind.LIST: ("GET", "Backupset?clientName=client001", None),
        RequestKind.LOGIN: ("POST", "Login", {"username": "admin", "password": "c2ltdWxhdG9y"}),
    }
    async with Simulator(QUICK, fault_policy=Strike(name, kind)) as simulator:
        method, path, body = requests[kind]
        token = simulator.sessions.begin("here")
        seen = await look(simulator, raw_request(method, path, token, body))

    assert _claim(name)(seen)


async def test_a_damaged_reply_keeps_its_format() -> None:
    """A reply in XML is damaged as XML."""
    async with Simulator(QUICK, fault_policy=Strike("double-key")) as simulator:
        token = simulator.sessions.begin("here")
        seen = await look(simulator, raw_request("POST", "Backupset", token, create_body(), accept="application/xml"))

    assert b'<response errorCode="2" errorCode="0">' in seen.body


def test_no_two_faults_are_described_alike() -> None:
    """The listing tells any two faults apart."""
    descriptions = [fault.description for fault in FAULTS.values()]

    assert sorted(set(descriptions)) == sorted(descriptions)


def test_everyday_faults_are_faults() -> None:
    """The table of weights names no fault that does not exist."""
    assert set(table._WEIGHTS) <= set(FAULTS)
