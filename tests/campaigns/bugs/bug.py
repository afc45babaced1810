"""A deliberate bug, as a few words that are changed."""

from dataclasses import dataclass

__all__ = ["Bug"]


@dataclass(frozen=True, slots=True)
class Bug:
    """A few words changed."""

    name: str
    file: str
    """Below the package."""
    right: str
    wrong: str
    tests: str
    """Which must notice."""
