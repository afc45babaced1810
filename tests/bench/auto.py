"""`-j auto` on servers it knows nothing of, over real sockets, against the best of some fixed limits.

`python -m tests.bench.limit` sweeps the fixed limits from 1 to 256 in virtual time, where that takes minutes; here are
some of those servers in real time, and the whole program. What counts is the time from the first create to the moment
when 99 % of the rows are final, the ramp included. The best fixed limit is found first, and then takes turns with
`auto`. For one server: `python -m tests.bench.auto "32 places, sigma 0.5" [--turns 3] [--rows 5000]`.
"""

import argparse
import json
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tests.bench.limit import SERVERS, Case
from tests.bench.measuring import TOKEN, bulkprov, spend, table, workplace, write_wave
from tests.bench.stub import serving

__all__ = ["auto"]

_SHARE: Final = 0.99
_AT_ONCE: Final = 2
"""Servers that are measured at a time: each leaves client and server idle for most of it."""
_ALONE: Final = ("(f) no limit, 5 ms", "no limit, sigma 1")
"""Servers that are fast enough to keep a core busy, each measured alone."""
_ROWS: Final = {
    "(a) 8 places of 50 ms": 1_200,
    "(b) 48 places of 50 ms, 503 past 96": 3_000,
    "(c) latency grows with the square past 20": 2_000,
    "(d) 48 places, half of them for 2 s": 5_000,
    "(e) 429 above 200/s, Retry-After 1": 3_000,
    "32 places, sigma 0.5": 5_000,
    "48 places, sigma 1": 5_000,
    "32 places, 5 % ten times as long": 5_000,
    "(f) no limit, 5 ms": 5_000,
    "no limit, sigma 1": 5_000,
}
"""The even ones, and four whose latency varies as in life; with fewer rows where they would take long."""


@dataclass(frozen=True, slots=True)
class _Went:
    """How a run went."""

    seconds: float
    refused: float
    """Share of the creates."""
    limits: tuple[int, ...]


def auto(*, turns: int = 3, only: str = "", rows: int = 0) -> str:
    """Measure, and give the table.

    Args:
        turns: that the best fixed limit and `auto` take.
        only: words in the names of the servers that are measured; all, if it is empty.
        rows: for each server; as many as it usually has, if it is 0.
    """
    wanted = {case.name: case for case in SERVERS if case.name in _ROWS and only in case.name}
    with workplace() as folder, ThreadPoolExecutor(_AT_ONCE) as threads:
        measure = partial(_line, folder, turns, rows)
        together = [case for name, case in wanted.items() if name not in _ALONE]
        lines = dict(zip([case.name for case in together], threads.map(measure, together), strict=True))
        lines |= {name: measure(wanted[name]) for name in _ALONE if name in wanted}
    heads = ("rows", "best fixed `-j`", "takes", "`auto` takes", "ratio", "refused", "its limit later")
    return table((f"server, median of {turns}", *heads), [lines[name] for name in wanted])


def _line(folder: Path, turns: int, asked: int, case: Case) -> tuple[str, ...]:
    """The best of the fixed limits, and then it and `auto` by turns."""
    rows = asked or _ROWS[case.name]
    with tempfile.TemporaryDirectory(dir=folder) as name:
        sheet = write_wave(Path(name) / "wave.csv", rows, clients=10)
        fixed = {limit: _run(sheet, rows, case, str(limit)).seconds for limit in _limits(case)}
        best = min(fixed, key=lambda limit: fixed[limit])
        pairs = [(_run(sheet, rows, case, str(best)), _run(sheet, rows, case, "auto")) for _ in range(turns)]
    by_hand, usual = (sorted(side, key=lambda each: each.seconds)[turns // 2] for side in zip(*pairs, strict=True))
    later = usual.limits[len(usual.limits) // 2 :]
    return (
        case.name,
        f"{rows:,}",
        f"{best} of {', '.join(map(str, fixed))}",
        f"{by_hand.seconds:.2f} s",
        f"{usual.seconds:.2f} s",
        f"**{by_hand.seconds / usual.seconds:.2f}**",
        f"{usual.refused:.2%}",
        f"{min(later)} to {max(later)}",
    )


def _limits(case: Case) -> list[int]:
    """The one that the whole sweep has found, half of it, and twice as many."""
    return sorted({max(1, case.best // 2), case.best, min(256, 2 * case.best)})


def _run(sheet: Path, rows: int, case: Case, limit: str) -> _Went:
    with tempfile.TemporaryDirectory(dir=sheet.parent) as name, serving(case=case.name) as stub:
        folder = Path(name) / "run"
        words = ("--server", stub.url, "-o", str(folder), "--no-audit", "--json", "-q", "--format", "csv")
        said = json.loads(spend(bulkprov("run", str(sheet), *words, "-j", limit), {"BULKPROV_TOKEN": TOKEN}).output)
        if said["created"] != rows:
            raise SystemExit(f"{said['created']} of {rows} rows were created")
        with sqlite3.connect(folder / "journal.sqlite") as journal:
            ((began, refused),) = journal.execute(
                "SELECT min(at), sum(verdict LIKE '%503%' OR verdict LIKE '%429%') FROM exchanges WHERE step = 'act'"
            )
            ((ended,),) = journal.execute(
                "SELECT finished_at FROM outcomes ORDER BY finished_at LIMIT 1 OFFSET ?", (int(rows * _SHARE),)
            )
            points = journal.execute("SELECT value FROM facts WHERE name = 'limits'").fetchone()
        limits = [value for _, value in json.loads(points[0])] if points else [int(limit)]
        return _Went(ended - began, (refused or 0) / (rows + (refused or 0)), tuple(limits))


def main() -> None:
    """Measure some of the servers, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="?", default="", help=f"words in a server's name, of: {'; '.join(_ROWS)}")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--rows", type=int, default=0, help="for each server")
    asked = parser.parse_args()
    if not any(asked.only in name for name in _ROWS):
        parser.error(f"no server has {asked.only!r} in its name")
    print(auto(turns=asked.turns, only=asked.only, rows=asked.rows))  # noqa: T201 - the table is the product


if __name__ == "__main__":
    main()
