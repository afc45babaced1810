"""Creates per second where the server is the slow part: 100 ms a create and 64 at once, plain and through TLS.

Measured by the server, from the first create that arrives to the last one it answers; beside a bare loop, which shows
what the network library itself makes of it. The ideal is reckoned from what a create took in the server on average,
since its timer comes a little late.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trustme

from tests.bench.measuring import run_wave, table, workplace, write_wave
from tests.bench.rivals.programs import send_bare
from tests.bench.stub import serving, statistics

__all__ = ["latency"]

_LATENCY: Final = 0.1
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class _Went:
    """How creates went, as the server has seen it."""

    rate: float
    """Creates per second, from the first that came to the last that was answered."""
    took: float
    """Seconds from a create to its answer, on average."""

    @property
    def ideal(self) -> float:
        """The share of the rate that so many at once could have had, had each place been taken again at once."""
        return self.rate / (_AT_ONCE / self.took)


def latency(*, rows: int = 4_800, turns: int = 3) -> str:
    """Measure, and give the table."""
    lines = []
    with workplace() as folder:
        sheet = write_wave(folder / "wave.csv", rows, clients=10)
        authority = trustme.CA()
        trust, certificate = folder / "ca.pem", folder / "server.pem"
        authority.cert_pem.write_to_path(trust)
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        for name, with_tls in (("plain HTTP", False), ("TLS", True)):
            words = ("--ca-file", str(trust)) if with_tls else ()
            with serving(latency=_LATENCY, certificate=certificate if with_tls else None) as stub:
                pairs = []
                for _ in range(turns):
                    send_bare(stub.url, rows, _AT_ONCE)
                    bare = _went(stub.url, trust if with_tls else None)
                    run_wave(sheet, stub.url, "--format", "csv", "-j", str(_AT_ONCE), *words)
                    pairs.append((bare, _went(stub.url, trust if with_tls else None)))
            bare, ours = (sorted(side, key=lambda each: each.ideal)[turns // 2] for side in zip(*pairs, strict=True))
            shares = (f"{bare.ideal:.3f}", f"**{ours.ideal:.3f}**")
            lines.append((name, f"{ours.took * 1000:.1f} ms", f"{bare.rate:,.0f}", f"{ours.rate:,.0f}", *shares))
    first = f"{rows:,} creates, {_AT_ONCE} at once, median of {turns}"
    return table((first, "a create takes", "bare loop", "bulkprov", "bare / ideal", "bulkprov / ideal"), lines)


def _went(url: str, trust: Path | None) -> _Went:
    counts = statistics(url, trust)
    return _Went(counts["creates"] / counts["seconds"], counts["took"])
