"""Requests and responses as bytes on a socket, without an HTTP library in between."""

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from bulkprov.simulator import Simulator
from tests.simulator.http_client import ENTITY, create_body


def raw_create(simulator: Simulator, name: str = ENTITY["backupsetName"]) -> bytes:
    """A create as bytes, with a new token."""
    return raw_request("POST", "Backupset", simulator.sessions.begin("here"), create_body(backupsetName=name))


def raw_request(method: str, path: str, token: str, body: object = None, *, accept: str = "application/json") -> bytes:
    """A request as bytes, which asks the server to close the connection."""
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
    """Everything that arrived until the connection ended."""

    raw: bytes
    reset: bool
    seconds: float

    @property
    def head(self) -> bytes:
        """Status line and headers."""
        return self.raw.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        """Everything after the headers, as it arrived."""
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.raw.split(b" ", 2)[1])

    def header(self, name: str) -> str:
        """A header's value, or an empty string."""
        found = re.search(rf"^{name}: (.*)$", self.head.decode(), re.IGNORECASE | re.MULTILINE)
        return found[1].strip() if found else ""

    @property
    def promised(self) -> int:
        """Content-Length, or -1."""
        return int(self.header("Content-Length") or -1)

    @property
    def response(self) -> Any:
        """The first entry of `response` in a JSON reply."""
        return json.loads(self.body)["response"][0]

    @property
    def set_id(self) -> Any:
        """The backupsetId in the reply."""
        return self.response["entity"]["backupsetId"]

    @property
    def made(self) -> bool:
        """Whether this is a complete response that says the set was created."""
        return self.status == 200 and self.response["errorCode"] == 0 and self.set_id == 931


async def look(simulator: Simulator, request: bytes) -> Seen:
    """Send a request over a socket and read until the connection ends."""
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
