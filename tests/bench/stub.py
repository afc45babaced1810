"""A server that answers at once and costs little, in a process of its own: what is measured is the client.

It speaks just enough HTTP/1.1 for the benchmark, on raw asyncio protocols: every create succeeds, every listing is an
empty list, or, if it is to keep what it made, a list of that. With a latency it answers that much later; with one of
the servers of `tests.bench.limit` it takes for creates what that one takes, in real time. Run as a module it prints its
URL and serves until its stdin ends; `serving` does that for a benchmark.
"""

import argparse
import asyncio
import json
import re
import ssl
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import uvloop

from tests.bench.limit import SERVERS
from tests.bench.virtual import Server

__all__ = ["Stub", "created", "serving", "statistics"]

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_MOST = 0.99
"""Share of the creates after which the rest is a tail of a few slow ones."""
_CLIENT = re.compile(rb'"clientName":\s*"([^"]*)"')
_TOKEN = b'{"token":"QSDK 3bench"}'


@dataclass(slots=True)
class _Counts:
    """What was asked for so far, over all connections."""

    requests: int = 0
    creates: int = 0
    first: float = 0.0
    """When the first create came."""
    spans: list[tuple[float, float]] = field(default_factory=list)
    """When each create came and when it was answered, in the order of the answers: timers come late, if by a
    millisecond only."""

    def told(self) -> bytes:
        """All of it as JSON; see `statistics`."""
        told: dict[str, float] = {"requests": self.requests, "creates": self.creates}
        if self.spans:
            most, last = self.spans[int((len(self.spans) - 1) * _MOST)][1], self.spans[-1][1]
            told |= {
                "seconds": last - self.first,
                "most": most - self.first,
                "took": sum(end - came for came, end in self.spans) / len(self.spans),
                "in_flight": sum(min(end, most) - min(came, most) for came, end in self.spans) / (most - self.first),
            }
        return json.dumps(told).encode()


class _Sets:
    """The sets that were made, by client, if they are to be kept."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._made: defaultdict[str, list[tuple[int, bytes]]] = defaultdict(list)
        self._client_ids: dict[str, int] = {}

    def add(self, number: int, create: bytes) -> int:
        """One was made; the id of its client, which is the same for all where nothing is kept."""
        if not self._keep or not (named := _CLIENT.search(create)):
            return 2
        client = named[1].decode()
        self._made[client].append((number, create))
        return self._client_ids.setdefault(client, len(self._client_ids) + 1)

    def listing(self, target: str) -> bytes:
        """Those of the client that a request asks for."""
        client = parse_qs(urlsplit(target).query).get("clientName", [""])[0]
        return json.dumps(
            {"backupsetProperties": [self._listed(client, *made) for made in self._made[client]]}
        ).encode()

    def clear(self) -> None:
        """Forget them."""
        self._made.clear()

    def _listed(self, client: str, number: int, create: bytes) -> dict[str, Any]:
        asked = json.loads(create)
        ids = {"backupsetId": number, "clientId": self._client_ids[client], "applicationId": 33}
        return {**asked.get("backupSetInfo", {}), "backupSetEntity": {**asked["association"]["entity"][0], **ids}}


class _RealTime:
    """What a server of the virtual world has around it, in this one."""

    def __init__(self, seed: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.random = Random(seed)

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

    def __init__(self, latency: float, counts: _Counts, sets: _Sets, model: Server | None) -> None:
        self._latency, self._counts, self._sets, self._model = latency, counts, sets, model
        self._data = self._create = b""
        self._came = 0.0
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
            body, self._data = self._data[end + len(_END) :][:length], self._data[end + len(_END) + length :]
            self._answer(head[: head.find(b"\r\n")], body)

    def _answer(self, line: bytes, body: bytes) -> None:
        counts = self._counts
        if b"/statistics" in line:
            self._send(counts.told())
            counts.requests, counts.creates, counts.first, counts.spans = 0, 0, 0.0, []
            self._sets.clear()
            return
        counts.requests += 1
        if line.startswith(b"POST") and b"/Backupset" in line:
            self._create, self._came = body, time.perf_counter()
            if not counts.first:
                counts.first = self._came
                if self._model:
                    self._model.wave.begin()  # type: ignore[attr-defined]  # it is one of this module
            if self._model:
                self._model.arrive(self._decided)  # type: ignore[arg-type]  # it is only handed back
            else:
                self._later(self._created)
        elif b"/Backupset" in line:
            self._later(self._send, self._sets.listing(line.split()[1].decode()))
        else:
            self._send(_TOKEN)

    def _created(self) -> None:
        counts = self._counts
        counts.creates += 1
        client_id = self._sets.add(counts.creates, self._create)
        self._send(
            b'{"response":[{"errorCode":0,"entity":{"_type_":"ROOT_ENTITY","applicationId":33,"backupsetId":%d,'
            b'"clientId":%d,"clientSidePackage":true,"consumeLicense":true,"type":"GALAXY"}}]}'
            % (counts.creates, client_id)
        )
        counts.spans.append((self._came, time.perf_counter()))

    def _decided(self, refused: bool, retry_after: float) -> None:
        if not refused:
            self._created()
        elif retry_after:
            self._send(b"", status=b"429 Too Many Requests\r\nRetry-After: %d" % retry_after)
        else:
            self._send(b"", status=b"503 Service Unavailable")

    def _later(self, answer: Callable[..., None], *arguments: bytes) -> None:
        if self._latency:
            self._loop.call_later(self._latency, answer, *arguments)
        else:
            answer(*arguments)

    def _send(self, body: bytes, status: bytes = b"200 OK") -> None:
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self._transport.write(head + body)


@dataclass(frozen=True, slots=True)
class Stub:
    """A stub at work."""

    url: str
    process: subprocess.Popen[str]


@contextmanager
def serving(
    *, latency: float = 0.0, certificate: Path | None = None, case: str = "", seed: int = 1, keep: bool = False
) -> Iterator[Stub]:
    """Serve in a process of its own.

    Args:
        latency: seconds that every answer takes.
        certificate: a PEM file with its key, to serve TLS.
        case: name of a server of `tests.bench.limit`.
        seed: of its latencies, where they vary.
        keep: whether what was made is listed.
    """
    command = [sys.executable, "-m", "tests.bench.stub", "--latency", str(latency), "--case", case, "--seed", str(seed)]
    command += ["--certificate", str(certificate)] if certificate else []
    command += ["--keep"] if keep else []
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield Stub(process.stdout.readline().strip(), process)
        process.communicate()


def statistics(url: str, trust: Path | None = None) -> dict[str, float]:
    """What a stub has had to do since it was asked for this the last time. It forgets the sets that it has kept.

    Args:
        url: of the stub.
        trust: a PEM file with its authority, if it serves TLS.

    Returns:
        the numbers of `requests` and `creates`, and, if there were creates, `seconds` from the first that came to the
        last answer, and `most` to the moment when 99 % were answered; seconds that a create `took` on average; and how
        many were `in_flight` on average until `most`.
    """
    context = ssl.create_default_context(cafile=trust) if trust else None
    with urlopen(f"{url}/statistics", timeout=10, context=context) as page:  # noqa: S310 - on loopback
        told: dict[str, float] = json.load(page)
        return told


def created(url: str) -> int:
    """How many creates a stub has had since it was asked for its `statistics` the last time, which this does."""
    return int(statistics(url)["creates"])


async def _serve(asked: argparse.Namespace) -> None:
    loop, counts, sets = asyncio.get_running_loop(), _Counts(), _Sets(keep=asked.keep)
    model = next((each.make() for each in SERVERS if each.name == asked.case), None)
    if model:
        model.wave = _RealTime(asked.seed)  # type: ignore[assignment]  # has all that a server asks of it
    tls = None
    if asked.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(asked.certificate)

    def connection() -> _Http:
        return _Http(asked.latency, counts, sets, model)

    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=tls, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    print(f"http{'s' if tls else ''}://127.0.0.1:{port}/commandcenter/api", flush=True)  # noqa: T201 - read by `serving`
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    parser.add_argument("--certificate", type=Path, help="serve TLS with this PEM file")
    parser.add_argument("--case", default="", help="name of a server of tests.bench.limit")
    parser.add_argument("--seed", type=int, default=1, help="of its latencies, where they vary")
    parser.add_argument("--keep", action="store_true", help="list what was made")
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(asked))


if __name__ == "__main__":
    main()
