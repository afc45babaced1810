"""Connections that are kept and used again as long as nothing arrives on them that was not asked for.

Nothing but their order says which answer belongs to which request of an HTTP/1.1 connection. aiohttp 3.14 keeps what
arrives while a connection idles, and gives it to the next request as its answer: with a gateway that sends answers
twice, sets would be reported as created that do not exist. Here such a connection is closed at once, and so are those
that idle beside it.

A second answer that arrives just after the next request was sent looks like that one's own. Only its contents may give
it away: then `Connections.distrust` is to be called. After the first sign of this kind connections are not kept any
more: one that carries a single exchange cannot mix up its answers.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from bulkprov.commvault.heads import BoundedHandler

__all__ = ["LEAVES", "Connections", "TCPConnections"]


class _Watch(asyncio.Protocol):
    """Stands between a connection and aiohttp's protocol for it, and sees what arrives while nothing is asked."""

    def __init__(
        self,
        transport: asyncio.Transport,
        protocol: BoundedHandler,
        exchange: Connection,
        *,
        unasked: Callable[[], None],
        lost: Callable[["_Watch"], None],
    ) -> None:
        self.exchange = exchange
        """aiohttp's hold on the connection for its newest exchange, which is let go of when that ends."""
        self.used_again = False
        """Whether the connection has carried more than one exchange."""
        self.arrived = protocol
        """aiohttp's protocol, which is a queue of the answers that no exchange has taken yet."""
        self._transport, self._unasked, self._lost = transport, unasked, lost
        self._read = protocol.data_received
        transport.set_protocol(self)

    def close(self) -> None:
        """Close the connection, if it idles, or else after its exchange."""
        if self.exchange.protocol is None:
            self._transport.close()
        else:
            self.arrived.force_close()

    def data_received(self, data: bytes) -> None:
        """Something has arrived."""
        if self.exchange.protocol is None:
            self._unasked()
        else:
            self._read(data)

    def eof_received(self) -> None:
        """The server will send no more."""
        self.arrived.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._lost(self)
        self.arrived.connection_lost(exc)

    def pause_writing(self) -> None:
        """More is written than the server reads."""
        self.arrived.pause_writing()

    def resume_writing(self) -> None:
        """The server has read on."""
        self.arrived.resume_writing()


_NEWEST: Final[ContextVar[_Watch | None]] = ContextVar("watch of the connection that a task got last", default=None)
"""A context variable, since it costs a tenth of what a dict by task does."""

LEAVES: Final[ContextVar[Callable[[], None] | None]] = ContextVar(
    "told when the request of a task leaves", default=None
)
"""What a task wants to be told of: that its request has got a connection, and leaves now."""


class Connections(aiohttp.BaseConnector):
    """A source of connections for aiohttp, to be mixed with a class that opens them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """As the class that opens connections."""
        super().__init__(*args, **options)
        handler: Callable[..., Any] = BoundedHandler
        self._factory = partial(handler, loop=self._loop)  # it makes the protocol of each connection
        self.on_distrust: Callable[[str], None] = lambda _why: None
        """Called with the reason when connections cease to be kept."""
        self._watches: set[_Watch] = set()
        """Of all open connections."""
        self._keeps = True

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """A kept connection on which nothing has arrived since its last answer, or else a new one."""
        connection = await super().connect(req, traces, timeout)
        transport = connection.transport
        if transport is None:  # it was lost already
            return connection
        watch = transport.get_protocol()
        if isinstance(watch, _Watch):
            watch.exchange, watch.used_again = connection, True
            watch.arrived.expect_answer()
        else:
            watch = self._watch(connection, transport)
        _NEWEST.set(watch)
        if leaves := LEAVES.get():
            leaves()
        return connection

    def keep_none(self) -> None:
        """Have each exchange use a connection of its own."""
        self._keeps = False

    def distrust(self, why: str) -> None:
        """Close the connections that idle now, and the others after their exchange; and keep none from now on."""
        for watch in tuple(self._watches):
            watch.close()
        if self._keeps:
            self._keeps = False
            self.on_distrust(why)

    def is_doubtful(self) -> bool:
        """Whether the answer that has just arrived whole in this task may be another request's.

        It may if a further answer came with it, and its connection has carried an exchange before.
        """
        watch = _NEWEST.get()
        if watch is None or not len(watch.arrived):
            return False
        self.distrust("two answers came to one request")
        return watch.used_again

    def _watch(self, connection: Connection, transport: asyncio.Transport) -> _Watch:
        protocol = connection.protocol
        assert isinstance(protocol, BoundedHandler)  # noqa: S101 - tells the type checker what the factory makes
        watch = _Watch(transport, protocol, connection, unasked=self._unasked, lost=self._watches.discard)
        self._watches.add(watch)
        if not self._keeps:
            protocol.force_close()
        return watch

    def _unasked(self) -> None:
        self.distrust("an answer came that was not asked for")


class TCPConnections(Connections, aiohttp.TCPConnector):
    """The same over TCP."""
