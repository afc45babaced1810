"""Connections in memory between aiohttp's client and server, failing in the ways that TCP connections fail.

Data arrives in order, after a delay drawn from the connection's own seed. A write may be lost with the connection,
arrive just before the connection is reset, or vanish while the connection stays open. Nothing that a process would
write after it was killed arrives.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import aiohttp
from aiohttp import web
from aiohttp.client_proto import ResponseHandler

from bulkprov.commvault.connections import Connections

__all__ = ["Conditions", "Connector", "Network", "NetworkOfProcess"]

_NEXT: Final = 1e-6
"""Seconds between two arrivals: timers that are due at the same moment run in no particular order."""
_FOR_EVER: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How bad the network is: shares of connections or of writes, and seconds."""

    latency: float = 0.01
    spike: float = 0.0
    """The longest occasional delay."""
    spikes: float = 0.0
    """Writes with such a delay."""
    refused: float = 0.0
    unreachable: float = 0.0
    """Connections that are never established."""
    lost: float = 0.0
    """Writes that do not arrive, because the connection is reset."""
    cut: float = 0.0
    """Writes that arrive just before the connection is reset."""
    vanished: float = 0.0
    """Writes that do not arrive, on a connection that stays open and carries nothing any more."""


class Network:
    """All connections of one world."""

    def __init__(self, seed: object, conditions: Conditions) -> None:
        self.conditions = conditions
        self.sends: Callable[[bytes], None] = _ignore
        """Is told what the client writes, before anything can happen to it."""
        self.receives: Callable[[bytes], None] = _ignore
        """Is told what arrives at the client."""
        self._seed = seed
        self._made = 0
        self._links: dict[int, _Link] = {}
        self._process = 0

    def of_new_process(self) -> "NetworkOfProcess":
        """The network as a newly started process sees it."""
        self._process += 1
        return NetworkOfProcess(self, self._process)

    def link(self) -> "_Link":
        """A new connection, not yet established."""
        self._made += 1
        return _Link(self, Random(f"{self._seed}:connection {self._made}"), self._made)

    def opened(self, link: "_Link") -> None:
        """Add an established connection."""
        self._links[link.number] = link

    def gone(self, link: "_Link") -> None:
        """Remove a connection that has ended."""
        self._links.pop(link.number, None)

    def alive(self, process: int) -> bool:
        """Whether this process is the one that is running."""
        return process == self._process

    def kill_client(self) -> None:
        """End the running process: what it wrote still arrives, and nothing after that."""
        self._process += 1
        for link in list(self._links.values()):
            link.client.die()


@dataclass(frozen=True, slots=True)
class NetworkOfProcess:
    """The network, usable as long as the process runs."""

    network: Network
    process: int

    @property
    def usable(self) -> bool:
        """Whether the process runs."""
        return self.network.alive(self.process)


class _Link:
    """One connection, with a seed of its own."""

    def __init__(self, network: Network, draw: Random, number: int) -> None:
        self.number = number
        self.draw = draw
        self._network = network
        self.client: _End
        self.server: _End

    @property
    def conditions(self) -> Conditions:
        """The current conditions of the network."""
        return self._network.conditions

    @property
    def network(self) -> Network:
        """The network that it is part of."""
        return self._network

    def delay(self) -> float:
        """Seconds until a piece of data arrives."""
        here = self.conditions
        if self.draw.random() < here.spikes:
            return self.draw.uniform(0, here.spike)
        return self.draw.uniform(0.2, 1) * here.latency

    def join(self, client: asyncio.Protocol, server: asyncio.Protocol) -> None:
        """Establish the connection between two protocols."""
        self.client, self.server = _End(self, client), _End(self, server)
        self.client.other, self.server.other = self.server, self.client
        self._network.opened(self)
        server.connection_made(self.server)
        client.connection_made(self.client)

    def ended(self) -> None:
        """Leave the network once both ends are lost."""
        if self.client.lost and self.server.lost:
            self._network.gone(self)


class _End(asyncio.Transport):
    """One end of a connection."""

    other: "_End"

    def __init__(self, link: _Link, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.lost = False
        self._link = link
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._silent = False
        self._arrives = 0.0
        self._held: list[Callable[[], None]] | None = None

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - there is no socket behind it
        """Always the default: a connection in memory has no details."""
        return default

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Give what arrives from now on to another protocol."""
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.Protocol:
        """What is given what arrives."""
        return self._protocol

    def is_closing(self) -> bool:
        """Whether it has been closed, from either side."""
        return self._closing

    def get_write_buffer_size(self) -> int:
        """Always 0: the network accepts everything at once."""
        return 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send data, unless the draw loses it."""
        if self._closing or self._silent:
            return
        if self is self._link.client:
            self._link.network.sends(bytes(data))
        piece, luck, here = bytes(data), self._link.draw.random(), self._link.conditions
        if luck < here.lost:
            self._break()
        elif luck < here.lost + here.cut:
            self._deliver(piece)
            self._break()
        elif luck < here.lost + here.cut + here.vanished:
            self._silent = True
        else:
            self._deliver(piece)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send the data as one piece."""
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        """Close the connection in order; what was sent before arrives first."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._lose, None)
            if not self._silent:
                self._later(self.other.hang_up)

    def abort(self) -> None:
        """Reset the connection."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._lose, None)
            if not self._silent:
                self._later(self.other.reset)

    def die(self) -> None:
        """End the process at this end: nothing more is sent from it."""
        if not self._closing:
            self._closing = True
            self._later(self.other.reset)
            self._loop.call_soon(self._lose, ConnectionResetError(104, "Connection reset by peer"))
        self._silent = True

    def hang_up(self) -> None:
        """The other end has closed the connection."""
        if not self._closing:
            self._protocol.eof_received()
            self._closing = True
            self._loop.call_soon(self._lose, None)

    def reset(self) -> None:
        """The other end has reset the connection."""
        if not self._closing:
            self._closing = True
            self._lose(ConnectionResetError(104, "Connection reset by peer"))

    def pause_reading(self) -> None:
        """Hold what arrives from now on."""
        if self._held is None:
            self._held = []

    def resume_reading(self) -> None:
        """Deliver what was held."""
        held, self._held = self._held or [], None
        for arrival in held:
            arrival()

    def _break(self) -> None:
        """Reset the connection at both ends."""
        self._later(self.other.reset)
        self._silent = True
        self._loop.call_later(self._link.delay(), self.reset)

    def _deliver(self, piece: bytes) -> None:
        self._later(lambda: self.other.receive(piece))

    def receive(self, piece: bytes) -> None:
        """Data has arrived."""
        if not self._closing:
            if self is self._link.client:
                self._link.network.receives(piece)
            self._protocol.data_received(piece)

    def _later(self, arrival: Callable[[], None]) -> None:
        """Schedule an arrival at the other end, after everything that was sent before."""
        self._arrives = max(self._loop.time() + self._link.delay(), self._arrives + _NEXT)
        self._loop.call_at(self._arrives, self.other.arrive, arrival)

    def arrive(self, arrival: Callable[[], None]) -> None:
        """Deliver an arrival now, or when reading resumes."""
        if self._held is None:
            arrival()
        else:
            self._held.append(arrival)

    def _lose(self, error: Exception | None) -> None:
        if not self.lost:
            self.lost = True
            self._protocol.connection_lost(error)
            self._link.ended()


def _ignore(_data: bytes) -> None:
    """Take no notice."""


class Connector(Connections):
    """aiohttp's connection pool, over this network instead of TCP."""

    allowed_protocol_schema_set = frozenset({"http", "https", ""})

    def __init__(self, network: NetworkOfProcess, server: Callable[[], web.Server], *, limit: int) -> None:
        """Open nothing yet.

        Args:
            network: establishes the connections.
            server: returns the server at their other end.
            limit: the highest number of connections.
        """
        super().__init__(limit=limit)
        self._network, self._server = network, server

    async def _create_connection(
        self, req: aiohttp.ClientRequest, traces: list[Any], timeout: aiohttp.ClientTimeout
    ) -> ResponseHandler:
        del traces, timeout
        if not self._network.usable:
            await asyncio.sleep(_FOR_EVER)
        link = self._network.network.link()
        here, luck = link.conditions, link.draw.random()
        await asyncio.sleep(link.delay())
        if luck < here.refused:
            raise aiohttp.ClientConnectorError(req.connection_key, ConnectionRefusedError(111, "Connection refused"))
        if luck < here.refused + here.unreachable:
            await asyncio.sleep(_FOR_EVER)
        client = self._factory()
        link.join(client, self._server()())
        return client
