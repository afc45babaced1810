"""Runs that are killed again and again by `kill -9`, and resumed to the end.

The server is a simulated CommServe in another process, which makes a second set of a name without complaint, loses
answers and commits late. After each death it is checked that nothing untrue is on disk; at the end of each run that no
row was lost, none was made twice, and every id is the server's own. Some kills come at random moments, and each named
point of `lives.py` has its turn. Runs spend most of their time waiting, so several campaigns share the work, each with
a server of its own::

    python -m tests.campaigns.kills --kills 200
"""

import argparse
import csv
import json
import multiprocessing
import os
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from tests.campaigns.lives import FAILPOINTS, live

__all__ = ["Toll", "campaign"]

ROWS: Final = 120
CLIENTS: Final = 10
_FAULTS: Final = ("drop-after=0.03", "late-commit=0.03", "504-after=0.02", "drop-before=0.02", "truncated=0.02")


@dataclass(slots=True)
class Toll:
    """What a campaign saw."""

    runs: int = 0
    random_kills: int = 0
    points: Counter[str] = field(default_factory=Counter)
    """Deaths at named points."""
    rows: int = 0
    in_doubt: int = 0
    """Rows found in doubt after a death."""
    broken: list[str] = field(default_factory=list)
    """Promises that were not kept."""

    def add(self, other: "Toll") -> None:
        """Count what another campaign saw as well."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


class _Server:
    """A simulator in a process of its own, and its record."""

    def __init__(self, url: str, state: Path) -> None:
        self.url, self._state = url, state

    def sets(self) -> dict[tuple[str, str], list[int]]:
        """Ids by client and name, of what was made by requests."""
        query = """SELECT client.name, backupset.name, backupset.id FROM backupset
            JOIN instance ON instance.key = instance_key JOIN client ON client.id = instance.client_id
            WHERE backupset.name LIKE 'Kill_%'"""
        found: dict[tuple[str, str], list[int]] = {}
        with closing(sqlite3.connect(f"file:{self._state}?mode=ro", uri=True)) as db:
            for client, name, number in db.execute(query):
                found.setdefault((client, name), []).append(number)
        return found


@contextmanager
def _server(folder: Path, seed: int) -> Iterator[_Server]:
    state = folder / "commserve.sqlite"
    faults = [word for fault in _FAULTS for word in ("--fault", fault)]
    command = [sys.executable, "-m", "bulkprov", "simulate", "--state", str(state), "--seed", str(seed), *faults]
    options = ["--no-refuse-duplicates", "--latency", "0.005", "--late-seconds", "0.3", "--port", "0"]
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            yield _Server(_url(process), state)
        finally:
            process.send_signal(signal.SIGINT)


def _url(process: "subprocess.Popen[str]") -> str:
    """Its root, from the first line it says."""
    assert process.stderr
    ready, _, _ = select.select([process.stderr], [], [], 20)
    line = process.stderr.readline() if ready else ""
    return next(word.rstrip(".,;") for word in line.split() if word.startswith("http://"))


def campaign(*, kills: int, points: list[str], seed: int, folder: Path) -> Toll:
    """Kill so often at random moments, and once at each of these points, and resume each run to its end."""
    random, toll = Random(seed), Toll()
    with _server(folder, seed) as server:
        for name in points:
            _one_run(server, _next(folder, toll), toll, iter([(name, None)]))
        while toll.random_kills < kills:
            _one_run(server, _next(folder, toll), toll, _moments(random, toll, kills))
    return toll


def _next(folder: Path, toll: Toll) -> Path:
    toll.runs += 1
    return folder / str(toll.runs)


def _moments(random: Random, toll: Toll, kills: int) -> Iterator[tuple[str, float | None]]:
    """When to kill, as long as there are kills to be made; a run survives now and then."""
    while toll.random_kills < kills:
        yield "", random.uniform(0.01, 0.8)


def _one_run(server: _Server, folder: Path, toll: Toll, deaths: Iterator[tuple[str, float | None]]) -> None:
    """Begin a run, let it die as often as is wanted, resume it each time, and see what came of it."""
    folder.mkdir()
    password = folder / "password"
    password.write_text("simulator")
    password.chmod(0o600)
    keys = [(f"client{n % CLIENTS + 1:03d}", f"Kill_{toll.runs}_{n}") for n in range(ROWS)]
    with (folder / "wave.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("clientName", "backupsetName"), *keys])
    options = ["--username", "admin", "--password-file", "password", "--settle", "0.6", "--timeout", "2", "-q"]
    options += ["--format", "csv"]
    begin = ["run", "wave.csv", "--server", server.url, "-o", "run", *options]
    code: int | None = None
    said = ""
    while code is None:
        name, seconds = next(deaths, ("", None))
        words = ["resume", "run", *options] if _begun(folder / "run") else begin
        code, said = live(words, folder, seconds=seconds, point=FAILPOINTS.get(name))
        if code is None:
            toll.points[name] += bool(name)
            toll.random_kills += not name
        elif name:
            toll.broken.append(f"{name}: the process never came there (exit code {code}): {said}")
        _check_on_disk(server, folder / "run", toll)
    if code:
        toll.broken.append(f"run {toll.runs} ended with {code}: {said}")
    else:
        _check_end(server, folder / "run", keys, toll)


def _begun(run: Path) -> bool:
    """Whether a journal knows of the run."""
    journal = run / "journal.sqlite"
    if not journal.is_file():
        return False
    with closing(sqlite3.connect(journal)) as db:
        (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return bool(tables)


def _check_on_disk(server: _Server, run: Path, toll: Toll) -> None:
    """After a death: the journal is whole, every outcome in it is true, and results are whole or not there."""
    if not _begun(run):
        return
    with closing(sqlite3.connect(run / "journal.sqlite")) as db:
        if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            toll.broken.append(f"{run}: the journal is damaged")
        rows = db.execute("SELECT count(*) FROM rows").fetchone()[0]
        if rows not in (0, ROWS):
            toll.broken.append(f"{run}: half loaded, {rows} rows")
        outcomes = db.execute("SELECT want, status, backupset_id FROM outcomes JOIN rows ON number = row").fetchall()
        open_ones = db.execute(
            """SELECT count(DISTINCT row) FROM exchanges WHERE step = 'act' AND verdict IS NULL
            AND NOT EXISTS (SELECT 1 FROM outcomes WHERE outcomes.row = exchanges.row)"""
        ).fetchone()[0]
    toll.in_doubt += open_ones
    record = server.sets()
    for want, status, number in outcomes:
        wanted = json.loads(want)
        client, name = wanted["client"], wanted["name"]
        if status != "created" or record.get((client, name)) != [number]:
            toll.broken.append(
                f"{run}: {name} is {status} with id {number}, the server has {record.get((client, name))}"
            )
    results = run / "results.csv"
    if results.exists() and len(results.read_text("utf-8-sig").splitlines()) != ROWS + 1:
        toll.broken.append(f"{run}: half of the results")


def _check_end(server: _Server, run: Path, keys: list[tuple[str, str]], toll: Toll) -> None:
    """At the end of a run: every row once, in order, with the server's own id; nothing made twice."""
    record = server.sets()
    with (run / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    toll.rows += len(rows)
    if [(row["clientName"], row["backupsetName"]) for row in rows] != keys:
        toll.broken.append(f"{run}: rows lost or out of order")
    for row in rows:
        ids = record.get((row["clientName"], row["backupsetName"]), [])
        if row["status"] != "created" or [str(number) for number in ids] != [row["backupsetId"]]:
            toll.broken.append(f"{run}: {row['backupsetName']} is {row['status']} {row['backupsetId']}, made {ids}")
    if leftovers := [path.name for path in run.iterdir() if path.name.startswith(".")]:
        toll.broken.append(f"{run}: left behind {leftovers}")


def _share(number: int, *, jobs: int, kills: int, points: list[str], seed: int, folder: Path) -> Toll:
    """One of several campaigns: its share of the kills and of the points, in a folder of its own."""
    own = folder / str(number)
    own.mkdir()
    return campaign(kills=len(range(number, kills, jobs)), points=points[number::jobs], seed=seed + number, folder=own)


def main() -> int:
    """Run a campaign and say what it saw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="take only every Nth of the named points")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1), help="campaigns at the same time")
    given = parser.parse_args()
    points = list(FAILPOINTS)[:: given.every]
    began = time.monotonic()
    toll = Toll()
    with (
        tempfile.TemporaryDirectory(prefix="kills-") as folder,
        multiprocessing.get_context("spawn").Pool(given.jobs) as pool,  # a fork of this process would share its state
    ):
        share = partial(_share, jobs=given.jobs, kills=given.kills, points=points, seed=given.seed, folder=Path(folder))
        for each in pool.imap_unordered(share, range(given.jobs)):
            toll.add(each)
    deaths = f"{toll.random_kills} random kills and {toll.points.total()} of {len(points)} named points"
    told = [
        f"{deaths} in {toll.runs} runs of {ROWS} rows, {time.monotonic() - began:.0f} s:",
        f"{toll.rows} rows, {toll.in_doubt} found in doubt after a death, {len(toll.broken)} promises broken",
        *toll.broken,
    ]
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if toll.broken else 0


if __name__ == "__main__":
    sys.exit(main())
