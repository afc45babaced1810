"""Where a row goes next. The stories are told as verdicts in order, on a clock that stands still unless it is said."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkprov.engine import absence, backoff, creating, lifecycle
from bulkprov.engine.creating import CREATING
from bulkprov.engine.evidence import seen
from bulkprov.engine.model import Evidence, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.engine.policy import RetryPolicy
from bulkprov.journal.codec import standing_from, standing_text, verdict_from, verdict_text
from tests.exchanges import (
    ANOTHERS,
    MARK,
    created,
    doubted,
    found,
    missing,
    not_taken,
    others,
    refused,
    standings,
    unsure,
    verdicts,
)

POLICY = RetryPolicy()
BLIND = replace(POLICY, first_look=False)
WORDS = "id 9, under another agent"
UNCLEAN = [missing(sure=False)] * POLICY.inconclusive_looks_optional
"""A first look that found nothing, in answers that are never believed."""
LATER = 100.0
"""After any settle time that began at 0."""


def follow(story: Iterable[Verdict], policy: RetryPolicy = POLICY, start: Standing | None = None) -> Standing | Outcome:
    """Where a row is at the end of a story."""
    now: Standing | Outcome = start or lifecycle.begin(policy)
    for verdict in story:
        assert isinstance(now, Standing), f"ended before {verdict}: {now}"
        now = lifecycle.after(CREATING, now, verdict, policy)
    return now


def standing(*story: Verdict, policy: RetryPolicy = POLICY) -> Standing:
    """Where a row stands that goes on."""
    now = follow(story, policy)
    assert isinstance(now, Standing), now
    return now


def outcome(*story: Verdict, policy: RetryPolicy = POLICY) -> Outcome:
    """How a row ended."""
    now = follow(story, policy)
    assert isinstance(now, Outcome), now
    return now


# The table in the head of the module

SENT = Standing(step=Step.LOOK, sends=1, ever_in_doubt=True, unsettled=True, absent_before_send=True)
MARKED = replace(SENT, left=True, mark=MARK)
EXAMPLES: dict[str, tuple[Standing, Verdict]] = {
    "any   not taken": (Standing(), not_taken()),
    "look  in doubt, nothing sent, inconclusive looks used up": (Standing(inconclusive_looks=3), doubted()),
    "look  in doubt": (Standing(), doubted()),
    "look  found, and it is wanted to know its mark": (MARKED, found()),
    "look  found, with the row's own mark": (MARKED, found(marks={931: MARK})),
    "look  found, with another's mark, or an id that was known before": (MARKED, found(marks={931: ANOTHERS})),
    "look  found, ever in doubt": (SENT, found()),
    "look  found": (Standing(), found()),
    "look  one that may be it, nothing sent": (Standing(), unsure()),
    "look  absent, nothing sent, told weakly": (Standing(), missing(sure=False)),
    "look  absent, nothing sent": (Standing(), missing()),
    "look  absent, before the settle time is over": (SENT, missing()),
    "look  one that may be it": (SENT, unsure(at=LATER)),
    "look  absent, told weakly, or against the server's word": (SENT, missing(sure=False, at=LATER)),
    "look  absent, refused": (Standing(sends=1, refusal=refused()), missing(at=LATER)),
    "look  absent, attempts used up": (replace(SENT, sends=8), missing(at=LATER)),
    "look  absent": (SENT, missing(at=LATER)),
    "ask   in doubt": (replace(MARKED, step=Step.ASK, found=found()), doubted()),
    "ask   answered with the row's own mark": (
        replace(MARKED, step=Step.ASK, found=found()),
        found(marks={931: MARK}),
    ),
    "act   in doubt": (Standing(step=Step.ACT), doubted()),
    "act   errorCode 0 and an id": (Standing(step=Step.ACT), created()),
    "act   refused": (Standing(step=Step.ACT), refused()),
}


def documented() -> dict[str, str]:
    """The table in the head of the module: what each line says comes next."""
    table = str(creating.__doc__).partition("    step  the exchange")[2].partition("\n\n")[0]
    lines = [line.strip().rsplit(maxsplit=1) for line in table.splitlines()[2:]]
    return {words.strip(): then for words, then in lines}


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_table_in_the_head_of_the_module_is_true(line: str) -> None:
    """A row that a line describes goes where the line says."""
    start, verdict = EXAMPLES[line]

    end = lifecycle.after(CREATING, start, verdict, POLICY)

    says = documented()[line].replace("same", start.step)
    assert says == (end.status.name if isinstance(end, Outcome) else end.step)


def test_the_table_has_no_line_without_an_example() -> None:
    """Nor is there an example without a line, and their order is that in which the code decides."""
    assert list(documented()) == list(EXAMPLES)


# The plain life of a row


def test_a_row_is_looked_up_and_then_created() -> None:
    """A look that finds nothing, a create that is answered: created, and ours."""
    end = outcome(missing(), created(at=7.0))

    assert (end.status, end.reply.id, end.attempts, end.note) == (Status.CREATED, 931, 1, "")
    assert end.evidence is Evidence.PROVEN
    assert end.finished_at == 7.0


def test_what_is_there_already_is_not_sent() -> None:
    """Found by the first look: it exists, with its id, and no create is sent."""
    end = outcome(found(12))

    assert (end.status, end.reply.id, end.attempts, end.evidence) == (Status.EXISTS, 12, 0, Evidence.NONE)
    assert end.note == "it already existed"


def test_without_a_first_look_the_row_is_sent_at_once() -> None:
    """`--no-first-look` begins with the create, and such a row is never clean."""
    assert lifecycle.begin(BLIND) == Standing(step=Step.ACT)
    assert outcome(created(), policy=BLIND).status is Status.CREATED


def test_a_first_look_that_cannot_be_had_does_not_hold_a_row() -> None:
    """After four looks without an answer the row is sent all the same, and is not clean."""
    assert standing(*[doubted()] * 3).step is Step.LOOK
    assert standing(*[doubted()] * 4) == Standing(step=Step.ACT)


def test_a_first_look_that_was_not_taken_is_waited_for() -> None:
    """A server that turns requests away says nothing about a client's list, however often."""
    assert standing(*[not_taken(429)] * 1000) == Standing(waits=1000)


def test_a_first_look_that_is_told_weakly_is_had_again() -> None:
    """A second later; when it is told often enough it is clean, and one that never is does not hold the row."""
    again = standing(missing(sure=False, none_after=2, at=50.0))
    assert (again.step, again.look_after, again.unproven_absences) == (Step.LOOK, 51.0, 1)

    assert follow([missing(none_after=2, at=51.0)], start=again) == Standing(step=Step.ACT, absent_before_send=True)
    assert standing(*[missing(sure=False)] * 4) == Standing(step=Step.ACT, absent_before_send=False)


# Refusals


def test_a_refusal_is_believed_after_a_look() -> None:
    """Its code and words are kept; a gateway may have delivered the create twice, so it takes a settled look."""
    assert standing(missing(), refused(at=50.0)).step is Step.LOOK
    assert standing(missing(), refused(at=50.0), missing(at=59.0)).step is Step.LOOK

    end = outcome(missing(), refused(1, "DB error", at=50.0), missing(at=60.0))
    assert (end.status, end.reply.error_code, end.reply.error_string) == (Status.REJECTED, 1, "DB error")


def test_a_refusal_that_is_documented_as_not_created_needs_no_settle_time() -> None:
    """If the first look was clean, and nothing was ever in doubt."""
    plain = refused(documented=True)

    assert outcome(missing(), plain, missing()).status is Status.REJECTED
    assert standing(*UNCLEAN, plain, missing()).step is Step.LOOK
    assert standing(plain, missing(), policy=BLIND).step is Step.LOOK
    assert standing(missing(), doubted(), missing(at=LATER), replace(plain, at=LATER), missing(at=LATER)).refusal


def test_what_a_second_copy_of_the_request_made_is_not_rejected() -> None:
    """A gateway delivers each create twice and passes on the second answer, in words that tell nothing."""
    end = outcome(missing(), refused(2, "Name in use", at=50.0), found(931, at=60.0))

    assert (end.status, end.reply.id, end.evidence) == (Status.EXISTS, 931, Evidence.PERHAPS)
    assert "by a second copy of the request" in end.note


def test_a_warning_beside_a_success_is_in_the_note() -> None:
    """It is a success all the same."""
    warned = replace(created(), reply=replace(created().reply, warning="warningCode 3 no plan"))
    end = outcome(missing(), warned)

    assert (end.status, end.note) == (Status.CREATED, "the server warns: warningCode 3 no plan")


def test_a_warning_is_in_the_note_of_a_row_that_a_look_brings_to_its_end() -> None:
    """It came with an answer that does not tell the id, or with a refusal."""
    hollow = replace(doubted(), reply=Reply(0, warning="warningCode 3 no plan"))
    refusal = replace(refused(2, "in use"), reply=Reply(2, "in use", warning="old agent"))

    created_then = outcome(missing(), hollow, found(931))
    refused_then = outcome(missing(), refusal, found(931))

    assert created_then.note.endswith("perhaps by another; the server warns: warningCode 3 no plan")
    assert refused_then.note.endswith("by a second copy of the request; the server warns: old agent")


def test_a_refusal_by_http_status_says_which() -> None:
    """Where the server gave no words of its own, the note names the HTTP status."""
    forbidden = replace(refused(), reply=replace(refused().reply, error_code=None), why="HTTP 403 Forbidden")

    assert outcome(missing(), forbidden, missing(at=LATER)).note == "HTTP 403 Forbidden"


@pytest.mark.parametrize("story", [[missing(sure=False)] * 4, []])
def test_a_refusal_of_a_row_that_is_not_clean_is_looked_into(story: list[Verdict]) -> None:
    """It may have been refused because it is there: one look tells."""
    policy = POLICY if story else BLIND

    assert standing(*story, refused(), policy=policy).step is Step.LOOK
    assert outcome(*story, refused(), found(5), policy=policy).status is Status.EXISTS
    assert outcome(*story, refused(), missing(at=LATER), policy=policy).status is Status.REJECTED
    weakly = [missing(none_after=3, at=LATER + n) for n in range(3)]
    assert standing(*story, refused(), *weakly[:2], policy=policy).step is Step.LOOK
    assert outcome(*story, refused(), *weakly, policy=policy).status is Status.REJECTED


@pytest.mark.parametrize(
    ("story", "closes"),
    [
        ([], False),  # nothing was sent
        ([missing(sure=False)], False),
        ([missing(), refused(documented=True)], True),
        ([missing(), refused(documented=True), doubted()], False),  # such a read was made
        ([missing(), refused(documented=True), not_taken()], False),
        ([missing(), refused()], False),  # the settle time is not over
        ([*[missing(sure=False)] * 4, refused(documented=True)], False),
        ([*[missing(sure=False)] * 4, refused(exists=True)], False),  # lists may be late
        ([*[missing(sure=False)] * 4, doubted()], False),  # the settle time is not over
        ([missing(), doubted(), missing(at=LATER), refused(at=LATER)], False),
    ],
)
def test_one_read_closes_a_row_that_was_refused_just_now(story: list[Verdict], closes: bool) -> None:
    """Then it is made though the run is being stopped. After a list the row has ended, whatever it says."""
    row = standing(*story)

    assert lifecycle.next_look_decides(row) is closes
    if closes:
        ends = [lifecycle.after(CREATING, row, look, POLICY) for look in (missing(at=LATER), found(5))]
        assert all(isinstance(end, Outcome) for end in ends)


def test_a_refusal_that_says_it_exists_is_looked_into() -> None:
    """Another made it between the first look and the create, or a second copy of the request did."""
    end = outcome(missing(), refused(exists=True), found(5))

    assert (end.status, end.reply.id, end.evidence) == (Status.EXISTS, 5, Evidence.PERHAPS)
    assert "made by another" in end.note


def test_a_refusal_after_a_doubt_finds_what_was_made_late() -> None:
    """The first create took effect after all; or another was faster, which nothing can tell."""
    end = outcome(missing(), doubted(), missing(at=LATER), refused(2, exists=True, at=LATER), found(931))

    assert (end.status, end.evidence) == (Status.CREATED, Evidence.PERHAPS)


def test_any_refusal_after_a_doubt_is_looked_into() -> None:
    """Whatever the words: a row that was ever in doubt is rejected only when it is not there."""
    story = (missing(), doubted(), missing(at=LATER), refused(at=LATER))

    assert standing(*story).step is Step.LOOK
    assert outcome(*story, found()).status is Status.CREATED
    assert standing(*story, missing(at=LATER)).step is Step.LOOK
    assert outcome(*story, missing(at=2 * LATER)).status is Status.REJECTED


def test_a_list_is_not_believed_against_the_servers_word() -> None:
    """Refused because it exists, and not listed: the list may be late, so it is asked anew; then the refusal stands."""
    waits = standing(missing(), refused(exists=True), missing(at=1.0))
    assert (waits.step, waits.unproven_absences) == (Step.LOOK, 0)

    asks_anew = standing(missing(), refused(exists=True), missing(at=LATER))
    assert absence.asked_after(asks_anew, 2 * LATER, POLICY) == LATER + absence.APART

    story = [missing(), refused(exists=True), *[missing(at=LATER)] * POLICY.inconclusive_looks_optional]
    last = standing(*story)
    assert lifecycle.looks_exhausted(last, POLICY)
    end = lifecycle.give_up(CREATING, last, story[-1])
    assert end is not None
    assert (end.status, end.reply.error_code) == (Status.REJECTED, 1)
    assert end.note == "no look-up could settle it: the server says that it exists, but does not list it"


def test_a_set_that_is_said_to_exist_is_looked_for_with_patience() -> None:
    """Its id is wanted: a list that cannot be had is asked for as long as after a doubt, and then tells."""
    first = [doubted()] * POLICY.inconclusive_looks_optional
    story = [*first, refused(exists=True), *[doubted()] * (POLICY.inconclusive_looks - 1)]

    assert not lifecycle.looks_exhausted(standing(*story), POLICY)
    assert outcome(*story, found(12)).status is Status.EXISTS


def test_said_to_exist_after_a_doubt_and_never_listed_is_unknown() -> None:
    """It may be ours, so that it is neither rejected nor failed; looks go on for longer."""
    story = [missing(), doubted(), missing(at=LATER), refused(exists=True, at=LATER)]
    row = standing(*story, *[missing(at=2 * LATER)] * (POLICY.inconclusive_looks - 1))
    assert not lifecycle.looks_exhausted(row, POLICY)

    row = standing(*story, *[missing(at=2 * LATER)] * POLICY.inconclusive_looks)
    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(CREATING, row, missing()) is None
    assert lifecycle.provisional_status(row) is Status.UNKNOWN


@pytest.mark.parametrize(
    ("first", "refusal", "looks"),
    [
        ([missing()], refused(documented=True), POLICY.inconclusive_looks_optional),
        ([missing()], refused(2, "no"), POLICY.inconclusive_looks),
        ([missing()], refused(2, "there is one", exists=True), POLICY.inconclusive_looks),
        ([missing(sure=False)] * 4, refused(2, "no"), POLICY.inconclusive_looks),
    ],
)
def test_a_refused_row_without_any_list_afterwards_is_unknown(
    first: list[Verdict], refusal: Verdict, looks: int
) -> None:
    """Nothing shows that it was not made; its standing keeps the server's words."""
    row = standing(*first, refusal, *[doubted()] * looks)

    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(CREATING, row, doubted()) is None
    assert lifecycle.provisional_status(row) is Status.UNKNOWN
    assert row.refusal == refusal


# Doubt


def test_found_after_a_doubt_is_created_and_perhaps_ours() -> None:
    """It was not there before; but another may have made it as well. The note says so."""
    end = outcome(missing(), doubted(), found(931, at=1.0))

    assert (end.status, end.reply.id, end.attempts, end.evidence) == (Status.CREATED, 931, 1, Evidence.PERHAPS)
    assert "perhaps by another" in end.note


def test_found_after_a_doubt_under_an_id_that_was_known_before_is_not_ours() -> None:
    """It existed, whatever became of the create."""
    row = lifecycle.after(CREATING, standing(missing()), doubted(), POLICY, 950)
    end = follow([found(931)], start=row if isinstance(row, Standing) else None)

    assert isinstance(end, Outcome)
    assert (end.status, end.evidence) == (Status.EXISTS, Evidence.NONE)
    assert "known before" in end.note


def test_found_after_a_doubt_under_two_ids_names_both() -> None:
    """A server that makes duplicates got the request twice."""
    end = outcome(missing(), doubted(), found(931, 932, at=1.0))

    assert (end.reply.id, end.facts.candidates) == (931, (932,))


def test_of_two_that_are_listed_the_one_that_was_there_before_is_not_reported() -> None:
    """The other one may be ours."""
    row = lifecycle.after(CREATING, standing(*UNCLEAN), doubted(), POLICY, 950)
    end = follow([found(931, 960)], start=row if isinstance(row, Standing) else None)

    assert isinstance(end, Outcome)
    assert (end.status, end.reply.id, end.evidence) == (Status.CREATED, 960, Evidence.PERHAPS)


# Proof


@pytest.mark.parametrize(
    ("first", "known", "evidence"),
    [
        ([missing()], 930, Evidence.PROVEN),
        ([missing()], 931, Evidence.PERHAPS),  # an idempotent server gives the old id
        ([missing()], 2000, Evidence.PERHAPS),
        ([missing(sure=False)] * 4, 930, Evidence.PERHAPS),
    ],
)
def test_only_an_answer_with_a_new_id_after_a_clean_first_look_is_proof(
    first: list[Verdict], known: int, evidence: Evidence
) -> None:
    """Anything else may have been there before, and the note says why."""
    end = lifecycle.after(CREATING, standing(*first), created(931), POLICY, known)

    assert isinstance(end, Outcome)
    assert (end.status, end.evidence) == (Status.CREATED, evidence)
    assert bool(end.note) is (evidence is Evidence.PERHAPS)


def test_what_was_known_before_a_healthy_create_is_kept_as_well() -> None:
    """A set with a lower id that is listed later was another's, and never a candidate."""
    end = lifecycle.after(CREATING, standing(missing()), created(931), POLICY, 930)
    assert isinstance(end, Outcome)

    row = lifecycle.reported(end, 0.0)

    assert (row.target, row.left, row.absent_before_send, row.known) == (931, True, True, 930)
    assert seen(row, found(931, 929, 932).reply).candidates == (932,)


def test_what_was_known_when_the_first_create_left_is_kept() -> None:
    """Later creates know more, and what was made meanwhile may be the first one's."""
    first = lifecycle.after(CREATING, standing(missing()), doubted(), POLICY, 10)
    assert isinstance(first, Standing)
    ready = lifecycle.after(CREATING, first, missing(at=LATER), POLICY)
    assert isinstance(ready, Standing)
    second = lifecycle.after(CREATING, ready, doubted(), POLICY, 99)

    assert isinstance(second, Standing)
    assert (second.known, second.sends) == (10, 2)


def test_a_create_that_was_turned_away_has_left() -> None:
    """A 429 or 401 is the server's word; so the row is not pending any more, and what is found may be ours."""
    row = standing(missing(), not_taken(429))

    assert (row.left, row.turned_away, row.sends, row.step) == (True, True, 0, Step.ACT)
    assert lifecycle.provisional_status(row) is Status.UNKNOWN
    assert not standing(missing(), not_taken()).left, "no connection came about"


def test_an_absence_is_believed_after_the_settle_time_only() -> None:
    """A look asked for too early permits nothing; one asked for later permits another create."""
    row = standing(missing(), doubted(at=50.0))
    assert absence.settled_at(row, POLICY) == 60.0

    early = lifecycle.after(CREATING, row, replace(missing(at=61.0), seconds=1.5), POLICY)
    assert early == row
    late = lifecycle.after(CREATING, row, replace(missing(at=61.0), seconds=1.0), POLICY)
    assert late == Standing(step=Step.ACT, sends=1, ever_in_doubt=True, absent_before_send=True, left=True)


def test_an_absence_without_a_list_must_be_told_three_times() -> None:
    """And each time anew: one and the same answer does not count twice."""
    story = [doubted()]
    for told in (1, 2):
        story.append(missing(none_after=3, at=LATER + told))
        row = standing(*story, policy=BLIND)
        assert (row.step, row.unproven_absences) == (Step.LOOK, told)
        assert absence.asked_after(row, 2 * LATER, POLICY) == LATER + told + absence.APART
    assert standing(*story, missing(none_after=3, at=LATER + 3), policy=BLIND).step is Step.ACT


def test_a_client_that_had_a_list_is_not_believed_to_have_none() -> None:
    """An answer without a list is not believed then, so that it settles no doubt."""
    row = standing(missing(), doubted(), *[missing(sure=False, at=LATER)] * POLICY.inconclusive_looks)

    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(CREATING, row, missing()) is None


def test_looks_that_fail_leave_an_open_row_unknown() -> None:
    """No look-up, no claim: neither failed nor created."""
    row = standing(missing(), doubted(), *[doubted()] * POLICY.inconclusive_looks)

    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(CREATING, row, doubted()) is None
    assert lifecycle.provisional_status(row) is Status.UNKNOWN


def test_creates_that_go_unanswered_are_bounded() -> None:
    """After the last one, and a look that does not find it, the row has failed."""
    story: list[Verdict] = [missing()]
    for number in range(POLICY.max_attempts):
        begun = 1000.0 * number
        story += [doubted(at=begun), missing(at=begun + LATER)]
    end = outcome(*story)

    assert (end.status, end.attempts) == (Status.FAILED, 8)
    assert "8 creates went unanswered" in end.note


def test_a_create_at_the_second_attempt_says_so() -> None:
    """The note tells that answers were lost before."""
    end = outcome(missing(), doubted(), missing(at=LATER), created())

    assert (end.status, end.attempts, end.note) == (
        Status.CREATED,
        2,
        "created on attempt 2: earlier answers were lost or not believed",
    )
    left = Standing(step=Step.ACT, ever_in_doubt=True, left=True)
    rerun = lifecycle.after(CREATING, left, created(), POLICY)
    assert isinstance(rerun, Outcome)
    assert rerun.note.startswith("created, though not at first: earlier answers were lost or not believed")


def test_what_was_not_taken_never_uses_a_row_up() -> None:
    """Connection refused, 429: whether the server is still there is not for a row to decide, nor is it a send."""
    row = standing(missing(), *[not_taken(429)] * 5000)
    assert row == Standing(step=Step.ACT, absent_before_send=True, waits=5000, left=True, turned_away=True)
    assert not lifecycle.looks_exhausted(row, POLICY)

    row = standing(missing(), doubted(), *[not_taken()] * 5000)
    assert row.unsettled
    assert not lifecycle.looks_exhausted(row, POLICY)


def test_creates_that_were_not_taken_do_not_bring_the_end_nearer() -> None:
    """After any number of them the row is as fresh as before."""
    assert standing(missing(), *[not_taken()] * 50, doubted()) == standing(missing(), doubted())


# What is listed and may be the thing


def test_what_may_be_it_is_neither_found_nor_absent() -> None:
    """Nothing is sent, and the row stays pending; its standing says what is listed."""
    row = standing(unsure())

    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(CREATING, row, unsure()) is None
    assert lifecycle.provisional_status(row) is Status.PENDING
    assert row.unsure == WORDS


@pytest.mark.parametrize("end", [doubted(), refused(), refused(exists=True)])
def test_after_a_create_what_may_be_it_leaves_the_row_unknown(end: Verdict) -> None:
    """No second create is sent, and it is not rejected; before the settle time is over it is looked up again."""
    early = standing(missing(), end, unsure(at=1.0))
    assert not lifecycle.looks_exhausted(early, POLICY)

    row = standing(missing(), end, unsure(at=LATER))
    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(CREATING, row, unsure()) is None
    assert (lifecycle.provisional_status(row), row.unsure) == (Status.UNKNOWN, WORDS)


def test_another_set_of_the_name_that_was_there_at_the_first_look_is_another() -> None:
    """Its id is remembered, whatever happens in between."""
    row = standing(others(7), doubted(), others(7, at=LATER))

    assert (row.step, row.others) == (Step.ACT, (7,))
    assert outcome(others(7), refused(), others(7, at=LATER)).status is Status.REJECTED


@pytest.mark.parametrize("first", [missing(), others(7)])
def test_another_set_of_the_name_that_appeared_since_may_be_ours(first: Verdict) -> None:
    """The server may list ours under another agent: no second create."""
    row = standing(first, doubted(), others(7, 9, at=LATER))

    assert row.unsure == WORDS
    assert lifecycle.provisional_status(row) is Status.UNKNOWN


def test_without_a_first_look_any_other_set_of_the_name_may_be_ours() -> None:
    """Nothing tells whether it was there before."""
    assert standing(doubted(), others(7, at=LATER), policy=BLIND).unsure == WORDS


def test_what_may_be_it_is_looked_at_again_by_the_next_process() -> None:
    """It may be gone by then."""
    left = lifecycle.resumed(standing(unsure()), LATER, LATER)

    assert left.unsure == WORDS, "the results say so meanwhile"
    assert follow([missing(at=LATER)], start=left) == Standing(step=Step.ACT, absent_before_send=True)
    assert follow([doubted()], start=left) == Standing(inconclusive_looks=1)


def test_what_the_first_look_knew_survives_the_death_of_the_process() -> None:
    """It is stored with each intent, and inherited by a rerun."""
    row = standing(others(7), doubted())

    assert standing_from(standing_text(row)) == row
    assert lifecycle.interrupted(standing(others(7)), LATER).others == (7,)
    assert lifecycle.unsettled_again(row).others == (7,)


# Faults of earlier designs, each of which once told an untruth


def test_created_is_never_said_of_what_was_there_before() -> None:
    """A second run over a set that exists finds it first, so no lost answer can make it ours."""
    assert outcome(found(5)).status is Status.EXISTS
    assert outcome(doubted(), found(5), policy=BLIND).evidence is Evidence.PERHAPS


def test_doubt_is_remembered_after_it_was_settled() -> None:
    """A late commit that shows after another create was permitted is ours, and no set that existed."""
    permitted = standing(missing(), doubted(), missing(at=LATER))
    assert permitted.ever_in_doubt
    assert not permitted.unsettled

    for next_act in (refused(exists=True), refused(), doubted()):
        end = follow([next_act, found(931, at=2 * LATER)], start=permitted)
        assert isinstance(end, Outcome)
        assert end.status is Status.CREATED


def test_doubt_is_remembered_of_a_row_whose_journal_does_not_know_that_a_create_left() -> None:
    """Version 1 stored no such thing."""
    row = follow([missing(at=LATER)], start=Standing(ever_in_doubt=True))

    assert row == Standing(step=Step.ACT, ever_in_doubt=True)


@given(standings(), verdicts())
def test_a_standing_from_disk_decides_like_one_in_memory(row: Standing, verdict: Verdict) -> None:
    """A killed run goes on exactly as it would have gone on alive."""
    stored = lifecycle.after(CREATING, standing_from(standing_text(row)), verdict_from(verdict_text(verdict)), POLICY)

    assert stored == lifecycle.after(CREATING, row, verdict, POLICY)


@given(standings())
def test_a_row_in_doubt_never_looks_untouched(row: Standing) -> None:
    """Interrupted anywhere, it is shown as unknown and not as pending."""
    doubted_now = row.ever_in_doubt and not row.target
    touched = (doubted_now or row.sends or row.turned_away) and not row.extra
    assert lifecycle.provisional_status(row) is (Status.UNKNOWN if touched else Status.PENDING)
    interrupted = lifecycle.interrupted(replace(row, extra=False), 0.0)
    assert lifecycle.provisional_status(interrupted) is Status.UNKNOWN


def test_an_interrupted_create_waits_its_settle_time() -> None:
    """It may have left just before the process died, so that it is a lost answer like any other."""
    row = lifecycle.interrupted(Standing(step=Step.ACT, absent_before_send=True), at=500.0)

    assert row == standing(missing(), doubted(at=500.0))
    assert backoff.pause(row, now=500.0, policy=POLICY, random=Random(0)) > 0


# A row in another run


def test_a_row_in_doubt_is_looked_up_again_by_the_next_run() -> None:
    """What is known of it is kept, and it may be sent as often as any other."""
    left = standing(missing(), *[doubted(at=50.0), missing(at=99.0)] * 3, doubted(at=200.0))

    assert lifecycle.unsettled_again(left) == Standing(
        step=Step.LOOK, ever_in_doubt=True, unsettled=True, absent_before_send=True, left=True, doubt_began=200.0
    )


def test_a_row_after_a_doubt_is_looked_up_again_by_the_next_run() -> None:
    """The doubt is settled, but what shows up now is ours."""
    settled = standing(missing(), doubted(), missing(at=LATER))
    end = follow([found(931)], start=lifecycle.unsettled_again(settled))

    assert isinstance(end, Outcome)
    assert (end.status, end.evidence) == (Status.CREATED, Evidence.PERHAPS)


def test_said_to_exist_and_not_listed_comes_to_an_end_in_the_next_process() -> None:
    """The list was asked twenty times: it is asked once more, and then the row is sent again."""
    story = [missing(), doubted(), missing(at=LATER), refused(exists=True, at=LATER)]
    left = standing(*story, *[missing(at=2 * LATER)] * POLICY.inconclusive_looks)

    looked = follow([missing(at=3 * LATER)], start=left)
    assert isinstance(looked, Standing)
    assert (looked.inconclusive_looks, looked.unproven_absences) == (21, 21)
    goes_on = lifecycle.resumed(left, 9 * LATER, 9 * LATER)
    assert follow([missing(at=10 * LATER)], start=goes_on) == replace(standing(*story[:3]), sends=2)


def test_a_row_after_a_doubt_is_looked_up_again_by_the_next_process() -> None:
    """Between two processes hours may pass: what came to be meanwhile is ours, and is not made a second time."""
    permitted = standing(missing(), doubted(), missing(at=LATER))
    assert permitted.step is Step.ACT

    goes_on = lifecycle.resumed(permitted, LATER, LATER)
    assert (goes_on.step, goes_on.unsettled, goes_on.sends) == (Step.LOOK, True, 1)
    end = follow([found(931)], start=goes_on)
    assert isinstance(end, Outcome)
    assert (end.status, end.evidence) == (Status.CREATED, Evidence.PERHAPS)
    assert follow([missing(at=2 * LATER)], start=goes_on) == permitted


@pytest.mark.parametrize("at", [0.0, 40.0, 86_400.0])
def test_the_settle_time_is_counted_from_the_start_of_the_process_that_goes_on(at: float) -> None:
    """Whatever the clock said when the doubt began: it may have been set forward or back since."""
    left = standing(missing(), doubted(at=at))

    assert absence.settled_at(lifecycle.resumed(left, 50.0, 55.0), POLICY) == 60.0


def test_a_doubt_of_this_process_keeps_its_own_settle_time() -> None:
    """A last pass over the rows does not begin it again."""
    left = standing(missing(), doubted(at=52.0))

    assert absence.settled_at(lifecycle.resumed(left, 50.0, 55.0), POLICY) == 62.0


def test_a_row_that_was_never_sent_is_looked_up_anew_by_the_next_process() -> None:
    """Its first look is of another night; and it has a fresh backoff."""
    assert lifecycle.resumed(standing(missing(), *[not_taken()] * 9), LATER, LATER).step is Step.LOOK
    assert follow([missing()], start=lifecycle.resumed(standing(missing()), LATER, LATER)) == standing(missing())


def test_a_refusal_that_is_being_looked_into_is_kept_over_the_death_of_the_process() -> None:
    """Its code and words are what the row will end with."""
    left = standing(refused(2, "no"), doubted(), not_taken(), policy=BLIND)
    goes_on = lifecycle.resumed(left, 9 * LATER, 9 * LATER)
    end = follow([missing(at=10 * LATER)], start=goes_on)

    assert isinstance(end, Outcome)
    assert (end.status, end.reply.error_string) == (Status.REJECTED, "no")
    assert (goes_on.inconclusive_looks, goes_on.waits) == (0, 0)


def test_a_row_said_to_exist_by_a_lost_copy_of_its_request_is_not_untried() -> None:
    """A gateway may send a request twice, and pass on the answer to the second: until a look, nobody knows."""
    assert lifecycle.provisional_status(standing(missing(), refused(exists=True))) is Status.UNKNOWN
    assert lifecycle.provisional_status(standing(refused(), policy=BLIND)) is Status.UNKNOWN


# For every standing and verdict there are


@given(standings(), verdicts(), st.booleans())
def test_every_verdict_leads_somewhere(row: Standing, verdict: Verdict, first_look: bool) -> None:
    """There is a decision for whatever may happen to any row, and it keeps the rules."""
    policy = replace(POLICY, first_look=first_look)
    decided = lifecycle.after(CREATING, row, verdict, policy)

    if isinstance(decided, Standing):
        assert decided.ever_in_doubt or not row.ever_in_doubt, "doubt was forgotten"
        assert not (decided.unsettled and decided.step is Step.ACT and not (row.unsettled and row.step is Step.ACT))
        assert decided.absent_before_send or not row.absent_before_send or row.step is not Step.ACT
        lifecycle.give_up(CREATING, decided, verdict)
    elif decided.status is Status.CREATED:
        assert decided.reply.id > 0
        assert decided.evidence is not Evidence.NONE
    elif decided.status is Status.EXISTS:
        assert decided.reply.id > 0
        assert not row.ever_in_doubt or decided.evidence is Evidence.NONE
    else:
        assert decided.status in (Status.REJECTED, Status.FAILED)
        assert decided.evidence is Evidence.NONE


def drive(draw: Random, policy: RetryPolicy) -> tuple[Outcome | Standing, int, float]:
    """A row on a clock of its own, as the pipeline drives it, under verdicts drawn at random but for what not taken."""
    now, sent, row = 1000.0, 0, lifecycle.begin(policy)
    for _ in range(10_000):
        now += backoff.pause(row, now=now, policy=policy, random=draw)
        act = row.step is Step.ACT
        assert not (act and row.unsettled), "sent again while a doubt was open"
        choices = (
            [doubted(at=now), doubted(at=now), refused(at=now), refused(exists=True, at=now)]
            if act
            else [doubted(at=now), missing(at=now), missing(sure=False, at=now)]
        )
        verdict = draw.choices([not_taken(at=now), *choices], [0.1, *[0.9 / len(choices)] * len(choices)])[0]
        sent += act and verdict.end != "not taken"
        decided = lifecycle.after(CREATING, row, verdict, policy)
        now += 0.01
        if isinstance(decided, Outcome):
            return decided, sent, now - 1000.0
        if lifecycle.looks_exhausted(decided, policy):
            return lifecycle.give_up(CREATING, decided, verdict) or decided, sent, now - 1000.0
        row = decided
    pytest.fail(f"no end in sight: {row}")


@settings(max_examples=300)
@given(st.integers(), st.booleans(), st.integers(1, 8))
def test_every_row_ends(seed: int, first_look: bool, most: int) -> None:
    """Whatever a server does, a row ends, after no more creates than allowed, in less than an hour."""
    policy = replace(POLICY, first_look=first_look, max_attempts=most)
    end, sent, seconds = drive(Random(seed), policy)

    assert sent <= most
    assert seconds < 3600
    if isinstance(end, Outcome):
        assert end.attempts == sent
    else:
        assert end.unsettled or end.refusal
