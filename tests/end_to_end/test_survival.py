"""Bad days over real sockets: thousands of rows, nearly half of all requests struck; a server that makes duplicates."""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from bulkprov.settings import Access, Effort
from bulkprov.simulator import FAULTS, Fault, RequestKind, SeededFaults, Simulator, SimulatorSettings
from tests.faults.tables import AGAIN, FOUND, RACED, STRUCK_ONCE, UNHARMED
from tests.rehearsal import rehearse

SURVIVABLE = sorted(
    {name for group in (FOUND, AGAIN, UNHARMED, RACED) for name in STRUCK_ONCE[group].split()} - {"other-id"}
)
"""Every fault after which a row can still be created; `other-id` is a lie that nobody can see."""
UNSEEN = ("drop-after", "reset-after", "silent-after", "truncated", "empty", "504-after", "late-commit", "late-504")
"""Faults after which a set is there, or comes to be, and the client was not told."""
_WEIGHTS = {
    **dict.fromkeys((name for name in SURVIVABLE if name.startswith(("429-", "503-"))), 0.01),  # a pause
    # A renewal or a log-in, of which as many are struck; and a run ends if a token dies as soon as it is issued.
    "token-expired": 0.05,
    "denied": 0.05,
}
SERVER = SimulatorSettings(slow_seconds=0.6, late_seconds=0.6, hang_seconds=2)


class Struck:
    """A fault policy: strikes the same share of each kind of request, and counts."""

    def __init__(self, share: float, names: Mapping[RequestKind, list[str]], seed: int) -> None:
        self._plans = {kind: SeededFaults(seed=seed, overall=0, by_name=_shares(share, names[kind])) for kind in names}
        self.asked: Counter[RequestKind] = Counter()
        self.struck: Counter[RequestKind] = Counter()
        self.kinds: set[str] = set()

    def choose(self, kind: RequestKind, content: bytes) -> Fault | None:
        """As its plans say."""
        fault = self._plans[kind].choose(kind, content) if kind in self._plans else None
        self.asked[kind] += 1
        self.struck[kind] += fault is not None
        if fault:
            self.kinds.add(fault.name)
        return fault


def _shares(share: float, names: list[str]) -> dict[str, float]:
    """The same for all, but little for those that make all workers wait: there would be nothing but waiting."""
    weights = {name: _WEIGHTS.get(name, 1) for name in names}
    return {name: share * weight / sum(weights.values()) for name, weight in weights.items()}


async def test_two_thousand_rows_while_forty_percent_of_all_requests_are_struck(tmp_path: Path) -> None:
    """All are created, with the ids of the server's own record, at 1.5 look-ups or less for each doubt.

    One may be `exists` instead: its create was carried out and answered with another's 401, and as the token had died
    by then, it was sent again with a new one.
    """
    wave = [(f"client{n % 60 + 1:03d}", f"FS_{n}") for n in range(2000)]
    names = {kind: [name for name in SURVIVABLE if kind in FAULTS[name].strikes] for kind in RequestKind}
    names[RequestKind.LIST].remove("huge")  # may be a list; reading it takes a second of the processor each time
    names[RequestKind.CREATE].remove("denied")  # the second one about a client is believed, and its row is rejected
    plan = Struck(0.4, names, seed=11)
    async with Simulator(SERVER, fault_policy=plan) as simulator:
        run = await rehearse(
            tmp_path / "run",
            wave,
            access=Access(server=simulator.url, timeout=0.5, connect_timeout=1),
            effort=Effort(concurrency=64, settle=1),
        )
        record = {(each.client, each.name): each.id for each in simulator.backupsets() if each.name.startswith("FS_")}
        sets = len([each for each in simulator.backupsets() if each.name.startswith("FS_") and each.name[3:].isdigit()])

    assert run.stop == ""
    statuses = Counter(row["status"] for row in run.rows)
    assert statuses.keys() <= {"created", "exists"}
    assert statuses["created"] >= 1999
    assert all(record[row["clientName"], row["backupsetName"]] == int(row["backupsetId"]) for row in run.rows)
    assert sets == 2000
    assert run.exit_code == 0
    for kind in (RequestKind.CREATE, RequestKind.LIST):
        assert 0.35 < plan.struck[kind] / plan.asked[kind] < 0.45
    assert len(plan.kinds) >= 45
    first_looks = 60
    answered = plan.asked[RequestKind.LIST] - plan.struck[RequestKind.LIST] - first_looks
    assert answered <= 1.5 * _doubts(run.folder)


async def test_a_server_that_makes_duplicates_makes_none(tmp_path: Path) -> None:
    """It would make a second set of the same name; it loses answers and commits late, and every set is there once."""
    wave = [(f"client{n % 20 + 1:03d}", f"FS_{n}") for n in range(1000)]
    plan = Struck(
        0.5, {RequestKind.CREATE: list(UNSEEN), RequestKind.LIST: ["drop-before", "truncated", "500-before"]}, seed=3
    )
    settings = SimulatorSettings(late_seconds=0.6, hang_seconds=2, refuse_duplicates=False)
    async with Simulator(settings, fault_policy=plan) as simulator:
        run = await rehearse(
            tmp_path / "run",
            wave,
            access=Access(server=simulator.url, timeout=0.5, connect_timeout=1),
            effort=Effort(concurrency=32, settle=1),
        )
        made = Counter((each.client, each.name) for each in simulator.backupsets() if each.name.startswith("FS_"))

    assert Counter(row["status"] for row in run.rows) == {"created": 1000}
    assert plan.struck[RequestKind.CREATE] > 400
    assert {key: count for key, count in made.items() if count > 1} == {}
    assert len([key for key in made if key[1][3:].isdigit()]) == 1000


def _doubts(folder: Path) -> int:
    """Creates that ended in doubt, by the journal."""
    with sqlite3.connect(f"file:{folder / 'journal.sqlite'}?mode=ro", uri=True) as db:
        verdicts = [
            text for (text,) in db.execute("SELECT verdict FROM exchanges WHERE step = 'act' AND verdict <> ''")
        ]
    db.close()
    return sum(json.loads(text)["end"] == "in doubt" for text in verdicts)
