"""Words and bounds that all messages on a screen share."""

from typing import Final

__all__ = ["SHOWN", "plural"]

SHOWN: Final = 20
"""Rows that are named on a screen; files name them all."""


def plural(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
