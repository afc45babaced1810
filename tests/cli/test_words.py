"""Figures as all messages write them."""

import pytest

from bulkprov.cli.words import duration, speed


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0s"), (41.6, "42s"), (59.7, "1m 00s"), (185, "3m 05s"), (7800, "2h 10m")]
)
def test_a_duration_reads_as_people_write_it(seconds: float, words: str) -> None:
    """Two units at most, rounded to what matters."""
    assert words == duration(seconds)


@pytest.mark.parametrize(("rate", "words"), [(0.42, "0.4"), (9.94, "9.9"), (9.96, "10"), (1234.5, "1,234")])
def test_a_speed_has_as_many_digits_as_one_can_judge_by(rate: float, words: str) -> None:
    """A slow run is not called one row a second, or none."""
    assert words == speed(rate)
