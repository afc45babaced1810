"""Connections in memory between aiohttp's client and aiohttp's server, with the ways in which TCP lets one down.

Each piece of data that is written travels for a while that is drawn from the connection's own seed, in order; it may be
lost with the connection, arrive as its last sign of life, or vanish while the connection stays. Everything after a
process was killed reaches nobody.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import aiohttp
from aiohttp import web
from aiohttp.client_proto import ResponseHandler

__all__ = ["Conditions", "Connector", "Network", "NetworkOfProcess"]

_NEXT: Final = 1e-6
"""Seconds between two things that arrive one after the other: a heap of timers keeps no order among equals."""
_FOR_EVER: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How bad the network is: shares of connections or of writes, and seconds."""

    latency: float = 0.01
    spike: float = 0.0
    """The longest delay that strikes now and then."""
    spikes: float = 0.0
    refused: float = 0.0
    unreachable: float = 0.0
    """Connections that never come about."""
    lost: float = 0.0
    """Writes with which the connection is reset, and which do not arrive."""
    cut: float = 0.0
    """Writes that arrive, and after which the connection is reset."""
    vanished: float = 0.0
    """Writes that do not arrive, on a connection that stays up and carries nothing any more."""


class Network:
    """All connections of one world."""

    def __init__(self, seed: object, conditions: Conditions) -> None:
        self.conditions = conditions
        self._seed = seed
        self._made = 0
        self._links: dict[int, _Link] = {}
        self._process = 0

    def of_new_process(self) -> "NetworkOfProcess":
        """The network as a process sees it that has just been started."""
        self._process += 1
        return NetworkOfProcess(self, self._process)

    def link(self) -> "_Link":
        """A connection that is being attempted."""
        self._made += 1
        return _Link(self, Random(f"{self._seed}:connection {self._made}"), self._made)

    def opened(self, link: "_Link") -> None:
        """Remember it, so that it can be cut."""
        self._links[link.number] = link

    def gone(self, link: "_Link") -> None:
        """Forget it."""
        self._links.pop(link.number, None)

    def alive(self, process: int) -> bool:
        """Whether this process is the one that lives."""
        return process == self._process

    def kill_client(self) -> None:
        """The client's process is dead: what it has written travels on, and that was its last."""
        self._process += 1
        for link in list(self._links.values()):
            link.client.die()


@dataclass(frozen=True, slots=True)
class NetworkOfProcess:
    """The network, for as long as a process lives."""

    network: Network
    process: int

    @property
    def usable(self) -> bool:
        """Whether the process lives."""
        return self.network.alive(self.process)


class _Link:
    """One connection, and its luck."""

    def __init__(self, network: Network, draw: Random, number: int) -> None:
        self.number = number
        self.draw = draw
        self._network = network
        self.client: _End
        self.server: _End

    @property
    def conditions(self) -> Conditions:
        """As they are now."""
        return self._network.conditions

    def delay(self) -> float:
        """Seconds that a piece of data travels."""
        here = self.conditions
        if self.draw.random() < here.spikes:
            return self.draw.uniform(0, here.spike)
        return self.draw.uniform(0.2, 1) * here.latency

    def join(self, client: asyncio.Protocol, server: asyncio.Protocol) -> None:
        """Connect the two."""
        self.client, self.server = _End(self, client), _End(self, server)
        self.client.other, self.server.other = self.server, self.client
        self._network.opened(self)
        server.connection_made(self.server)
        client.connection_made(self.client)

    def ended(self) -> None:
        """One end is gone."""
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
        """Nothing is known of a connection in memory."""
        return default

    def is_closing(self) -> bool:
        """Whether it was closed, from either side."""
        return self._closing

    def get_write_buffer_size(self) -> int:
        """The network takes everything at once."""
        return 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send it, with luck."""
        if self._closing or self._silent:
            return
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
        """Send them as one piece."""
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        """Say goodbye; what was sent before arrives first."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._lose, None)
            if not self._silent:
                self._later(self.other.hang_up)

    def abort(self) -> None:
        """End it without a goodbye."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._lose, None)
            if not self._silent:
                self._later(self.other.reset)

    def die(self) -> None:
        """The process at this end is gone: nothing comes from it any more."""
        if not self._closing:
            self._closing = True
            self._later(self.other.reset)
            self._loop.call_soon(self._lose, ConnectionResetError(104, "Connection reset by peer"))
        self._silent = True

    def hang_up(self) -> None:
        """The other end has closed."""
        if not self._closing:
            self._protocol.eof_received()
            self._closing = True
            self._loop.call_soon(self._lose, None)

    def reset(self) -> None:
        """The other end is gone."""
        if not self._closing:
            self._closing = True
            self._lose(ConnectionResetError(104, "Connection reset by peer"))

    def pause_reading(self) -> None:
        """Keep what arrives."""
        if self._held is None:
            self._held = []

    def resume_reading(self) -> None:
        """Hand on what was kept."""
        held, self._held = self._held or [], None
        for arrival in held:
            arrival()

    def _break(self) -> None:
        """The connection is reset, for both ends."""
        self._later(self.other.reset)
        self._silent = True
        self._loop.call_later(self._link.delay(), self.reset)

    def _deliver(self, piece: bytes) -> None:
        self._later(lambda: self.other.receive(piece))

    def receive(self, piece: bytes) -> None:
        """Data has arrived."""
        if not self._closing:
            self._protocol.data_received(piece)

    def _later(self, arrival: Callable[[], None]) -> None:
        """Have something happen at the other end, after everything that was sent before."""
        self._arrives = max(self._loop.time() + self._link.delay(), self._arrives + _NEXT)
        self._loop.call_at(self._arrives, self.other.arrive, arrival)

    def arrive(self, arrival: Callable[[], None]) -> None:
        """Something comes in: now, or when reading goes on."""
        if self._held is None:
            arrival()
        else:
            self._held.append(arrival)

    def _lose(self, error: Exception | None) -> None:
        if not self.lost:
            self.lost = True
            self._protocol.connection_lost(error)
            self._link.ended()


class Connector(aiohttp.BaseConnector):
    """aiohttp's pool of connections, over this network instead of TCP."""

    allowed_protocol_schema_set = frozenset({"http", "https", ""})

    def __init__(self, network: NetworkOfProcess, server: Callable[[], web.Server], *, limit: int) -> None:
        """Prepare.

        Args:
            network: what connections are made of.
            server: gives what answers on the other side.
            limit: connections at most.
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
        client = ResponseHandler(loop=asyncio.get_running_loop())
        link.join(client, self._server()())
        return client
