"""A probe against a simulator in virtual time, to its end, or until it is killed.

Everything is real but time and sockets: requests, answers, the diary on disk. What is left on the server is read from
the simulator itself, whatever it lists.
"""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal, TypeVar

import pytest

from bulkprov.commvault.credentials import Credentials
from bulkprov.probe.diary import Diary
from bulkprov.probe.execute import Asked, Probed, execute
from bulkprov.probe.server import Server
from bulkprov.runs.environment import Environment
from bulkprov.runs.log import open_log
from bulkprov.settings import Access
from bulkprov.simulator import EstateSet, Simulator, SimulatorSettings
from tests.simulation.machine import virtual_clock
from tests.simulation.network import Conditions, Connector, Network
from tests.simulator.virtual_time import run_virtually

T = TypeVar("T")

CLIENT = "scratch01"
ROOT = "http://commserve.invalid/commandcenter/api"
ESTATE = (EstateSet(client=CLIENT, name="theirs"), EstateSet(client="other01", name="bulkprov_probe_of_another"))
READS = Asked(client=CLIENT, agents=["File System", "SQL Server"])
MAKES = Asked(client=CLIENT, agents=["File System", "SQL Server"], makes=True)


class KilledError(BaseException):
    """The process is killed: nothing that it would do afterwards is done."""


@dataclass
class Stage:
    """One CommServe, and the probes of it."""

    simulator: Simulator
    folder: Path
    said: list[str] = field(default_factory=list)

    async def probe(
        self, asked: Asked = MAKES, name: str = "probe", *, wire: Literal["json", "xml"] = "json"
    ) -> Probed:
        """One probe, in a folder of that name."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        network = Network(1, Conditions(latency=0.001)).of_new_process()
        environment = Environment(
            clock=virtual_clock,
            random=Random(1),
            connector=lambda: Connector(network, self.simulator.web_server, limit=1),
            off_loop=nullcontext,  # type: ignore[arg-type]  # a probe has no other thread
            signals=lambda _stopping, _say: nullcontext(),
        )
        with open_log(None, console=False) as log:
            return await execute(
                asked,
                Access(server=ROOT, allow_http=True, wire=wire),
                Credentials(username="admin", password="simulator"),
                log,
                folder=folder,
                environment=environment,
                say=self.said.append,
            )

    def sets(self) -> set[tuple[str, str]]:
        """Client and name of all sets that are there."""
        return {(each.client, each.name) for each in self.simulator.backupsets()}


def on_stage(folder: Path, play: Callable[[Stage], Coroutine[Any, Any, T]], **settings: Any) -> T:
    """Play something against a CommServe with these settings, in virtual time; what the play gives."""

    async def main() -> T:
        chosen = {"estate": ESTATE, "clients": 2, **settings}
        simulator = Simulator(SimulatorSettings(**chosen), clock=virtual_clock)
        try:
            return await play(Stage(simulator, folder))
        finally:
            await simulator.stop()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Diary, "__init__", open_without_waiting)
        return run_virtually(main)


_really_open = Diary.__init__


def open_without_waiting(self: Diary, folder: Path) -> None:
    """Open a diary that does not wait for the disk: a death of the process loses nothing without it."""
    _really_open(self, folder)
    self._database.execute("PRAGMA synchronous = OFF")


def probed(folder: Path, asked: Asked = MAKES, **settings: Any) -> Probed:
    """One probe of a CommServe with these settings."""

    async def play(stage: Stage) -> Probed:
        before = stage.sets()
        ended = await stage.probe(asked)
        assert stage.sets() == before, "a probe leaves the server as it was"
        return ended

    return on_stage(folder, play, **settings)


@contextmanager
def killed_at(moment: int) -> Iterator[list[str]]:
    """Kill the process at one moment, counted from 0: before or after a request, or before an entry in the diary.

    It gives the moments that came, by what was about to be done.
    """
    moments: list[str] = []

    def pass_by(what: str) -> None:
        moments.append(what)
        if len(moments) > moment:
            raise KilledError

    async def ask(self: Server, method: str, path: str, **more: Any) -> Any:
        pass_by(f"before {method} {path}")
        answer = await really_ask(self, method, path, **more)
        pass_by(f"after {method} {path}")
        return answer

    def write(self: Diary, kind: str, facts: dict[str, Any]) -> None:
        pass_by(f"before {kind} {facts}")
        really_write(self, kind, facts)

    really_ask, really_write = Server._ask, Diary._write
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Server, "_ask", ask)
        patched.setattr(Diary, "_write", write)
        yield moments
