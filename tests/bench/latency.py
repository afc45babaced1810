"""Creates per second where the server is the slow part: 100 ms a create and 64 at once, plain and through TLS.

Measured by the server, from the first create that arrives to the last one it answers.
"""

import json
import ssl
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import trustme

from tests.bench.measuring import run_wave, table, workplace, write_wave
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
                words = ("--ca-file", str(trust)) if with_tls else ()
                run_wave(sheet, stub.url, "--format", "csv", "-j", str(_AT_ONCE), *words)
                rate = _rate(stub.url, trust if with_tls else None)
            lines.append((name, f"{ideal:,.0f}", f"{rate:,.0f}", f"**{rate / ideal:.3f}**"))
    return table((f"{rows:,} creates of 100 ms, `-j {_AT_ONCE}`", "ideal creates/s", "creates/s", "ratio"), lines)


def _rate(url: str, trust: Path | None) -> float:
    context = ssl.create_default_context(cafile=trust) if trust else None
    with urlopen(f"{url}/statistics", timeout=10, context=context) as page:  # noqa: S310 - on loopback
        counts = json.load(page)
    return float(counts["creates"] / counts["seconds"])
