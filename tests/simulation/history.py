"""What happened in a world, line by line and counted, with a digest that only the same history has."""

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass, field

from bulkprov.engine.tally import Tally

__all__ = ["History"]


@dataclass(slots=True)
class History:
    """The history of one world."""

    seed: int
    statuses: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    stops: int = 0
    requests: int = 0
    creates: int = 0
    faults: int = 0
    traits: tuple[str, ...] = ()
    """What the world has beside its weather."""
    seconds: float = 0.0
    """Virtual seconds."""
    lines: list[str] = field(default_factory=list)

    def record(self, line: str) -> None:
        """Add a line, with the virtual time."""
        self.lines.append(f"{asyncio.get_running_loop().time():.6f} {line}")

    def count(self, tally: Tally) -> None:
        """Add what a process did."""
        self.requests += tally.requests
        self.creates += tally.creates
        self.faults += tally.unanswered

    @property
    def digest(self) -> str:
        """A hash of all lines."""
        return hashlib.blake2b("\n".join(self.lines).encode(), digest_size=16).hexdigest()
