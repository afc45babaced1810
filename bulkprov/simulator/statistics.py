"""What the simulator was asked and did, counted, and the page that shows it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bulkprov.simulator.answer import Kind
from bulkprov.simulator.commserve import Told

__all__ = ["Statistics"]


@dataclass(slots=True)
class Statistics:
    """Counts since the simulator was started; they begin at 0 again after a restart."""

    connections: int = 0
    requests: Counter[Kind] = field(default_factory=Counter)
    turned_away: Counter[int] = field(default_factory=Counter)
    """Requests over a rate limit or past the overload point, by HTTP status."""
    faults: Counter[str] = field(default_factory=Counter)
    creates: int = 0
    """Backup sets that were made by requests."""
    duplicates_refused: int = 0
    creates_refused: int = 0
    """Creates refused for any other reason."""

    def told(self, told: Told) -> None:
        """Count the end of a create."""
        if told.duplicate:
            self.duplicates_refused += 1
        elif told.set_id:
            self.creates += 1
        else:
            self.creates_refused += 1

    def page(self, *, at_work: int, most_at_work: int) -> dict[str, Any]:
        """The counts as a JSON object, with the creates at work now and at most."""
        return {
            "connections": self.connections,
            "requests": {"total": self.requests.total(), **{kind.value: self.requests[kind] for kind in Kind}},
            "creates": self.creates,
            "duplicatesRefused": self.duplicates_refused,
            "createsRefused": self.creates_refused,
            "turnedAway": {str(status): count for status, count in sorted(self.turned_away.items())},
            "createsAtWork": at_work,
            "mostCreatesAtWork": most_at_work,
            "faults": dict(sorted(self.faults.items())),
        }
