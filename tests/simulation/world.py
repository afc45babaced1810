"""One world: a wave is run through kills and stops to its end, perhaps rolled back, and compared with the truth.

The truth is the simulated server's own record. The world is also the server's fault policy: see `choose`.
"""

import asyncio
import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp.connector

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.operations import ROLLBACK, RUN, Operation
from bulkprov.journal.view import View
from bulkprov.runs.go_on import decide
from bulkprov.runs.new_rows import fresh
from bulkprov.sheets.rows import Fault as RowFault
from bulkprov.sheets.rows import Record, Result
from bulkprov.simulator import FAULTS, Fault, FaultPolicy, RequestKind, SeededFaults, Simulator
from tests.simulation.history import History
from tests.simulation.invariants import (
    BrokenError,
    ServerRecord,
    check_ends,
    check_exchanges,
    check_results,
    check_rollback,
    intended,
    is_left,
    ours,
)
from tests.simulation.machine import LONGEST, Machine, virtual_clock
from tests.simulation.weather import Weather, draw_sheet, draw_weather, wanted
from tests.simulator.virtual_time import VirtualLoop

__all__ = ["World", "check_row", "run_world"]

_PROCESSES: Final = 12
"""Processes after which nothing fails any more."""
_SET: Final = re.compile(rb"wave-(\d+)-\d+", re.IGNORECASE)
_SECRET: Final = re.compile(rb"QSDK [0-9a-f]{20}|Bearer given|c2ltdWxhdG9y")
"""A token of the simulator, or its password in Base64."""


def run_world(
    seed: int,
    *,
    rows: int = 50,
    change: Callable[[Weather], Weather] = lambda lot: lot,
    kind: "type[World] | None" = None,
) -> History:
    """Run one world to its end.

    Args:
        seed: decides everything.
        rows: rows of the sheet.
        change: changes the weather that the seed has drawn.
        kind: of world; `World` by default.

    Raises:
        BrokenError: an invariant does not hold. Any other exception is a bug too. Each carries a note with the seed and
            the end of the history.
    """
    history = History(seed)
    with tempfile.TemporaryDirectory(prefix="world-", dir=_memory()) as folder:
        loop = VirtualLoop()
        try:
            with _loops_own_clock(loop):
                loop.run_until_complete((kind or World)(seed, rows, change, Path(folder), history).live())
        except BaseException as error:
            error.add_note(f"seed {seed}, {rows} rows; the history ends with:\n" + "\n".join(history.lines[-25:]))
            raise
        finally:
            loop.close()
    return history


def _memory() -> str | None:
    """A folder in memory, if there is one. No power fails in a world, so a disk would only cost time."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - as the parent of a private folder only


@contextmanager
def _loops_own_clock(loop: VirtualLoop) -> Iterator[None]:
    """Let aiohttp's connection pool read the loop's clock, and not the machine's."""
    module: Any = aiohttp.connector
    before, module.monotonic = module.monotonic, loop.time
    try:
        yield
    finally:
        module.monotonic = before


class World:
    """One world of one bulkprov and its server."""

    def __init__(
        self, seed: int, rows: int, change: Callable[[Weather], Weather], folder: Path, history: History
    ) -> None:
        self._draw = Random(f"{seed}:world")
        weather = change(draw_weather(self._draw))
        self._records, estate = draw_sheet(self._draw, rows)
        self._weather = replace(weather, server=replace(weather.server, estate=estate))
        self._seed, self._folder, self._history = seed, folder, history
        server = self._weather.server
        self._fault_policy: FaultPolicy = SeededFaults(seed=server.seed, overall=server.faults, by_name=server.fault)
        self._problems: list[str] = []
        self._fine = False

    async def live(self) -> None:
        """From the estate to the end of the wave, or of its rollback."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: self._problems.append(str(context)))
        self._began = loop.time()
        self._simulator = Simulator(self._weather.server, clock=virtual_clock, fault_policy=self)
        web_server = self._simulator.web_server
        self._machine = Machine(self._seed, self._weather, self._folder, self._history, server=web_server)
        self._server = ServerRecord(self._simulator)
        self._machine.journal.load(fresh(self._records, check_row), lambda: {"loaded": "1"})
        self._history.record(repr(self._weather))
        try:
            await self._run()
            if self._weather.rollback:
                await self._roll_back()
            self._check_secrets()
        finally:
            self._history.seconds = loop.time() - self._began
            self._machine.close()
            await self._simulator.stop()

    async def _run(self) -> None:
        """Run the wave to its end."""
        machine = self._machine

        def check() -> None:
            results = self._results()
            check_results(results, self._records, self._server, machine.journal, tardy=self._weather.tardy)

        await self._work_to_the_end(RUN, self._left, check)
        check_exchanges(machine.journal, machine.policy)
        check_ends(self._results(), self._records, self._server, self._weather)

    def _left(self) -> bool:
        journal = self._machine.journal
        return journal.counts().total() < journal.size()

    async def _roll_back(self) -> None:
        """Roll back what the run created, after another actor has deleted and replaced some of it."""
        machine = self._machine
        made = ours(machine.journal)
        gone = self._server.meddle(made, self._draw)
        others = self._server.all_ids() - set(made.values())

        def check() -> None:
            check_rollback(self._results(), made, gone, others, self._server, weather=self._weather)

        def left() -> bool:
            results = enumerate(self._results(), 1)
            return any(is_left(result, made[number], gone) for number, result in results if number in made)

        await self._work_to_the_end(ROLLBACK, left, check)

    async def _work_to_the_end(self, operation: Operation, left: Callable[[], bool], check: Callable[[], None]) -> None:
        interruptions, processes = iter(self._weather.interruptions), 0
        while left():
            processes += 1
            if processes > _PROCESSES:
                self._clear_up()
            await self._machine.run_process(operation, *next(interruptions, ("", LONGEST)))
            self._tell_results()
            check()
            await asyncio.sleep(self._draw.choice((0.0, 1.0, 60.0)) * self._draw.random())

    def _clear_up(self) -> None:
        """Let nothing go wrong from now on, so that the next process must finish."""
        if self._fine:
            raise BrokenError("rows are left although the weather was fine")
        self._history.record("the weather clears")
        self._fine = True
        self._fault_policy = SeededFaults(seed=0, overall=0, by_name={})
        self._machine.clear_up()

    def choose(self, kind: RequestKind, content: bytes) -> Fault | None:
        """The fault that strikes a request; the server asks for each one that arrives."""
        fault = self._struck_by(kind, content)
        name = fault.name if fault else ""
        if kind is RequestKind.CREATE and (found := _SET.search(content)):
            number = int(found[1]) + 1
            self._history.lines[-1] += f" of row number {number}"
            self._server.asked_to_create(number, doubled=name == "double-apply")
            if not intended(self._machine.journal, number):
                self._problems.append(f"row number {number} was sent, and the journal knows nothing of it")
        if self._machine.tally.in_flight > self._weather.most_at_once:
            self._problems.append(f"{self._machine.tally.in_flight} requests in flight")
        return fault

    def _struck_by(self, kind: RequestKind, content: bytes) -> Fault | None:
        """The fault of the weather, or of an outage."""
        outage, now = self._weather.outage, asyncio.get_running_loop().time() - self._began
        struck = outage is not None and outage.strikes(kind, now) and not self._fine
        fault = FAULTS["503-before"] if struck else self._fault_policy.choose(kind, content)
        name = fault.name if fault else ""
        self._history.record(f"{kind.name} {hashlib.blake2b(content, digest_size=6).hexdigest()} {name}")
        return fault

    def _results(self) -> list[Result]:
        """The results as they would be reported now."""
        machine, journal = self._machine, self._machine.journal
        now = machine.clock()
        return list(View(journal, decide(machine.policy, now, now)).results())

    def _tell_results(self) -> None:
        results = self._results()
        statuses = self._history.statuses = Counter(str(result.status) for result in results)
        digest = hashlib.blake2b(repr(results).encode(), digest_size=6).hexdigest()
        self._history.record(
            f"results {digest}: {', '.join(f'{n} {status}' for status, n in sorted(statuses.items()))}"
        )
        if self._problems or self._machine.tally.bugs:
            raise BrokenError("; ".join(self._problems) or f"a bug, see the log:\n{self._machine.log()[-3000:]}")
        if results != self._results():
            raise BrokenError("the results differ when they are made again")

    def _check_secrets(self) -> None:
        written = self._machine.log().encode() + self._machine.journal.path.read_bytes()
        if _SECRET.search(written + str(self._history.lines).encode()):
            raise BrokenError("a token or password was written down")


def check_row(record: Record) -> BackupSet | tuple[RowFault, ...]:
    """What a row wants, or what is wrong with it."""
    return wanted(record) or (RowFault("backupsetName is missing"),)
