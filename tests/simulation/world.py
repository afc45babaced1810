"""One world: a wave is run, killed and resumed until it is done, and held against the server's own record meanwhile."""

import asyncio
import hashlib
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp.connector

from bulkprov.commits import OffLoop
from bulkprov.connecting import Credentials
from bulkprov.errors import BulkprovError, ExitCode, Stop, StorageError
from bulkprov.journal import Journal
from bulkprov.log import open_log
from bulkprov.model import BackupSet, Record, Result, Tally
from bulkprov.model import Fault as RowFault
from bulkprov.session import Job, decide, limits_of, work
from bulkprov.settings import Access, Effort
from bulkprov.simulator import FAULTS, Fault, Plan, SeededPlan, Simulator
from bulkprov.simulator.answer import Kind
from bulkprov.stopping import Stopping
from bulkprov.surroundings import Surroundings
from bulkprov.wave import fresh
from tests.simulation.invariants import BrokenError, Server, check_ends, check_exchanges, check_results, intended
from tests.simulation.network import Conditions, Connector, Network
from tests.simulation.weather import Weather, draw_sheet, draw_weather, wanted
from tests.simulator.virtual import VirtualLoop

__all__ = ["Story", "run_world"]

_EPOCH: Final = 1_700_000_000.0
_STRETCHES: Final = 12
"""Stretches of work after which the weather clears."""
_LONGEST: Final = 12 * 3600.0
"""Virtual seconds that one stretch of work may take: more is a hang."""
_ROOT: Final = "http://commserve.invalid/commandcenter/api"
_SET: Final = re.compile(rb"wave-(\d+)-\d+", re.IGNORECASE)
_SECRET: Final = re.compile(rb"QSDK [0-9a-f]{20}|Bearer given|c2ltdWxhdG9y")
"""A token of the simulator, or its password in Base64."""


@dataclass(slots=True)
class Story:
    """What happened in a world."""

    seed: int
    statuses: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    stops: int = 0
    requests: int = 0
    creates: int = 0
    faults: int = 0
    seconds: float = 0.0
    """Virtual ones."""
    lines: list[str] = field(default_factory=list)

    def tell(self, line: str) -> None:
        """Add to the history."""
        self.lines.append(f"{asyncio.get_running_loop().time():.6f} {line}")

    @property
    def digest(self) -> str:
        """The same for the same history."""
        return hashlib.blake2b("\n".join(self.lines).encode(), digest_size=16).hexdigest()


def run_world(seed: int, *, rows: int = 50, change: Callable[[Weather], Weather] = lambda lot: lot) -> Story:
    """Live through one world.

    Args:
        seed: decides everything.
        rows: of the sheet.
        change: makes other weather of what the seed has drawn.

    Raises:
        BrokenError: something that must be true was not; a note tells the seed and the end of the story. So it does
            with any other exception, which is a bug, too.
    """
    story = Story(seed)
    with tempfile.TemporaryDirectory(prefix="world-", dir=_memory()) as folder:
        loop = VirtualLoop()
        try:
            with _loops_own_clock(loop):
                loop.run_until_complete(_World(seed, rows, change, Path(folder), story).live())
        except BaseException as error:
            error.add_note(f"seed {seed}, {rows} rows; the story ends with:\n" + "\n".join(story.lines[-25:]))
            raise
        finally:
            loop.close()
    return story


def _memory() -> str | None:
    """A place in memory, where there is one: no power fails here, so that a disk would only cost time."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - as the parent of a private folder only


@contextmanager
def _loops_own_clock(loop: VirtualLoop) -> Iterator[None]:
    """The pool of aiohttp asks the machine for the age of its connections; here it asks the loop."""
    module: Any = aiohttp.connector
    before, module.monotonic = module.monotonic, loop.time
    try:
        yield
    finally:
        module.monotonic = before


class _World:
    """The server, the network and the run's folder. It is also the server's plan of what goes wrong: see `choose`."""

    def __init__(self, seed: int, rows: int, change: Callable[[Weather], Weather], folder: Path, story: Story) -> None:
        self._draw = Random(f"{seed}:world")
        self._weather = change(draw_weather(self._draw))
        self._records, estate = draw_sheet(self._draw, rows)
        self._settings = replace(self._weather.server, estate=estate)
        self._seed, self._folder, self._story = seed, folder, story
        self._network = Network(seed, self._weather.network)
        self._plan: Plan = SeededPlan(
            seed=self._settings.seed, overall=self._settings.faults, by_name=self._settings.fault
        )
        self._access = Access(
            server=_ROOT,
            allow_http=True,
            wire=self._weather.wire,
            timeout=self._weather.timeout,
            connect_timeout=self._weather.connect_timeout,
        )
        self._effort = Effort(
            concurrency=self._weather.concurrency,
            max_attempts=self._weather.max_attempts,
            no_first_look=not self._weather.first_look,
        )
        self._limits = limits_of(self._access, self._effort)
        self._problems: list[str] = []
        self._tally = Tally()
        self._stretch = 0
        self._fine = False

    async def live(self) -> None:
        """Run the wave to its end, through everything that happens on the way."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: self._problems.append(str(context)))
        self._simulator = Simulator(self._settings, clock=self._clock, plan=self)
        self._server = Server(self._simulator)
        self._journal = self._loaded()
        self._story.tell(repr(self._weather))
        self._began = loop.time()
        try:
            await self._work_to_the_end()
            self._story.seconds = loop.time() - self._began
            check_exchanges(self._journal, self._limits)
            check_ends(self._results(), self._records, self._server, self._weather)
            self._check_secrets()
        finally:
            self._journal.close()
            await self._simulator.stop()

    def _clock(self) -> float:
        return _EPOCH + asyncio.get_running_loop().time()

    def _loaded(self) -> Journal:
        def check(record: Record) -> BackupSet | tuple[RowFault, ...]:
            return wanted(record) or (RowFault("backupsetName is missing"),)

        journal = Journal.create(self._folder / "journal.sqlite", {"server": _ROOT})
        journal.load(fresh(self._records, check), lambda: {"loaded": "1"})
        return journal

    async def _work_to_the_end(self) -> None:
        interruptions = iter(self._weather.interruptions)
        while self._journal.counts().total() < self._journal.size():
            self._stretch += 1
            if self._stretch > _STRETCHES:
                self._clear_up()
            await self._live_one_process(*next(interruptions, ("", _LONGEST)))
            self._check_now()
            await asyncio.sleep(self._draw.choice((0.0, 1.0, 60.0)) * self._draw.random())

    def _clear_up(self) -> None:
        """From here on nothing goes wrong any more, so that the next process must come to the end."""
        if self._fine:
            raise BrokenError("rows are left although the weather was fine")
        self._story.tell("the weather clears")
        self._fine = True
        self._plan = SeededPlan(seed=0, overall=0, by_name={})
        self._network.conditions = Conditions()

    async def _live_one_process(self, interruption: str, after: float) -> None:
        self._tally = Tally(rows=self._journal.size(), statuses=self._journal.counts())
        stopping: list[Stopping] = []
        task = asyncio.create_task(work(self._job(stopping)))
        done, _ = await asyncio.wait({task}, timeout=after)
        if not done and interruption == "stop":
            self._story.stops += 1
            for one in stopping:
                one.stop(Stop("stopped by the operator", ExitCode.INTERRUPTED))
            done, _ = await asyncio.wait({task}, timeout=_LONGEST)
        self._story.requests += self._tally.requests
        self._story.creates += self._tally.creates
        self._story.faults += self._tally.faults
        if not done and interruption == "kill":
            await self._kill(task)
            return
        if not done:
            raise BrokenError(f"still at work after {_LONGEST:g} s")
        try:
            self._story.tell(f"ended: {task.result()}")
        except BulkprovError as error:
            self._story.tell(f"ended: {type(error).__name__}: {error}")
        self._journal.close()
        self._journal = Journal.open(self._journal.path)

    async def _kill(self, task: "asyncio.Task[Any]") -> None:
        """As kill -9 does: what is on disk is there, and nothing else happens any more."""
        self._story.kills += 1
        self._story.tell("killed")
        self._network.kill_client()
        dead = self._journal
        path = self._folder / f"journal-{self._stretch}.sqlite"
        for suffix in ("", "-wal"):
            if (source := Path(f"{dead.path}{suffix}")).exists():
                shutil.copyfile(source, f"{path}{suffix}")
        self._journal = Journal.open(path)
        task.cancel()
        with suppress(asyncio.CancelledError, BulkprovError):
            await task
        dead.close()

    def _job(self, stopping: list[Stopping]) -> Job:
        """What the product is given: real parts, but for its surroundings."""
        draw = Random(f"{self._seed}:process {self._stretch}")
        network, connections = self._network.of_new_process(), self._effort.concurrency + 1

        @contextmanager
        def signals(one: Stopping, _say: Callable[[str], None]) -> Iterator[None]:
            stopping.append(one)
            yield

        return Job(
            journal=self._journal,
            access=self._access,
            effort=self._effort,
            credentials=Credentials(token=f"Bearer given-{self._stretch}")
            if self._weather.bearer
            else Credentials(username=self._settings.username, password=self._settings.password),
            simulator_state=self._folder / "unused",
            tally=self._tally,
            log=open_log(self._folder / "run.log", console=False),
            say=self._story.tell,
            around=Surroundings(
                clock=self._clock,
                random=draw,
                connector=lambda: Connector(network, self._simulator.web_server, limit=connections),
                off_loop=lambda: self._disk(self._journal, draw),
                signals=signals,
            ),
        )

    @contextmanager
    def _disk(self, journal: Journal, draw: Random) -> Iterator[OffLoop]:
        """A plain call that takes a while; now and then the disk is full."""
        weather = self._weather

        async def off_loop(function: Callable[..., Any], *args: Any) -> Any:
            await asyncio.sleep(weather.disk_delay * draw.random())
            if function == journal.apply and draw.random() < weather.disk_full and not self._fine:
                raise StorageError("the disk is full")
            result = function(*args)
            await asyncio.sleep(weather.disk_delay * draw.random())
            return result

        yield off_loop

    def choose(self, kind: Kind, content: bytes) -> Fault | None:
        """What is to go wrong with a request: asked by the server for each one that arrives."""
        outage, now = self._weather.outage, asyncio.get_running_loop().time() - self._began
        struck = outage is not None and outage.strikes(kind, now) and not self._fine
        fault = FAULTS["503-before"] if struck else self._plan.choose(kind, content)
        name = fault.name if fault else ""
        self._story.tell(f"{kind.name} {hashlib.blake2b(content, digest_size=6).hexdigest()} {name}")
        if kind is Kind.CREATE and (found := _SET.search(content)):
            number = int(found[1]) + 1
            self._story.lines[-1] += f" of row number {number}"
            self._server.asked_to_create(number, doubled=name == "double-apply")
            if not intended(self._journal, number):
                self._problems.append(f"row number {number} was sent, and the journal knows nothing of it")
        if self._tally.in_flight > self._weather.concurrency:
            self._problems.append(f"{self._tally.in_flight} requests in flight")
        return fault

    def _results(self) -> list[Result]:
        return list(
            self._journal.results(decide(self._limits, float(self._journal.facts().get("alive", 0)), self._clock()))
        )

    def _check_now(self) -> None:
        """What the results would say, were they asked for now."""
        results = self._results()
        self._story.statuses = Counter(str(result.status) for result in results)
        told = hashlib.blake2b(repr(results).encode(), digest_size=6).hexdigest()
        self._story.tell(f"results {told}: {', '.join(f'{n} {s}' for s, n in sorted(self._story.statuses.items()))}")
        if self._problems or self._tally.bugs:
            raise BrokenError("; ".join(self._problems) or "a bug, see the log:\n" + self._log()[-3000:])
        check_results(results, self._records, self._server, self._journal, tardy=self._weather.tardy)
        if results != self._results():
            raise BrokenError("the results differ when they are made again")

    def _log(self) -> str:
        return (self._folder / "run.log").read_text()

    def _check_secrets(self) -> None:
        if _SECRET.search(self._log().encode() + self._journal.path.read_bytes() + str(self._story.lines).encode()):
            raise BrokenError("a token or password was written down")
