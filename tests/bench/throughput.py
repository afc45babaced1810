"""Creates per second against a server that costs next to nothing: bulkprov's whole run beside bare loops.

Bulkprov is timed from the start of its interpreter to its end, with sheet, first looks, journal, log and `results.csv`;
its rivals, which do nothing but send, from their first create to their last answer. All of them take turns, and each is
compared with the floor of its own turn, so that what else the machine does hits them alike.
"""

import sys
from statistics import median
from typing import Final

from tests.bench.measuring import run_wave, spend, table, workplace, write_wave
from tests.bench.rivals import RIVALS
from tests.bench.stub import serving

__all__ = ["throughput"]

_CONCURRENCY: Final = 32
_SHARES: Final = {"aiohttp": 1.0, "requests": 0.1, "httpx": 0.05}
"""Of the rows that each rival sends: the slow ones need not send all of them to be known as slow."""
_NAMES: Final = {
    "aiohttp": "bare aiohttp + uvloop loop (the floor)",
    "requests": "`requests`, 32 threads",
    "httpx": "`httpx`, 32 tasks",
}


def throughput(*, rows: int = 50_000, turns: int = 5) -> str:
    """Measure, and give the table."""
    with workplace() as folder, serving() as stub:
        sheet = write_wave(folder / "wave.csv", rows)
        speeds: dict[str, list[float]] = {name: [] for name in (*RIVALS, "bulkprov", "auto")}
        for _ in range(turns):
            for rival in reversed(RIVALS):  # the floor last, right before what is measured against it
                speeds[rival].append(_of_rival(rival, stub.url, int(rows * _SHARES[rival])))
            for name, words in (("bulkprov", ("-j", str(_CONCURRENCY))), ("auto", ())):
                spent, said = run_wave(sheet, stub.url, "--format", "csv", *words)
                if said["created"] != rows:
                    raise SystemExit(f"{said['created']} of {rows} rows were created")
                speeds[name].append(rows / spent.seconds)
    lines = [
        (label, f"{median(speeds[name]):,.0f}", *_shares(speeds[name], speeds["aiohttp"]))
        for name, label in (
            ("aiohttp", _NAMES["aiohttp"]),
            ("bulkprov", f"**bulkprov**, `-j {_CONCURRENCY}`: the whole run"),
            ("auto", "**bulkprov**, `-j auto`: the whole run"),
            ("requests", _NAMES["requests"]),
            ("httpx", _NAMES["httpx"]),
        )
    ]
    return table(
        (f"{rows:,} creates, median of {turns}", "creates/s", "of the floor in its turn", "lowest to highest"), lines
    )


def _of_rival(name: str, url: str, rows: int) -> float:
    command = [sys.executable, "-m", "tests.bench.rivals", name, url, str(rows), str(_CONCURRENCY)]
    return rows / float(spend(command).output)


def _shares(speeds: list[float], floors: list[float]) -> tuple[str, str]:
    """What part of the floor of the same turn it was: usually, and at least and at most."""
    shares = sorted(speed / floor for speed, floor in zip(speeds, floors, strict=True))
    return f"{median(shares):.2f}", f"{shares[0]:.2f} to {shares[-1]:.2f}"
