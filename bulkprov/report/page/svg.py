"""Charts as SVG: bars, lines and bands over time, with axes and words. Pure; it does not know what the data mean.

Colours are classes of the page's styles, so that a chart follows the theme. Only numbers are put into the markup as
they are; words are escaped.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup

from bulkprov.report.readable import clock, tick_step, ticks

__all__ = ["Panel", "drawn", "stacked"]

_LEFT: Final = 48
_RIGHT: Final = 14
_TITLE: Final = 44
"""Room above a panel, for its title."""
_AXIS: Final = 26
"""Room below the last panel, for the times."""
_PIXELS_FOR_A_TIME: Final = 90
_HALF_A_TIME: Final = 30
_GAP: Final = 0.14
"""Of a bar's width, what is left free beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One chart above a common axis of time."""

    title: str
    height: int
    bars: Sequence[float]
    colour: str
    """Class of its bars."""
    line: Sequence[tuple[float, float]] = field(default=())
    """Points of a line over the bars: moments, and the value that holds from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """The axis of time that all panels have."""

    begin: float
    step: float
    bars: int
    width: int
    """Of the picture."""

    @property
    def end(self) -> float:
        return self.begin + self.step * self.bars

    def at(self, moment: float) -> float:
        """Where a moment is, from the left."""
        inside = min(max(moment, self.begin), self.end) - self.begin
        return _LEFT + inside / (self.end - self.begin) * (self.width - _LEFT - _RIGHT)


def drawn(
    panels: Sequence[Panel],
    *,
    begin: float,
    step: float,
    bands: Iterable[tuple[float, float]],
    width: int,
    name: str,
    told: str,
) -> Markup:
    """Panels above each other, as one picture.

    Args:
        panels: all with the same number of bars.
        begin: of the first bar, in seconds since the epoch.
        step: length of a bar in seconds.
        bands: stretches of time that are shaded behind all panels.
        width: in units, of which one is a pixel where the picture is as wide.
        name: the picture's name, for those who do not see it.
        told: what is to be seen in it, for them.
    """
    axis = _Axis(begin=begin, step=step, bars=len(panels[0].bars), width=width)
    height = sum(panel.height + _TITLE for panel in panels) + _AXIS
    parts, top, shaded = [], 0, list(bands)
    for panel in panels:
        top += _TITLE
        parts += [*_bands(shaded, axis, top, panel.height), *_panel(panel, top, axis)]
        top += panel.height
    parts += _times(axis, height - _AXIS)
    start = Markup(
        '<svg role="img" viewBox="0 0 {} {}" width="{}" height="{}" aria-label="{}"><title>{}</title><desc>{}</desc>'
    ).format(width, height, width, height, f"{name}. {told}", name, told)
    return start + Markup("").join(parts) + Markup("</svg>")


def _bands(bands: Iterable[tuple[float, float]], axis: _Axis, top: float, height: float) -> Iterator[Markup]:
    for begin, end in bands:
        if begin < axis.end and end > axis.begin:
            left = axis.at(begin)
            wide = max(axis.at(end) - left, 2)
            yield _part('<rect class="pause" x="{}" y="{}" width="{}" height="{}"/>', left, top, wide, height)


def _times(axis: _Axis, bottom: float) -> Iterator[Markup]:
    every = tick_step(axis.end - axis.begin, max(2, (axis.width - _LEFT) // _PIXELS_FOR_A_TIME), axis.step)
    for moment in ticks(axis.begin, axis.end, every):
        yield _part('<path class="axis" d="M{} {}v5"/>', axis.at(moment), bottom)
        close = axis.at(moment) > axis.width - _HALF_A_TIME
        yield _words(clock(moment, every), axis.at(moment), bottom + 20, "end" if close else "middle")


def _panel(panel: Panel, top: float, axis: _Axis) -> Iterator[Markup]:
    """A panel whose bars begin below `top`."""
    most = _round_up(max([*panel.bars, *(value for _, value in panel.line)]))
    bottom, right = top + panel.height, axis.width - _RIGHT

    def up(value: float) -> float:
        return bottom - value / most * panel.height

    yield _words(panel.title, 0, top - 16, "start", "title")
    counts = all(float(value).is_integer() for value in panel.bars)
    for mark in (0.0, most / 2, most):
        if counts and not mark.is_integer():
            continue
        if mark:
            yield _part('<path class="grid" d="M{} {}H{}"/>', _LEFT, up(mark), right)
        yield _words(f"{mark:,.4g}" if mark < 10_000 else f"{mark:,.0f}", _LEFT - 8, up(mark) + 4, "end")
    for number, value in enumerate(panel.bars):
        if value:
            begin = axis.at(axis.begin + number * axis.step)
            wide = axis.at(axis.begin + (number + 1) * axis.step) - begin
            tall = max(bottom - up(value), 1)
            shape = begin + wide * _GAP / 2, bottom - tall, wide * (1 - _GAP), tall
            yield Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
                panel.colour, *map(_short, shape)
            )
    yield _part('<path class="axis" d="M{} {}H{}"/>', _LEFT, bottom, right)
    if panel.line:
        path = f"M{_short(axis.at(panel.line[0][0]))} {_short(up(panel.line[0][1]))}"
        path += "".join(f"H{_short(axis.at(moment))}V{_short(up(value))}" for moment, value in panel.line)
        yield Markup('<path class="line" d="{}H{}"/>').format(path, right)


def stacked(parts: Sequence[tuple[str, int]], *, width: int, height: int, name: str) -> Markup:
    """Shares of a whole as one bar: classes of colours, and amounts. None is too thin to be seen."""
    whole = sum(amount for _, amount in parts) or 1
    least = 4.0
    free = width - least * len(parts)
    shapes, left = [], 0.0
    for colour, amount in parts:
        wide = least + free * amount / whole
        shapes.append(
            Markup('<rect class="{}" x="{}" y="0" width="{}" height="{}"/>').format(
                colour, _short(left), _short(max(wide - 2, 2)), height
            )
        )
        left += wide
    start = Markup('<svg class="share" role="img" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-label="{}">')
    return start.format(width, height, name) + Markup("").join(shapes) + Markup("</svg>")


def _part(shape: str, *numbers: float) -> Markup:
    """A shape of ours with its numbers filled in."""
    return Markup(shape.format(*map(_short, numbers)))  # noqa: S704 - nothing in it but our own words and numbers


def _words(text: str, x: float, y: float, anchor: str, kind: str = "") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, _short(x), _short(y), anchor, text
    )


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _round_up(value: float) -> float:
    """The next number that looks well at the end of an axis; at least 1."""
    if value <= 1:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return next(float(factor * power) for factor in (1, 2, 4, 5, 6, 8, 10) if factor * power >= value - 1e-9)
