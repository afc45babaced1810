"""A CommServe in a thread of its own, and the commands as a user types them."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from bulkprov.__main__ import main
from bulkprov.simulator import Simulator, SimulatorSettings
from tests.schemas import check

SETTLE = 0.3
"""Seconds of settle time in commands that are not told another."""


class CommServe:
    """A simulator that serves from a thread, so that commands can be run against it in this one."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with Simulator(self._settings) as self.simulator:
            self.url = self.simulator.url
            self._ready.set()
            await self._end.wait()

    def call(self, function: Callable[[], Any]) -> Any:
        """Call something where the simulator lives."""

        async def there() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(10)

    def sets(self) -> dict[tuple[str, str], list[int]]:
        """The simulator's own record: ids by client (in small letters) and name, the default sets left out."""
        found: dict[tuple[str, str], list[int]] = {}
        for each in self.call(self.simulator.backupsets):
            if not each.is_default:
                found.setdefault((each.client.casefold(), each.name), []).append(each.id)
        return found

    @property
    def statistics(self) -> Any:
        """What it was asked."""
        return self.simulator.statistics


@pytest.fixture(name="commserve")
def running_commserve(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CommServe]:
    """A simulated CommServe; settings may be given by indirect parametrization."""
    given: dict[str, Any] = getattr(request, "param", {})
    with CommServe(SimulatorSettings(state=tmp_path / "commserve.sqlite", **given)) as served:
        yield served


@pytest.fixture(name="password")
def password_file(tmp_path: Path) -> Path:
    """A private file with the simulator's password."""
    path = tmp_path / "password.txt"
    path.write_text("simulator\n")
    path.chmod(0o600)
    return path


class Said:
    """How a command ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        """What it printed with --json: one object and nothing else, as its schema says."""
        told: dict[str, Any] = json.loads(self.out)
        check(told)
        return told


@pytest.fixture(name="bulkprov")
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command in an empty working directory, in this process."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("BULKPROV_")]:
        monkeypatch.delenv(name)
    # Every run ends with an audit, once its last create is settled: no test has ten seconds for that.
    monkeypatch.setattr("bulkprov.runs.policy._LONGEST_SETTLE", SETTLE)
    monkeypatch.setattr("bulkprov.runs.policy._SIMULATED_SETTLE", SETTLE)

    def run(*words: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(int(left.value.code or 0), said.out, said.err)

    return run


def start(*words: object, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    """Start a command as a process of its own, with these variables in its environment."""
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bulkprov", *map(str, words)],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if not name.startswith("BULKPROV_")} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
