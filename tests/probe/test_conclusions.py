"""What findings mean for a wave."""

import re
import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.probe.answers import Said
from bulkprov.probe.conclusions import SETTLE, Weight, differences, proposed_toml, verdict
from bulkprov.probe.findings import AgentSeen, Delay, Findings, NameSeen, Tried
from bulkprov.probe.hidden import PLACEHOLDERS
from bulkprov.runs.policy import policy_of
from bulkprov.settings import Access, Effort

REFUSED = Tried(end="refused", said=Said(http=200, code=2, words="Backup set already exists."))
AS_ASSUMED = Findings(
    listed=Delay(seen=0.1),
    readable=Delay(seen=0.1),
    repeated=REFUSED,
    other_case=REFUSED,
    with_blanks=REFUSED,
    unknown={"client": Tried(end="refused", said=Said(http=200, code=1, words="DB error: please refer to logs"))},
    description="kept",
    same_by_name=True,
    no_client_list="missing",
    new_id=True,
    deleted=Said(http=200, code=0),
    gone_read="empty",
    gone_believed=True,
    unlisted=Delay(seen=0.1),
    dead_token="401",
)
MADE = Tried(end="made", said=Said(http=200, code=0))
SAME = Tried(end="same", said=Said(http=200, code=0))


def test_a_server_that_is_as_assumed_differs_in_nothing() -> None:
    """No line is said for the sake of saying something."""
    assert differences(AS_ASSUMED) == []


CASES: list[tuple[dict[str, Any], Weight, str]] = [
    ({"stopped": "a create: HTTP 500"}, Weight.STOP, "stopped (a create: HTTP 500)"),
    (
        {"listed": Delay(unseen=15.0)},
        Weight.STOP,
        "A new set was not listed after 15 s. Then a row whose answer was lost may be made twice",
    ),
    ({"listed": Delay(unseen=5.0, seen=15.0)}, Weight.CARE, "set settle = 17"),
    ({"readable": Delay(unseen=1.0, seen=5.0)}, Weight.NOTE, "after 1 s to 5 s. bulkprov waits 10 s, which is enough"),
    ({"unlisted": Delay(unseen=5.0, seen=15.0)}, Weight.CARE, "A deleted set leaves the list only after 5 s to 15 s"),
    ({"repeated": SAME}, Weight.CARE, "errorCode 0 and the id of that set"),
    ({"repeated": MADE}, Weight.CARE, "makes a second set of that name"),
    ({"repeated": Tried(end="refused", said=Said(http=200, code=7, words="No."))}, Weight.NOTE, 'errorCode 7 "No."'),
    ({"other_case": MADE}, Weight.CARE, "capital letters only are two sets"),
    ({"repeated": Tried(end="skipped"), "description": "dropped"}, Weight.NOTE, "not kept"),
    ({"with_blanks": MADE, "blanks_kept": True}, Weight.NOTE, "Blanks around a name are kept"),
    ({"names": (NameSeen(sent="200 characters", end="cut", length=100),)}, Weight.CARE, "cut to 100 characters"),
    ({"names": (NameSeen(sent="letters beyond ASCII", end="changed", length=9),)}, Weight.CARE, "made as another name"),
    (
        {"names": (NameSeen(sent="200 characters", end="refused", said=Said(http=200, code=2)),)},
        Weight.NOTE,
        "refused with errorCode 2",
    ),
    ({"unknown": {"plan": MADE}}, Weight.CARE, "A misspelt planName is not noticed"),
    ({"unknown": {"instance": MADE}}, Weight.CARE, "plan with --deep before each wave"),
    ({"gone_believed": False, "gone_read": "blank"}, Weight.CARE, "has an empty body. That is no witness"),
    ({"deleted": Said(http=403)}, Weight.CARE, "refused with HTTP 403: this user"),
    ({"deleted": Said(http=200, code=5, words="No rights.")}, Weight.CARE, "this user cannot roll back"),
    ({"new_id": False}, Weight.CARE, "nothing is proven"),
    ({"description": "dropped"}, Weight.NOTE, "--mark and the column description have no effect"),
    ({"agents": (AgentSeen(wanted="", listed="Big Data", known=False),)}, Weight.CARE, 'under an agent "Big Data"'),
    ({"same_by_name": False}, Weight.STOP, "are not the same"),
    ({"list_by_name": "other", "same_by_name": None}, Weight.STOP, "cannot be listed by its name"),
    ({"display_names": True}, Weight.NOTE, "display name"),
    ({"no_client_list": "error"}, Weight.NOTE, "is an error"),
    ({"dead_token": "HTTP 200, as with a good one"}, Weight.CARE, "dead token"),
]


@pytest.mark.parametrize(("change", "weight", "words"), CASES, ids=[words[:40] for _, _, words in CASES])
def test_each_difference_is_said(change: dict[str, Any], weight: Weight, words: str) -> None:
    """In one line with its weight, and no other line besides."""
    found = differences(replace(AS_ASSUMED, **change))

    assert [each.weight for each in found] == [weight]
    assert words in found[0].words


def test_the_worst_comes_first() -> None:
    """Whatever was found first."""
    found = differences(replace(AS_ASSUMED, description="dropped", repeated=SAME, same_by_name=False))

    assert [each.weight for each in found] == [Weight.STOP, Weight.CARE, Weight.NOTE]


def test_the_settle_time_is_that_of_a_run() -> None:
    """What is called the default here is the default there."""
    assert policy_of(Access(server="https://cs.example.com"), Effort()).settle == SETTLE


def test_what_is_proposed_can_be_put_into_the_settings_file() -> None:
    """It is TOML; words are matched without the names in them; what the catalogue knows already is left out."""
    unknown = {
        "client": Tried(end="refused", said=Said(http=200, code=1, words="DB error: please refer to logs")),
        "agent": Tried(end="refused", said=Said(http=200, code=9, words="Type [NOWHERE] is nothing of CLIENT's.")),
        "instance": Tried(end="refused", said=Said(http=500, code=3, words="Same words.")),
        "plan": Tried(end="refused", said=Said(http=500, code=3, words="Same words.")),
    }
    text = proposed_toml(replace(AS_ASSUMED, listed=Delay(unseen=5.0, seen=12.2), unknown=unknown))
    proposed = tomllib.loads(text)

    assert proposed["settle"] == 15
    assert proposed["mark"] is True
    assert [(each["code"], each["text"]) for each in proposed["error"]] == [
        (9, r"Type \[.*\] is nothing of .*'s\."),
    ]


def test_nothing_is_proposed_without_need() -> None:
    """A server of which all is known already."""
    assert proposed_toml(replace(AS_ASSUMED, description="dropped")) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "A wave can be run here."),
        ({"description": "dropped"}, "A wave can be run here."),
        ({"new_id": False}, 'A wave can be run here, with what is said under "care" in mind.'),
        ({"stopped": "x"}, "Run no wave here yet: see STOP above."),
        ({"created": None}, "Reads alone do not tell whether to run a wave here: go on with --yes."),
        ({"created": None, "same_by_name": False}, "Run no wave here yet: see STOP above."),
    ],
)
def test_the_verdict_is_one_line(change: dict[str, Any], words: str) -> None:
    """From the worst that was found; reads alone allow nothing."""
    assert verdict(replace(AS_ASSUMED, **{"created": Said(http=200, code=0), **change})) == words


def test_what_tells_nothing_is_not_proposed() -> None:
    """A code without words, or with nothing but names in them: every other error of that code would be explained so."""
    unknown = {
        "client": Tried(end="refused", said=Said(http=200, code=2)),
        "agent": Tried(end="refused", said=Said(http=404, words="")),
        "instance": Tried(end="refused", said=Said(http=200, code=2, words="[NOWHERE]: 7")),
    }
    assert proposed_toml(replace(AS_ASSUMED, description="dropped", unknown=unknown)) == ""


@given(st.text(max_size=40), st.sampled_from(PLACEHOLDERS), st.text(max_size=40))
def test_proposed_entries_are_toml_and_find_the_words(before: str, place: str, after: str) -> None:
    """Whatever the words are, and whatever name stands where one was replaced."""
    said = Said(http=500, code=77, words=f"{before} {place} {after}")
    text = proposed_toml(replace(AS_ASSUMED, description="", unknown={"plan": Tried(end="refused", said=said)}))
    for each in tomllib.loads(text).get("error", []):
        assert re.search(each["text"], f"{before} any name {after}", re.DOTALL | re.IGNORECASE)
