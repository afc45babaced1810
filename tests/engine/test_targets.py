"""Rollback, verification and audit, told as what the two witnesses say, in order."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine import absence, lifecycle
from bulkprov.engine.model import End, Evidence, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.engine.operations import AUDIT, ROLLBACK, VERIFY, Operation
from bulkprov.engine.policy import RetryPolicy
from bulkprov.journal import codec
from tests.exchanges import ANOTHERS, MARK, created, doubted, found, missing, refused, unsure, verdicts

POLICY = RetryPolicy()
LATER = 100.0


def made(number: int = 12, *, at: float = -POLICY.settle, facts: Standing | None = None) -> Standing:
    """A row that was reported with an id, long ago if nothing else is said."""
    ended = Outcome(status=Status.CREATED, reply=Reply(0, "", number), finished_at=at, facts=facts or Standing())
    return lifecycle.reported(ended, 1000.0)


OURS = made()


def follow(operation: Operation, story: Iterable[Verdict], start: Standing, policy: RetryPolicy) -> Standing | Outcome:
    """Where a row is at the end of a story."""
    now: Standing | Outcome = start
    for verdict in story:
        assert isinstance(now, Standing), f"ended before {verdict}: {now}"
        now = lifecycle.after(operation.rules, now, verdict, policy)
    return now


def ended(operation: Operation, *story: Verdict, start: Standing = OURS, policy: RetryPolicy = POLICY) -> Outcome:
    """How a row ended."""
    now = follow(operation, story, start, policy)
    assert isinstance(now, Outcome), now
    return now


def going(operation: Operation, *story: Verdict, start: Standing = OURS, policy: RetryPolicy = POLICY) -> Standing:
    """Where a row stands that goes on."""
    now = follow(operation, story, start, policy)
    assert isinstance(now, Standing), now
    return now


def deleted(at: float = 0.0) -> Verdict:
    """A delete that was answered with errorCode 0."""
    return Verdict(end=End.ANSWERED, reply=Reply(error_code=0), http_status=200, at=at)


def elsewhere(name: str) -> Verdict:
    """The id is another thing's."""
    return Verdict(end=End.ANSWERED, reply=Reply(elsewhere=f"now named {name}"), http_status=200)


# Rollback


def test_a_set_is_deleted_after_its_id_has_shown_it() -> None:
    """In whichever order it is listed; then, and only then, a delete."""
    assert going(ROLLBACK, found(12)).step is Step.ASK
    assert going(ROLLBACK, found(12), found(12)).step is Step.ACT
    assert going(ROLLBACK, missing(), found(12)).step is Step.ACT, "a list that lacks it is believed about nothing"


def test_a_set_is_rolled_back_when_both_witnesses_say_so_after_the_delete() -> None:
    """The answer to the delete is not enough, nor is one of them."""
    story = (found(12), found(12), deleted(at=50.0))
    assert going(ROLLBACK, *story).step is Step.LOOK
    assert going(ROLLBACK, *story, missing(at=51.0)).step is Step.ASK

    end = ended(ROLLBACK, *story, missing(at=51.0), missing(at=51.0))
    assert (end.status, end.reply.id, end.note, end.evidence) == (Status.ROLLED_BACK, 12, "deleted", Evidence.NONE)


def test_what_the_server_warns_of_beside_a_delete_is_in_the_note() -> None:
    """Whatever becomes of the set: what is said beside an act is not said again by the looks that follow."""
    warned = replace(deleted(50.0), reply=Reply(error_code=0, warning="warningCode 7 jobs are aged"))
    refusal = replace(refused(2, "no", at=50.0), reply=Reply(2, "no", warning="it is in use"))
    told = "the server warns: warningCode 7 jobs are aged"

    gone = ended(ROLLBACK, found(12), found(12), warned, missing(at=51.0), missing(at=51.0))
    kept = ended(ROLLBACK, found(12), found(12), refusal, found(12, at=LATER), found(12, at=LATER))
    again = ended(
        ROLLBACK,
        *(found(12), found(12), warned),
        *(found(12, at=LATER), found(12, at=LATER), deleted(LATER), missing(at=LATER), missing(at=LATER)),
    )

    assert gone.note == again.note == f"deleted; {told}"
    assert (
        kept.note == "not rolled back: the server refused to delete it: errorCode 2 no; the server warns: it is in use"
    )
    assert gone.facts.warning == "", "the note has it, and no later work needs it"


def test_a_warning_outlives_the_process_that_read_it() -> None:
    """It is stored with where the row stands, and a row that goes on in doubt still has it."""
    warned = replace(deleted(50.0), reply=Reply(error_code=0, warning="warningCode 7"))
    row = going(ROLLBACK, found(12), found(12), warned)

    assert codec.standing_from(codec.standing_text(row)).warning == "warningCode 7"
    assert lifecycle.resumed(replace(row, ever_in_doubt=True), 60.0, 61.0).warning == "warningCode 7"


def test_where_the_witnesses_disagree_nothing_is_said() -> None:
    """The list has what its id denies: one of them is late, so both are asked again; then the row is left in doubt."""
    story = [found(12), found(12), deleted(at=50.0)]
    row = going(ROLLBACK, *story)
    for turn in range(POLICY.inconclusive_looks):
        row = going(ROLLBACK, *story, found(12, at=51.0 + turn), missing(at=51.0 + turn))
        assert (row.step, row.look_after) == (Step.LOOK, 52.0 + turn)
        story += [found(12, at=51.0 + turn), missing(at=51.0 + turn)]

    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(ROLLBACK.rules, row, missing()) is None
    assert lifecycle.provisional_status(row) is Status.UNKNOWN


def test_looks_that_failed_before_a_list_was_had_do_not_count_against_its_id() -> None:
    """Each witness has its own turns; only a disagreement goes on counting."""
    story = [doubted()] * 3 + [found(12)] + [doubted()] * 3

    assert not lifecycle.looks_exhausted(going(ROLLBACK, *story), POLICY)
    assert going(ROLLBACK, *story, found(12)).step is Step.ACT


def test_what_its_id_still_shows_after_the_settle_time_is_deleted_again() -> None:
    """Until then the delete may be at work."""
    story = (found(12), found(12), deleted(at=50.0))

    assert going(ROLLBACK, *story, found(12, at=51.0), found(12, at=51.0)).step is Step.LOOK
    assert going(ROLLBACK, *story, found(12, at=LATER), found(12, at=LATER)).step is Step.ACT


def test_a_set_that_is_gone_already_needs_no_delete() -> None:
    """It is rolled back, and the note says so."""
    end = ended(ROLLBACK, missing(), missing())

    assert (end.status, end.note) == (Status.ROLLED_BACK, "it was already gone")


@pytest.mark.parametrize("operation", [ROLLBACK, VERIFY], ids=lambda each: each.name)
def test_a_set_that_was_just_made_is_not_gone_because_both_are_late(operation: Operation) -> None:
    """Until the settle time after it was reported is over, neither is believed."""
    start = made(at=100.0)
    early, late = [missing(at=101.0)] * 2, [missing(at=100.0 + POLICY.settle)] * 2

    waits = going(operation, *early, start=start)
    assert (waits.step, absence.must_settle(waits)) == (Step.LOOK, True)
    assert absence.asked_after(waits, 300.0, POLICY) == 100.0 + POLICY.settle
    assert ended(operation, *early, *late, start=start).status in (Status.ROLLED_BACK, Status.GONE)


@pytest.mark.parametrize("operation", [ROLLBACK, VERIFY, AUDIT], ids=lambda each: each.name)
def test_a_list_that_is_told_too_weakly_is_no_witness(operation: Operation) -> None:
    """It is had again a second later."""
    row = going(operation, missing(sure=False, at=50.0))

    assert (row.step, row.unproven_absences, row.look_after) == (Step.LOOK, 1, 51.0)


def test_a_set_that_was_renamed_is_left_alone() -> None:
    """Its id under another name: another has use for it."""
    end = ended(ROLLBACK, missing(), elsewhere("kept_by_ann"))

    assert end.status is Status.AS_REPORTED
    assert end.note == "not rolled back: id 12 is now named kept_by_ann"


def test_another_set_of_the_same_name_is_left_alone_and_named() -> None:
    """Another id under the name is not proven to be ours; ours is gone."""
    end = ended(ROLLBACK, found(99), missing())

    assert (end.status, end.reply.id, end.facts.candidates) == (Status.ROLLED_BACK, 12, (99,))
    assert "id 99" in end.note


CANDIDATE = lifecycle.of_candidate(replace(OURS, candidates=(13, 14)), 13)


def test_a_candidate_is_deleted_apart_from_what_was_reported() -> None:
    """Like any other, after its id has shown it; what was reported of the row stays."""
    both = [missing(at=51.0), missing(at=51.0)]
    end = ended(ROLLBACK, found(13), found(13), deleted(at=50.0), *both, start=CANDIDATE)

    assert (end.status, end.reply.id, end.note) == (Status.AS_REPORTED, 0, "id 13, of the same name, was deleted too")
    assert end.facts.candidates == (14,)


def test_a_candidate_that_cannot_be_deleted_stays_one() -> None:
    """The next one has its turn first."""
    end = ended(ROLLBACK, found(13), found(13), refused(7, "has data"), *[found(13, at=LATER)] * 2, start=CANDIDATE)

    assert (end.status, end.reply.id, end.facts.candidates) == (Status.AS_REPORTED, 0, (14, 13))
    assert end.note == "id 13 was not deleted: the server refused to delete it: errorCode 7 has data"


def test_a_row_whose_candidate_is_being_deleted_is_told_by_what_was_reported_of_it() -> None:
    """Killed between, it is neither pending nor in doubt."""
    row = going(ROLLBACK, found(13), found(13), doubted(at=50.0), start=CANDIDATE)

    assert (row.extra, row.sends, lifecycle.provisional_status(row)) == (True, 1, Status.PENDING)


def test_a_lost_answer_to_a_delete_is_settled_by_both_witnesses() -> None:
    """Denied by both: deleted. Still shown once the settle time is over: deleted again."""
    lost = (found(12), found(12), doubted(at=10.0))

    assert ended(ROLLBACK, *lost, missing(at=11.0), missing(at=11.0)).status is Status.ROLLED_BACK
    assert going(ROLLBACK, *lost, found(12, at=11.0), found(12, at=11.0)).step is Step.LOOK
    row = going(ROLLBACK, *lost, found(12, at=LATER), found(12, at=LATER))
    assert (row.step, row.sends, row.ever_in_doubt, row.target) == (Step.ACT, 1, True, 12)


def test_a_refused_delete_leaves_the_row_as_it_was() -> None:
    """The set is there, and the note has the server's words."""
    story = (found(12), found(12), refused(7, "has data"))
    early = going(ROLLBACK, *story, found(12, at=1.0), found(12, at=1.0))
    assert (early.step, early.look_after) == (Step.LOOK, POLICY.settle), "a second copy of it may be at work"

    end = ended(ROLLBACK, found(12, at=LATER), found(12, at=LATER), start=early)

    assert (end.status, end.reply.id) == (Status.AS_REPORTED, 12)
    assert end.note == "not rolled back: the server refused to delete it: errorCode 7 has data"


def test_a_delete_refused_because_it_was_done_is_done() -> None:
    """A second delete of an id that is gone may be refused; the witnesses tell."""
    story = (found(12), found(12), refused(4, "unknown id"), missing(), missing())

    assert ended(ROLLBACK, *story).status is Status.ROLLED_BACK


def test_deletes_are_bounded() -> None:
    """After eight of them the row is left as it was."""
    row = going(ROLLBACK, found(12), found(12))
    still = [found(12, at=LATER), found(12, at=LATER)]
    for _ in range(POLICY.max_attempts - 1):
        row = going(ROLLBACK, doubted(at=0.0), *still, start=row)
    end = ended(ROLLBACK, doubted(at=0.0), *still, start=row)

    assert (end.status, end.attempts) == (Status.AS_REPORTED, POLICY.max_attempts)


@given(st.lists(verdicts(), max_size=60))
def test_a_rollback_never_claims_what_it_did_not_see(story: list[Verdict]) -> None:
    """It ends only as rolled back, after both have denied it, or as reported; its id stays."""
    now: Standing | Outcome = OURS
    said: list[tuple[Step, Verdict]] = []
    for verdict in story:
        if isinstance(now, Outcome):
            break
        said.append((now.step, verdict))
        now = lifecycle.after(ROLLBACK.rules, now, verdict, POLICY)
    if isinstance(now, Outcome):
        assert now.status in (Status.ROLLED_BACK, Status.AS_REPORTED)
        assert now.reply.id == OURS.target
    if isinstance(now, Outcome) and now.status is Status.ROLLED_BACK:
        (look, listed), (ask, by_id) = [each for each in said if each[1].end is End.ANSWERED][-2:]
        assert (look, ask) == (Step.LOOK, Step.ASK)
        assert OURS.target not in (listed.reply.id, by_id.reply.id)


# Verification


@pytest.mark.parametrize(
    ("story", "status", "note"),
    [
        ([found(12)], Status.AS_REPORTED, ""),
        ([missing(), found(12)], Status.AS_REPORTED, "its id shows it; the list of backup sets does not"),
        ([found(13), found(12)], Status.AS_REPORTED, "its id shows it; the list of backup sets does not"),
        ([found(13), missing()], Status.DIFFERS, "reported as id 12, now listed as id 13"),
        ([missing(), elsewhere("renamed")], Status.DIFFERS, "id 12 is now named renamed"),
        ([missing(), missing()], Status.GONE, "id 12 no longer exists"),
    ],
)
def test_a_verification_says_what_both_witnesses_told(story: list[Verdict], status: Status, note: str) -> None:
    """As reported, under another id or name, or gone."""
    end = ended(VERIFY, *story)

    assert (end.status, end.note) == (status, note)


def test_a_witness_that_cannot_be_had_leaves_a_row_unverified() -> None:
    """A web page or a 403 is no witness: `gone` is not said of the list alone."""
    row = going(VERIFY, missing(), *[doubted()] * 2 * POLICY.inconclusive_looks_optional)

    assert (row.step, lifecycle.looks_exhausted(row, POLICY)) == (Step.ASK, True)
    assert lifecycle.give_up(VERIFY.rules, row, doubted()) is None


def other(words: str | None, number: int = 12) -> Verdict:
    """It is shown, and this is in what it differs from what is wanted; empty for nothing, None if that is not told."""
    return replace(found(number), reply=Reply(id=number, differs=words))


@pytest.mark.parametrize(
    ("story", "status", "note"),
    [
        ([other("")], Status.AS_REPORTED, ""),
        ([other(None)], Status.AS_REPORTED, ""),
        ([other("no plan"), other("no plan")], Status.DIFFERS, "no plan"),
        ([other("no plan"), other("its plan is B")], Status.DIFFERS, "its plan is B"),
        ([other("its plan is B"), other(None)], Status.DIFFERS, "its plan is B"),
        ([other("its plan is B"), other("")], Status.AS_REPORTED, ""),
        ([missing(), other("its plan is B")], Status.DIFFERS, "its plan is B"),
    ],
)
def test_what_is_there_under_its_id_may_differ_otherwise(story: list[Verdict], status: Status, note: str) -> None:
    """A list may be late, or not tell all: the answer to its id decides, if it tells."""
    end = ended(VERIFY, *story)

    assert (end.status, end.note, end.reply.id) == (status, note, 12)


def test_a_list_alone_is_believed_if_the_id_cannot_be_asked() -> None:
    """The note says that it could not."""
    row = going(VERIFY, other("its plan is B"), *[doubted()] * 2 * POLICY.inconclusive_looks_optional)
    assert lifecycle.looks_exhausted(row, POLICY)
    end = lifecycle.give_up(VERIFY.rules, row, replace(doubted(), why="HTTP 500"))

    assert end
    assert (end.status, end.reply.id) == (Status.DIFFERS, 12)
    assert end.note == "its plan is B (so its list says; its id could not be asked: HTTP 500)"


def test_an_id_that_denies_what_the_list_shows_otherwise_tells_nothing() -> None:
    """The two disagree, so both are asked again."""
    row = going(VERIFY, other("its plan is B"), missing(at=5.0))

    assert (row.step, row.unproven_absences, row.differs) == (Step.LOOK, 1, "")
    assert ended(VERIFY, other(""), start=row).status is Status.AS_REPORTED


def test_only_a_verification_cares_how_a_set_differs() -> None:
    """A rollback asks for it by its id and deletes it, and to an audit it is as reported."""
    assert going(ROLLBACK, other("its plan is B"), other("its plan is B")).step is Step.ACT
    assert ended(AUDIT, other("its plan is B")).status is Status.AS_REPORTED


# Audit


def test_what_stands_under_its_id_is_as_it_was_reported() -> None:
    """In the list, or by its id if the list is cut."""
    for story in ([found(12)], [missing(), found(12)], [found(99), found(12)]):
        end = ended(AUDIT, *story)
        assert (end.status, end.note) == (Status.AS_REPORTED, "")


def test_an_audit_adds_candidates() -> None:
    """The thing is listed under two ids: both are named from now on."""
    end = ended(AUDIT, found(12, 13))

    assert (end.status, end.reply.id, end.facts.candidates) == (Status.AS_REPORTED, 12, (13,))
    assert end.note == "it is listed under id 13 as well, perhaps made by this run"


def test_an_id_that_was_there_before_is_no_candidate() -> None:
    """The first look had it, or ids as high were known."""
    before = made(facts=Standing(left=True, known=20, others=(30,)))

    assert ended(AUDIT, found(12, 15, 30), start=before).facts.candidates == ()


@pytest.mark.parametrize(("by_id", "why"), [(missing(), "does not exist"), (elsewhere("fs_b"), "is now named fs_b")])
def test_an_answer_that_was_another_rows_is_found_out(by_id: Verdict, why: str) -> None:
    """The name is listed under another id: that one is reported, and is only perhaps ours."""
    end = ended(AUDIT, found(44), by_id)

    assert (end.status, end.reply.id, end.evidence) == (Status.AS_REPORTED, 44, Evidence.PERHAPS)
    assert end.note == f"the server answered with id 12, which {why}; it is listed as id 44"


def test_a_row_that_both_witnesses_deny_is_in_doubt_again() -> None:
    """The next process looks it up first; its id is kept."""
    end = ended(AUDIT, missing(at=50.0), missing(at=51.0))

    assert (end.status, end.facts.lost, end.facts.target, end.facts.unsettled) == (Status.GONE, 12, 0, True)
    assert lifecycle.provisional_status(end.facts) is Status.UNKNOWN
    assert "id 12" in end.note


def test_a_row_that_was_not_done_is_looked_for_as_well() -> None:
    """Its create left: what was made late is found, and is perhaps ours."""
    rejected = Outcome(status=Status.REJECTED, attempts=1, finished_at=0.0, facts=Standing(left=True, known=5))
    start = lifecycle.reported(rejected, 1000.0)

    assert ended(AUDIT, missing(), start=start).status is Status.AS_REPORTED
    end = ended(AUDIT, found(44), start=start)
    assert (end.status, end.reply.id, end.evidence) == (Status.EXISTS, 44, Evidence.PERHAPS)
    assert "what is listed may be it" in ended(AUDIT, unsure(), start=start).note


def test_a_row_that_was_not_done_is_audited_by_a_list_only() -> None:
    """An answer without one is had again."""
    start = lifecycle.reported(Outcome(status=Status.REJECTED, attempts=1, facts=Standing(left=True)), 1000.0)
    row = going(AUDIT, missing(sure=False, at=50.0), start=start)

    assert (row.step, row.look_after) == (Step.LOOK, 51.0)


def test_a_row_that_cannot_be_asked_for_is_not_audited() -> None:
    """It stays as it was, and is counted."""
    row = going(AUDIT, *[doubted()] * 2 * POLICY.inconclusive_looks_optional)

    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(AUDIT.rules, row, doubted()) is None


@given(st.lists(verdicts(), max_size=30))
def test_an_audit_never_puts_an_id_of_the_first_look_in_place_of_one_that_was_answered(story: list[Verdict]) -> None:
    """Whatever the witnesses say."""
    before = made(facts=Standing(left=True, known=1, others=(2, 7)))
    now: Standing | Outcome = before
    for verdict in story:
        if isinstance(now, Outcome):
            break
        now = lifecycle.after(AUDIT.rules, now, verdict, POLICY)
    if isinstance(now, Outcome):
        assert now.status in (Status.AS_REPORTED, Status.GONE)
        assert now.reply.id not in (1, 2, 7)


def test_an_audit_creates_nothing() -> None:
    """It has no act."""
    with pytest.raises(AssertionError):
        lifecycle.after(AUDIT.rules, Standing(step=Step.ACT), created(), POLICY)


# Marks


def carried(
    evidence: Evidence = Evidence.PERHAPS,
    *,
    marked: tuple[int, ...] = (),
    candidates: tuple[int, ...] = (),
    known: int = 5,
) -> Standing:
    """A row that was reported with an id, and whose creates carried a mark."""
    facts = Standing(left=True, known=known, mark=MARK, marked=marked, candidates=candidates)
    ended = Outcome(status=Status.CREATED, reply=Reply(0, "", 12), finished_at=-POLICY.settle, facts=facts)
    return lifecycle.reported(replace(ended, evidence=evidence), 1000.0)


PROVEN = carried(Evidence.PROVEN)
SHOWN = "its mark was read back, so this run made it"


def marks(number: int, mark: str) -> Verdict:
    """A request for an id shows the thing, and this mark of it."""
    return found(number, marks={number: mark})


def test_an_audit_reads_the_mark_of_what_is_only_perhaps_ours() -> None:
    """The row's own proves it, another's takes it away, and none leaves it as it was; the note says each."""
    assert going(AUDIT, found(12), start=carried()).step is Step.ASK

    ours = ended(AUDIT, found(12), marks(12, MARK), start=carried())
    assert (ours.status, ours.reply.id, ours.evidence, ours.note) == (Status.CREATED, 12, Evidence.PROVEN, SHOWN)

    other = ended(AUDIT, found(12), marks(12, ANOTHERS), start=carried())
    assert (other.status, other.reply.id, other.evidence) == (Status.EXISTS, 12, Evidence.NONE)
    assert other.note == f"id 12: it bears the mark of another create ({ANOTHERS})"

    none = ended(AUDIT, found(12), marks(12, ""), start=carried())
    assert (none.status, none.note) == (Status.AS_REPORTED, "it bears no mark, which this server may not keep")

    waits = going(AUDIT, found(12), *[doubted()] * (POLICY.inconclusive_looks - 1), start=carried())
    assert not lifecycle.looks_exhausted(waits, POLICY)
    silent = ended(AUDIT, doubted(), start=waits)
    assert (silent.status, silent.note) == (Status.AS_REPORTED, ""), "its mark could not be read"


def test_an_audit_asks_nothing_about_what_is_settled() -> None:
    """What is proven needs no mark, nor does what was there before; but another's mark that a list tells is heeded."""
    for start in (PROVEN, carried(Evidence.NONE)):
        assert ended(AUDIT, found(12), start=start).status is Status.AS_REPORTED

    end = ended(AUDIT, marks(12, ANOTHERS), start=PROVEN)
    assert (end.status, end.evidence) == (Status.EXISTS, Evidence.NONE)
    assert ended(AUDIT, marks(12, MARK), start=PROVEN).status is Status.AS_REPORTED


def test_what_a_cut_list_lacks_is_told_by_its_id_with_its_mark() -> None:
    """One request says that it is there, and whose it is."""
    end = ended(AUDIT, missing(), marks(12, MARK), start=carried())

    assert (end.status, end.evidence, end.note) == (Status.CREATED, Evidence.PROVEN, SHOWN)


def test_a_mark_on_an_id_that_was_known_before_proves_nothing() -> None:
    """A server that answers a repeat may have written the description over."""
    end = ended(AUDIT, found(12), marks(12, MARK), start=carried(known=12))

    assert end.status is Status.AS_REPORTED
    assert end.note == "it bears the row's mark, though its id was known before the first create of the row left"


def test_an_audit_sorts_further_things_by_their_marks() -> None:
    """Those that bear the row's own are proven; another's are none of ours; the rest are candidates."""
    story = [found(12, 13, 14, 15), marks(13, MARK), marks(14, ANOTHERS), marks(15, "")]
    end = ended(AUDIT, *story, start=PROVEN)

    assert (end.status, end.facts.marked, end.facts.candidates) == (Status.AS_REPORTED, (13,), (15,))
    assert end.note == (
        "it is listed under id 15 as well, perhaps made by this run; "
        "it is listed under id 13 as well, made by this run: its mark was read back"
    )


@pytest.mark.parametrize(("mark", "candidates"), [("", (12,)), (ANOTHERS, ())])
def test_what_bears_the_mark_takes_the_place_of_what_does_not(mark: str, candidates: tuple[int, ...]) -> None:
    """A row is reported under the id that is its own for certain."""
    end = ended(AUDIT, found(12, 13), marks(12, mark), marks(13, MARK), start=carried())

    assert (end.status, end.reply.id, end.evidence) == (Status.CREATED, 13, Evidence.PROVEN)
    assert (end.facts.candidates, end.facts.marked) == (candidates, ())
    assert end.note == (
        "it was reported as id 12, which may be another's, and is listed as id 13 as well: "
        "its mark was read back, so this run made it"
    )


def test_what_was_there_before_gives_its_place_to_what_bears_the_mark_and_is_no_candidate() -> None:
    """A server that makes duplicates has made ours beside it."""
    end = ended(AUDIT, found(12, 13), marks(13, MARK), start=carried(Evidence.NONE, known=12))

    assert (end.status, end.reply.id, end.facts.candidates) == (Status.CREATED, 13, ())


def test_a_false_id_is_replaced_by_one_that_bears_the_mark() -> None:
    """Before any candidate."""
    end = ended(AUDIT, found(44, 45), marks(44, ""), marks(45, MARK), missing(), start=PROVEN)

    assert (end.status, end.reply.id, end.evidence, end.facts.candidates) == (
        Status.CREATED,
        45,
        Evidence.PROVEN,
        (44,),
    )
    assert end.note == f"the server answered with id 12, which does not exist; it is listed as id 45: {SHOWN}"


def test_a_row_that_was_not_done_is_audited_with_its_mark() -> None:
    """What was made late after a refusal is proven."""
    facts = Standing(left=True, known=5, mark=MARK)
    start = lifecycle.reported(Outcome(status=Status.REJECTED, attempts=1, facts=facts), 1000.0)
    end = ended(AUDIT, found(44), marks(44, MARK), start=start)

    assert (end.status, end.reply.id, end.evidence) == (Status.CREATED, 44, Evidence.PROVEN)


def test_nothing_is_deleted_that_bears_anothers_mark() -> None:
    """Whatever was taken for proof: an answer of a server that repeats the id of another's create looks like ours."""
    for start in (PROVEN, replace(PROVEN, mark="")):
        end = ended(ROLLBACK, found(12), marks(12, ANOTHERS), start=start)
        assert (end.status, end.reply.id, end.evidence) == (Status.EXISTS, 12, Evidence.NONE)
        assert end.note == f"id 12: it bears the mark of another create ({ANOTHERS}); it was not deleted"
    for mark in (MARK, ""):
        assert going(ROLLBACK, found(12), marks(12, mark), start=PROVEN).step is Step.ACT


def test_a_rollback_takes_what_bears_the_mark_of_its_row_for_proven() -> None:
    """It is deleted after the row's own set, before any candidate; until then each is kept apart."""
    end = ended(ROLLBACK, found(13, 14), marks(13, MARK), marks(14, ""), missing(), start=PROVEN)
    assert (end.status, end.facts.marked, end.facts.candidates) == (Status.ROLLED_BACK, (13,), (14,))

    further = lifecycle.of_candidate(replace(PROVEN, marked=(13, 16), candidates=(14,)), 13)
    assert (further.target, further.marked, further.candidates, further.evidence) == (
        13,
        (16,),
        (14,),
        Evidence.PROVEN,
    )
    unproven = lifecycle.of_candidate(replace(PROVEN, candidates=(14, 15)), 14)
    assert (unproven.target, unproven.candidates, unproven.evidence) == (14, (15,), Evidence.PERHAPS)


def test_a_further_thing_that_cannot_be_deleted_stays_what_it_was() -> None:
    """Proven, if it was; one that bears another's mark is dropped, since it is nobody's of this run."""
    further = lifecycle.of_candidate(replace(PROVEN, marked=(13, 16)), 13)
    refusal = [found(13), found(13), refused(7, "has data"), *[found(13, at=LATER)] * 2]
    end = ended(ROLLBACK, *refusal, start=further)
    assert (end.facts.marked, end.note) == (
        (16, 13),
        "id 13 was not deleted: the server refused to delete it: errorCode 7 has data",
    )

    candidate = lifecycle.of_candidate(replace(PROVEN, candidates=(13, 14)), 13)
    end = ended(ROLLBACK, found(13), marks(13, ANOTHERS), marks(13, ANOTHERS), start=candidate)
    assert (end.status, end.reply.id, end.facts.candidates) == (Status.AS_REPORTED, 0, (14,))
    assert end.note.endswith("it was not deleted")


def test_a_verification_heeds_anothers_mark_and_asks_for_none() -> None:
    """A description may be changed by anyone; only the mark of another create says that this is another's set."""
    for start in (PROVEN, carried()):
        assert ended(VERIFY, found(12), start=start).status is Status.AS_REPORTED
        assert ended(VERIFY, missing(), marks(12, ""), start=start).status is Status.AS_REPORTED
        for story in ([marks(12, ANOTHERS)], [missing(), marks(12, ANOTHERS)]):
            end = ended(VERIFY, *story, start=start)
            assert (end.status, end.reply.id) == (Status.DIFFERS, 12)
            assert end.note == f"it bears the mark of another create ({ANOTHERS})"


CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 12), attempts=1, evidence=Evidence.PROVEN, known=9)


@pytest.mark.parametrize(
    ("ended", "stays"),
    [
        pytest.param(CREATED, True, id="proven at once"),
        pytest.param(replace(CREATED, evidence=Evidence.PERHAPS), False, id="perhaps ours"),
        pytest.param(replace(CREATED, status=Status.REJECTED), False, id="refused"),
        pytest.param(replace(CREATED, facts=Standing(left=True, mark=MARK)), False, id="with a mark"),
        pytest.param(replace(CREATED, facts=Standing(left=True, candidates=(13,))), False, id="with a candidate"),
    ],
)
def test_an_audit_passes_over_a_row_only_if_its_create_was_answered_well_and_no_more_is_known(
    ended: Outcome, stays: bool
) -> None:
    """Of any other row a list tells more than that its id is there."""
    passes = AUDIT.rules.stays_if_listed
    assert passes
    assert passes(lifecycle.reported(ended, LATER), ended) is stays


@pytest.mark.parametrize(
    "stands",
    [{"step": Step.ASK}, {"sends": 1}, {"mark": MARK}, {"marked": (13,)}, {"candidates": (13,)}, {"target": 13}],
    ids=str,
)
def test_an_audit_looks_at_every_row_on_which_work_was_broken_off(stands: dict[str, Any]) -> None:
    """Even if it was reported as well as can be."""
    passes = AUDIT.rules.stays_if_listed
    assert passes
    assert not passes(replace(lifecycle.reported(CREATED, LATER), **stands), CREATED)
    assert not passes(lifecycle.reported(CREATED, LATER), None)


def test_a_row_that_was_in_doubt_once_is_verified_at_once() -> None:
    """It was settled before it was reported; only a delete that may be at work has to settle."""
    was = lifecycle.reported(replace(CREATED, facts=Standing(ever_in_doubt=True, left=True)), LATER)

    assert not absence.must_settle(lifecycle.resumed(was, LATER, LATER))
    assert lifecycle.resumed(was, LATER, LATER).target == 12
    assert absence.must_settle(lifecycle.resumed(replace(was, sends=1), LATER, LATER))
    assert absence.must_settle(lifecycle.resumed(replace(was, unsettled=True), LATER, LATER))
