"""A kind of thing that rows may name, as one value: all that the other rooms need to know of it.

The engine, the journal, the sheets and the report are given a `Kind` and name none. To add one is to write two modules
and one entry; `tests/second_kind.py` is an example of all three, on a server that is not Commvault's.

1. `commvault/<kind>.py`: the value that a row asks for (a frozen dataclass with `key`, `scope` and `name`, see
   `engine.wanted`), the body of a create, the readers of replies and listings, and how the value is stored.
2. `commvault/<kind>_columns.py`: the columns of a sheet, and the check of a row's cells.
3. `commvault/kinds.py`: a `Kind` made of these, in `KINDS`.

Their tests are `tests/commvault/test_<kind>.py` and `test_<kind>_columns.py`. What its errors mean goes into
`report/error_catalogue.toml`, in entries with `kind = "<name>"`. The commands begin runs of backup sets: an option for
another kind has to hand it to `begin_run`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import Listing, Reply
from bulkprov.engine.ports import Lookups
from bulkprov.engine.wanted import Listed, Match, Wanted
from bulkprov.pieces import Steps
from bulkprov.sheets.columns import Columns
from bulkprov.sheets.validate import CheckCells
from bulkprov.wire import Tree

__all__ = ["Advise", "Kind", "Messages", "PlanLookups", "Query"]

W = TypeVar("W", bound=Wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A GET whose answer lists things."""

    path: str
    """Below the root of the web service. A `{}` in it stands for the name in question."""
    read: Callable[[Iterable[Tree], str], Steps[Listing | None]]
    """What is listed, given the answer in pieces and the name in question; None if the answer is an error. A list of
    50,000 things is read in so many short steps that all other work goes on; see `pieces`."""
    parameter: str = ""
    """The query parameter that has the name in question, if it is not in the path."""
    cap: int = 32 << 20
    """Bytes of an answer at most: some 80,000 things in JSON, and 60,000 in XML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages(Generic[W]):
    """What is said about a kind on the web service: `POST` and `DELETE` below one path, and a listing."""

    path: str
    """Below the root of the web service; with `/{id}` behind it, one thing."""
    root: str
    """Root element of a create in XML."""
    create: Callable[[W, str], Tree]
    """The body of a create, given the mark that it carries; empty for none. A kind whose things have no field for it
    leaves it out."""
    read_reply: Callable[[Tree], Reply]
    """The server's words in the answer to a create or a delete. Its errorCode is 0 for a success; for a create, that
    counts only together with an id."""
    listing: Query
    """What is in a scope, by `Wanted.key`; the name in question is the scope's."""
    read_by_id: Callable[[Tree, str], Listing | None]
    """The thing in the answer to a GET by its id, given the scope in which it should be: a listing of it, or an empty
    one if no thing has the id; None if the answer tells neither. It says what mark the thing has, or that it has none
    (`Listing.marks`)."""
    meanings: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """What refusals mean that the vendor documents as "not created", by errorCode and error string."""


class PlanLookups(Protocol):
    """Makes the look-ups of a plan, which also find out whether there is a place for a thing."""

    def __call__(self, listed: SharedLookups, shared: Callable[[Query], SharedLookups], *, deep: bool) -> Lookups:
        """Make them.

        Args:
            listed: the look-ups of all other operations.
            shared: makes look-ups of another query; the name in question is what they are asked for.
            deep: whether everything is to be asked for that the thing would be part of, and not only its scope.
        """
        ...


Advise: TypeAlias = Callable[[W, Listing | None, Listing | None], str]
"""What is to be said of a thing that was refused, given the list of all scopes and that of its own scope, as far as
they were read: what it lacks, what was perhaps meant; empty if they tell nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[W]):
    """One kind of thing: its words, its columns, its messages, and how it is stored."""

    name: str
    """By which a run's manifest knows it. It is stored, so it never changes."""
    noun: str
    """What one is called in a sentence."""
    plural: str
    """What several are called."""
    scope_noun: str
    """What the thing is called that it is listed under."""
    wanted: type[W]
    """The class of its values."""
    columns: Columns
    """The columns of a sheet of such things."""
    check: CheckCells[W]
    """From the cells of a row to the value."""
    cells: Callable[[W], Mapping[str, object]]
    """From the value to the cells of a row, by canonical column."""
    remark: Callable[[W], str] | None = None
    """What is to be known of it whatever becomes of it, for the notes of plan and results; empty for nothing."""
    place: Callable[[W], str]
    """Where it is, for a person: everything but its own name."""
    messages: Messages[W]
    match: Callable[[W, Listed], Match] | None = None
    """What a listed thing of the same name is to a wanted one, if more than its key tells (`Listing.named`)."""
    differs: Callable[[W, Listed], str | None] | None = None
    """In what the wanted thing, as it is listed, is not as it was asked for, for a person: empty if in nothing, None if
    the list does not tell."""
    plan_lookups: PlanLookups | None = None
    """None if a plan finds out nothing about places."""
    found_deeply: Callable[[str], bool] = lambda _note: False
    """Whether the note of a planned row says what only a plan finds that asks deeply (`PlanLookups`)."""
    scopes: Query | None = None
    """The query of a plan that lists all scopes there are, whichever name is asked for; None if there is none."""
    advice: Callable[[], Advise[W]] | None = None
    """Makes what says more of refusals; None if nothing does."""
    to_stored: Callable[[W], Any]
    """The value as plain JSON, by name and without what is at its default."""
    from_stored: Callable[[Any], W]
    """The other way. It reads what any earlier version stored, and ignores what a later one may add."""
