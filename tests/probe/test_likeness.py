"""Six kinds of CommServe: each difference is found and said, and a simulator made from the findings says the same."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from bulkprov.errors import SettingsError
from bulkprov.probe.answers import Said
from bulkprov.probe.conclusions import differences
from bulkprov.probe.findings import Delay, Findings, NameSeen, Tried
from bulkprov.probe.likeness import simulator_like
from bulkprov.simulator import SimulatorSettings
from tests.probe.probing import ESTATE, MAKES, probed

NAMES = replace(MAKES, names=True)
CHARACTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "as recorded": ({}, []),
    "as guessed": (
        {
            "replies": "guessed",
            "spelling": "documented",
            "gone_read": "blank",
            "empty_list": "404",
            "session_end": "page",
        },
        ["That is no witness"],
    ),
    "lists 10 s late": (
        {"list_lag": 10.0},
        [
            "A new set is listed only after 5 s to 15 s",
            "A deleted set leaves the list only",
        ],
    ),
    "duplicates made": ({"refuse_duplicates": False}, ["makes a second set of that name"]),
    "descriptions dropped": ({"descriptions": False}, ["The description of a create is not kept"]),
    "names trimmed and cut at 100": (
        {"name_length": 100, "long_names": "cut", "name_blanks": "trimmed"},
        ["Names are cut to 100 characters"],
    ),
    "refusals of its own": (
        {"duplicate_status": 409, "duplicate_code": 3, "duplicate_text": "Name in use.", "refusal_status": 500},
        [],
    ),
    "idempotent": ({"idempotent": True}, ["errorCode 0 and the id of that set"]),
    "idempotent, and names told by case and blanks": (
        {"idempotent": True, "name_case": "told", "name_blanks": "kept"},
        ["errorCode 0 and the id of that set", "capital letters only", "Blanks around a name are kept"],
    ),
    "names told by case and blanks": (
        {"name_case": "told", "name_blanks": "kept"},
        ["capital letters only", "Blanks around a name are kept"],
    ),
    "names shown with escapes": ({"escaped_names": True}, []),
    "an error for what is gone": ({"gone_read": "error", "session_end": "403"}, []),
    "short names only": (
        {"name_length": 64},
        ["A name with 200 characters is refused", "A name with 100 characters is refused"],
    ),
    "descriptions listed, clients under display names": (
        {"description_lists": True, "display_names": True},
        ["display name"],
    ),
    "reads by id late": (
        {"read_lag": 3.0},
        ["A new set is shown by its id after", "The id of a deleted set stops showing it after"],
    ),
}


@pytest.mark.parametrize("character", CHARACTERS)
def test_what_a_server_is_like_is_found_said_and_can_be_simulated(character: str, tmp_path: Path) -> None:
    """The differences are those of this kind and no others; and a second probe, of the likeness, finds the same."""
    settings, expected = CHARACTERS[character]
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    found = probed(tmp_path / "first", NAMES, **settings).findings
    like = simulator_like(found, SimulatorSettings(estate=ESTATE))
    given = {each.name: getattr(like, each.name) for each in fields(like)}
    again = probed(tmp_path / "second", NAMES, **given).findings

    said = [each.words for each in differences(found)]
    assert len(said) == len(expected), said
    for words in expected:
        assert any(words in each for each in said), (words, said)
    assert [each.words for each in differences(again)] == said
    for name in ("listed", "readable", "unread", "unlisted"):  # but for the very seconds
        setattr(again, name, getattr(found, name))
    assert again == found


def test_what_was_not_asked_stays_as_it_is() -> None:
    """A probe that only read, or that was stopped, changes nothing else."""
    settings = SimulatorSettings(list_lag=4.0, idempotent=True, name_length=80)

    assert simulator_like(Findings(), settings) == settings


def test_what_a_simulator_cannot_do_comes_as_near_as_it_can() -> None:
    """A list that never showed a set is an hour late; a refusal in error{} stands at the top level."""
    nested = Said(http=500, code=7, words="No.", shape="error")
    found = Findings(
        listed=Delay(unseen=15.0),
        unknown={"client": Tried(end="refused", said=nested), "plan": Tried(end="skipped")},
        names=(NameSeen(sent="letters beyond ASCII", end="changed", length=3),),
        no_client_list="other",
    )
    like = simulator_like(found, SimulatorSettings())

    assert like.list_lag == 3600
    assert like.refusals["unknown-client"].shape == "top"
    assert set(like.refusals) == {"unknown-client"}
    assert like.empty_list == "missing"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Findings(listed=Delay(unseen=float("inf"), seen=float("inf"))), "list_lag is inf"),
        (Findings(readable=Delay(unseen=float("nan"), seen=1.0)), "read_lag is nan"),
        (Findings(names=(NameSeen(sent="x", end="cut", length=-1),)), "name_length is -1"),
        (
            Findings(unknown={"x\x1b": Tried(end="refused", said=Said(http=200))}),
            r"nothing is refused as 'unknown-x\x1b'",
        ),
        (Findings(repeated=Tried(end="refused", said=Said(http=99))), "the status of duplicate is 99"),
    ],
)
def test_findings_that_cannot_be_are_refused_in_one_line(found: Findings, words: str) -> None:
    """A probe.json may be damaged, or anyone's."""
    with pytest.raises(SettingsError) as refused:
        simulator_like(found, SimulatorSettings())

    assert words in str(refused.value)


def test_words_of_others_are_sent_without_control_characters() -> None:
    """XML takes none, and a terminal obeys them."""
    found = Findings(version="11\x1b[2J", repeated=Tried(end="refused", said=Said(http=200, code=2, words="No\0\n.")))
    like = simulator_like(found, SimulatorSettings())

    assert like.commserve_version == r"11\x1b[2J"
    assert like.refusals["duplicate"].text == r"No\x00 ."
