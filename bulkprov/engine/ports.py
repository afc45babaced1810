"""What the pipeline needs of the world, as protocols: the service, look-ups, the gate, the journal and the log."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from bulkprov.engine.model import Listing, Outcome, Row, Verdict
from bulkprov.engine.priority import Priority
from bulkprov.engine.wanted import Wanted

__all__ = ["Gate", "Journal", "Log", "Lookups", "Service"]


class Service(Protocol):
    """The web service, as far as rows need it."""

    async def create(self, want: Wanted, leaves: Callable[[], None], mark: str = "") -> Verdict:
        """Create a thing; `leaves` is called just before the first byte of the request does.

        `mark`: see `marks`; empty if the create is to carry none.
        """
        ...

    async def delete(self, number: int, leaves: Callable[[], None]) -> Verdict:
        """Delete the thing with this id; `leaves` as for `create`."""
        ...

    async def listing(self, scope: str) -> Verdict:
        """List what is in a scope."""
        ...

    def distrust(self, why: str) -> None:
        """Learn that the last answer was not plausible, so that no connection is used again that idles."""
        ...


class Lookups(Protocol):
    """Tells whether a thing is there."""

    async def get(
        self, want: Wanted, asked_after: float, target: int = 0, *, priority: Priority = Priority.READ
    ) -> Verdict:
        """Whether a thing is there.

        Args:
            want: the thing in question.
            asked_after: the answer must have been asked for at this time or later, in seconds since the epoch.
            target: an id, if the question is about the thing with this very id.
            priority: of the request, if it takes one.

        Returns:
            a verdict whose reply has the thing's id, or 0.
        """
        ...

    async def by_id(self, want: Wanted, target: int) -> Verdict:
        """Ask for a thing by its id.

        Returns:
            a verdict whose reply has the id, if it is the thing's; `Reply.elsewhere` if it is another thing's; neither
            if no thing has it. Its mark is in the reply, if the answer tells it.
        """
        ...

    def kept(self, scope: str) -> Listing | None:
        """The newest listing of a scope, if it is kept."""
        ...

    def failures(self, scope: str) -> int:
        """How often in a row the list of a scope could not be had."""
        ...

    def fresh(self, scope: str, since: float) -> bool:
        """Whether a listing of a scope is known that was asked for at this time or later."""
        ...

    def known(self, want: Wanted, asked_after: float, target: int = 0) -> Verdict | None:
        """The same without waiting: None if it takes a request."""
        ...

    def room(self) -> int:
        """How many lists asked for ahead can be kept until their rows come."""
        ...

    def shows(self, want: Wanted, asked_after: float, target: int) -> bool:
        """Whether, without waiting, it is known to be there under this id, and nothing else is to be said of it."""
        ...


class Gate(Protocol):
    """Says when an exchange may be made."""

    async def exchange(
        self, call: Callable[[], Awaitable[Verdict]], *, act: bool = False, again: bool = False, scope: str = ""
    ) -> Verdict:
        """Make an exchange when it may be made; `again` if the row's act was sent before."""
        ...

    @property
    def has_rate(self) -> bool:
        """Whether acts wait for a rate."""
        ...

    async def near_turn(self, number: int) -> bool:
        """Wait until the act of a row is next at the rate; whether the run goes on."""
        ...

    def had_turn(self, number: int) -> None:
        """Take note that the act of a row has left, or is not to be made now."""
        ...

    async def guard(self, probe: Callable[[], Awaitable[Verdict]]) -> None:
        """Probe a server that has fallen silent."""
        ...

    @property
    def rows_in_hand(self) -> int:
        """Rows worth having in hand now, those that wait not counted."""
        ...


class Journal(Protocol):
    """Where rows and exchanges are written down."""

    async def begin(self, row: Row, known: int) -> int:
        """Store the intent of an act. It is on disk when this returns, with the number of the exchange.

        Args:
            row: whose act it is.
            known: the highest id that is known anywhere.
        """
        ...

    def ended(self, nr: int, verdict: Verdict) -> None:
        """Store how the act ended that `begin` gave this number."""
        ...

    def looked(self, row: Row, verdict: Verdict) -> None:
        """Store a look and how it ended."""
        ...

    def reopen(self, row: Row, verdict: Verdict) -> None:
        """Take a row's outcome back: it stands as `row` says, after a look that ended with `verdict`."""
        ...

    def finish(self, row: Row, outcome: Outcome) -> None:
        """Store the end of a row."""
        ...

    async def reported_as(self, number: int) -> Row | None:
        """The row whose thing is reported to be there under this id, with where it stands; None if there is none."""
        ...


class Log(Protocol):
    """Where events are logged."""

    def debug(self, event: str, **values: object) -> None:
        """An event of interest to developers only."""
        ...

    def info(self, event: str, **values: object) -> None:
        """An event that is no problem."""
        ...

    def warning(self, event: str, **values: object) -> None:
        """A problem that was survived."""
        ...

    def exception(self, event: str, **values: object) -> None:
        """An error, with its traceback."""
        ...
