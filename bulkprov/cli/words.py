"""How all messages on a screen write figures, and how many rows they name. Pure."""

from typing import Final

__all__ = ["SHOWN", "TELLS", "duration", "speed"]

SHOWN: Final = 20
"""Rows that are named on a screen; files name them all."""
TELLS: Final = 5.0
"""Seconds of work from which on its speed tells something of what is to come."""

_MINUTE: Final = 60
_HOUR: Final = 3600


def duration(seconds: float) -> str:
    """A length of time as people write it: `42s`, `3m 05s`, `2h 10m`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"


def speed(rate: float) -> str:
    """A speed, with as many digits as one can judge by."""
    return f"{rate:,.1f}" if round(rate, 1) < 10 else f"{rate:,.0f}"
