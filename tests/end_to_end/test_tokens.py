"""Tokens that die in the middle of a run, over real sockets."""

from collections import Counter
from pathlib import Path

from bulkprov.commvault.credentials import Credentials
from bulkprov.settings import Access, Effort
from bulkprov.simulator import Fault, RequestKind, Simulator, SimulatorSettings
from tests.rehearsal import rehearse

WAVE = [(f"client{n % 10 + 1:03d}", f"FS_{n}") for n in range(200)]
EFFORT = Effort(concurrency=16, settle=0.5)


class Expiring:
    """A fault policy: nothing is struck, and all tokens expire after so many creates."""

    def __init__(self, creates: int) -> None:
        self.left = creates
        self.simulator: Simulator | None = None

    def choose(self, kind: RequestKind, _content: bytes) -> Fault | None:
        """Nothing goes wrong with this request itself."""
        self.left -= kind is RequestKind.CREATE
        if self.left == 0 and self.simulator:
            self.left = -1
            self.simulator.sessions.expire_all()
        return None


async def test_a_token_that_expires_in_mid_run_costs_no_row_and_one_renewal(tmp_path: Path) -> None:
    """Sixteen requests are under way with it; whoever meets the 401 first renews it for all."""
    plan = Expiring(80)
    async with Simulator(SimulatorSettings(latency=0.01), fault_policy=plan) as simulator:
        plan.simulator = simulator
        run = await rehearse(tmp_path / "run", WAVE, access=Access(server=simulator.url), effort=EFFORT)

    asked = simulator.statistics.requests
    assert Counter(row["status"] for row in run.rows) == {"created": 200}
    assert {row["attempts"] for row in run.rows} == {"1"}
    assert (asked[RequestKind.RENEW], asked[RequestKind.LOGIN], asked[RequestKind.LOGOUT]) == (1, 1, 1)
    assert run.exit_code == 0


async def test_a_given_token_that_dies_in_mid_run_stops_it_cleanly_and_a_new_one_goes_on(tmp_path: Path) -> None:
    """No row fails for it: those that were not tried are pending, and none is made twice."""
    settings = SimulatorSettings(latency=0.01, access_tokens=("old", "new"), refuse_duplicates=False)
    plan = Expiring(80)
    async with Simulator(settings, fault_policy=plan) as simulator:
        plan.simulator = simulator
        simulator.sessions.expire_all = lambda: simulator.sessions.expire("old")  # type: ignore[method-assign]
        access = Access(server=simulator.url)
        first = await rehearse(
            tmp_path / "run", WAVE, access=access, effort=EFFORT, credentials=Credentials(token="Bearer old")
        )
        made = len([each for each in simulator.backupsets() if each.name.startswith("FS_") and each.name[3:].isdigit()])
        second = await rehearse(
            tmp_path / "run",
            WAVE,
            access=access,
            effort=EFFORT,
            credentials=Credentials(token="Bearer new"),
            begin=False,
        )
        record = Counter(each.name for each in simulator.backupsets() if each.name[3:].isdigit())

    assert first.exit_code == 4
    assert first.stop == "the server rejected the token (HTTP 401); get a new one"
    statuses = Counter(row["status"] for row in first.rows)
    assert statuses["created"] == made
    assert set(statuses) == {"created", "pending", "unknown"}
    assert statuses["unknown"] <= 16, "their creates left, and were turned away"
    assert 60 < made < 100
    assert Counter(row["status"] for row in second.rows) == {"created": 200}
    assert second.exit_code == 0
    assert set(record.values()) == {1}


async def test_when_the_session_is_gone_and_the_user_as_well_the_run_stops_after_one_login(tmp_path: Path) -> None:
    """It cannot be renewed, and the fresh log-in is refused: that is tried once, so that no account is locked."""
    plan = Expiring(80)
    async with Simulator(SimulatorSettings(latency=0.01), fault_policy=plan) as simulator:
        plan.simulator = simulator

        def gone() -> None:
            for token in list(simulator.sessions._sessions):
                simulator.sessions.end(token)
            object.__setattr__(simulator.settings, "password", "another")

        simulator.sessions.expire_all = gone  # type: ignore[method-assign]
        run = await rehearse(tmp_path / "run", WAVE, access=Access(server=simulator.url), effort=EFFORT)

    asked = simulator.statistics.requests
    assert run.exit_code == 4
    assert run.stop.startswith("login refused: ")
    assert (asked[RequestKind.LOGIN], asked[RequestKind.RENEW]) == (2, 1)
    assert set(Counter(row["status"] for row in run.rows)) == {"created", "pending", "unknown"}
