"""A world in which others act too, and in which servers, gateways, lists and clocks have their own ways.

A wave is run through kills and stops to its end, perhaps by two bulkprovs at the same time, looked at again, and rolled
back. What must be true of each step is in `promises`.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, repeat
from random import Random
from typing import Any, Final

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Evidence
from bulkprov.engine.operations import ROLLBACK, RUN, VERIFY, Operation
from bulkprov.errors import ExitCode
from bulkprov.journal.view import View
from bulkprov.runs.begin import begin_verification
from bulkprov.runs.execute import Ended
from bulkprov.runs.go_on import decide
from bulkprov.runs.new_rows import fresh
from bulkprov.sheets.rows import Record, Result
from bulkprov.simulator import Fault, RequestKind, SeededFaults, Simulator
from bulkprov.simulator.commserve.views import Views
from tests.backupsets import Journal
from tests.simulation.actors import ACTOR, OURS, SECOND, Hands
from tests.simulation.history import History
from tests.simulation.invariants import BrokenError, intended
from tests.simulation.ledger import Ledger, Sent, ids_told
from tests.simulation.machine import LONGEST, Machine, virtual_clock
from tests.simulation.promises import Problem, Scene, deletions, left_behind, said_gone, statuses, unnamed
from tests.simulation.traits import Worlds, crowded, draw_traits, spelled
from tests.simulation.weather import wanted
from tests.simulation.world import World, check_row, run_world

__all__ = ["CrowdedWorld", "run_some_world"]

_MORE: Final = 3
"""Processes after the interrupted ones, before the weather clears; and after."""
_SET: Final = re.compile(rb"wave-\d+-\d+", re.IGNORECASE)


def run_some_world(seed: int, *, rows: int = 50, worlds: Worlds) -> History:
    """Run the world of a seed: one with traits, or one without; see `run_world`."""
    return run_world(seed, rows=rows, kind=CrowdedWorld if crowded(seed, worlds) else World)


class _Party:
    """One bulkprov on the estate, with its machine and its sheet."""

    def __init__(self, actor: str, machine: Machine, records: list[Record], ledger: Ledger) -> None:
        self.actor, self.machine, self.records, self._ledger = actor, machine, records, ledger
        self.left = 0
        """Creates that have left its newest process."""
        self._rows: dict[bytes, tuple[int, BackupSet]] = {}
        for number, record in enumerate(records, 1):
            if want := wanted(record):
                self._rows.setdefault(_name_in(want.name.encode()), (number, want))
        self._highest = 0
        self._known: dict[bytes, tuple[float, int]] = {}
        machine.network.sends, machine.network.receives = self._sends, self._receives
        machine.journal.load(fresh(records, check_row), lambda: {"loaded": "1"})

    def row(self, content: bytes) -> tuple[int, BackupSet]:
        """The row number, and what is wanted, of a create."""
        return self._rows[_name_in(content)]

    def known(self, content: bytes) -> tuple[float, int]:
        """When this create left, and the highest id that the sender had been told by then."""
        return self._known[_name_in(content)]

    def begin_process(self) -> None:
        """Forget what a process only had in memory."""
        rows = self.machine.journal.database.rows("SELECT coalesce(max(backupset_id), 0) FROM outcomes")
        self._highest, self.left = int(next(rows)[0]), 0

    def _sends(self, data: bytes) -> None:
        if name := _name_in(data):
            now = asyncio.get_running_loop().time()
            self.left += 1
            self._known[name] = now, self._highest
            self._ledger.left_at[self.actor, self._rows[name][1].key] = now

    def _receives(self, data: bytes) -> None:
        self._highest = max(self._highest, *ids_told(data), 0)

    def has_rows_left(self) -> bool:
        """Whether rows have no end yet."""
        journal = self.machine.journal
        return journal.counts().total() < journal.size()

    def results(self) -> list[Result]:
        """The results as they would be reported now."""
        return results_of(self.machine)

    def rows_of(self, evidence: Evidence) -> frozenset[int]:
        """Numbers of the rows of whose sets it says this."""
        told = self.machine.journal.database.rows("SELECT row FROM outcomes WHERE ours = ?", int(evidence))
        return frozenset(row for (row,) in told)


async def _end_tasks() -> None:
    """End whatever still runs: in a world that broke, processes do."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def results_of(machine: Machine) -> list[Result]:
    """The results of the run on a machine as they would be reported now."""
    now = machine.clock()
    return list(View(machine.journal, decide(machine.policy, now, now)).results())


def _name_in(content: bytes) -> bytes:
    found = _SET.search(content)
    return found[0].lower() if found else b""


class CrowdedWorld(World):
    """One world with traits."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        draw = Random(f"{self._seed}:traits")
        self._traits = draw_traits(draw, self._weather.settle)
        self._history.traits = self._traits.kinds
        weather = self._traits.on(self._weather)
        if "spelling" in self._traits.kinds:
            assert weather.server.estate
            self._records, estate = spelled(self._records, weather.server.estate, draw)
            weather = replace(weather, server=replace(weather.server, estate=estate))
        self._weather, self._draw = weather, draw
        self._fault_policy = self._stormy = SeededFaults(
            seed=weather.server.seed, overall=weather.server.faults, by_name=weather.server.fault
        )

    async def live(self) -> None:
        """From the estate to the end of the last rollback."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: self._problems.append(str(context)))
        self._began, server = loop.time(), self._weather.server
        self._simulator = Simulator(server, clock=virtual_clock, fault_policy=self)
        lag = server.list_lag + server.list_replica_lag
        self._ledger = Ledger(self._simulator, ACTOR.get, list_lag=lag, late=server.late_seconds)
        self._commserve = self._simulator._open().backend.commserve
        self._hands = Hands(self._commserve, self._ledger, self._draw)
        self._parties = {OURS: self._party(OURS, self._records)}
        if self._traits.second:
            self._parties[SECOND] = self._party(SECOND, self._second_sheet())
        self._machine = self._parties[OURS].machine
        self._history.record(f"{self._weather!r} {self._traits!r}")
        try:
            await self._run_all()
            await self._verify(self._parties[OURS])
            for party in self._parties.values():
                await self._roll_back_party(party)
            self._check_secrets()
            self._history.statuses = Counter(str(result.status) for result in self._parties[OURS].results())
        finally:
            self._hands.stop()
            await _end_tasks()
            self._history.seconds = loop.time() - self._began
            for party in self._parties.values():
                party.machine.close()
            await self._simulator.stop()

    def _party(self, actor: str, records: list[Record]) -> _Party:
        folder = self._folder / actor
        folder.mkdir()
        seed = self._seed if actor == OURS else f"{self._seed}:{actor}"
        machine = Machine(seed, self._weather, folder, self._history, server=self._simulator.web_server)
        return _Party(actor, machine, records, self._ledger)

    def _second_sheet(self) -> list[Record]:
        """The same sheet, or every other row of it."""
        chosen = self._records if self._traits.second == "same" else self._records[::2]
        return [replace(record, sheet_row=number) for number, record in enumerate(chosen, 2)]

    # The run

    async def _run_all(self) -> None:
        """Every party runs its wave at the same time, to its end as far as there is one."""
        wants = [want for want in map(wanted, self._records) if want and self._draw.random() < self._traits.scripted]
        self._hands.run_script(wants, lambda: 0.5 * self._draw.random())
        try:
            async with asyncio.TaskGroup() as group:
                for party in self._parties.values():
                    after = 0.0 if party.actor == OURS else self._draw.choice((0.0, 0.1, 2.0))
                    group.create_task(self._run_party(party, after))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        self._hands.stop()
        self._clear_up()
        for party in self._parties.values():
            for _ in range(_MORE):
                await self._process(party, RUN, "", LONGEST)
                if not party.has_rows_left():
                    break
        self._judge(chain.from_iterable(self._of(party, statuses, audited=True) for party in self._parties.values()))
        self._grow_worse()

    async def _run_party(self, party: _Party, after: float) -> None:
        await asyncio.sleep(after)
        for number, interruption in enumerate(self._interruptions()):
            if not party.has_rows_left():
                break
            party.machine.clock_is_off = self._traits.clock[number % len(self._traits.clock)]
            await self._process(party, RUN, *interruption)
            self._judge(self._of(party, statuses))
            await asyncio.sleep(self._draw.choice((0.0, 1.0, 60.0)) * self._draw.random())

    def _interruptions(self) -> Iterator[tuple[str, float]]:
        yield from self._weather.interruptions
        yield from repeat(("", LONGEST), _MORE)

    async def _process(self, party: _Party, operation: Operation, interruption: str, after: float) -> Ended | None:
        """Run one process of a party; what it says of its creates must be true."""
        ACTOR.set(party.actor)
        party.begin_process()
        ended = await party.machine.run_process(operation, interruption, after)
        if self._problems or party.machine.tally.bugs:
            raise BrokenError("; ".join(self._problems) or f"a bug, see the log:\n{party.machine.log()[-3000:]}")
        if ended and ended.exit_code is ExitCode.NO_SERVER and party.left:
            self._judge([("I18", f"exit code 3, no create was sent, and {party.left} have left")])
        return ended

    # After the run

    async def _verify(self, party: _Party) -> None:
        """What a verification says to be gone is gone."""
        folder = self._folder / "verification"
        with begin_verification(party.machine.run(), folder) as begun:
            path = begun.journal.path
        seed, server = f"{self._seed}:verification", self._simulator.web_server
        machine = Machine(seed, self._weather, folder, self._history, server=server, journal=Journal.open(path))
        try:
            await machine.run_process(VERIFY, "", LONGEST)
            self._judge(said_gone(replace(self._scene(party), results=results_of(machine))))
        finally:
            machine.close()

    async def _roll_back_party(self, party: _Party) -> None:
        """Roll back what a party has made, after an operator has deleted some of it and made one set again."""
        told = sorted(each.id for each in self._ledger.made_by(party.actor) if each.exists)
        self._hands.delete(self._draw.sample(told, min(2, len(told))))
        for number, interruption in enumerate(chain(self._interruptions(), repeat(("", LONGEST), _MORE))):
            if number == len(self._weather.interruptions) + _MORE:
                self._clear_up()
            ended = await self._process(party, ROLLBACK, *interruption)
            self._judge(chain(self._of(party, deletions), self._of(party, said_gone)))
            if ended and ended.stop is None:
                break
        left = [str(number) for each in party.machine.run().leftovers() for number in each.ids]
        self._judge(unnamed(self._scene(party), [*party.machine.said, *left]))
        self._judge(self._of(party, left_behind))
        if self._fine:
            self._grow_worse()

    # The weather

    def _clear_up(self) -> None:
        """Let nothing go wrong: no fault, and reads that show the truth."""
        self._history.record("the weather clears")
        self._fine = True
        self._fault_policy = SeededFaults(seed=0, overall=0, by_name={})
        plain = replace(
            self._weather.server, list_lag=0, list_replica_lag=0, list_cut=0, read_lag=0, read_replica_lag=0
        )
        self._views = self._commserve._views
        self._commserve._views = Views(plain, self._simulator._open().backend.state, virtual_clock)
        for party in self._parties.values():
            party.machine.clear_up()

    def _grow_worse(self) -> None:
        """Let go wrong again what went wrong before."""
        self._history.record("the weather grows worse")
        self._fine = False
        self._fault_policy = self._stormy
        self._commserve._views = self._views
        for party in self._parties.values():
            party.machine.grow_worse()

    def choose(self, kind: RequestKind, content: bytes) -> Fault | None:
        """The fault that strikes a request; others may act just before it is processed."""
        fault = self._struck_by(kind, content)
        if fault and fault.name == "previous-answer" and kind is RequestKind.LIST:
            fault = None  # an older list of the same client cannot be told from a true one
        party = self._parties.get(ACTOR.get())
        if party is None or kind is not RequestKind.CREATE or not _name_in(content):
            return fault
        number, want = party.row(content)
        self._history.lines[-1] += f" of row number {number} of {party.actor}"
        left_at, known = party.known(content)
        self._ledger.sent[party.actor, want.key].append(Sent(left_at, fault.name if fault else "", known))
        self._ledger.arrived_at[party.actor, want.key] = asyncio.get_running_loop().time()
        if not intended(party.machine.journal, number):
            self._problems.append(f"row number {number} was sent, and the journal knows nothing of it")
        if self._draw.random() < self._traits.made_by_hand:
            self._hands.make(want)
        if self._draw.random() < self._traits.deleted_by_hand:
            self._hands.delete_soon(want, 2 * self._weather.settle)
        return fault

    # The checks

    def _scene(self, party: _Party, *, audited: bool = False) -> Scene:
        return Scene(
            actor=party.actor,
            records=party.records,
            results=party.results(),
            proven=party.rows_of(Evidence.PROVEN),
            perhaps=party.rows_of(Evidence.PERHAPS),
            ledger=self._ledger,
            weather=self._weather,
            audited=audited,
        )

    def _of(self, party: _Party, check: Any, *, audited: bool = False) -> Iterator[Problem]:
        problems: Iterator[Problem] = check(self._scene(party, audited=audited))
        return problems

    def _judge(self, problems: Iterable[Problem]) -> None:
        found = list(problems)
        if found:
            raise BrokenError("\n".join(f"{name}: {words}" for name, words in found), {name for name, _ in found})
