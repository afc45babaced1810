"""What the CommServe stores: it outlives the process, and no other file is touched."""

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from bulkprov.errors import SettingsError, StorageError
from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, create_body, log_in, signed_in

JOURNALS = Path(__file__).parents[1] / "golden" / "journals"


async def test_state_outlives_the_server(tmp_path: Path) -> None:
    """Sets and tokens are still there after a stop and a start on the same file."""
    settings = SimulatorSettings(state=tmp_path / "state.db")
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as http:
        token = await log_in(http, simulator.url)
        await PlainClient(http, simulator.url, token).create()
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as http:
        names = await PlainClient(http, simulator.url, token).names()

    assert "FS_Backup_01" in names


def _serve(path: Path, address: "multiprocessing.queues.Queue[str]") -> None:
    async def serve() -> None:
        async with Simulator(SimulatorSettings(state=path)) as simulator:
            address.put(simulator.url)
            await asyncio.Event().wait()

    asyncio.run(serve())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
async def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    """The response follows the commit, so a killed server loses nothing that it confirmed."""
    spawn = multiprocessing.get_context("spawn")
    address: multiprocessing.queues.Queue[str] = spawn.Queue()
    process = spawn.Process(target=_serve, args=(tmp_path / "state.db", address))
    process.start()
    try:
        async with aiohttp.ClientSession() as http:
            url = await asyncio.to_thread(address.get)
            client = PlainClient(http, url, await log_in(http, url))
            for number in range(20):
                await client.create(backupsetName=f"set{number}")
    finally:
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        address.close()

    async with Simulator(SimulatorSettings(state=tmp_path / "state.db")) as simulator:
        made = {row.name for row in simulator.backupsets()}
    assert made >= {f"set{number}" for number in range(20)}


async def test_a_client_can_be_retired_later(tmp_path: Path) -> None:
    """Retiring works on an existing estate, and an unknown name is an error."""
    state = tmp_path / "state.db"
    async with Simulator(SimulatorSettings(state=state)):
        pass
    retiring = SimulatorSettings(state=state, retired_clients=("client003",))
    async with Simulator(retiring) as simulator, signed_in(simulator) as client:
        made = await client.create(clientName="client003")

    assert made["errorCode"] == 1
    with pytest.raises(SettingsError, match="'nobody' cannot be retired"):
        await Simulator(SimulatorSettings(retired_clients=("nobody",))).start()


async def test_a_file_of_version_1_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its sets are there with their ids, without a description; new ones are added, and it can be opened again."""
    with tarfile.open(JOURNALS / "finished.tar.xz") as archive:
        archive.extract("finished/simulator.sqlite", tmp_path, filter="data")
    path = tmp_path / "finished" / "simulator.sqlite"
    with closing(sqlite3.connect(path)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (1,)
        before = old.execute("SELECT id, name FROM backupset ORDER BY id").fetchall()

    now = 1_700_000_000.0
    for number in range(2):
        async with (
            Simulator(SimulatorSettings(state=path), clock=lambda: now) as simulator,
            signed_in(simulator) as client,
        ):
            body = create_body(backupsetName=f"new{number}")
            body |= {"backupSetInfo": {"commonBackupSet": {"userDescription": "ours"}}}
            await client.json("POST", "Backupset", body)
            rows = simulator.backupsets()

        assert [(row.id, row.name) for row in rows[: len(before)]] == before
        assert {(row.description, row.modified_at) for row in rows[: len(before)]} == {("", 0.0)}
        assert [(row.description, row.modified_at) for row in rows[len(before) :]] == [("ours", now)] * (number + 1)


async def test_a_file_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    """It is refused, and the line says why."""
    path = tmp_path / "state.db"
    async with Simulator(SimulatorSettings(state=path)):
        pass
    with closing(sqlite3.connect(path)) as later:
        later.execute("PRAGMA user_version = 3")

    with pytest.raises(StorageError, match="a later bulkprov wrote it"):
        await Simulator(SimulatorSettings(state=path)).start()


async def test_a_file_of_another_program_is_not_touched(tmp_path: Path) -> None:
    """A state file that is not a simulator's is refused by name."""
    (tmp_path / "notes.txt").write_text("not a database, " * 100)

    with pytest.raises(StorageError, match=r"notes\.txt"):
        await Simulator(SimulatorSettings(state=tmp_path / "notes.txt")).start()


async def test_the_database_of_another_program_is_not_touched(tmp_path: Path) -> None:
    """An SQLite file with other tables is refused, and not a byte of it changes."""
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE accounts (name TEXT)")

    before = path.read_bytes()

    with pytest.raises(StorageError, match="not the state of a simulator"):
        await Simulator(SimulatorSettings(state=path)).start()
    assert path.read_bytes() == before


async def test_sets_can_be_changed_behind_a_clients_back() -> None:
    """Renaming and deleting take effect in the next listing."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        ids = [(await client.create(backupsetName=name))["entity"]["backupsetId"] for name in ("one", "two")]
        simulator.rename(ids[0], "renamed")
        simulator.remove(ids[1])

        assert (await client.names())[-1] == "renamed"
