"""What looks and the audit cost in time, where a list takes as long as a create: the whole run, and its two parts.

Each client is listed once before its creates and once after them. Were the lists asked for one after the other, each
would leave the slots empty for as long as it takes.
"""

from statistics import median
from typing import Final

from tests.bench.measuring import run_wave, table, workplace, write_wave
from tests.bench.stub import serving

__all__ = ["lists"]

_LATENCY: Final = 0.05
_AT_ONCE: Final = 32
_WAYS: Final = (
    ("neither (`--no-first-look --no-audit`)", ("--no-first-look",), False),
    ("first looks (`--no-audit`)", (), False),
    ("first looks and the audit: as it is", (), True),
)


def lists(*, rows: int = 4_000, clients: int = 40, turns: int = 3) -> str:
    """Measure, and give the table."""
    spent: dict[str, list[float]] = {}
    with workplace() as folder:
        sheet = write_wave(folder / "wave.csv", rows, clients=clients)
        for _ in range(turns):
            for label, words, audit in _WAYS:
                with serving(keep=True, latency=_LATENCY) as stub:
                    cost, said = run_wave(sheet, stub.url, "--format", "csv", "-j", str(_AT_ONCE), *words, audit=audit)
                if said["created"] != rows:
                    raise SystemExit(f"{said['created']} of {rows} rows were created")
                spent.setdefault(label, []).append(cost.seconds)
    first = f"{rows:,} rows of {clients} clients, {_LATENCY * 1000:.0f} ms, `-j {_AT_ONCE}`, median of {turns}"
    lines, before = [], 0.0
    for label, seconds in spent.items():
        more = f"{median(seconds) - before:+.1f} s" if before else ""
        lines.append((label, f"{median(seconds):.1f} s", more))
        before = median(seconds)
    return table((first, "whole run", "more than the one above"), lines)
