"""What happened in a world: told line by line, counted, and summed up in a digest that only the same history has."""

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass, field

from bulkprov.engine.model import Tally

__all__ = ["Story"]


@dataclass(slots=True)
class Story:
    """See the module."""

    seed: int
    statuses: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    stops: int = 0
    requests: int = 0
    creates: int = 0
    faults: int = 0
    seconds: float = 0.0
    """Virtual ones."""
    lines: list[str] = field(default_factory=list)

    def tell(self, line: str) -> None:
        """Add to the history."""
        self.lines.append(f"{asyncio.get_running_loop().time():.6f} {line}")

    def count(self, tally: Tally) -> None:
        """Add what a process has done."""
        self.requests += tally.requests
        self.creates += tally.creates
        self.faults += tally.faults

    @property
    def digest(self) -> str:
        """The same for the same history."""
        return hashlib.blake2b("\n".join(self.lines).encode(), digest_size=16).hexdigest()
