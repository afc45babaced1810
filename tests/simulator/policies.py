"""Fault policies for tests."""

from bulkprov.simulator import FAULTS, Fault, RequestKind


class Strike:
    """One fault strikes the first requests of a kind, and nothing else does."""

    def __init__(self, name: str, kind: RequestKind = RequestKind.CREATE, *, times: float = 1) -> None:
        self._fault, self._kind, self.left = FAULTS[name], kind, times

    def choose(self, kind: RequestKind, _content: bytes) -> Fault | None:
        """The fault, as long as some are left."""
        if kind is not self._kind or self.left <= 0:
            return None
        self.left -= 1
        return self._fault
