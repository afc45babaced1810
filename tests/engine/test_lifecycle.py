"""Where a row goes next. The stories are told as verdicts in order, on a clock that stands still unless it is said."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkprov.engine import absence, backoff, lifecycle
from bulkprov.engine.model import Outcome, RetryPolicy, Standing, Status, Step, Verdict
from bulkprov.journal.codec import standing_from, standing_text, verdict_from, verdict_text
from tests.exchanges import created, doubted, found, missing, not_taken, others, refused, standings, unsure, verdicts

POLICY = RetryPolicy()
BLIND = replace(POLICY, first_look=False)
WORDS = "id 9, under another agent"
LATER = 100.0
"""After any settle time that began at 0."""


def follow(story: Iterable[Verdict], policy: RetryPolicy = POLICY, start: Standing | None = None) -> Standing | Outcome:
    """Where a row is at the end of a story."""
    now: Standing | Outcome = start or lifecycle.begin(policy)
    for verdict in story:
        assert isinstance(now, Standing), f"ended before {verdict}: {now}"
        now = lifecycle.after(lifecycle.CREATING, now, verdict, policy)
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
EXAMPLES: dict[str, tuple[Standing, Verdict]] = {
    "any   not taken": (Standing(), not_taken()),
    "look  in doubt, nothing sent, inconclusive looks used up": (Standing(inconclusive_looks=3), doubted()),
    "look  in doubt": (Standing(), doubted()),
    "look  found, ever in doubt": (SENT, found()),
    "look  found": (Standing(), found()),
    "look  one that may be it, nothing sent": (Standing(), unsure()),
    "look  absent, nothing sent": (Standing(), missing()),
    "look  absent, before the settle time is over": (SENT, missing()),
    "look  one that may be it": (SENT, unsure(at=LATER)),
    "look  absent, told weakly, or against the server's word": (SENT, missing(sure=False, at=LATER)),
    "look  absent, refused": (Standing(sends=1, refusal=refused()), missing(at=LATER)),
    "look  absent, attempts used up": (replace(SENT, sends=8), missing(at=LATER)),
    "look  absent": (SENT, missing(at=LATER)),
    "act   in doubt": (Standing(step=Step.ACT), doubted()),
    "act   errorCode 0 and an id": (Standing(step=Step.ACT), created()),
    "act   refused": (Standing(step=Step.ACT), refused()),
}


def documented() -> dict[str, str]:
    """The table in the head of the module: what each line says comes next."""
    table = str(lifecycle.__doc__).partition("    step  the exchange")[2].partition("\n\n")[0]
    lines = [line.strip().rsplit(maxsplit=1) for line in table.splitlines()[2:]]
    return {words.strip(): then for words, then in lines}


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_table_in_the_head_of_the_module_is_true(line: str) -> None:
    """A row that a line describes goes where the line says."""
    start, verdict = EXAMPLES[line]

    end = lifecycle.after(lifecycle.CREATING, start, verdict, POLICY)

    says = documented()[line].replace("same", start.step)
    assert says == (end.status.name if isinstance(end, Outcome) else end.step)


def test_the_table_has_no_line_without_an_example() -> None:
    """Nor is there an example without a line, and their order is that in which the code decides."""
    assert list(documented()) == list(EXAMPLES)


# The plain life of a row


def test_a_row_is_looked_up_and_then_created() -> None:
    """A look that finds nothing, a create that is answered: created, and ours."""
    end = outcome(missing(), created(at=7.0))

    assert (end.status, end.reply.id, end.attempts, end.ours, end.note) == (Status.CREATED, 931, 1, True, "")
    assert end.finished_at == 7.0


def test_what_is_there_already_is_not_sent() -> None:
    """Found by the first look: it exists, with its id, and no create is sent."""
    end = outcome(found(12))

    assert (end.status, end.reply.id, end.attempts, end.ours) == (Status.EXISTS, 12, 0, False)
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


def test_a_weak_absence_sends_the_row_but_does_not_make_it_clean() -> None:
    """An answer without a list is an empty list, told weakly: what is found later may have been there."""
    assert standing(missing(sure=False)) == Standing(step=Step.ACT, absent_before_send=False)
    assert standing(missing()) == Standing(step=Step.ACT, absent_before_send=True)


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
    assert standing(missing(sure=False), plain, missing()).step is Step.LOOK
    assert standing(plain, missing(), policy=BLIND).step is Step.LOOK
    assert standing(missing(), doubted(), missing(at=LATER), replace(plain, at=LATER), missing(at=LATER)).refusal


def test_what_a_second_copy_of_the_request_made_is_not_rejected() -> None:
    """A gateway delivers each create twice and passes on the second answer, in words that tell nothing."""
    end = outcome(missing(), refused(2, "Name in use", at=50.0), found(931, at=60.0))

    assert (end.status, end.reply.id, end.ours) == (Status.EXISTS, 931, False)
    assert "by a duplicate of our request" in end.note


def test_a_warning_beside_a_success_is_in_the_note() -> None:
    """It is a success all the same."""
    warned = replace(created(), reply=replace(created().reply, warning="warningCode 3 no plan"))
    end = outcome(missing(), warned)

    assert (end.status, end.note) == (Status.CREATED, "the server warns: warningCode 3 no plan")


def test_a_refusal_by_http_status_says_which() -> None:
    """Where the server gave no words of its own, the note names the HTTP status."""
    forbidden = replace(refused(), reply=replace(refused().reply, error_code=None), why="HTTP 403 Forbidden")

    assert outcome(missing(), forbidden, missing(at=LATER)).note == "HTTP 403 Forbidden"


@pytest.mark.parametrize("first", [missing(sure=False), None])
def test_a_refusal_of_a_row_that_is_not_clean_is_looked_into(first: Verdict | None) -> None:
    """It may have been refused because it is there: one look tells."""
    policy = POLICY if first else BLIND
    story = [first] if first else []

    assert standing(*story, refused(), policy=policy).step is Step.LOOK
    assert outcome(*story, refused(), found(5), policy=policy).status is Status.EXISTS
    assert outcome(*story, refused(), missing(at=LATER), policy=policy).status is Status.REJECTED
    weakly = [missing(sure=False, at=LATER)] * 3
    assert outcome(*story, refused(), *weakly, policy=policy).status is Status.REJECTED


@pytest.mark.parametrize(
    ("story", "closes"),
    [
        ([], False),  # nothing was sent
        ([missing(sure=False)], False),  # the create is next
        ([missing(), refused(documented=True)], True),
        ([missing(), refused(documented=True), doubted()], False),  # such a read was made
        ([missing(), refused(documented=True), not_taken()], False),
        ([missing(), refused()], False),  # the settle time is not over
        ([missing(sure=False), refused(documented=True)], False),
        ([missing(sure=False), refused(exists=True)], False),  # lists may be late
        ([missing(sure=False), doubted()], False),  # the settle time is not over
        ([missing(), doubted(), missing(at=LATER), refused(at=LATER)], False),
    ],
)
def test_one_read_closes_a_row_that_was_refused_just_now(story: list[Verdict], closes: bool) -> None:
    """Then it is made though the run is being stopped. After a list the row has ended, whatever it says."""
    row = standing(*story)

    assert lifecycle.next_look_decides(row) is closes
    if closes:
        ends = [lifecycle.after(lifecycle.CREATING, row, look, POLICY) for look in (missing(at=LATER), found(5))]
        assert all(isinstance(end, Outcome) for end in ends)


def test_a_refusal_that_says_it_exists_is_looked_into() -> None:
    """Somebody else made it between the first look and the create: it exists, and is not ours."""
    end = outcome(missing(), refused(exists=True), found(5))

    assert (end.status, end.reply.id, end.ours) == (Status.EXISTS, 5, False)
    assert "created since" in end.note


def test_a_refusal_after_a_doubt_finds_what_was_made_late() -> None:
    """The first create took effect after all: created, and ours since the first look had found nothing."""
    end = outcome(missing(), doubted(), missing(at=LATER), refused(2, exists=True, at=LATER), found(931))

    assert (end.status, end.ours) == (Status.CREATED, True)


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
    assert absence.asked_after(asks_anew, LATER, POLICY) == LATER

    story = [missing(), refused(exists=True), *[missing(at=LATER)] * POLICY.inconclusive_looks_optional]
    last = standing(*story)
    assert lifecycle.looks_exhausted(last, POLICY)
    end = lifecycle.give_up(lifecycle.CREATING, last, story[-1])
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
    assert lifecycle.give_up(lifecycle.CREATING, row, missing()) is None
    assert lifecycle.provisional_status(row) is Status.UNKNOWN


@pytest.mark.parametrize(
    ("first", "refusal", "looks"),
    [
        ([missing()], refused(documented=True), POLICY.inconclusive_looks_optional),
        ([missing()], refused(2, "no"), POLICY.inconclusive_looks),
        ([missing()], refused(2, "there is one", exists=True), POLICY.inconclusive_looks),
        ([missing(sure=False)], refused(2, "no"), POLICY.inconclusive_looks),
    ],
)
def test_a_refused_row_without_any_list_afterwards_is_unknown(
    first: list[Verdict], refusal: Verdict, looks: int
) -> None:
    """Nothing shows that it was not made; its standing keeps the server's words."""
    row = standing(*first, refusal, *[doubted()] * looks)

    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(lifecycle.CREATING, row, doubted()) is None
    assert lifecycle.provisional_status(row) is Status.UNKNOWN
    assert row.refusal == refusal


# Doubt


def test_found_after_a_doubt_is_ours_if_it_was_not_there_before() -> None:
    """Created, by a look-up; the note says so."""
    end = outcome(missing(), doubted(), found(931, at=1.0))

    assert (end.status, end.reply.id, end.attempts, end.ours) == (Status.CREATED, 931, 1, True)
    assert "found by a look-up" in end.note


def test_found_after_a_doubt_without_a_first_look_may_be_somebody_elses() -> None:
    """Created all the same, but the note warns, and it is not ours to delete."""
    end = outcome(doubted(), found(), policy=BLIND)

    assert (end.status, end.ours) == (Status.CREATED, False)
    assert "may have been there before" in end.note


def test_an_absence_is_believed_after_the_settle_time_only() -> None:
    """A look asked for too early permits nothing; one asked for later permits another create."""
    row = standing(missing(), doubted(at=50.0))
    assert absence.settled_at(row, POLICY) == 60.0

    early = lifecycle.after(lifecycle.CREATING, row, replace(missing(at=61.0), seconds=1.5), POLICY)
    assert early == row
    late = lifecycle.after(lifecycle.CREATING, row, replace(missing(at=61.0), seconds=1.0), POLICY)
    assert late == Standing(step=Step.ACT, sends=1, ever_in_doubt=True, absent_before_send=True)


def test_an_absence_without_a_list_must_be_told_three_times() -> None:
    """And each time anew: one and the same answer does not count twice."""
    story = [doubted()]
    for told in (1, 2):
        story.append(missing(sure=False, at=LATER))
        row = standing(*story, policy=BLIND)
        assert (row.step, row.unproven_absences) == (Step.LOOK, told)
        assert absence.asked_after(row, 2 * LATER, POLICY) == 2 * LATER
    assert standing(*story, missing(sure=False, at=LATER), policy=BLIND).step is Step.ACT


def test_a_client_that_had_a_list_is_not_believed_to_have_none() -> None:
    """Where the first look was a list without the set, only a list without it settles a doubt."""
    row = standing(missing(), doubted(), *[missing(sure=False, at=LATER)] * POLICY.inconclusive_looks)

    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(lifecycle.CREATING, row, missing()) is None


def test_looks_that_fail_leave_an_open_row_unknown() -> None:
    """No look-up, no claim: neither failed nor created."""
    row = standing(missing(), doubted(), *[doubted()] * POLICY.inconclusive_looks)

    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(lifecycle.CREATING, row, doubted()) is None
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
        "created on attempt 2, after earlier answers were lost",
    )


def test_what_was_not_taken_never_uses_a_row_up() -> None:
    """Connection refused, 429: whether the server is still there is not for a row to decide, nor is it a send."""
    row = standing(missing(), *[not_taken(429)] * 5000)
    assert row == Standing(step=Step.ACT, absent_before_send=True, waits=5000)
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
    assert lifecycle.give_up(lifecycle.CREATING, row, unsure()) is None
    assert lifecycle.provisional_status(row) is Status.PENDING
    assert row.unsure == WORDS


@pytest.mark.parametrize("end", [doubted(), refused(), refused(exists=True)])
def test_after_a_create_what_may_be_it_leaves_the_row_unknown(end: Verdict) -> None:
    """No second create is sent, and it is not rejected; before the settle time is over it is looked up again."""
    early = standing(missing(), end, unsure(at=1.0))
    assert not lifecycle.looks_exhausted(early, POLICY)

    row = standing(missing(), end, unsure(at=LATER))
    assert lifecycle.looks_exhausted(row, POLICY)
    assert lifecycle.give_up(lifecycle.CREATING, row, unsure()) is None
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
    left = lifecycle.resumed(standing(unsure()), LATER)

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
    assert not outcome(doubted(), found(5), policy=BLIND).ours


def test_doubt_is_remembered_after_it_was_settled() -> None:
    """A late commit that shows after another create was permitted is ours, and no set that existed."""
    permitted = standing(missing(), doubted(), missing(at=LATER))
    assert permitted.ever_in_doubt
    assert not permitted.unsettled

    for next_act in (refused(exists=True), refused(), doubted()):
        end = follow([next_act, found(931, at=2 * LATER)], start=permitted)
        assert isinstance(end, Outcome)
        assert end.status is Status.CREATED


@given(standings(), verdicts())
def test_a_standing_from_disk_decides_like_one_in_memory(row: Standing, verdict: Verdict) -> None:
    """A killed run goes on exactly as it would have gone on alive."""
    stored = lifecycle.after(
        lifecycle.CREATING, standing_from(standing_text(row)), verdict_from(verdict_text(verdict)), POLICY
    )

    assert stored == lifecycle.after(lifecycle.CREATING, row, verdict, POLICY)


@given(standings())
def test_a_row_in_doubt_never_looks_untouched(row: Standing) -> None:
    """Interrupted anywhere, it is shown as unknown and not as pending."""
    assert lifecycle.provisional_status(row) is (Status.UNKNOWN if row.ever_in_doubt or row.sends else Status.PENDING)
    assert lifecycle.provisional_status(lifecycle.interrupted(row, 0.0)) is Status.UNKNOWN


def test_an_interrupted_create_waits_its_settle_time() -> None:
    """It may have left just before the process died, so that it is a lost answer like any other."""
    row = lifecycle.interrupted(Standing(step=Step.ACT, absent_before_send=True), at=500.0)

    assert row == standing(missing(), doubted(at=500.0))
    assert backoff.pause(row, now=500.0, policy=POLICY, random=Random(0)) > 0


# A row in another run


def test_a_row_in_doubt_is_looked_up_again_by_the_next_run() -> None:
    """What is known of it is kept, and it may be sent as often as any other."""
    left = standing(missing(), *[doubted(at=50.0), missing(at=99.0)] * 3, doubted(may_still_run=False, at=200.0))

    assert lifecycle.unsettled_again(left) == Standing(
        step=Step.LOOK, ever_in_doubt=True, unsettled=True, absent_before_send=True, doubt_began=200.0
    )


def test_a_row_after_a_doubt_is_looked_up_again_by_the_next_run() -> None:
    """The doubt is settled, but what shows up now is ours."""
    settled = standing(missing(), doubted(), missing(at=LATER))
    end = follow([found(931)], start=lifecycle.unsettled_again(settled))

    assert isinstance(end, Outcome)
    assert (end.status, end.ours) == (Status.CREATED, True)


def test_said_to_exist_and_not_listed_comes_to_an_end_in_the_next_process() -> None:
    """The list was asked twenty times: it is asked once more, and then the row is sent again."""
    story = [missing(), doubted(), missing(at=LATER), refused(exists=True, at=LATER)]
    left = standing(*story, *[missing(at=2 * LATER)] * POLICY.inconclusive_looks)

    assert follow([missing(at=3 * LATER)], start=left) == replace(left, inconclusive_looks=21, unproven_absences=21)
    assert follow([missing(at=3 * LATER)], start=lifecycle.resumed(left, 9 * LATER)) == replace(
        standing(*story[:3]), sends=2
    )


def test_a_row_after_a_doubt_is_looked_up_again_by_the_next_process() -> None:
    """Between two processes hours may pass: what came to be meanwhile is ours, and is not made a second time."""
    permitted = standing(missing(), doubted(), missing(at=LATER))
    assert permitted.step is Step.ACT

    goes_on = lifecycle.resumed(permitted, LATER)
    assert (goes_on.step, goes_on.unsettled, goes_on.sends) == (Step.LOOK, True, 1)
    end = follow([found(931)], start=goes_on)
    assert isinstance(end, Outcome)
    assert (end.status, end.ours) == (Status.CREATED, True)
    assert follow([missing(at=LATER)], start=goes_on) == permitted


def test_a_clock_that_was_set_back_makes_nobody_wait() -> None:
    """A doubt cannot have begun in the future: its settle time begins now at the latest."""
    left = standing(missing(), doubted(at=86_400.0))

    assert absence.settled_at(lifecycle.resumed(left, 50.0), POLICY) == 60.0


def test_a_row_that_was_never_in_doubt_goes_on_where_it_stood() -> None:
    """With a fresh backoff."""
    assert lifecycle.resumed(standing(missing(), *[not_taken()] * 9), LATER) == standing(missing())


def test_a_refusal_that_is_being_looked_into_is_kept_over_the_death_of_the_process() -> None:
    """Its code and words are what the row will end with."""
    left = standing(refused(2, "no"), doubted(), not_taken(), policy=BLIND)
    end = follow([missing(at=9 * LATER)], start=lifecycle.resumed(left, 9 * LATER))

    assert isinstance(end, Outcome)
    assert (end.status, end.reply.error_string) == (Status.REJECTED, "no")
    assert (lifecycle.resumed(left, 9 * LATER).inconclusive_looks, lifecycle.resumed(left, 9 * LATER).waits) == (0, 0)


def test_a_row_said_to_exist_by_a_lost_copy_of_its_request_is_not_untried() -> None:
    """A gateway may send a request twice, and pass on the answer to the second: until a look, nobody knows."""
    assert lifecycle.provisional_status(standing(missing(), refused(exists=True))) is Status.UNKNOWN
    assert lifecycle.provisional_status(standing(refused(), policy=BLIND)) is Status.UNKNOWN


# For every standing and verdict there are


@given(standings(), verdicts(), st.booleans())
def test_every_verdict_leads_somewhere(row: Standing, verdict: Verdict, first_look: bool) -> None:
    """There is a decision for whatever may happen to any row, and it keeps the rules."""
    policy = replace(POLICY, first_look=first_look)
    decided = lifecycle.after(lifecycle.CREATING, row, verdict, policy)

    if isinstance(decided, Standing):
        assert decided.ever_in_doubt or not row.ever_in_doubt, "doubt was forgotten"
        assert not (decided.unsettled and decided.step is Step.ACT and not (row.unsettled and row.step is Step.ACT))
        assert decided.absent_before_send or not row.absent_before_send or row.step is Step.LOOK
        lifecycle.give_up(lifecycle.CREATING, decided, verdict)
    elif decided.status is Status.CREATED:
        assert decided.reply.id > 0
    elif decided.status is Status.EXISTS:
        assert decided.reply.id > 0
        assert not row.ever_in_doubt
    else:
        assert decided.status in (Status.REJECTED, Status.FAILED)
        assert not decided.ours


def drive(draw: Random, policy: RetryPolicy) -> tuple[Outcome | Standing, int, float]:
    """A row on a clock of its own, as the pipeline drives it, under verdicts drawn at random but for what not taken."""
    now, sent, row = 1000.0, 0, lifecycle.begin(policy)
    for _ in range(10_000):
        now += backoff.pause(row, now=now, policy=policy, random=draw)
        act = row.step is Step.ACT
        assert not (act and row.unsettled), "sent again while a doubt was open"
        choices = (
            [doubted(at=now), doubted(may_still_run=False, at=now), refused(at=now), refused(exists=True, at=now)]
            if act
            else [doubted(at=now), missing(at=now), missing(sure=False, at=now)]
        )
        verdict = draw.choices([not_taken(at=now), *choices], [0.1, *[0.9 / len(choices)] * len(choices)])[0]
        sent += act and verdict.end != "not taken"
        decided = lifecycle.after(lifecycle.CREATING, row, verdict, policy)
        now += 0.01
        if isinstance(decided, Outcome):
            return decided, sent, now - 1000.0
        if lifecycle.looks_exhausted(decided, policy):
            return lifecycle.give_up(lifecycle.CREATING, decided, verdict) or decided, sent, now - 1000.0
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
