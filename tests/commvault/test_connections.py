"""Kept connections over real sockets, on both event loops: no answer is ever read as the next request's."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import trustme

from bulkprov.commvault.classify import Answer, Break, Failure
from bulkprov.commvault.tls import tls_context
from bulkprov.commvault.transport import Transport
from tests.rawserver import Connection, answer, raw_server

both_loops = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])

TWO_ANSWERS = Failure(Break.AFTER, "two answers came, and it cannot be told which is to this request")


@asynccontextmanager
async def connected(
    root: str, reasons: list[str] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Transport]:
    """A transport to that root; why it distrusts its connections is added to `reasons`."""
    told = (reasons if reasons is not None else []).append
    async with Transport(root, timeout=5, connect_timeout=5, connections=4, tls=tls, on_distrust=told) as transport:
        yield transport


async def ask(transport: Transport, name: str) -> str:
    """What is answered to a request that names something; an echo, if all is well."""
    got = await transport.exchange("POST", name, headers={}, body=b"{}", cap=1 << 20)
    return got.body.decode() if isinstance(got, Answer) else got.why


async def ask_all(transport: Transport, names: Sequence[str]) -> list[str]:
    """The same for several at once, on a connection each."""
    return list(await asyncio.gather(*(ask(transport, name) for name in names)))


def echo(request: bytes) -> bytes:
    """The answer that has the name in the request's path."""
    return answer(request.split(b" ")[1].rpartition(b"/")[2])


class Doubling:
    """Answers each request with an echo, and lets something follow on the connection of a certain name."""

    def __init__(self, follows: bytes | None = None, *, to: str = "a") -> None:
        self.follows, self.to = follows, to.encode()
        self.follow = asyncio.Event()
        self.followed = asyncio.Event()
        self.ended = 0

    async def __call__(self, connection: Connection) -> None:
        """Serve one connection."""
        try:
            while True:
                request = await connection.request()
                mine = echo(request)
                await connection.send(mine)
                if mine.endswith(self.to):
                    await self.follow.wait()
                    await connection.send(mine if self.follows is None else self.follows)
                    self.followed.set()
        finally:
            self.ended += 1


async def _arrived(server: Doubling) -> None:
    """Let something follow, and wait until it has arrived."""
    server.follow.set()
    await server.followed.wait()
    await asyncio.sleep(0.02)  # to arrive, it has to pass the loopback device; no longer pause would change the claim


@both_loops
async def test_connections_are_kept_while_nothing_arrives_unasked() -> None:
    """Twenty requests in a row share one connection."""
    reasons: list[str] = []
    async with raw_server(Doubling(to="none")) as server, connected(server.url, reasons) as transport:
        got = [await ask(transport, f"n{number}") for number in range(20)]

    assert got == [f"n{number}" for number in range(20)]
    assert (server.connections, reasons) == (1, [])


@both_loops
@pytest.mark.parametrize(
    "follows",
    [
        None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 20",
        b"\r\n",
        b"rubbish\r\n\r\n",
    ],
    ids=["a second answer", "half of one", "a hint", "half of a line", "a blank line", "rubbish"],
)
async def test_what_arrives_on_an_idle_connection_is_never_read_as_the_next_answer(follows: bytes | None) -> None:
    """The next request goes over a connection of its own, and so do all after it."""
    doubling, reasons = Doubling(follows), list[str]()
    async with raw_server(doubling) as server, connected(server.url, reasons) as transport:
        first = await ask(transport, "a")
        await _arrived(doubling)
        others = [await ask(transport, name) for name in "bc"]

    assert [first, *others] == ["a", "b", "c"]
    assert server.connections == 3
    assert reasons == ["an answer came that was not asked for"]


@both_loops
async def test_it_is_the_same_over_tls() -> None:
    """Where a transport of another kind stands between the socket and aiohttp."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(served)
    doubling, reasons = Doubling(), list[str]()
    async with (
        raw_server(doubling, tls=served) as server,
        connected(server.url, reasons, tls_context(verify=False)) as transport,
    ):
        kept = await ask_all(transport, "bb"), await ask(transport, "b"), server.connections
        first = await ask(transport, "a")
        await _arrived(doubling)
        second = await ask(transport, "b")

    assert (kept, first, second) == ((["b", "b"], "b", 2), "a", "b")
    assert (server.connections, reasons) == (3, ["an answer came that was not asked for"])


@both_loops
async def test_the_connections_that_idle_beside_it_are_closed_as_well() -> None:
    """Before the next request is sent; what is in use is closed after its exchange."""
    doubling = Doubling()
    async with raw_server(doubling) as server, connected(server.url) as transport:
        await ask_all(transport, "abc")
        await _arrived(doubling)
        await ask(transport, "d")
        await asyncio.sleep(0.02)

        assert (server.connections, doubling.ended) == (4, 4)


@both_loops
async def test_a_second_answer_behind_the_first_ends_the_connection() -> None:
    """On a new connection the first is the request's own; on one that was used before it cannot be told."""

    async def twice(connection: Connection) -> None:
        while True:
            mine = echo(await connection.request())
            await connection.send(mine + mine if not mine.endswith(b"once") else mine)

    reasons: list[str] = []
    async with raw_server(twice) as server, connected(server.url, reasons) as transport:
        first = await ask(transport, "once")
        second = await transport.exchange("POST", "twice", headers={}, body=b"{}", cap=1 << 20)
        more = [await ask(transport, name) for name in ("twice", "once")]

    assert (first, second, more) == ("once", TWO_ANSWERS, ["twice", "once"])
    assert server.connections == 3
    assert reasons == ["two answers came to one request"]


@both_loops
async def test_a_second_answer_behind_a_long_one_is_noticed_too() -> None:
    """It comes when the connection has left the response already."""
    big = answer(b"x" * (1 << 20))

    async def twice(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer(b"1"))
        await connection.request()
        await connection.send(big + answer(b"2"))
        await connection.request()

    async with raw_server(twice) as server, connected(server.url) as transport:
        first = await ask(transport, "a")
        second = await transport.exchange("GET", "list", headers={}, cap=2 << 20)

    assert (first, second, server.connections) == ("1", TWO_ANSWERS, 1)


@both_loops
async def test_after_an_implausible_reply_no_connection_is_used_again() -> None:
    """A second answer came just after the next request was sent, and only its contents give it away."""

    async def late(connection: Connection) -> None:
        last = b""
        while True:
            mine = echo(await connection.request())
            await connection.send(last or mine)
            last = mine

    reasons: list[str] = []
    async with raw_server(late) as server, connected(server.url, reasons) as transport:
        got = [await ask(transport, name) for name in "ab"]
        transport.distrust("id 7 has another row")
        transport.distrust("id 8 has another row")
        got += await ask_all(transport, "cde")

    assert got == ["a", "a", "c", "d", "e"]
    assert server.connections == 4
    assert reasons == ["id 7 has another row"]


@both_loops
async def test_distrust_leaves_an_exchange_that_is_under_way_to_end() -> None:
    """It is answered, and then its connection is closed."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(connection: Connection) -> None:
        while True:
            mine = echo(await connection.request())
            asked.set()
            await go_on.wait()
            await connection.send(mine)

    async with raw_server(slow) as server, connected(server.url) as transport:
        task = asyncio.create_task(ask(transport, "a"))
        await asked.wait()
        transport.distrust("an id that another row has")
        go_on.set()
        got = [await task, await ask(transport, "b")]

    assert (got, server.connections) == (["a", "b"], 2)


async def nothing(*_: object) -> None:
    """In place of `request_of`, where aiohttp's connections cannot be used as they are here."""


@both_loops
@pytest.mark.parametrize("by_session", [False, True])
async def test_an_exchange_alone_has_a_connection_that_has_carried_no_other(
    monkeypatch: pytest.MonkeyPatch, by_session: bool
) -> None:
    """Whatever an earlier one may have left behind, its answer is its own; and the kept ones stay."""
    if by_session:
        monkeypatch.setattr("bulkprov.commvault.transport.request_of", nothing)
    served: list[list[bytes]] = []

    async def serve(connection: Connection) -> None:
        asked: list[bytes] = []
        served.append(asked)
        while True:
            request = await connection.request()
            asked.append(request.split(b" ")[1].rpartition(b"/")[2])
            await connection.send(echo(request))

    async with raw_server(serve) as server, connected(server.url) as transport:
        assert await ask(transport, "a") == "a"
        for name in "bc":
            got = await transport.exchange("GET", name, headers={}, cap=100, alone=True)
            assert isinstance(got, Answer)
            assert got.body == name.encode()
        assert await ask(transport, "d") == "d"

    assert served == [[b"a", b"d"], [b"b"], [b"c"]]


@both_loops
async def test_a_request_leaves_when_it_has_a_connection() -> None:
    """Not before: others may be answered while it is made. Without one it never leaves."""
    left: list[str] = []

    async with raw_server(Doubling(to="none")) as server, connected(server.url) as transport:
        await transport.exchange("POST", "b", headers={}, body=b"", cap=100, leaves=lambda: left.append("first"))
        await transport.exchange("POST", "b", headers={}, body=b"", cap=100, leaves=lambda: left.append("kept"))
        await transport.exchange("POST", "b", headers={}, body=b"", cap=100)
    async with connected(server.url) as transport:
        gone = await transport.exchange("POST", "b", headers={}, body=b"", cap=100, leaves=lambda: left.append("gone"))

    assert isinstance(gone, Failure)
    assert left == ["first", "kept"]
