"""A probe against a simulator in virtual time, to its end, or until it is killed.

Everything is real but time and sockets: requests, answers, the diary on disk. What is left on the server is read from
the simulator itself, whatever it lists.
"""

import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal, TypeAlias, TypeVar

import pytest

from bulkprov.commvault.classify import Answer
from bulkprov.commvault.credentials import Credentials
from bulkprov.probe.answers import Heard, heard
from bulkprov.probe.diary import PREFIX, Diary
from bulkprov.probe.execute import Asked, Probed, execute
from bulkprov.probe.server import Server
from bulkprov.runs.environment import Environment
from bulkprov.runs.log import open_log
from bulkprov.settings import Access
from bulkprov.simulator import EstateSet, Simulator, SimulatorSettings
from bulkprov.wire import JSON
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

    def sets_by_id(self) -> dict[int, str]:
        """Names of all sets that are there."""
        return {each.id: each.name for each in self.simulator.backupsets()}

    def id_of(self, name: str) -> int:
        """The id of a set."""
        return next(each.id for each in self.simulator.backupsets() if each.name == name)

    async def probe(
        self, asked: Asked = MAKES, name: str = "probe", *, wire: Literal["json", "xml"] = "json", token: str = ""
    ) -> Probed:
        """One probe, in a folder of that name; with a token, if one is given."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        network = Network(1, Conditions(latency=0.001)).of_new_process()
        environment = Environment(
            clock=virtual_clock,
            random=Random(1),
            connector=lambda: Connector(network, self.simulator.web_server, limit=1),
            off_loop=nullcontext,  # type: ignore[arg-type]  # a probe has no other thread
            signals=lambda _stopping, _say, _go_on: nullcontext(),
        )
        with open_log(None, console=False) as log:
            return await execute(
                asked,
                Access(server=ROOT, allow_http=True, wire=wire),
                Credentials(token=token) if token else Credentials(username="admin", password="simulator"),
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


def open_without_waiting(self: Diary, path: Path) -> None:
    """Open a diary that does not wait for the disk: a death of the process loses nothing without it."""
    _really_open(self, path)
    self._database.execute("PRAGMA synchronous = OFF")


def probed(folder: Path, asked: Asked = MAKES, **settings: Any) -> Probed:
    """One probe of a CommServe with these settings."""

    async def play(stage: Stage) -> Probed:
        before = stage.sets()
        ended = await stage.probe(asked)
        assert stage.sets() == before, "a probe leaves the server as it was"
        assert ended.cleaned_up.left == [], "and says so"
        return ended

    return on_stage(folder, play, **settings)


Lie: TypeAlias = Callable[[str, Callable[[], Awaitable[Heard]]], Awaitable[Heard | None]]
"""Is given a request (method, path, query, body) and what sends it; gives another answer, or None for the true one."""


@contextmanager
def answering(lie: Lie) -> Iterator[None]:
    """Answers that the server did not give."""

    async def ask(self: Server, method: str, path: str, **more: Any) -> Heard:
        async def truly() -> Heard:
            return await really_ask(self, method, path, **more)

        request = f"{method} {path} {more.get('query') or ''} {(more.get('body') or b'').decode()}"
        return await lie(request, truly) or await truly()

    really_ask = Server._ask
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Server, "_ask", ask)
        yield


def answer(body: Any = b"", status: int = 200) -> Heard:
    """An answer with this body, which is JSON unless it is given as bytes."""
    return heard(Answer(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode()), JSON)


def made(number: int) -> Heard:
    """The answer to a create that was carried out."""
    return answer({"response": [{"errorCode": 0, "entity": {"backupsetId": number}}]})


def refused(words: str = "No.", code: int = 2) -> Heard:
    """The answer to a create or delete that was refused."""
    return answer({"response": [{"errorCode": code, "errorString": words}]})


def fill(diary: Diary) -> None:
    """Let the file of a diary grow no more, as on a full disk."""
    (pages,) = next(diary._database.rows("PRAGMA page_count"))
    next(diary._database.rows(f"PRAGMA max_page_count = {pages}"), None)


@contextmanager
def killed_at(moment: int, kind: str = "") -> Iterator[list[str]]:
    """Kill the process at one moment: before or after a request, or before an entry in the diary.

    It gives the kinds of the moments that came.

    Args:
        moment: counted from 0.
        kind: if it is given, only moments of this kind are counted, and only once the client is read: when what
            earlier probes have left is cleaned up.
    """
    moments: list[str] = []
    counted: list[str] = []

    def pass_by(what: str) -> None:
        moments.append(what)
        if not kind or (what == kind and _READS in moments):
            counted.append(what)
        if len(counted) > moment:
            raise KilledError

    async def ask(self: Server, method: str, path: str, **more: Any) -> Any:
        words = f"{method} {re.sub('[0-9]+', 'ID', path)} {' '.join(more.get('query') or ())}"
        pass_by(f"before {words}")
        answer = await really_ask(self, method, path, **more)
        pass_by(f"after {words}")
        return answer

    def write(self: Diary, kind: str, facts: dict[str, Any]) -> None:
        pass_by(f"before {kind}")
        really_write(self, kind, facts)

    really_ask, really_write = Server._ask, Diary._write
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Server, "_ask", ask)
        patched.setattr(Diary, "_write", write)
        yield moments


_READS = "before GET CommServ "
"""The first moment of a probe that has no other to clean up after."""


def moments_of(folder: Path, asked: Asked = MAKES, **settings: Any) -> list[str]:
    """The kinds of all moments of a probe, in order."""

    async def play(stage: Stage) -> list[str]:
        with killed_at(10_000) as moments:
            await stage.probe(asked, "whole")
        return moments

    return on_stage(folder, play, **settings)


def killed_again_and_again(
    folder: Path, deaths: Iterable[tuple[int, str]], asked: Asked = MAKES, **settings: Any
) -> list[str]:
    """Probes of one server that die one after the other, and one that does not; what is wrong then.

    Each begins with what the one before has left, so that at no time there may be sets of two of them once it reads.
    """
    wrong: list[str] = []

    async def play(stage: Stage) -> None:
        before = stage.sets()
        for number, (moment, kind) in enumerate(deaths):
            with killed_at(moment, kind) as moments:
                try:
                    await stage.probe(asked, f"killed-{number}")
                except KilledError:
                    pass
                else:
                    wrong.append(f"{kind} {moment}: never came")
            left = {name.casefold()[: len(PREFIX) + 12] for _, name in stage.sets() - before}
            if len(left) > 1 and (kind or _READS in moments):
                wrong.append(f"{kind} {moment}: sets of several probes: {left}")
        ended = await stage.probe(asked, "last")
        if stage.sets() != before:
            wrong.append(f"left: {stage.sets() - before}, gone: {before - stage.sets()}")
        if ended.cleaned_up.left or ended.cleaned_up.others:
            wrong.append(f"said to be left: {ended.cleaned_up}")

    on_stage(folder, play, **settings)
    return wrong
