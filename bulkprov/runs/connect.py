"""The way to the web service, from settings: credentials, simulator, transport, sign-in, sign-out.

It knows where secrets come from and where they go, and nothing of rows, runs or journals.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any, Final

from bulkprov.commvault.auth import Exchange, GivenToken, Login, OpenSession
from bulkprov.commvault.credentials import Credentials, proxy_authorization, proxy_password
from bulkprov.commvault.inventory import CLIENTS
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.commvault.retrying import retrying_sign_in
from bulkprov.commvault.session import Auth
from bulkprov.commvault.tls import tls_for
from bulkprov.commvault.transport import Transport
from bulkprov.commvault.webservice import WebService
from bulkprov.engine.model import End, Verdict
from bulkprov.errors import RefusedError, RunError, ServerError
from bulkprov.kind import Kind
from bulkprov.private import why_not_own
from bulkprov.runs.environment import Environment, this_machine
from bulkprov.runs.log import Log
from bulkprov.settings import Access
from bulkprov.wire import BY_NAME

__all__ = [
    "authority",
    "check",
    "credentials_for",
    "end_session",
    "root_of",
    "service_with",
    "sign_in",
    "sign_out",
    "transport_to",
]

_GOODBYE: Final = 5.0
"""Seconds that the log-out may take."""


def credentials_for(access: Access, ask: Callable[[str], str]) -> Credentials:
    """The credentials to sign in with; see `Credentials.of`. The simulator gets its own, never those of a real server.

    Args:
        access: names the files of secrets.
        ask: gives the password of a user, or an empty text.

    Raises:
        SettingsError: there are none, or of two kinds; or a file for TLS or for the proxy cannot be used.
    """
    # These are tried here too, so that a wrong one is found before the sheet is read.
    tls_for(access)
    proxy_authorization(access)
    if not access.simulate:
        return Credentials.of(access, ask)
    from bulkprov.simulator import SimulatorSettings  # noqa: PLC0415 - a web server is heavy

    built_in = SimulatorSettings()
    return Credentials(username=built_in.username, password=built_in.password)


async def root_of(access: Access, state: Path | None, stack: AsyncExitStack) -> str:
    """The server's URL; with `--simulate`, that of a simulator which runs until the stack is closed.

    Raises:
        RunError: others could have written the simulator's state.
    """
    if not access.simulate:
        return access.server
    from bulkprov.simulator import Simulator, SimulatorSettings  # noqa: PLC0415 - as above

    if state and (why := why_not_own(state)):
        raise RunError(f"{state}: {why}")

    settings = SimulatorSettings(state=state, faults=access.faults, seed=access.seed)
    simulator = await stack.enter_async_context(Simulator(settings))
    return simulator.url


def transport_to(
    root: str,
    access: Access,
    environment: Environment,
    *,
    connections: int,
    sent: Callable[[], None],
    distrusted: Callable[[str], None] = lambda _why: None,
) -> Transport:
    """The transport to a server, not open yet.

    Args:
        root: the server's URL.
        access: timeouts, certificates, proxy.
        environment: where connections come from.
        connections: how many may be open.
        sent: called for each request.
        distrusted: called when connections cease to be kept; see `Transport.distrust`.
    """
    return Transport(
        root,
        timeout=access.timeout,
        connect_timeout=access.connect_timeout,
        connections=connections,
        tls=tls_for(access) if root.startswith("https:") else None,
        connector=environment.connector,
        proxy="" if access.simulate else access.proxy,
        proxy_authorization="" if access.simulate else proxy_authorization(access),
        on_request=sent,
        on_distrust=distrusted,
    )


def authority(
    exchange: Exchange,
    access: Access,
    credentials: Credentials,
    *,
    max_attempts: int,
    log: Log,
    environment: Environment,
    shared: OpenSession | None = None,
) -> Auth:
    """Where the token comes from: given, or by login. Token and password are masked in the log from now on.

    Args:
        exchange: sends the requests of signing in and out.
        access: in which format.
        credentials: what is sent.
        max_attempts: of one that is not answered.
        log: masks them.
        environment: has the random numbers.
        shared: see `Job.shared`.
    """
    of_proxy = (proxy_password(access), proxy_authorization(access).partition(" ")[2])
    password = "" if access.simulate else credentials.password  # the simulator's is public, and an ordinary word
    for secret in (credentials.token, credentials.token.partition(" ")[2], password, *of_proxy):
        log.hide(secret)
    if credentials.token:
        return GivenToken(credentials.token)
    return Login(
        exchange,
        BY_NAME[access.wire],
        username=credentials.username,
        password=credentials.password,
        max_attempts=max_attempts,
        hide=log.hide,
        mask=log.masked,
        random=environment.random,
        sent_once=credentials.sent_once,
        shared=shared,
    )


def service_with(
    transport: Transport,
    auth: Auth,
    access: Access,
    log: Log,
    environment: Environment,
    *,
    kind: Kind[Any] = BACKUP_SET,
) -> WebService:
    """The web service for things of a kind, in the format of the settings, with what is secret hidden from its words.

    Args:
        transport: carries its requests.
        auth: signs them.
        access: in which format.
        log: masks.
        environment: has the clock.
        kind: of the things.
    """
    return WebService(transport, auth, BY_NAME[access.wire], kind, clock=environment.clock, mask=log.masked)


async def sign_in(
    auth: Auth, service: WebService, credentials: Credentials, *, max_attempts: int, random: Random
) -> None:
    """Sign in. A given token is tried by one read, so that a dead server or token is found before any row is sent.

    Raises:
        RefusedError: the server has refused the credentials.
        ServerError: the server could not be reached, trusted or signed in to.
    """
    await auth.sign_in()
    if not credentials.token:
        return
    retrying = retrying_sign_in(_unanswered, max_attempts=max_attempts, random=random)
    verdict: Verdict = await retrying(service.listing, "")
    if verdict.halt and verdict.http_status:
        raise RefusedError(verdict.halt, again=False)
    if verdict.halt or _unanswered(verdict):
        raise ServerError(verdict.halt or verdict.why)


def _unanswered(verdict: Verdict) -> bool:
    return not (verdict.end is End.ANSWERED or verdict.halt or verdict.http_status)


async def sign_out(auth: Auth) -> None:
    """End the session, without waiting long for a server that no longer answers."""
    try:
        async with asyncio.timeout(_GOODBYE):
            await auth.sign_out()
    except TimeoutError:
        return


async def end_session(access: Access, credentials: Credentials, shared: OpenSession, log: Log) -> None:
    """End a session that was left for a job which is not to come.

    Raises:
        ServerError: a setting of the transport cannot be used.
    """
    environment = this_machine()
    async with transport_to(access.server, access, environment, connections=1, sent=lambda: None) as transport:
        auth = authority(
            transport.exchange, access, credentials, max_attempts=1, log=log, environment=environment, shared=shared
        )
        await auth.sign_in()  # takes it over
        await sign_out(auth)


async def check(access: Access, credentials: Credentials, log: Log) -> int:
    """Sign in, count the clients that are listed, and sign out.

    Raises:
        ServerError: the server could not be reached, trusted or signed in to, or does not list its clients.
    """
    environment = this_machine()
    async with AsyncExitStack() as stack:
        root = await root_of(access, None, stack)
        transport = transport_to(root, access, environment, connections=1, sent=lambda: None)
        await stack.enter_async_context(transport)
        auth = authority(transport.exchange, access, credentials, max_attempts=3, log=log, environment=environment)
        service = service_with(transport, auth, access, log, environment)
        await auth.sign_in()
        verdict = await service.read(CLIENTS, "")
        await sign_out(auth)
    if verdict.listing is None:
        raise ServerError(verdict.halt or verdict.why)
    return len(set(verdict.listing.ids.values()))
