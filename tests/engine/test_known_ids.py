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
