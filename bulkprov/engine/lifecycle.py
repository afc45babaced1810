"""Where a row goes next. The only place that decides, and pure: no I/O, no clock, no randomness.

A row has two kinds of step, *look* (ask whether what it wants is there) and *act* (create it). After each exchange
`after` turns the row's standing and the exchange's verdict into the next standing, or into its outcome::

              found: EXISTS                     errorCode 0 and an id: CREATED
                   ▲                                   ▲
     begin ──► LOOK ┴─ absent (clean) ───────►  ACT ───┤◄── not taken: wait, the same again
                │                                ▲     ├── refused, clean, never in doubt: REJECTED
                └─ no list to be had: act all    │     ├── refused otherwise ──────────────► LOOK
                   the same, but not clean ──────┘     └── in doubt ───► (doubt, open) ────► LOOK

     LOOK after that:  found, ever in doubt ──► CREATED, with a note        absent, a refusal ──► REJECTED
                       found otherwise ───────► EXISTS                      absent, open, settle time over:
                       absent too early, or no answer: look again             sends left ► ACT, else FAILED

When looks go on telling nothing for sure, `give_up` ends a refused row; one that is *open* stays `unknown`.

Rules for whoever edits this file: a decision may depend on nothing but the arguments, since a killed run repeats it
from disk; `doubt` is never cleared; no act while a row is `open`; and what was *not taken* says nothing about a row,
so that it never uses one up: whether a server is still there is for the governor's circuit to decide.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final, assert_never

from bulkprov.engine.model import End, Outcome, Standing, Status, Step, Verdict

__all__ = [
    "RUN",
    "Act",
    "Limits",
    "Operation",
    "Title",
    "acting",
    "after",
    "asked_after",
    "begin",
    "closes",
    "exhausted",
    "give_up",
    "interrupted",
    "is_first",
    "outcome",
    "reopened",
    "reported",
    "resumed",
    "seen",
    "settled_at",
    "settles",
    "too_early",
    "too_weak",
]

_WEAK_ABSENCES: Final = 3
"""How often an absence must be told by answers without a list before a doubt is settled by it.

An empty body may mean "no sets", and may be a hiccup; only a list that does not hold the set speaks for itself.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a row may cost."""

    max_attempts: int = 8
    """Creates that may have reached the server, for one row."""
    settle: float = 10.0
    """Seconds after a lost answer until a look that finds nothing is believed."""
    settle_answered: float = 1.0
    """The same after the server did answer, with an error of its own (5xx)."""
    first_look: bool = True
    turns: int = 20
    """Looks in a row that may tell nothing for sure before a doubt is left unsettled."""
    turns_optional: int = 4
    """The same for looks that can be done without: the first one, and one after a refusal that speaks of no set."""


class Act(StrEnum):
    """What an act does."""

    CREATE = "create"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Title:
    """The words of a summary: "48 of 50 backup sets are there, 2 to go", "To go on: ..."."""

    well: str
    """Of the rows that are well."""
    others: str
    """Of all others."""
    then: str
    """Before the next command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a command wants of each row, how it takes the server's answers, and the words for what comes of it.

    All that tells one operation from another is here; nothing else asks which one it is.
    """

    name: str
    """By which a journal knows it. It is stored, so it never changes."""
    looked: Callable[[Standing, Verdict, Limits], Standing | Outcome]
    """What comes next after a look was answered."""
    answered: Callable[[Standing, Verdict], Standing | Outcome] | None = None
    """What comes next after an act was answered; None for an operation that never acts."""
    unsettled: Callable[[Standing, Verdict], Outcome] | None = None
    """The end of a row that was refused, and that no look can tell more about."""
    blind: bool = False
    """Whether it acts all the same when no first look can be had, or none is wanted."""
    act: Act | None = None
    """What its act is; None for an operation that never acts."""
    undoes: bool = False
    """Whether it takes the rows whose things this run made, and not those that have no outcome yet."""
    asks_for_place: bool = False
    """Whether it first makes sure that there is a scope of that name."""
    asks_deeply: bool = False
    """Whether it also makes sure that the scope has a place for the thing."""
    plans: bool = False
    """Whether it says what a run would do, so that a run of its sheet comes next."""
    well: frozenset[Status]
    """The statuses that mean that nothing is left to do."""
    file: str = "results"
    """The name of the file that tells what came of it, without its ending."""
    title: Title
    """What the Summary says of its rows."""

    @property
    def creates(self) -> bool:
        """Whether it makes what is wanted, so that what is said of a run as a whole is said of it."""
        return self.act is Act.CREATE


def begin(limits: Limits) -> Standing:
    """A row of which nothing is known."""
    return Standing(step=Step.LOOK if limits.first_look else Step.ACT)


def interrupted(standing: Standing, at: float) -> Standing:
    """An act of which only the intent is known, because the process died: in doubt like any other.

    Args:
        standing: what was stored with the intent.
        at: the last moment at which the process may still have sent it, in seconds since the epoch.
    """
    return _doubted(standing, Verdict(end=End.IN_DOUBT, lingers=True, at=at))


def resumed(standing: Standing, now: float) -> Standing:
    """The next standing of a row that a dead process left. After any doubt it is looked up first.

    An open row drops its refusal, so that it can end: if the set is still not listed, it is sent again, and perhaps
    refused again.

    Args:
        standing: as it was left.
        now: seconds since the epoch. A doubt did not begin later, however the machine's clock was set in between.
    """
    if standing.doubt and (standing.open or standing.refusal is None):
        standing = replace(reopened(standing), sends=standing.sends)
    return replace(standing, waits=0, turns=0, absent=0, since=min(standing.since, now))


def reopened(standing: Standing) -> Standing:
    """Where a row begins in a new run that an earlier one left in doubt, or after a doubt: by looking it up.

    It may be sent as often as any other row of the new run.
    """
    return Standing(
        step=Step.LOOK,
        doubt=True,
        open=True,
        clean=standing.clean,
        target=standing.target,
        since=standing.since,
        lingers=standing.lingers,
    )


def reported(number: int, at: float) -> Standing:
    """Where a row begins whose set was reported to be there, when an operation looks for that very set.

    Args:
        number: the set's id.
        at: when it was reported, in seconds since the epoch: a list may be late by the settle time.
    """
    return Standing(target=number, since=at, lingers=True)


def settles(standing: Standing) -> bool:
    """Whether an absence must wait to be believed: something of ours may come to be, or the list may be late."""
    return standing.open or _contradicts(standing)


def settled_at(standing: Standing, limits: Limits) -> float:
    """From when on a look that finds nothing is believed, in seconds since the epoch."""
    return standing.since + (limits.settle if standing.lingers else limits.settle_answered)


def asked_after(standing: Standing, now: float, limits: Limits) -> float:
    """How fresh a listing must be to answer this row's question: asked for at this time or later."""
    if standing.absent:
        return now  # what the last listing said was not believed, so it takes a new one
    if settles(standing):
        return min(now, settled_at(standing, limits))
    return standing.since


def after(operation: Operation, standing: Standing, verdict: Verdict, limits: Limits) -> Standing | Outcome:
    """What comes next, after an exchange of the kind `standing.step` ended with `verdict`."""
    looks = standing.step is Step.LOOK
    match verdict.end:
        case End.ANSWERED if looks:
            return operation.looked(replace(standing, waits=0) if standing.waits else standing, verdict, limits)
        case End.ANSWERED:
            assert operation.answered, f"{operation.name} does not act"  # noqa: S101 - a bug of ours, and no answer to it
            return operation.answered(_sent(standing), verdict)
        case End.NOT_TAKEN:
            return replace(standing, waits=standing.waits + 1)
        case End.IN_DOUBT if looks:
            tried = replace(standing, turns=standing.turns + 1, waits=0)
            blind = operation.blind and is_first(standing) and exhausted(tried, limits)
            return acting(standing, clean=False) if blind else tried
        case End.IN_DOUBT:
            return _doubted(standing, verdict)
        case _:
            assert_never(verdict.end)


def exhausted(standing: Standing, limits: Limits) -> bool:
    """Whether the row's turns are used up.

    A set that the server says exists gets all turns while no list can be had, and fewer once lists are without it.
    """
    if settles(standing):
        contradicted = not standing.open and standing.absent >= limits.turns_optional
        return contradicted or standing.turns >= limits.turns
    return standing.turns >= limits.turns_optional


def give_up(operation: Operation, standing: Standing, verdict: Verdict) -> Outcome | None:
    """The end of a row whose turns are used up; None if only a look could tell, so that it stays as it is."""
    if standing.open or standing.refusal is None or operation.unsettled is None:
        return None
    return operation.unsettled(standing, verdict)


def seen(standing: Standing) -> Status:
    """How an unfinished row looks to whoever reads the results now: pending only if nothing was ever sent for it.

    Even a refusal may have been the answer to a copy of the request, which a gateway has sent once more.
    """
    return Status.UNKNOWN if standing.sends or standing.doubt else Status.PENDING


def _doubted(standing: Standing, verdict: Verdict) -> Standing:
    return Standing(
        step=Step.LOOK,
        sends=standing.sends + 1,
        doubt=True,
        open=True,
        clean=standing.clean,
        target=standing.target,
        since=verdict.at,
        lingers=verdict.lingers,
    )


def _answered(standing: Standing, verdict: Verdict) -> Standing | Outcome:
    reply = verdict.reply
    if reply.error_code == 0 and reply.id > 0:
        return outcome(Status.CREATED, standing, verdict, _again(standing), ours=True)
    if standing.clean and not standing.doubt and not reply.says_exists:
        return outcome(Status.REJECTED, standing, verdict)
    return replace(
        standing,
        step=Step.LOOK,
        # "It exists" after a doubt: then it is ours, and the look is only to find its id. Until it does, nothing is
        # known; and lists may be late.
        open=standing.doubt and reply.says_exists,
        lingers=reply.says_exists,
        refusal=verdict,
        since=verdict.at,
    )


def _unsettled(standing: Standing, verdict: Verdict) -> Outcome:
    why = verdict.why or "the server says that it exists, but does not list it"
    return outcome(Status.REJECTED, standing, standing.refusal or verdict, f"no look-up could settle it: {why}")


def is_first(standing: Standing) -> bool:
    """Whether a look of the row is the first one, and not one after an act."""
    return not standing.doubt and standing.refusal is None


def closes(standing: Standing) -> bool:
    """Whether one read is all that the row lacks: it was refused just now, and whatever a list says will be believed.

    Such a row is brought to its end even when the run is being stopped, since nobody should have to wonder about it.
    """
    just_now = standing.refusal is not None and not standing.turns and not standing.waits
    return just_now and standing.step is Step.LOOK and not settles(standing)


def _looked(standing: Standing, verdict: Verdict, limits: Limits) -> Standing | Outcome:
    if verdict.reply.id > 0:
        return _found(standing, verdict)
    if is_first(standing):
        return acting(standing, clean=verdict.reply.sure)
    return _absent(standing, verdict, limits)


def acting(standing: Standing, *, clean: bool) -> Standing:
    """Nothing is known that speaks against the act: it is next."""
    return _acting(standing.sends, standing.doubt, clean, standing.target)


# Healthy rows all stand at the same few places, and such a value takes as long to make as a look-up takes to answer.
@lru_cache(maxsize=64)
def _acting(sends: int, doubt: bool, clean: bool, target: int) -> Standing:
    return Standing(step=Step.ACT, sends=sends, doubt=doubt, clean=clean, target=target)


@lru_cache(maxsize=64)
def _sent(standing: Standing) -> Standing:
    return replace(standing, sends=standing.sends + 1, waits=0)


def _found(standing: Standing, verdict: Verdict) -> Outcome:
    if not standing.doubt:
        since = "not there at the first look; made since, by somebody else or by a duplicate of our request"
        note = since if standing.clean else "it was there before"
        return outcome(Status.EXISTS, standing, verdict, note)
    note = "the answer to the create was lost; found by a look-up"
    if not standing.clean:
        note += "; it may have been there before, as there was no first look"
    return outcome(Status.CREATED, standing, verdict, note, ours=standing.clean)


def _absent(standing: Standing, verdict: Verdict, limits: Limits) -> Standing | Outcome:
    refusal = standing.refusal
    if refusal and not settles(standing):
        return outcome(Status.REJECTED, standing, refusal)
    if too_early(standing, verdict, limits):
        return replace(standing, turns=0)
    if refusal or too_weak(standing, verdict):
        return replace(standing, turns=standing.turns + 1, absent=standing.absent + 1)
    if standing.sends >= limits.max_attempts:
        note = f"{standing.sends} creates went unanswered, and the last look-up says it is not there"
        return outcome(Status.FAILED, standing, verdict, note)
    return acting(standing, clean=standing.clean)


def too_early(standing: Standing, verdict: Verdict, limits: Limits) -> bool:
    """Whether a look was asked for before what it says is believed."""
    return verdict.at - verdict.seconds < settled_at(standing, limits)


def too_weak(standing: Standing, verdict: Verdict) -> bool:
    """Whether an absence was told too weakly to be believed: by an answer without a list, and not often enough.

    A scope that had a list when its first look was clean still has one: then only a list is believed.
    """
    return not verdict.reply.sure and (standing.clean or standing.absent + 1 < _WEAK_ABSENCES)


def _contradicts(standing: Standing) -> bool:
    """Whether the server has said that the set exists, so that a list without it cannot be right as well."""
    return standing.refusal is not None and standing.refusal.reply.says_exists


def _again(standing: Standing) -> str:
    return f"created at attempt {standing.sends}, after answers were lost" if standing.doubt else ""


def outcome(status: Status, standing: Standing, verdict: Verdict, note: str = "", *, ours: bool = False) -> Outcome:
    """The end of a row, with the words of the verdict that decided it."""
    return Outcome(
        status=status,
        reply=verdict.reply,
        attempts=standing.sends,
        http_status=verdict.http_status,
        seconds=verdict.seconds,
        finished_at=verdict.at,
        note="; ".join(filter(None, (note, verdict.why))) if status is Status.REJECTED else note,
        ours=ours,
    )


RUN: Final = Operation(
    name="run",
    looked=_looked,
    answered=_answered,
    unsettled=_unsettled,
    blind=True,
    act=Act.CREATE,
    well=frozenset({Status.CREATED, Status.EXISTS}),
    title=Title("are there", "to go", "To go on:"),
)
"""Make each set exist. The other operations are in `operations.py`."""
