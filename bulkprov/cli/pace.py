"""Where a run stands, in words: its counts, its speed, how long the rest takes, and what it waits for. Pure."""

import time
from collections import deque
from typing import Final

from bulkprov.cli.words import TELLS, duration, speed
from bulkprov.engine.model import Status
from bulkprov.engine.tally import Tally
from bulkprov.text import clean, plural

__all__ = ["Pace", "busy", "clock_time", "counts", "headline", "time_left", "waits"]

_WINDOW: Final = 60.0
"""Seconds of work over which the speed is measured."""

_LONG_WAIT: Final = 5.0
"""Seconds from one create to the next from which on it is said when that leaves: else a run looks hung."""

_SLOW: Final = 0.1
"""Rows per second below which the speed is told by the minute."""

_ENOUGH: Final = 2.0
"""Seconds that must be known before a time left is estimated."""


class Pace:
    """Rows per second over the last minute of work, from counts that arrive now and then."""

    def __init__(self, window: float = _WINDOW) -> None:
        self._window = window
        self._heard: deque[tuple[float, int]] = deque()
        self._last: float | None = None
        self._waited = 0.0

    def go_on(self, now: float) -> None:
        """Leave out the time since the last count: the operator was being asked a question, and no work was done."""
        self.hear(now, self._heard[-1][1] if self._heard else 0, waits=True)

    def hear(self, now: float, done: int, *, waits: bool = False) -> None:
        """Take the number of rows done by now. Of the counts older than the window one is kept.

        The time before the first row is done does not count: the sheet is still being read then. Nor does the time
        since the last count if all that there is to do `waits`.
        """
        if waits and self._last is not None:
            self._waited += now - self._last
        self._last = now
        now -= self._waited
        if len(self._heard) == 1 and self._heard[0][1] == done:
            self._heard.clear()
        self._heard.append((now, done))
        while self._heard[-1] is not self._heard[0] and self._heard[1][0] <= now - self._window:
            self._heard.popleft()

    @property
    def rate(self) -> float:
        """Rows per second; 0 while it is unknown."""
        if not self._heard:
            return 0.0
        (begin, before), (end, after) = self._heard[0], self._heard[-1]
        return (after - before) / (end - begin) if end > begin else 0.0

    @property
    def told(self) -> str:
        """The speed in words: by the minute, where few rows go in a second; empty until it tells something."""
        if not self.rate or self._known < TELLS:
            return ""
        return f"{speed(self.rate)} rows/s" if self.rate >= _SLOW else f"{speed(self.rate * 60)} rows/min"

    def left(self, rows: int) -> float | None:
        """Seconds that so many rows will take at this speed; None while it is unknown."""
        return rows / self.rate if self.rate > 0 and self._known >= _ENOUGH else None

    @property
    def _known(self) -> float:
        """Seconds of work of which the speed is known."""
        return self._heard[-1][0] - self._heard[0][0] if self._heard else 0.0


def headline(tally: Tally, total: int | None, pace: Pace, now: float = 0.0) -> str:
    """Where the run stands, in one line of plain text; `now`: seconds since the epoch."""
    parts = [*counts(tally, total, now), *([told] if (told := pace.told) else [])]
    if left := time_left(tally, total, pace, now):
        parts.append(f"about {left}{' after the pause' if tally.paused else ''}")
    return ", ".join(parts)


def clock_time(moment: float) -> str:
    """A moment, in seconds since the epoch, as the clock on the wall shows it: `14:03:12`."""
    return time.strftime("%H:%M:%S", time.localtime(moment))


def time_left(tally: Tally, total: int | None, pace: Pace, now: float) -> str:
    """How long the rest takes, pauses left out; empty where it cannot be told, as when the server is silent."""
    settling = _settling(tally, now)
    left = 0 if total is None else total - tally.statuses.total()
    unsent = max(left - len(settling), 0)
    seconds = pace.left(unsent) if unsent else 0.0
    if tally.act_rate:  # the speed of the last minute tells little of a rate of some rows a minute
        seconds = max(seconds or 0.0, unsent / tally.act_rate)
    if left <= 0 or seconds is None or tally.silent:
        return ""
    seconds = max(seconds, max(settling, default=now) - now)
    return f"{duration(seconds)} left"


def _next_act(tally: Tally, now: float) -> float:
    """When the rate lets the next act leave, if that is worth to be said; else 0."""
    if not tally.act_rate or not tally.act_left_at or 1 / tally.act_rate < _LONG_WAIT:
        return 0.0
    at = tally.act_left_at + 1 / tally.act_rate
    return at if at > now and not (tally.in_flight or tally.paused or tally.silent) else 0.0


def _settling(tally: Tally, now: float) -> list[float]:
    """When rows have settled that still wait for that."""
    return [moment for moment in tally.settling.values() if moment > now]


def waits(tally: Tally, total: int | None, now: float) -> bool:
    """Whether nothing can be done for now: in a pause, with a silent server, while all that is left settles."""
    settles = total is not None and len(_settling(tally, now)) >= total - tally.statuses.total()
    return bool(tally.silent or tally.paused or tally.audit_at or (settles and not tally.in_flight))


def counts(tally: Tally, total: int | None, now: float = 0.0) -> list[str]:
    """The rows by status, and what is `busy`."""
    done = tally.statuses.total()
    parts = [f"{done:,} of {total:,} rows" if total is not None else f"{done:,} rows"]
    parts += [f"{tally.statuses[status]:,} {status}" for status in Status if tally.statuses[status]]
    return [*parts, *busy(tally, now)]


def busy(tally: Tally, now: float = 0.0) -> list[str]:
    """What is in flight, what waits for what, and how many requests were put off or lost: none is shown by itself."""
    if tally.audit:
        return [f"auditing: {plural(tally.audit.statuses.total(), 'row')} looked at again", *busy(tally.audit, now)]
    parts = ["waiting for the server's first answer"] if tally.signing_in else []
    parts += [f"{tally.in_flight:,} in flight (at most {tally.limit:,})"] if tally.in_flight else []
    settling = _settling(tally, now)
    parts += [f"{tally.waiting - len(settling):,} waiting"] if tally.waiting > len(settling) else []
    left = (tally.goal or tally.rows) - tally.statuses.total()
    if left > len(settling) and (moment := _next_act(tally, now)):
        parts.append(f"the next goes at {clock_time(moment)} (--rate)")
    if settling:
        last = not tally.in_flight and tally.waiting <= len(settling)
        then = ", then looked up a last time" if last else ""
        parts.append(f"{len(settling):,} settling until {clock_time(max(settling))}{then}")
    if tally.audit_at:
        rows = "" if tally.creates or left <= 0 else " and the other rows follow"
        parts.append(f"settling until {clock_time(tally.audit_at)}, then audited{rows}")
    parts += ["paused, as the server asked"] if tally.paused else []
    parts += [f"{plural(tally.put_off, 'request')} put off by the server"] if tally.put_off else []
    parts += [plural(tally.unanswered, "unanswered request")] if tally.unanswered else []
    parts += [f"SERVER NOT RESPONDING: {clean(tally.silent)}"] if tally.silent else []
    return parts
