from collections.abc import Callable
from pathlib import Path

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Outcome, Reply, Row, Standing, Status
from bulkprov.errors import RunError
from bulkprov.journal.rows import Batch
from bulkprov.runs.catalog import overviews, successor, unfinished
from bulkprov.runs.manifest import Manifest
from bulkprov.runs.run import Run

Begun = Callable[..., Run]

CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931))
REJECTED = Outcome(status=Status.REJECTED)


def test_runs_are_listed_with_their_counts_oldest_first(begun: Begun) -> None:
    """Whatever they are called; folders without a journal are none."""
    begun("reports/z").close()
    begun("reports/a", outcomes=[CREATED, REJECTED]).close()
    Path("reports/charts").mkdir()

    first, second = overviews()

    assert (first.folder, first.rows, first.done, first.left) == (Path("reports/z"), 3, 0, 2)
    assert (second.folder, second.rows, second.done, second.left) == (Path("reports/a"), 3, 1, 0)
    assert second.statuses == {Status.CREATED: 1, Status.REJECTED: 1, Status.INVALID: 1}
    assert (first.manifest.sheet, first.manifest.server) == ("wave.csv", "simulator")


def test_a_run_that_cannot_be_read_is_listed_with_the_reason(begun: Begun) -> None:
    """At the end, since it is not known when it began."""
    busy = begun("reports/busy")
    begun("reports/free").close()
    Path("reports/broken").mkdir()
    Path("reports/broken/journal.sqlite").write_bytes(b"no database")

    free, *others = overviews()

    assert (free.folder, free.trouble) == (Path("reports/free"), "")
    assert [run.folder.name for run in others] == ["broken", "busy"]
    assert "another process is working on reports/busy" in others[1].trouble
    assert all(run.trouble and not run.unfinished for run in others)
    busy.close()


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

    assert unfinished() == [Path("reports/killed"), Path("reports/one")]


def test_a_run_that_owes_its_audit_only_comes_after_all_others(begun: Begun) -> None:
    """It is unfinished too."""
    begun("reports/one").close()
    with begun("reports/owing", outcomes=[CREATED, REJECTED]) as owing:
        batch = Batch("run")
        row = Row(number=1, sheet_row=2, want=BackupSet(client="client001", name="one"), standing=Standing())
        batch.intend(1, row, 10.0)
        batch.finish(1, CREATED)
        owing.journal.apply(batch)

    assert unfinished() == [Path("reports/one"), Path("reports/owing")]


def test_a_superseded_run_is_not_gone_on_with(begun: Begun) -> None:
    """Its successor has its rows; but if that is gone the run is unfinished again."""
    one = begun("reports/one")
    one.update(superseded_by=Path("reports/two").absolute())
    one.close()
    assert unfinished() == [Path("reports/one")]

    begun("reports/two", outcomes=[CREATED, REJECTED]).close()

    with pytest.raises(RunError, match="no unfinished run in reports"):
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
