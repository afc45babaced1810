"""The machine that bulkprov runs on: one process after another works on a journal, to its end or to a stop or kill.

A process is made of the real parts in another environment: the loop's clock, connections in memory, a disk that is a
plain call with a delay, and signals that come when the world says so.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from random import Random
from typing import Any, Final

from aiohttp import web

from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.operations import Operation
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally
from bulkprov.errors import BulkprovError, ExitCode, Stop, StorageError
from bulkprov.journal.group_commit import OffLoop
from bulkprov.runs.environment import Environment
from bulkprov.runs.execute import Ended, carry_out
from bulkprov.runs.job import Job
from bulkprov.runs.log import Log, open_log
from bulkprov.runs.observer import Observer
from bulkprov.runs.policy import policy_of
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort
from tests.backupsets import Journal
from tests.simulation.history import History
from tests.simulation.invariants import BrokenError
from tests.simulation.network import Conditions, Connector, Network
from tests.simulation.weather import Weather

__all__ = ["EPOCH", "LONGEST", "Machine", "virtual_clock"]

EPOCH: Final = 1_700_000_000.0
LONGEST: Final = 12 * 3600.0
"""Virtual seconds after which a process counts as hung."""
ROOT: Final = "http://commserve.invalid/commandcenter/api"


def virtual_clock() -> float:
    """Virtual seconds since the epoch."""
    return EPOCH + asyncio.get_running_loop().time()


class _Recorder(Observer):
    """Records what a process says, and lets its machine see its counts."""

    def __init__(self, machine: "Machine") -> None:
        self._machine = machine

    def say(self, line: str) -> None:
        """Record a line."""
        self._machine.say(line)

    def watch(self, tally: Tally) -> AbstractAsyncContextManager[Any]:
        """Hand the counts on."""
        self._machine.tally = tally
        return nullcontext()


class Machine:
    """The machine of one world."""

    def __init__(
        self,
        seed: object,
        weather: Weather,
        folder: Path,
        history: History,
        *,
        server: Callable[[], web.Server],
        journal: Journal | None = None,
    ) -> None:
        """Create the journal.

        Args:
            seed: decides every draw.
            weather: of the world.
            folder: for journal and log.
            history: records what happens.
            server: returns the server at the other end of every connection.
            journal: to go on with, in place of a new one.
        """
        self._seed, self._weather, self._folder, self._history, self._server = seed, weather, folder, history, server
        self.network = Network(seed, weather.network)
        self.said: list[str] = []
        """What the newest process has said."""
        self.clock_is_off = 0.0
        """Seconds by which its clock is wrong."""
        self._access = Access(
            server=ROOT,
            allow_http=True,
            wire=weather.wire,
            timeout=weather.timeout,
            connect_timeout=weather.connect_timeout,
        )
        self._effort = Effort(
            concurrency=weather.concurrency,
            max_attempts=weather.max_attempts,
            no_first_look=not weather.first_look,
            mark=weather.mark,
        )
        self.policy = policy_of(self._access, self._effort)
        self.journal = journal or Journal.create(folder / "journal.sqlite", {"server": ROOT})
        self.tally = Tally()
        self.processes = 0
        self._fine = False
        self._log: Log | None = None

    def clear_up(self) -> None:
        """Let neither network nor disk fail from now on."""
        self._fine = True
        self.network.conditions = Conditions()

    def grow_worse(self) -> None:
        """Let them fail again as before."""
        self._fine = False
        self.network.conditions = self._weather.network

    def close(self) -> None:
        """Close all files."""
        self.journal.close()
        if self._log:
            self._log.close()

    def log(self) -> str:
        """The content of the log."""
        if self._log:
            self._log.flush()
        return (self._folder / "run.log").read_text()

    def clock(self) -> float:
        """Seconds since the epoch by the clock of this machine."""
        return virtual_clock() + self.clock_is_off

    def say(self, line: str) -> None:
        """Keep and record what a process says."""
        self.said.append(line)
        self._history.record(line)

    def run(self) -> Run:
        """The run's folder, held open."""
        return Run(self._folder, self.journal)

    async def run_process(self, operation: Operation, interruption: str, after: float) -> Ended | None:
        """Run one process, and interrupt it if it is still at work after some seconds.

        Args:
            operation: what it does.
            interruption: ``kill`` or ``stop``, or empty.
            after: virtual seconds until then.

        Returns:
            how it ended; None if it was killed, or could not use its journal.

        Raises:
            BrokenError: it hangs.
        """
        self.processes += 1
        self.tally = Tally(rows=self.journal.size(), statuses=self.journal.counts())
        self.said.clear()
        stopping: list[Stopping] = []
        task = asyncio.create_task(carry_out(self._job(operation, stopping)))
        done, _ = await asyncio.wait({task}, timeout=after)
        if not done and interruption == "stop":
            self._history.stops += 1
            for one in stopping:
                one.stop(Stop("stopped by the operator", ExitCode.INTERRUPTED))
            done, _ = await asyncio.wait({task}, timeout=LONGEST)
        self._history.count(self.tally)
        if not done and interruption == "kill":
            await self._kill(task)
            return None
        if not done:
            raise BrokenError(f"still at work after {LONGEST:g} s")
        self.journal.close()
        self.journal = Journal.open(self.journal.path)
        try:
            ended = task.result()
            self._history.record(f"ended: {ended.stop}, exit code {int(ended.exit_code)}")
        except BulkprovError as error:
            self._history.record(f"ended: {type(error).__name__}: {error}")
            return None
        return ended

    async def _kill(self, task: "asyncio.Task[Any]") -> None:
        """As `kill -9` does: what is on disk stays, and the process does nothing more."""
        self._history.kills += 1
        self._history.record("killed")
        self.network.kill_client()
        dead = self.journal
        path = self._folder / f"journal-{self.processes}.sqlite"
        for suffix in ("", "-wal"):
            if (source := Path(f"{dead.path}{suffix}")).exists():
                shutil.copyfile(source, f"{path}{suffix}")
        self.journal = Journal.open(path)
        task.cancel()
        with suppress(asyncio.CancelledError, BulkprovError):
            await task
        dead.close()

    def _job(self, operation: Operation, stopping: list[Stopping]) -> Job:
        draw = Random(f"{self._seed}:process {self.processes}")
        network, connections = self.network.of_new_process(), self._weather.most_at_once + 1
        token = Credentials(token=f"Bearer given-{self.processes}")
        server = self._weather.server
        journal = self.journal
        if self._log:
            self._log.close()
        self._log = open_log(self._folder / "run.log", console=False)

        @contextmanager
        def signals(one: Stopping, _say: Callable[[str], None], _go_on: str) -> Iterator[None]:
            stopping.append(one)
            yield

        return Job(
            run=self.run(),
            access=self._access,
            effort=self._effort,
            credentials=token
            if self._weather.bearer
            else Credentials(username=server.username, password=server.password),
            log=self._log,
            operation=operation,
            observer=_Recorder(self),
            environment=Environment(
                clock=self.clock,
                random=draw,
                connector=lambda: Connector(network, self._server, limit=connections),
                off_loop=lambda: self._disk(journal, draw),
                signals=signals,
            ),
        )

    @contextmanager
    def _disk(self, journal: Journal, draw: Random) -> Iterator[OffLoop]:
        """A plain call with a delay; now and then the disk is full."""
        weather = self._weather

        async def off_loop(function: Callable[..., Any], *args: Any) -> Any:
            await asyncio.sleep(weather.disk_delay * draw.random())
            if function == journal.apply and draw.random() < weather.disk_full and not self._fine:
                raise StorageError("the disk is full")
            result = function(*args)
            await asyncio.sleep(weather.disk_delay * draw.random())
            return result

        yield off_loop
