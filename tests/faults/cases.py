"""How each fault of the tables is staged: a whole run of one row, from sheet to results, over real sockets."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import trustme

from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.operations import ROLLBACK
from bulkprov.settings import Access, Effort
from bulkprov.simulator import RequestKind, Simulator, SimulatorSettings
from tests.faults.rollbacks import (
    DELETE_STRUCK_ALWAYS,
    DELETE_STRUCK_ONCE,
    READ_STRUCK_ALWAYS,
    READ_STRUCK_ONCE,
)
from tests.faults.scripted_server import MADE, TOKEN, Script, scripted_commserve
from tests.faults.tables import (
    LIST_STRUCK_ALWAYS,
    LIST_STRUCK_ONCE,
    LOGIN_STRUCK_ALWAYS,
    LOGIN_STRUCK_ONCE,
    NO_LOGIN,
    SCRIPTED,
    SERVERS,
    STRUCK_ALWAYS,
    STRUCK_ONCE,
    Expected,
)
from tests.rawserver import Connection, free_port, raw_server
from tests.rehearsal import Rehearsed, rehearse
from tests.simulator.policies import Strike

CANARY = 'kanarien<vogel>&"9d1f/+'
WAVE = [("client030", "FS_1")]
ACCESS = Access(timeout=1, connect_timeout=1)
EFFORT = Effort(concurrency=2, max_attempts=2, settle=0.3)
SERVER = SimulatorSettings(slow_seconds=1.5, late_seconds=0.25, hang_seconds=5, password=CANARY)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a run."""

    run: Rehearsed
    made: int
    """Backup sets of the row's name that the server has in the end."""
    secrets: tuple[str, ...]
    """The password and the tokens that must not be written anywhere."""
    ids: tuple[int, ...] = ()


async def _simulated(
    folder: Path, name: str, kind: RequestKind, times: float, server: SimulatorSettings = SERVER
) -> Seen:
    async with Simulator(server, fault_policy=Strike(name, kind, times=times)) as simulator:
        run = await rehearse(
            folder,
            WAVE,
            access=replace(ACCESS, server=simulator.url),
            effort=EFFORT,
            credentials=Credentials(username="admin", password=CANARY),
        )
        ids = tuple(each.id for each in simulator.backupsets() if each.name == "FS_1")
        tokens = tuple(simulator.sessions._token(number).removeprefix("QSDK ") for number in range(10))
    return Seen(run, len(ids), (CANARY, *tokens), ids)


async def _rolled_back(folder: Path, name: str, kind: RequestKind, times: float) -> Seen:
    """A run without faults, and its rollback with them."""
    strike = Strike(name, kind, times=0)
    async with Simulator(SERVER, fault_policy=strike) as simulator:
        access, credentials = replace(ACCESS, server=simulator.url), Credentials(username="admin", password=CANARY)
        await rehearse(folder, WAVE, access=access, effort=EFFORT, credentials=credentials)
        strike.left = times
        run = await rehearse(
            folder, WAVE, access=access, effort=EFFORT, credentials=credentials, begin=False, operation=ROLLBACK
        )
        ids = tuple(each.id for each in simulator.backupsets() if each.name == "FS_1")
    return Seen(run, len(ids), (CANARY,), ids)


async def _scripted(folder: Path, script: Script) -> Seen:
    async with scripted_commserve(script) as (server, made):
        run = await rehearse(
            folder,
            WAVE,
            access=replace(ACCESS, server=server.url),
            effort=EFFORT,
            credentials=Credentials(username="admin", password=CANARY),
        )
    return Seen(run, len(made), (CANARY, TOKEN.removeprefix("QSDK ")), tuple(made))


async def _no_server(folder: Path, **access: Any) -> Seen:
    run = await rehearse(
        folder,
        WAVE,
        access=replace(ACCESS, **access),
        effort=EFFORT,
        credentials=Credentials(token=f"QSDK {CANARY}") if "token" in folder.name else None,
    )
    return Seen(run, 0, (CANARY,))


@dataclass(frozen=True, slots=True)
class Certificates:
    """A certificate authority, and the file by which a client trusts it."""

    ca: trustme.CA
    file: Path

    def server(self, *names: str, ca: trustme.CA | None = None, expired: bool = False) -> ssl.SSLContext:
        """The server's side of TLS, with a certificate for these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        until = datetime.now(UTC) - timedelta(days=1) if expired else None
        (ca or self.ca).issue_cert(*names, not_after=until).configure_cert(context)
        return context


async def _tls(folder: Path, certificates: Certificates, tls: ssl.SSLContext | None) -> Seen:
    async def serve(connection: Connection) -> None:
        while True:
            await connection.request()
            await connection.send(MADE)

    async with raw_server(serve, tls=tls) as server:
        url = server.url.replace("http:", "https:")
        seen = await _no_server(folder, server=url, ca_file=certificates.file)
        assert server.requests == [], "the token or the password reached a server that is not trusted"
    return seen


async def _mute(folder: Path) -> Seen:
    async def mute(connection: Connection) -> None:
        await connection.reader.read()

    async with raw_server(mute) as server:
        return await _no_server(folder, server=server.url.replace("http:", "https:"))


async def _dead_token(folder: Path) -> Seen:
    async with Simulator(SERVER) as simulator:
        return await _no_server(folder, server=simulator.url)


async def _wrong_password(folder: Path) -> Seen:
    async with Simulator(SERVER) as simulator:
        return await _no_server(folder, server=simulator.url)


async def _wrong_url(folder: Path) -> Seen:
    async with Simulator(SERVER) as simulator:
        return await _no_server(folder, server=simulator.url.removesuffix("/api"))


Case = tuple[Callable[[Path], Awaitable[Seen]], Expected]


def _unreachable(certificates: Certificates) -> dict[str, Case]:
    """Servers that cannot be reached, trusted or signed in to: no row is touched, and the exit code is 3."""

    def case(stop: str, make: Callable[[Path], Awaitable[Seen]]) -> Case:
        return make, replace(NO_LOGIN, stop=stop)

    untrusted = "the certificate of localhost:[0-9]+ is not trusted: .*"
    tls = certificates.server
    return {
        "no-listener": case(
            "cannot connect to 127.0.0.1:[0-9]+: Connection refused",
            lambda folder: _no_server(folder, server=f"http://127.0.0.1:{free_port()}/api"),
        ),
        "unknown-name": case(
            r"the name commserve.invalid cannot be resolved: is it spelled right, .*\?",
            lambda folder: _no_server(folder, server="https://commserve.invalid/api"),
        ),
        "unknown-name-given-token": case(
            r"the name commserve.invalid cannot be resolved: is it spelled right, .*\?",
            lambda folder: _no_server(folder, server="https://commserve.invalid/api"),
        ),
        "unknown-authority": case(
            untrusted, lambda folder: _tls(folder, certificates, tls("localhost", ca=trustme.CA()))
        ),
        "unknown-authority-given-token": case(
            untrusted, lambda folder: _tls(folder, certificates, tls("localhost", ca=trustme.CA()))
        ),
        "other-host": case(
            untrusted + "localhost", lambda folder: _tls(folder, certificates, tls("elsewhere.example"))
        ),
        "expired": case(
            untrusted + "expired", lambda folder: _tls(folder, certificates, tls("localhost", expired=True))
        ),
        "no-tls-there": case(
            "no TLS connection to localhost:[0-9]+|did not accept",
            lambda folder: _tls(folder, certificates, None),
        ),
        "mute-in-handshake": case("localhost:[0-9]+ did not accept a connection in time", _mute),
        "dead-given-token": case(r"the server rejected the token \(HTTP 401\); get a new one", _dead_token),
        "wrong-password": case("login refused: .+", _wrong_password),
        "wrong-url": case("is the --server URL right|login refused", _wrong_url),
    }


def cases(certificates: Certificates) -> dict[str, Case]:
    """Every case by name: how to stage it in a folder, and what must come of it."""
    made: dict[str, Case] = {}
    for prefix, table, kind, times in (
        ("create", STRUCK_ONCE, RequestKind.CREATE, 1),
        ("every-create", STRUCK_ALWAYS, RequestKind.CREATE, float("inf")),
        ("list", LIST_STRUCK_ONCE, RequestKind.LIST, 1),
        ("every-list", LIST_STRUCK_ALWAYS, RequestKind.LIST, float("inf")),
        ("login", LOGIN_STRUCK_ONCE, RequestKind.LOGIN, 1),
        ("every-login", LOGIN_STRUCK_ALWAYS, RequestKind.LOGIN, float("inf")),
    ):
        for expected, names in table.items():
            for name in names.split():
                made[f"{prefix}-{name}"] = partial(_simulated, name=name, kind=kind, times=times), expected
    for prefix, table, kind, times in (
        ("delete", DELETE_STRUCK_ONCE, RequestKind.DELETE, 1),
        ("every-delete", DELETE_STRUCK_ALWAYS, RequestKind.DELETE, float("inf")),
        ("read", READ_STRUCK_ONCE, RequestKind.READ, 1),
        ("every-read", READ_STRUCK_ALWAYS, RequestKind.READ, float("inf")),
    ):
        for expected, names in table.items():
            for name in names.split():
                made[f"{prefix}-{name}"] = partial(_rolled_back, name=name, kind=kind, times=times), expected
    for name, (options, faults) in SERVERS.items():
        for fault, expected in faults.items():
            server, times = replace(SERVER, **options), 1 if fault else 0
            stage = partial(_simulated, name=fault or "slow", kind=RequestKind.CREATE, times=times, server=server)
            made[f"{name}-{fault or 'honest'}"] = stage, expected
    for name, (script, expected) in SCRIPTED.items():
        made[f"scripted-{name}"] = partial(_scripted, script=script), expected
    return made | _unreachable(certificates)
