"""The results of a run, held to the server's own record; and faults that strike every request of a kind."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bulkprov.simulator import FAULTS, Fault, RequestKind

__all__ = ["Striking", "untrue"]

_THERE: Final = ("created", "exists", "as-reported")
_NOT_THERE: Final = ("rejected", "failed", "rolled-back", "gone")


def untrue(rows: Sequence[Mapping[str, Any]], sets: Mapping[tuple[str, str], Sequence[int]]) -> list[str]:
    """The rows of which the results say what the server's own record denies, and the ids that two rows report.

    Args:
        rows: of the results.
        sets: ids by client (in small letters) and name, as `CommServe.sets` gives them.
    """
    told: list[str] = []
    for row in rows:
        status, there = row["status"], sets.get(((row["clientName"] or "").casefold(), row["backupsetName"]), ())
        number = int(row["backupsetId"] or 0)
        denied = number in there if number else bool(there)
        if (status in _THERE and number not in there) or (status in _NOT_THERE and denied):
            told.append(f"row {row['sheetRow']} is {status} with id {number}; the server has {list(there)}")
    ids = Counter(int(row["backupsetId"]) for row in rows if row["backupsetId"] and row["status"] in _THERE)
    return [*told, *(f"{count} rows report the id {number}" for number, count in ids.items() if count > 1)]


class Striking:
    """A fault policy: every request of a kind, from the first or a later one on."""

    def __init__(self, faults: Mapping[RequestKind, str], *, after: int = 0) -> None:
        """Name the faults by the kind of request, and how many of each are let through before."""
        self._faults, self._after = faults, after
        self._seen: Counter[RequestKind] = Counter()

    def choose(self, kind: RequestKind, content: bytes) -> Fault | None:  # noqa: ARG002 - by this signature
        """The fault of that kind."""
        self._seen[kind] += 1
        return FAULTS[self._faults[kind]] if kind in self._faults and self._seen[kind] > self._after else None
