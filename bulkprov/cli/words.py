"""A bound that all messages on a screen share."""

from typing import Final

__all__ = ["SHOWN"]

SHOWN: Final = 20
"""Rows that are named on a screen; files name them all."""
