"""All figures of `.github/docs/benchmarks.md`, on this machine: `python -m tests.bench [PART ...] [--quick]`.

Parts: throughput, layers, safeguards, lists, latency, uneven, auto, growth, sheets, start, sdk; all of them take some
twenty-five minutes, most of it for a million rows and for servers that are slow on purpose. `python -m
tests.bench.limit` is a measurement of its own. These machines are noisy: compare ratios, and run it again.
"""

import argparse
from collections.abc import Callable
from typing import Final

from tests.bench.against_cvpysdk import sdk
from tests.bench.auto import auto
from tests.bench.growth import growth
from tests.bench.latency import latency
from tests.bench.layers import layers
from tests.bench.lists import lists
from tests.bench.measuring import machine
from tests.bench.safeguards import safeguards
from tests.bench.sheets import sheets
from tests.bench.start import start
from tests.bench.throughput import throughput
from tests.bench.uneven import uneven

PARTS: Final[dict[str, Callable[[], str]]] = {
    "throughput": throughput,
    "layers": layers,
    "safeguards": safeguards,
    "lists": lists,
    "latency": latency,
    "uneven": uneven,
    "auto": auto,
    "growth": growth,
    "sheets": sheets,
    "start": start,
    "sdk": sdk,
}
_QUICK: Final[dict[str, Callable[[], str]]] = {
    "throughput": lambda: throughput(rows=5_000, turns=1),
    "layers": lambda: layers(rows=2_000, turns=1),
    "safeguards": lambda: safeguards(rows=1_000, clients=(1_000, 1), turns=1),
    "lists": lambda: lists(rows=400, clients=8, turns=1),
    "latency": lambda: latency(rows=2_560, turns=1),
    "uneven": lambda: uneven(scale=0.25, turns=1),
    "auto": lambda: auto(turns=1, rows=1_000),
    "growth": lambda: growth(sizes=(1_000, 10_000)),
    "sheets": lambda: sheets(rows=10_000, turns=1),
    "start": lambda: start(turns=3),
    "sdk": lambda: sdk(sets=20),
}


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="*", default=list(PARTS), help=f"what to measure: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="with little, to see that it works")
    asked = parser.parse_args()
    unknown = [name for name in asked.part if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]}; there are {', '.join(PARTS)}")
    print(f"On {machine()}\n", flush=True)  # noqa: T201 - the tables are the product
    for name in asked.part:
        print((_QUICK if asked.quick else PARTS)[name](), end="\n\n", flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
