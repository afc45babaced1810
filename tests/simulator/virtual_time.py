"""An event loop on which waiting takes no time, and connections without sockets, so that every wait is exact."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bulkprov.simulator import Simulator

T = TypeVar("T")
_STILL = 500
"""Turns after which time creeps on by itself: what waits for less than a float can add would turn for ever."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """When nothing is ready its time jumps to the next timer; without a timer it raises instead of hanging."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000.0
        self.turns = 0
        """Turns of the loop since time jumped last."""
        selector: Any = self._selector  # type: ignore[attr-defined]
        really_select: Callable[[float], list[Any]] = selector.select

        def select(timeout: float | None) -> list[Any]:
            ready = really_select(0)
            self.turns += 1
            if ready or timeout == 0:
                if self.turns % _STILL == 0:
                    self.now += 1e-9
                return ready
            self.turns = 0
            if timeout is None:
                message = "nothing is scheduled, so this would hang for ever"
                raise RuntimeError(message)
            self.now += timeout
            return ready

        selector.select = select

    def time(self) -> float:
        """Virtual seconds."""
        return self.now


def run_virtually(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of a coroutine, run on a virtual loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


class MemoryTransport(asyncio.Transport):
    """The server's end of a connection in memory; it keeps what the server sends."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._protocol = protocol
        self._closing = False
        self.sent = bytearray()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - there is no socket behind it
        """Always the default: a connection in memory has no details."""
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the data."""
        self.sent += data

    def is_closing(self) -> bool:
        """Whether it has been closed."""
        return self._closing

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._lose)

    abort = close

    def _lose(self) -> None:
        self._protocol.connection_lost(None)
        self.gone.set_result(None)

    def pause_reading(self) -> None:
        """Ignored: the request has arrived already."""

    def resume_reading(self) -> None:
        """Ignored likewise."""


async def ask(simulator: Simulator, request: bytes) -> bytes:
    """Everything that the server sends in reply, on a new connection, until it closes it."""
    protocol = simulator.web_server()()
    transport = MemoryTransport(protocol)
    protocol.connection_made(transport)
    protocol.data_received(request)
    await transport.gone
    return bytes(transport.sent)
