"""What tests share: loops to run on, a running simulator, scripted answers, journals."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aiohttp
import hypothesis
import pytest
from aiohttp.abc import AbstractStreamWriter
from aioresponses import aioresponses

from bulkprov.simulator import Simulator
from tests.backupsets import Journal
from tests.simulator.virtual_time import VirtualLoop

# How long an example takes says nothing on a busy machine; what must be fast is measured elsewhere.
hypothesis.settings.register_profile("anywhere", deadline=None)
hypothesis.settings.load_profile("anywhere")

Loops = dict[str, Callable[[], asyncio.AbstractEventLoop]]


def _loops() -> Loops:
    loops: Loops = {"asyncio": asyncio.new_event_loop, "virtual": VirtualLoop}
    try:
        import uvloop  # noqa: PLC0415 - not on every system
    except ImportError:
        return loops
    return loops | {"uvloop": uvloop.new_event_loop}


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:  # noqa: ARG001 - by this name
    """Twice as many processes as cores: many tests wait for a settle time, as every run does at its end."""
    return 2 * (os.cpu_count() or 1)


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Loops:  # noqa: ARG001 - by these names
    """Which loops a test runs on: asyncio's own, unless it names others in its mark."""
    marked = item.get_closest_marker("asyncio")
    every = _loops()
    return every if marked and "loop_factories" in marked.kwargs else {"asyncio": every["asyncio"]}


@pytest.fixture(autouse=True, scope="session")
def no_settings_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands that tests start read no settings file of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("no-settings")))
        yield


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """A CommServe with the default estate, on a loopback port."""
    async with Simulator() as running:
        yield running


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """An empty journal."""
    made = Journal.create(tmp_path / "journal.sqlite", {})
    yield made
    made.close()


class _Response(aiohttp.ClientResponse):
    """The response that aioresponses makes.

    From aiohttp 3.14 on a response needs a `stream_writer`, which aioresponses 0.7.9 does not give: every answer fails
    with a TypeError (https://github.com/pnuckowski/aioresponses/issues/289). All that is asked of it is a size.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"stream_writer": Mock(spec=AbstractStreamWriter, output_size=0), **kwargs})


class Answers(aioresponses):
    """Scripted answers: each `post`, `get` or `delete` adds one, and they are used up in that order."""

    def add(self, url: Any, method: str = "GET", *more: Any, **answer: Any) -> None:
        """Add an answer; see aioresponses."""
        super().add(url, method, *more, **{"response_class": _Response, **answer})

    def sent(self, method: str, url: str) -> list[Mapping[str, Any]]:
        """What was given to aiohttp for each request so far."""
        return [
            call.kwargs
            for (verb, where), calls in self.requests.items()
            for call in calls
            if (verb, str(where)) == (method, url)
        ]


@pytest.fixture
def answers() -> Iterator[Answers]:
    """Scripted answers in place of a server."""
    scripted = Answers()
    with scripted:
        yield scripted
