"""Through a proxy: asked for by name only, told nothing but where to, and never trusted with TLS."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from bulkprov.commvault.auth import Login
from bulkprov.commvault.classify import Answer, Break, Failure, of_failure
from bulkprov.commvault.credentials import proxy_authorization
from bulkprov.commvault.tls import tls_context
from bulkprov.commvault.transport import Transport
from bulkprov.engine.model import End
from bulkprov.errors import ServerError, SettingsError
from bulkprov.runs.begin import begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.settings import Access, Reading
from bulkprov.wire import BY_NAME
from tests.end_to_end.conftest import Said
from tests.rawserver import Connection, RawServer, answer, behave, free_port, raw_server

both_loops = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])

TOKEN = {"Authtoken": "QSDK canary", "Authorization": "Bearer canary"}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


async def tunnel(connection: Connection) -> None:
    """A proxy that does what it is for: connects to where it is asked to, and hands everything on."""
    await _connect(connection, await connection.request())


async def _connect(connection: Connection, asked: bytes) -> None:
    where = asked.split(b" ")[1].decode()
    host, _, port = where.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    pumps = [
        asyncio.ensure_future(_pump(connection.reader, writer)),
        asyncio.ensure_future(_pump(reader, connection.writer)),
    ]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        writer.transport.abort()
        connection.writer.transport.abort()


@asynccontextmanager
async def through(
    proxy: RawServer | str, server: str, *, ca: trustme.CA | None = None, folder: Path, authorization: str = ""
) -> AsyncIterator[Transport]:
    """A transport that goes through a proxy, and trusts this authority alone."""
    file = folder / "ca.pem"
    (ca or trustme.CA()).cert_pem.write_to_path(str(file))
    url = proxy if isinstance(proxy, str) else f"http://localhost:{proxy.port}"
    async with Transport(
        server,
        timeout=5,
        connect_timeout=5,
        connections=2,
        tls=tls_context(ca_file=file),
        proxy=url,
        proxy_authorization=authorization,
    ) as transport:
        yield transport


async def post(transport: Transport) -> Answer | Failure:
    """One create."""
    return await transport.exchange("POST", "Backupset", headers=TOKEN, body=b"{}", cap=1000)


def certified(ca: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    """A server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    return context


@both_loops
async def test_the_proxy_hands_on_what_it_cannot_read(tmp_path: Path) -> None:
    """It is told the server's name and port; the token goes to the server alone, inside TLS that is verified."""
    ca = trustme.CA()
    async with (
        raw_server(behave(answer(b"made")), tls=certified(ca)) as server,
        raw_server(tunnel) as proxy,
        through(proxy, server.url, ca=ca, folder=tmp_path) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Answer)
    assert got.body == b"made"
    assert b"Authtoken: QSDK canary\r\n" in server.requests[0]
    (asked,) = proxy.requests
    assert asked.startswith(f"CONNECT localhost:{server.port} HTTP/1.1\r\n".encode())
    assert b"canary" not in asked


@both_loops
@pytest.mark.parametrize("fault", ["authority", "name"])
async def test_a_proxy_that_breaks_tls_open_is_not_trusted(tmp_path: Path, fault: str) -> None:
    """Whoever answers at the end of the tunnel must be the server: nothing is sent otherwise, and nobody goes on."""
    ca = trustme.CA()
    theirs = certified(trustme.CA()) if fault == "authority" else certified(ca, "other.example.com")
    async with (
        raw_server(behave(answer()), tls=theirs) as server,
        raw_server(tunnel) as proxy,
        through(proxy, server.url, ca=ca, folder=tmp_path) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Failure)
    assert got.broke is Break.UNTRUSTED
    assert server.requests == []


@both_loops
@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "405 Method Not Allowed"])
async def test_a_proxy_that_refuses_is_not_taken_and_halts(tmp_path: Path, status: str) -> None:
    """Nothing was sent, and it would refuse the next row as well."""
    async with (
        raw_server(behave(answer(b"no", status=status))) as proxy,
        through(proxy, "https://cs.example.com/api", folder=tmp_path) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Failure)
    verdict = of_failure(got)
    assert verdict.end is End.NOT_TAKEN
    refused = f"the proxy http://localhost:{proxy.port} refused a tunnel to cs.example.com:443: HTTP {status[:3]}"
    assert verdict.halt.startswith(refused)


async def guarded(connection: Connection) -> None:
    """A proxy that opens tunnels for ops only, with the password canary."""
    asked = await connection.request()
    if b"Proxy-Authorization: Basic b3BzOmNhbmFyeQ==\r\n" in asked:
        await _connect(connection, asked)
    else:
        await connection.send(answer(b"who?", status="407 Proxy Authentication Required"))


@both_loops
async def test_a_proxy_that_knows_its_users_is_told_who_asks(tmp_path: Path) -> None:
    """It alone: the server sees nothing of that, and the connection is used again."""
    ca = trustme.CA()
    access = _access_by_proxy(tmp_path)
    async with (
        raw_server(behave(answer(b"made")), tls=certified(ca)) as server,
        raw_server(guarded) as proxy,
        through(proxy, server.url, ca=ca, folder=tmp_path, authorization=proxy_authorization(access)) as transport,
    ):
        got = [await post(transport) for _ in range(3)]

    assert [isinstance(each, Answer) for each in got] == [True] * 3
    assert proxy.connections == 1
    assert b"Proxy-Authorization" not in b"".join(server.requests)


@both_loops
@pytest.mark.parametrize(
    ("authorization", "advice"),
    [("", "it wants a --proxy-username"), ("Basic b3BzOndyb25n", "is the password for the proxy right?")],
)
async def test_a_proxy_that_turns_a_user_away_says_what_to_do(tmp_path: Path, authorization: str, advice: str) -> None:
    """Once: proxies lock accounts too. The line holds no secret."""
    async with (
        raw_server(guarded) as proxy,
        through(proxy, "https://cs.example.com/api", folder=tmp_path, authorization=authorization) as transport,
    ):
        got = await post(transport)

    refused = f"the proxy http://localhost:{proxy.port} refused a tunnel to cs.example.com:443: HTTP 407; {advice}"
    assert got == Failure(Break.REFUSED, refused)


def _access_by_proxy(folder: Path) -> Access:
    secret = folder / "proxy.txt"
    secret.write_text("canary\n")
    secret.chmod(0o600)
    return Access(
        server="https://cs.example.com/api",
        proxy="http://localhost:3128",
        proxy_username="ops",
        proxy_password_file=secret,
    )


@both_loops
@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable", "429 Too Many Requests"])
async def test_a_proxy_that_cannot_now_is_asked_again(tmp_path: Path, status: str) -> None:
    """Nothing was sent, and it may be better in a while."""
    async with (
        raw_server(behave(answer(b"later", status=status))) as proxy,
        through(proxy, "https://cs.example.com/api", folder=tmp_path) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Failure)
    assert got.broke is Break.BEFORE


@both_loops
async def test_no_proxy_there_is_told_by_its_name(tmp_path: Path) -> None:
    """It is not the server that is down."""
    proxy = f"http://localhost:{free_port()}"
    async with through(proxy, "https://cs.example.com/api", folder=tmp_path) as transport:
        got = await post(transport)

    assert isinstance(got, Failure)
    assert got.broke is Break.BEFORE
    assert got.why.startswith(f"cannot connect to the proxy {proxy}: ")


async def test_a_login_is_not_repeated_at_a_proxy_that_refuses(tmp_path: Path) -> None:
    """One request for a tunnel, and the end."""
    async with (
        raw_server(behave(answer(b"no", status="403 Forbidden"))) as proxy,
        through(proxy, "https://cs.example.com/api", folder=tmp_path) as transport,
    ):
        login = Login(transport.exchange, BY_NAME["json"], username="ops", password="canary", max_attempts=8)
        with pytest.raises(ServerError, match="refused a tunnel to"):
            await login.sign_in()

    assert proxy.connections == 1


async def test_proxies_of_the_environment_are_not_heeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What some other program needs must not send tokens another way."""
    ca = trustme.CA()
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    async with (
        raw_server(behave(answer()), tls=certified(ca)) as server,
        through("", server.url, ca=ca, folder=tmp_path) as transport,
    ):
        assert isinstance(await post(transport), Answer)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"proxy": "proxy.example.com:3128"}, "not the URL of a proxy"),
        ({"proxy": "https://proxy.example.com"}, "not the URL of a proxy"),
        ({"proxy": "http://proxy.example.com:port"}, "not the URL of a proxy"),
        ({"proxy": "http://ops:canary@proxy.example.com:3128"}, "no user name or password"),
        ({"proxy_username": "ops"}, "--proxy-username needs --proxy"),
        ({"proxy": "http://proxy.example.com", "proxy_username": "ops:canary"}, "HTTP allows no colon in it"),
        ({"proxy": "http://proxy.example.com", "proxy_password_file": Path("x")}, "needs --proxy-username"),
        ({"key_file": Path("x")}, "--key-file needs --cert-file"),
        ({"cert_file": Path("x"), "server": "http://127.0.0.1:81/api"}, "plain http uses no certificate"),
        ({"proxy": "http://proxy.example.com", "server": "http://127.0.0.1:81/api"}, "plain http"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_said_at_once(settings: dict[str, Any], told: str) -> None:
    """Nor is a password repeated that somebody put into the URL."""
    with pytest.raises(SettingsError, match=told) as raised:
        Access(**settings)

    assert "canary" not in str(raised.value)


def test_an_option_goes_through_the_proxy_and_is_needed_again(bulkprov: Callable[..., Said], password: Path) -> None:
    """Exit 3 where the proxy is not there, no create, and the next command names it too."""
    proxy = f"http://127.0.0.1:{free_port()}"
    (password.parent / "w.csv").write_text("clientName,backupsetName\na,b\n")
    server = ("--server", "https://cs.example.com/api", "--username", "ops", "--password-file", str(password))
    secret = password.parent / "proxy.txt"
    secret.write_text("canary-of-the-proxy\n")
    secret.chmod(0o600)
    user = ("--proxy-username", "gate", "--proxy-password-file", secret)
    with begin_run("w.csv", output=Path("one"), access=Access(server=server[1]), reading=Reading()) as begun:
        load_rows(begun)
    said = bulkprov("resume", "one", *server, "--proxy", proxy, *user, "--max-attempts", "1")

    assert said.code == 3
    assert f"proxy {proxy}; signed in there as gate" in said.err
    assert "canary" not in said.out + said.err + "".join(
        each.read_bytes().decode("latin-1") for each in Path("one").iterdir()
    )
    assert f"--proxy-username gate --proxy-password-file {secret}" in said.out.partition("Go on:")[2]
    assert f"cannot connect to the proxy {proxy}" in said.out
    assert f"--proxy {proxy}" in said.out.partition("Go on:")[2]
