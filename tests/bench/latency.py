"""Creates per second where the server is the slow part: 100 ms a create and 64 at once, plain and through TLS.

Measured by the server, from the first create that arrives to the last one it answers; beside a bare loop, which shows
what the network library itself makes of it.
"""

import json
import ssl
import sys
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import trustme

from tests.bench.measuring import run_wave, spend, table, workplace, write_wave
from tests.bench.stub import serving

__all__ = ["latency"]

_LATENCY: Final = 0.1
_AT_ONCE: Final = 64


def latency(*, rows: int = 12_800) -> str:
    """Measure, and give the table."""
    ideal = _AT_ONCE / _LATENCY
    lines = []
    with workplace() as folder:
        sheet = write_wave(folder / "wave.csv", rows, clients=10)
        authority = trustme.CA()
        trust, certificate = folder / "ca.pem", folder / "server.pem"
        authority.cert_pem.write_to_path(trust)
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        for name, with_tls in (("plain HTTP", False), ("TLS", True)):
            with serving(latency=_LATENCY, certificate=certificate if with_tls else None) as stub:
                known = trust if with_tls else None
                words = ("--ca-file", str(trust)) if with_tls else ()
                spend([sys.executable, "-m", "tests.bench.rivals", "aiohttp", stub.url, str(rows), str(_AT_ONCE)])
                bare = _rate(stub.url, known)
                run_wave(sheet, stub.url, "--format", "csv", "-j", str(_AT_ONCE), *words)
                rate = _rate(stub.url, known)
            shares = (f"{bare / ideal:.3f}", f"**{rate / ideal:.3f}**")
            lines.append((name, f"{ideal:,.0f}", f"{bare:,.0f}", f"{rate:,.0f}", *shares))
    first = f"{rows:,} creates of 100 ms, 64 at once"
    return table((first, "ideal creates/s", "bare loop", "bulkprov", "bare / ideal", "bulkprov / ideal"), lines)


def _rate(url: str, trust: Path | None) -> float:
    context = ssl.create_default_context(cafile=trust) if trust else None
    with urlopen(f"{url}/statistics", timeout=10, context=context) as page:  # noqa: S310 - on loopback
        counts = json.load(page)
    return float(counts["creates"] / counts["seconds"])
