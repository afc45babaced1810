"""Time and memory of a whole run as the sheet grows: both should be straight lines, memory a flat one."""

from typing import Final

from tests.bench.measuring import run_wave, table, workplace, write_wave
from tests.bench.stub import created, serving

__all__ = ["growth"]

_SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)


def growth(*, sizes: tuple[int, ...] = _SIZES) -> str:
    """Measure, and give the table."""
    lines, peaks = [], {}
    with workplace() as folder, serving(keep=True) as stub:
        for rows in sizes:
            sheet = write_wave(folder / f"wave-{rows}.csv", rows)
            spent, said = run_wave(sheet, stub.url, "--format", "csv", "-j", "32", audit=True)
            if said["created"] != rows or created(stub.url) != rows:
                raise SystemExit(f"{said['created']} of {rows} rows were created")
            peaks[rows] = spent.peak
            before = peaks.get(rows // 10)
            grown = f"{spent.peak / before:.2f}" if before else ""
            each = f"{spent.cpu / rows * 1e6:,.0f} µs"
            lines.append(
                (
                    f"{rows:,}",
                    f"{spent.seconds:,.1f} s",
                    f"{rows / spent.seconds:,.0f}",
                    each,
                    f"{spent.peak:.0f} MB",
                    grown,
                )
            )
    heads = ("rows of CSV, whole run", "takes", "rows/s", "CPU a row", "peak memory", "of a tenth of the rows")
    return table(heads, lines)
