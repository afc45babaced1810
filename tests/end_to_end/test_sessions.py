"""Sessions as they really end, and answers that only look like it, over real sockets."""

from collections import Counter
from pathlib import Path
from typing import Literal

import pytest

from bulkprov.commvault.credentials import Credentials
from bulkprov.settings import Access, Effort
from bulkprov.simulator import FAULTS, Fault, RequestKind, Simulator, SimulatorSettings
from tests.end_to_end.test_tokens import Expiring
from tests.rehearsal import Rehearsed, rehearse

WAVE = [(f"client{n % 10 + 1:03d}", f"FS_{n}") for n in range(200)]
EFFORT = Effort(concurrency=16, settle=0.5)
THEIRS = "client001"
"""A client with rights of its own."""
FORBIDDEN = "client005"
"""Another one; not the first, since a wave whose first creates are all forbidden is stopped."""


def statuses(run: Rehearsed, client: str = "") -> Counter[str]:
    """How many rows of a client, or of all, ended in which status."""
    return Counter(row["status"] for row in run.rows if client in ("", row["clientName"]))


class Forbidding:
    """A fault policy: every create for one client is answered 403."""

    def choose(self, kind: RequestKind, content: bytes) -> Fault | None:
        """Strike by what is asked."""
        return FAULTS["403-before"] if kind is RequestKind.CREATE and FORBIDDEN.encode() in content else None


@pytest.mark.parametrize("renewal", ["new", "same", "refused"])
@pytest.mark.parametrize("end", ["401", "403", "code", "page", "redirect"])
async def test_a_session_that_ends_costs_one_renewal_and_at_most_one_log_in(
    tmp_path: Path, end: Literal["401", "403", "code", "page", "redirect"], renewal: Literal["new", "same", "refused"]
) -> None:
    """However it ends, and whatever it is renewed with: all rows are created, and nothing is made twice."""
    plan = Expiring(80)
    settings = SimulatorSettings(latency=0.01, session_end=end, renewal=renewal, refuse_duplicates=False)
    async with Simulator(settings, fault_policy=plan) as simulator:
        plan.simulator = simulator
        run = await rehearse(tmp_path / "run", WAVE, access=Access(server=simulator.url), effort=EFFORT)
        made = Counter(each.name for each in simulator.backupsets() if each.name[3:].isdigit())

    asked = simulator.statistics.requests
    assert (statuses(run), run.exit_code, run.stop) == ({"created": 200}, 0, "")
    assert set(made.values()) == {1}
    assert (asked[RequestKind.RENEW], asked[RequestKind.LOGIN]) == (1, 1 if renewal == "new" else 2)
    assert {row["attempts"] for row in run.rows} <= ({"1"} if end in ("401", "403", "code") else {"1", "2"})


@pytest.mark.parametrize("end", ["401", "403", "code", "page", "redirect"])
async def test_a_given_token_that_ends_stops_the_run_with_one_clear_line(
    tmp_path: Path, end: Literal["401", "403", "code", "page", "redirect"]
) -> None:
    """Nothing can renew it. No row is rejected for it."""
    plan = Expiring(80)
    settings = SimulatorSettings(latency=0.01, session_end=end, access_tokens=("ours",))
    async with Simulator(settings, fault_policy=plan) as simulator:
        plan.simulator = simulator
        simulator.sessions.expire_all = lambda: simulator.sessions.expire("ours")  # type: ignore[method-assign]
        run = await rehearse(
            tmp_path / "run",
            WAVE,
            access=Access(server=simulator.url),
            effort=EFFORT,
            credentials=Credentials(token="Bearer ours"),
        )

    how = {"code": "errorCode 5", "page": "a log-in page", "redirect": "a redirect to a log-in page"}.get(
        end, f"HTTP {end}"
    )
    assert (run.stop, run.exit_code) == (f"the server rejected the token ({how}); get a new one", 4)
    assert set(statuses(run)) <= {"created", "pending", "unknown"}
    assert 60 < statuses(run)["created"] < 100


async def test_a_session_that_a_pin_began_is_not_begun_again(tmp_path: Path) -> None:
    """It ends for good in mid-run: the run stops without a second log-in, and a new PIN goes on with it."""
    plan = Expiring(80)
    pin = Credentials(username="admin", password="secret123456")
    settings = SimulatorSettings(latency=0.01, renewal="refused", password=pin.password, refuse_duplicates=False)
    async with Simulator(settings, fault_policy=plan) as simulator:
        plan.simulator = simulator
        access = Access(server=simulator.url)
        run = await rehearse(tmp_path / "run", WAVE, access=access, effort=EFFORT, credentials=pin)
        asked = simulator.statistics.requests[RequestKind.LOGIN]
        rest = await rehearse(tmp_path / "run", [], access=access, effort=EFFORT, credentials=pin, begin=False)
        made = Counter(each.name for each in simulator.backupsets() if each.name[3:].isdigit())

    assert (asked, run.exit_code) == (1, 4)
    assert run.stop.startswith("the session has ended (HTTP 401) and cannot be renewed; a password that may end in a ")
    assert set(statuses(run)) <= {"created", "pending", "unknown"}
    assert (statuses(rest), set(made.values())) == ({"created": 200}, {1})


@pytest.mark.parametrize("token", ["", "Bearer ours"])
async def test_a_client_that_is_always_denied_does_not_keep_the_others(
    tmp_path: Path, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row at a time, that client first; its rows are not created, and the session is left as it is."""
    monkeypatch.setattr("bulkprov.engine.backoff.LONGEST", 0.1)  # it is looked for twenty times, and more
    wave = [(THEIRS, f"FS_{n}") for n in range(2)] + [("client002", f"FS_{n}") for n in range(20)]
    settings = SimulatorSettings(denied_clients=(THEIRS,), access_tokens=("ours",))
    async with Simulator(settings) as simulator:
        run = await rehearse(
            tmp_path / "run",
            wave,
            access=Access(server=simulator.url),
            effort=Effort(concurrency=1, settle=0.2),
            credentials=Credentials(token=token) if token else None,
        )

    asked = simulator.statistics.requests
    assert run.stop == ""
    assert statuses(run, "client002") == {"created": 20}
    assert statuses(run, THEIRS) == {"unknown": 2}
    assert (asked[RequestKind.RENEW], asked[RequestKind.LOGIN]) == (0, 0 if token else 1)


async def test_what_one_client_forbids_is_believed_without_a_new_session(tmp_path: Path) -> None:
    """Its rows are rejected with the server's words, each after a read that shows the session to be good."""
    async with Simulator(fault_policy=Forbidding()) as simulator:
        run = await rehearse(
            tmp_path / "run",
            WAVE[:100],
            access=Access(server=simulator.url),
            effort=Effort(concurrency=1, settle=0.2),
        )

    asked = simulator.statistics.requests
    assert statuses(run, FORBIDDEN) == {"rejected": 10}
    assert statuses(run) == {"rejected": 10, "created": 90}
    assert (asked[RequestKind.RENEW], asked[RequestKind.LOGIN]) == (0, 1)
