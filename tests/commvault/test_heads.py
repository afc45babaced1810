"""What a hostile server, or what answers in its place, can make an exchange cost before its body: measured."""

import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from bulkprov.commvault.classify import Answer, Break, Failure
from bulkprov.commvault.transport import Transport
from tests.rawserver import Behaviour, Connection, answer, behave, raw_server

both_loops = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])

MB = 1 << 20
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\n" + b"".join(b"Link%d: %s\r\n" % (n, b"x" * 4000) for n in range(20)) + b"\r\n"
FIELDS = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 8000) for n in range(100))
ENDLESS = [
    pytest.param(b"", CONTINUE * 10_000, 120, id="continue"),
    pytest.param(b"", HINTS, 300, id="early hints"),
    pytest.param(b"HTTP/1.1 200 OK\r\n", FIELDS, 40, id="header"),
]
TOO_LONG = Failure(Break.AFTER, "more than 64 KB came before an answer")


def flooding(first: bytes, block: bytes, times: int) -> Behaviour:
    """Answer a request with endless bytes, or what is endless enough."""

    async def behaviour(connection: Connection) -> None:
        await connection.request()
        await connection.send(first)
        for _ in range(times):
            await connection.send(block)

    return behaviour


@asynccontextmanager
async def to(root: str, proxy: str = "") -> AsyncIterator[Transport]:
    """A transport."""
    async with Transport(root, timeout=5, connect_timeout=5, connections=4, proxy=proxy) as transport:
        yield transport


async def post(transport: Transport) -> Answer | Failure:
    """One create."""
    return await transport.exchange("POST", "Backupset", headers={}, body=b"{}", cap=16 * MB)


@pytest.fixture(name="peak")
def measured() -> Iterator[Callable[[], int]]:
    """The most bytes that Python had at a time in the test so far."""
    tracemalloc.start()
    began, _ = tracemalloc.get_traced_memory()
    yield lambda: tracemalloc.get_traced_memory()[1] - began
    tracemalloc.stop()


@both_loops
@pytest.mark.parametrize(("first", "block", "times"), ENDLESS)
async def test_what_comes_before_an_answer_is_bounded(
    first: bytes, block: bytes, times: int, peak: Callable[[], int]
) -> None:
    """The connection is closed after 64 KB, and the exchange is in doubt."""
    async with raw_server(flooding(first, block, times)) as server, to(server.url) as transport:
        got = await post(transport)
        cost = peak() - len(block)

    assert got == TOO_LONG
    assert cost < 4 * MB


@both_loops
@pytest.mark.parametrize(("first", "block", "times"), ENDLESS)
async def test_a_proxy_is_bounded_alike(first: bytes, block: bytes, times: int, peak: Callable[[], int]) -> None:
    """Its answer to the request for a tunnel is read before there is any TLS."""
    async with (
        raw_server(flooding(first, block, times)) as proxy,
        to("https://cs.example.com/api", f"http://localhost:{proxy.port}") as transport,
    ):
        got = await post(transport)
        cost = peak() - len(block)

    assert got == TOO_LONG
    assert cost < 4 * MB


@both_loops
async def test_answers_without_end_behind_the_first_are_not_kept(peak: Callable[[], int]) -> None:
    """Two show that they cannot be told apart; the others would only cost memory."""
    many = answer(b"{}") * 20_000
    async with raw_server(behave(many)) as server, to(server.url) as transport:
        got = await post(transport)
        cost = peak() - len(many)

    assert isinstance(got, Answer)
    assert cost < 8 * MB


@both_loops
async def test_some_informational_answers_are_normal() -> None:
    """They are skipped, on a connection that is used again as well: each exchange has the whole bound."""
    async with raw_server(behave(CONTINUE * 1000, answer(b"made"))) as server, to(server.url) as transport:
        got = [await post(transport) for _ in range(4)]

    assert [each.body for each in got if isinstance(each, Answer)] == [b"made"] * 4
    assert server.connections == 1


@both_loops
async def test_a_long_body_may_follow_its_header_at_once() -> None:
    """The bound is on what comes before, wherever the network cuts the bytes."""
    body = b"x" * (3 * MB)
    async with raw_server(behave(answer(body, f"X: {'y' * 8000}"))) as server, to(server.url) as transport:
        got = await post(transport)

    assert isinstance(got, Answer)
    assert got.body == body
