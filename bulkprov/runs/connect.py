"""A web service, reached and signed in to, from settings: transport, token and calls put together.

It knows where secrets are read and to whom they go; nothing of rows, runs or journals.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Final

from bulkprov.commvault.auth import Auth, GivenToken, Login, backoff, persevering
from bulkprov.commvault.credentials import Credentials
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.commvault.transport import Transport, trust
from bulkprov.commvault.webservice import WebService
from bulkprov.engine.model import End, Verdict
from bulkprov.errors import ServerError
from bulkprov.runs.environment import Environment, this_machine
from bulkprov.runs.log import Log
from bulkprov.settings import Access
from bulkprov.wire import BY_NAME

__all__ = ["authority", "check", "credentials_for", "root_of", "sign_in", "sign_out", "transport_to"]

_GOODBYE: Final = 5.0
"""Seconds that a log-out may take."""


def credentials_for(access: Access, ask: Callable[[str], str]) -> Credentials:
    """The credentials to sign in with; see `Credentials.of`. The simulator gets its own, and never a real server's.

    Raises:
        SettingsError: there are none, or two kinds; or `--ca-file` cannot be used, which is found out here as well,
            before a sheet is read.
    """
    trust(ca_file=access.ca_file, verify=not access.insecure)
    if not access.simulate:
        return Credentials.of(access, ask)
    from bulkprov.simulator import SimulatorSettings  # noqa: PLC0415 - a web server is heavy

    built_in = SimulatorSettings()
    return Credentials(username=built_in.username, password=built_in.password)


async def root_of(access: Access, state: Path | None, stack: AsyncExitStack) -> str:
    """The server's URL, after starting the simulator if that is to be the server."""
    if not access.simulate:
        return access.server
    from bulkprov.simulator import Simulator, SimulatorSettings  # noqa: PLC0415 - as above

    settings = SimulatorSettings(state=state, faults=access.faults, seed=access.seed)
    simulator = await stack.enter_async_context(Simulator(settings))
    return simulator.url


def transport_to(
    root: str, access: Access, environment: Environment, *, connections: int, sent: Callable[[], None]
) -> Transport:
    """The transport to a server; `sent` is called for each request."""
    return Transport(
        root,
        timeout=access.timeout,
        connect_timeout=access.connect_timeout,
        connections=connections,
        tls=trust(ca_file=access.ca_file, verify=not access.insecure) if root.startswith("https:") else None,
        connector=environment.connector,
        proxy="" if access.simulate else access.proxy,
        on_request=sent,
    )


def authority(
    transport: Transport,
    access: Access,
    credentials: Credentials,
    *,
    max_attempts: int,
    log: Log,
    environment: Environment,
) -> Auth:
    """Where the token comes from; it and the password are hidden in the log from now on."""
    for secret in (credentials.token, credentials.token.partition(" ")[2], credentials.password):
        log.hide(secret)
    if credentials.token:
        return GivenToken(credentials.token)
    return Login(
        transport.exchange,
        BY_NAME[access.wire],
        username=credentials.username,
        password=credentials.password,
        max_attempts=max_attempts,
        hide=log.hide,
        mask=log.masked,
        random=environment.random,
    )


async def sign_in(
    auth: Auth, service: WebService, credentials: Credentials, *, max_attempts: int, random: Random
) -> None:
    """Sign in. A token that was given is tried by one read, so that a dead server or token is found out now."""
    await auth.sign_in()
    if not credentials.token:
        return
    retrying = persevering(
        _unanswered, max_attempts=max_attempts, wait=lambda state: backoff(state.attempt_number, random)
    )
    verdict: Verdict = await retrying(service.listing, "")
    if verdict.halt or _unanswered(verdict):
        raise ServerError(verdict.halt or verdict.why)


def _unanswered(verdict: Verdict) -> bool:
    return not (verdict.end is End.ANSWERED or verdict.halt or verdict.http_status)


async def sign_out(auth: Auth) -> None:
    """End the session, but let nobody wait for a server that does not answer any more."""
    try:
        async with asyncio.timeout(_GOODBYE):
            await auth.sign_out()
    except TimeoutError:
        return


async def check(access: Access, credentials: Credentials, log: Log) -> int:
    """Sign in, look at the list of clients, and sign out; how many clients there are.

    Raises:
        ServerError: the server could not be reached, trusted or signed in to, or does not list its clients.
    """
    environment = this_machine()
    async with AsyncExitStack() as stack:
        root = await root_of(access, None, stack)
        transport = transport_to(root, access, environment, connections=1, sent=lambda: None)
        await stack.enter_async_context(transport)
        auth = authority(transport, access, credentials, max_attempts=3, log=log, environment=environment)
        service = WebService(
            transport, auth, BY_NAME[access.wire], BACKUP_SET, clock=environment.clock, mask=log.masked
        )
        await auth.sign_in()
        verdict = await service.clients()
        await sign_out(auth)
    if verdict.listing is None:
        raise ServerError(verdict.halt or verdict.why)
    return len(set(verdict.listing.ids.values()))
