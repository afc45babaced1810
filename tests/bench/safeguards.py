"""What looks and the audit cost: CPU of the whole run a row, without both, with first looks, and with the audit too.

Both cost more the fewer rows share a client, since each client is listed once for all of its rows, before and after.
The stub keeps what it makes, so that the audit finds it. The journal cannot be switched off; what it costs is a line
of `tests.bench.layers`.
"""

from statistics import median
from typing import Final

from tests.bench.measuring import run_wave, table, workplace, write_wave
from tests.bench.stub import serving, statistics

__all__ = ["safeguards"]

_WAYS: Final = (
    ("neither (`--no-first-look --no-audit`)", ("--no-first-look",), False),
    ("first looks (`--no-audit`)", (), False),
    ("first looks and the audit: as it is", (), True),
)


def safeguards(*, rows: int = 10_000, clients: tuple[int, ...] = (10_000, 250, 1), turns: int = 3) -> str:
    """Measure, and give the table; for the rows spread over each of these numbers of clients."""
    lines = []
    with workplace() as folder:
        sheets = {spread: write_wave(folder / f"{spread}.csv", rows, clients=spread) for spread in clients}
        spent: dict[tuple[int, str], list[tuple[float, float]]] = {}
        for _ in range(turns):
            for spread, sheet in sheets.items():
                for label, words, audit in _WAYS:
                    with serving(keep=True) as stub:
                        cost, said = run_wave(sheet, stub.url, "--format", "csv", "-j", "32", *words, audit=audit)
                        requests = statistics(stub.url)["requests"]
                    if said["created"] != rows:
                        raise SystemExit(f"{said['created']} of {rows} rows were created")
                    spent.setdefault((spread, label), []).append((cost.cpu / rows * 1e6, requests))
    for spread in clients:
        before = 0.0
        for label, *_ in _WAYS:
            cpu = median(cost for cost, _ in spent[spread, label])
            requests = round(median(number for _, number in spent[spread, label]))
            more = f"{cpu - before:+,.0f} µs" if before else ""
            lines.append((label, f"{spread:,}", f"{requests:,}", f"{cpu:,.0f} µs", more))
            before = cpu
    heads = ("clients", "requests", "CPU a row", "more than the one above")
    return table((f"{rows:,} rows, `-j 32`, median of {turns}", *heads), lines)
