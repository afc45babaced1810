"""A small share of the campaign of two runs; `python -m tests.campaigns.two_runs` is the whole of it."""

from pathlib import Path

from tests.campaigns.two_runs import once


def test_two_runs_of_a_sheet_at_once_keep_apart_what_each_has_made(tmp_path: Path) -> None:
    """Nothing is made twice, every set is created in one of the two, and each is rolled back without the other's."""
    seen = once(tmp_path, rows=40, faults=0.3, seed=1, settle=0.6)

    assert seen.broken == []
    assert seen.sets == 40
    assert seen.deleted + seen.left == seen.created


def test_two_runs_that_mark_their_sets_know_of_each_whose_it_is(tmp_path: Path) -> None:
    """Though answers are lost: every row is proven, no set is created in both, and each rollback is exact."""
    seen = once(tmp_path, rows=40, faults=0.3, seed=1, settle=0.6, mark=True)

    assert seen.broken == []
    assert (seen.sets, seen.created, seen.in_both, seen.unproven) == (40, 40, 0, 0)
    assert (seen.deleted, seen.left) == (40, 0)
