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
from itertools import product
from typing import Final, get_args

from tests.simulation.crowded import run_some_world
from tests.simulation.history import History
from tests.simulation.invariants import BrokenError
from tests.simulation.traits import KINDS, ORDINARY, Worlds, crowded, kinds_of

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
    broken: tuple[str, ...] = ()
    """Names of the invariants that do not hold."""


def _run(seed: int, *, rows: int, worlds: Worlds) -> _Ended:
    try:
        history = run_some_world(seed, rows=rows, worlds=worlds)
    except Exception as error:  # noqa: BLE001 - any exception is a finding, and must reach the parent process
        broken = error.names if isinstance(error, BrokenError) else (type(error).__name__,)
        return _Ended(seed, problem="".join(traceback.format_exception(error)), broken=broken)
    digest = history.digest
    history.lines.clear()
    return _Ended(seed, digest, history)


def _run_all(seeds: range, rows: int, jobs: int, worlds: Worlds) -> Iterator[_Ended]:
    run = partial(_run, rows=rows, worlds=worlds)
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


def _count(worlds: Iterable[_Ended], which: Worlds) -> int:
    """Print how many worlds of each kind broke which invariant; return how many broke."""
    number, broken = Counter[str](), 0
    found: dict[tuple[str, str], list[int]] = {}
    for world in worlds:
        kinds = list(kinds_of(world.seed)) if crowded(world.seed, which) else ["none"]
        number.update(kinds)
        broken += bool(world.problem)
        for key in product(kinds, world.broken):
            found.setdefault(key, []).append(world.seed)
    for kind in (*KINDS, "none"):
        sys.stdout.write(f"{kind}: {number[kind]:,} worlds\n")
        for (_, invariant), seeds in sorted(item for item in found.items() if item[0][0] == kind):
            first = ", ".join(map(str, seeds[:_ENOUGH]))
            sys.stdout.write(f"    {invariant:12} broken in {len(seeds):3}, such as seeds {first}\n")
    sys.stdout.write(f"{broken:,} worlds broke\n")
    return broken


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Run simulated worlds.")
    parser.add_argument("--seeds", type=int, default=500, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--seed", type=int, help="one world only")
    parser.add_argument("--rows", type=int, default=50, help="rows of each sheet")
    parser.add_argument("--worlds", choices=get_args(Worlds), default=ORDINARY, help="with traits, without, or both")
    parser.add_argument("--count", action="store_true", help="count broken invariants by what the worlds have")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--trace", action="store_true", help="with --seed: print the whole history")
    parser.add_argument("--digests", action="store_true", help="print a digest of each world's history")
    args = parser.parse_args()
    if args.seed is not None and args.trace:
        sys.stdout.write("\n".join(run_some_world(args.seed, rows=args.rows, worlds=args.worlds).lines) + "\n")
        return 0
    seeds = range(args.first, args.first + args.seeds) if args.seed is None else range(args.seed, args.seed + 1)
    worlds = _run_all(seeds, args.rows, min(args.jobs, len(seeds)), args.worlds)
    broken = _count(worlds, args.worlds) if args.count else _sum_up(worlds, digests=args.digests)
    return min(1, broken)
