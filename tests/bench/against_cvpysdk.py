"""How much it takes to make backup sets with Commvault's own SDK and with bulkprov: requests, connections, time, CPU.

Run it from the project's folder::

    python -m tests.bench.against_cvpysdk [--sets 200] [--latency 0.05]

Each is a process of its own and makes the same sets on a simulator of its own, which runs in one more. The SDK is used
as kindly as it allows: one session, each client and agent looked up once, in one thread, since its objects are not made
for more. Seconds and CPU are those of the whole process, from the start of the interpreter to its end.
"""

import argparse
import asyncio
import csv
import json
import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.bench.measuring import Spent, bulkprov, spend, table
from tests.bench.rivals.sending import wanted

__all__ = ["sdk"]

_CLIENTS = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way of making the sets took."""

    tool: str
    requests: int
    connections: int
    spent: Spent


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


def with_cvpysdk(url: str, sets: int, _folder: Path) -> Spent:
    """Make them one after the other, as the SDK is made to."""
    return spend([sys.executable, "-m", "tests.bench.rivals.cvpysdk_one_by_one", url, str(sets), str(_CLIENTS)])


def with_bulkprov(url: str, sets: int, folder: Path) -> Spent:
    """Make them with the command, as it is without options, but for its audit: the SDK does not look again either."""
    sheet, password = folder / "wave.csv", folder / "password"
    with sheet.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("clientName", "backupsetName"), *wanted(sets, _CLIENTS)])
    password.touch(mode=0o600)
    password.write_text("simulator")
    words = ["run", str(sheet), "--server", url, "--username", "admin", "--password-file", str(password)]
    return spend(bulkprov(*words, "-o", str(folder / "run"), "--no-audit", "--json"))


def measure(tool: str, make: Callable[[str, int, Path], Spent], sets: int, latency: float) -> Cost:
    """What it takes to make so many sets in that way."""
    with tempfile.TemporaryDirectory() as folder, _simulator(latency, Path(folder) / "state.db") as url:
        spent = make(url, sets, Path(folder))
        with urlopen(urljoin(url, "/simulator/statistics"), timeout=10) as page:  # noqa: S310 - on loopback
            told = json.load(page)
    if told["creates"] != sets:
        raise SystemExit(f"{tool} made {told['creates']} of {sets} sets")
    # The page itself is asked for over one more connection.
    return Cost(tool, told["requests"]["total"], told["connections"] - 1, spent)


def sdk(*, sets: int = 200, latency: float = 0.05) -> str:
    """Measure both, and give the table."""
    costs = [
        measure("cvpysdk 11.44", with_cvpysdk, sets, latency),
        measure("bulkprov", with_bulkprov, sets, latency),
    ]
    lines = [
        (
            each.tool,
            f"{each.requests:,}",
            f"{each.connections:,}",
            f"{each.spent.seconds:.1f} s",
            f"{sets / each.spent.seconds:,.1f}",
            f"{each.spent.cpu / sets * 1000:.1f} ms",
        )
        for each in costs
    ]
    heads = ("requests", "connections", "takes", "creates/s", "CPU a create")
    return table((f"{sets} backup sets at {latency * 1000:g} ms latency", *heads), lines)


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds added to every answer")
    asked = parser.parse_args()
    print(sdk(sets=asked.sets, latency=asked.latency))  # noqa: T201 - the table is the product


if __name__ == "__main__":
    main()
