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
    act   in doubt                                                       look
    act   errorCode 0 and an id                                          CREATED
    act   refused                                                        look

Every refusal is followed by a look. One that is documented as "not created", of a clean row that was never in doubt,
has no settle time. What is listed and may be the thing, or may be another, makes a row *unsure*: no act follows, and it
is left `pending` if nothing was sent, else `unknown`. So it is with what is known to be another thing of that name but
was not there at the first look: the server may list ours like this.

When looks remain inconclusive, the row stays `unknown`; one that list after list lacks, though the server says that it
exists, is `rejected`.
"""

from dataclasses import replace
from typing import Final

from bulkprov.engine.absence import is_first_look, may_be_it, must_settle, said_to_exist, too_early, too_weak
from bulkprov.engine.ending import outcome
from bulkprov.engine.evidence import new_candidates, of_answer, of_found, sent
from bulkprov.engine.lifecycle import Rules, looks_exhausted, not_believed, ready_to_act
from bulkprov.engine.model import End, Evidence, Outcome, Standing, Status, Step, Verdict
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
    seen = replace(standing, others=verdict.reply.others) if verdict.reply.others else standing
    return ready_to_act(seen, absent_before_send=True)


def found(standing: Standing, verdict: Verdict) -> Outcome:
    """The end of a row that was to be created, and that a look has found."""
    reply = verdict.reply
    if reply.shared:  # whether this run made it is told by the other row
        note = f"{reply.shared}: one of the two rows is enough, and a rollback deletes it by the other"
        return outcome(Status.EXISTS, standing, verdict, note)
    later = new_candidates(standing, reply)
    if (
        later and of_found(standing, reply.id) is Evidence.NONE
    ):  # the older one was there before; a later one may be ours
        verdict = replace(verdict, reply=replace(reply, id=later[0]))
    evidence = of_found(standing, verdict.reply.id)
    further = {*standing.candidates, *later} - {verdict.reply.id}
    standing = replace(standing, candidates=tuple(sorted(further))) if further else standing
    if evidence is Evidence.NONE:
        note = "it already existed"
        if standing.left or standing.ever_in_doubt:
            note = "it already existed: its id was known before the first create of the row left"
        return outcome(Status.EXISTS, standing, verdict, note)
    if standing.ever_in_doubt:
        note = "an answer was lost, and a look-up found it: perhaps made by this run, perhaps by another"
        return outcome(Status.CREATED, standing, verdict, note, evidence=evidence)
    note = "found after a create had left: made by another program or person, or by a second copy of the request"
    return outcome(Status.EXISTS, standing, verdict, note, evidence=evidence)


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
    if evidence is Evidence.PROVEN and not (standing.left or standing.others or verdict.reply.warning):
        return _at_once(verdict, known)
    notes = []
    attempts = standing.sends + 1
    if standing.ever_in_doubt:
        notes.append(f"created on attempt {attempts}, after earlier answers were lost")
    if evidence is not Evidence.PROVEN:
        why = "its id is not newer than ids known before" if standing.absent_before_send else "there was no first look"
        notes.append(f"it may have been there before: {why}")
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
    after_look=_after_look, after_act=_after_create, unexplained=_unexplained, acts_without_look=True
)
"""The rules of a create."""
