"""How well `-j auto` does on servers it knows nothing of, against the best of all fixed limits, in virtual time.

Run it as `python -m tests.bench.limit [--seeds 10] [--first 1] [--only WORDS] [--every]`. For each server and seed it
sweeps fixed limits from 1 to 256, then lets each rule begin from nothing. What counts is the time until 99 % of the
rows are final, the ramp included, and the share of requests that the server refused. The rivals (`limit_rivals.py`) are
there to say why this rule was taken. Seven minutes for ten seeds on one core; it ends with 1 if a bound is missed.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Final

from bulkprov.engine.throttle.adaptive_limit import AdaptiveLimit, FixedLimit
from tests.bench.limit_rivals import RIVALS
from tests.bench.virtual import Curve, Queue, Rated, Rule, Server, Wave

__all__ = ["SERVERS", "Case", "Measured", "best_fixed", "limits_near", "measure"]

_Noise = Mapping[str, float] | None
"""Arguments of a server."""
_REFUSED: Final = 0.01
"""Share of requests that may be refused, at most."""
_COARSE: Final = (1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 181, 256)


@dataclass(frozen=True, slots=True)
class Case:
    """A server, the fixed limit that a whole sweep has found to be best there, and what is asked of `auto`."""

    name: str
    make: Callable[..., Server]
    best: int
    rows: int = 5000
    median: float = 0.9
    """The least that the best limit's seconds may be of `auto`'s, in the median of the seeds."""
    worst: float = 0.8
    """The same for the worst seed."""


def _squared(under_way: int) -> float:
    """50 ms for up to 20; then the square of what is more comes on top."""
    return 0.05 * (1 + (max(0, under_way - 20) / 20) ** 2)


def _steep(under_way: int) -> float:
    """50 ms for up to 20; then as the square of what is under way."""
    return 0.05 * max(1.0, (under_way / 20) ** 2)


_uneven = partial(Case, median=0.92, worst=0.85)
_free = partial(Case, best=256, worst=0.0)

SERVERS: Final = (
    Case("(a) 8 places of 50 ms", partial(Queue, places=8), 56),
    Case("(b) 48 places of 50 ms, 503 past 96", partial(Queue, places=48, most=96), 56),
    Case("(c) latency grows with the square past 20", partial(Curve, curve=_squared), 28),
    Case("(c') the same, steeper", partial(Curve, curve=_steep), 20),
    Case("(d) 48 places, half of them for 2 s", partial(Queue, places=48, changes=((2, 24), (4, 48))), 65),
    Case("(e) 429 above 200/s, Retry-After 1", Rated, 201),
    Case("(e') the same, refused only after 50 ms", partial(Rated, late=True), 10),
    Case("(f) no limit, 5 ms", partial(Server, seconds=0.005), 101),
    Case("8 places, doubled every 2 s to 64", partial(Queue, places=8, changes=((2, 16), (4, 32), (6, 64))), 96),
    Case(
        "4 places, doubled every 5 s to 128",
        partial(Queue, places=4, changes=((5, 8), (10, 16), (15, 32), (20, 64), (25, 128))),
        40,
    ),
    _uneven("32 places, sigma 0.5", partial(Queue, places=32, jitter=0.5), 36),
    _uneven("32 places, sigma 1", partial(Queue, places=32, jitter=1.0), 34),
    _uneven("32 places, sigma 1.5", partial(Queue, places=32, jitter=1.5), 34),
    _uneven("48 places, sigma 0.5", partial(Queue, places=48, jitter=0.5), 52),
    _uneven("48 places, sigma 1", partial(Queue, places=48, jitter=1.0), 52),
    _uneven("48 places, sigma 1.5", partial(Queue, places=48, jitter=1.5), 52),
    _uneven("32 places, 1 % ten times as long", partial(Queue, places=32, slow=0.01), 60),
    _uneven("32 places, 5 % ten times as long", partial(Queue, places=32, slow=0.05), 56),
    _uneven("48 places, sigma 0.5, 2 % ten times as long", partial(Queue, places=48, slow=0.02, jitter=0.5), 52),
    _uneven("4 places of 2 s", partial(Queue, places=4, seconds=2.0), 24, 2000),
    _uneven("2 places of 2 s, sigma 0.5", partial(Queue, places=2, seconds=2.0, jitter=0.5), 3, 1000),
    _uneven("8 places of 2 s, sigma 1", partial(Queue, places=8, seconds=2.0, jitter=1.0), 9, 3000),
    _free("no limit, sigma 0.5", partial(Server, jitter=0.5), median=0.7),
    _free("no limit, sigma 1", partial(Server, jitter=1.0), median=0.7),
    _free("no limit, sigma 1.5", partial(Server, jitter=1.5), median=0.7),
    _free("no limit, sigma 0.5, 20,000 rows", partial(Server, jitter=0.5), rows=20_000, median=0.88),
    _free("no limit, sigma 1, 20,000 rows", partial(Server, jitter=1.0), rows=20_000, median=0.88),
    _free("no limit, sigma 1.5, 20,000 rows", partial(Server, jitter=1.5), rows=20_000, median=0.88),
    _free("no limit, 2 s", partial(Server, seconds=2.0), median=0.85, worst=0.8),
    Case("reads 10 ms, creates 200 ms, 24 places", partial(Queue, places=24, seconds=0.2, read_seconds=0.01), 30),
    Case("the same, sigma 0.5", partial(Queue, places=24, seconds=0.2, read_seconds=0.01, jitter=0.5), 24),
    Case(
        "the same, one read for ten creates",
        partial(Queue, places=24, seconds=0.2, read_seconds=0.01, rows_per_read=10, jitter=0.5),
        96,
    ),
    Case(
        "48 places, sigma 0.5, twice as slow from 3 s on",
        partial(Queue, places=48, jitter=0.5, slower=((3, 2),)),
        52,
        median=0.8,
        worst=0.0,
    ),
    Case("(c) with sigma 0.5", partial(Curve, curve=_squared, jitter=0.5), 28, median=0.8, worst=0.0),
)
"""The servers. *sigma* is the standard deviation of the logarithm of the latency, whose median is 50 ms where nothing
else is said. The last two are hard on purpose; nothing was promised for them."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How one rule did."""

    ratio: float
    """The best fixed limit's seconds, divided by this rule's."""
    refused: float
    """Share of requests."""
    levels: tuple[int, int]
    """The lowest and highest limit in the second half of the wave."""


def best_fixed(case: Case, limits: Sequence[int], *, seed: int = 1, noise: _Noise = None) -> tuple[float, int]:
    """Seconds of the best of these limits, and which it is."""
    servers = ((case.make(**(noise or {})), limit) for limit in limits)
    return min((Wave(each, FixedLimit(limit), rows=case.rows, seed=seed).run(), limit) for each, limit in servers)


def limits_near(limit: int) -> range:
    """All limits that differ from this one by a quarter at most."""
    return range(max(1, limit - limit // 4), min(256, limit + limit // 4) + 1)


def measure(case: Case, rule: Rule, best: float, *, seed: int = 1, noise: _Noise = None) -> Measured:
    """Send a wave to a server under a rule."""
    wave = Wave(case.make(**(noise or {})), rule, rows=case.rows, seed=seed)
    seconds = wave.run()
    later = [level for now, level in wave.levels if now > seconds / 2]
    return Measured(best / seconds, wave.refused / wave.requests, (min(later), max(later)))


def _swept(case: Case, seed: int, *, every: bool) -> tuple[float, int]:
    """The best fixed limit: of all, or of some and of all near the best of those."""
    if every:
        return best_fixed(case, range(1, 257), seed=seed)
    coarse = best_fixed(case, (*_COARSE, case.best), seed=seed)
    step = max(1, coarse[1] // 16)
    near = limits_near(coarse[1])
    return min(coarse, best_fixed(case, near[::step], seed=seed))


def _of_seed(case: Case, every: bool, seed: int) -> tuple[int, list[Measured]]:
    """The best fixed limit of a seed, and how all rules did."""
    seconds, limit = _swept(case, seed, every=every)
    rules: list[Callable[[], Rule]] = [AdaptiveLimit, *RIVALS.values()]
    return limit, [measure(case, rule(), seconds, seed=seed) for rule in rules]


def _line(case: Case, found: list[tuple[int, list[Measured]]]) -> tuple[str, bool]:
    """The line of the table, and whether everything is as it must be."""
    ours, *others = zip(*(measured for _, measured in found), strict=True)
    ratios = sorted(each.ratio for each in ours)
    refused = max(each.refused for each in ours)
    is_well = median(ratios) >= case.median and ratios[0] >= case.worst and refused <= _REFUSED
    cells = [
        case.name,
        f"{round(median(limit for limit, _ in found))}",
        f"**{median(ratios):.2f}**",
        f"{ratios[0]:.2f}",
        f"{refused:.1%}",
        *(f"{median(e.ratio for e in rival):.2f} ({max(e.refused for e in rival):.0%})" for rival in others),
    ]
    return f"| {' | '.join(cells)} |", is_well


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many waves are sent to each server")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--only", default="", help="only servers whose name has these words")
    parser.add_argument("--every", action="store_true", help="sweep every limit from 1 to 256; takes an hour")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    heads = ("server", "best fixed `-j`", "`auto`", "worst seed", "refused", *(f"{name} (refused)" for name in RIVALS))
    print(f"| {' | '.join(heads)} |\n|{'|'.join(('---', *['---:'] * (len(heads) - 1)))}|", flush=True)  # noqa: T201 - the table
    missed = []
    with ProcessPoolExecutor(asked.jobs) as pool:
        for case in (each for each in SERVERS if asked.only in each.name):
            seeds = range(asked.first, asked.first + asked.seeds)
            line, is_well = _line(case, list(pool.map(partial(_of_seed, case, asked.every), seeds)))
            print(line, flush=True)  # noqa: T201 - the table is the product
            missed += [] if is_well else [case.name]
    if missed:
        print(f"\nNot as it must be: {'; '.join(missed)}")  # noqa: T201 - as above
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
