"""The words we speak: frozen values that travel between all other modules.

It knows no I/O, no clock and no wire format. Commvault's words are used for Commvault's things (a *client* is a
protected machine, never our HTTP client); the README's glossary lists them.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

from bulkprov.engine.timeseries import Course

__all__ = [
    "DEFAULT_APP",
    "DEFAULT_INSTANCE",
    "RESULT_COLUMNS",
    "BackupSet",
    "End",
    "Fault",
    "Listing",
    "Outcome",
    "Record",
    "Reply",
    "Result",
    "Row",
    "Standing",
    "Status",
    "Step",
    "Tally",
    "Verdict",
    "client_in",
    "folded",
    "key_of",
    "name_in",
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


DEFAULT_APP: Final = "File System"
DEFAULT_INSTANCE: Final = "DefaultInstanceName"

RESULT_COLUMNS: Final = (
    "status",
    "errorCode",
    "errorString",
    "backupsetId",
    "attempts",
    "httpStatus",
    "seconds",
    "finishedAt",
    "note",
    "sheetRow",
)
"""What the results add to the columns of the sheet, in this order. A sheet that has them all is a results file."""


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
    CLIENT_NOT_FOUND = "client-not-found"
    # in a verification
    AS_REPORTED = "as-reported"
    GONE = "gone"
    DIFFERS = "differs"

    @property
    def done(self) -> bool:
        """Whether the backup set is there, so that a rerun carries the row over instead of sending it."""
        return self in (Status.CREATED, Status.EXISTS)


def folded(name: str) -> str:
    """A name as it is compared: without outer white space and case, and in one Unicode form."""
    return normalize("NFC", name.strip().casefold())


def key_of(client: str, app: str, instance: str, name: str) -> str:
    """The identity of a backup set: two sets with the same key are the same set.

    Commvault's own SDK compares these names without case, and takes every file system agent ("Linux File System",
    "Windows File System") as the one the create request calls "File System" (cvpysdk 11.44, `backupset.py`); a
    CommServe accepts its requests, so names that differ in this way only are one set for us too. The same letters in
    two Unicode forms are the same name: we send the composed form, and a server may store the other.
    """
    folded = app.strip().casefold()
    if folded.endswith("file system"):
        folded = "file system"
    key = f"{client.strip()}\x1f{folded}\x1f{instance.strip()}\x1f{name.strip()}".casefold()
    return key if key.isascii() else normalize("NFC", key)


def client_in(key: str) -> str:
    """The client's name in a key, as it is compared."""
    return key.partition("\x1f")[0]


def name_in(key: str) -> str:
    """The name of the backup set in a key, as it is compared: without case."""
    return key.rpartition("\x1f")[2]


@value(frozen=True, slots=True, kw_only=True)
class BackupSet:
    """A backup set as it should be: what one row of the sheet asks for.

    The field names are ours; the vendor's are in `backupset.py`, where requests are built.
    """

    client: str
    app: str = DEFAULT_APP
    instance: str = DEFAULT_INSTANCE
    name: str
    on_demand: bool = False
    plan: str = ""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return key_of(self.client, self.app, self.instance, self.name)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a row before anything is sent."""

    text: str
    """What is wrong, with the value, and what to do: one sentence for the operator."""
    column: int | None = None
    """Position of the cell among the sheet's own columns, from 0; None if the fault is the row's as a whole."""


@value(frozen=True, slots=True, kw_only=True)
class Record:
    """One data row of a sheet, as the operator sees it."""

    sheet_row: int
    """Row of the file, counted as the spreadsheet program counts; the header is usually row 1."""
    cells: tuple[str, ...]
    """The sheet's own columns as text, untouched; the result columns of a results file are not among them."""
    faults: tuple[Fault, ...] = ()
    """What the reading of the row already found (a ragged row, an error cell)."""
    prior: tuple[str, ...] = ()
    """The ten cells under RESULT_COLUMNS, in that order, if the sheet is a results file."""


class Step(StrEnum):
    """The two kinds of exchange a row can have with the server."""

    LOOK = "look"
    """Ask whether the set is there."""
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
    """The server's own words about one backup set.

    For a create or delete: its error code (None where it gave none), error string and the set's id (0 where it gave
    none). For a look: the id under which the set was found, or 0.
    """

    error_code: int | None = None
    error_string: str = ""
    id: int = 0
    sure: bool = True
    """False for an absence that was told by an answer without any list in it (an empty body, say)."""
    says_exists: bool = False
    """A refusal because a set of this name is there already."""
    elsewhere: str = ""
    """Of a look for a certain id: the name of the other set under which that id is listed."""
    no_place: bool = False
    """Of a look: there is no place for such a set, since the client, its agent or its instance is not there; the
    verdict says why."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The backup sets of one client: key (`BackupSet.key`) to id."""

    ids: Mapping[str, int] = field(default_factory=dict)
    sure: bool = True
    """False if the answer held no list at all (404, 204, an empty body, a missing key): told, but weakly."""
    more: Mapping[int, str] = field(default_factory=dict)
    """Further sets under a key that is in `ids` already, on a server that allows that: id to key."""


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
    want: BackupSet
    standing: Standing


@value(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the results: the row's own cells and, by the names of RESULT_COLUMNS, what became of it."""

    cells: tuple[str, ...]
    status: Status
    error_code: int | None = None
    error_string: str = ""
    backupset_id: int | None = None
    attempts: int = 0
    http_status: int | None = None
    seconds: float | None = None
    finished_at: float | None = None
    """Seconds since the epoch; shown as ISO 8601 with the local offset."""
    note: str = ""
    sheet_row: int
    faults: tuple[Fault, ...] = ()
    carried: bool = False
    """Settled by an earlier run."""


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
