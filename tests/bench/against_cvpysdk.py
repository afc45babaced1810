"""How much it takes to make backup sets with Commvault's own SDK and with bulkprov: requests, connections, seconds.

Run it from the project's folder::

    python -m tests.bench.against_cvpysdk [--sets 200] [--latency 0.05]

Each makes the same sets on a simulator of its own, which runs in a process of its own. The SDK is used as kindly as
it allows: one session, each client and agent looked up once, in one thread, since its objects are not made for more.
Both are timed from log-in to log-out; bulkprov's time includes the start of its process and the writing of results.
"""

import argparse
import asyncio
import csv
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

from bulkprov.simulator import Simulator, SimulatorSettings

_CLIENTS = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way of making the sets took."""

    tool: str
    created: int
    requests: int
    connections: int
    seconds: float


def _serve(latency: float, state: Path, wire: Connection) -> None:
    async def serve() -> None:
        # the SDK is given one name of an agent for all clients
        settings = SimulatorSettings(latency=latency, state=state, spelling="documented")
        async with Simulator(settings) as simulator:
            wire.send(simulator.url)
            await asyncio.to_thread(wire.recv)

    asyncio.run(serve())


@contextmanager
def _simulator(latency: float, state: Path) -> Iterator[str]:
    """The URL of a simulator in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(latency, state, there))
    process.start()
    try:
        yield here.recv()
        here.send("stop")
    finally:
        process.join(10)
        if process.is_alive():
            process.kill()
            process.join()


def _wanted(sets: int) -> list[tuple[str, str]]:
    """Clients and names, each client's together, as a wave lists them."""
    return sorted((f"client{number % _CLIENTS + 1:03d}", f"bench_{number:05d}") for number in range(sets))


def with_cvpysdk(url: str, wanted: list[tuple[str, str]], _folder: Path) -> None:
    """Make them one after the other, as the SDK is made to."""
    commcell_class: Any = import_module("cvpysdk.commcell").Commcell
    commcell = commcell_class("127.0.0.1", "admin", "simulator", web_service_url=url)
    backupsets: dict[str, Any] = {}
    for client, name in wanted:
        if client not in backupsets:
            backupsets[client] = commcell.clients.get(client).agents.get("File System").backupsets
        backupsets[client].add(name)
    commcell.logout()


def with_bulkprov(url: str, wanted: list[tuple[str, str]], folder: Path) -> None:
    """Make them with the command, as it is without options, but for its audit: the SDK does not look again either."""
    sheet, password = folder / "wave.csv", folder / "password"
    with sheet.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("clientName", "backupsetName"), *wanted])
    password.touch(mode=0o600)
    password.write_text("simulator")
    command = [sys.executable, "-m", "bulkprov", "run", str(sheet), "--server", url, "--username", "admin"]
    command += ["--password-file", str(password), "-o", str(folder / "run"), "--no-audit", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if ran.returncode:
        sys.exit(f"bulkprov ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")


def measure(tool: str, make: Callable[[str, list[tuple[str, str]], Path], None], sets: int, latency: float) -> Cost:
    """What it takes to make so many sets in that way."""
    with tempfile.TemporaryDirectory() as folder, _simulator(latency, Path(folder) / "state.db") as url:
        started = time.perf_counter()
        make(url, _wanted(sets), Path(folder))
        seconds = time.perf_counter() - started
        with urlopen(urljoin(url, "/simulator/statistics"), timeout=10) as page:  # noqa: S310 - on loopback
            told = json.load(page)
    # The page itself is asked for over one more connection.
    return Cost(tool, told["creates"], told["requests"]["total"], told["connections"] - 1, seconds)


def table(costs: list[Cost], latency: float) -> str:
    """The costs in Markdown."""
    lines = [
        f"| {costs[0].created} backup sets at {latency * 1000:g} ms latency | requests | connections | seconds |",
        "|---|---:|---:|---:|",
        *(f"| {cost.tool} | {cost.requests:,} | {cost.connections:,} | {cost.seconds:.1f} |" for cost in costs),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds added to every answer")
    asked = parser.parse_args()
    costs = [
        measure("cvpysdk 11.44", with_cvpysdk, asked.sets, asked.latency),
        measure("bulkprov", with_bulkprov, asked.sets, asked.latency),
    ]
    for cost in costs:
        if cost.created != asked.sets:
            sys.exit(f"{cost.tool} made {cost.created} of {asked.sets} sets")
    print(table(costs, asked.latency))  # noqa: T201 - the table is the product


if __name__ == "__main__":
    main()
