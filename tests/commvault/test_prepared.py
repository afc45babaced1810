"""Requests written as bytes: the same ones as aiohttp's own, and only where aiohttp is as expected."""

import inspect
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from bulkprov.commvault.connections import TCPConnections
from bulkprov.commvault.prepared import PreparedRequests, request_of
from bulkprov.commvault.transport import Transport
from tests.rawserver import RawServer, answer, behave, raw_server

HEADERS = {"Accept": "application/json", "Content-type": "application/json", "Authtoken": "QSDK canary"}
REQUESTS: tuple[Mapping[str, Any], ...] = (
    {"method": "POST", "path": "Backupset", "body": '{"name": "Zürich"}'.encode()},
    {"method": "POST", "path": "Logout", "body": b""},
    {"method": "GET", "path": "Backupset", "query": {"clientName": "a/../b&x=1 +ä#"}},
    {"method": "GET", "path": "Client/7"},
    {"method": "DELETE", "path": "Backupset/9"},
)


async def sent_to(server: RawServer) -> list[tuple[bytes, frozenset[bytes], bytes]]:
    """Each request as the server has read it: the first line, the headers in any case and order, the body."""
    async with Transport(server.url, timeout=5, connect_timeout=5, connections=2) as transport:
        for each in REQUESTS:
            await transport.exchange(headers=HEADERS, cap=100, **each)
    split = [request.partition(b"\r\n\r\n") for request in server.requests]
    lines = [(head.split(b"\r\n"), body) for head, _, body in split]
    return [(head[0], frozenset(line.lower() for line in head[1:]), body) for head, body in lines]


async def test_they_are_what_a_session_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Line by line, for each method, with and without a body."""
    async with raw_server(behave(answer())) as server:
        prepared = await sent_to(server)

    async def nothing(*_: object) -> None:
        """As if aiohttp was not as expected."""

    monkeypatch.setattr("bulkprov.commvault.transport.request_of", nothing)
    async with raw_server(behave(answer())) as other:
        by_session = await sent_to(other)
    port, other_port = (str(each.port).encode() for each in (server, other))

    def here(headers: frozenset[bytes]) -> frozenset[bytes]:
        return frozenset(line.replace(b":" + other_port, b":" + port) for line in headers)

    assert prepared == [(first, here(headers), body) for first, headers, body in by_session]


async def test_this_aiohttp_is_as_expected() -> None:
    """If this fails, a new release has changed it: runs go on by sessions, slower."""
    async with aiohttp.ClientSession() as session:
        like = await request_of(session, URL("https://commserve.example.com/webservice"))

    assert like is not None
    assert like.headers["Host"] == "commserve.example.com"


@pytest.mark.parametrize("lacks", ["parameter", "method"])
async def test_another_aiohttp_is_not_used_like_this(lacks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it lacks, requests are sent by a session then."""
    if lacks == "method":
        monkeypatch.delattr(ResponseHandler, "start_timeout")
    else:
        only = inspect.Parameter("read_until_eof", inspect.Parameter.KEYWORD_ONLY)
        signature = inspect.Signature([only])
        monkeypatch.setattr(ResponseHandler.set_response_params, "__signature__", signature, raising=False)
    async with aiohttp.ClientSession() as session:
        assert await request_of(session, URL("https://commserve.example.com/webservice")) is None


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/a b", {}),
        ("/a\r\nX: y", {}),
        ("/a", {"Authtoken": "QSDK\r\nX: y"}),
        ("/a", {"Auth\ntoken": "QSDK"}),
        ("/a", {"Authtoken": "QSDK\0"}),
    ],
)
async def test_nothing_that_would_break_a_request_apart_is_sent(target: str, headers: dict[str, str]) -> None:
    """A token comes from a server or a file, and may hold anything."""
    async with raw_server(behave(answer())) as server, aiohttp.ClientSession(connector=TCPConnections()) as session:
        like = await request_of(session, URL(server.url))
        assert like is not None
        assert isinstance(session.connector, TCPConnections)
        requests = PreparedRequests(session.connector, like, aiohttp.ClientTimeout(sock_read=5))
        with pytest.raises(ValueError, match=r"target|header"):
            await requests.request("GET", target, headers=headers, body=None)

    assert server.connections == 0


async def test_informational_answers_are_passed_over() -> None:
    """A server, or a proxy before it, may send some before the answer itself."""
    hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    async with (
        raw_server(behave(hints + answer(b"[]"))) as server,
        Transport(server.url, timeout=5, connect_timeout=5, connections=2) as transport,
    ):
        got = await transport.exchange("GET", "Backupset", headers={}, cap=100)

    assert (got.status, got.body) == (200, b"[]")  # type: ignore[union-attr]  # a failure has no status
