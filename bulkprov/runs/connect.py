"""A web service, reached and signed in to, from settings: transport, token and calls put together.

It knows where secrets are read and to whom they go; nothing of rows, runs or journals.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from bulkprov.commvault.auth import Auth, GivenToken, Login, backoff, fits_header, persevering
from bulkprov.commvault.transport import Transport, trust
from bulkprov.commvault.webservice import WebService
from bulkprov.engine.model import End, Verdict
from bulkprov.errors import ServerError, SettingsError
from bulkprov.runs.environment import Surroundings, real
from bulkprov.runs.log import Log
from bulkprov.settings import Access, read_secret
from bulkprov.wire import BY_NAME

__all__ = ["Credentials", "authority", "check", "root_of", "sign_in", "sign_out", "transport_to"]

_GOODBYE: Final = 5.0
"""Seconds that a log-out may take."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credentials:
    """How to sign in: a token, or a user name and password."""

    token: str = ""
    username: str = ""
    password: str = ""

    @classmethod
    def of(cls, access: Access, ask: Callable[[str], str]) -> "Credentials":
        """Collect them.

        Args:
            access: says where they are.
            ask: asks for the password of the user it is given; gives nothing if nobody is there to answer.

        Raises:
            SettingsError: there are none, or two kinds; or `--ca-file` cannot be used, which is found out here as well,
                before a sheet is read.
        """
        trust(ca_file=access.ca_file, verify=not access.insecure)
        if access.simulate:  # what is good for a real server is told to nobody else
            from bulkprov.simulator import SimulatorSettings  # noqa: PLC0415 - a web server is heavy

            built_in = SimulatorSettings()
            return cls(username=built_in.username, password=built_in.password)
        if access.username and access.token_file:
            raise SettingsError("--username and --token-file exclude each other")
        if access.username:
            password = read_secret(access.password_file, "BULKPROV_PASSWORD") or ask(access.username)
            if not password:
                raise SettingsError("no password: give --password-file FILE, or set BULKPROV_PASSWORD")
            return cls(username=access.username, password=password)
        if token := read_secret(access.token_file, "BULKPROV_TOKEN"):
            if not fits_header(token):
                raise SettingsError("the token holds characters that no token has; it is one line of plain ASCII text")
            return cls(token=token)
        raise SettingsError("no credentials: give --token-file FILE, or --username NAME")


async def root_of(access: Access, state: Path | None, stack: AsyncExitStack) -> str:
    """The server's URL, after starting the simulator if that is to be the server."""
    if not access.simulate:
        return access.server
    from bulkprov.simulator import Simulator, SimulatorSettings  # noqa: PLC0415 - as above

    settings = SimulatorSettings(state=state, faults=access.faults, seed=access.seed)
    simulator = await stack.enter_async_context(Simulator(settings))
    return simulator.url


def transport_to(
    root: str, access: Access, around: Surroundings, *, connections: int, sent: Callable[[], None]
) -> Transport:
    """The transport to a server; `sent` is called for each request."""
    return Transport(
        root,
        timeout=access.timeout,
        connect_timeout=access.connect_timeout,
        connections=connections,
        tls=trust(ca_file=access.ca_file, verify=not access.insecure) if root.startswith("https:") else None,
        connector=around.connector,
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
    around: Surroundings,
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
        random=around.random,
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
    around = real()
    async with AsyncExitStack() as stack:
        root = await root_of(access, None, stack)
        transport = transport_to(root, access, around, connections=1, sent=lambda: None)
        await stack.enter_async_context(transport)
        auth = authority(transport, access, credentials, max_attempts=3, log=log, around=around)
        service = WebService(transport, auth, BY_NAME[access.wire], clock=around.clock, mask=log.masked)
        await auth.sign_in()
        verdict = await service.clients()
        await sign_out(auth)
    if verdict.listing is None:
        raise ServerError(verdict.halt or verdict.why)
    return len(set(verdict.listing.ids.values()))
