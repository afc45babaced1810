"""A server that answers at once and costs little, in a process of its own: what is measured is the client.

It speaks just enough HTTP/1.1 for the benchmark, on raw asyncio protocols: every create succeeds, every listing is an
empty list. With a latency it answers that much later; with one of the servers of `tests.bench.limit` it takes for
creates what that one takes, in real time. Run as a module it prints its URL and serves until its stdin ends; `serving`
does that for a benchmark.
"""

import argparse
import asyncio
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import uvloop

from tests.bench.limit import SERVERS
from tests.bench.virtual import Server

__all__ = ["Stub", "serving"]

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_LISTING = b'{"backupsetProperties":[]}'
_TOKEN = b'{"token":"QSDK 3bench"}'


@dataclass(slots=True)
class _Counts:
    """What was asked for so far, over all connections."""

    creates: int = 0
    first: float = 0.0
    """When the first create came, by the loop's clock."""
    last: float = 0.0
    """When the newest create was answered."""
    spent: float = 0.0
    """Seconds from each create's arrival to its answer, all together: timers come late, if by a millisecond only."""


class _RealTime:
    """What a server of the virtual world has around it, in this one."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.random = Random(1)

    @property
    def now(self) -> float:
        """Seconds since the first request."""
        return self._loop.time() - self._began

    def begin(self) -> None:
        """The first request is here."""
        self._began = self._loop.time()

    def at(self, when: float, happen: Callable[..., None], *arguments: Any) -> None:
        """Have something happen."""
        self._loop.call_at(self._began + when, happen, *arguments)

    def answer(self, answer: Callable[[bool, float], None], *, refused: bool = False, retry_after: float = 0.0) -> None:
        """Send what the server has decided."""
        answer(refused, retry_after)


class _Http(asyncio.Protocol):
    """One connection."""

    def __init__(self, latency: float, counts: _Counts, model: Server | None) -> None:
        self._latency, self._counts, self._model = latency, counts, model
        self._data = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport: Any = transport  # asyncio's and uvloop's transports have no class in common that writes

    def data_received(self, data: bytes) -> None:
        """Answer every request that has come whole; they come one after the other."""
        self._data += data
        while (end := self._data.find(_END)) >= 0:
            head = self._data[:end]
            at = head.lower().find(_LENGTH)
            length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._data) < end + len(_END) + length:
                return
            self._data = self._data[end + len(_END) + length :]
            self._answer(head[: head.find(b"\r\n")])

    def _answer(self, line: bytes) -> None:
        if line.startswith(b"POST") and b"/Backupset" in line:
            counts = self._counts
            if not counts.first:
                counts.first = time.perf_counter()
                if self._model:
                    self._model.wave.begin()  # type: ignore[attr-defined]  # it is one of this module
            if self._model:
                self._model.arrive(self._decided)  # type: ignore[arg-type]  # it is only handed back
            else:
                self._later(self._created(), create=True)
        elif b"/statistics" in line:
            counts = self._counts
            span = counts.last - counts.first
            self._send(b'{"creates":%d,"seconds":%f,"spent":%f}' % (counts.creates, span, counts.spent))
            counts.creates, counts.first, counts.last, counts.spent = 0, 0.0, 0.0, 0.0
        elif b"/Backupset" in line:
            self._later(_LISTING)
        else:
            self._send(_TOKEN)

    def _created(self) -> bytes:
        self._counts.creates += 1
        return (
            b'{"response":[{"errorCode":0,"entity":{"_type_":"ROOT_ENTITY","applicationId":33,"backupsetId":%d,'
            b'"clientId":2,"clientSidePackage":true,"consumeLicense":true,"type":"GALAXY"}}]}' % self._counts.creates
        )

    def _decided(self, refused: bool, retry_after: float) -> None:
        if not refused:
            self._send(self._created())
        elif retry_after:
            self._send(b"", status=b"429 Too Many Requests\r\nRetry-After: %d" % retry_after)
        else:
            self._send(b"", status=b"503 Service Unavailable")

    def _later(self, body: bytes, *, create: bool = False) -> None:
        if self._latency:
            self._loop.call_later(self._latency, self._send, body, time.perf_counter() if create else 0.0)
        else:
            self._send(body, time.perf_counter() if create else 0.0)

    def _send(self, body: bytes, came: float = 0.0, status: bytes = b"200 OK") -> None:
        if came:
            self._counts.last = time.perf_counter()
            self._counts.spent += self._counts.last - came
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self._transport.write(head + body)


@dataclass(frozen=True, slots=True)
class Stub:
    """A stub at work."""

    url: str
    process: subprocess.Popen[str]


@contextmanager
def serving(*, latency: float = 0.0, certificate: Path | None = None, case: str = "") -> Iterator[Stub]:
    """Serve in a process of its own.

    Args:
        latency: seconds that every answer takes.
        certificate: a PEM file with its key, to serve TLS.
        case: name of a server of `tests.bench.limit`.
    """
    command = [sys.executable, "-m", "tests.bench.stub", "--latency", str(latency), "--case", case]
    command += ["--certificate", str(certificate)] if certificate else []
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield Stub(process.stdout.readline().strip(), process)
        process.communicate()


async def _serve(latency: float, certificate: Path | None, case: str) -> None:
    loop, counts = asyncio.get_running_loop(), _Counts()
    model = next((each.make() for each in SERVERS if each.name == case), None)
    if model:
        model.wave = _RealTime()  # type: ignore[assignment]  # has all that a server asks of it
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
    server = await loop.create_server(lambda: _Http(latency, counts, model), "127.0.0.1", 0, ssl=tls, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    print(f"http{'s' if tls else ''}://127.0.0.1:{port}/commandcenter/api", flush=True)  # noqa: T201 - read by `serving`
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    parser.add_argument("--certificate", type=Path, help="serve TLS with this PEM file")
    parser.add_argument("--case", default="", help="name of a server of tests.bench.limit")
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(asked.latency, asked.certificate, asked.case))


if __name__ == "__main__":
    main()
