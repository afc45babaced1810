"""Creates per second on servers whose latency varies, or that have few places: 64 at once, and `-j auto`.

Measured by the server, from the first create that arrives to the moment when 99 % of them are answered. Beside each
run of bulkprov there is a bare loop with as many creates in flight as that run had on average, on the same server with
the same seed: it draws the same latencies.
"""

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.measuring import run_wave, table, workplace, write_wave
from tests.bench.rivals.programs import send_bare
from tests.bench.stub import serving, statistics

__all__ = ["uneven"]

_AT_ONCE: Final = 64
_SHARE: Final = 0.99
_SERVERS: Final = (
    ("median 50 ms, log-normal with sigma 1", "no limit, sigma 1", 4_000),
    ("32 places of 50 ms, 5 % take ten times as long", "32 places, 5 % ten times as long", 2_400),
    ("8 places of 50 ms", "(a) 8 places of 50 ms", 960),
)
"""What they are called, their names in `tests.bench.limit`, and so many creates: some five seconds of each."""


@dataclass(frozen=True, slots=True)
class _Went:
    """How creates went, as the server has seen it."""

    rate: float
    """Creates per second, until 99 % were answered."""
    in_flight: float
    """Creates in the server, on average until then."""


def uneven(
    *, scale: float = 1.0, turns: int = 3, only: str = "", limits: tuple[str, ...] = (str(_AT_ONCE), "auto")
) -> str:
    """Measure, and give the table.

    Args:
        scale: so many times the rows.
        turns: each with other latencies.
        only: words in the names of the servers that are measured; all, if it is empty.
        limits: the values of `-j`.
    """
    lines = []
    with workplace() as folder:
        for label, case, usual in (each for each in _SERVERS if only in each[0]):
            rows = int(usual * scale)
            sheet = write_wave(folder / "wave.csv", rows, clients=10)
            for limit in limits:
                pairs = [_pair(sheet, case, rows, limit, seed) for seed in range(1, turns + 1)]
                ratios = sorted(ours.rate / bare.rate for bare, ours in pairs)
                lines.append(
                    (
                        label,
                        f"{rows:,}",
                        f"`-j {limit}`",
                        f"{median(ours.in_flight for _, ours in pairs):.0f}",
                        f"{median(bare.rate for bare, _ in pairs):,.0f}",
                        f"{median(ours.rate for _, ours in pairs):,.0f}",
                        f"**{median(ratios):.2f}**",
                        f"{ratios[0]:.2f} to {ratios[-1]:.2f}",
                    )
                )
    heads = ("creates", "bulkprov", "in flight", "bare loop", "bulkprov", "bulkprov / bare", "lowest to highest")
    return table((f"server, median of {turns}", *heads), lines)


def _pair(sheet: Path, case: str, rows: int, limit: str, seed: int) -> tuple[_Went, _Went]:
    """The bare loop with as many in flight as bulkprov had, and bulkprov."""
    with serving(case=case, seed=seed) as stub:
        run_wave(sheet, stub.url, "--format", "csv", "-j", limit)
        ours = _went(stub.url)
    with serving(case=case, seed=seed) as stub:
        send_bare(stub.url, rows, max(1, round(ours.in_flight)) if limit == "auto" else int(limit))
        return _went(stub.url), ours


def _went(url: str) -> _Went:
    counts = statistics(url)
    return _Went(counts["creates"] * _SHARE / counts["most"], counts["in_flight"])
