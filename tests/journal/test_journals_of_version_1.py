"""Runs that version 1 of bulkprov left behind are gone on with by this one, whatever has moved since."""

import csv
import shutil
import sqlite3
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Said, command
from tests.end_to_end.results import read

Command = Callable[..., Said]

JOURNALS = Path(__file__).parents[1] / "golden" / "journals"
ALL = ("finished", "killed", "half-rolled-back", "rerun", "rerun-in-doubt")

__all__ = ["command"]


class OldRun:
    """A run folder of version 1, unpacked."""

    def __init__(self, folder: Path, name: str) -> None:
        with tarfile.open(JOURNALS / f"{name}.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        self.folder = folder / name
        self.commserve = self.folder / "simulator.sqlite"
        if name == "rerun":  # its CommServe is kept in the folder of the run before, which has another place now
            self.commserve = folder / "first" / "simulator.sqlite"
        elif name == "rerun-in-doubt":
            self.commserve = OldRun(folder, "killed").commserve
        if name.startswith("rerun"):
            with closing(sqlite3.connect(self.folder / "journal.sqlite")) as db, db:
                db.execute("UPDATE facts SET value = ? WHERE name = 'simulator'", (str(self.commserve),))
        with (JOURNALS / f"{name}.csv").open(newline="") as file:
            self.reported = [tuple(row.values()) for row in csv.DictReader(file)]

    def results(self) -> list[dict[str, str]]:
        """The results as they are written now."""
        return read(self.folder / "results.csv")

    def statuses(self) -> Counter[str]:
        """How many rows of the results have which status."""
        return Counter(row["status"] for row in self.results())

    def sets(self) -> dict[int, str]:
        """What the CommServe itself has, but for what was there from the start: id to name."""
        with closing(sqlite3.connect(self.commserve)) as db:
            return dict(db.execute("SELECT id, name FROM backupset WHERE id > 930"))


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Callable[[str], OldRun]]:
    """Unpacks a run of version 1."""
    yield lambda name: OldRun(tmp_path, name)
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.parametrize("name", ALL)
def test_the_report_says_of_every_row_what_version_1_said(
    bulkprov: Command, old: Callable[[str], OldRun], name: str
) -> None:
    """Row, status and id are the same; of a set whose delete is in doubt the id is told now, and was not then."""
    run = old(name)

    bulkprov("report", run.folder, "--format", "csv")

    now = [(row["sheetRow"], row["status"], row["backupsetId"]) for row in run.results()]
    in_doubt = name == "half-rolled-back"
    assert [
        (row, status, "" if in_doubt and status == "unknown" else number) for row, status, number in now
    ] == run.reported


def test_a_killed_run_is_resumed_and_nothing_is_made_twice(bulkprov: Command, old: Callable[[str], OldRun]) -> None:
    """Each of its 24 sets is there once, under the id that the results give it."""
    run = old("killed")

    said = bulkprov("resume", run.folder, "--settle", "0.2", "--json")

    assert said.code == 0
    assert run.statuses() == {"created": 24}
    made = run.sets()
    assert {int(row["backupsetId"]): row["backupsetName"] for row in run.results()} == made
    assert len(set(made.values())) == 24
    with closing(sqlite3.connect(run.folder / "journal.sqlite")) as journal:
        written = journal.execute("SELECT value FROM facts WHERE name = 'format'").fetchone()
    assert written == ("2",), "version 1 would take what is only perhaps ours for ours"


def test_a_resumed_run_of_version_1_is_verified_and_rolled_back(
    bulkprov: Command, old: Callable[[str], OldRun]
) -> None:
    """What this version went on with is read back; what was found after a doubt is deleted only if that is asked."""
    run = old("killed")
    bulkprov("resume", run.folder, "--settle", "0.2")

    verified = bulkprov("verify", run.folder, "--settle", "0.2", "--json")
    undone = bulkprov("rollback", run.folder, "--yes", "--settle", "0.2", "--json")
    left = run.sets()
    unproven = bulkprov("rollback", run.folder, "--yes", "--also-unproven", "--settle", "0.2", "--json")

    assert (verified.code, verified.json["as-reported"]) == (0, 24)
    assert (undone.code, undone.json["rolled-back"], undone.json["unproven"]) == (1, 20, 4)
    assert len(left) == 4
    assert (unproven.code, unproven.json["rolled-back"], unproven.json["unproven"]) == (0, 4, 0)
    assert run.sets() == {}


def test_a_half_finished_rollback_is_finished(bulkprov: Command, old: Callable[[str], OldRun]) -> None:
    """Sets whose delete had no known answer are looked up, the others deleted; all rows are rolled back.

    No audit comes before that, though none was ever made: it would take the deleted sets for lost ones.
    """
    run = old("half-rolled-back")
    assert 3 <= len(run.sets()) < 24

    said = bulkprov("rollback", run.folder, "--yes", "--settle", "0.2", "--json")

    assert said.code == 0
    assert run.statuses() == {"rolled-back": 24}
    assert run.sets() == {}


def test_a_finished_run_is_verified_and_rolled_back(bulkprov: Command, old: Callable[[str], OldRun]) -> None:
    """What was answered is deleted; what a look had found, which version 1 called its own, only if that is asked."""
    run = old("finished")

    verified = bulkprov("verify", run.folder, "--settle", "0.2", "--json")
    undone = bulkprov("rollback", run.folder, "--yes", "--settle", "0.2", "--json")
    unproven = bulkprov("rollback", run.folder, "--yes", "--also-unproven", "--settle", "0.2", "--json")

    assert (verified.code, verified.json["as-reported"]) == (0, 9)
    assert (undone.code, undone.json["rolled-back"], undone.json["unproven"]) == (1, 7, 1)
    assert (unproven.code, unproven.json["rolled-back"]) == (0, 1)
    assert run.statuses() == {"rolled-back": 8, "exists": 1, "invalid": 2, "rejected": 1}
    assert run.sets() == {}


def test_a_finished_run_is_rerun(bulkprov: Command, old: Callable[[str], OldRun], tmp_path: Path) -> None:
    """Its done rows are carried over, the others are tried again."""
    run = old("finished")

    said = bulkprov("rerun", run.folder, "-o", tmp_path / "again", "--settle", "0.2", "--json")

    assert (said.json["carried"], said.json["created"], said.json["exists"]) == (9, 8, 1)
    assert (said.json["rejected"], said.json["invalid"]) == (1, 2)


def test_carried_rows_of_a_rerun_are_verified_and_not_rolled_back(
    bulkprov: Command, old: Callable[[str], OldRun]
) -> None:
    """The rerun made one set of its own: that one is deleted, and the nine that it carried are left."""
    run = old("rerun")
    before = run.sets()

    verified = bulkprov("verify", run.folder, "--settle", "0.2", "--json")
    undone = bulkprov("rollback", run.folder, "--yes", "--settle", "0.2", "--json")

    assert (verified.code, verified.json["as-reported"]) == (0, 10)
    assert undone.json["rolled-back"] == 1
    assert len(run.sets()) == len(before) - 1 == 8


def test_doubts_that_a_rerun_inherited_are_looked_up_before_anything_is_sent(
    bulkprov: Command, old: Callable[[str], OldRun]
) -> None:
    """No set is made twice, though the rerun's journal has no exchange of its own."""
    run = old("rerun-in-doubt")

    said = bulkprov("resume", run.folder, "--format", "csv", "--settle", "0.2", "--json")

    assert (said.code, said.json["created"], said.json["carried"]) == (0, 24, 10)
    assert {int(row["backupsetId"]) for row in run.results()} == set(run.sets())


@pytest.mark.parametrize("name", ALL)
def test_every_row_can_be_told_one_by_one(bulkprov: Command, old: Callable[[str], OldRun], name: str) -> None:
    """`show` reads every exchange that version 1 wrote down."""
    run = old(name)

    for sheet_row, status, _ in run.reported:
        said = bulkprov("show", run.folder, "--row", sheet_row, "--json")
        assert said.code == 0
        if status not in ("unknown", "pending"):
            assert said.json["ended"]["status"] in (status, "in doubt")
