"""Counts of what the simulator was asked and what it did, and the page that shows them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bulkprov.simulator.commserve.results import WriteResult
from bulkprov.simulator.http_messages import RequestKind

__all__ = ["Statistics"]


@dataclass(slots=True)
class Statistics:
    """Counts since the simulator was made; they are not kept in the state file."""

    connections: int = 0
    requests: Counter[RequestKind] = field(default_factory=Counter)
    turned_away: Counter[int] = field(default_factory=Counter)
    """Requests over a rate limit or past the overload point, by HTTP status."""
    faults: Counter[str] = field(default_factory=Counter)
    """Faults that struck, by name."""
    creates: int = 0
    """Backup sets created by requests."""
    duplicates_refused: int = 0
    duplicates_repeated: int = 0
    """Creates of sets that existed already, answered with their ids."""
    creates_refused: int = 0
    """Creates refused for any other reason."""
    made_by_others: list[int] = field(default_factory=list)
    """Ids of sets that a fault had another actor create."""
    deleted_by_others: list[int] = field(default_factory=list)

    def count_create(self, result: WriteResult) -> None:
        """Count a create by its result."""
        if result.duplicate and not result.error_code:
            self.duplicates_repeated += 1
        elif result.duplicate:
            self.duplicates_refused += 1
        elif result.set_id:
            self.creates += 1
        else:
            self.creates_refused += 1

    def page(self, *, at_work: int, most_at_work: int) -> dict[str, Any]:
        """The counts as a JSON object, with the creates at work now and at most."""
        return {
            "connections": self.connections,
            "requests": {"total": self.requests.total(), **{kind.value: self.requests[kind] for kind in RequestKind}},
            "creates": self.creates,
            "duplicatesRefused": self.duplicates_refused,
            "duplicatesRepeated": self.duplicates_repeated,
            "createsRefused": self.creates_refused,
            "madeByOthers": self.made_by_others,
            "deletedByOthers": self.deleted_by_others,
            "turnedAway": {str(status): count for status, count in sorted(self.turned_away.items())},
            "createsAtWork": at_work,
            "mostCreatesAtWork": most_at_work,
            "faults": dict(sorted(self.faults.items())),
        }
