"""The request handler: one request from its arrival to its response, or to the end of its connection.

It carries out what the fault policy and the capacity decide, on the connection that aiohttp hands it. It knows no
socket beyond a transport, which may be of any kind, and it waits by the event loop's time only.
"""

import asyncio
import json
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Final

from aiohttp import web
from aiohttp.http import StreamWriter

from bulkprov.simulator.effects import Effects
from bulkprov.simulator.endpoints import routes
from bulkprov.simulator.endpoints.backend import Backend
from bulkprov.simulator.faults import FAULTS, Fault, FaultPolicy
from bulkprov.simulator.faults.delivery import Circumstances, ConnectionEnd, Repeat, Wait, head
from bulkprov.simulator.http_messages import Request, Response

__all__ = ["RequestHandler"]

_STATISTICS_PATH: Final = "/simulator/statistics"
_REPEATED: Final = FAULTS["repeated-answer"]
_SOON: Final = 0.005
_RESET_ON_CLOSE: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER with no time: closing the socket sends RST."""


class RequestHandler:
    """Handles all requests to one simulator."""

    def __init__(self, backend: Backend, fault_policy: FaultPolicy, clock: Callable[[], float]) -> None:
        """The clock gives seconds since the epoch."""
        self.backend = backend
        self.fault_policy = fault_policy
        self._effects = Effects(backend)
        self._settings = backend.settings
        self._statistics = backend.statistics
        self._clock = clock
        self._date = (0, "")
        self._answers = 0
        self._in_flight: set[asyncio.Task[None]] = set()
        self._previous: dict[asyncio.BaseProtocol, Response] = {}

    async def stop(self) -> None:
        """Process at once what is due later, and cancel what is in flight."""
        self._effects.hurry()
        for task in self._in_flight:
            task.cancel()
        if self._in_flight:
            await asyncio.wait(self._in_flight)

    def forget(self, connection: asyncio.BaseProtocol) -> None:
        """A connection has ended."""
        self._previous.pop(connection, None)

    async def handle(self, http_request: web.BaseRequest) -> web.StreamResponse:
        """Respond to a request, or do to its connection what its fault says."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler always runs in a task
        self._in_flight.add(task)
        try:
            return await self._handle(http_request)
        finally:
            self._in_flight.discard(task)

    async def _handle(self, http_request: web.BaseRequest) -> web.StreamResponse:
        body = await http_request.read()
        if http_request.path == _STATISTICS_PATH:
            return self._statistics_page()
        route, path_id = routes.find(http_request.method, http_request.path)
        request = Request(
            method=http_request.method,
            path=http_request.path,
            path_id=path_id,
            query={name.lower(): value for name, value in http_request.query.items()},
            headers=http_request.headers,
            body=body,
        )
        self._statistics.requests[route.kind] += 1
        fault = self.fault_policy.choose(route.kind, _content(request)) or self._every_so_often()
        await self._travel()
        if fault is not None:
            self._statistics.faults[fault.name] += 1
            response = await self._effects.of(fault.effect, route, request)
            await self._travel()
            return await self._deliver(http_request, fault, response)
        response = await self._effects.process(route, request)
        self._remember(http_request, response)
        await self._travel()
        return self._http_response(response)

    def _every_so_often(self) -> Fault | None:
        """The fault that strikes by count."""
        self._answers += 1
        every = self._settings.repeat_every
        return _REPEATED if every and self._answers % every == 0 else None

    def _statistics_page(self) -> web.Response:
        capacity = self._effects.capacity
        page = self._statistics.page(at_work=capacity.at_work, most_at_work=capacity.most_at_work)
        return self._http_response(Response(text=json.dumps(page, indent=2), text_type="application/json"))

    async def _travel(self) -> None:
        if self._settings.latency:
            await asyncio.sleep(self._settings.latency / 2)

    def _remember(self, http_request: web.BaseRequest, response: Response) -> None:
        if http_request.transport is not None:
            self._previous[http_request.protocol] = response

    async def _deliver(self, http_request: web.BaseRequest, fault: Fault, response: Response) -> web.StreamResponse:
        """Carry out the steps of a delivery; when one ends the connection, aiohttp sees the transport closing."""
        settings = self._settings
        circumstances = Circumstances(
            now=self._clock(),
            slow_seconds=settings.slow_seconds,
            hang_seconds=settings.hang_seconds,
            repeat_seconds=settings.repeat_seconds,
            redirect_to=settings.redirect_to,
            previous=self._previous.get(http_request.protocol),
        )
        self._remember(http_request, response)
        loop = asyncio.get_running_loop()
        raw = StreamWriter(http_request.protocol, loop)
        for step in fault.delivery(response, circumstances):
            transport = http_request.transport
            if transport is None or transport.is_closing():
                break
            match step:
                case Wait(seconds):
                    await asyncio.sleep(seconds)
                case bytes():
                    try:
                        await raw.write(step)
                    except ConnectionError:  # the client has hung up, as it may
                        break
                case Response():
                    return self._http_response(step)
                case Repeat(repeated, seconds):
                    loop.call_later(seconds, _write, transport, head(repeated, len(repeated.body)) + repeated.body)
                case ConnectionEnd():
                    _END[step](transport)
        return web.Response()

    def _http_response(self, response: Response) -> web.Response:
        """The response for aiohttp to send. The date is set here, because aiohttp's own comes from the wall clock."""
        now = int(self._clock())
        if now != self._date[0]:
            self._date = (now, formatdate(now, usegmt=True))
        headers = {"Content-Type": response.content_type, "Date": self._date[1], **response.headers}
        return web.Response(status=response.status, body=response.body, headers=headers)


def _content(request: Request) -> bytes:
    """What two requests share when they are the same request sent again."""
    words = [request.method, request.path, *(f"{name}={value}" for name, value in sorted(request.query.items()))]
    return "\x00".join(words).encode() + b"\x00" + request.body


def _write(transport: asyncio.Transport, data: bytes) -> None:
    """Send bytes on a connection that may be at its end by now."""
    if not transport.is_closing():
        transport.write(data)


def _reset(transport: asyncio.Transport) -> None:
    """End a connection at once: with RST if it is a socket."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


_END: Final[Mapping[ConnectionEnd, Callable[[asyncio.Transport], object]]] = {
    ConnectionEnd.CLOSE: lambda transport: transport.close(),
    ConnectionEnd.RESET: _reset,
    ConnectionEnd.RESET_SOON: lambda transport: asyncio.get_running_loop().call_later(_SOON, _reset, transport),
}
"""What ends a connection."""
