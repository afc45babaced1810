"""The words we speak: frozen values that travel between all other modules.

It knows no I/O, no clock and no wire format, and nothing of what is wanted but that it has a key and a scope.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bulkprov.engine.timeseries import Course
from bulkprov.engine.wanted import Wanted

__all__ = [
    "End",
    "Listing",
    "Outcome",
    "Reply",
    "Row",
    "Standing",
    "Status",
    "Step",
    "Tally",
    "Verdict",
    "value",
]

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, **options: Any) -> Callable[[type], type]:
        """A dataclass that is frozen for readers and type checkers only.

        For values that are made several times for each row: a really frozen one takes three times as long to make.
        """
        return dataclass(**options, unsafe_hash=frozen)


class Status(StrEnum):
    """What is promised of a row in the results (README, "Statuses")."""

    CREATED = "created"
    EXISTS = "exists"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    INVALID = "invalid"
    PENDING = "pending"
    ROLLED_BACK = "rolled-back"
    # in a plan
    WOULD_CREATE = "would-create"
    NO_PLACE = "client-not-found"
    # in a verification
    AS_REPORTED = "as-reported"
    GONE = "gone"
    DIFFERS = "differs"

    @property
    def done(self) -> bool:
        """Whether the thing is there, so that a rerun carries the row over instead of sending it."""
        return self in (Status.CREATED, Status.EXISTS)


class Step(StrEnum):
    """The two kinds of exchange a row can have with the server."""

    LOOK = "look"
    """Ask whether it is there."""
    ACT = "act"
    """Create it (or, in a rollback, delete it)."""


class End(StrEnum):
    """The three ways an exchange can end; there is no fourth, and never only two."""

    ANSWERED = "answered"
    """The server understood and said what it did."""
    NOT_TAKEN = "not taken"
    """The request certainly had no effect: it never left, or was turned away unread."""
    IN_DOUBT = "in doubt"
    """Anything else: it may have had its effect."""


@value(frozen=True, slots=True)
class Reply:
    """The server's own words about one thing.

    For a create or delete: its error code (None where it gave none), error string and the thing's id (0 where it
    gave none). For a look: the id under which it was found, or 0.
    """

    error_code: int | None = None
    error_string: str = ""
    id: int = 0
    sure: bool = True
    """False for an absence that was told by an answer without any list in it (an empty body, say)."""
    says_exists: bool = False
    """A refusal because a thing of this name is there already."""
    elsewhere: str = ""
    """Of a look for a certain id: the name of the other thing under which that id is listed."""
    no_place: bool = False
    """Of a look: there is no place for such a thing, since what it would be part of is not there; the verdict says
    why."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed under one scope: key (`Wanted.key`) to id."""

    ids: Mapping[str, int] = field(default_factory=dict)
    sure: bool = True
    """False if the answer held no list at all (404, 204, an empty body, a missing key): told, but weakly."""
    more: Mapping[int, str] = field(default_factory=dict)
    """Further things under a key that is in `ids` already, on a server that allows that: id to key."""


@value(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one exchange ended, in all that a later decision may depend on."""

    end: End
    reply: Reply = Reply()
    http_status: int | None = None
    retry_after: float = 0.0
    """Seconds the server asked everybody to wait."""
    lingers: bool = False
    """In doubt, and the server may still be at work on it: nothing, or nothing readable, came back."""
    halt: str = ""
    """Why no row can be helped and the whole run must stop; empty if it need not."""
    why: str = ""
    """Plain English for the note and the log; empty where all went well."""
    listing: Listing | None = None
    """What a look was answered with; not kept beyond the look-up."""
    at: float = 0.0
    """When it ended, in seconds since the epoch: the settle time is counted from here, over a process's death too."""
    seconds: float = 0.0
    """How long the exchange took."""

    def masked(self, mask: Callable[[str], str]) -> "Verdict":
        """The same verdict with its words, the server's too, as `mask` gives them."""
        if not (self.why or self.halt or self.reply.error_string):  # as nearly always
            return self
        reply = replace(self.reply, error_string=mask(self.reply.error_string))
        return replace(self, reply=reply, why=mask(self.why), halt=mask(self.halt))

    def timed(self, *, at: float, seconds: float) -> "Verdict":
        """The same verdict, with when the exchange ended and how long it took.

        As `dataclasses.replace`, in half of the time: every exchange comes here.
        """
        return Verdict(
            end=self.end,
            reply=self.reply,
            http_status=self.http_status,
            retry_after=self.retry_after,
            lingers=self.lingers,
            halt=self.halt,
            why=self.why,
            listing=self.listing,
            at=at,
            seconds=seconds,
        )


@value(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a row stands between two exchanges: all that its next decision may depend on.

    It is stored with every intent, so that a killed run decides exactly as it would have decided alive.
    """

    step: Step = Step.LOOK
    sends: int = 0
    """Acts that may have reached the server."""
    waits: int = 0
    """Exchanges in a row that were not taken. They lengthen the backoff, and count for nothing else."""
    turns: int = 0
    """Looks in a row that told nothing for sure."""
    absent: int = 0
    """Looks in a row that found nothing and are not believed: no list in the answer, or against the server's word."""
    doubt: bool = False
    """Some act of ours was in doubt once. Never forgotten: what is found later may be ours."""
    open: bool = False
    """A doubt is not settled yet: no act until it is."""
    clean: bool = False
    """A look before the first act found nothing, so what is found after a doubt is ours for sure."""
    refusal: Verdict | None = None
    """The refusal that a look is to explain."""
    target: int = 0
    """The id to delete, or to find again."""
    since: float = 0.0
    """When the newest doubt began, in seconds since the epoch."""
    lingers: bool = False
    """The act in doubt may still be at work on the server, so that its settle time is the long one."""

    @property
    def untroubled(self) -> bool:
        """Whether nothing has gone wrong with the row, so that there is nothing to wait for and nothing to give up."""
        return not (self.turns or self.waits or self.sends or self.doubt or self.open or self.refusal)


@value(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a row. `pending` and `unknown` are never outcomes: they are how an unfinished row looks."""

    status: Status
    reply: Reply = Reply()
    attempts: int = 0
    http_status: int | None = None
    seconds: float = 0.0
    finished_at: float = 0.0
    note: str = ""
    ours: bool = False
    """Certainly made by this run, so that its rollback may delete it."""
    carried: bool = False
    """Settled by an earlier run, and cost this one nothing."""


@value(frozen=True, slots=True, kw_only=True)
class Row:
    """A row with work to do. Its cells stay in the journal: a worker has no use for them."""

    number: int
    """Position among the rows, from 1; the key in the journal."""
    sheet_row: int
    """Row of the sheet as the operator sees it; the header is usually row 1."""
    want: Wanted
    standing: Standing


@dataclass(slots=True)
class Tally:
    """Counts that progress and summary show; the one mutable value here, owned by the run."""

    rows: int = 0
    statuses: Counter[Status] = field(default_factory=Counter)
    carried: int = 0
    requests: int = 0
    creates: int = 0
    """Creates that may have reached the server, answered or not."""
    faults: int = 0
    """Exchanges that were not answered: survived, every one of them, if the rows are done."""
    in_flight: int = 0
    limit: int = 0
    """Exchanges that may be in flight now."""
    limits: Course = field(default_factory=Course)
    """How that went; nothing where it stays as it is."""
    bugs: int = 0
    """Rows that a bug of ours broke off; they are left in doubt."""
    waiting: int = 0
    """Rows that wait (backoff, settle time) in a task of their own."""
    silent: str = ""
    """How the last exchange with a server ended that has fallen silent; empty while it answers."""
