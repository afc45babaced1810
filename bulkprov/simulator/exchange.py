"""The life of one request, from its arrival to its answer or to the end of its connection.

It carries out what the plan and the load decide, on the connection that aiohttp gives. It knows no sockets beyond a
transport, which may be of any kind, and waits by the loop's time only.
"""

import asyncio
import json
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Final

from aiohttp import web
from aiohttp.http import StreamWriter

from bulkprov.simulator import routes
from bulkprov.simulator.answer import Answer, Asked, Kind
from bulkprov.simulator.faults import Effect, Fault
from bulkprov.simulator.load import Load
from bulkprov.simulator.office import Office
from bulkprov.simulator.plan import Plan
from bulkprov.simulator.shapes import End, Scene, Wait
from bulkprov.simulator.statistics import Statistics

__all__ = ["Exchanges"]

_STATISTICS_PATH: Final = "/simulator/statistics"
_SOON: Final = 0.005
_RESET_ON_CLOSE: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER with no time: closing the socket sends RST."""


class Exchanges:
    """All requests to one simulator."""

    def __init__(self, office: Office, plan: Plan, statistics: Statistics, clock: Callable[[], float]) -> None:
        """The clock gives seconds since the epoch."""
        self.plan = plan
        self.load = Load(office.settings)
        self._office = office
        self._settings = office.settings
        self._statistics = statistics
        self._clock = clock
        self._date = (0, "")
        self._under_way: set[asyncio.Task[None]] = set()
        self._late: dict[asyncio.TimerHandle, Callable[[], None]] = {}

    async def end(self) -> None:
        """Do at once what is late, and cancel what is in flight."""
        for timer, act in list(self._late.items()):
            timer.cancel()
            act()
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, or do to its connection what is to be done."""
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
            page = self._statistics.page(at_work=self.load.at_work, most_at_work=self.load.most_at_work)
            return self._response(Answer(text=json.dumps(page, indent=2), text_type="application/json"))
        route, number = routes.find(asked.method, asked.path)
        self._statistics.requests[route.kind] += 1
        fault = self.plan.choose(route.kind, _content(asked))
        await self._travel()
        if fault is not None:
            self._statistics.faults[fault.name] += 1
            answer = await self._effect(fault, route, asked, number)
            await self._travel()
            return await self._perform(request, fault, answer)
        answer = await self._work(route, asked, lambda: routes.respond(self._office, route, asked, number))
        await self._travel()
        return self._response(answer)

    async def _travel(self) -> None:
        if self._settings.latency:
            await asyncio.sleep(self._settings.latency / 2)

    async def _work(self, route: routes.Route, asked: Asked, act: Callable[[], Answer]) -> Answer:
        """Do what is asked under the load there is, or turn it away."""
        if refusal := self.load.turned_away(route.kind):
            self._statistics.turned_away[refusal.status] += 1
            return replace(refusal, wire=asked.accepts)
        return await self.load.work(act) if route.kind is Kind.CREATE else act()

    async def _effect(self, fault: Fault, route: routes.Route, asked: Asked, number: int) -> Answer:
        """Do what the fault lets happen to the request itself; the honest answer, if there is one."""
        office = self._office
        if fault.effect is Effect.UNLISTED:
            office = replace(office, listed_after=self._settings.late_seconds)

        def act() -> Answer:
            return routes.respond(office, route, asked, number)

        match fault.effect:
            case Effect.NONE:
                return Answer(wire=asked.accepts)
            case Effect.LATE:
                self._later(act)
                return Answer(wire=asked.accepts)
            case Effect.EXPIRED:
                for header in ("Authtoken", "Authorization"):
                    office.sessions.expire(asked.headers.get(header, "").removeprefix("Bearer "))
                return Answer(wire=asked.accepts)
            case Effect.TWICE:
                await self._work(route, asked, act)
                return await self._work(route, asked, act)
            case Effect.FIRST | Effect.UNLISTED:
                return await self._work(route, asked, act)

    def _later(self, act: Callable[[], object]) -> None:
        def due() -> None:
            del self._late[timer]
            act()

        timer = asyncio.get_running_loop().call_later(self._settings.late_seconds, due)
        self._late[timer] = due

    async def _perform(self, request: web.BaseRequest, fault: Fault, answer: Answer) -> web.StreamResponse:
        """Carry out the steps of a fault; after an end, aiohttp finds the transport closing and lets go."""
        settings = self._settings
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
        """The answer for aiohttp to send; the date is ours, since aiohttp would look at the wall clock."""
        now = int(self._clock())
        if now != self._date[0]:
            self._date = (now, formatdate(now, usegmt=True))
        headers = {"Content-Type": answer.content_type, "Date": self._date[1], **answer.headers}
        return web.Response(status=answer.status, body=answer.body, headers=headers)


def _content(asked: Asked) -> bytes:
    """What makes a request the same request again."""
    words = [asked.method, asked.path, *(f"{name}={value}" for name, value in sorted(asked.query.items()))]
    return "\x00".join(words).encode() + b"\x00" + asked.body


def _reset(transport: asyncio.Transport) -> None:
    """End a connection with RST where it is a socket, and at once in any case."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
