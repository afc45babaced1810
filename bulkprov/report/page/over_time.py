"""The charts over time of the page: what was created, creates in flight, requests without an answer; pauses shaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from bulkprov.report.over_time import Course, held
from bulkprov.report.page.svg import Panel, drawn
from bulkprov.report.readable import clock, length

__all__ = ["Figure", "figure"]

_WIDTHS: Final = {"wide": 1080, "narrow": 350}
"""The picture is drawn for two widths of a screen, since its words must not shrink with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The charts, with what is to be seen in them in words and in figures."""

    pictures: Sequence[tuple[str, Markup]]
    """Each for one width of a screen; only one is shown."""
    legend: Sequence[tuple[str, str]]
    """What needs a word beside the titles: its class, and what it is."""
    told: str
    header: Sequence[str]
    lines: Sequence[Sequence[str]]
    """The figures, a line for each bar in which anything happened."""


def figure(course: Course) -> Figure | None:
    """The charts of a run; None if there is nothing to be told."""
    if not course.tells:
        return None
    per = f"per {length(course.step)}"
    panels = []
    if any(course.created):
        panels.append(Panel(title=f"Created {per}", height=130, bars=course.created, colour="green"))
    if any(course.in_flight):
        title = "Creates in flight"
        panels.append(Panel(title=title, height=100, bars=course.in_flight, colour="blue", line=_in_sight(course)))
    if any(course.unanswered):
        title = f"Requests without an answer {per}"
        panels.append(Panel(title=title, height=70, bars=course.unanswered, colour="red"))
    told = _told(course)
    pictures = [
        (
            name,
            drawn(
                panels,
                begin=course.begins[0],
                step=course.step,
                bands=course.pauses,
                width=width,
                name="The run over time",
                told=told,
            ),
        )
        for name, width in _WIDTHS.items()
    ]
    columns = zip(course.begins, course.created, course.in_flight, course.unanswered, strict=True)
    return Figure(
        pictures=pictures,
        legend=[
            *([("limit", f"the limit on requests in flight{course.limits_since}")] if course.limits else []),
            *([("pause", "the server asked for a pause")] if course.pauses else []),
        ],
        told=told,
        header=("From", "Created", "In flight, on average", "Limit", "Without an answer"),
        lines=[
            (clock(at, course.step), f"{made:,}", f"{flying:.1f}", _limit(course, at), f"{lost:,}")
            for at, made, flying, lost in columns
            if made or flying or lost
        ],
    )


def _in_sight(course: Course) -> list[tuple[float, float]]:
    """The limit over the time that is drawn."""
    begin = course.begins[0]
    first = held(course.limits, begin)
    points: list[tuple[float, float]] = [] if first is None else [(begin, first)]
    return [*points, *((at, limit) for at, limit in course.limits if begin < at < course.end)]


def _limit(course: Course, begin: float) -> str:
    limit = held(course.limits, begin + course.step)
    return "" if limit is None else str(limit)


def _told(course: Course) -> str:
    """What is to be seen, in sentences."""
    every = min(course.step, 59)
    said = []
    if any(course.created):
        first, last = clock(course.begins[0], every), clock(course.end, every)
        said.append(f"{sum(course.created):,} created between {first} and {last}, {_most(course.created, course)}.")
    if course.limits:
        limits = [limit for _, limit in course.limits]
        said.append(f"The limit on requests in flight was between {min(limits)} and {max(limits)}.")
    lost = sum(course.unanswered)
    if lost:
        are = "request was" if lost == 1 else "requests were"
        most_lost = _most(course.unanswered, course)
        said.append(f"{lost:,} {are} not answered, or not in a way that can be understood, {most_lost}.")
    else:
        said.append("Every request was answered.")
    if course.pauses:
        seconds = sum(until - begin for begin, until in course.pauses)
        times = "once" if len(course.pauses) == 1 else f"{len(course.pauses):,} times"
        said.append(f"The server asked for a pause {times}, {length(seconds)} in all (shaded).")
    return " ".join(said)


def _most(bars: Sequence[int], course: Course) -> str:
    """When most of what the bars count happened."""
    most = max(bars)
    at = clock(course.begins[bars.index(most)], min(course.step, 59))
    return f"at {at}" if sum(bars) == 1 else f"at most {most:,} in {length(course.step)}, at {at}"
