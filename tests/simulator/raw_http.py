"""Requests as bytes, and what comes back over a socket, with no HTTP library in between."""

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from bulkprov.simulator import FAULTS, Fault, RequestKind, Simulator


class Once:
    """A plan that lets one fault strike the first request of a kind, and nothing else."""

    def __init__(self, name: str, kind: RequestKind = RequestKind.CREATE) -> None:
        self._left = [FAULTS[name]]
        self._kind = kind

    def choose(self, kind: RequestKind, _content: bytes) -> Fault | None:
        """The fault, once."""
        return self._left.pop() if kind is self._kind and self._left else None


def raw_request(method: str, path: str, token: str, body: object = None, *, accept: str = "application/json") -> bytes:
    """A request as bytes, for connections without an HTTP library; the server is asked to close the connection."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} /commandcenter/api/{path} HTTP/1.1",
        "Host: localhost",
        f"Accept: {accept}",
        f"Authtoken: {token}",
        "Content-type: application/json",
        f"Content-Length: {len(data)}",
        "Connection: close",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


@dataclass(frozen=True, slots=True)
class Seen:
    """What came over the wire until the connection ended."""

    raw: bytes
    reset: bool
    seconds: float

    @property
    def head(self) -> bytes:
        """Status line and headers."""
        return self.raw.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        """All that follows the headers, as it came."""
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.raw.split(b" ", 2)[1])

    def header(self, name: str) -> str:
        """A header's value, or nothing."""
        found = re.search(rf"^{name}: (.*)$", self.head.decode(), re.IGNORECASE | re.MULTILINE)
        return found[1].strip() if found else ""

    @property
    def promised(self) -> int:
        """Content-Length, or -1."""
        return int(self.header("Content-Length") or -1)

    @property
    def response(self) -> Any:
        """The first response of a reply in JSON."""
        return json.loads(self.body)["response"][0]

    @property
    def set_id(self) -> Any:
        """The id that the reply tells."""
        return self.response["entity"]["backupsetId"]

    @property
    def made(self) -> bool:
        """Whether this is a whole answer that says the set was made."""
        return self.status == 200 and self.response["errorCode"] == 0 and self.set_id == 931


async def look(simulator: Simulator, request: bytes) -> Seen:
    """Send a request over a socket and take all that comes."""
    started = asyncio.get_running_loop().time()
    reader, writer = await asyncio.open_connection(simulator.settings.host, simulator.port)
    writer.write(request)
    raw, reset = bytearray(), False
    try:
        while chunk := await reader.read(1 << 20):
            raw += chunk
    except ConnectionResetError:
        reset = True
    writer.transport.abort()
    return Seen(bytes(raw), reset, asyncio.get_running_loop().time() - started)
