"""The values that travel between modules, where they decide anything."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given

from bulkprov.engine.model import Reply, Standing, Status, Verdict
from tests.exchanges import doubted, not_taken, refused, verdicts


def test_a_row_is_done_when_the_thing_is_there() -> None:
    """Whoever made it."""
    assert {status for status in Status if status.done} == {Status.CREATED, Status.EXISTS}


@given(verdicts())
def test_a_timed_verdict_differs_in_its_times_only(verdict: Verdict) -> None:
    """All other fields are carried over."""
    assert verdict.timed(at=5.0, seconds=2.0) == replace(verdict, at=5.0, seconds=2.0)


def test_secrets_are_hidden_in_all_words_of_a_verdict() -> None:
    """The server's, and those that quote it."""
    verdict = replace(refused(words="bad token s3"), why="to /login?s3", halt="to /login?s3")

    hidden = verdict.masked(lambda words: words.replace("s3", "***"))

    assert (hidden.reply.error_string, hidden.why, hidden.halt) == ("bad token ***", "to /login?***", "to /login?***")
    assert replace(hidden, reply=verdict.reply, why=verdict.why, halt=verdict.halt) == verdict


def test_every_word_of_a_reply_is_masked() -> None:
    """Names in lists too; a field for words that is added later is none that the mask forgets."""
    told: dict[str, Any] = {
        each.name: "says s3" for each in fields(Reply) if "str" in str(each.type) and "tuple" not in str(each.type)
    }
    hidden = Verdict(end=not_taken().end, reply=replace(Reply(), **told)).masked(lambda each: each.replace("s3", "***"))

    assert len(told) >= 7
    assert {getattr(hidden.reply, name) for name in told} == {"says ***"}


def test_a_verdict_without_words_is_not_copied() -> None:
    """As nearly all are."""
    verdict = Verdict(end=not_taken().end, reply=Reply(0, "", 7))

    assert verdict.masked(str.upper) is verdict


@pytest.mark.parametrize(
    "trouble",
    [
        {"inconclusive_looks": 1},
        {"waits": 1},
        {"sends": 1},
        {"ever_in_doubt": True},
        {"unsettled": True},
        {"refusal": doubted()},
    ],
)
def test_anything_that_went_wrong_is_trouble(trouble: dict[str, object]) -> None:
    """A row without any has nothing to wait for, and cannot be given up."""
    assert Standing().untroubled
    assert Standing(absent_before_send=True, target=7).untroubled
    assert not Standing(**trouble).untroubled  # type: ignore[arg-type]  # each has its field's type
