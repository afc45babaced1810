"""What a world is like, drawn from its seed: its server, its network, its machine, its operator and its sheet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.throttle.adaptive_limit import MAX_LIMIT
from bulkprov.sheets.rows import Record
from bulkprov.simulator import FAULTS, Effect, EstateSet, RequestKind, SimulatorSettings
from tests.simulation.network import Conditions

__all__ = ["CONNECTIONS", "GATEWAYS", "Outage", "Weather", "draw_sheet", "draw_weather", "wanted"]

_LEFT_OUT: Final = frozenset({"other-id", "huge", "gzip-bomb", "deep"})
"""A lie that no client can detect (a well-formed success with the id of another set), and bodies of many megabytes,
which only cost time here; the tests over real sockets have them."""
GATEWAYS: Final = frozenset(
    {
        "double-apply-first",
        "double-apply-late",
        "name-in-use-after",
        "refused-after",
        "refused-late",
        "internal-error-after",
        "429-after",
    }
)
"""A gateway that sends a request twice, and passes on either answer."""
CONNECTIONS: Final = frozenset({"repeated-answer", "previous-answer"})
"""Answers that belong to another request."""
_OTHERS: Final = frozenset({"made-first", "made-instead", "deleted-after"})
"""Deeds of other actors, which a world has actors of its own for."""
_ENDING: Final = frozenset(name for name in FAULTS if name.startswith("redirect") or name == "denied")
"""Faults that end a run: rare, so that a world gets somewhere."""
_REFUSING: Final = frozenset(
    name
    for name in FAULTS
    if name.startswith(("refused", "internal-error", "400", "403", "404", "405", "409", "413", "415", "422"))
)
_NAMED: Final = sorted(set(FAULTS) - _LEFT_OUT - GATEWAYS - CONNECTIONS - _OTHERS)
_TREACHEROUS: Final = sorted(
    name for name in _NAMED if FAULTS[name].effect in (Effect.LATE, Effect.UNLISTED, Effect.TWICE)
)
"""Faults with which a request takes effect at another time than its response suggests, or twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which the server answers 503, to creates or to everything; in virtual seconds of the world."""

    begins: float
    lasts: float
    creates_only: bool

    def strikes(self, kind: RequestKind, now: float) -> bool:
        """Whether a request that arrives now is struck."""
        return self.begins <= now < self.begins + self.lasts and (kind is RequestKind.CREATE or not self.creates_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The conditions of one world."""

    server: SimulatorSettings
    network: Conditions
    wire: Literal["json", "xml"]
    timeout: float
    connect_timeout: float
    concurrency: int | Literal["auto"]
    max_attempts: int
    first_look: bool
    bearer: bool
    """Whether each process is given a token of its own, in place of a log-in."""
    disk_delay: float
    disk_full: float
    """Share of commits that fail."""
    interruptions: tuple[tuple[Literal["kill", "stop"], float], ...]
    """How each process is interrupted, and after how many seconds."""
    outage: Outage | None = None
    rollback: bool = False
    """Whether the wave is rolled back in the end."""
    faults: Mapping[str, float] = field(default_factory=dict)
    mark: bool = False
    """Whether creates carry marks."""

    @property
    def marks_are_kept(self) -> bool:
        """Whether each set that a bulkprov has made bears the mark of its create."""
        return self.mark and self.server.descriptions

    @property
    def most_at_once(self) -> int:
        """Requests in flight at most."""
        return MAX_LIMIT if self.concurrency == "auto" else self.concurrency

    @property
    def refusing(self) -> bool:
        """Whether the server refuses requests that it could process."""
        return any(name in _REFUSING for name in self.faults)

    @property
    def troubled(self) -> bool:
        """Whether every attempt at a first look may fail, so that a row is sent without one."""
        here = self.network
        return bool(
            self.outage or self.server.faults or self.faults or here.lost or here.cut or here.vanished or here.spikes
        )

    @property
    def tardy(self) -> bool:
        """Whether requests may take effect after the settle time."""
        return self.server.late_seconds > 0.5 * self.settle

    @property
    def lying(self) -> bool:
        """Whether the server confirms deletes that it has not done; only a verification detects that."""
        return "hollow-success" in self.faults

    @property
    def doubling(self) -> bool:
        """Whether the server processes some creates twice."""
        return "double-apply" in self.faults

    @property
    def settle(self) -> float:
        """The settle time in seconds, as the product derives it from the timeout."""
        return min(self.timeout, 10.0)


def draw_weather(draw: Random) -> Weather:
    """Draw the conditions of a world."""
    timeout = draw.choice((5.0, 20.0, 60.0))
    settle = min(timeout, 10.0)
    refuse_duplicates = draw.random() < 0.5
    # Only a server that refuses duplicates may commit later than the client waits.
    late = draw.uniform(0.5, 4) if refuse_duplicates and draw.random() < 0.4 else draw.uniform(0.05, 0.4)
    faults, overall = _draw_faults(draw)
    return Weather(
        server=SimulatorSettings(
            faults=overall,
            fault=faults,
            seed=draw.getrandbits(32),
            latency=draw.choice((0.0, 0.05)),
            late_seconds=late * settle,
            slow_seconds=draw.uniform(0.1, 2) * timeout,
            hang_seconds=draw.choice((1.0, 300.0)),
            token_minutes=draw.choice((0.05, 0.5, 30.0, 30.0)),
            access_tokens=tuple(f"given-{number}" for number in range(30)),
            refuse_duplicates=refuse_duplicates,
            empty_list=draw.choice(("missing", "empty", "204", "404")),
        ),
        network=_draw_conditions(draw, settle),
        wire=draw.choice(("json", "xml")),
        timeout=timeout,
        connect_timeout=draw.choice((3.0, 10.0)),
        concurrency=draw.choice((1, 2, 4, 8, 16, "auto")),
        max_attempts=draw.choice((3, 8, 8, 8)),
        first_look=draw.random() < 0.85,
        bearer=draw.random() < 0.25,
        disk_delay=draw.choice((0.0, 0.002, 0.002, 0.3)),
        disk_full=draw.choice((0.0,) * 9 + (0.02,)),
        interruptions=tuple(_draw_interruptions(draw)),
        outage=_draw_outage(draw),
        rollback=draw.random() < 0.3,
        faults=faults,
    )


def _draw_faults(draw: Random) -> tuple[dict[str, float], float]:
    """Shares by name, and the overall share of everyday faults."""
    kind = draw.choice(("calm", "everyday", "everyday", "rough", "named", "named", "one"))
    overall = {"everyday": draw.uniform(0.02, 0.3), "rough": draw.uniform(0.3, 0.5), "named": 0.05}.get(kind, 0.0)
    if kind in ("calm", "everyday", "rough"):
        return {}, overall
    names = [draw.choice(_TREACHEROUS)] if draw.random() < 0.5 else []
    if kind == "named" or not names:
        names = list({*names, *draw.sample(_NAMED, 1 if kind == "one" else draw.randint(2, 6))})
    most = 0.5 if kind == "one" else 0.12
    return {name: 0.01 if name in _ENDING else draw.uniform(0.02, most) for name in sorted(names)}, overall


def _draw_conditions(draw: Random, settle: float) -> Conditions:
    latency = draw.choice((0.001, 0.02, 0.2))
    if draw.random() < 0.4:
        return Conditions(latency=latency)
    return Conditions(
        latency=latency,
        spike=0.4 * settle,
        spikes=draw.choice((0.0, 0.02)),
        refused=draw.choice((0.0, 0.1, 0.3)),
        unreachable=draw.choice((0.0, 0.0, 0.1)),
        lost=draw.choice((0.0, 0.05)),
        cut=draw.choice((0.0, 0.05)),
        vanished=draw.choice((0.0, 0.0, 0.03)),
    )


def _draw_outage(draw: Random) -> Outage | None:
    if draw.random() < 0.85:
        return None
    lasts = draw.choice((20.0, 120.0, 900.0)) * draw.random()
    return Outage(begins=draw.uniform(0, 2), lasts=lasts, creates_only=draw.random() < 0.5)


def _draw_interruptions(draw: Random) -> list[tuple[Literal["kill", "stop"], float]]:
    count = draw.choice((0, 1, 2, 3, 5))
    return [
        (draw.choice(("kill", "kill", "stop")), draw.choice((0.3, 3.0, 30.0)) * draw.random()) for _ in range(count)
    ]


def draw_sheet(draw: Random, rows: int) -> tuple[list[Record], tuple[EstateSet, ...]]:
    """The rows of a wave, and the estate before it."""
    clients = [f"client{number:03}" for number in range(1, draw.choice((2, 5, 12)))]
    estate = [EstateSet(client=client) for client in clients]
    estate += [EstateSet(client=clients[0], app="SQL Server", instance="CLIENT001\\SQL", name="")]
    records: list[Record] = []
    for number in range(rows):
        cells = [
            draw.choice(clients),
            "File System",
            "DefaultInstanceName",
            f"wave-{number}-{draw.randrange(10**6)}",
            "",
        ]
        match draw.choices(
            ("new", "there", "no client", "no plan", "repeat", "invalid", "agent"), (80, 8, 3, 2, 3, 1, 3)
        )[0]:
            case "there":
                estate.append(EstateSet(client=cells[0], name=cells[3].upper()))
            case "no client":
                cells[0] = "nobody"
            case "no plan":
                cells[4] = "Lead"
            case "repeat" if records:
                cells = [cell.swapcase() for cell in draw.choice(records).cells]
            case "invalid":
                cells[3] = ""
            case "agent":
                cells[:3] = [clients[0], "SQL Server", "CLIENT001\\SQL"]
            case _:
                pass
        records.append(Record(sheet_row=number + 2, cells=tuple(cells)))
    return records, tuple(estate)


def wanted(record: Record) -> BackupSet | None:
    """The backup set that a row asks for; None if the row is invalid."""
    client, app, instance, name, plan = record.cells
    return BackupSet(client=client, app=app, instance=instance, name=name, plan=plan) if name else None
