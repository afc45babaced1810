"""How well `-j auto` does on servers it knows nothing of, against the best of all fixed limits, in virtual time.

Run it as `python -m tests.bench.limit [--quick]`. It sweeps the fixed limits from 1 to 256 on each server, then lets
each rule begin from nothing. What counts is the time until 99 % of 5,000 rows are final, the ramp included, and the
share of requests that the server refused. The rivals are there to say why this rule was taken.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from bulkprov.engine.throttle.adaptive_limit import AdaptiveLimit, FixedLimit
from tests.bench.virtual import Curve, Queue, Rated, Rule, Server, Wave

__all__ = ["SERVERS", "Case", "best_fixed", "measure"]


@dataclass(frozen=True, slots=True)
class Case:
    """A server, and the fixed limit that a whole sweep has found to be best there."""

    name: str
    make: Callable[..., Server]
    best: int


def _squared(under_way: int) -> float:
    """50 ms for up to 20; then the square of what is more comes on top."""
    return 0.05 * (1 + (max(0, under_way - 20) / 20) ** 2)


def _steep(under_way: int) -> float:
    """50 ms for up to 20; then as the square of what is under way."""
    return 0.05 * max(1.0, (under_way / 20) ** 2)


SERVERS: Final = (
    Case("(a) 8 places of 50 ms", partial(Queue, places=8), 56),
    Case("(b) 48 places of 50 ms, 503 past 96", partial(Queue, places=48, most=96), 56),
    Case("(c) latency grows with the square past 20", partial(Curve, curve=_squared), 28),
    Case("(c') the same, steeper", partial(Curve, curve=_steep), 20),
    Case("(d) 48 places, half of them for 2 s", partial(Queue, places=48, changes=((2, 24), (4, 48))), 65),
    Case("(e) 429 above 200/s, Retry-After 1", Rated, 201),
    Case("(e') the same, refused only after 50 ms", partial(Rated, late=True), 10),
    Case("(f) no limit, 5 ms", partial(Server, seconds=0.005), 101),
)


class Aimd:
    """TCP Reno's: one more for each round trip, half of it on a refusal."""

    def __init__(self) -> None:
        self._level, self._cut_at = 8.0, -math.inf

    @property
    def value(self) -> int:
        """The limit."""
        return int(self._level)

    def answered(self, now: float, seconds: float, in_flight: int) -> None:
        """Grow, if the limit is used up."""
        if in_flight >= self.value and now - seconds >= self._cut_at:
            self._level = min(256.0, self._level + 1 / self._level)

    def refused(self, now: float, seconds: float, in_flight: int, retry_after: float = 0.0) -> None:  # noqa: ARG002 - `Rule`'s
        """Halve, once per round trip."""
        if now - seconds >= self._cut_at:
            self._level, self._cut_at = max(1.0, self._level / 2), now


class Vegas(Aimd):
    """TCP Vegas's: the queue between three and six times the logarithm of the limit; the least latency ever is base."""

    def __init__(self) -> None:
        super().__init__()
        self._base = math.inf

    def answered(self, now: float, seconds: float, in_flight: int) -> None:  # noqa: ARG002 - `Rule`'s
        """Up or down by a step, as the queue says."""
        self._base = min(self._base, seconds)
        queue = self._level * (1 - self._base / seconds)
        unit = math.log10(self._level) + 1
        if queue < 3 * unit and in_flight >= self.value:
            self._level = min(256.0, self._level + unit / self._level)
        elif queue > 6 * unit:
            self._level = max(1.0, self._level - unit / self._level)


class Gradient(Aimd):
    """As Netflix's Gradient2: latency against its long average, half as long again taken for none."""

    def __init__(self) -> None:
        super().__init__()
        self._long = 0.0

    def answered(self, now: float, seconds: float, in_flight: int) -> None:  # noqa: ARG002 - `Rule`'s
        """Towards the limit times the gradient, and room for a queue."""
        self._long = self._long + (seconds - self._long) / 600 if self._long else seconds
        if self._long > 2 * seconds:
            self._long *= 0.95
        if in_flight * 2 >= self.value:
            gradient = max(0.5, min(1.0, 1.5 * self._long / seconds))
            self._level = min(256.0, max(1.0, 0.8 * self._level + 0.2 * (self._level * gradient + 4)))


@dataclass(frozen=True, slots=True)
class Measured:
    """How one rule did."""

    ratio: float
    """The best fixed limit's seconds, divided by this rule's."""
    refused: float
    """Share of requests."""
    levels: tuple[int, int]
    """The lowest and highest limit in the second half of the wave."""


def best_fixed(case: Case, limits: list[int], **noise: float) -> tuple[float, int]:
    """Seconds of the best of these limits, and which it is."""
    return min((Wave(case.make(**noise), FixedLimit(limit)).run(), limit) for limit in limits)


def measure(case: Case, rule: Rule, best: float, **noise: float) -> Measured:
    """Send a wave to a server under a rule."""
    wave = Wave(case.make(**noise), rule)
    seconds = wave.run()
    later = [level for now, level in wave.levels if now > seconds / 2]
    return Measured(best / seconds, wave.refused / wave.requests, (min(later), max(later)))


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="sweep fewer fixed limits")
    quick = parser.parse_args().quick
    rules: tuple[Callable[[], Rule], ...] = (AdaptiveLimit, Aimd, Vegas, Gradient, lambda: FixedLimit(8))
    lines = [
        "| server | best fixed `-j` | `auto` | refused | its limit later | AIMD | Vegas | gradient | `-j 8` |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for case in SERVERS:
        limits = [case.best, 1, 2, 4, 8, 16, 32, 64, 128, 256] if quick else list(range(1, 257))
        seconds, limit = best_fixed(case, limits)
        auto, *others = [measure(case, rule(), seconds) for rule in rules]
        lowest, highest = auto.levels
        lines.append(
            f"| {case.name} | {limit} | **{auto.ratio:.2f}** | {auto.refused:.2%} | {lowest} to {highest} | "
            + " | ".join(f"{other.ratio:.2f} ({other.refused:.1%})" for other in others)
            + " |"
        )
    print("\n".join(lines))  # noqa: T201 - the table is the product


if __name__ == "__main__":
    main()
