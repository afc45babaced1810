"""The rules for things that were reported: of a rollback, a verification and an audit. Pure, like `lifecycle`.

Each row begins with the id that its run was told (`Standing.target`). That a thing is *gone* takes two witnesses: the
list of its scope, and an answer to a request for that very id, both asked for since the last thing of ours that could
have changed it. Lists are late, cut, or come from another replica; so a list that lacks what its id shows is believed
about nothing, and where the two disagree, nothing is said that one of them denies.

=============  ========================  ==========================  =======================================
operation      listed under its id       listed so, or not at all:   both deny it
                                         asked for by its id
=============  ========================  ==========================  =======================================
rollback       asked for by its id       delete it, if it is there   `rolled-back`, once its list is not late
verification   `as-reported`; `differs`  `as-reported`, or           `gone`, or `differs`
               if its id says so too     `differs`
audit          as it was reported        as it was reported          `unknown`, or listed under another id
=============  ========================  ==========================  =======================================
"""

from dataclasses import replace
from typing import Final

from bulkprov.engine.absence import look_again, settled_at, too_early, too_weak
from bulkprov.engine.creating import found
from bulkprov.engine.ending import outcome
from bulkprov.engine.evidence import MARK_READ, NO_MARK, mark_of, of_mark, of_others, seen, sent, was_known
from bulkprov.engine.lifecycle import Rules, not_believed, ready_to_act, unsettled_again
from bulkprov.engine.model import NOTHING, Evidence, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.engine.policy import RetryPolicy

__all__ = ["AUDITING", "REMOVING", "VERIFYING"]


def _ask(standing: Standing, *, denied: bool) -> Standing:
    """The list was had, so that only what was not believed still counts against the row's looks."""
    return replace(standing, step=Step.ASK, denied=denied, inconclusive_looks=standing.unproven_absences)


def _wait_for_the_list(standing: Standing) -> Standing:
    """What was just reported may not be shown yet: nothing is believed before the settle time is over."""
    return replace(standing, step=Step.LOOK, unsettled=True, denied=False, inconclusive_looks=0)


def _late(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> bool:
    """Whether what both witnesses deny may be younger than what they know."""
    return not standing.sends and too_early(standing, verdict, policy)


# The rules of a rollback


def _looked_for_removal(standing: Standing, verdict: Verdict, _policy: RetryPolicy) -> Standing | Outcome:
    listed = verdict.reply.id == standing.target
    if not listed and too_weak(standing, verdict):
        return not_believed(standing, verdict)
    return _ask(seen(standing, verdict.reply), denied=not listed)


def _asked_for_removal(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    reply = verdict.reply
    if reply.elsewhere:
        return _kept(standing, verdict, f"id {standing.target} is {reply.elsewhere}")
    if reply.id == standing.target:
        if of_mark(standing, standing.target, reply) is Evidence.NONE:
            return _anothers(standing, verdict, "it was not deleted")
        return _still_there(standing, verdict, policy)
    if not standing.denied:  # the list has it: one of the two is late
        return not_believed(standing, verdict)
    if _late(standing, verdict, policy):
        return _wait_for_the_list(standing)
    return _removed(standing, verdict)


def _still_there(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    """A delete may still be at work until its settle time is over: if it was refused, a second copy of it."""
    if standing.sends and too_early(standing, verdict, policy):
        after = settled_at(standing, policy) if standing.refusal else look_again(verdict)
        return replace(standing, step=Step.LOOK, inconclusive_looks=0, denied=False, look_after=after)
    if standing.refusal:
        return _refused(standing, verdict)
    if standing.sends >= policy.max_attempts:
        return _kept(standing, verdict, f"{standing.sends} deletes had no effect, and it is still there")
    return ready_to_act(standing, absent_before_send=standing.absent_before_send)


def _after_delete(standing: Standing, verdict: Verdict, known: int) -> Standing:
    done = verdict.reply.error_code == 0
    refusal = None if done else verdict
    return replace(sent(standing, known), step=Step.LOOK, unsettled=done, refusal=refusal, doubt_began=verdict.at)


def _removed(standing: Standing, verdict: Verdict) -> Outcome:
    """Both witnesses deny it."""
    if standing.extra:
        ended = outcome(
            Status.AS_REPORTED, standing, verdict, f"id {standing.target}, of the same name, was deleted too"
        )
        return replace(ended, reply=Reply())
    note = "deleted" if standing.sends else "it was already gone"
    if standing.candidates:
        note += f"; another one of this name ({_ids(standing.candidates)}) was left alone"
    ended = outcome(Status.ROLLED_BACK, standing, verdict, note)
    return replace(ended, reply=replace(ended.reply, id=standing.target))


def _refused(standing: Standing, verdict: Verdict) -> Outcome:
    refusal = standing.refusal or verdict
    code, words = refusal.reply.error_code, refusal.reply.error_string
    why = f"errorCode {code} {words}".strip() if code else refusal.why
    return _kept(standing, verdict, f"the server refused to delete it: {why}")


def _kept(standing: Standing, verdict: Verdict, why: str) -> Outcome:
    """Not deleted: the row stays as it was reported, and a later rollback may try again."""
    if standing.extra:
        kept = _put_back(standing)
        ended = outcome(Status.AS_REPORTED, kept, verdict, f"id {standing.target} was not deleted: {why}")
        return replace(ended, reply=Reply())
    return _as_reported(standing, verdict, f"not rolled back: {why}")


def _put_back(standing: Standing) -> Standing:
    """A row whose further thing was not deleted: another of them has its turn first."""
    if standing.evidence is Evidence.PROVEN:
        return replace(standing, marked=(*standing.marked, standing.target))
    return replace(standing, candidates=(*standing.candidates, standing.target))


def _anothers(standing: Standing, verdict: Verdict, so: str = "") -> Outcome:
    """The target bears another's mark: whatever was taken for proof, this run did not make it."""
    note = "; ".join(filter(None, (f"id {standing.target}: {of_others(verdict.reply, standing.target)}", so)))
    if standing.extra:
        return replace(outcome(Status.AS_REPORTED, standing, verdict, note), reply=Reply())
    ended = outcome(Status.EXISTS, standing, verdict, note)
    return replace(ended, reply=replace(ended.reply, id=standing.target))


def _as_reported(standing: Standing, verdict: Verdict, note: str = "") -> Outcome:
    ended = outcome(Status.AS_REPORTED, standing, verdict, note)
    return replace(ended, reply=replace(ended.reply, id=standing.target))


def _ids(numbers: tuple[int, ...] | list[int]) -> str:
    return f"id{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}"


# The rules of a verification


def _verified(standing: Standing, verdict: Verdict, _policy: RetryPolicy) -> Standing | Outcome:
    if verdict.reply.id == standing.target:
        if differs := verdict.reply.differs:  # a list may be late in this, or not tell all of it
            return _ask(replace(standing, differs=differs), denied=False)
        return _shown(standing, verdict)
    if too_weak(standing, verdict):
        return not_believed(standing, verdict)
    return _ask(_listed_now(standing, verdict), denied=True)


def _shown(standing: Standing, verdict: Verdict, note: str = "") -> Outcome:
    """Its id is there: as reported, unless it bears another's mark."""
    if of_mark(standing, standing.target, verdict.reply) is not Evidence.NONE:
        return _as_reported(standing, verdict, note)
    ended = outcome(Status.DIFFERS, standing, verdict, of_others(verdict.reply, standing.target))
    return replace(ended, reply=Reply(id=standing.target))


def _listed_now(standing: Standing, verdict: Verdict) -> Standing:
    """The same with the id under which its name is listed now: in a verification every id tells."""
    number = verdict.reply.id
    return replace(standing, candidates=(number,) if number else ())


def _verified_by_id(standing: Standing, verdict: Verdict, policy: RetryPolicy) -> Standing | Outcome:
    reply, target = verdict.reply, standing.target
    if reply.id == target:
        return _shown_by_id(standing, verdict)
    if not standing.denied:  # asked for since its list shows it otherwise than it is wanted
        return not_believed(replace(standing, differs=""), verdict)
    if _late(standing, verdict, policy):
        return _wait_for_the_list(standing)
    if reply.elsewhere:
        return _told(Status.DIFFERS, standing, verdict, f"id {target} is {reply.elsewhere}")
    if standing.candidates:
        note = f"reported as id {target}, now listed as id {standing.candidates[0]}"
        return _told(Status.DIFFERS, standing, verdict, note)
    return _told(Status.GONE, standing, verdict, f"id {target} no longer exists")


def _shown_by_id(standing: Standing, verdict: Verdict) -> Outcome:
    differs = standing.differs if verdict.reply.differs is None else verdict.reply.differs
    if differs:
        return _otherwise(standing, verdict, differs)
    note = "its id shows it; the list of backup sets does not" if standing.denied else ""
    return _shown(standing, verdict, note)


def _otherwise(standing: Standing, verdict: Verdict, differs: str) -> Outcome:
    """It is there under its id, and not as it is wanted."""
    return replace(outcome(Status.DIFFERS, standing, verdict, differs), reply=Reply(id=standing.target))


def _only_listed(standing: Standing, verdict: Verdict) -> Outcome:
    why = f"so its list says; its id could not be asked: {verdict.why}"
    return _otherwise(standing, verdict, f"{standing.differs} ({why})")


def _told(status: Status, standing: Standing, verdict: Verdict, note: str) -> Outcome:
    found_now = standing.candidates[0] if standing.candidates and status is Status.DIFFERS else 0
    return replace(outcome(status, standing, verdict, note), reply=Reply(id=found_now))


# The rules of an audit


def _audited(standing: Standing, verdict: Verdict, _policy: RetryPolicy) -> Standing | Outcome:
    reply = verdict.reply
    if not standing.target:
        return _audited_undone(standing, verdict)
    listed = reply.id == standing.target
    if not listed and too_weak(standing, verdict):
        return not_believed(standing, verdict)
    shown = seen(standing, reply)
    return _confirmed(standing, shown, verdict) if listed else _ask(shown, denied=True)


def _stays_if_listed(standing: Standing, reported: Outcome | None) -> bool:
    """Whether all that there is to know of a row is the answer to its create, by which it is proven to be ours."""
    if reported is None or reported.facts is not NOTHING or reported.reply.id != standing.target:
        return False
    more = standing.mark or standing.marked or standing.candidates or standing.step is not Step.LOOK
    return not more and standing.untroubled and reported.evidence is standing.evidence is Evidence.PROVEN


def _audited_undone(standing: Standing, verdict: Verdict) -> Standing | Outcome:
    """A row that was not done, though a create of it left."""
    reply = verdict.reply
    if reply.id:
        return found(standing, verdict)
    if not reply.sure:
        return not_believed(standing, verdict)
    return _as_reported(standing, verdict, f"what is listed may be it: {reply.unsure}" if reply.unsure else "")


def _confirmed(standing: Standing, shown: Standing, verdict: Verdict) -> Outcome:
    """The target is listed; perhaps further things of its name are as well, as `shown` has them."""
    perhaps = sorted({*shown.candidates} - {*standing.candidates})
    ours = sorted({*shown.marked} - {*standing.marked})
    notes = (
        f"it is listed under {_ids(perhaps)} as well, perhaps made by this run" if perhaps else "",
        f"it is listed under {_ids(ours)} as well, made by this run: its mark was read back" if ours else "",
    )
    return _whose(shown, verdict, "; ".join(filter(None, notes)))


def _whose(standing: Standing, verdict: Verdict, note: str = "") -> Outcome:
    """The target is there: as it was reported, or whose its mark says it is.

    What bears the row's mark takes the place of what is only perhaps ours.
    """
    target, reply, evidence = standing.target, verdict.reply, standing.evidence
    mark, notes = mark_of(reply, target), [note]
    if mark and of_mark(standing, target, reply) is Evidence.PROVEN and was_known(standing, target):
        notes.append("it bears the row's mark, though its id was known before the first create of the row left")
    elif mark:
        evidence = of_mark(standing, target, reply)
    elif mark == "" and evidence is Evidence.PERHAPS:
        notes.append(NO_MARK)
    if standing.marked and evidence is not Evidence.PROVEN:
        return _moved(standing, verdict, evidence)
    if mark and evidence is Evidence.NONE:
        return _anothers(standing, verdict)
    if evidence is Evidence.PROVEN and standing.evidence is Evidence.PERHAPS:
        told = "; ".join(filter(None, (MARK_READ, *notes)))
        ended = outcome(Status.CREATED, standing, verdict, told, evidence=Evidence.PROVEN)
        return replace(ended, reply=replace(ended.reply, id=target))
    return _as_reported(standing, verdict, "; ".join(filter(None, notes)))


def _moved(standing: Standing, verdict: Verdict, evidence: Evidence) -> Outcome:
    """Not the target is ours for certain, but another thing that is listed under the name."""
    target, (number, *rest) = standing.target, standing.marked
    kept = replace(standing, marked=tuple(rest))
    if evidence is Evidence.PERHAPS and not was_known(standing, target):
        kept = replace(kept, candidates=tuple(sorted((*standing.candidates, target))))
    note = f"it was reported as id {target}, which may be another's, and is listed as id {number} as well: {MARK_READ}"
    ended = outcome(Status.CREATED, kept, verdict, note, evidence=Evidence.PROVEN)
    return replace(ended, reply=replace(ended.reply, id=number))


def _audited_by_id(standing: Standing, verdict: Verdict, _policy: RetryPolicy) -> Standing | Outcome:
    reply, target = verdict.reply, standing.target
    if reply.id == target:
        return _whose(standing, verdict)
    why = f"is {reply.elsewhere}" if reply.elsewhere else "does not exist"
    told = f"the server answered with id {target}, which {why}"
    if standing.marked:
        number, *rest = standing.marked
        kept = replace(standing, marked=tuple(rest), left=True)
        note = f"{told}; it is listed as id {number}: {MARK_READ}"
        ended = outcome(Status.CREATED, kept, verdict, note, evidence=Evidence.PROVEN)
        return replace(ended, reply=replace(ended.reply, id=number))
    if standing.candidates:
        number, *rest = standing.candidates
        kept = replace(standing, candidates=tuple(rest), left=True)
        note = f"{told}; it is listed as id {number}"
        ended = outcome(Status.AS_REPORTED, kept, verdict, note, evidence=Evidence.PERHAPS)
        return replace(ended, reply=replace(ended.reply, id=number))
    left = replace(standing, lost=target, target=0, doubt_began=verdict.at)
    note = f"{told}, and the list does not have the name"
    return replace(outcome(Status.GONE, standing, verdict, note), reply=Reply(), facts=unsettled_again(left))


REMOVING: Final = Rules(
    after_look=_looked_for_removal,
    after_ask=_asked_for_removal,
    after_act=_after_delete,
    unexplained=_refused,
    tries_for_mark=lambda policy: policy.inconclusive_looks_optional,
)
"""The rules of a rollback."""
VERIFYING: Final = Rules(after_look=_verified, after_ask=_verified_by_id, only_listed=_only_listed)
"""The rules of a verification."""
AUDITING: Final = Rules(
    after_look=_audited,
    after_ask=_audited_by_id,
    stays_if_listed=_stays_if_listed,
    tries_for_mark=lambda policy: policy.inconclusive_looks,
)
"""The rules of an audit. Nobody asks for a mark again after it, so that it has patience."""
