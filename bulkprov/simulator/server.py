"""The simulator: its parts put together, started and stopped.

Everything runs on the event loop that started it, without threads. Time comes from the clock that is given (dates, idle
tokens) and from the loop (waiting), so the whole server also runs on a virtual clock and without sockets: see
`Simulator.web_server`.
"""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from bulkprov.errors import ServerError
from bulkprov.simulator.commserve.estate import estate_of
from bulkprov.simulator.commserve.rules import Commserve, CreateRequest
from bulkprov.simulator.commserve.sessions import Sessions
from bulkprov.simulator.commserve.state import BackupSetRow, State
from bulkprov.simulator.endpoints.backend import Backend
from bulkprov.simulator.faults import FaultPolicy, SeededFaults
from bulkprov.simulator.handler import RequestHandler
from bulkprov.simulator.settings import EstateSet, SimulatorSettings
from bulkprov.simulator.statistics import Statistics

__all__ = ["Simulator"]

_ROOT_PATH: Final = "/commandcenter/api"
_KEEP_ALIVE: Final = 75.0
_GRACE: Final = 0.1
"""Seconds that connections get to close when the server stops; requests in flight are cancelled before."""


class _CountingServer(web.Server):
    """aiohttp's server, counting its connections."""

    statistics: Statistics
    forget: Callable[[web.RequestHandler], None]

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        self.statistics.connections += 1
        super().connection_made(handler, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        self.forget(handler)
        super().connection_lost(handler, exc)


class Simulator:
    """A simulated CommServe; several may run on one event loop."""

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        fault_policy: FaultPolicy | None = None,
    ) -> None:
        """Keep the arguments; nothing is opened yet.

        Args:
            settings: how it behaves.
            clock: seconds since the epoch, for idle tokens, dates and slow lists.
            fault_policy: which requests are struck by which faults; by default the shares and the seed of the settings
                decide.
        """
        self.settings = settings or SimulatorSettings()
        self.statistics = Statistics()
        self.port = self.settings.port
        self._fault_policy: FaultPolicy = fault_policy or SeededFaults(
            seed=self.settings.seed, overall=self.settings.faults, by_name=self.settings.fault
        )
        self._clock = clock
        self._handler: RequestHandler | None = None
        self._server: _CountingServer | None = None
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The root path of the web service, without a trailing slash."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"http://{host}:{self.port}{_ROOT_PATH}"

    @property
    def fault_policy(self) -> FaultPolicy:
        """Which requests are struck by which faults; may be replaced at any time."""
        return self._fault_policy

    @fault_policy.setter
    def fault_policy(self, fault_policy: FaultPolicy) -> None:
        self._fault_policy = fault_policy
        if self._handler is not None:
            self._handler.fault_policy = fault_policy

    @property
    def sessions(self) -> Sessions:
        """Its tokens, for a test to issue or expire. Only on a running event loop."""
        return self._open().backend.sessions

    def backupsets(self) -> list[BackupSetRow]:
        """Every backup set by id, listed or not: the truth to check a client against. Only on a running event loop."""
        return self._open().backend.state.all_sets()

    def rename(self, set_id: int, name: str) -> None:
        """Rename a backup set without a request, as an administrator might."""
        self._open().backend.state.rename_set(set_id, name)

    def remove(self, set_id: int) -> None:
        """Delete a backup set without a request, as an administrator might."""
        commserve, state = self._open().backend.commserve, self._open().backend.state
        if row := state.set_by_id(set_id):
            commserve.remove(row)

    def create(self, each: EstateSet) -> int:
        """Create a backup set without a request, as an administrator might; its id, or 0 if it was refused."""
        request = CreateRequest(client=each.client, app=each.app, instance=each.instance, name=each.name)
        return self._open().backend.commserve.create(request).set_id

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
            ServerError: the port is taken, or the address cannot be used.
            SettingsError: the estate contradicts itself.
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

        Only on a running event loop. It is the same server each time, until `stop`.
        """
        if self._server is None:
            self._server = _CountingServer(
                self._open().handle, access_log=None, keepalive_timeout=_KEEP_ALIVE, lingering_time=0
            )
            self._server.statistics, self._server.forget = self.statistics, self._open().forget
        return self._server

    def _open(self) -> RequestHandler:
        if self._handler is None:
            settings = self.settings
            state = State(settings.state, estate_of(settings), self._clock())
            sessions = Sessions(
                state,
                life=settings.token_minutes * 60,
                access_tokens=settings.access_tokens,
                seed=settings.seed,
                clock=self._clock,
            )
            commserve = Commserve(settings, state, self._clock)
            backend = Backend(settings, state, commserve, sessions, self.statistics)
            self._handler = RequestHandler(backend, self._fault_policy, self._clock)
        return self._handler

    async def stop(self) -> None:
        """Process what is due later, cancel what is in flight, and close everything; the state file stays.

        May be called twice.
        """
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._handler is not None:
            await self._handler.stop()
        if self._server is not None:
            self._server.pre_shutdown()
            await self._server.shutdown(_GRACE)
            self._server = None
        if self._handler is not None:
            self._handler.backend.state.close()
            self._handler = None
