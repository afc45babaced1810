"""Whether a run made a thing, and what is new of what was reported."""

from dataclasses import replace

import pytest

from bulkprov.engine.evidence import amended, further, inherited, of_answer, of_found, seen, sent
from bulkprov.engine.model import NOTHING, Evidence, Outcome, Reply, Standing, Status
from tests.exchanges import ANOTHERS, MARK, created, found

CLEAN = Standing(absent_before_send=True)
LEFT = Standing(left=True, known=20, others=(30,))
REPORTED = Outcome(
    status=Status.CREATED, reply=Reply(0, "", 12), note="created on attempt 2", evidence=Evidence.PROVEN, facts=LEFT
)


@pytest.mark.parametrize(
    ("standing", "number", "evidence"),
    [
        (CLEAN, 21, Evidence.PROVEN),
        (CLEAN, 20, Evidence.PERHAPS),  # it was known anywhere when the create left
        (Standing(), 21, Evidence.PERHAPS),  # no first look
    ],
)
def test_an_answer_proves_what_is_newer_than_all_ids_and_was_not_listed(
    standing: Standing, number: int, evidence: Evidence
) -> None:
    """Both, or it is perhaps ours."""
    assert of_answer(standing, created(number).reply, 20) is evidence


@pytest.mark.parametrize(
    ("standing", "number", "evidence"),
    [
        (Standing(), 31, Evidence.NONE),  # no create ever left
        (LEFT, 20, Evidence.NONE),
        (LEFT, 30, Evidence.NONE),  # in the first look
        (LEFT, 21, Evidence.PERHAPS),
        (replace(LEFT, absent_before_send=True), 21, Evidence.PERHAPS),  # another may have made it
        (Standing(ever_in_doubt=True), 1, Evidence.PERHAPS),
    ],
)
def test_what_a_look_finds_is_never_proven(standing: Standing, number: int, evidence: Evidence) -> None:
    """At most it is perhaps ours; what was known before is not."""
    assert of_found(standing, number) is evidence


MARKED = replace(LEFT, mark=MARK)


@pytest.mark.parametrize(
    ("standing", "number", "mark", "evidence"),
    [
        (MARKED, 31, MARK, Evidence.PROVEN),
        (MARKED, 31, MARK.upper(), Evidence.PROVEN),
        (MARKED, 31, ANOTHERS, Evidence.NONE),
        (MARKED, 31, "", Evidence.PERHAPS),
        (LEFT, 31, ANOTHERS, Evidence.NONE),  # none of its creates carried one
        (LEFT, 31, "", Evidence.PERHAPS),
        (MARKED, 20, MARK, Evidence.NONE),  # it was there before: the server gave it the description of a repeat
        (MARKED, 30, MARK, Evidence.NONE),
        (replace(MARKED, left=False), 31, MARK, Evidence.NONE),
        (replace(MARKED, marked=(31,)), 31, "", Evidence.PROVEN),  # it was read before
    ],
)
def test_a_mark_proves_what_was_not_known_before(
    standing: Standing, number: int, mark: str, evidence: Evidence
) -> None:
    """The row's own proves that it is ours, any other that it is not, and none proves nothing."""
    assert of_found(standing, number, found(number, marks={number: mark}).reply) is evidence


def test_what_was_seen_is_sorted_by_its_mark() -> None:
    """Into what is ours for certain, and what may be; another's is no candidate any more."""
    before = replace(MARKED, target=31, candidates=(32, 33, 34), marked=(38,))
    reply = found(31, 32, 33, 35, 36, marks={32: ANOTHERS, 33: MARK, 35: MARK}).reply

    now = seen(before, reply)

    assert (now.candidates, now.marked) == ((34, 36), (33, 35, 38))
    assert seen(before, found(31).reply) == before
    assert seen(replace(before, target=34), found(34).reply).candidates == (32, 33), "it is reported now"
    assert seen(MARKED, Reply()) is MARKED


def test_every_listed_id_that_may_be_ours_is_a_candidate() -> None:
    """But for the target, and those that were known."""
    assert seen(replace(LEFT, target=31), found(31, 5, 30, 40, 33).reply).candidates == (33, 40)
    assert seen(Standing(), found(31, 40).reply).candidates == ()


def test_the_ids_that_count_are_those_known_when_the_first_create_left() -> None:
    """What is made between two creates of a row may be the first one's."""
    first = sent(CLEAN, 20)
    second = sent(first, 25)

    assert (first.sends, second.sends) == (1, 2)
    assert (first.known, second.known) == (20, 20)


def test_reruns_inherit_what_is_known_of_a_row() -> None:
    """Nothing, if nothing happened to it."""
    known = replace(
        LEFT, ever_in_doubt=True, absent_before_send=True, candidates=(33,), mark=MARK, marked=(34,), sends=3, waits=2
    )

    assert inherited(known) == replace(known, sends=0, waits=0)
    assert inherited(CLEAN) is NOTHING


def test_a_row_without_news_stays_as_it_was_reported() -> None:
    """The very same outcome, so that nothing is written."""
    assert amended(REPORTED, replace(REPORTED, status=Status.AS_REPORTED, note="", evidence=Evidence.NONE)) is REPORTED
    assert amended(REPORTED, replace(REPORTED, status=Status.AS_REPORTED)) is REPORTED, "its note is there already"


def test_news_of_a_row_are_added_to_what_was_reported() -> None:
    """A note, and candidates; what is proven stays so."""
    facts = replace(LEFT, candidates=(33,))
    news = replace(REPORTED, status=Status.AS_REPORTED, note="also id 33", evidence=Evidence.NONE, facts=facts)

    assert amended(REPORTED, news) == replace(REPORTED, note="created on attempt 2; also id 33", facts=facts)
    assert amended(REPORTED, replace(news, note="")).facts == facts
    assert amended(REPORTED, replace(news, facts=LEFT)).facts == LEFT


def test_a_row_with_another_id_has_the_evidence_for_that_one() -> None:
    """What proved the first id proves nothing of the other."""
    news = Outcome(status=Status.AS_REPORTED, reply=Reply(id=44), evidence=Evidence.PERHAPS, facts=LEFT)
    after = amended(REPORTED, news)

    assert (after.status, after.reply.id, after.evidence) == (Status.CREATED, 44, Evidence.PERHAPS)


def test_a_mark_that_is_read_later_tells_whose_the_thing_is() -> None:
    """Status and evidence follow it; what was said before it was known is taken back, and all else is kept."""
    note = "created on attempt 2; it may have been there before: there was no first look; the server warns: slow; ly"
    unproven = replace(REPORTED, evidence=Evidence.PERHAPS, note=note)
    ours = Outcome(status=Status.CREATED, reply=Reply(id=12), evidence=Evidence.PROVEN, note="read", facts=LEFT)
    not_ours = replace(ours, status=Status.EXISTS, evidence=Evidence.NONE, note="another's")

    after = amended(unproven, ours)
    assert after == replace(REPORTED, note="created on attempt 2; the server warns: slow; ly; read")
    assert amended(after, ours) == after, "no second time"
    assert amended(unproven, not_ours).status is Status.EXISTS
    assert amended(unproven, not_ours).evidence is Evidence.NONE
    moved = amended(unproven, replace(ours, reply=Reply(id=44)))
    assert (moved.reply.id, moved.evidence, moved.status) == (44, Evidence.PROVEN, Status.CREATED)


def test_further_things_that_bear_the_mark_are_news() -> None:
    """They are to be deleted by a rollback."""
    news = replace(REPORTED, status=Status.AS_REPORTED, note="", facts=replace(LEFT, marked=(13,)))

    assert amended(REPORTED, news).facts.marked == (13,)


def test_candidates_are_deleted_only_if_what_is_not_proven_is_to_be() -> None:
    """Those that bear the mark of their row are in any case."""
    standing = replace(LEFT, marked=(13,), candidates=(14,))

    assert further(standing, also_unproven=False) == (13,)
    assert further(standing, also_unproven=True) == (13, 14)
