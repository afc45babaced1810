"""The library: a wave from Python."""

import asyncio
import doctest
import gc
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bulkprov
from bulkprov import (
    Access,
    BackupSet,
    Credentials,
    Effort,
    ExitCode,
    Provisioned,
    Result,
    RunError,
    ServerError,
    SettingsError,
    SheetError,
    Status,
    provision,
    resume,
)
from bulkprov.journal.planned import Planned, keep_plan
from bulkprov.runs.run import Run
from bulkprov.simulator import RequestKind, Simulator, SimulatorSettings

INPUTS = Path(__file__).parents[1] / "inputs"
REHEARSAL = Access(simulate=True)
ADMIN = Credentials(username="admin", password="simulator")


def row(client: object = "client001", name: object = "FS_New", **more: object) -> dict[str, object]:
    """A row of a wave."""
    return {"clientName": client, "backupsetName": name, **more}


async def ended(rows: Any) -> list[Result]:
    """What becomes of rows on a simulator."""
    return list(await provision(rows, access=REHEARSAL))


async def faults(**cells: object) -> list[str]:
    """What is wrong with a row."""
    (result,) = await ended([row(**cells)])
    assert result.status is Status.INVALID
    return [fault.text for fault in result.faults]


async def test_half_a_character_is_a_fault_of_its_row() -> None:
    """No file can hold it; in a column of the program's own it is kept as an escape."""
    half, own, whole = await ended([row("a\ud83d"), row(owner="b\ud83d"), row("client002", owner="\U0001f600")])

    assert (half.status, half.cells[0]) == (Status.INVALID, r"a\ud83d")
    assert half.faults[0].text.startswith(r'row 1: clientName is "a\ud83d", which has half a character in it')
    assert (own.status, own.cells[-1]) == (Status.CREATED, r"b\ud83d")
    assert (whole.status, whole.cells[-1]) == (Status.CREATED, "\U0001f600")


async def test_mappings_in_outcomes_out() -> None:
    """Each row's outcome comes back in order, with its own cells, its position and the server's id."""
    wave = [row(f"client{n:03d}", ticket=n) for n in range(1, 6)]

    done = await provision(wave, access=REHEARSAL)

    assert (done.exit_code, done.counts, len(done)) == (ExitCode.DONE, {Status.CREATED: 5}, 5)
    assert [(each.sheet_row, each.status, each.cells) for each in done] == [
        (n, Status.CREATED, (f"client{n:03d}", "FS_New", str(n))) for n in range(1, 6)
    ]
    assert len({each.backupset_id for each in done} - {None, 0}) == 5


async def test_an_iterator_may_give_backup_sets_and_mappings_with_different_columns() -> None:
    """The columns are those of all rows, and what a row lacks is empty."""

    def wave() -> Iterator[object]:
        yield row("client001")
        yield BackupSet(client="client002", name="FS_New", on_demand=True, plan="Gold")
        yield row("client003", planName="Silver", owner="Ann")

    done = await provision(wave(), access=REHEARSAL)  # type: ignore[arg-type]

    assert done.done
    assert list(done.to_frame().columns[:8]) == [
        "clientName", "backupsetName", "appName", "instanceName", "onDemandBackupset", "planName", "description",
        "owner",
    ]  # fmt: skip
    assert [each.cells for each in done] == [
        ("client001", "FS_New", "", "", "", "", "", ""),
        ("client002", "FS_New", "File System", "DefaultInstanceName", "True", "Gold", "", ""),
        ("client003", "FS_New", "", "", "", "Silver", "", "Ann"),
    ]


async def test_a_frame_in_a_frame_out() -> None:
    """The rows' columns stay, ours have types, and what is not known is missing."""
    frame = pd.DataFrame({
        "Client": ["client001", "client999"],
        "Backup Set": ["FS_New", "FS_New"],
        "On Demand": [np.True_, np.False_],
        "cost": [17.0, None],
    })  # fmt: skip

    told = (await provision(frame, access=REHEARSAL)).to_frame()

    assert told["status"].tolist() == ["created", "rejected"]
    assert told["cost"].tolist() == ["17", ""]
    assert {name: str(told[name].dtype) for name in ("errorCode", "backupsetId", "seconds")} == {
        "errorCode": "Int64", "backupsetId": "Int64", "seconds": "Float64",
    }  # fmt: skip
    assert told["errorCode"].tolist() == [0, 1]
    assert told["backupsetId"].isna().tolist() == [False, True]
    assert str(told["finishedAt"].dt.tz) == "UTC"


async def test_a_frame_of_results_is_a_rerun() -> None:
    """Rows that are done are looked up, and the others are sent as they are now."""
    async with Simulator(SimulatorSettings()) as simulator:
        again = partial(provision, access=Access(server=simulator.url), credentials=ADMIN, effort=Effort(settle=0.1))
        frame = (await again([row("client001"), row("client999")])).to_frame()
        frame.loc[1, "clientName"] = "client002"

        done = list(await again(frame))

    assert [each.status for each in done] == [Status.EXISTS, Status.CREATED]
    assert done[0].backupset_id == frame["backupsetId"][0]


async def test_a_frame_of_a_rehearsal_is_not_believed_on_another_server() -> None:
    """What it calls done was done elsewhere: it is looked up, though no first looks were wanted, and made."""
    frame = (await provision([row("client001")], access=REHEARSAL)).to_frame()

    (done,) = list(await provision(frame, access=REHEARSAL, effort=Effort(no_first_look=True)))

    assert (done.status, done.carried) == (Status.CREATED, False)


async def test_what_could_alter_a_name_is_refused() -> None:
    """A float where a name has to be is a fault: pandas makes 123.0 of 123, and a set of that name is not wanted."""
    assert await faults(client=123.0) == ["row 1: clientName is 123.0, of type float: give it as text"]
    assert await faults(name=b"FS") == ["row 1: backupsetName is b'FS', of type bytes: give it as text"]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, ""])
async def test_what_is_missing_is_empty(missing: object) -> None:
    """None and pandas' ways to say that there is nothing are an empty cell, and never a name such as "nan"."""
    assert await faults(client=missing) == ["row 1: clientName is empty, and every row needs one: fill it in"]


async def test_repeats_and_faults_are_found_as_in_a_sheet() -> None:
    """A row that repeats another is invalid and says which; the others are made."""
    told = await ended([row("client001"), row("CLIENT001"), row("client002", appName="Filesystem")])

    assert [each.status for each in told] == [Status.CREATED, Status.INVALID, Status.INVALID]
    assert "same backup set as row 1" in told[1].note
    assert 'did you mean "File System"?' in told[2].note


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "the rows given: there are none"),
        (pd.DataFrame({"clientName": [], "backupsetName": []}), "the DataFrame has no rows"),
        ([{"clientName": "client001"}], "no column backupsetName"),
        ([row(), 17], "row 2 is of type int: give mappings by column name, or BackupSet"),
        ([{**row(), "plaName": "Gold"}], "looks like a misspelt planName"),
    ],
)
async def test_rows_that_cannot_be_used_are_an_error(rows: Any, words: str) -> None:
    """They are refused as a whole, as a sheet is."""
    with pytest.raises(SheetError, match=words):
        await provision(rows, access=REHEARSAL)


async def test_a_path_is_a_sheet(tmp_path: Path) -> None:
    """The same door takes files; with a folder, the results are written into it."""
    done = await provision(INPUTS / "wave.xlsx", access=REHEARSAL, folder=tmp_path / "run")

    assert done.counts == {Status.CREATED: 50}
    assert done.written
    assert done.written.results == tmp_path / "run/results.xlsx"
    assert [each.sheet_row for each in done][:2] == [2, 3]


async def test_a_run_without_a_folder_leaves_nothing_behind() -> None:
    """Its folder lives as long as the value, and iterating over it; then it is gone."""
    done: Provisioned | None = await provision([row(), row("client002")], access=REHEARSAL)
    assert done
    folder, rows = done.folder, iter(done)
    done = None
    first = next(rows)
    gc.collect()
    assert folder.is_dir()
    assert [first.sheet_row, *(each.sheet_row for each in rows)] == [1, 2]
    del rows
    gc.collect()
    assert not folder.exists()


async def test_what_is_asked_for_wrongly_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server or credentials nothing is begun, and no temporary folder stays."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("BULKPROV_TOKEN", raising=False)
    with pytest.raises(SettingsError, match="no credentials"):
        await provision([row()], access=Access(server="https://cs.example.com"))
    with pytest.raises(SettingsError, match="plan_first"):
        await provision([row()], access=REHEARSAL, effort=Effort(plan_first=True))
    with pytest.raises(SettingsError, match="no server"):
        await provision([row()], credentials=ADMIN)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - no pathlib in async code


async def test_a_server_that_is_not_there_is_an_error(simulator: Simulator, tmp_path: Path) -> None:
    """So is one that refuses the log-in: nothing was created, and no run is left in the folder."""
    wrong = Credentials(username="admin", password="wrong")
    with pytest.raises(ServerError, match="refused"):
        await provision([row()], access=Access(server=simulator.url), credentials=wrong)
    dead = Access(server="http://127.0.0.1:9")
    with pytest.raises(ServerError, match="cannot connect"):
        await provision([row()], access=dead, effort=Effort(max_attempts=1), credentials=ADMIN, folder=tmp_path / "run")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - no pathlib in async code

    kept = tmp_path / "kept"
    once = (each for each in [row()])
    with pytest.raises(ServerError, match="cannot connect"):
        await provision(once, access=dead, effort=Effort(max_attempts=1), credentials=ADMIN, folder=kept)
    with Run.open(kept) as run:
        assert (run.left(), run.manifest.loaded) == (1, True), "rows that cannot be read again are kept for `resume`"


async def test_strictness_sends_nothing_and_says_why() -> None:
    """With an invalid row the others are pending, and the result can be looked at."""
    done = await provision([row(), row("")], access=REHEARSAL, effort=Effort(strict=True))

    assert done.counts == {Status.PENDING: 1, Status.INVALID: 1}
    assert (done.exit_code, done.done) == (ExitCode.NO_SERVER, False)
    assert "--strict" in done.error


async def test_a_folder_is_never_written_over_but_can_be_gone_on_with(tmp_path: Path) -> None:
    """A limited run leaves the rest pending; a second one into its folder is refused, and `resume` makes the rest."""
    wave = [row(f"client{n:03d}") for n in range(1, 9)]
    first = await provision(wave, access=REHEARSAL, effort=Effort(limit=3), folder=tmp_path)
    assert first.counts == {Status.CREATED: 3, Status.PENDING: 5}
    with pytest.raises(RunError, match="resume"):
        await provision(wave, access=REHEARSAL, folder=tmp_path)

    done = await resume(tmp_path)

    assert done.counts == {Status.CREATED: 8}
    assert [each.backupset_id for each in done][:3] == [each.backupset_id for each in first][:3]


async def test_a_kept_plan_first_is_not_lifted_without_a_word(tmp_path: Path) -> None:
    """It holds the run back, as its beginning would; the program says that it is to go on without."""
    await provision([row("client001"), row("client002")], access=REHEARSAL, effort=Effort(limit=1), folder=tmp_path)
    with Run.open(tmp_path) as run:
        run.update(kept={"plan_first": "yes"})

    with pytest.raises(SettingsError, match=r"lift=\['plan_first'\]"):
        await resume(tmp_path)

    assert (await resume(tmp_path, lift=["plan_first"])).counts == {Status.CREATED: 2}


async def test_what_a_plan_has_said_is_forgotten_when_the_run_goes_on(tmp_path: Path) -> None:
    """A command with `--plan-first` had left it; a row that waits after that is pending, and not what the plan said."""
    wave = [row(f"client{n:03d}") for n in range(1, 4)]
    await provision(wave, access=REHEARSAL, effort=Effort(limit=1), folder=tmp_path)
    with Run.open(tmp_path) as run:
        keep_plan(run.journal.database, ((n, Planned(Status.NO_PLACE, "no such client", None)) for n in (2, 3)))

    done = await resume(tmp_path, effort=Effort(limit=1))

    assert done.counts == {Status.CREATED: 2, Status.PENDING: 1}


async def test_a_cancelled_wave_can_be_gone_on_with(tmp_path: Path) -> None:
    """Cancelling in mid-flight loses nothing and makes nothing twice: every row ends as created, once."""
    wave = [row(f"client{n:03d}", "FS_Cancelled") for n in range(1, 61)]
    async with Simulator(SimulatorSettings(latency=0.02)) as server:
        access, folder = Access(server=server.url), tmp_path / "run"
        task = asyncio.ensure_future(provision(wave, access=access, credentials=ADMIN, folder=folder))
        while server.statistics.creates < 10:  # noqa: ASYNC110 - it counts, and tells nobody
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        done = await resume(folder, access=access, credentials=ADMIN, effort=Effort(settle=0.1))

        assert done.counts == {Status.CREATED: 60}
        there = [each.id for each in server.backupsets() if each.name == "FS_Cancelled"]
        assert sorted(there) == sorted(each.backupset_id or 0 for each in done)


async def test_waves_run_side_by_side(simulator: Simulator) -> None:
    """Two calls at once have nothing to do with one another but the server."""
    quickly = partial(provision, access=Access(server=simulator.url), credentials=ADMIN, effort=Effort(settle=0.1))
    both = await asyncio.gather(*(quickly([row(name=name)]) for name in ("FS_One", "FS_Two")))
    assert [done.counts for done in both] == [{Status.CREATED: 1}] * 2


def test_it_runs_in_any_thread_and_leaves_signals_alone() -> None:
    """A web application runs things in threads, where signal handlers cannot even be set."""
    before = signal.getsignal(signal.SIGINT)

    async def in_a_thread() -> Provisioned:
        return await asyncio.to_thread(lambda: asyncio.run(provision([row()], access=REHEARSAL)))

    assert asyncio.run(in_a_thread()).done
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("name", bulkprov.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """What is promised can be imported."""
    assert getattr(bulkprov, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """Names are fetched when asked for, and only those that there are."""
    with pytest.raises(AttributeError, match="no attribute 'provison'"):
        _ = bulkprov.provison  # type: ignore[attr-defined]


def test_importing_the_package_imports_nothing_heavy() -> None:
    """A command that only prints its version does not wait for pandas and aiohttp."""
    code = "import sys, bulkprov; print(sorted({'pandas', 'aiohttp', 'pydantic', 'cyclopts'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert told.stdout.strip() == "[]"


def test_the_example_in_the_page_about_python_runs(tmp_path: Path) -> None:
    """As it stands there, by a program of its own."""
    page = (INPUTS.parent / ".github/docs/python.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    told = subprocess.run(  # noqa: S603 - our own example
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.count(" created ") == 20
    assert not told.stderr
    assert not list(tmp_path.iterdir())


def test_the_example_in_the_documentation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever copies it gets what it shows."""
    assert bulkprov.__doc__
    test = doctest.DocTestParser().get_doctest(bulkprov.__doc__, {}, "bulkprov", None, 0)
    assert test.examples
    failed, tried = doctest.DocTestRunner().run(test)
    assert (failed, tried) == (0, len(test.examples)), capsys.readouterr().out


async def test_a_wave_that_is_under_way_already_is_refused_unless_that_is_wanted(tmp_path: Path) -> None:
    """By rows in common, though they come from no file; nothing is sent, not even a log-in."""
    async with Simulator(SimulatorSettings(latency=0.05)) as server:
        access = Access(server=server.url)
        wave = [row(f"client{n:03d}", "FS_Twice") for n in range(1, 41)]

        async def again(**more: Any) -> Provisioned:
            return await provision([row("CLIENT001", "FS_Twice")], access=access, credentials=ADMIN, **more)

        first = asyncio.ensure_future(
            provision(wave, access=access, credentials=ADMIN, folder=tmp_path / "first", effort=Effort(concurrency=1))
        )
        while server.statistics.creates < 2:  # noqa: ASYNC110 - it counts, and tells nobody
            await asyncio.sleep(0)
        with pytest.raises(
            RunError, match=r"first is under way on this server with 1 of these 1 rows\. .*overlap=True"
        ):
            await again(folder=tmp_path / "second")
        assert server.statistics.requests[RequestKind.LOGIN] == 1
        with pytest.raises(RunError, match="overlap=True"):
            await resume(tmp_path / "second", access=access, credentials=ADMIN)

        done = await resume(tmp_path / "second", access=access, credentials=ADMIN, overlap=True)
        also = await again(folder=tmp_path / "third", overlap=True)

        assert (done.counts, also.counts) == ({Status.EXISTS: 1}, {Status.EXISTS: 1})
        assert done.said == (f"{tmp_path / 'first'} is under way on this server with 1 of these 1 rows",)
        assert (await first).counts == {Status.CREATED: 40}
