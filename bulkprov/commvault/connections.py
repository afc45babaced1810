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
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

__all__ = ["Connections", "Response", "TCPConnections"]


class _Watch(asyncio.Protocol):
    """Stands between a connection and aiohttp's protocol for it, and sees what arrives while nothing is asked."""

    def __init__(
        self,
        transport: asyncio.Transport,
        protocol: ResponseHandler,
        exchange: Connection,
        *,
        unasked: Callable[[], None],
        lost: Callable[["_Watch"], None],
    ) -> None:
        self.exchange = exchange
        """aiohttp's hold on the connection for its newest exchange, which is let go of when that ends."""
        self.used_again = False
        """Whether the connection has carried more than one exchange."""
        self._transport, self._protocol, self._unasked, self._lost = transport, protocol, unasked, lost
        self._read = protocol.data_received
        transport.set_protocol(self)

    @property
    def holds_another_answer(self) -> bool:
        """Whether an answer has arrived that no exchange has taken."""
        return len(self._protocol) > 0

    def close(self) -> None:
        """Close the connection, if it idles, or else after its exchange."""
        if self.exchange.protocol is None:
            self._transport.close()
        else:
            self._protocol.force_close()

    def data_received(self, data: bytes) -> None:
        """Something has arrived."""
        if self.exchange.protocol is None:
            self._unasked()
        else:
            self._read(data)

    def eof_received(self) -> None:
        """The server will send no more."""
        self._protocol.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._lost(self)
        self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        """More is written than the server reads."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """The server has read on."""
        self._protocol.resume_writing()


def _watch_of(connection: Connection) -> _Watch | None:
    """What watches a connection; None if it is new."""
    transport = connection.transport
    watch = None if transport is None else transport.get_protocol()
    return watch if isinstance(watch, _Watch) else None


class Response(aiohttp.ClientResponse):
    """aiohttp's response, which remembers the connection on which it came."""

    watch: _Watch | None = None

    def start(self, connection: Connection) -> Coroutine[Any, Any, aiohttp.ClientResponse]:
        """As aiohttp's, which forgets the connection as soon as the answer has arrived whole."""
        self.watch = _watch_of(connection)
        return super().start(connection)


class Connections(aiohttp.BaseConnector):
    """A source of connections for aiohttp, to be mixed with a class that opens them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """As the class that opens connections."""
        super().__init__(*args, **options)
        self.on_distrust: Callable[[str], None] = lambda _why: None
        """Called with the reason when connections cease to be kept."""
        self._watches: set[_Watch] = set()
        self._keeps = True

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """A kept connection on which nothing has arrived since its last answer, or else a new one."""
        connection = await super().connect(req, traces, timeout)
        if watch := _watch_of(connection):
            watch.exchange, watch.used_again = connection, True
        else:
            self._watch(connection)
        return connection

    def distrust(self, why: str) -> None:
        """Close the connections that idle now, and the others after their exchange; and keep none from now on."""
        for watch in self._watches:
            watch.close()
        if self._keeps:
            self._keeps = False
            self.on_distrust(why)

    def is_doubtful(self, response: aiohttp.ClientResponse) -> bool:
        """Whether an answer that has arrived whole may be another request's.

        It may if another answer has come with it, and its connection has carried an exchange before.
        """
        watch = response.watch if isinstance(response, Response) else None
        if watch is None or not watch.holds_another_answer:
            return False
        self.distrust("two answers came to one request")
        return watch.used_again

    def _watch(self, connection: Connection) -> None:
        transport, protocol = connection.transport, connection.protocol
        if transport is None or protocol is None:  # it was lost already
            return
        watch = _Watch(transport, protocol, connection, unasked=self._unasked, lost=self._watches.discard)
        self._watches.add(watch)
        if not self._keeps:
            protocol.force_close()

    def _unasked(self) -> None:
        self.distrust("an answer came that was not asked for")


class TCPConnections(Connections, aiohttp.TCPConnector):
    """The same over TCP."""
