"""The values that travel between all other modules: statuses, verdicts, where a row stands and how it ended.

They know no I/O, no clock and no wire format, and of the wanted thing only its key, scope and name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final

from bulkprov.engine.wanted import Listed, Wanted

__all__ = [
    "NOTHING",
    "End",
    "Evidence",
    "Listing",
    "Outcome",
    "Reply",
    "Row",
    "Standing",
    "Status",
    "Step",
    "Verdict",
    "value",
]

_WORDS: Final = ("error_string", "warning", "elsewhere", "differs", "unsure", "listed_others", "shared")
"""What of a reply may hold words of the server."""

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, **options: Any) -> Callable[[type], type]:
        """A dataclass that is frozen for readers and type checkers only: at run time it takes a third of the time."""
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
    """The kinds of exchange that a row can have with the server."""

    LOOK = "look"
    """Ask for the list in which the thing would be."""
    ASK = "ask"
    """Ask for the thing by its id, which is the second witness."""
    ACT = "act"
    """Create it (or, in a rollback, delete it)."""


class End(StrEnum):
    """The three ways in which an exchange can end. There is no fourth, and there are never only two."""

    ANSWERED = "answered"
    """The server understood the request and said what it did."""
    NOT_TAKEN = "not taken"
    """The request certainly had no effect: it never left, or was turned away unread."""
    IN_DOUBT = "in doubt"
    """Anything else: the request may have had its effect."""


class Evidence(IntEnum):
    """Whether this run made a thing. The numbers are stored, so they never change."""

    NONE = 0
    """It was there before, or nothing is there."""
    PROVEN = 1
    """Certainly: a rollback deletes it."""
    PERHAPS = 2
    """It was found after a create of the row left: a rollback names it, and leaves it unless it is told otherwise."""


@value(frozen=True, slots=True)
class Reply:
    """The server's own words about one thing.

    For a create or a delete: its error code (None where it gave none), its error string, and the thing's id (0 where it
    gave none). For a look: the id under which the thing was found, or 0.
    """

    error_code: int | None = None
    error_string: str = ""
    id: int = 0
    sure: bool = True
    """False for an absence that was told by an answer without any list in it, such as an empty body."""
    says_exists: bool = False
    """Of a refusal: it says that a thing of this name exists already."""
    not_created: bool = False
    """Of a refusal: the vendor documents this very one as "not created"."""
    warning: str = ""
    """What the server warns of, beside what it did."""
    elsewhere: str = ""
    """Of a look for a certain id: the name of the other thing that is listed under this id."""
    differs: str | None = None
    """Of a look for a certain id: in what the thing is not as it is wanted; empty if in nothing, None if not told."""
    others: tuple[int, ...] = ()
    """Of a look: the ids of things of the same name that are listed and known to be others."""
    unsure: str = ""
    """Of a look that did not find the thing: what is listed that may be it, for a person; see also `listed_others`."""
    listed_others: str = ""
    """Of a look: the words for `others`."""
    no_place: bool = False
    """Of a look: what the thing would be part of does not exist. The verdict says what is missing."""
    also: tuple[int, ...] = ()
    """Of a look: further ids under which the very thing is listed, on a server that allows that."""
    none_after: int = 0
    """Of an absence: see `Listing.none_after`."""
    shared: str = ""
    """Of a look: another row of the run that is about this very thing under another name of its scope, for a person."""
    marks: tuple[tuple[int, str], ...] = ()
    """Of a look, as `Listing.marks`: ids that were found, each with its mark or an empty text."""
    scope_id: int = field(default=0, compare=False)
    """The server's id of the scope in which the thing is, where the reply has it; else 0."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed under one scope: key (`Wanted.key`) to id."""

    ids: Mapping[str, int] = field(default_factory=dict)
    sure: bool = True
    """False if it proves no absence: the answer held no list at all, or some entry in it cannot be read."""
    none_after: int = 0
    """Of an answer without a list: how often in a row it must be given before it is believed that nothing is listed."""
    more: Mapping[int, str] = field(default_factory=dict)
    """Further things whose key is in `ids` already, on a server that allows that: id to key."""
    marks: Mapping[int, str] = field(default_factory=dict)
    """The marks (`marks`) of things, by id; empty for a thing without one, no entry for one of which it is not told."""
    scope_id: int = field(default=0, compare=False)
    """The server's id of the scope, where the listing has it; else 0."""
    scope: str = field(default="", compare=False)
    """The scope's own name, if it is not the one that was asked for: perhaps a display name, perhaps another scope."""
    named: Mapping[str, Sequence[Listed]] = field(default_factory=dict, compare=False)
    """The listed things by the last part of their key (`name_in`), where more than the key tells which thing it is."""
    size: int = field(default=0, compare=False)
    """Bytes of the answer that it was read from; 0 if that is not known."""
    index: Any = field(default=None, init=False, compare=False, repr=False)
    """Kept here for `index.index_of`."""


@value(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one exchange ended, in all that a later decision may depend on."""

    end: End
    reply: Reply = Reply()
    http_status: int | None = None
    retry_after: float = 0.0
    """Seconds that the server asked to wait, for all rows."""
    halt: str = ""
    """Why the whole run must stop, since no row could succeed; empty if it need not."""
    why: str = ""
    """Plain English for the note and the log; empty where all went well."""
    listing: Listing | None = None
    """What a look was answered with. It is not kept beyond the look-up."""
    tried: bool = True
    """Whether the exchange was made at all; if not, it says nothing about the server."""
    at: float = 0.0
    """When it ended, in seconds since the epoch: the settle time counts from here, even if the process dies."""
    seconds: float = 0.0
    """How long the exchange took."""

    def masked(self, mask: Callable[[str], str]) -> "Verdict":
        """The same verdict with secrets hidden by `mask` in its words, the server's words and the names it listed."""
        words = {name: held for name in _WORDS if (held := getattr(self.reply, name))}
        if not (self.why or self.halt or words):  # as nearly always
            return self
        said: dict[str, Any] = {name: mask(held) for name, held in words.items()}
        return replace(self, reply=replace(self.reply, **said), why=mask(self.why), halt=mask(self.halt))

    def timed(self, *, at: float, seconds: float) -> "Verdict":
        """The same with when the exchange ended, and how long it took; in half of the time of `dataclasses.replace`."""
        return Verdict(
            end=self.end,
            reply=self.reply,
            http_status=self.http_status,
            retry_after=self.retry_after,
            halt=self.halt,
            why=self.why,
            listing=self.listing,
            tried=self.tried,
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
    inconclusive_looks: int = 0
    """Looks in a row that said nothing for certain."""
    unproven_absences: int = 0
    """Looks in a row that found nothing and are not believed: no list in the answer, or the server says otherwise."""
    look_after: float = 0.0
    """The next listing must be asked for at this time or later: the last one was not believed."""
    ever_in_doubt: bool = False
    """Whether an act of this row was ever in doubt. It is never cleared: what is found later may be ours."""
    unsettled: bool = False
    """Whether a doubt is not settled yet. Until it is, there is no further act."""
    absent_before_send: bool = False
    """Whether a look before the first act found nothing: the first look was clean."""
    left: bool = False
    """Whether a create of the row ever left, so that what is found later may be ours. Reruns inherit it."""
    turned_away: bool = False
    """Whether a create of this run left and was turned away unread (HTTP 401, 429)."""
    known: int = 0
    """The highest id known anywhere when the first create left: what has such an id or a lower one is not ours."""
    others: tuple[int, ...] = ()
    """Ids of things of the same name that the first look found and knew to be others."""
    candidates: tuple[int, ...] = ()
    """Ids under which the thing was listed since the first look, besides the one that is reported."""
    mark: str = ""
    """The mark that each create of the row carries; empty if they carry none. Reruns inherit it."""
    marked: tuple[int, ...] = ()
    """Further ids with that mark, so that they are proven to be ours; they are no candidates any more."""
    found: Verdict | None = None
    """A look that has found something, while the marks of that are read, one exchange after the other."""
    unsure: str = ""
    """What is listed that may be the thing, for a person: it is neither there nor absent, so that no act follows."""
    refusal: Verdict | None = None
    """The refusal that a look is to follow."""
    warning: str = ""
    """What the server warned of beside an act whose row goes on; the row's note has it in the end."""
    target: int = 0
    """The id to delete, or to find again."""
    evidence: Evidence = Evidence.NONE
    """Whether the target is ours, as it was reported."""
    denied: bool = False
    """Whether a list, asked for since the last act, is without the target. It takes two witnesses."""
    differs: str = ""
    """In what the target is not as it is wanted, as its list shows it. Its id may tell otherwise."""
    extra: bool = False
    """Whether the target is a candidate, and not the thing that was reported."""
    lost: int = 0
    """An id that was answered to the create, and that both witnesses deny."""
    doubt_began: float = 0.0
    """When the newest doubt began, or the last act was answered whose effect a look is to show; in epoch seconds."""

    @property
    def untroubled(self) -> bool:
        """Whether nothing has gone wrong with the row, so that it need not wait and cannot be given up."""
        return not (
            self.inconclusive_looks
            or self.waits
            or self.sends
            or self.ever_in_doubt
            or self.unsettled
            or self.unsure
            or self.refusal
            or self.look_after
        )


NOTHING: Final = Standing()
"""Where a row stands of which nothing is known."""


@value(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a row. `pending` and `unknown` are never outcomes: they are how an unfinished row looks."""

    status: Status
    reply: Reply = Reply()
    attempts: int = 0
    http_status: int | None = None
    seconds: float = 0.0
    """How long the exchange took that decided it."""
    finished_at: float = 0.0
    """Seconds since the epoch."""
    note: str = ""
    """What the operator should know, in plain English."""
    evidence: Evidence = Evidence.NONE
    """Whether this run made the thing."""
    known: int = 0
    """The highest id known anywhere when the first create of the row left, if `facts` does not tell it."""
    facts: Standing = NOTHING
    """What any run that goes on with the row must know of it (`lifecycle.inherited`); the default if it is nothing."""
    carried: bool = False
    """Whether an earlier run settled the row, so that it cost this one nothing."""


@value(frozen=True, slots=True, kw_only=True)
class Row:
    """A row with work to do. Its cells stay in the journal: a worker has no use for them."""

    number: int
    """Position among the rows, from 1; the key in the journal."""
    sheet_row: int
    """Row of the sheet as the operator sees it; the header is usually row 1."""
    want: Wanted
    standing: Standing
    reported: Outcome | None = None
    """What was reported of it, if that is looked at again."""
