from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.engine.model import Evidence, Outcome, Reply, Standing, Status, Step
from bulkprov.errors import RunError, SettingsError, SheetError
from bulkprov.journal.rows import Batch
from bulkprov.runs.begin import begin_plan, begin_rerun, begin_run, begin_verification
from bulkprov.runs.intake import load_rows
from bulkprov.runs.manifest import SIMULATED
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Reading
from tests.end_to_end.results import wave
from tests.runs.conftest import SIMULATED as SIMULATE

Begun = Callable[..., Run]

CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931), evidence=Evidence.PROVEN, finished_at=5.0)
REJECTED = Outcome(status=Status.REJECTED, reply=Reply(5, "no"))
REAL = Access(server="https://cs.example.com/api")


def again(earlier: Run, corrections: str | None = None, folder: str = "again", access: Access = SIMULATE) -> Run:
    """A rerun begun."""
    return begin_rerun(earlier, corrections, output=Path(folder), access=access, reading=Reading())


def test_a_run_begins_with_its_manifest_and_without_rows(begun: Begun, working_directory: Path) -> None:
    """Everything is in the journal that a later process needs to go on."""
    run = begun(load=False)
    run.close()

    with Run.open(Path("run")) as opened:
        manifest = opened.manifest
        assert (manifest.sheet, manifest.directory, manifest.kind) == ("wave.csv", working_directory, "backupset")
        assert (manifest.server, manifest.simulator_state) == (SIMULATED, Path("simulator.sqlite"))
        assert (manifest.rerun_of, manifest.generation, manifest.loaded, len(manifest.sha256)) == (None, 1, False, 64)
        assert opened.simulator_state == Path("run", "simulator.sqlite")
        assert opened.journal.size() == 0


def test_a_run_has_a_folder_of_its_own_under_reports(begun: Begun) -> None:
    """Private to the user, since the sheet may be."""
    run = begun(None)

    assert run.folder.parent == Path("reports")
    assert run.folder.stat().st_mode & 0o077 == 0


def test_a_run_without_a_server_is_refused_unless_it_needs_none(begun: Begun) -> None:
    """A plan that only checks the sheet needs none; nothing is made of what is refused."""
    with pytest.raises(SettingsError, match="no server given: use --server URL"):
        begun("run", access=Access())
    assert not Path("run").exists()

    with begin_run("wave.csv", output=Path("plan"), access=Access(), reading=Reading(), offline=True) as run:
        assert (run.manifest.server, run.manifest.simulator_state) == (None, None)


def test_a_real_server_has_no_state_here(begun: Begun) -> None:
    """Its URL is kept."""
    manifest = begun(access=REAL, load=False).manifest

    assert (manifest.server, manifest.simulator_state) == (REAL.server, None)


def test_a_folder_holds_one_run(begun: Begun) -> None:
    """It is never written over; what can be done instead is named."""
    begun().close()

    with pytest.raises(RunError, match=r"run already holds a run\. To continue it: bulkprov resume run"):
        begun()


def test_a_folder_that_cannot_be_made_is_named(begun: Begun) -> None:
    """There is a file in its place."""
    Path("run").touch()

    with pytest.raises(RunError, match=r"^run: "):
        begun()


def test_a_name_that_is_not_text_is_refused() -> None:
    """It could not be written into the journal."""
    with pytest.raises(SheetError, match="the file's name is not valid text"):
        begin_run("wave\udcff.csv", output=None, access=SIMULATE, reading=Reading())


def test_a_rerun_knows_its_wave(begun: Begun) -> None:
    """Sheet, columns and server are those of the run before; the simulator's estate stays where it is."""
    earlier = begun(outcomes=[CREATED, REJECTED])

    with again(earlier) as run:
        manifest = run.manifest
        assert (manifest.sheet, manifest.columns, manifest.fields) == (
            earlier.manifest.sheet,
            earlier.manifest.columns,
            earlier.manifest.fields,
        )
        assert (manifest.rerun_of, manifest.generation, manifest.corrections) == (Path("run"), 2, None)
        assert (manifest.server, run.simulator_state) == (SIMULATED, earlier.simulator_state.absolute())
        load_rows(run, earlier)
        with again(run, folder="third") as third:
            assert (third.manifest.generation, third.simulator_state) == (3, run.simulator_state)


def test_a_rerun_owes_the_audit_that_the_run_before_owes(begun: Begun) -> None:
    """Of the rows that it carries over too, which no exchange of its own has touched."""
    earlier = begun()
    batch = Batch("run")
    (row, *_) = earlier.journal.todo(0, Standing(), {})
    batch.intend(1, row, 1.0)
    batch.finish(row.number, CREATED)
    earlier.journal.apply(batch)

    with again(earlier) as run:
        assert run.manifest.audited == -1
    earlier.update(audited=1, superseded_by=None)
    with again(earlier, folder="later") as run:
        assert run.manifest.audited == 0


def test_a_rerun_knows_when_something_was_last_deleted(begun: Begun) -> None:
    """Lists may still have it for a while."""
    earlier = begun(outcomes=[CREATED])
    earlier.update(deleted_at=77.5)

    with again(earlier) as run:
        assert run.manifest.deleted_at == 77.5


def test_a_rerun_knows_of_deletes_of_a_rollback_that_was_killed(begun: Begun) -> None:
    """They are in the journal, though nothing says that it came to its end."""
    earlier = begun(outcomes=[CREATED])
    batch = Batch("rollback")
    (row, *_) = earlier.journal.made(0, {}, 6.0)
    batch.intend(1, replace(row, standing=replace(row.standing, step=Step.ACT)), 90.5)
    earlier.journal.apply(batch)

    with again(earlier) as run:
        assert run.manifest.deleted_at == 90.5


def test_a_rerun_stays_on_the_server_of_the_run_before(begun: Begun) -> None:
    """No other one may be given."""
    earlier = begun(outcomes=[CREATED])

    with pytest.raises(RunError, match="belongs to the server simulator, not to https://cs"):
        again(earlier, access=REAL)
    assert not Path("again").exists()


def test_a_run_without_rows_is_not_rerun(begun: Begun) -> None:
    """There is nothing to go by; it can be resumed."""
    with pytest.raises(RunError, match="was stopped before its rows were loaded: resume it"):
        again(begun(load=False))


def test_corrections_say_which_rows_they_correct(begun: Begun) -> None:
    """A sheet without `sheetRow` is a wave of its own, and how to run it is named."""
    earlier = begun(outcomes=[CREATED])
    wave(Path("fixed.csv"), [("c1", "b")])

    with pytest.raises(
        SheetError, match=r"fixed\.csv: it has no column sheetRow.*failed\.xlsx.*bulkprov run fixed\.csv"
    ):
        again(earlier, "fixed.csv")

    wave(Path("fixed.csv"), [("c1", "b", "3")], ("clientName", "backupsetName", " sheetRow "))
    with again(earlier, "fixed.csv") as run:
        assert (run.manifest.corrections, run.manifest.corrections_complete) == ("fixed.csv", False)


def test_a_results_file_in_the_folder_of_its_run_is_a_rerun_of_it(begun: Begun) -> None:
    """It is complete: rows that were deleted from it are left out. An edited copy elsewhere is a sheet."""
    earlier = begun(outcomes=[CREATED, REJECTED])
    written = earlier.report("csv").results
    earlier.close()

    with begin_run(str(written), output=Path("again"), access=SIMULATE, reading=Reading()) as run:
        manifest = run.manifest
        assert (manifest.earlier_run, manifest.sheet, manifest.generation) == (Path("run"), "wave.csv", 2)
        assert (manifest.corrections, manifest.corrections_complete) == (str(written), True)

    written.rename("results.csv")
    with begin_run("results.csv", output=Path("other"), access=SIMULATE, reading=Reading()) as run:
        manifest = run.manifest
        assert (manifest.earlier_run, manifest.rerun_of, manifest.generation) == (None, Path("results.csv"), 2)
        assert (manifest.sheet, manifest.corrections) == ("results.csv", None)


def test_a_verification_has_the_done_rows_and_a_plan_the_unfinished_ones(begun: Begun, tmp_path: Path) -> None:
    """Each in a journal of its own, on the server of the run; the run itself is left as it is."""
    run = begun(outcomes=[CREATED])
    before = run.manifest

    with begin_verification(run, tmp_path / "verification") as verification:
        (row,) = verification.rows()
        assert (row.sheet_row, row.standing and row.standing.target) == (2, 931)
        assert verification.manifest.loaded
        assert (verification.columns, verification.simulator_state) == (run.columns, run.simulator_state.absolute())
    with begin_plan(run, tmp_path / "plan", None) as plan:
        assert [row.sheet_row for row in plan.rows()] == [3]

        assert plan.manifest.server == SIMULATED
    assert run.manifest == before


def test_a_plan_with_a_limit_has_the_rows_with_which_the_run_would_begin(begun: Begun, tmp_path: Path) -> None:
    """Rows of one client are worked on together, so that they are not the first of the sheet."""
    run = begun(rows=[("a", "1"), ("b", "1"), ("a", ""), ("b", "2"), ("a", "2"), ("c", "1")], outcomes=[CREATED])

    with begin_plan(run, tmp_path / "plan", 2) as plan:
        assert [row.sheet_row for row in plan.rows()] == [3, 6]


def test_a_ticket_stays_with_the_wave_until_another_is_given(begun: Begun, working_directory: Path) -> None:
    """And each run says who began it."""
    wave(working_directory / "tickets.csv", [("client001", "FS_1")])
    access, reading = SIMULATE, Reading()
    with begin_run("tickets.csv", output=Path("one"), access=access, reading=reading, ticket="CHG0042") as one:
        load_rows(one)
        with again(one, folder="two") as two:
            assert (two.manifest.ticket, bool(two.manifest.operator)) == ("CHG0042", True)
        with begin_rerun(one, None, output=Path("three"), access=access, reading=reading, ticket="CHG0043") as three:
            assert three.manifest.ticket == "CHG0043"
    assert begun().manifest.ticket == ""
