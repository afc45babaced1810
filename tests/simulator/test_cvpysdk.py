"""An outside witness: Commvault's own Python SDK, unmodified, drives the simulator.

It was written against real CommServes, so these tests prove that the simulator looks like one to it. They use calls of
the SDK only, which blocks; it runs in a thread while the simulator runs on the event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any, TypeVar

import pytest

from bulkprov.simulator import RequestKind, Simulator, SimulatorSettings

T = TypeVar("T")

Commcell: Any = import_module("cvpysdk.commcell").Commcell  # it has no types
SDKException: Any = import_module("cvpysdk.exception").SDKException


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """A fresh CommServe with the default estate."""
    async with Simulator() as running:
        yield running


def connect(url: str, **credentials: str) -> Any:
    """A signed-in SDK session."""
    credentials = credentials or {"commcell_username": "admin", "commcell_password": "simulator"}
    return Commcell("127.0.0.1", web_service_url=url, **credentials)


def file_system(commcell: Any, client: str = "client001") -> Any:
    """The backup sets of a client's file system agent."""
    return commcell.clients.get(client).agents.get("File System").backupsets


async def drive(simulator: Simulator, work: Callable[[Any], T]) -> T:
    """The result of `work`, in a thread and with a session of its own."""
    return await asyncio.to_thread(lambda: work(connect(simulator.url)))


@pytest.mark.parametrize("root", ["", "/commandcenter/api", "/webconsole/api", "/SearchSvc/CVWebService.svc"])
async def test_it_creates_a_set_at_every_root_path(simulator: Simulator, root: str) -> None:
    """It signs in, finds the client and its agent, creates a set, and reads its id."""
    base = simulator.url.removesuffix("/commandcenter/api")

    def work() -> int:
        return int(file_system(connect(base + root)).add("finance_q1").backupset_id)

    made = await asyncio.to_thread(work)

    assert [(row.client, row.name) for row in simulator.backupsets() if row.id == made] == [("client001", "finance_q1")]


async def test_it_sees_the_sets_of_the_estate(simulator: Simulator) -> None:
    """They are listed, and the default one is recognized."""

    def work(commcell: Any) -> tuple[set[str], str]:
        sets = file_system(commcell)
        return set(sets.all_backupsets), sets.default_backup_set

    assert await drive(simulator, work) == ({"defaultbackupset", "fs_legacy_01"}, "defaultbackupset")


async def test_it_creates_an_on_demand_set(simulator: Simulator) -> None:
    """The property reads back as it was sent."""

    def work(commcell: Any) -> tuple[bool, bool]:
        sets = file_system(commcell)
        return (
            sets.add("ondemand", on_demand_backupset=True).is_on_demand_backupset,
            sets.add("ordinary").is_on_demand_backupset,
        )

    assert await drive(simulator, work) == (True, False)


async def test_it_creates_a_set_with_a_plan(simulator: Simulator) -> None:
    """The plan that it names belongs to the set."""

    def work(commcell: Any) -> int:
        return int(file_system(commcell).add("planned", plan_name="Gold").backupset_id)

    made = await drive(simulator, work)

    assert [row.plan for row in simulator.backupsets() if row.id == made] == ["Gold"]


async def test_a_refusal_reaches_it(simulator: Simulator) -> None:
    """An unknown plan becomes an exception of the SDK, with the simulator's text."""

    def work(commcell: Any) -> None:
        file_system(commcell).add("planned", plan_name="Platinum")

    with pytest.raises(SDKException, match="Platinum"):
        await drive(simulator, work)


async def test_a_set_created_behind_its_back_is_refused_by_the_server(simulator: Simulator) -> None:
    """Its own check uses a list read earlier, so the refusal comes from the server, as an exception."""

    def work(commcell: Any) -> None:
        stale, fresh = file_system(commcell), file_system(connect(simulator.url))
        fresh.add("twice")
        stale.add("twice")

    with pytest.raises(SDKException, match="already exists"):
        await drive(simulator, work)
    assert simulator.statistics.duplicates_refused == 1


async def test_it_finds_reads_and_deletes_a_set(simulator: Simulator) -> None:
    """The set is found in any case, read, deleted, and then not found any more."""

    def work(commcell: Any) -> list[object]:
        sets = file_system(commcell)
        sets.add("Short_Lived")
        known = sets.has_backupset("SHORT_LIVED")
        name = sets.get("short_lived").backupset_name
        sets.delete("Short_Lived")
        return [known, name, sets.has_backupset("short_lived"), file_system(commcell).has_backupset("short_lived")]

    assert await drive(simulator, work) == [True, "short_lived", False, False]
    assert "Short_Lived" not in [row.name for row in simulator.backupsets()]


@pytest.mark.parametrize(
    ("client", "agent", "instance"),
    [
        ("client001", "SQL Server", r"client001\sqlexpress"),
        ("client011", "Oracle", "orcl"),
        ("client016", "Virtual Server", "vmware"),
    ],
)
async def test_it_creates_sets_of_other_agents(simulator: Simulator, client: str, agent: str, instance: str) -> None:
    """Instances are listed and read, and the set is created in the chosen one."""

    def work(commcell: Any) -> int:
        instances = commcell.clients.get(client).agents.get(agent).instances
        return int(instances.get(instance).backupsets.add("other_agent").backupset_id)

    made = await drive(simulator, work)

    (row,) = [row for row in simulator.backupsets() if row.id == made]
    assert (row.client, row.app, row.instance.casefold()) == (client, agent, instance)


async def test_it_renews_an_expired_token(simulator: Simulator) -> None:
    """After a 401 it renews its token and sends the request again, and the set is created once."""
    loop = asyncio.get_running_loop()

    def work(commcell: Any) -> str:
        sets = file_system(commcell)
        asyncio.run_coroutine_threadsafe(_expire(simulator), loop).result()
        return str(sets.add("after_the_night").backupset_name)

    assert await drive(simulator, work) == "after_the_night"
    assert (simulator.statistics.requests[RequestKind.RENEW], simulator.statistics.creates) == (1, 1)


async def _expire(simulator: Simulator) -> None:
    simulator.sessions.expire_all()


async def test_it_signs_in_with_a_token_and_out_again(simulator: Simulator) -> None:
    """A session begun with the token of another one knows its user, and ends in the vendor's words."""

    def work(commcell: Any) -> tuple[str, str]:
        second = connect(simulator.url, authtoken=commcell.auth_token)
        return second.commcell_username, second.logout()

    assert await drive(simulator, work) == ("admin", "User logged out")


async def test_a_wrong_password_is_an_exception_with_the_simulators_text(simulator: Simulator) -> None:
    """It reads the refusal from errList."""

    def work() -> None:
        connect(simulator.url, commcell_username="admin", commcell_password="wrong")

    with pytest.raises(SDKException, match="Invalid Username or Password"):
        await asyncio.to_thread(work)


async def test_a_retired_client_cannot_be_read() -> None:
    """It is listed all the same."""

    def work(commcell: Any) -> bool:
        assert commcell.clients.has_client("client002")
        commcell.clients.get("client002")
        return True

    async with Simulator(SimulatorSettings(retired_clients=("client002",))) as simulator:
        with pytest.raises(SDKException):
            await drive(simulator, work)


async def test_it_needs_five_requests_and_five_connections_for_each_set(simulator: Simulator) -> None:
    """One create and four reads, each on a connection of its own: the cost of a bulk run with it."""

    def work(commcell: Any) -> tuple[int, int]:
        sets = file_system(commcell)
        sets.add("first")
        before = (simulator.statistics.requests.total(), simulator.statistics.connections)
        for number in range(10):
            sets.add(f"bulk{number}")
        after = (simulator.statistics.requests.total(), simulator.statistics.connections)
        return after[0] - before[0], after[1] - before[1]

    assert await drive(simulator, work) == (50, 50)
