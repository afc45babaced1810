"""Which requests a fault strikes, decided from a seed and the request itself, not from the order of arrival.

A draw depends on the content of a request and on how often that content came before. So a run with the same seed meets
the same faults, however its requests interleave. Pure but for that count.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Final, Protocol

from bulkprov.simulator.faults.table import FAULTS, Fault
from bulkprov.simulator.http_messages import RequestKind

__all__ = ["FaultPolicy", "SeededFaults"]

_RANGE: Final = 1 << 64


class FaultPolicy(Protocol):
    """Decides about each request; a test may bring its own."""

    def choose(self, kind: RequestKind, content: bytes) -> Fault | None:
        """The fault that strikes this request, or None."""
        ...


class SeededFaults:
    """A policy that strikes given shares of requests, drawn from a seed."""

    def __init__(self, *, seed: int, overall: float, by_name: Mapping[str, float]) -> None:
        """Set the shares.

        Args:
            seed: decides which requests are struck.
            overall: the share of requests that the everyday faults have between them.
            by_name: the shares of single faults, on top of that.
        """
        self._seed = seed.to_bytes(16, "big", signed=True)
        self._seen: Counter[bytes] = Counter()
        self._thresholds = {kind: _thresholds(kind, overall, by_name) for kind in RequestKind}

    def choose(self, kind: RequestKind, content: bytes) -> Fault | None:
        """The fault that strikes this request, or None."""
        thresholds = self._thresholds[kind]
        if not thresholds:
            return None
        key = hashlib.blake2b(content, digest_size=16, key=self._seed).digest()
        self._seen[key] += 1
        drawn = hashlib.blake2b(self._seen[key].to_bytes(8, "big"), digest_size=8, key=key).digest()
        point = int.from_bytes(drawn, "big") / _RANGE
        return next((fault for threshold, fault in thresholds if point < threshold), None)


def _thresholds(kind: RequestKind, overall: float, by_name: Mapping[str, float]) -> list[tuple[float, Fault]]:
    """The faults that may strike a kind of request, each with the sum of the shares up to and including its own."""
    shares = [
        (share, FAULTS[name]) for name, share in sorted(by_name.items()) if share and kind in FAULTS[name].strikes
    ]
    everyday = [fault for fault in FAULTS.values() if fault.weight and kind in fault.strikes]
    total = sum(fault.weight for fault in everyday)
    shares += [(overall * fault.weight / total, fault) for fault in everyday if overall]
    thresholds, top = [], 0.0
    for share, fault in shares:
        top += share
        thresholds.append((top, fault))
    return thresholds
