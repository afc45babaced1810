"""What the pipeline needs of the world, as protocols: the service, look-ups, the gate, the journal, the log."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from bulkprov.engine.model import Outcome, Row, Verdict
from bulkprov.engine.wanted import Wanted

__all__ = ["Gate", "Journal", "Log", "Looks", "Service"]


class Service(Protocol):
    """The web service, as far as rows need it."""

    async def create(self, want: Wanted) -> Verdict:
        """Create one."""
        ...

    async def delete(self, number: int) -> Verdict:
        """Delete the one with this id."""
        ...

    async def listing(self, scope: str) -> Verdict:
        """List what is in a scope."""
        ...


class Looks(Protocol):
    """Look-ups shared by all rows."""

    def known(self, want: Wanted, asked_after: float, target: int = 0) -> Verdict | None:
        """The same without waiting: None if a request would be needed."""
        ...

    async def get(self, want: Wanted, asked_after: float, target: int = 0, *, settles: bool = False) -> Verdict:
        """Whether a thing is there, and the id `target`, by a listing asked for at this time or later.

        With `settles` it is asked what became of an act.
        """
        ...


class Gate(Protocol):
    """The governor."""

    async def exchange(
        self, call: Callable[[], Awaitable[Verdict]], *, create: bool = False, again: bool = False
    ) -> Verdict:
        """Make an exchange when it may be made; `again` if its like was sent before."""
        ...

    async def guard(self, probe: Callable[[], Awaitable[Verdict]]) -> None:
        """Probe a server that has fallen silent."""
        ...

    @property
    def hands(self) -> int:
        """Rows worth having in hand now, those that wait not counted."""
        ...


class Journal(Protocol):
    """Where rows and exchanges are written down."""

    async def begin(self, row: Row) -> int:
        """Store the intent of an act, on disk when this returns."""
        ...

    def ended(self, nr: int, verdict: Verdict) -> None:
        """Store how an act ended."""
        ...

    def looked(self, row: Row, verdict: Verdict) -> None:
        """Store a look."""
        ...

    def finish(self, row: Row, outcome: Outcome, *, acted: bool) -> None:
        """Store the end of a row."""
        ...


class Log(Protocol):
    """Where events are told."""

    def debug(self, event: str, **values: object) -> None:
        """What is told to those only who want to know everything."""
        ...

    def info(self, event: str, **values: object) -> None:
        """What went as it should."""
        ...

    def warning(self, event: str, **values: object) -> None:
        """What went wrong and was survived."""
        ...

    def exception(self, event: str, **values: object) -> None:
        """An error with its traceback."""
        ...
