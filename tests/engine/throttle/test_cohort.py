from bulkprov.engine.throttle.cohort import Cohort


def begun(cohort: Cohort, numbers: range, *, now: float = 0.0, act: bool = True) -> None:
    """These exchanges begin, all at once."""
    for number in numbers:
        cohort.begins(number, now, number, act=act)


def test_it_has_what_begins_until_it_is_complete() -> None:
    """Neither what began before it nor what begins after."""
    cohort = Cohort(10, 4)
    begun(cohort, range(10, 16))

    assert [cohort.has(number) for number in (9, 10, 13, 14)] == [False, True, True, False]
    assert cohort.peak_in_flight == 15


def test_it_is_known_when_three_quarters_are_answered() -> None:
    """Six of eight; before it is complete, not even all are enough."""
    cohort = Cohort(0, 8)
    begun(cohort, range(7))
    for _ in range(5):
        cohort.answered(0.1, act=True)
    assert not cohort.is_known(5.0)
    begun(cohort, range(7, 8))
    assert not cohort.is_known(5.0)
    cohort.answered(0.1, act=True)

    assert cohort.is_known(5.0)
    (none, sample) = cohort.latencies()
    assert none is None
    assert sample is not None
    assert (round(sample.seconds, 9), sample.count) == (0.1, 8)


def test_fast_answers_do_not_speak_for_slow_ones() -> None:
    """While the last that began has not had as long, a slow answer does not count yet, and is not lost."""
    cohort = Cohort(0, 8)
    begun(cohort, range(7))
    begun(cohort, range(7, 8), now=0.9)
    for seconds in (0.1, 0.1, 0.1, 0.1, 0.9, 0.95):
        cohort.answered(seconds, act=True)

    assert not cohort.is_known(1.0)
    assert cohort.is_known(1.85)


def test_the_two_kinds_are_apart() -> None:
    """Each has its own latency, each must be known, and it is complete with enough of one."""
    cohort = Cohort(0, 8)
    begun(cohort, range(4), act=False)
    begun(cohort, range(4, 12))
    for _ in range(8):
        cohort.answered(1.0, act=True)
    assert not cohort.is_known(9.0)
    for _ in range(3):
        cohort.answered(0.01, act=False)

    assert cohort.is_known(9.0)
    reads, acts = cohort.latencies()
    assert reads is not None
    assert acts is not None
    assert (round(reads.seconds, 6), round(acts.seconds, 6)) == (0.01, 1.0)


def test_a_few_of_a_kind_are_no_sample_and_nothing_waits_for_them() -> None:
    """Three reads among eight acts."""
    cohort = Cohort(0, 8)
    begun(cohort, range(3), act=False)
    begun(cohort, range(3, 11))
    for _ in range(6):
        cohort.answered(1.0, act=True)

    assert cohort.is_known(9.0)
    assert cohort.latencies()[0] is None


def test_what_ended_otherwise_is_left_out() -> None:
    """Four of eight failed: three answers are enough for the rest; with one more gone it can never be known."""
    cohort = Cohort(0, 8)
    begun(cohort, range(8))
    for _ in range(4):
        cohort.dropped(act=True)
    for _ in range(3):
        cohort.answered(1.0, act=True)
    assert (cohort.is_known(9.0), cohort.is_void) == (True, False)
    cohort.dropped(act=True)

    assert (cohort.is_known(9.0), cohort.is_void) == (False, True)
