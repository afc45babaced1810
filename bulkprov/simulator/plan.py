"""Which requests go wrong, and how: decided from the seed and from the request, not from the order of arrival.

Each request's own content and how often the same content came before decide, so that a rerun with the same seed
meets the same faults however its requests are interleaved. Pure but for the counting.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Final, Protocol

from bulkprov.simulator.answer import Kind
from bulkprov.simulator.faults import FAULTS, Fault

__all__ = ["Plan", "SeededPlan"]

_RANGE: Final = 1 << 64


class Plan(Protocol):
    """Decides about each request; a test may bring its own."""

    def choose(self, kind: Kind, content: bytes) -> Fault | None:
        """What is to go wrong with this request, if anything."""
        ...


class SeededPlan:
    """Shares of requests that go wrong, drawn from a seed."""

    def __init__(self, *, seed: int, overall: float, by_name: Mapping[str, float]) -> None:
        """`overall` is shared by the everyday faults that may strike a request, on top of the named shares."""
        self._seed = seed.to_bytes(16, "big", signed=True)
        self._seen: Counter[bytes] = Counter()
        self._ladder = {kind: _ladder(kind, overall, by_name) for kind in Kind}

    def choose(self, kind: Kind, content: bytes) -> Fault | None:
        """What is to go wrong with this request, if anything."""
        ladder = self._ladder[kind]
        if not ladder:
            return None
        key = hashlib.blake2b(content, digest_size=16, key=self._seed).digest()
        self._seen[key] += 1
        drawn = hashlib.blake2b(self._seen[key].to_bytes(8, "big"), digest_size=8, key=key).digest()
        point = int.from_bytes(drawn, "big") / _RANGE
        for top, fault in ladder:
            if point < top:
                return fault
        return None


def _ladder(kind: Kind, overall: float, by_name: Mapping[str, float]) -> list[tuple[float, Fault]]:
    """Rising bounds between 0 and 1 and the fault below each."""
    shares = [
        (share, FAULTS[name]) for name, share in sorted(by_name.items()) if share and kind in FAULTS[name].strikes
    ]
    everyday = [fault for fault in FAULTS.values() if fault.everyday and kind in fault.strikes]
    weight = sum(fault.everyday for fault in everyday)
    shares += [(overall * fault.everyday / weight, fault) for fault in everyday if overall]
    ladder, top = [], 0.0
    for share, fault in shares:
        top += share
        ladder.append((top, fault))
    return ladder
