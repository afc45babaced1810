"""Which of the exchanges that wait for a slot comes next. Pure."""

from enum import IntEnum

__all__ = ["Priority"]


class Priority(IntEnum):
    """Which of the waiting exchanges gets the next free slot: the lowest value first.

    Rows in progress are finished before others are begun. A list that is asked for ahead comes before them, since it is
    one request for which the rows of a whole scope will wait.
    """

    SETTLE = 0
    """A read that settles what became of an act. It passes even while the run is being stopped."""
    AHEAD = 1
    """A list that no row waits for yet; few of them at a time where rows are acted on."""
    ACT = 2
    """A create, or a delete."""
    READ = 3
    """Any other read."""
