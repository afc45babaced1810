"""Sets as lists and reads by id show them."""

from typing import Any

import pytest

from bulkprov.probe.sets import Listed, look_at, sets_in, shown_to
from tests.probe.probing import answer


def entry(number: object, *, client_id: object = 2, **common: object) -> dict[str, Any]:
    """One of `backupsetProperties`."""
    entity = {"backupsetId": number, "backupsetName": "One", "clientId": client_id, "appName": "X", "applicationId": 33}
    return {"backupSetEntity": entity, **({"commonBackupSet": common} if common else {})}


def listing(*entries: dict[str, Any]) -> dict[str, Any]:
    """The body of a list."""
    return {"backupsetProperties": list(entries)}


def test_a_set_is_known_by_its_id() -> None:
    """What has none is no set."""
    heard = answer(listing(entry(7), entry(0), entry("x"), {"backupSetEntity": []}, {"x": 1}))

    assert sets_in(heard) == {7: Listed(id=7, name="One", app="X", app_id=33, client="", client_id=2)}


@pytest.mark.parametrize(
    ("common", "description"),
    [({}, None), ({"x": 1}, None), ({"userDescription": ""}, ""), ({"userDescription": "Hello"}, "Hello")],
)
def test_a_description_that_is_not_shown_is_not_an_empty_one(common: dict[str, object], description: str) -> None:
    """Nothing is known of it then."""
    assert sets_in(answer(listing(entry(7, **common))))[7].description == description


@pytest.mark.parametrize(
    ("body", "form", "number"),
    [
        (listing(entry(7)), "set", 7),
        (listing(entry(8)), "set", None),
        ({}, "empty", None),
    ],
)
def test_a_look_at_an_id_shows_its_set_or_none(body: dict[str, Any], form: str, number: int | None) -> None:
    """A set of another id is no answer."""
    look = look_at(answer(body), 7, "scratch01")

    assert look.form == form
    assert (look.set and look.set.id) == number


@pytest.mark.parametrize(
    ("body", "before", "problem"),
    [
        (listing(entry(7)), {7}, ""),
        (listing(entry(7), entry(8, client_id=3)), {7}, ""),
        (listing(entry(7, client_id="")), {7}, ""),
        ({}, set(), ""),
        ({}, {7}, "lacks what was there before"),
        (listing(entry(8)), {7, 9}, "lacks what was there before"),
        (listing(entry(7, client_id=3)), set(), "shows another client's sets"),
        ({"errorCode": 5, "errorMessage": "No."}, set(), 'was answered with HTTP 200 with "No."'),
    ],
)
def test_a_list_is_a_proof_only_if_it_can_be_the_clients(body: dict[str, Any], before: set[int], problem: str) -> None:
    """It shows what was there before, and some set that is not another's."""
    shown = shown_to(answer(body), 2, frozenset(before))

    assert shown.problem.removeprefix("the client's list ") == problem
