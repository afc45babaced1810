"""Where a row goes next. The only place that decides, and pure: no I/O, no clock, no randomness.

A row has two kinds of step, *look* (ask whether its backup set is there) and *act* (create it). After each exchange
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

When turns are used up `give_up` ends a row; one that is *open* has no outcome and stays `unknown`.

Rules for whoever edits this file: a decision may depend on nothing but the arguments, since a killed run repeats it
from disk; `doubt` is never cleared; no act while a row is `open`.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from bulkprov.model import End, Outcome, Standing, Status, Step, Verdict

__all__ = ["Limits", "after", "asked_after", "begin", "exhausted", "give_up", "interrupted", "seen", "settled_at"]

_UNSURE_ABSENCES = 3
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
    first_look_turns: int = 4
    """Tries to get a first look before the row is sent without one."""
    turns: int = 20
    """Exchanges in a row that may bring a row no further before it is given up."""


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


def settled_at(standing: Standing, limits: Limits) -> float:
    """From when on a look that finds nothing is believed, in seconds since the epoch."""
    return standing.since + (limits.settle if standing.lingers else limits.settle_answered)


def asked_after(standing: Standing, now: float, limits: Limits) -> float:
    """How fresh a listing must be to answer this row's question: asked for at this time or later."""
    if standing.open:
        return min(now, settled_at(standing, limits))
    return standing.since


def after(standing: Standing, verdict: Verdict, limits: Limits) -> Standing | Outcome:
    """What comes next, after an exchange of the kind `standing.step` ended with `verdict`."""
    match standing.step:
        case Step.ACT:
            return _after_act(standing, verdict)
        case Step.LOOK:
            return _after_look(standing, verdict, limits)
        case _:
            assert_never(standing.step)


def exhausted(standing: Standing, limits: Limits) -> bool:
    """Whether the row's turns are used up."""
    return standing.turns >= limits.turns


def give_up(standing: Standing, verdict: Verdict) -> Outcome | None:
    """The end of a row whose turns are used up; None if only a look could tell, so that it stays `unknown`."""
    if standing.open:
        return None
    if standing.refusal:
        return _outcome(Status.REJECTED, standing, standing.refusal, f"no look-up could be had: {verdict.why}")
    return _outcome(Status.FAILED, standing, verdict, f"gave up after {standing.turns} tries: {verdict.why}")


def seen(standing: Standing) -> Status:
    """How an unfinished row looks to whoever reads the results now."""
    return Status.UNKNOWN if standing.open else Status.PENDING


def _after_act(standing: Standing, verdict: Verdict) -> Standing | Outcome:
    match verdict.end:
        case End.NOT_TAKEN:
            return replace(standing, turns=standing.turns + 1)
        case End.IN_DOUBT:
            return _doubted(standing, verdict)
        case End.ANSWERED:
            return _answered(replace(standing, sends=standing.sends + 1, turns=0), verdict)
        case _:
            assert_never(verdict.end)


def _doubted(standing: Standing, verdict: Verdict) -> Standing:
    return replace(
        standing,
        step=Step.LOOK,
        sends=standing.sends + 1,
        turns=0,
        absent=0,
        doubt=True,
        open=True,
        since=verdict.at,
        lingers=verdict.lingers,
    )


def _answered(standing: Standing, verdict: Verdict) -> Standing | Outcome:
    reply = verdict.reply
    if reply.error_code == 0 and reply.id:
        return _outcome(Status.CREATED, standing, verdict, _again(standing), ours=True)
    if standing.clean and not standing.doubt and not reply.says_exists:
        return _outcome(Status.REJECTED, standing, verdict)
    # "It exists" after a doubt: then it is ours, and the look is only to find its id. Until it does, nothing is known.
    open_again = standing.doubt and reply.says_exists
    return replace(
        standing, step=Step.LOOK, absent=0, open=open_again, refusal=verdict, since=verdict.at, lingers=False
    )


def _after_look(standing: Standing, verdict: Verdict, limits: Limits) -> Standing | Outcome:
    first = not standing.doubt and not standing.refusal
    if verdict.end is not End.ANSWERED:
        tried = replace(standing, turns=standing.turns + 1)
        if first and verdict.end is End.IN_DOUBT and tried.turns >= limits.first_look_turns:
            return replace(tried, step=Step.ACT, turns=0)
        return tried
    if verdict.reply.id:
        return _found(standing, verdict)
    if first:
        return replace(standing, step=Step.ACT, turns=0, clean=verdict.reply.sure)
    return _absent(standing, verdict, limits)


def _found(standing: Standing, verdict: Verdict) -> Outcome:
    if not standing.doubt:
        return _outcome(Status.EXISTS, standing, verdict, "it was there before")
    note = "the answer to the create was lost; found by a look-up"
    if not standing.clean:
        note += "; it may have been there before, as there was no first look"
    return _outcome(Status.CREATED, standing, verdict, note, ours=standing.clean)


def _absent(standing: Standing, verdict: Verdict, limits: Limits) -> Standing | Outcome:
    refusal = standing.refusal
    if refusal and refusal.reply.says_exists:
        # The server contradicts itself: its list may be late. Look again, and believe neither.
        return replace(standing, turns=standing.turns + 1)
    if not standing.open:
        return _outcome(Status.REJECTED, standing, refusal or verdict)
    if verdict.at - verdict.seconds < settled_at(standing, limits):
        return replace(standing, turns=0)
    if not verdict.reply.sure and standing.absent + 1 < _UNSURE_ABSENCES:
        return replace(standing, absent=standing.absent + 1, turns=standing.turns + 1)
    if standing.sends >= limits.max_attempts:
        note = f"{standing.sends} creates went unanswered, and the last look-up says it is not there"
        return _outcome(Status.FAILED, standing, verdict, note)
    return replace(standing, step=Step.ACT, turns=0, absent=0, open=False, refusal=None)


def _again(standing: Standing) -> str:
    return f"created at attempt {standing.sends}, after answers were lost" if standing.doubt else ""


def _outcome(status: Status, standing: Standing, verdict: Verdict, note: str = "", *, ours: bool = False) -> Outcome:
    return Outcome(
        status=status,
        reply=verdict.reply,
        attempts=standing.sends,
        http_status=verdict.http_status,
        seconds=verdict.seconds,
        finished_at=verdict.at,
        note="; ".join(filter(None, (note, verdict.why if status is Status.REJECTED else ""))),
        ours=ours,
    )
