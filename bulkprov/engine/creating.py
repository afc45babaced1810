"""The rules of a create: where a row goes next whose thing is to exist once. Pure, like `lifecycle`, which uses them.

::

                 found: EXISTS                     errorCode 0 and an id: CREATED
                      ▲                                   ▲
        begin ──► LOOK ┴─ absent ────────────────►  ACT ──┤◄── not taken: wait, and act again
                   │                                ▲     ├── refused: look
                   └─ no list, and none needed ─────┘     └── in doubt: look, unsettled

The same in words, first match first. `tests/engine/test_creating.py` reads this table and checks each line::

    step  the exchange                                                   next
    ----  -------------------------------------------------------------  --------
    any   not taken                                                      same
    look  in doubt, nothing sent, inconclusive looks used up             act
    look  in doubt                                                       look
    look  found, and it is wanted to know its mark                       ask
    look  found, with the row's own mark                                 CREATED
    look  found, with another's mark, or an id that was known before     EXISTS
    look  found, ever in doubt                                           CREATED
    look  found                                                          EXISTS
    look  one that may be it, nothing sent                               look
    look  absent, nothing sent, told weakly                              look
    look  absent, nothing sent                                           act
    look  absent, before the settle time is over                         look
    look  one that may be it                                             look
    look  absent, told weakly, or against the server's word              look
    look  absent, refused                                                REJECTED
    look  absent, attempts used up                                       FAILED
    look  absent                                                         act
    ask   in doubt                                                       ask
    ask   answered with the row's own mark                               CREATED
    act   in doubt                                                       look
    act   errorCode 0 and an id                                          CREATED
    act   refused                                                        look

Every refusal is followed by a look. One that is documented as "not created", of a clean row that was never in doubt,
has no settle time. What is listed and may be the thing, or may be another, makes a row *unsure*: no act follows, and it
is left `pending` if nothing was sent, else `unknown`. So it is with what is known to be another thing of that name but
was not there at the first look: the server may list ours like this.

Where creates carry marks, what a look has found after one is asked for by its id (`reading`). Then the look is decided
on; so it is, without the mark, after some requests that told nothing.

When looks remain inconclusive, the row stays `unknown`; one that list after list lacks, though the server says that it
exists, is `rejected`.
"""

from dataclasses import replace
from typing import Final

from bulkprov.engine.absence import is_first_look, may_be_it, must_settle, said_to_exist, too_early, too_weak
from bulkprov.engine.ending import outcome
from bulkprov.engine.evidence import (
    EXISTED,
    FOUND,
    FOUND_AFTER_REFUSAL,
    MARK_READ,
    MAY_BE_OLDER,
    PERHAPS_ANOTHERS,
    PERHAPS_OURS,
    of_answer,
    of_found,
    of_others,
    seen,
    sent,
    was_known,
    without_mark,
)
from bulkprov.engine.lifecycle import Rules, looks_exhausted, not_believed, ready_to_act
from bulkprov.engine.model import End, Evidence, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.engine.policy import RetryPolicy

__all__ = ["CREATING", "found"]


def _after_look(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    if verdict.reply.id > 0:
        return found(standing, verdict)
    if is_first_look(standing):
        return _absent_at_first(standing, verdict, policy)
    return _absent(standing, verdict, policy)


def _absent_at_first(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing:
    """After a first look that found nothing. One that is told too weakly is had again, but not for ever."""
    if verdict.reply.unsure:
        return replace(standing, unsure=verdict.reply.unsure)
    if not verdict.reply.sure:
        again = not_believed(standing, verdict)
        return ready_to_act(standing, absent_before_send=False) if looks_exhausted(again, policy) else again
    first = replace(standing, others=verdict.reply.others) if verdict.reply.others else standing
    return ready_to_act(first, absent_before_send=True)


def found(standing: Standing, verdict: Verdict) -> Outcome:
    """The end of a row that was to be created, and that a look has found.

    Of several it is one that bears the row's mark, else one that may be ours, else one that was there before; of these
    the oldest.
    """
    reply = verdict.reply
    if reply.shared:  # whether this run made it is told by the other row
        return outcome(Status.EXISTS, standing, verdict, reply.shared)
    listed = {number: of_found(standing, number, reply) for number in sorted({reply.id, *reply.also})}
    number = min(listed, key=lambda each: _PREFERRED.index(listed[each]))
    evidence = listed[number]
    standing = seen(replace(standing, target=number), reply)
    verdict = replace(verdict, reply=replace(reply, id=number))
    status, note = _words_of(standing, number, reply, evidence)
    return outcome(status, standing, verdict, note, evidence=evidence)


_PREFERRED: Final = (Evidence.PROVEN, Evidence.PERHAPS, Evidence.NONE)


def _words_of(standing: Standing, number: int, reply: Reply, evidence: Evidence) -> tuple[Status, str]:
    """The status of a row that was found under an id, and its note."""
    doubted = standing.ever_in_doubt
    if evidence is Evidence.PROVEN:
        return Status.CREATED, f"{FOUND if doubted else FOUND_AFTER_REFUSAL}: {MARK_READ}"
    if evidence is Evidence.PERHAPS:
        note = (PERHAPS_OURS if doubted else PERHAPS_ANOTHERS) + without_mark(reply, number)
        return Status.CREATED if doubted else Status.EXISTS, note
    if not (standing.left or doubted):
        return Status.EXISTS, EXISTED
    if was_known(standing, number):
        return Status.EXISTS, f"{EXISTED}: its id was known before the first create of the row left"
    return Status.EXISTS, of_others(reply, number)


def _absent(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    if must_settle(standing) and too_early(standing, verdict, policy):
        return replace(standing, inconclusive_looks=0)
    if words := may_be_it(standing, verdict.reply):
        return replace(standing, unsure=words)
    if said_to_exist(standing) or too_weak(standing, verdict):
        return not_believed(standing, verdict)
    if standing.refusal:
        return outcome(Status.REJECTED, standing, standing.refusal)
    if standing.sends >= policy.max_attempts:
        note = f"{standing.sends} creates went unanswered, and the last look-up says it is not there"
        return outcome(Status.FAILED, standing, verdict, note)
    return ready_to_act(standing, absent_before_send=standing.absent_before_send)


def _after_create(standing: Standing, verdict: Verdict, known: int) -> Standing | Outcome:
    reply = verdict.reply
    if reply.error_code == 0 and reply.id > 0:
        return _created(standing, verdict, known)
    return replace(
        sent(standing, known),
        step=Step.LOOK,
        # "It exists" after a doubt: then it is ours, and the look is only to find its id. Until it does, nothing is
        # known; and lists may be late.
        unsettled=standing.ever_in_doubt and reply.says_exists,
        refusal=verdict,
        doubt_began=verdict.at,
    )


def _created(standing: Standing, verdict: Verdict, known: int) -> Outcome:
    evidence = of_answer(standing, verdict.reply, known)
    noted = standing.left or standing.others or standing.mark or verdict.reply.warning
    if evidence is Evidence.PROVEN and not noted:
        return _at_once(verdict, known)
    notes = []
    attempts = standing.sends + 1
    if standing.ever_in_doubt:
        again = f"created on attempt {attempts}" if standing.sends else "created, though not at first"
        notes.append(f"{again}: earlier answers were lost or not believed")
    if evidence is not Evidence.PROVEN:
        why = "its id is not newer than ids known before" if standing.absent_before_send else "there was no first look"
        notes.append(f"{MAY_BE_OLDER}: {why}")
    words = "; ".join(notes)
    return outcome(Status.CREATED, sent(standing, known), verdict, words, evidence=evidence, attempts=attempts)


def _at_once(verdict: Verdict, known: int) -> Outcome:
    """The end of a healthy row: all that has to be known of it later is the highest id known before its create."""
    return Outcome(
        status=Status.CREATED,
        reply=verdict.reply,
        attempts=1,
        http_status=verdict.http_status,
        seconds=verdict.seconds,
        finished_at=verdict.at,
        evidence=Evidence.PROVEN,
        known=known,
    )


def _unexplained(standing: Standing, verdict: Verdict) -> Outcome | None:
    """Lists that lack what the server says exists let the refusal stand; without any list nothing is known."""
    if verdict.end is not End.ANSWERED or not verdict.reply.sure or not said_to_exist(standing):
        return None
    why = "the server says that it exists, but does not list it"
    return outcome(Status.REJECTED, standing, standing.refusal or verdict, f"no look-up could settle it: {why}")


CREATING: Final = Rules(
    after_look=_after_look,
    after_act=_after_create,
    unexplained=_unexplained,
    acts_without_look=True,
    tries_for_mark=lambda policy: policy.inconclusive_looks_optional,
)
"""The rules of a create."""
