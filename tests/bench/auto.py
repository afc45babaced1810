"""`-j auto` on servers it knows nothing of, over real sockets, against the best of some fixed limits.

`python -m tests.bench.limit` sweeps the fixed limits from 1 to 256 in virtual time, where that takes minutes; here are
some of those servers in real time, and the whole program. What counts is the time from the first create to the moment
when 99 % of 5,000 rows are final. The best fixed limit is found first, and then takes turns with `auto`.
"""

import json
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.limit import SERVERS, Case
from tests.bench.measuring import TOKEN, bulkprov, spend, table, workplace, write_wave
from tests.bench.stub import serving

__all__ = ["auto"]

_ROWS: Final = 5_000
_SHARE: Final = 0.99
_NAMES: Final = {
    "(c) latency grows with the square past 20",
    "32 places, sigma 0.5",
    "48 places, sigma 1",
    "32 places, 5 % ten times as long",
    "no limit, sigma 1",
}
_SERVERS: Final = [case for case in SERVERS if case.name in _NAMES or case.name[:4] in {f"({x}) " for x in "abdef"}]
"""The even ones, and four whose latency varies as in life."""


@dataclass(frozen=True, slots=True)
class _Went:
    """How a run went."""

    seconds: float
    refused: float
    """Share of the creates."""
    limits: tuple[int, ...]


def auto(*, turns: int = 3, only: str = "") -> str:
    """Measure, and give the table; of servers with these words in their names, if there are any."""
    lines = []
    with workplace() as folder:
        sheet = write_wave(folder / "wave.csv", _ROWS, clients=10)
        for case in (each for each in _SERVERS if only in each.name):
            fixed = {limit: _run(sheet, case, str(limit)).seconds for limit in _limits(case)}
            best = min(fixed, key=lambda limit: fixed[limit])
            pairs = [(_run(sheet, case, str(best)), _run(sheet, case, "auto")) for _ in range(turns)]
            by_hand, usual = (
                sorted(side, key=lambda each: each.seconds)[turns // 2] for side in zip(*pairs, strict=True)
            )
            later = usual.limits[len(usual.limits) // 2 :]
            lines.append(
                (
                    case.name,
                    f"{best} of {', '.join(map(str, fixed))}",
                    f"{by_hand.seconds:.2f} s",
                    f"{usual.seconds:.2f} s",
                    f"**{by_hand.seconds / usual.seconds:.2f}**",
                    f"{usual.refused:.2%}",
                    f"{min(later)} to {max(later)}",
                )
            )
    heads = ("server", "best fixed `-j`", "takes", "`auto` takes", "ratio", "refused", "its limit later")
    return table(heads, lines)


def _limits(case: Case) -> list[int]:
    """The one that the whole sweep has found, and some to either side of it."""
    return sorted({max(1, case.best // 2), case.best, min(256, 2 * case.best), 32, 128})


def _run(sheet: Path, case: Case, limit: str) -> _Went:
    with tempfile.TemporaryDirectory(dir=sheet.parent) as name, serving(case=case.name) as stub:
        folder = Path(name) / "run"
        words = ("--server", stub.url, "-o", str(folder), "--no-audit", "--json", "-q", "--format", "csv")
        said = json.loads(spend(bulkprov("run", str(sheet), *words, "-j", limit), {"BULKPROV_TOKEN": TOKEN}).output)
        if said["created"] != _ROWS:
            raise SystemExit(f"{said['created']} of {_ROWS} rows were created")
        with sqlite3.connect(folder / "journal.sqlite") as journal:
            ((began, refused),) = journal.execute(
                "SELECT min(at), sum(verdict LIKE '%503%' OR verdict LIKE '%429%') FROM exchanges WHERE step = 'act'"
            )
            ((ended,),) = journal.execute(
                "SELECT finished_at FROM outcomes ORDER BY finished_at LIMIT 1 OFFSET ?", (int(_ROWS * _SHARE),)
            )
            points = journal.execute("SELECT value FROM facts WHERE name = 'limits'").fetchone()
        limits = [value for _, value in json.loads(points[0])] if points else [int(limit)]
        return _Went(ended - began, (refused or 0) / (_ROWS + (refused or 0)), tuple(limits))
