"""The simulator itself: its parts put together, started and stopped.

All work is done on the event loop that started it, without threads; time comes from the clock that is given (for
dates and idle tokens) and from the loop (for waiting), so that the whole server runs on a virtual clock and without
sockets as well: see `Simulator.web_server`.
"""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from bulkprov.errors import ServerError
from bulkprov.simulator.commserve import Commserve
from bulkprov.simulator.estate import estate_of
from bulkprov.simulator.exchange import Exchanges
from bulkprov.simulator.office import Office
from bulkprov.simulator.plan import Plan, SeededPlan
from bulkprov.simulator.sessions import Sessions
from bulkprov.simulator.settings import SimulatorSettings
from bulkprov.simulator.state import BackupSetRow, State
from bulkprov.simulator.statistics import Statistics

__all__ = ["Simulator"]

_ROOT_PATH: Final = "/commandcenter/api"
_KEEP_ALIVE: Final = 75.0
_GOODBYE: Final = 0.1
"""Seconds that connections get to go when the server stops; what is in flight is cancelled before."""


class _CountingServer(web.Server):
    """aiohttp's server, which tells of each connection."""

    connected: Callable[[], None]

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        self.connected()
        super().connection_made(handler, transport)


class Simulator:
    """A CommServe to rehearse against; several may run on one event loop."""

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        plan: Plan | None = None,
    ) -> None:
        """Make it; nothing is opened yet.

        Args:
            settings: how it behaves.
            clock: seconds since the epoch, for idle tokens, dates and slow lists.
            plan: which requests go wrong; by default the shares and the seed of the settings decide.
        """
        self.settings = settings or SimulatorSettings()
        self.statistics = Statistics()
        self.port = self.settings.port
        self._plan: Plan = plan or SeededPlan(
            seed=self.settings.seed, overall=self.settings.faults, by_name=self.settings.fault
        )
        self._clock = clock
        self._parts: tuple[Office, Exchanges] | None = None
        self._server: _CountingServer | None = None
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Root path of the web service, without a slash at its end."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"http://{host}:{self.port}{_ROOT_PATH}"

    @property
    def plan(self) -> Plan:
        """Which requests go wrong; may be replaced at any time."""
        return self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self._plan = plan
        if self._parts is not None:
            self._parts[1].plan = plan

    @property
    def sessions(self) -> Sessions:
        """Its tokens: a test may let them expire. Only on a running event loop."""
        return self._open()[0].sessions

    def backupsets(self) -> list[BackupSetRow]:
        """Every backup set there is, by id: the truth to check a client against. Only on a running event loop."""
        return self._open()[0].state.all_sets()

    def rename(self, number: int, name: str) -> None:
        """Rename the backup set of that id, as an administrator might behind a client's back."""
        self._open()[0].state.rename_set(number, name)

    def remove(self, number: int) -> None:
        """Delete the backup set of that id in the same way."""
        self._open()[0].state.remove_set(number)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the state and listen.

        Raises:
            ServerError: the port is taken or the address cannot be used.
            SettingsError: the estate cannot be made.
            StorageError: the state file cannot be used.
        """
        server = self.web_server()
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_server(server, self.settings.host, self.settings.port, backlog=1024)
        except OSError as error:
            await self.stop()
            where = f"{self.settings.host}:{self.settings.port}"
            raise ServerError(f"the simulator cannot listen on {where} ({error.strerror}); try --port 0") from error
        self.port = self._listener.sockets[0].getsockname()[1]

    def web_server(self) -> web.Server:
        """The server without a socket: call it for a protocol, and connect that to a transport of any kind.

        Only on a running event loop. It is the same one each time, until `stop`.
        """
        if self._server is None:
            _, exchanges = self._open()
            self._server = _CountingServer(
                exchanges.handle, access_log=None, keepalive_timeout=_KEEP_ALIVE, lingering_time=0
            )
            self._server.connected = self._count_connection
        return self._server

    def _open(self) -> tuple[Office, Exchanges]:
        if self._parts is None:
            settings = self.settings
            state = State(settings.state, estate_of(settings))
            sessions = Sessions(
                state,
                life=settings.token_minutes * 60,
                access_tokens=settings.access_tokens,
                seed=settings.seed,
                clock=self._clock,
            )
            commserve = Commserve(settings, state, self._clock)
            office = Office(settings, state, commserve, sessions, self.statistics.told)
            self._parts = office, Exchanges(office, self._plan, self.statistics, self._clock)
        return self._parts

    async def stop(self) -> None:
        """Do what is late, cancel what is in flight, close all; the state file stays. May be called twice."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._parts is not None:
            await self._parts[1].end()
        if self._server is not None:
            self._server.pre_shutdown()
            await self._server.shutdown(_GOODBYE)
            self._server = None
        if self._parts is not None:
            self._parts[0].state.close()
            self._parts = None

    def _count_connection(self) -> None:
        self.statistics.connections += 1
