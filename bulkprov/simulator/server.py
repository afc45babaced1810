"""The server: sockets, the life of a request, and faults carried out on the connection.

It puts the parts together and is the only one that knows aiohttp. All work is done on the event loop that started it,
without threads; time comes from the clock that is given (for people) and from the loop (for waiting), so that the
whole server runs on a virtual clock and without sockets as well: see `Simulator.web_server`.
"""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from types import TracebackType
from typing import Final, Self

from aiohttp import web
from aiohttp.http import StreamWriter

from bulkprov.errors import ServerError
from bulkprov.simulator import routes
from bulkprov.simulator.answer import Answer, Asked
from bulkprov.simulator.commserve import Commserve
from bulkprov.simulator.estate import estate_of
from bulkprov.simulator.faults import Effect, Fault
from bulkprov.simulator.plan import Plan, SeededPlan
from bulkprov.simulator.sessions import Sessions
from bulkprov.simulator.settings import SimulatorSettings
from bulkprov.simulator.shapes import End, Scene, Wait
from bulkprov.simulator.state import BackupSetRow, State
from bulkprov.simulator.statistics import Statistics

__all__ = ["Simulator"]

_STATISTICS_PATH: Final = "/simulator/statistics"
_ROOT_PATH: Final = "/commandcenter/api"
_SOON: Final = 0.005
_KEEP_ALIVE: Final = 75.0
_GOODBYE: Final = 0.1
"""Seconds that idle connections get to go when the server stops; requests in flight are cancelled before."""
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


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
        self.plan: Plan = plan or SeededPlan(
            seed=self.settings.seed, overall=self.settings.faults, by_name=self.settings.fault
        )
        self._clock = clock
        self._date = (0, "")
        self._state: State | None = None
        self._office: routes.Office | None = None
        self._server: _CountingServer | None = None
        self._listener: asyncio.Server | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._late: dict[asyncio.TimerHandle, Callable[[], None]] = {}
        self.port = self.settings.port

    @property
    def url(self) -> str:
        """Root path of the web service, without a slash at its end."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"http://{host}:{self.port}{_ROOT_PATH}"

    @property
    def sessions(self) -> Sessions:
        """Its tokens: a test may let them expire."""
        return self._open().sessions

    def backupsets(self) -> list[BackupSetRow]:
        """Every backup set there is, by id: the truth to check a client against."""
        return self._open().state.all_sets()

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
        """The server without a socket: call it for a protocol and give that a transport of any kind.

        Must be called on a running event loop. The same server is given each time until `stop`.
        """
        if self._server is None:
            self._open()
            self._server = _CountingServer(
                self._handle, access_log=None, keepalive_timeout=_KEEP_ALIVE, lingering_time=0
            )
            self._server.connected = self._count_connection
        return self._server

    def _open(self) -> routes.Office:
        if self._office is None:
            settings = self.settings
            self._state = State(settings.state, estate_of(settings))
            self._office = routes.Office(
                settings=settings,
                state=self._state,
                commserve=Commserve(settings, self._state, self._clock),
                sessions=Sessions(
                    self._state,
                    life=settings.token_minutes * 60,
                    access_tokens=settings.access_tokens,
                    seed=settings.seed,
                    clock=self._clock,
                ),
                told=self.statistics.told,
            )
        return self._office

    async def stop(self) -> None:
        """Do what is late, cancel what is in flight, close all; the state file stays. May be called twice."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for timer, act in list(self._late.items()):
            timer.cancel()
            act()
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)
        if self._server is not None:
            await self._server.shutdown(_GOODBYE)
            self._server = None
        if self._state is not None:
            self._state.close()
            self._state = self._office = None

    def _count_connection(self) -> None:
        self.statistics.connections += 1

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request, from its arrival to its answer or to the end of its connection."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler always runs in a task
        self._under_way.add(task)
        try:
            return await self._exchange(request)
        finally:
            self._under_way.discard(task)

    async def _exchange(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = Asked(
            method=request.method,
            path=request.path,
            query={name.lower(): value for name, value in request.query.items()},
            headers=request.headers,
            body=await request.read(),
        )
        if asked.path == _STATISTICS_PATH:
            return web.json_response(self.statistics.page())
        route, number = routes.find(asked.method, asked.path)
        self.statistics.requests[route.kind] += 1
        fault = self.plan.choose(route.kind, _content(asked))
        await self._travel()
        if fault is None:
            answer = routes.respond(self._open(), route, asked, number)
            await self._travel()
            return self._response(answer)
        self.statistics.faults[fault.name] += 1
        answer = self._effect(fault, route, asked, number)
        await self._travel()
        return await self._perform(request, fault, answer)

    async def _travel(self) -> None:
        if self.settings.latency:
            await asyncio.sleep(self.settings.latency / 2)

    def _effect(self, fault: Fault, route: routes.Route, asked: Asked, number: int) -> Answer:
        """Do what the fault lets happen to the request itself; the honest answer, if there is one."""
        office = self._open()
        nothing = Answer(wire=asked.accepts)
        match fault.effect:
            case Effect.NONE:
                return nothing
            case Effect.FIRST:
                return routes.respond(office, route, asked, number)
            case Effect.LATE:
                self._later(lambda: routes.respond(office, route, asked, number))
                return nothing
            case Effect.UNLISTED:
                hiding = replace(office, listed_after=self.settings.late_seconds)
                return routes.respond(hiding, route, asked, number)
            case Effect.TWICE:
                routes.respond(office, route, asked, number)
                return routes.respond(office, route, asked, number)
            case Effect.EXPIRED:
                office.sessions.expire(asked.headers.get("Authtoken", ""))
                return routes.respond(office, route, asked, number)

    def _later(self, act: Callable[[], object]) -> None:
        def due() -> None:
            del self._late[timer]
            act()

        timer = asyncio.get_running_loop().call_later(self.settings.late_seconds, due)
        self._late[timer] = due

    async def _perform(self, request: web.BaseRequest, fault: Fault, answer: Answer) -> web.StreamResponse:
        """Carry out the steps of a fault; after an end, aiohttp finds the transport closing and lets go."""
        settings = self.settings
        scene = Scene(
            now=self._clock(),
            slow_seconds=settings.slow_seconds,
            hang_seconds=settings.hang_seconds,
            redirect_to=settings.redirect_to,
        )
        loop = asyncio.get_running_loop()
        raw = StreamWriter(request.protocol, loop)
        for step in fault.shape(answer, scene):
            transport = request.transport
            if transport is None or transport.is_closing():
                break
            match step:
                case Wait(seconds):
                    await asyncio.sleep(seconds)
                case bytes():
                    try:
                        await raw.write(step)
                    except ConnectionError:  # the client has had enough, which is its good right
                        break
                case Answer():
                    return self._response(step)
                case End.CLOSE:
                    transport.close()
                case End.RESET:
                    _reset(transport)
                case End.RESET_SOON:
                    loop.call_later(_SOON, _reset, transport)
        return web.Response()

    def _response(self, answer: Answer) -> web.Response:
        now = int(self._clock())
        if now != self._date[0]:
            self._date = (now, formatdate(now, usegmt=True))
        headers = {"Content-Type": answer.content_type, "Date": self._date[1], **answer.headers}
        return web.Response(status=answer.status, body=answer.body, headers=headers)


def _content(asked: Asked) -> bytes:
    """What makes a request the same request again."""
    query = json.dumps(sorted(asked.query.items()))
    return b"\x00".join((asked.method.encode(), asked.path.encode(), query.encode(), asked.body))


def _reset(transport: asyncio.Transport) -> None:
    """End a connection with RST where it is a socket, and at once in any case."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
