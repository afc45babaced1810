"""The simulator as a whole: its start, its stop, and what it leaves behind."""

import asyncio

import aiohttp
import pytest

from bulkprov.errors import ServerError
from bulkprov.simulator import RequestKind, Simulator, SimulatorSettings
from tests.simulator.http_client import signed_in


async def test_two_simulators_live_side_by_side() -> None:
    """Each has its own port and its own state."""
    async with Simulator() as one, Simulator() as two, signed_in(one) as client, signed_in(two) as other:
        await client.create()

        assert "FS_Backup_01" not in await other.names()
    assert one.port != two.port


async def test_a_taken_port_is_an_error_in_one_line() -> None:
    """The line names the address and what to do."""
    async with Simulator() as one:
        with pytest.raises(ServerError, match=f"cannot listen on 127.0.0.1:{one.port}"):
            await Simulator(SimulatorSettings(port=one.port)).start()


async def test_a_stop_does_not_wait_for_requests_in_flight() -> None:
    """A request that would take minutes is cut off, and the server stops at once."""
    arrived = asyncio.Event()

    class Arrivals:
        def choose(self, _kind: RequestKind, _content: bytes) -> None:
            arrived.set()

    async with aiohttp.ClientSession() as http:
        async with Simulator(SimulatorSettings(latency=600), fault_policy=Arrivals()) as simulator:
            asking = asyncio.ensure_future(http.get(simulator.url))
            await arrived.wait()
        with pytest.raises(aiohttp.ClientError):
            await asyncio.wait_for(asking, timeout=5)
