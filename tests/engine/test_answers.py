"""What a listing tells of one thing in it."""

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.answers import differing, under, words_of
from bulkprov.engine.model import Listing
from bulkprov.engine.wanted import Listed, Match

WANT = BackupSet(client="client001", name="One")
TWO = BackupSet(client="client001", name="Two")
LISTING = Listing(
    {WANT.key: 4, TWO.key: 5}, more={6: TWO.key}, named={"one": [Listed(4, WANT.key, "a"), Listed(8, "?", "b")]}
)


@pytest.mark.parametrize("number", [0, 1, 3, 5])
def test_a_note_names_three_things_at_most(number: int) -> None:
    """And says how many more there are."""
    said = words_of([Listed(each, "", "it") for each in range(number)])

    assert said.count("id ") == min(number, 3)
    assert said.endswith(" and 2 more") is (number == 5)


@pytest.mark.parametrize(
    ("target", "told"),
    [(4, (4, "")), (8, (8, "")), (5, (0, "now named two")), (6, (0, "now named two")), (9, (0, ""))],
)
def test_what_is_listed_under_an_id(target: int, told: tuple[int, str]) -> None:
    """The thing, what may be it, another one by its name, or nothing."""
    assert under(target, WANT, LISTING, 0, lambda _want, _listed: Match.UNSURE) == told


def test_what_is_known_to_be_another_is_another() -> None:
    """Though it has the name: the kind knows."""
    assert under(8, WANT, LISTING, 4, lambda _want, _listed: Match.OTHER) == (4, "now b")


def test_only_what_is_listed_under_the_name_and_the_id_is_compared() -> None:
    """Nothing is told of anything else, nor by a kind that compares nothing."""

    def differs(_want: BackupSet, listed: Listed) -> str:
        return f"it is {listed.entry}"

    told = [differing(number, WANT, LISTING, differs) for number in (4, 8, 5, 0)]

    assert told == ["it is a", "it is b", None, None]
    assert differing(4, WANT, LISTING, None) is None
