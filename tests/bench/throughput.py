"""Creates per second, and CPU per create, against a server that costs next to nothing: bulkprov beside bare loops.

Bulkprov is timed from the start of its interpreter to its end, with sheet, first looks, journal, audit, log and
`results.csv`; its rivals, which do nothing but send, from their first create to their last answer (curl from its
start). CPU is that of the whole process, its start included, user and system. All of them take turns, each turn
beginning with another one, and each is compared with the floor of its own turn, so that what else the machine does hits
them alike.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.measuring import run_wave, table, workplace, write_wave
from tests.bench.rivals.programs import FLOOR, RIVALS, versions
from tests.bench.stub import created, serving

__all__ = ["OURS", "throughput"]

_CONCURRENCY: Final = 32
OURS: Final = {
    "bulkprov": (f"**bulkprov**, `-j {_CONCURRENCY}`: the whole run", ("-j", str(_CONCURRENCY))),
    "auto": ("**bulkprov**, `-j auto`: the whole run", ()),
}
"""What a run is called in the table, and its options."""


@dataclass(frozen=True, slots=True)
class _Went:
    """How one of them did in one turn."""

    speed: float
    """Creates per second."""
    cpu: float
    """Microseconds of processor time for each create."""


def throughput(*, rows: int = 50_000, turns: int = 5) -> str:
    """Measure, and give the table; below it the versions of programs, and which of them are not here."""
    found: dict[str, list[_Went]] = {}
    with workplace() as folder, serving(keep=True) as stub:
        sheet = write_wave(folder / "wave.csv", rows)
        send = {name: partial(_of_rival, name, stub.url, rows, folder) for name, each in RIVALS.items() if each.is_here}
        send |= {name: partial(_of_ours, sheet, stub.url, rows, words) for name, (_, words) in OURS.items()}
        order = list(send)
        for turn in range(turns):
            for name in order[turn % len(order) :] + order[: turn % len(order)]:
                found.setdefault(name, []).append(send[name]())
    labels = {FLOOR: RIVALS[FLOOR].label, **{name: label for name, (label, _) in OURS.items()}}
    labels |= {name: rival.label for name, rival in RIVALS.items() if name != FLOOR}
    lines = [(label, *_cells(found[name], found[FLOOR])) for name, label in labels.items() if name in found]
    heads = ("creates/s", "of the floor in its turn", "lowest to highest", "CPU a create", "of the floor's")
    return f"{table((f'{rows:,} creates, median of {turns}', *heads), lines)}\n\n{versions()}"


def _of_ours(sheet: Path, url: str, rows: int, words: tuple[str, ...]) -> _Went:
    spent, said = run_wave(sheet, url, "--format", "csv", *words, audit=True)
    if said["created"] != rows:
        raise SystemExit(f"{said['created']} of {rows} rows were created")
    created(url)
    return _Went(rows / spent.seconds, spent.cpu / rows * 1e6)


def _of_rival(name: str, url: str, rows: int, folder: Path) -> _Went:
    some = max(1, int(rows * RIVALS[name].share))
    seconds, spent = RIVALS[name].send(url, some, _CONCURRENCY, folder)
    if (arrived := created(url)) != some:
        raise SystemExit(f"{name} sent {arrived} of {some} creates")
    return _Went(some / seconds, spent.cpu / some * 1e6)


def _cells(ours: list[_Went], floors: list[_Went]) -> tuple[str, ...]:
    """Speed and processor time: usually, and as a part of the floor's in the same turn."""
    pairs = list(zip(ours, floors, strict=True))
    shares = sorted(each.speed / floor.speed for each, floor in pairs)
    return (
        f"{median(each.speed for each in ours):,.0f}",
        f"{median(shares):.2f}",
        f"{shares[0]:.2f} to {shares[-1]:.2f}",
        f"{median(each.cpu for each in ours):,.0f} µs",
        f"{median(each.cpu / floor.cpu for each, floor in pairs):.2f}",
    )
