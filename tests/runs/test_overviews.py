import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Outcome, Reply, Row, Standing, Status
from bulkprov.errors import RunError
from bulkprov.journal.planned import Planned, keep_plan
from bulkprov.journal.rows import Batch
from bulkprov.runs.begin import begin_rerun
from bulkprov.runs.manifest import Manifest
from bulkprov.runs.overviews import file_of_run, find_run, overviews, successor, unfinished
from bulkprov.runs.progress import Progress
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Reading

Begun = Callable[..., Run]

CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931))
REJECTED = Outcome(status=Status.REJECTED)


def test_runs_are_listed_with_their_counts_newest_first(begun: Begun) -> None:
    """Whatever they are called; folders without a journal are none."""
    begun("reports/z").close()
    begun("reports/a", outcomes=[CREATED, REJECTED]).close()
    Path("reports/charts").mkdir()

    second, first = overviews()

    assert (first.folder, first.rows, first.done, first.left) == (Path("reports/z"), 3, 0, 2)
    assert (second.folder, second.rows, second.done, second.left) == (Path("reports/a"), 3, 1, 0)
    assert second.statuses == {Status.CREATED: 1, Status.REJECTED: 1, Status.INVALID: 1}
    assert (first.manifest.sheet, first.manifest.server) == ("wave.csv", "simulator")


def test_a_run_that_cannot_be_read_is_listed_with_the_reason(begun: Begun) -> None:
    """By when its journal was last written, since it is not known when it began."""
    busy = begun("reports/busy")
    begun("reports/free").close()
    Path("reports/broken").mkdir()
    Path("reports/broken/journal.sqlite").write_bytes(b"no database")

    runs = {run.folder.name: run for run in overviews()}

    assert (runs["free"].trouble, runs["free"].unfinished) == ("", True)
    assert "another process is working on reports/busy" in runs["busy"].trouble
    assert all(runs[name].trouble and not runs[name].unfinished for name in ("broken", "busy"))
    busy.close()


def test_a_run_that_is_being_rerun_is_listed_as_that(begun: Begun) -> None:
    """The process that reruns it has opened both. When it began, the rerun knows."""
    one = begun("reports/one")
    with begin_rerun(one, None, output=Path("reports/again"), access=Access(simulate=True), reading=Reading()) as again:
        Progress(manifest=again.manifest, rows=3, statuses={}, doing="run", at=2.0).write(again.folder)
        runs = {run.folder.name: run for run in overviews()}

        assert runs["one"].trouble == "it is being rerun as reports/again"
        assert runs["one"].began == one.manifest.created_at
        assert runs["one"].in_use
        assert runs["again"].progress
    one.close()


def test_a_run_that_was_only_planned_is_told_from_one_that_was_broken_off(begun: Begun) -> None:
    """Its next step is a rerun: so says the run itself when it ends."""
    run = begun("reports/one")
    keep_plan(run.journal.database, [(2, Planned(Status.WOULD_CREATE, "", None))])
    run.close()

    (found,) = overviews()

    assert (found.planned, found.unfinished) == (True, True)


def test_a_damaged_manifest_is_a_reason_too(begun: Begun) -> None:
    """The list has the other runs all the same."""
    damaged = begun("reports/damaged")
    damaged.journal.note({"columns": "two"})
    damaged.close()

    (run,) = overviews()

    assert "is damaged" in run.trouble


def test_unfinished_runs_are_named_newest_first(begun: Begun) -> None:
    """Those with rows left, and those whose rows were never loaded."""
    begun("reports/one").close()
    begun("reports/done", outcomes=[CREATED, REJECTED]).close()
    begun("reports/killed", load=False).close()

    assert [run.folder for run in unfinished()] == [Path("reports/killed"), Path("reports/one")]


def test_a_run_that_owes_its_audit_only_comes_after_all_others(begun: Begun) -> None:
    """It is unfinished too."""
    begun("reports/one").close()
    with begun("reports/owing", outcomes=[CREATED, REJECTED]) as owing:
        batch = Batch("run")
        row = Row(number=1, sheet_row=2, want=BackupSet(client="client001", name="one"), standing=Standing())
        batch.intend(1, row, 10.0)
        batch.finish(1, CREATED)
        owing.journal.apply(batch)

    assert [run.folder for run in unfinished()] == [Path("reports/one"), Path("reports/owing")]


def test_a_run_that_was_broken_off_comes_before_newer_ones_that_never_began_to_send(begun: Begun) -> None:
    """Their servers may be mistyped. A row that has ended, or a request that was about to be sent, is enough."""
    begun("reports/found", outcomes=[Outcome(status=Status.EXISTS)]).close()
    with begun("reports/tried") as tried:
        batch = Batch("run")
        row = Row(number=1, sheet_row=2, want=BackupSet(client="c1", name="a"), standing=Standing())
        batch.intend(1, row, 10.0)
        tried.journal.apply(batch)
    begun("reports/never").close()
    begun("reports/unread", load=False).close()

    runs = unfinished()

    assert [run.folder.name for run in runs] == ["tried", "found", "unread", "never"]
    assert [run.untouched for run in runs] == [False, False, True, True]


def test_a_superseded_run_is_not_gone_on_with(begun: Begun) -> None:
    """Its successor has its rows; but if that is gone the run is unfinished again."""
    one = begun("reports/one")
    one.update(superseded_by=Path("reports/two").absolute())
    one.close()
    assert [run.folder for run in unfinished()] == [Path("reports/one")]

    begun("reports/two", outcomes=[CREATED, REJECTED]).close()

    with pytest.raises(RunError, match=r"no unfinished run in .+reports"):
        unfinished()


def test_a_successor_is_named_as_it_is_typed(begun: Begun, tmp_path: Path) -> None:
    """Relative to the working directory, if it is below that."""
    begun("reports/two").close()
    two = tmp_path / "reports" / "two"

    assert successor(Manifest(superseded_by=two)) == Path("reports/two")
    assert successor(Manifest(superseded_by=tmp_path / "reports" / "three")) is None
    assert successor(Manifest()) is None


def test_a_successor_elsewhere_is_named_in_full(begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not below the working directory."""
    begun("reports/two").close()
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")

    assert successor(Manifest(superseded_by=tmp_path / "reports" / "two")) == tmp_path / "reports" / "two"


def test_a_run_is_found_by_folder_name_beginning_file_or_age(begun: Begun) -> None:
    """What may mean two runs means none, and each answer says what to do."""
    begun("reports/wave-20261126-2200").close()
    begun("reports/wave-20261127-2200").close()
    begun("elsewhere/mine").close()
    older, newer = Path("reports/wave-20261126-2200"), Path("reports/wave-20261127-2200")
    found = {
        "reports/wave-20261126-2200": older,
        "wave-20261126-2200": older,
        "wave-20261127": newer,
        "reports/wave-20261127": newer,
        "latest": newer,
        "reports/wave-20261126-2200/journal.sqlite": older,
        "elsewhere/m": Path("elsewhere/mine"),
    }

    assert {name: find_run(Path(name)) for name in found} == found
    for name, told in {
        "wave-2026": "wave-2026: 2 runs in reports begin so: wave-20261126-2200, wave-20261127-2200. Type more",
        "wafe": "wafe: no such run in reports; `bulkprov runs` lists them",
        "wave.csv": "wave.csv is a file, and there is no run in its folder: give a run, such as latest",
        "latset": "latset: no such run in reports (did you mean latest?); `bulkprov runs` lists them",
    }.items():
        with pytest.raises(RunError, match=re.escape(told)):
            find_run(Path(name))


def test_a_file_in_a_run_is_found_by_the_name_of_the_run(begun: Begun, tmp_path: Path) -> None:
    """As `rerun latest latest/failed.xlsx` has it; whatever else is typed stays as it is."""
    with begun("reports/one"):
        pass
    Path("reports/one/failed.csv").touch()

    for named in ("latest/failed.csv", "on/failed.csv", "reports/one/failed.csv"):
        assert Path(file_of_run(named)) == Path("reports/one/failed.csv")
    for named in ("failed.csv", "latest/none.csv", "other/failed.csv", str(tmp_path), "-"):
        assert file_of_run(named) == named


def test_latest_means_no_run_while_the_newest_cannot_be_read(begun: Begun) -> None:
    """It may be the one that another process is working on; a rollback of the one before would be a surprise."""
    begun("reports/one").close()
    with begun("reports/busy"), pytest.raises(RunError, match="latest: reports/busy is perhaps the newest"):
        find_run(Path("latest"))
    with pytest.raises(RunError, match="latest: there is no run in nowhere"):
        find_run(Path("latest"), Path("nowhere"))


def test_a_discarded_run_is_neither_unfinished_nor_the_latest(begun: Begun) -> None:
    """It is there all the same, and is listed as what it is."""
    begun("reports/one").close()
    with begun("reports/two") as two:
        two.update(discarded_at=1.0)

    assert [run.folder.name for run in unfinished()] == ["one"]
    assert find_run(Path("latest")) == Path("reports/one")
    assert find_run(Path("two")) == Path("reports/two")
    assert len(overviews()) == 2
