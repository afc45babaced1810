"""A plan of a large wave on a large CommServe: what it costs, and whether the run then does what it said.

    python -m tests.campaigns.large_plan [--clients 5000] [--sets 20000] [--rows 5000] [--known]
    python -m tests.campaigns.large_plan --clients 20000 --rows 100000 --known
    python -m tests.campaigns.large_plan --clients 4000 --sets 4000 --rows 20000 --known

The rows of one client are scattered over the sheet. The plan may make as many requests as there are distinct clients in
it, and five; and row for row it must say what `run` then does. If the server knows all clients (`--known`), the run may
make one request for each create, and two for each client (the first look and the audit), and a hundred. Exit code 1 if
one of these is broken.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from bulkprov.simulator import EstateSet, SimulatorSettings
from tests.end_to_end.conftest import CommServe
from tests.end_to_end.results import read, wave

_THEN: Final = {"would-create": "created", "exists": "exists", "client-not-found": "rejected", "invalid": "invalid"}


def _command(*words: object) -> tuple[float, Any]:
    """Seconds that a command took, and what it said in JSON."""
    began = time.perf_counter()
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bulkprov", *map(str, words), "--json", "-q", "--format", "csv"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"BULKPROV_PASSWORD": "simulator"},
    )
    if ran.returncode not in (0, 1):
        raise SystemExit(f"ended with {ran.returncode}: {ran.stdout}{ran.stderr}")
    return time.perf_counter() - began, json.loads(ran.stdout)


def main() -> int:
    """Plan, run, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=5000)
    parser.add_argument("--sets", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--known", action="store_true", help="no row names a client that is not there")
    asked = parser.parse_args()
    estate = tuple(
        EstateSet(client=f"host{number % asked.clients:05d}", name=f"old{number // asked.clients}")
        for number in range(asked.sets)
    )
    rows: list[tuple[str, ...]] = []
    for number in range(asked.rows):
        there = asked.known or number % 50
        client = f"HOST{number * 7 % asked.clients:05d}" if there else f"hots{number:05d}"
        rows.append((client, f"old{number % 9}" if number % 3 else f"new{number}"))
    distinct = len({client.casefold() for client, _ in rows})
    with tempfile.TemporaryDirectory() as name, CommServe(SimulatorSettings(estate=estate)) as commserve:
        folder = Path(name)
        sheet = wave(folder / "wave.csv", rows)
        how = ("--server", commserve.url, "--username", "admin")
        took, plan = _command("plan", sheet, *how, "-o", folder / "plan")
        requests = sum(commserve.statistics.requests.values())
        ran_for, ran = _command("run", sheet, *how, "-o", folder / "run")
        run_requests = sum(commserve.statistics.requests.values()) - requests
        planned = read(folder / "plan/plan.csv")
        done = read(Path(ran["results"]))
    differ = sum(_THEN[said["status"]] != row["status"] for said, row in zip(planned, done, strict=True))
    sys.stdout.write(
        f"{asked.rows:,} rows, {distinct:,} clients in the sheet; {asked.clients:,} clients and {asked.sets:,} sets on "
        f"the server\nplan: {requests:,} requests in {took:.1f} s: {plan['would-create']:,} would-create, "
        f"{plan['exists']:,} exists, {plan.get('client-not-found', 0):,} client-not-found\n"
        f"run: {run_requests:,} requests in {ran_for:.1f} s: {ran['created']:,} created, {ran['exists']:,} exists, "
        f"{ran['rejected']:,} rejected; {differ} rows differ from the plan\n"
    )
    promised = not asked.known or run_requests <= ran["created"] + 2 * distinct + 100
    return 0 if requests <= distinct + 5 and promised and not differ else 1


if __name__ == "__main__":
    sys.exit(main())
