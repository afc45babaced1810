"""Where a row goes next. The only place that decides, and pure: no I/O, no clock, no randomness.

A row has two kinds of step: *look* (ask whether what it wants is there) and *act* (create it). After each exchange
`after` turns the row's standing and the exchange's verdict into the next standing, or into its outcome. What an answer
means differs from operation to operation, so it is in the operation's `Rules`; these are the rules of a create::

                 found: EXISTS                     errorCode 0 and an id: CREATED
                      ▲                                   ▲
        begin ──► LOOK ┴─ absent ────────────────►  ACT ──┤◄── not taken: wait, and act again
                   │                                ▲     ├── refused: look
                   └─ no list, and none needed ─────┘     └── in doubt: look, unsettled

The same in words, first match first. `tests/engine/test_lifecycle.py` reads this table and checks each line::

    step  the exchange                                                   next
    ----  -------------------------------------------------------------  --------
    any   not taken                                                      same
    look  in doubt, nothing sent, inconclusive looks used up             act
    look  in doubt                                                       look
    look  found, ever in doubt                                           CREATED
    look  found                                                          EXISTS
    look  one that may be it, nothing sent                               look
    look  absent, nothing sent                                           act
    look  absent, before the settle time is over                         look
    look  one that may be it                                             look
    look  absent, told weakly, or against the server's word              look
    look  absent, refused                                                REJECTED
    look  absent, attempts used up                                       FAILED
    look  absent                                                         act
    act   in doubt                                                       look
    act   errorCode 0 and an id                                          CREATED
    act   refused                                                        look

Every refusal is followed by a look. One that is documented as "not created", of a clean row that was never in doubt,
has no settle time. What is listed and may be the thing, or may be another, makes a row *unsure*: no act follows, and it
is left `pending` if nothing was sent, else `unknown`. So it is with what is known to be another thing of that name but
was not there at the first look: the server may list ours like this.

When looks remain inconclusive, the row stays `unknown`; `give_up` ends one that list after list
lacks, though the server says that it exists.

Rules for editing this file: a decision may depend on nothing but the arguments, since a killed run repeats it from
disk; `ever_in_doubt` is never cleared; no act while a row is `unsettled`; and an exchange that was *not taken* says
nothing about a row and never uses one up: whether the server is still there is for the gate's circuit to decide.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, assert_never

from bulkprov.engine.absence import is_first_look, may_be_it, must_settle, said_to_exist, too_early, too_weak
from bulkprov.engine.ending import outcome
from bulkprov.engine.model import End, Outcome, RetryPolicy, Standing, Status, Step, Verdict

__all__ = [
    "CREATING",
    "Rules",
    "after",
    "begin",
    "give_up",
    "interrupted",
    "looks_exhausted",
    "next_look_decides",
    "not_believed",
    "provisional_status",
    "ready_to_act",
    "reported",
    "resumed",
    "unsettled_again",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an operation makes of the server's answers."""

    after_look: Callable[[Standing, Verdict, RetryPolicy], Standing | Outcome]
    """What comes next after a look was answered."""
    after_act: Callable[[Standing, Verdict], Standing | Outcome] | None = None
    """What comes next after an act was answered; None for an operation that never acts."""
    unexplained: Callable[[Standing, Verdict], Outcome | None] | None = None
    """The end of a row that was refused, and whose refusal no look could explain; None if it has none."""
    acts_without_look: bool = False
    """Whether it acts all the same when no first look can be had, or none is wanted."""


# Where a row begins


def begin(policy: RetryPolicy) -> Standing:
    """A row of which nothing is known."""
    return Standing(step=Step.LOOK if policy.first_look else Step.ACT)


def reported(number: int, at: float) -> Standing:
    """A row whose thing was reported to exist, for an operation that looks for that very thing.

    Args:
        number: the thing's id.
        at: when it was reported, in seconds since the epoch: a list may be late by the settle time.
    """
    return Standing(target=number, doubt_began=at, may_still_run=True)


def interrupted(standing: Standing, at: float) -> Standing:
    """A row of whose act only the intent is known, because the process died: in doubt like any other.

    Args:
        standing: what was stored with the intent.
        at: the last moment at which the process may still have sent it, in seconds since the epoch.
    """
    return _put_in_doubt(standing, Verdict(end=End.IN_DOUBT, may_still_run=True, at=at))


def resumed(standing: Standing, now: float) -> Standing:
    """A row that a dead process left. After any doubt it is looked up first.

    A row in doubt drops its refusal, so that it can end: if the thing is still not listed, it is sent again, and
    perhaps refused again.

    Args:
        standing: as it was left.
        now: seconds since the epoch. A doubt did not begin later, even if the machine's clock was set back since.
    """
    if standing.ever_in_doubt and (standing.unsettled or standing.refusal is None):
        standing = replace(unsettled_again(standing), sends=standing.sends)
    began = min(standing.doubt_began, now)
    return replace(standing, waits=0, inconclusive_looks=0, unproven_absences=0, doubt_began=began)


def unsettled_again(standing: Standing) -> Standing:
    """A row that an earlier run left in doubt, or after a doubt: it is looked up first.

    It may be sent as often as any other row of the new run.
    """
    return Standing(
        step=Step.LOOK,
        ever_in_doubt=True,
        unsettled=True,
        absent_before_send=standing.absent_before_send,
        others=standing.others,
        target=standing.target,
        doubt_began=standing.doubt_began,
        may_still_run=standing.may_still_run,
    )


# What comes next


def after(rules: Rules, standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    """What comes next, after an exchange of the kind `standing.step` ended with `verdict`."""
    looks = standing.step is Step.LOOK
    if looks and standing.unsure:  # said by an earlier process
        standing = replace(standing, unsure="")
    match verdict.end:
        case End.ANSWERED if looks:
            return rules.after_look(replace(standing, waits=0) if standing.waits else standing, verdict, policy)
        case End.ANSWERED:
            assert rules.after_act, "an operation that never acts has acted"  # noqa: S101 - a bug of ours
            return rules.after_act(_sent(standing), verdict)
        case End.NOT_TAKEN:
            return replace(standing, waits=standing.waits + 1)
        case End.IN_DOUBT if looks:
            tried = replace(standing, inconclusive_looks=standing.inconclusive_looks + 1, waits=0)
            goes_on = rules.acts_without_look and is_first_look(standing) and looks_exhausted(tried, policy)
            return ready_to_act(standing, absent_before_send=False) if goes_on else tried
        case End.IN_DOUBT:
            return _put_in_doubt(standing, verdict)
        case _:
            assert_never(verdict.end)


def looks_exhausted(standing: Standing, policy: RetryPolicy) -> bool:
    """Whether the row has had as many inconclusive looks as it may have.

    A thing that the server says exists gets all of them while no list can be had, and fewer once lists are without it.
    One more look would not tell what a listed thing is that may be the wanted one.
    """
    if standing.unsure:
        return True
    if must_settle(standing):
        contradicted = not standing.unsettled and standing.unproven_absences >= policy.inconclusive_looks_optional
        return contradicted or standing.inconclusive_looks >= policy.inconclusive_looks
    return standing.inconclusive_looks >= policy.inconclusive_looks_optional


def give_up(rules: Rules, standing: Standing, verdict: Verdict) -> Outcome | None:
    """The end of a row whose looks are exhausted; None if only a look could tell, so that it stays as it is."""
    if standing.unsettled or standing.unsure or standing.refusal is None or rules.unexplained is None:
        return None
    return rules.unexplained(standing, verdict)


def next_look_decides(standing: Standing) -> bool:
    """Whether one look is all that the row lacks: it was refused just now, and a list will be believed at once.

    Such a row is brought to its end even while the run is being stopped, so that it need not stay unknown.
    """
    just_now = standing.refusal is not None and not standing.inconclusive_looks and not standing.waits
    return just_now and standing.step is Step.LOOK and not must_settle(standing)


def provisional_status(standing: Standing) -> Status:
    """The status that an unfinished row has in the results: `pending` only if nothing was ever sent for it.

    Even a refusal may have been the answer to a second copy of the request, sent by a gateway.
    """
    return Status.UNKNOWN if standing.sends or standing.ever_in_doubt else Status.PENDING


def ready_to_act(standing: Standing, *, absent_before_send: bool) -> Standing:
    """Nothing speaks against the act: it is next."""
    return _ready_to_act(standing.sends, standing.ever_in_doubt, absent_before_send, standing.target, standing.others)


# Healthy rows all have the same few standings, and making one takes as long as answering a look-up.
@lru_cache(maxsize=64)
def _ready_to_act(
    sends: int, ever_in_doubt: bool, absent_before_send: bool, target: int, others: tuple[int, ...]
) -> Standing:
    return Standing(
        step=Step.ACT,
        sends=sends,
        ever_in_doubt=ever_in_doubt,
        absent_before_send=absent_before_send,
        target=target,
        others=others,
    )


def _sent(standing: Standing) -> Standing:
    """The same with one more act. A row that acts has nothing else to remember: see `ready_to_act`."""
    return _ready_to_act(standing.sends + 1, standing.ever_in_doubt, standing.absent_before_send, standing.target)


def _put_in_doubt(standing: Standing, verdict: Verdict) -> Standing:
    return Standing(
        step=Step.LOOK,
        sends=standing.sends + 1,
        ever_in_doubt=True,
        unsettled=True,
        absent_before_send=standing.absent_before_send,
        others=standing.others,
        target=standing.target,
        doubt_began=verdict.at,
        may_still_run=verdict.may_still_run,
    )


# The rules of a create


def _after_look(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    if verdict.reply.id > 0:
        return _found(standing, verdict)
    if is_first_look(standing):
        if verdict.reply.unsure:
            return replace(standing, unsure=verdict.reply.unsure)
        seen = replace(standing, others=verdict.reply.others) if verdict.reply.others else standing
        return ready_to_act(seen, absent_before_send=verdict.reply.sure)
    return _absent(standing, verdict, policy)


def _found(standing: Standing, verdict: Verdict) -> Outcome:
    if not standing.ever_in_doubt:
        since = "created since the first look-up, by someone else or by a duplicate of our request"
        note = since if standing.absent_before_send else "it already existed"
        return outcome(Status.EXISTS, standing, verdict, note)
    note = "the answer to the create was lost; found by a look-up"
    if not standing.absent_before_send:
        note += "; it may have been there before, as there was no first look"
    return outcome(Status.CREATED, standing, verdict, note, ours=standing.absent_before_send)


def _absent(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    if must_settle(standing) and too_early(standing, verdict, policy):
        return replace(standing, inconclusive_looks=0)
    if words := may_be_it(standing, verdict.reply):
        return replace(standing, unsure=words)
    if said_to_exist(standing) or too_weak(standing, verdict):
        return not_believed(standing)
    if standing.refusal:
        return outcome(Status.REJECTED, standing, standing.refusal)
    if standing.sends >= policy.max_attempts:
        note = f"{standing.sends} creates went unanswered, and the last look-up says it is not there"
        return outcome(Status.FAILED, standing, verdict, note)
    return ready_to_act(standing, absent_before_send=standing.absent_before_send)


def not_believed(standing: Standing) -> Standing:
    """An absence that is not believed: the row looks again, and takes no listing that it has seen."""
    return replace(
        standing,
        inconclusive_looks=standing.inconclusive_looks + 1,
        unproven_absences=standing.unproven_absences + 1,
    )


def _after_create(standing: Standing, verdict: Verdict) -> Standing | Outcome:
    reply = verdict.reply
    if reply.error_code == 0 and reply.id > 0:
        note = f"created on attempt {standing.sends}, after earlier answers were lost" if standing.ever_in_doubt else ""
        return outcome(Status.CREATED, standing, verdict, note, ours=True)
    return replace(
        standing,
        step=Step.LOOK,
        # "It exists" after a doubt: then it is ours, and the look is only to find its id. Until it does, nothing is
        # known; and lists may be late.
        unsettled=standing.ever_in_doubt and reply.says_exists,
        may_still_run=True,
        refusal=verdict,
        doubt_began=verdict.at,
    )


def _unexplained(standing: Standing, verdict: Verdict) -> Outcome | None:
    """Lists that lack what the server says exists let the refusal stand; without any list nothing is known."""
    if verdict.end is not End.ANSWERED or not verdict.reply.sure or not said_to_exist(standing):
        return None
    why = "the server says that it exists, but does not list it"
    return outcome(Status.REJECTED, standing, standing.refusal or verdict, f"no look-up could settle it: {why}")


CREATING: Final = Rules(
    after_look=_after_look, after_act=_after_create, unexplained=_unexplained, acts_without_look=True
)
"""Make each thing exist once. The rules of the other operations are in `operations`."""
