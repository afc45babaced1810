"""Two processes that run one sheet at the same time, told to go on beside each other, while answers are lost.

The server refuses a second set of a name. Afterwards, against its own record: nothing was made twice, what both runs
say is true, and every set is created in one of the two. Each run is then rolled back on a copy of the estate, while
answers of deletes are lost too: no set is deleted that the other was told it made::

    python -m tests.campaigns.two_runs [--rows 2000] [--times 10] [--faults 0.3]

With `--mark` both mark their sets, and the server keeps the marks. Then every set is created in one of the two only,
proven to be its own, and the rollback of each deletes what its run has made, and nothing else.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from bulkprov.simulator import EstateSet, SimulatorSettings
from tests.end_to_end.conftest import CommServe
from tests.end_to_end.results import read, wave
from tests.end_to_end.truth import untrue

__all__ = ["Figures", "once"]

CLIENTS: Final = 40
_SHARES: Final = {"drop-after": 0.3, "reset-after": 0.2, "500-after": 0.2, "late-commit": 0.1, "drop-before": 0.2}
"""Of the faults: four of five creates that are struck take effect all the same."""
_RUNS: Final = ("first", "second")
_PERHAPS: Final = "perhaps by another"
"""In the note of a set that was found after a create, whose answer nobody had."""


@dataclass(slots=True)
class Figures:
    """What was seen, by times and rows."""

    times: int = 0
    sets: int = 0
    """That were made by the two."""
    created: int = 0
    """In the results of the two together."""
    in_both: int = 0
    """Sets that both report as created; one of them at most was told so by the server."""
    deleted: int = 0
    """By the rollbacks."""
    left: int = 0
    """Rows that the rollbacks named and left."""
    unproven: int = 0
    """Rows that are created and not proven to be their run's."""
    broken: list[str] = field(default_factory=list)
    """Promises that were not kept."""

    def add(self, other: "Figures") -> None:
        """Count another time as well."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def once(folder: Path, *, rows: int, faults: float, seed: int, settle: float = 1.0, mark: bool = False) -> Figures:
    """Two runs of a sheet at once, and the rollback of each.

    Args:
        folder: an empty one, to work in.
        rows: of the sheet.
        faults: share of creates and deletes that are struck.
        seed: of the faults.
        settle: settle time in seconds; late creates take effect after a third of it.
        mark: whether creates carry marks.
    """
    estate = tuple(EstateSet(client=f"host{number:02}", name="old") for number in range(CLIENTS))
    settings = SimulatorSettings(
        estate=estate,
        state=folder / "commserve.sqlite",
        latency=0.005,
        late_seconds=settle / 3,
        fault={name: share * faults for name, share in _SHARES.items()},
        seed=seed,
    )
    wave(folder / "wave.csv", [(f"host{number % CLIENTS:02}", f"FS_{number}") for number in range(rows)])
    figures = Figures(times=1)
    with CommServe(settings) as commserve:
        settings = replace(settings, port=commserve.simulator.port)
        old = commserve.sets()
        marked = ("--mark",) if mark else ()
        run = ("run", "wave.csv", "--server", commserve.url, "--yes", "--settle", settle, *marked)
        _end([_start(folder, *run, "-o", f"reports/{name}") for name in _RUNS], figures)
        made = {key: ids for key, ids in commserve.sets().items() if key not in old}
        marks = {each.id: each.description for each in commserve.call(commserve.simulator.backupsets)}
    if figures.broken:
        return figures
    results = {name: read(folder / "reports" / name / "results.csv") for name in _RUNS}
    figures.broken += _checked(made, results)
    told = {name: _told(results[name]) for name in _RUNS}
    created = [{int(row["backupsetId"]) for row in results[name] if row["status"] == "created"} for name in _RUNS]
    figures.sets = sum(map(len, made.values()))
    figures.created, figures.in_both = sum(map(len, created)), len(created[0] & created[1])
    everything = {number for ids in made.values() for number in ids}
    own = {name: {each for each in everything if marks[each].startswith(f"bulkprov {name}/")} for name in _RUNS}
    figures.unproven = sum(_unproven(folder / "reports" / name) for name in _RUNS)
    if mark and ([*own.values()] != created or figures.unproven):
        amiss = [sorted(own[name] ^ mine)[:5] for name, mine in zip(_RUNS, created, strict=True)]
        figures.broken.append(f"not created by those whose marks they bear: {amiss}; {figures.unproven} not proven")
    if unaccounted := everything - (created[0] | created[1]):
        figures.broken.append(f"created in neither: {sorted(unaccounted)[:5]}")
    for name, other in zip(_RUNS, reversed(_RUNS), strict=True):
        copy = shutil.copy(folder / "commserve.sqlite", folder / f"{name}.sqlite")
        with CommServe(replace(settings, state=Path(copy))) as commserve:
            _end([_start(folder, "rollback", f"reports/{name}", "--yes", "--settle", settle)], figures)
            there = {number for ids in commserve.sets().values() for number in ids}
            figures.broken += untrue(_rolled_back(folder / "reports" / name), commserve.sets())
        deleted = everything - there
        figures.deleted += len(deleted)
        figures.left += len(created[_RUNS.index(name)] - deleted)
        if wrong := deleted & (told[other] | own[other]):
            figures.broken.append(f"the rollback of {name} deleted {len(wrong)} sets that {other} was told it made")
        if kept := (own[name] if mark else told[name]) - deleted:
            figures.broken.append(f"the rollback of {name} left {len(kept)} sets that it was told it made")
        if any(number not in there for ids in old.values() for number in ids):
            figures.broken.append(f"the rollback of {name} deleted what was there before")
    return figures


def _start(folder: Path, *words: object) -> "subprocess.Popen[str]":
    """A command as a process of its own."""
    options = ("--username", "admin", "--timeout", "5", "--format", "csv", "-j", "16", "-q")
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bulkprov", *map(str, words), *options],
        cwd=folder,
        env=os.environ | {"BULKPROV_PASSWORD": "simulator", "PYTHONPATH": root},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(processes: "Sequence[subprocess.Popen[str]]", figures: Figures) -> None:
    """Wait for them. Both end well, or say that rows are left."""
    for process in processes:
        _, said = process.communicate()
        if process.returncode not in (0, 1):
            figures.broken.append(f"a command ended with {process.returncode}: {said[-600:]}")


def _checked(
    made: Mapping[tuple[str, str], Sequence[int]], results: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[str]:
    """What of the results is not true by the server's record, and what was made twice."""
    twice = [f"{key} was made {len(ids)} times" for key, ids in made.items() if len(ids) > 1]
    return [*twice, *(f"{name}: {each}" for name in results for each in untrue(results[name], made))]


def _told(rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """The ids that a run reports as created because the server answered so."""
    return {int(row["backupsetId"]) for row in rows if row["status"] == "created" and _PERHAPS not in row["note"]}


def _unproven(run: Path) -> int:
    """How many of its rows are created, and not proven to be its own."""
    with closing(sqlite3.connect(run / "journal.sqlite")) as journal:
        counted = journal.execute("SELECT count(*) FROM outcomes WHERE status = 'created' AND ours <> 1")
        return int(counted.fetchone()[0])


def _rolled_back(run: Path) -> list[dict[str, Any]]:
    """The rows of its results that are rolled back."""
    return [row for row in read(run / "results.csv") if row["status"] == "rolled-back"]


def main() -> int:
    """Do it so many times and say what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--faults", type=float, default=0.3, help="share of creates and deletes that are struck")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mark", action="store_true", help="have both mark their sets")
    given = parser.parse_args()
    began, figures = time.monotonic(), Figures()
    for number in range(given.times):
        with tempfile.TemporaryDirectory(prefix="two-runs-") as folder:
            seen = once(Path(folder), rows=given.rows, faults=given.faults, seed=given.seed + number, mark=given.mark)
        figures.add(replace(seen, broken=[f"seed {given.seed + number}: {each}" for each in seen.broken]))
    took = f"{time.monotonic() - began:.0f} s"
    marks = ", with marks" if given.mark else ""
    told = f"""two runs of {given.rows:,} rows at once{marks}, {given.faults:.0%} faults, {figures.times} times, {took}:
{figures.sets:,} sets made, {figures.created:,} rows created, {figures.in_both:,} sets created in both
{figures.unproven:,} rows not proven
rollbacks deleted {figures.deleted:,}, and left {figures.left:,} that are only perhaps theirs
{len(figures.broken)} promises broken
"""
    sys.stdout.write(told + "".join(f"{each}\n" for each in figures.broken[:50]))
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
