"""The counts of what the simulator was asked and did, and their page."""

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, create_body, signed_in
from tests.simulator.policies import Strike


async def test_statistics_are_on_a_page_of_their_own() -> None:
    """Requests by kind, connections, creates and refused duplicates, as JSON and without a token."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        await client.create()
        await client.create()
        root = PlainClient(client.http, simulator.url.removesuffix("/commandcenter/api"))
        page = await root.json("GET", "simulator/statistics")

    assert (page["connections"], page["creates"], page["duplicatesRefused"]) == (1, 1, 1)
    assert (page["requests"]["create"], page["requests"]["login"], page["requests"]["total"]) == (2, 1, 3)


async def test_what_is_not_created_is_counted_by_its_reason() -> None:
    """Refused, turned away, or struck by a fault: each has a count of its own."""
    settings = SimulatorSettings(clients=1, rate_limit=2)
    async with Simulator(settings, fault_policy=Strike("429-bare")) as simulator, signed_in(simulator) as client:
        await client.call("POST", "Backupset", create_body())
        await client.create(clientName="nobody")
        await client.create(backupsetName="")
        status, _ = await client.call("POST", "Backupset", create_body())
        statistics = simulator.statistics

    assert status == 429
    assert (statistics.creates, statistics.creates_refused, statistics.turned_away) == (0, 2, {429: 1})
    assert statistics.faults == {"429-bare": 1}
