"""Many worlds on all cores, and their command line; see the package."""

import argparse
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.simulation.history import History
from tests.simulation.world import run_world

__all__ = ["main"]


_ENOUGH: Final = 5
"""Broken worlds after which the run ends: more would not show more."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a world ended, as it travels between processes."""

    seed: int
    digest: str = ""
    history: History | None = None
    problem: str = ""


def _run(seed: int, *, rows: int) -> _Ended:
    try:
        history = run_world(seed, rows=rows)
    except Exception as error:  # noqa: BLE001 - any exception is a finding, and must reach the parent process
        return _Ended(seed, problem="".join(traceback.format_exception(error)))
    digest = history.digest
    history.lines.clear()
    return _Ended(seed, digest, history)


def _run_all(seeds: range, rows: int, jobs: int) -> Iterator[_Ended]:
    run = partial(_run, rows=rows)
    if jobs == 1:
        yield from map(run, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(run, seeds, chunksize=10)


def _sum_up(worlds: Iterable[_Ended], *, digests: bool) -> int:
    """Print a summary of all worlds; return how many broke."""
    began, broken, total, statuses = time.perf_counter(), 0, Counter[str](), Counter[str]()
    for world in worlds:
        total["worlds"] += 1
        if world.history is None:
            broken += 1
            sys.stdout.write(f"world {world.seed} broke:\n{world.problem}\n")
            if broken == _ENOUGH:
                break
            continue
        if digests:
            sys.stdout.write(f"{world.seed} {world.digest}\n")
        for name in ("kills", "stops", "requests", "creates", "faults", "seconds"):
            total[name] += getattr(world.history, name)
        statuses += world.history.statuses
        if not total["worlds"] % 1000:
            sys.stderr.write(f"{total['worlds']:,} worlds, {broken} broke\n")
    if not digests:
        sys.stdout.write(
            f"{total['worlds']:,} worlds in {time.perf_counter() - began:.0f} s: {broken} broke\n"
            f"{total['kills']:,} kills, {total['stops']:,} stops, {total['requests']:,} requests, "
            f"{total['creates']:,} creates and deletes, {total['faults']:,} exchanges without an answer, "
            f"{total['seconds'] / 3600:,.0f} virtual hours\n"
            f"{', '.join(f'{number:,} {status}' for status, number in statuses.most_common())}\n"
        )
    return broken


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Run simulated worlds.")
    parser.add_argument("--seeds", type=int, default=500, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--seed", type=int, help="one world only")
    parser.add_argument("--rows", type=int, default=50, help="rows of each sheet")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--trace", action="store_true", help="with --seed: print the whole history")
    parser.add_argument("--digests", action="store_true", help="print a digest of each world's history")
    args = parser.parse_args()
    if args.seed is not None and args.trace:
        sys.stdout.write("\n".join(run_world(args.seed, rows=args.rows).lines) + "\n")
        return 0
    seeds = range(args.first, args.first + args.seeds) if args.seed is None else range(args.seed, args.seed + 1)
    return min(1, _sum_up(_run_all(seeds, args.rows, min(args.jobs, len(seeds))), digests=args.digests))
