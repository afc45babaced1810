"""Replies that report a created thing and cannot be the answer to their own request."""

import pytest

from bulkprov.engine.model import Listing, Reply
from bulkprov.engine.plausible import implausible, listed_ids

MADE = Reply(0, "", 931, scope_id=2)
LISTED = listed_ids(Listing({"a": 7, "b": 9}, more={11: "b"}))


def why(reply: Reply = MADE, *, scope_id: int = 2, other_row: bool = False) -> str:
    """What speaks against a reply."""
    return implausible(reply, scope="client001", listed=LISTED, scope_id=scope_id, other_row=other_row)


def test_a_new_id_in_the_right_scope_is_plausible() -> None:
    """So is one where nothing is known of the scope, or the reply does not name it."""
    assert why() == ""
    assert why(scope_id=0) == ""
    assert why(Reply(0, "", 931)) == ""
    assert implausible(MADE, scope="client001") == ""


@pytest.mark.parametrize("number", [7, 9, 11])
def test_an_id_that_was_there_before_is_not(number: int) -> None:
    """A new thing has an id of its own; also of things that share their key every id counts."""
    assert why(Reply(0, "", number)) == f"the answer has id {number}, which was listed before the create was sent"


def test_an_id_that_another_row_was_given_is_not() -> None:
    """Two rows never make one thing."""
    assert why(other_row=True) == "the answer has id 931, which another row has"


def test_another_scope_is_not() -> None:
    """Where its id is known, and the reply has one as well."""
    assert why(Reply(0, "", 931, scope_id=3)) == (
        "the answer is not about client001, which has id 2, but about one with id 3"
    )


@pytest.mark.parametrize("number", [0, -1])
def test_no_id_is_not(number: int) -> None:
    """Nor is one that no thing can have."""
    assert why(Reply(0, "", number)) == "the answer has no id"
