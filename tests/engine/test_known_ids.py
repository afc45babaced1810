"""The ids that a run knows."""

import random

from bulkprov.engine.known_ids import KnownIds


def test_a_seen_id_is_known_and_no_row_has_it() -> None:
    """Only the highest is remembered of those."""
    ids = KnownIds()
    ids.see(40)
    ids.see(7)

    assert ids.highest == 40
    assert not ids.has_row(40)


def test_the_ids_of_rows_are_told_from_all_others() -> None:
    """Whatever their order and their distance."""
    draw = random.Random(3)
    numbers = {draw.randrange(1, 100_000) for _ in range(5_000)} | {1, 511, 512, 513, 10**15}
    ids = KnownIds(numbers)

    assert ids.highest == 10**15
    assert all(ids.has_row(number) for number in numbers)
    assert not any(ids.has_row(number) for number in range(100_000) if number not in numbers)


def test_witnesses_are_the_highest_ids_that_every_list_of_their_scope_must_have() -> None:
    """They were reported a settle time ago; what came since may not be listed yet, and other scopes have their own."""
    ids = KnownIds(settle=10)
    for number, at in ((7, 100.0), (9, 104.0), (8, 106.0), (11, 108.0)):
        ids.testify("client001", number, at)
    told = {at: ids.witnesses("client001", at) for at in (109.0, 110.0, 114.0, 116.0, 999.0)}

    assert told == {109.0: (), 110.0: (7,), 114.0: (9, 7), 116.0: (9, 8, 7), 999.0: (11, 9, 8)}
    assert ids.witnesses("client002", 999.0) == ()


def test_few_witnesses_are_kept_however_many_rows_a_scope_has() -> None:
    """As many as fit into a settle time, and a few more."""
    ids = KnownIds(settle=10)
    for number in range(1, 10_001):
        ids.testify("client001", number, number / 100)
    highest, *lower = ids.witnesses("client001", 100.0)

    assert len(ids._witnesses["client001"]) <= 18
    assert 8_900 <= highest <= 9_000
    assert lower == [highest - 1, highest - 2]


def test_what_a_journal_tells_at_a_resume_testifies_one_settle_time_later_whatever_is_reported_meanwhile() -> None:
    """The first looks of doubted rows come just then."""
    ids = KnownIds(settle=16)
    for number in (3, 932, 947):
        ids.testify("client001", number, 100.0)
    ids.testify("client001", 962, 100.1)

    assert ids.witnesses("client001", 116.0) == (947, 932, 3)
    assert ids.witnesses("client001", 116.1) == (962, 947, 932)


def test_an_id_that_is_told_late_makes_no_witness_older() -> None:
    """A row may be looked at again, or audited, long after its create was answered."""
    ids = KnownIds(settle=16)
    ids.testify("client001", 7, 100.0)
    ids.testify("client001", 9, 150.0)
    ids.testify("client001", 8, 101.0)

    assert ids.witnesses("client001", 165.0) == (7,)
    assert ids.witnesses("client001", 166.0) == (9, 8, 7)
