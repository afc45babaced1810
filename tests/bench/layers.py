"""Where the microseconds of a create go: each layer of the program put on top of the one below, against the stub.

Processor time of this process for one create, 32 at once, the best of some turns; no sheet, and a journal in the last
line only, with its thread. The rest of a run is in the other tables.
"""

import asyncio
import gc
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import aiohttp
import uvloop

from bulkprov.commvault.auth import GivenToken
from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.commvault.transport import Transport
from bulkprov.engine import lifecycle, ports
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import Outcome, Row, Status, Verdict
from bulkprov.engine.parts import Parts
from bulkprov.engine.pipeline import Pipeline
from bulkprov.engine.policy import RetryPolicy
from bulkprov.engine.priority import Priority
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.engine.throttle.adaptive_limit import FixedLimit
from bulkprov.engine.throttle.gate import Gate
from bulkprov.journal.group_commit import JournalWriter
from bulkprov.journal.rows import JournalRow
from bulkprov.journal.store import Journal
from bulkprov.runs.environment import this_machine
from bulkprov.wire import JSON
from tests.backupsets import WebService
from tests.bench.measuring import TOKEN, table
from tests.bench.stub import serving

__all__ = ["layers"]

_AT_ONCE: Final = 32
_HEADERS: Final = {"Accept": "application/json", "Content-type": "application/json", "Authtoken": TOKEN}


class _NoJournal:
    """A journal that keeps nothing."""

    async def begin(self, row: Row, known: int) -> int:  # noqa: ARG002 - as the journal's
        """Nothing is kept."""
        return row.number

    def ended(self, nr: int, verdict: Verdict) -> None:
        """Nothing is kept."""

    def looked(self, row: Row, verdict: Verdict) -> None:
        """Nothing is kept."""

    def reopen(self, row: Row, verdict: Verdict) -> None:
        """Nothing is kept."""

    def finish(self, row: Row, outcome: Outcome) -> None:
        """Nothing is kept."""

    async def reported_as(self, number: int) -> Row | None:  # noqa: ARG002 - as the journal's
        """Nothing is kept."""
        return None


class _NoLog:
    """A log that nobody reads."""

    def debug(self, event: str, **values: object) -> None:
        """Nothing is told."""

    info = warning = exception = debug


def layers(*, rows: int = 20_000, turns: int = 5) -> str:
    """Measure, and give the table."""
    before_us = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)  # as the command does
    try:
        with serving() as stub, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            measured = [runner.run(_measure(stub.url, rows)) for _ in range(turns)]
    finally:
        gc.set_threshold(*before_us)
    best = {name: min(each[name] for each in measured) for name in measured[0]}
    lines, before = [], 0.0
    for name, spent in best.items():
        lines.append((name, f"{spent:.0f}", f"{spent - before:+.0f}" if before and "bare" not in name else ""))
        before = spent
    return table(("one create, and all of it below", "µs", "more than the one above"), lines)


async def _measure(url: str, rows: int) -> dict[str, float]:
    sets = [BackupSet(client=f"client{n % 500:04d}", name=f"FS_Wave_{n:07d}", plan="Gold") for n in range(rows)]
    body = json.dumps({"association": {"entity": [{"clientName": "client0001", "backupsetName": "x" * 60}]}}).encode()
    spent: dict[str, float] = {}

    async def timed(name: str, work: Awaitable[object]) -> None:
        began = time.process_time()
        await work
        spent[name] = (time.process_time() - began) / rows * 1e6

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_AT_ONCE)) as session:

        async def bare(_want: BackupSet) -> None:
            async with session.post(f"{url}/Backupset", data=body, headers=_HEADERS) as response:
                await response.read()

        await timed("bare aiohttp", _all(sets, bare))
    async with Transport(url, timeout=60, connect_timeout=10, connections=_AT_ONCE + 1) as transport:

        async def exchange(_want: BackupSet) -> None:
            await transport.exchange("POST", "Backupset", headers=_HEADERS, body=body, cap=1 << 20)

        await timed("`transport`: bounded, and failures told apart", _all(sets, exchange))
        service = WebService(transport, GivenToken(TOKEN), JSON, clock=time.time)
        await timed("`webservice`: request built, reply read and judged", _all(sets, service.create))
        gate = Gate(limit=FixedLimit(_AT_ONCE), tally=Tally(), stopping=Stopping())
        governed = _all(sets, lambda want: gate.exchange(partial(service.create, want), act=True))
        await timed("`gate`: slots, pauses, circuit", governed)
        unwritten = _pipeline(service, _NoJournal()).run(_rows(sets))
        await timed("`pipeline`: queue, first look, what comes next", unwritten)
        with tempfile.TemporaryDirectory(prefix="bulkprov-bench-") as folder:
            journal = Journal.create(Path(folder) / "journal.sqlite", {}, BACKUP_SET)
            journal.load(
                (JournalRow(sheet_row=number, cells=(), want=want) for number, want in enumerate(sets, 2)), dict
            )
            await timed("`journal`: each intent on disk before its create, outcomes", _written(service, journal, sets))
            written = journal.counts()[Status.CREATED]
            journal.close()
        if written != rows:
            raise SystemExit(f"the journal has {written} of {rows} rows as created")
    return spent


async def _written(service: WebService, journal: Journal, sets: list[BackupSet]) -> None:
    with this_machine().off_loop() as off_loop:
        async with JournalWriter(journal, off_loop=off_loop, clock=time.time) as writer:
            await _pipeline(service, writer).run(_rows(sets))


async def _all(sets: list[BackupSet], call: Callable[[BackupSet], Awaitable[object]]) -> None:
    left = iter(sets)

    async def work() -> None:
        for want in left:
            await call(want)

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))


async def _rows(sets: list[BackupSet]) -> AsyncIterator[Row]:
    fresh = lifecycle.begin(RetryPolicy())
    for number, want in enumerate(sets, 1):
        yield Row(number=number, sheet_row=number, want=want, standing=fresh)


def _pipeline(service: WebService, journal: ports.Journal) -> Pipeline:
    tally, stopping = Tally(), Stopping()
    gate = Gate(limit=FixedLimit(_AT_ONCE), tally=tally, stopping=stopping)

    async def fetch(client: str, leaves: Callable[[], None], priority: Priority) -> Verdict:
        async def leave() -> Verdict:
            leaves()
            return await service.listing(client)

        return await gate.exchange(leave, priority=priority)

    parts = Parts(
        service=service,
        lookups=SharedLookups(fetch, clock=time.time),
        gate=gate,
        journal=journal,
        stopping=stopping,
        policy=RetryPolicy(),
        tally=tally,
        log=_NoLog(),
        error_budget=lambda _tally: "",
        clock=time.time,
        random=Random(1),
    )
    return Pipeline(parts)
