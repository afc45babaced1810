"""How a number went over time, in few enough points to draw, however long that was. Pure; it knows nothing of ours."""

from collections.abc import Iterable
from typing import Final

__all__ = ["Course"]

_MOST: Final = 240
_STEP: Final = 0.25
"""Seconds between two points at first; doubled whenever there would be too many of them."""


class Course:
    """Points in time order, each the number as it was from there on."""

    def __init__(self, points: Iterable[tuple[float, int]] = (), *, most: int = _MOST) -> None:
        """Begin.

        Args:
            points: moments in seconds, and numbers.
            most: points that are kept at most.
        """
        self.points = list(points)
        self._most, self._step = most, _STEP

    def add(self, moment: float, value: int) -> None:
        """The number is this from now on; of changes in quick succession the last one is kept."""
        points = self.points
        if len(points) > 1 and moment < points[-1][0] + self._step:
            points[-1] = points[-1][0], value
            return
        points.append((moment, value))
        if len(points) > self._most:
            self._step *= 2
            thinned = Course(points[:1], most=self._most)
            thinned._step = self._step
            for point in points[1:]:
                thinned.add(*point)
            self.points = thinned.points

    def sampled(self, number: int) -> list[tuple[float, int]]:
        """The number at so many moments, evenly spread from the first point to the last."""
        if not self.points:
            return []
        begin, end = self.points[0][0], self.points[-1][0]
        samples, at = [], 0
        for each in range(number):
            moment = begin + (end - begin) * each / max(1, number - 1)
            while at + 1 < len(self.points) and self.points[at + 1][0] <= moment:
                at += 1
            samples.append((moment, self.points[at][1]))
        return samples
