"""A server on a loopback port that does to a connection just what a test says, with no HTTP library in between."""

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

__all__ = ["Connection", "RawServer", "answer", "behave", "free_port", "raw_server"]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Connection:
    """One connection of a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: list[bytes]

    async def request(self) -> bytes:
        """Read one request, with its body.

        Raises:
            asyncio.IncompleteReadError: the client sends no other one.
        """
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        request = head + await self.reader.readexactly(length)
        self.requests.append(request)
        return request

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.writer.transport.abort()


Behaviour = Callable[[Connection], Awaitable[None]]


@dataclass(slots=True)
class RawServer:
    """A server at work."""

    port: int
    tls: bool
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    """Every request that was read whole."""
    host: str = "localhost"
    """As a URL has it."""

    @property
    def url(self) -> str:
        """Root path."""
        return f"http{'s' * self.tls}://{self.host}:{self.port}/api"


@asynccontextmanager
async def raw_server(
    behaviour: Behaviour, *, tls: ssl.SSLContext | None = None, address: str = "localhost"
) -> AsyncIterator[RawServer]:
    """Serve every connection as `behaviour` does; when it returns, the connection is closed."""
    tasks: set[asyncio.Task[None]] = set()
    made: RawServer

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await behaviour(Connection(reader, writer, made.requests))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away, which is its good right
        finally:
            tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = await asyncio.start_server(serve, address, 0, ssl=tls, family=family)
    made = RawServer(server.sockets[0].getsockname()[1], tls is not None)
    made.host = f"[{address}]" if ":" in address else address
    try:
        yield made
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answer(
    body: object = b"", *headers: str, status: str = "200 OK", kind: str = "application/json", length: int | None = None
) -> bytes:
    """An HTTP answer as bytes; what is not bytes becomes JSON. `length` may lie."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    size = len(data) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {size}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def behave(*steps: bytes) -> Behaviour:
    """Answer every request on a connection with these bytes."""

    async def behaviour(connection: Connection) -> None:
        while True:
            await connection.request()
            for step in steps:
                await connection.send(step)

    return behaviour


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port
