"""One exchange over real sockets, on both event loops: the answer, or where the exchange broke off."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from bulkprov.commvault.classify import Answer, Break, Failure
from bulkprov.commvault.connections import TCPConnections
from bulkprov.commvault.deadlines import Deadlines
from bulkprov.commvault.tls import tls_context
from bulkprov.commvault.transport import Transport
from bulkprov.commvault.turns import Turn
from bulkprov.errors import SettingsError
from bulkprov.settings import Access
from tests.rawserver import Connection, RawServer, answer, behave, free_port, raw_server

both_loops = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])


@pytest.fixture(params=["prepared", "by a session"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way by which requests are sent: whatever is claimed here holds for both."""
    if request.param == "by a session":

        async def nothing(*_: object) -> None:
            """As if aiohttp was not as expected."""

        monkeypatch.setattr("bulkprov.commvault.transport.request_of", nothing)


TOKEN = {"Authtoken": "QSDK canary"}
HELD = b"POST /api/Backupset HTTP/1.1\r\n"


@asynccontextmanager
async def connected(
    root: str, *, timeout: float = 5, connect_timeout: float = 5, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Transport]:
    """A transport to that root."""
    async with Transport(root, timeout=timeout, connect_timeout=connect_timeout, connections=4, tls=tls) as transport:
        yield transport


async def post(transport: Transport, *, cap: int = 1 << 20) -> Answer | Failure:
    """One create."""
    return await transport.exchange("POST", "Backupset", headers=TOKEN, body=b"{}", cap=cap)


def of_authority(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(context)
    return context


def trusting(ca: trustme.CA, folder: Path) -> ssl.SSLContext:
    """A client's side of TLS that trusts this authority alone."""
    file = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return tls_context(ca_file=file)


def _has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@both_loops
async def test_an_answer_comes_back_whole() -> None:
    """Status, headers and body are given as they are, whatever the status."""
    async with (
        raw_server(behave(answer(b"no", "X-Said: so", status="403 Forbidden"))) as server,
        connected(server.url) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Answer)
    assert (got.status, got.headers["x-said"], got.body) == (403, "so", b"no")
    assert server.requests[0].startswith(HELD)
    assert b"Authtoken: QSDK canary\r\n" in server.requests[0]


@both_loops
async def test_a_query_is_quoted_so_that_no_name_can_change_the_address() -> None:
    """Slashes, dots, ampersands and blanks in a client's name stay part of its name."""
    async with raw_server(behave(answer())) as server, connected(server.url) as transport:
        await transport.exchange("GET", "Backupset", headers={}, query={"clientName": "a/../b&x=1 +ä#"}, cap=100)

    assert server.requests[0].startswith(b"GET /api/Backupset?clientName=a%2F..%2Fb%26x%3D1%20%2B%C3%A4%23 HTTP/1.1")


@both_loops
async def test_a_compressed_answer_is_not_decompressed() -> None:
    """None is asked for, and so a small compressed body cannot become a huge one."""
    packed = gzip.compress(bytes(10 << 20))
    async with (
        raw_server(behave(answer(packed, "Content-Encoding: gzip"))) as server,
        connected(server.url) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Answer)
    assert got.body == packed
    assert b"Accept-Encoding: identity\r\n" in server.requests[0]


@both_loops
async def test_a_body_longer_than_the_cap_is_not_read_to_its_end() -> None:
    """It is no answer, and the request may have had its effect."""
    async with raw_server(behave(answer(bytes(64 << 20)))) as server, connected(server.url) as transport:
        got = await post(transport, cap=1 << 20)

    assert got == Failure(Break.AFTER, "the answer exceeds the size limit")


@both_loops
async def test_a_body_as_long_as_the_cap_is_read() -> None:
    """The cap is the longest body, not one byte less."""
    async with raw_server(behave(answer(b"12345"))) as server, connected(server.url) as transport:
        assert isinstance(await post(transport, cap=5), Answer)
        assert isinstance(await post(transport, cap=4), Failure)


@both_loops
async def test_what_is_no_list_may_not_be_long() -> None:
    """However long a list may be: 256 errors of 16 MB at once would be too much."""
    long = answer(bytes(2 << 20), status="500 Internal Server Error")
    async with raw_server(behave(long)) as server, connected(server.url) as transport:
        got = await post(transport, cap=16 << 20)

    assert got == Failure(Break.AFTER, "the answer exceeds the size limit")


@both_loops
async def test_long_answers_are_read_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is under way another is not read beyond its beginning, and short ones are not held up."""
    monkeypatch.setattr("bulkprov.commvault.transport._LONG_AT_ONCE", 1)
    has_turn, go_on = asyncio.Event(), asyncio.Event()
    long = answer(b"x" * (2 << 20))

    class Watched(Turn):
        """Says when it has come: that most of an answer was sent does not mean that any of it was read."""

        async def take(self) -> None:
            await super().take()
            has_turn.set()

    monkeypatch.setattr("bulkprov.commvault.transport.Turn", Watched)

    async def behaviour(connection: Connection) -> None:
        request = await connection.request()
        if b"/slow" in request:
            await connection.send(long[:-1])
            await go_on.wait()
            await connection.send(long[-1:])
        else:
            await connection.send(long if b"/long" in request else answer(b"short"))

    async with raw_server(behaviour) as server, connected(server.url) as transport:

        async def get(path: str) -> Answer | Failure:
            return await transport.exchange("GET", path, headers={}, cap=16 << 20)

        slow = asyncio.create_task(get("slow"))
        await has_turn.wait()
        other = asyncio.create_task(get("long"))
        short = [await get("short") for _ in range(50)]
        held_up = not other.done()
        go_on.set()
        got = [*short, await slow, await other]

    assert held_up
    assert [len(each.body) for each in got if isinstance(each, Answer)] == [5] * 50 + [2 << 20] * 2


@both_loops
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_never_followed(status: int) -> None:
    """The other host gets no request, and so no token."""
    async with raw_server(behave(answer())) as other:
        moved = answer(b"", f"Location: http://127.0.0.1:{other.port}/api/", status=f"{status} Moved")
        async with raw_server(behave(moved)) as server, connected(server.url) as transport:
            got = await post(transport)

    assert isinstance(got, Answer)
    assert (got.status, len(server.requests), other.connections) == (status, 1, 0)


@both_loops
async def test_a_port_without_a_server() -> None:
    """Nothing was sent."""
    async with connected(f"http://127.0.0.1:{free_port()}/api") as transport:
        got = await post(transport)

    assert isinstance(got, Failure)
    assert got.broke is Break.BEFORE
    assert got.why.endswith("Connection refused: nothing answers at that port")


@both_loops
async def test_a_name_that_cannot_be_resolved() -> None:
    """Nothing was sent, and the reason has the name (RFC 6761 reserves .invalid for this)."""
    async with connected("https://commserve.invalid/api") as transport:
        got = await post(transport)

    asks = "is it spelled right, and does this network know it?"
    assert got == Failure(Break.BEFORE, f"the name commserve.invalid cannot be resolved: {asks}")


class Addresses(AbstractResolver):
    """A resolver that knows several addresses for every name."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All of them, in this order."""
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=int(socket.AI_NUMERICHOST))
            for each in self._addresses
        ]

    async def close(self) -> None:
        """Nothing to do."""


@both_loops
@pytest.mark.parametrize("addresses", [("127.0.0.2", "127.0.0.1"), ("127.0.0.1", "127.0.0.2")])
async def test_a_name_with_several_addresses_is_reached_by_one_that_answers(addresses: tuple[str, str]) -> None:
    """Wherever it stands among them: nothing was sent to the dead one, and the request goes to the other at once."""
    async with (
        raw_server(behave(answer(b"made"))) as server,
        Transport(
            f"http://cs.example.com:{server.port}/api",
            timeout=5,
            connect_timeout=5,
            connections=4,
            connector=lambda: TCPConnections(resolver=Addresses(*addresses)),
        ) as transport,
    ):
        got = [await transport.exchange("GET", "x", headers={}, cap=10, alone=True) for _ in range(4)]

    assert [each.body for each in got if isinstance(each, Answer)] == [b"made"] * 4
    assert len(server.requests) == 4


@both_loops
async def test_a_name_whose_addresses_are_all_dead_says_why() -> None:
    """As with one address."""
    port = free_port()
    async with Transport(
        f"http://cs.example.com:{port}/api",
        timeout=5,
        connect_timeout=5,
        connections=4,
        connector=lambda: TCPConnections(resolver=Addresses("127.0.0.1", "127.0.0.2")),
    ) as transport:
        got = await post(transport)

    why = f"cannot connect to cs.example.com:{port}: Connection refused: nothing answers at that port"
    assert got == Failure(Break.BEFORE, why)


@both_loops
@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
async def test_an_ipv6_address_is_reached_and_its_certificate_checked(tmp_path: Path) -> None:
    """Written in brackets, as URLs have it."""
    ca = trustme.CA()
    async with (
        raw_server(behave(answer(b"made")), tls=of_authority(ca, "::1"), address="::1") as server,
        connected(Access(server=server.url).server, tls=trusting(ca, tmp_path)) as transport,
    ):
        got = await post(transport)

    assert server.url.startswith("https://[::1]:")
    assert isinstance(got, Answer)
    assert f"Host: [::1]:{server.port}\r\n".encode() in server.requests[0]


@both_loops
async def test_a_server_that_accepts_no_connection_in_time() -> None:
    """A TLS handshake that is never answered ends with the connection's own timeout, so nothing was sent."""

    async def mute(connection: Connection) -> None:
        await connection.reader.read()

    async with raw_server(mute) as server:
        root = server.url.replace("http:", "https:")
        async with connected(root, connect_timeout=0.1) as transport:
            got = await post(transport)

    assert got == Failure(Break.BEFORE, f"localhost:{server.port} did not accept a connection in time")


@both_loops
async def test_no_answer_in_time() -> None:
    """The request was sent, so it may have had its effect; the time for the whole exchange would be longer."""

    async def silent(connection: Connection) -> None:
        await connection.request()
        await connection.reader.read()

    async with raw_server(silent) as server, connected(server.url, timeout=0.3) as transport, asyncio.timeout(5):
        got = await post(transport)

    assert got == Failure(Break.AFTER, "no answer within 0.3 s")
    assert len(server.requests) == 1


async def trickle(connection: Connection) -> None:
    """Give an answer a byte now and then, and never all of it."""
    await connection.request()
    await connection.send(answer(b"{", length=1000))
    while True:
        await asyncio.sleep(0.01)
        await connection.send(b" ")


@both_loops
async def test_a_trickle_of_an_answer_ends_with_the_time_for_the_whole_exchange(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A byte now and then cannot keep a slot for ever."""
    monkeypatch.setattr("bulkprov.commvault.transport._MARGIN", 0.1)

    async with raw_server(trickle) as server, connected(server.url, timeout=0.2, connect_timeout=1) as transport:
        got = await post(transport)

    assert isinstance(got, Failure)
    assert got.broke is Break.AFTER


@both_loops
@pytest.mark.parametrize("overdue", [False, True])
async def test_a_cancelled_caller_gets_no_failure_instead(overdue: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the deadline passes in the same moment: the cancellation must not be lost."""
    monkeypatch.setattr("bulkprov.commvault.transport._MARGIN", 0.0)
    monkeypatch.setattr(Deadlines, "_CHECK_EVERY", 0.01)

    asked = asyncio.Event()

    async def silent(connection: Connection) -> None:
        await connection.request()
        asked.set()
        await connection.reader.read()

    async with raw_server(silent) as server, connected(server.url, timeout=9, connect_timeout=9) as transport:
        task = asyncio.create_task(post(transport))
        await asked.wait()
        if overdue:
            transport._deadlines._running = dict.fromkeys(transport._deadlines._running, (0.0, 0))
            transport._deadlines._check()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert task.cancelling() == 1


@both_loops
async def test_a_cancelled_task_may_still_make_an_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exchange in its clean-up, such as a log-out, is ended by its deadline like any other."""
    monkeypatch.setattr("bulkprov.commvault.transport._MARGIN", 0.0)
    monkeypatch.setattr(Deadlines, "_CHECK_EVERY", 0.01)

    got: list[Answer | Failure] = []

    async def work(transport: Transport) -> None:
        try:
            await asyncio.sleep(5)
        finally:
            got.append(await post(transport))

    async with raw_server(trickle) as server, connected(server.url, timeout=0.2, connect_timeout=1) as transport:
        task = asyncio.create_task(work(transport))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert [type(each) for each in got] == [Failure]
    assert task.cancelling() == 1


@both_loops
async def test_a_connection_that_is_lost_may_have_carried_the_request() -> None:
    """Closed or reset, before or after the server read the request: it cannot be told, so it counts as sent."""

    async def close_unread(connection: Connection) -> None:
        await connection.reader.read(1)

    async def close_read(connection: Connection) -> None:
        await connection.request()

    async def reset_unread(connection: Connection) -> None:
        await connection.reader.read(1)
        connection.reset()

    async def reset_read(connection: Connection) -> None:
        await connection.request()
        connection.reset()

    for behaviour in (close_unread, close_read, reset_unread, reset_read):
        async with raw_server(behaviour) as server, connected(server.url) as transport:
            got = await post(transport)

        assert got == Failure(Break.AFTER, "the connection was lost before an answer came"), behaviour.__name__
        assert server.connections == 1, "a create is never repeated on another connection"


@both_loops
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_nothing_is_sent_again_when_a_kept_connection_dies(method: str) -> None:
    """The second create or delete on it is in doubt, and the server sees it at most once."""

    async def once(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer(b"{}"))
        await connection.request()
        connection.reset()

    async with raw_server(once) as server, connected(server.url) as transport:
        first, second = [await transport.exchange(method, "Backupset/9", headers=TOKEN, cap=100) for _ in range(2)]

    assert isinstance(first, Answer)
    assert isinstance(second, Failure)
    assert second.broke is Break.AFTER
    assert len(server.requests) == 2


@both_loops
async def test_a_read_is_sent_once_more_when_a_kept_connection_dies() -> None:
    """It changes nothing, and servers close connections that idle whenever they like; but once is enough."""

    async def once(connection: Connection) -> None:
        await connection.request()
        if len(connection.requests) == 1:
            await connection.send(answer(b"{}"))
            await connection.request()
        connection.reset()

    async with raw_server(once) as server, connected(server.url) as transport:
        first, second = [await transport.exchange("GET", "Backupset/9", headers=TOKEN, cap=100) for _ in range(2)]

    assert isinstance(first, Answer)
    assert second == Failure(Break.AFTER, "the connection was lost before an answer came")
    assert [request.split()[0] for request in server.requests] == [b"GET"] * 3


@both_loops
@pytest.mark.parametrize(
    "cut",
    [
        answer(b'{"response":', length=100),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{    \r\n",
    ],
    ids=["length", "chunked"],
)
async def test_a_body_that_is_cut_off_is_no_answer(cut: bytes) -> None:
    """Half of a body is never taken for the whole."""

    async def half(connection: Connection) -> None:
        await connection.request()
        await connection.send(cut)

    async with raw_server(half) as server, connected(server.url) as transport:
        got = await post(transport)

    assert got == Failure(Break.AFTER, "the answer was cut off")


@both_loops
@pytest.mark.parametrize(
    "bytes_",
    [
        b"SSH-2.0-OpenSSH_9.0\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"Content-Length: 0\r\n\r\n",
    ],
    ids=["other protocol", "long header", "many headers"],
)
async def test_an_answer_that_is_not_http_is_in_doubt_although_aiohttp_calls_it_status_400(bytes_: bytes) -> None:
    """The request was read, and not refused."""
    async with raw_server(behave(bytes_)) as server, connected(server.url) as transport:
        got = await post(transport)

    assert got == Failure(Break.AFTER, "the answer is not HTTP")


@both_loops
async def test_a_trusted_certificate(tmp_path: Path) -> None:
    """With --ca-file a certificate of an in-house authority is trusted."""
    ca = trustme.CA()
    async with (
        raw_server(behave(answer(b"{}")), tls=of_authority(ca, "localhost")) as server,
        connected(server.url, tls=trusting(ca, tmp_path)) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Answer)
    assert got.status == 200


async def _refused(server: RawServer, tls: ssl.SSLContext) -> Failure:
    async with connected(server.url, tls=tls) as transport:
        got = await post(transport)
    assert isinstance(got, Failure)
    assert got.broke is Break.UNTRUSTED
    assert server.requests == [], "a server that is not trusted must not get a byte of the request"
    return got


@both_loops
async def test_a_certificate_of_an_unknown_authority(tmp_path: Path) -> None:
    """The server does not get the token."""
    async with raw_server(behave(answer()), tls=of_authority(trustme.CA(), "localhost")) as server:
        got = await _refused(server, trusting(trustme.CA(), tmp_path))

    assert got.why.startswith(f"the certificate of localhost:{server.port} is not trusted: ")


@both_loops
async def test_a_certificate_for_another_host(tmp_path: Path) -> None:
    """The server does not get the token, and the reason names the host."""
    ca = trustme.CA()
    async with raw_server(behave(answer()), tls=of_authority(ca, "elsewhere.example")) as server:
        got = await _refused(server, trusting(ca, tmp_path))

    assert "localhost" in got.why


@both_loops
async def test_a_certificate_that_is_not_checked() -> None:
    """With --insecure any certificate is good enough."""
    async with (
        raw_server(behave(answer()), tls=of_authority(trustme.CA(), "elsewhere.example")) as server,
        connected(server.url, tls=tls_context(verify=False)) as transport,
    ):
        assert isinstance(await post(transport), Answer)


@both_loops
async def test_tls_older_than_1_2_is_refused(tmp_path: Path) -> None:
    """Nothing was sent."""
    ca = trustme.CA()
    old = of_authority(ca, "localhost")
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with (
        raw_server(behave(answer()), tls=old) as server,
        connected(server.url, tls=trusting(ca, tmp_path)) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Failure)
    assert got.broke is Break.BEFORE
    assert server.requests == []


@both_loops
async def test_tls_to_a_server_without_tls() -> None:
    """Nothing was sent."""

    async def plain(connection: Connection) -> None:
        await connection.reader.read(1)
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with raw_server(plain) as server, connected(server.url.replace("http:", "https:")) as transport:
        got = await post(transport)

    assert got == Failure(
        Break.BEFORE,
        f"no TLS connection to localhost:{server.port} could be made: what is there does not speak TLS; is it http?",
    )


def test_a_ca_file_without_certificates(tmp_path: Path) -> None:
    """The message names the option and the file."""
    (tmp_path / "ca.pem").write_text("hello")

    with pytest.raises(SettingsError, match=r"--ca-file .*ca\.pem"):
        tls_context(ca_file=tmp_path / "ca.pem")
    with pytest.raises(SettingsError, match=r"--ca-file .*No such file"):
        tls_context(ca_file=tmp_path / "nowhere.pem")


@both_loops
async def test_every_request_is_counted() -> None:
    """Also one that never reaches the server."""
    counted = []
    root = f"http://127.0.0.1:{free_port()}/api"
    async with Transport(
        root, timeout=1, connect_timeout=1, connections=1, on_request=lambda: counted.append(1)
    ) as transport:
        await post(transport)

    assert counted == [1]


@both_loops
async def test_no_failure_shows_the_token(tmp_path: Path) -> None:
    """An exception's own text can hold the request's headers; ours never do."""
    ca = trustme.CA()
    whys = []
    async with raw_server(behave(b"rubbish\r\n\r\n")) as server, connected(server.url) as transport:
        got = await post(transport)
        assert isinstance(got, Failure)
        whys.append(got.why)
    async with raw_server(behave(answer()), tls=of_authority(ca, "x.example")) as server:
        whys.append((await _refused(server, trusting(ca, tmp_path))).why)

    assert all("canary" not in why for why in whys)
