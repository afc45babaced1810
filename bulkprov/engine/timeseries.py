"""A downsampled time series: at most 240 points, however long it runs, which is as many as a chart can show."""

from collections.abc import Iterable
from typing import Final

__all__ = ["TimeSeries"]

_MAX_POINTS: Final = 240
_FIRST_STEP: Final = 0.25
"""Seconds between two points at first. The step doubles whenever there are too many points."""


class TimeSeries:
    """A number over time, as points in time order. Each point holds until the next one."""

    def __init__(self, points: Iterable[tuple[float, int]] = (), *, max_points: int = _MAX_POINTS) -> None:
        """Start a series.

        Args:
            points: pairs of a time in seconds and the number from then on, in time order.
            max_points: number of points kept at most, at least 2.
        """
        self.points = list(points)
        self._max_points, self._step = max_points, _FIRST_STEP

    def add(self, moment: float, value: int) -> None:
        """Record that the number is `value` from `moment` on. Of several changes within one step the last is kept."""
        points = self.points
        if len(points) > 1 and moment < points[-1][0] + self._step:
            points[-1] = points[-1][0], value
            return
        points.append((moment, value))
        if len(points) > self._max_points:
            self._step *= 2
            thinned = TimeSeries(points[:1], max_points=self._max_points)
            thinned._step = self._step
            for point in points[1:]:
                thinned.add(*point)
            self.points = thinned.points
