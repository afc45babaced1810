"""A gateway that sends answers twice, over real sockets: what is said of each row is what the server has."""

from collections import Counter
from pathlib import Path

import pytest

from bulkprov.settings import Access, Effort
from bulkprov.simulator import Simulator, SimulatorSettings
from tests.rehearsal import rehearse

WAVE = [(f"client{n % 10 + 1:03d}", f"FS_{n}") for n in range(400)]


@pytest.mark.parametrize(
    ("every", "at_once", "latency"), [(1, 16, 0.01), (1, 1, 0.0), (1, 4, 0.002), (10, 1, 0.0), (10, 4, 0.002)]
)
async def test_no_row_is_told_the_answer_of_another(tmp_path: Path, every: int, at_once: int, latency: float) -> None:
    """Each has the id that its set has, and each set is there, though second answers come 2 ms after the first."""
    settings = SimulatorSettings(latency=latency, repeat_every=every, refuse_duplicates=False)
    async with Simulator(settings) as simulator:
        before = {each.id for each in simulator.backupsets()}
        run = await rehearse(
            tmp_path / "run",
            WAVE,
            access=Access(server=simulator.url),
            effort=Effort(concurrency=at_once, settle=0.5),
        )
        made = {(each.client.casefold(), each.name): each.id for each in simulator.backupsets()}
        new = [each.id for each in simulator.backupsets() if each.id not in before]

    assert Counter(row["status"] for row in run.rows) == {"created": 400}
    assert [int(row["backupsetId"]) for row in run.rows] == [made[each] for each in WAVE]
    assert len(new) == 400
    assert run.exit_code == 0
