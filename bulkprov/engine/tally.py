"""The counts that progress and summary show."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from bulkprov.engine.model import Status
from bulkprov.engine.timeseries import TimeSeries

__all__ = ["PUT_OFF", "Tally"]

PUT_OFF: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Statuses of a server that has too much to do: it is there and says so, and is asked again later."""


@dataclass(slots=True)
class Tally:
    """The counts of a piece of work. They change while it goes on; the run owns them."""

    rows: int = 0
    statuses: Counter[Status] = field(default_factory=Counter)
    carried: int = 0
    requests: int = 0
    refused: int = 0
    """Rows that were refused in this work, but for those that a look has found all the same."""
    creates: int = 0
    """Acts that have left, answered or not."""
    unanswered: int = 0
    """Exchanges that were not answered. If the rows are done, all of them were survived."""
    put_off: int = 0
    """Exchanges that the server has answered with `PUT_OFF`."""
    in_flight: int = 0
    limit: int = 0
    """Exchanges that may be in flight now."""
    limits: TimeSeries = field(default_factory=TimeSeries)
    """How `limit` changed over time; nothing where it is fixed."""
    act_rate: float = 0.0
    """Acts a second, at most; 0 where nothing limits them."""
    act_left_at: float = 0.0
    """When the last act left, whatever became of it, in seconds since the epoch; 0 if there was none."""
    acted_at: float = 0.0
    """When the last act ended that may have had an effect, in seconds since the epoch; 0 if there was none."""
    audit: "Tally | None" = None
    """The counts of the audit that goes on, if one does."""
    taken_back: int = 0
    """Rows that an audit has taken back, since nothing is there as they were reported."""
    audit_seconds: float = 0.0
    """How long the audits of the work took, and the waits before them."""
    bugs: int = 0
    """Rows that a bug of ours broke off; they are left in doubt."""
    waiting: int = 0
    """Rows that wait (backoff, settle time) in a task of their own."""
    settling: dict[int, float] = field(default_factory=dict)
    """Those of them that wait for the settle time before a look decides, by number: when it is over, in seconds since
    the epoch."""
    paused: int = 0
    """Exchanges that wait because the server has asked for a pause."""
    goal: int = 0
    """Rows that will have ended when the work is done, if that is fewer than `rows`; else 0."""
    audit_at: float = 0.0
    """When the audit begins that is waited for, in seconds since the epoch; 0 if none is."""
    signing_in: bool = False
    """Whether the server is asked for the first time in this work, and has not answered yet."""
    silent: str = ""
    """How the last exchange ended with a server that has fallen silent; empty while it answers."""

    @contextmanager
    def awaits_first_answer(self) -> Iterator[None]:
        """A block in which the server is asked for the first time in this work, however that ends."""
        self.signing_in = True
        try:
            yield
        finally:
            self.signing_in = False
