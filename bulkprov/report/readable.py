"""Numbers as people read them: lengths of time, times of day, shares. Pure."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

__all__ = ["clock", "length", "share", "tick_step", "ticks"]

_TICKS: Final = (
    *(0.1, 0.5, 1, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1_800),
    *(3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400),
)  # fmt: skip
"""Seconds between two marks of a time axis that people find round."""


def length(seconds: float) -> str:
    """A length of time in at most two units."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def clock(moment: float, step: float) -> str:
    """A moment in local time, as exactly as the length of the step to the next one asks for; both in seconds."""
    at = datetime.fromtimestamp(moment).astimezone()
    if step < 1:
        return f"{at:%H:%M:%S}.{at.microsecond // 100_000}"
    return at.strftime("%H:%M:%S" if step < 60 else "%H:%M" if step < 86_400 else "%d %b")


def tick_step(length: float, most: int, multiple_of: float = 0.1) -> float:
    """Seconds between two marks of a time axis: so few that the axis has `most` of them, a multiple if asked for."""
    for step in _TICKS:
        times = round(step / multiple_of)
        if times and math.isclose(step, times * multiple_of) and length / step <= most:
            return step
    unit = max(_TICKS[-1], multiple_of)
    return unit * math.ceil(length / unit / most)


def ticks(begin: float, end: float, step: float) -> Sequence[float]:
    """The moments between two others at which a clock of this place shows multiples of a step."""
    offset = datetime.fromtimestamp(begin).astimezone().utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    first = math.ceil((begin + shift) / step - 1e-9)
    last = math.floor((end + shift) / step + 1e-9)
    return [number * step - shift for number in range(first, last + 1)]


def share(part: int, whole: int) -> float:
    """A part of the whole, never shown as 100 % for less than all, nor as 0 % for one."""
    return 1.0 if part == whole else min(max(part / whole, 0.001), 0.999)
