"""Where a run stands, in words, and how long the rest takes."""

from collections import Counter

import pytest

from bulkprov.cli.pace import Pace, clock_time, headline, waits
from bulkprov.engine.model import Status
from bulkprov.engine.tally import Tally


def test_pace_is_that_of_the_last_moments() -> None:
    """A slow beginning does not weigh on the speed for ever."""
    pace = Pace(window=10)
    for second in range(100):
        pace.hear(second, second if second < 50 else 50 + (second - 50) * 20)

    assert pace.rate == 20
    assert pace.left(200) == 10


def test_pace_claims_nothing_it_cannot_know() -> None:
    """With one look, or no progress, there is no speed and no time left."""
    pace = Pace()
    assert pace.rate == 0
    pace.hear(1, 5)
    assert pace.rate == 0
    pace.hear(9, 5)
    assert pace.left(3) is None


def test_pace_does_not_count_the_reading_of_the_sheet() -> None:
    """Speed is counted from the last moment at which nothing was done yet, and time left only after a while."""
    pace = Pace()
    for now, done in [(0, 3), (60, 3), (61, 8)]:
        pace.hear(now, done)
    assert (pace.rate, pace.left(10)) == (5, None)

    pace.hear(62, 13)
    assert (pace.rate, pace.left(10)) == (5, 2)


def test_the_headline_says_all_that_counts() -> None:
    """Done of total, each status, speed, what is in flight and waits, and time left."""
    pace = Pace()
    pace.hear(0, 0)
    pace.hear(10, 1200)
    statuses = Counter({Status.CREATED: 1180, Status.REJECTED: 20})
    tally = Tally(rows=5000, statuses=statuses, in_flight=8, limit=16, waiting=2)

    assert headline(tally, 5000, pace) == (
        "1,200 of 5,000 rows, 1,180 created, 20 rejected, 8 in flight (at most 16), 2 waiting, 120 rows/s, "
        "about 32s left"
    )


def test_the_headline_does_without_a_total() -> None:
    """While the sheet is still read, only what is known is said."""
    assert headline(Tally(), None, Pace()) == "0 rows"


def test_what_the_server_put_off_was_answered() -> None:
    """It is counted apart from what was lost."""
    assert headline(Tally(put_off=20, unanswered=1), None, Pace()) == (
        "0 rows, 20 requests put off by the server, 1 unanswered request"
    )


def test_until_the_server_answers_for_the_first_time_it_is_waited_for() -> None:
    """A bar that stands still would not tell from a server that has taken the first rows."""
    assert headline(Tally(rows=3, signing_in=True), 3, Pace()) == "0 of 3 rows, waiting for the server's first answer"


def test_a_server_that_is_silent_is_said() -> None:
    """Until it answers; why is said as well."""
    tally = Tally(rows=3, silent="cannot connect to cs.example.com: Connection refused")

    assert headline(tally, 3, Pace()).count("SERVER NOT RESPONDING: cannot connect to cs.example.com") == 1


def test_what_is_waited_for_does_not_count_against_the_speed() -> None:
    """A pause of ten minutes says nothing of how fast the rows go, nor does the time that a question takes."""
    pace = Pace()
    for second in range(11):
        pace.hear(second, second * 10)
    for second in range(11, 611):
        pace.hear(second, 100, waits=True)
    assert (pace.rate, pace.left(50)) == (10, 5)

    pace.go_on(1000)
    for second in range(1, 11):
        pace.hear(1000 + second, 100 + second * 10)
    assert pace.rate == 10


def settling(**rows: float) -> dict[int, float]:
    """Rows that settle."""
    return {int(name[1:]): moment for name, moment in rows.items()}


def test_rows_that_settle_are_told_with_until_when() -> None:
    """They are not called waiting besides, and the time left lasts at least as long."""
    pace = Pace()
    pace.hear(0, 0)
    pace.hear(10, 100)
    tally = Tally(statuses=Counter({Status.CREATED: 100}), waiting=4, settling=settling(r1=1040, r2=1050, r3=3))

    assert headline(tally, 110, pace, 1000) == (
        f"100 of 110 rows, 100 created, 2 waiting, 2 settling until {clock_time(1050)}, 10 rows/s, about 50s left"
    )
    tally.waiting = 2
    assert f"2 settling until {clock_time(1050)}, then looked up a last time" in headline(tally, 102, pace, 1000)


def test_before_an_audit_it_is_said_when_it_begins() -> None:
    """Nothing else is done meanwhile."""
    tally = Tally(rows=1, statuses=Counter({Status.CREATED: 1}), audit_at=1050)

    assert headline(tally, 1, Pace(), 1000).endswith(f"settling until {clock_time(1050)}, then audited")
    tally.rows = 3  # a run that is resumed: what it made before comes first
    assert headline(tally, 3, Pace(), 1000).endswith("then audited and the other rows follow")
    tally.creates = 1
    assert headline(tally, 3, Pace(), 1000).endswith("then audited"), "at the end of a run that was stopped"


@pytest.mark.parametrize(
    ("tally", "still"),
    [
        (Tally(waiting=1), False),
        (Tally(paused=1), True),
        (Tally(silent="gone"), True),
        (Tally(audit_at=9), True),
        (Tally(settling=settling(r1=9, r2=9)), True),
        (Tally(settling=settling(r1=9)), False),  # the other row may be waiting for its turn at a rate
        (Tally(settling=settling(r1=9, r2=9), in_flight=1), False),
    ],
)
def test_a_run_waits_while_nothing_can_be_done(tally: Tally, *, still: bool) -> None:
    """Of two rows."""
    assert waits(tally, 2, 1) is still


def test_a_rate_of_some_rows_a_minute_tells_the_time_left_and_when_the_next_row_goes() -> None:
    """A hundred an hour are one in 36 s: the speed of the last minute knows little of that, and the wait is long."""
    pace = Pace()
    pace.hear(0, 0)
    pace.hear(10, 1)
    tally = Tally(rows=50, statuses=Counter({Status.CREATED: 1}), act_rate=100 / 3600, act_left_at=1000, waiting=1)

    told = headline(tally, 50, pace, 1010)
    assert f"1 waiting, the next goes at {clock_time(1036)} (--rate)" in told
    assert told.endswith("about 29m 24s left")
    assert headline(tally, 50, Pace(), 1010).endswith("about 29m 24s left"), "before any speed is known"

    slow = Pace()
    slow.hear(0, 0)
    slow.hear(100, 1)
    assert headline(tally, 50, slow, 1010).endswith("0.6 rows/min, about 1h 21m left"), (
        "the server is slower than the rate"
    )


@pytest.mark.parametrize(
    "why",
    [
        Tally(rows=9, act_rate=1, act_left_at=1000),
        Tally(rows=9, act_rate=0.01),
        Tally(rows=9, act_rate=0.01, act_left_at=900),
        Tally(rows=9, act_rate=0.01, act_left_at=1000, in_flight=1),
        Tally(rows=9, act_rate=0.01, act_left_at=1000, paused=1),
        Tally(rows=1, act_rate=0.01, act_left_at=1000, waiting=1, settling={1: 1009}),
        Tally(rows=9, goal=1, act_rate=0.01, act_left_at=1000, statuses=Counter({Status.CREATED: 1})),
    ],
)
def test_when_the_next_row_goes_is_said_only_where_the_rate_is_waited_for(why: Tally) -> None:
    """Not at a high rate, before the first, in a pause, while one is in flight, or when all have left."""
    assert "next" not in headline(why, why.rows, Pace(), 1001)


def test_no_time_left_is_named_that_nobody_knows() -> None:
    """With a silent server none; in a pause that which is left when it is over."""
    pace = Pace()
    pace.hear(0, 0)
    pace.hear(10, 10)
    statuses = Counter({Status.CREATED: 10})

    assert "left" not in headline(Tally(statuses=statuses, silent="gone"), 20, pace)
    assert headline(Tally(statuses=statuses, paused=1), 20, pace).endswith("about 10s left after the pause")
