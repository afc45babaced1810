"""Lists of a hostile server, kept by the hundred: what they cost is bounded by their bytes."""

import gc
import time
import tracemalloc
from collections.abc import Callable

import pytest

from bulkprov.commvault.auth import GivenToken
from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.commvault.transport import Transport
from bulkprov.commvault.webservice import WebService
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import Verdict
from bulkprov.engine.priority import Priority
from bulkprov.wire import BY_NAME
from tests.rawserver import answer, behave, raw_server

MB = 1 << 20


async def test_lists_that_are_kept_are_bounded_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty clients, each with a list of four sets that takes a megabyte, over a real socket."""
    monkeypatch.setattr("bulkprov.engine.lookups._KEPT", 8 * MB)
    sets = [{"backupSetEntity": {"backupsetId": n, "backupsetName": f"{n}" + "x" * (MB // 4)}} for n in range(1, 5)]
    reply = answer({"backupsetProperties": sets})
    async with (
        raw_server(behave(reply)) as server,
        Transport(server.url, timeout=5, connect_timeout=5, connections=4) as transport,
    ):
        service = WebService(transport, GivenToken("x"), BY_NAME["json"], BACKUP_SET, clock=time.time)

        async def fetch(scope: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
            leaves()
            return await service.listing(scope)

        looks = SharedLookups(fetch, clock=time.time)
        tracemalloc.start()
        try:
            found = [await looks.get(BackupSet(client=f"client{n}", name="FS"), 0) for n in range(40)]
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert [each.reply.id for each in found] == [0] * 40
    assert 2 * MB < kept < 10 * MB
