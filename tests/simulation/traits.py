"""What the worlds have that break promises: other actors, unreliable lists, servers and gateways of other habits.

A world has a few of these beside its weather, or none. Which worlds are run in the ordinary test run is `ORDINARY`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final, Literal, TypeAlias

from bulkprov.sheets.rows import Record
from bulkprov.simulator import EstateSet
from tests.simulation.weather import CONNECTIONS, GATEWAYS, Weather, draw_weather

__all__ = ["KINDS", "ORDINARY", "Traits", "Worlds", "crowded", "draw_traits", "kinds_of", "spelled"]

Worlds: TypeAlias = Literal["old", "new", "all"]
"""Worlds without traits, worlds with at least one, or either."""

ORDINARY: Final[Worlds] = "all"
"""The worlds that are run where nothing else is asked for."""

KINDS: Final[dict[str, int]] = {
    "second run": 3,
    "operator": 3,
    "script": 2,
    "late lists": 3,
    "late reads": 1,
    "cut lists": 1,
    "replicas": 2,
    "weak lists": 2,
    "gateway": 3,
    "spelling": 2,
    "as guessed": 4,
    "idempotent": 2,
    "unknown words": 2,
    "refusals": 3,
    "out of step": 2,
    "clocks": 2,
    "marks": 4,
}
"""What a world may have, and how often in relation to the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What one world has."""

    kinds: tuple[str, ...] = ()
    second: Literal["", "same", "overlapping"] = ""
    """Whose sheet another bulkprov works on at the same time: the same, or one with half of its rows."""
    made_by_hand: float = 0.0
    """Share of creates just before which an operator makes that very set."""
    deleted_by_hand: float = 0.0
    """Share of creates some seconds after which an operator deletes every set of that name."""
    scripted: float = 0.0
    """Share of the rows whose sets a script creates meanwhile."""
    looks_first: bool = True
    """False if no row is looked up before it is sent."""
    mark: bool = False
    """Whether each create carries a mark."""
    clock: tuple[float, ...] = (0.0,)
    """Seconds by which the machine's clock is wrong, one process after the other."""
    server: dict[str, Any] = field(default_factory=dict)
    """Settings of the server."""
    faults: dict[str, float] = field(default_factory=dict)

    def on(self, weather: Weather) -> Weather:
        """The weather of the world with them."""
        faults = dict(weather.faults) | self.faults
        most = max(1.0, weather.server.faults + sum(faults.values()))
        faults = {name: share / most for name, share in faults.items()}
        settings = {"faults": weather.server.faults / most, "fault": faults, **self.server}
        interruptions = weather.interruptions
        if "clocks" in self.kinds and not interruptions:
            interruptions = (("kill", 1.0), ("kill", 3.0))
        server = replace(weather.server, **settings)
        first_look = weather.first_look and self.looks_first
        return replace(
            weather,
            server=server,
            faults=faults,
            interruptions=interruptions,
            first_look=first_look,
            mark=self.mark,
        )


def crowded(seed: int, worlds: Worlds) -> bool:
    """Whether the world of a seed has traits."""
    return worlds == "new" or (worlds == "all" and Random(f"{seed}:crowded").random() < 1 / 2)


def draw_traits(draw: Random, settle: float) -> Traits:
    """One to three kinds of them.

    Args:
        draw: decides.
        settle: the settle time of the world.
    """
    number = draw.choice((1, 1, 2, 2, 3))
    chosen = draw.choices(list(KINDS), list(KINDS.values()), k=number)
    kinds = tuple(kind for kind in KINDS if kind in chosen)
    has = kinds.__contains__
    faults: dict[str, float] = {}
    if has("gateway"):
        faults |= {name: draw.uniform(0.05, 0.3) for name in _some(draw, sorted({*GATEWAYS, "double-apply"}))}
    if has("out of step"):
        faults |= {name: draw.uniform(0.05, 0.15) for name in _some(draw, sorted(CONNECTIONS))}
    return Traits(
        kinds=kinds,
        second=draw.choice(("same", "overlapping")) if has("second run") else "",
        made_by_hand=draw.uniform(0.02, 0.3) if has("operator") else 0.0,
        deleted_by_hand=draw.choice((0.0, 0.05, 0.1)) if has("operator") else 0.0,
        looks_first=not has("idempotent") or draw.random() < 0.5,
        scripted=draw.uniform(0.1, 0.6) if has("script") else 0.0,
        clock=tuple(draw.choice((0.0, 3600.0, -3600.0, 30.0, -30.0)) for _ in range(6)) if has("clocks") else (0.0,),
        mark=has("marks"),
        server=_server(kinds, draw, settle),
        faults=faults,
    )


def _server(kinds: tuple[str, ...], draw: Random, settle: float) -> dict[str, Any]:
    """Settings of the server."""
    has = kinds.__contains__
    server: dict[str, Any] = {}
    if has("late lists"):
        server["list_lag"] = _lag(draw, settle)
    if has("late reads"):
        server["read_lag"] = _lag(draw, settle)
    if has("replicas"):
        server |= {name: _lag(draw, settle) for name in _some(draw, ("list_replica_lag", "read_replica_lag"))}
    if has("cut lists"):
        server["list_cut"] = draw.choice((3, 6, 10))
    if has("weak lists"):
        server |= {"default_sets": False, "empty_list": draw.choice(("missing", "blank", "204", "404"))}
    return server | _answers(kinds, draw)


def _answers(kinds: tuple[str, ...], draw: Random) -> dict[str, Any]:
    """Settings of how the server names things, and of what it says."""
    has = kinds.__contains__
    server: dict[str, Any] = {}
    if has("spelling"):
        server |= dict.fromkeys(_some(draw, ("display_names", "escaped_names")), True)
    if has("as guessed"):
        server |= {"replies": "guessed", "spelling": "documented"}
    if has("idempotent"):
        server["idempotent"] = True
    if has("unknown words"):
        server |= {"duplicate_text": "Name in use.", "duplicate_status": draw.choice((200, 500))}
    if has("refusals"):
        server |= {"refusal_status": draw.choice((200, 400, 500)), "duplicate_status": 409, "duplicate_code": 3}
        server["gone_read"] = draw.choice(("empty", "404", "error", "blank"))
    if has("marks"):
        server |= {"descriptions": draw.random() < 0.75, "description_lists": draw.random() < 0.25}
    return server


def kinds_of(seed: int) -> tuple[str, ...]:
    """What the world of a seed has, if it has anything."""
    settle = draw_weather(Random(f"{seed}:world")).settle
    return draw_traits(Random(f"{seed}:traits"), settle).kinds


def _lag(draw: Random, settle: float) -> float:
    """Shorter than the settle time mostly, which promises cover; now and then longer."""
    return settle * (draw.uniform(0.1, 0.8) if draw.random() < 0.7 else draw.uniform(1.2, 6))


def _some(draw: Random, names: Sequence[str]) -> list[str]:
    """At least one of them, in the order in which they are given."""
    chosen = draw.sample(names, draw.randint(1, min(3, len(names))))
    return [name for name in names if name in chosen]


def spelled(
    records: Sequence[Record], estate: tuple[EstateSet, ...], draw: Random
) -> tuple[list[Record], tuple[EstateSet, ...]]:
    """A sheet and an estate in which spelling matters: some sets of NAS, and names that HTML would escape."""
    changed, here = [], next(each.client for each in estate)
    drawn = {each.name.casefold(): (1.0, 1.0) for each in estate}  # what is there already stays as it is
    for record in records:
        cells = list(record.cells)
        escaped, nas = drawn.setdefault(cells[3].casefold(), (draw.random(), draw.random()))
        if cells[3] and escaped < 0.3:
            cells[3] = f"{cells[3]} R&D"
        if cells[3] and nas < 0.3:
            cells[:3] = [here, "NAS", "DefaultInstanceName"]
        changed.append(replace(record, cells=tuple(cells)))
    return changed, (*estate, EstateSet(client=here, app="NAS"))
