"""Marks: what they look like, and what is recognised of them in a text."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine.marks import mark_in, minted, same_mark
from tests.exchanges import ANOTHERS, MARK


def test_a_mark_names_run_and_row_and_ends_with_random_digits() -> None:
    """So that a person finds the run, and no two creates have one."""
    random = Random(1)
    one, other = minted("wave3-20260102-030405", random, 17), minted("wave3-20260102-030405", random, 17)

    assert re.fullmatch(r"bulkprov wave3-20260102-030405/17 [0-9a-f]{16}", one)
    assert other.rpartition(" ")[0] == one.rpartition(" ")[0]
    assert not same_mark(one, other)


@pytest.mark.parametrize(
    ("run", "shown"),
    [
        ("R&D <wave> 3", "R-D-wave-3"),
        ("Welle ü", "Welle-"),
        ("", "-"),
        ("a" * 50 + "-20260102-030405", "a" * 24 + "-20260102-030405"),
    ],
)
def test_a_mark_has_no_character_that_a_server_might_spell_otherwise(run: str, shown: str) -> None:
    """And is not long; of the name of a run the end tells most."""
    assert minted(run, Random(1), 2).split(" ")[1] == f"{shown}/2"


@given(st.text(), st.integers(1, 2_000_000), st.randoms(), st.text(), st.sampled_from([" ", "; ", "\n", "("]))
def test_every_mark_is_found_at_the_end_of_any_text(run: str, row: int, random: Random, words: str, end: str) -> None:
    """Whatever a run is called, and whatever description it ends."""
    mark = minted(run, random, row)

    assert mark_in(f"{words}{end}{mark}") == mark
    assert mark_in(mark.upper()) == mark.upper()
    assert same_mark(mark, mark.upper())


@pytest.mark.parametrize(
    "words",
    ["", "of bulkprov", "Finance shares", "bulkprov wave3/17", MARK[:-1], f"{MARK}0", f"x{MARK}", MARK[1:]],
)
def test_what_is_not_a_whole_mark_is_none(words: str) -> None:
    """A description may be cut, and then nothing is known."""
    assert mark_in(words) == ""


def test_of_several_marks_the_last_one_counts() -> None:
    """Ours ends the description."""
    assert mark_in(f"copied: {MARK}; {ANOTHERS}") == ANOTHERS
