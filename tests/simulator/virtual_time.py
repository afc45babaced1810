"""A loop on which waiting takes no time, and connections without sockets, to see the simulator wait exactly."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bulkprov.simulator import Simulator

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """When nothing is to be done, its time jumps to the next timer; when there is none either, it says so."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000.0
        selector: Any = self._selector  # type: ignore[attr-defined]
        really_select: Callable[[float], list[Any]] = selector.select

        def select(timeout: float | None) -> list[Any]:
            ready = really_select(0)
            if ready or timeout == 0:
                return ready
            if timeout is None:
                message = "nothing is scheduled: this would hang for ever"
                raise RuntimeError(message)
            self.now += timeout
            return ready

        selector.select = select

    def time(self) -> float:
        """Virtual seconds."""
        return self.now


def run_virtually(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of a coroutine on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


class MemoryTransport(asyncio.Transport):
    """The server's end of a connection; what it sends is kept."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._protocol = protocol
        self._closing = False
        self.sent = bytearray()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - a transport of no kind
        """Nothing is known of a connection in memory."""
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.sent += data

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self._closing

    def close(self) -> None:
        """Close it, once."""
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._lose)

    abort = close

    def _lose(self) -> None:
        self._protocol.connection_lost(None)
        self.gone.set_result(None)

    def pause_reading(self) -> None:
        """Everything was read already."""

    def resume_reading(self) -> None:
        """Everything was read already."""


async def ask(simulator: Simulator, request: bytes) -> bytes:
    """All that the server sends on a connection of its own until it closes it."""
    protocol = simulator.web_server()()
    transport = MemoryTransport(protocol)
    protocol.connection_made(transport)
    protocol.data_received(request)
    await transport.gone
    return bytes(transport.sent)
