"""Whether a run made a thing, and what is new of what was reported."""

from dataclasses import replace

import pytest

from bulkprov.engine.evidence import amended, inherited, new_candidates, of_answer, of_found, sent
from bulkprov.engine.model import NOTHING, Evidence, Outcome, Reply, Standing, Status
from tests.exchanges import created, found

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


def test_every_listed_id_that_may_be_ours_is_a_candidate() -> None:
    """But for the target, and those that were known."""
    assert new_candidates(replace(LEFT, target=31), found(31, 5, 30, 40, 33).reply) == (33, 40)
    assert new_candidates(Standing(), found(31, 40).reply) == ()


def test_the_ids_that_count_are_those_known_when_the_first_create_left() -> None:
    """What is made between two creates of a row may be the first one's."""
    first = sent(CLEAN, 20)
    second = sent(first, 25)

    assert (first.sends, second.sends) == (1, 2)
    assert (first.known, second.known) == (20, 20)


def test_reruns_inherit_what_is_known_of_a_row() -> None:
    """Nothing, if nothing happened to it."""
    known = replace(LEFT, ever_in_doubt=True, absent_before_send=True, candidates=(33,), sends=3, waits=2)

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
