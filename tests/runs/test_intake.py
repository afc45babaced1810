import csv
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bulkprov.engine.model import Evidence, Outcome, Reply, Status
from bulkprov.errors import RunError, SheetError, StorageError
from bulkprov.runs.begin import begin_rerun, begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Reading
from tests.backupsets import sheet_of
from tests.end_to_end.results import read, wave
from tests.runs.conftest import SIMULATED

Begun = Callable[..., Run]


class Usage(NamedTuple):
    """What is known of a disk."""

    free: int


CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931), evidence=Evidence.PROVEN)
REJECTED = Outcome(status=Status.REJECTED, reply=Reply(5, "no"))


def statuses(run: Run) -> list[tuple[int, str]]:
    """Each row's number in the wave and its status."""
    return [(result.sheet_row, result.status.value) for result in run.results()]


def edit(path: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    """Change the rows of a CSV file."""
    rows = read(path)
    change(rows)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_the_rows_of_a_sheet_are_taken_in_once(begun: Begun) -> None:
    """With its columns; what was guessed of it is said the first time."""
    run = begun(load=False)

    notes = load_rows(run)

    assert statuses(run) == [(2, "pending"), (3, "pending"), (4, "invalid")]
    assert (run.columns, run.manifest.fields) == (
        ("clientName", "backupsetName"),
        {"clientName": 0, "backupsetName": 1},
    )
    assert run.manifest.loaded
    assert (all(note.startswith("wave.csv: ") for note in notes), load_rows(run)) == (True, [])


def test_a_run_that_was_killed_before_its_rows_were_loaded_reads_its_sheet_again(
    begun: Begun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The one with which it began, from whatever directory."""
    begun(load=False).close()
    tmp_path.joinpath("elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    with Run.open(tmp_path / "run") as opened:
        load_rows(opened)

        assert statuses(opened) == [(2, "pending"), (3, "pending"), (4, "invalid")]


def test_a_sheet_that_has_changed_is_not_read_again(begun: Begun) -> None:
    """The run would not be of one sheet; it has no rows still."""
    begun(load=False).close()
    wave(Path("wave.csv"), [("c1", "other")])

    with Run.open(Path("run")) as opened:
        with pytest.raises(RunError, match=r"wave\.csv has changed since this run began"):
            load_rows(opened)
        assert not opened.manifest.loaded


def test_rows_from_memory_cannot_be_read_again() -> None:
    """Another process does not have them."""
    rows = sheet_of([{"clientName": "c1", "backupsetName": "a"}])
    begin_run(rows, output=Path("run"), access=SIMULATED, reading=Reading()).close()

    with (
        Run.open(Path("run")) as opened,
        pytest.raises(RunError, match="the sheet came from a program's memory and was not read to the end"),
    ):
        load_rows(opened)


def test_faults_of_rows_from_memory_name_no_cells() -> None:
    """There is no file that has them."""
    rows = sheet_of([{"clientName": "c1", "backupsetName": ""}])
    with begin_run(rows, output=Path("run"), access=SIMULATED, reading=Reading()) as run:
        load_rows(run)

        assert [result.note.partition(":")[0] for result in run.results()] == ["row 1"]


def test_a_rerun_carries_over_what_is_done_and_supersedes_the_run(begun: Begun, working_directory: Path) -> None:
    """Whether the earlier run is open already or not."""
    earlier = begun(outcomes=[CREATED, REJECTED])
    with begin_rerun(earlier, None, output=Path("again"), access=SIMULATED, reading=Reading()) as run:
        assert load_rows(run, earlier) == []
        assert statuses(run) == [(2, "created"), (3, "pending"), (4, "invalid")]
        assert (run.journal.carried(), earlier.manifest.superseded_by) == (1, working_directory / "again")

    begin_rerun(earlier, None, output=Path("third"), access=SIMULATED, reading=Reading()).close()
    earlier.close()
    with Run.open(Path("third")) as run:
        load_rows(run)
        assert statuses(run) == [(2, "created"), (3, "pending"), (4, "invalid")]
    with Run.open(Path("run")) as opened:
        assert opened.manifest.superseded_by == working_directory / "third"


def test_corrected_rows_take_the_place_of_those_they_correct(begun: Begun) -> None:
    """Columns that only the corrections have come after the others, and what is not carried out is said."""
    earlier = begun(outcomes=[CREATED, REJECTED])
    wave(
        Path("fixed.csv"),
        [("c1", "renamed", "2", "x"), ("c2", "corrected", "4", "y"), ("c3", "new", "", "z")],
        ("clientName", "backupsetName", "sheetRow", "owner"),
    )

    with begin_rerun(earlier, "fixed.csv", output=Path("again"), access=SIMULATED, reading=Reading()) as run:
        notes = load_rows(run, earlier)

        assert run.columns == ("clientName", "backupsetName", "owner")
        assert [result.cells for result in run.results()] == [
            ("c1", "a", ""),
            ("c1", "b", ""),
            ("c2", "corrected", "y"),
            ("c3", "new", "z"),
        ]
        assert statuses(run) == [(2, "created"), (3, "pending"), (4, "pending"), (5, "pending")]
        assert 'row 2 is already created as "a" on c1: its new names were not sent.' in " ".join(notes)
        assert earlier.manifest.superseded_by is not None


def test_an_edited_results_file_has_its_own_rows_and_supersedes_nothing(begun: Begun) -> None:
    """Rows that were deleted from it are left out, and may still be done by a resume of the run."""
    earlier = begun(outcomes=[CREATED])
    written = earlier.report("csv").results
    earlier.close()

    def change(rows: list[dict[str, str]]) -> None:
        rows.reverse()
        rows[0]["backupsetName"] = "corrected"
        del rows[1]

    edit(written, change)

    with begin_run(str(written), output=Path("again"), access=SIMULATED, reading=Reading()) as run:
        notes = load_rows(run)

        assert statuses(run) == [(4, "pending"), (2, "created")]
        assert notes[-1].startswith("row 3 of run is no longer in results.csv and is left out of this run")
        assert run.manifest.left_out == (3,)
    with Run.open(Path("run")) as opened:
        assert opened.manifest.superseded_by is None


def test_a_results_file_away_from_its_run_is_looked_up(begun: Begun) -> None:
    """What it calls done is not believed, and that is said first."""
    earlier = begun(outcomes=[CREATED])
    earlier.report("csv").results.rename("results.csv")

    with begin_run("results.csv", output=Path("again"), access=SIMULATED, reading=Reading()) as run:
        notes = load_rows(run)

        assert notes[0] == (
            "results.csv is not in its run's folder: its rows alone are a new wave, and rows that it calls done are "
            "looked up first. If it corrects a run: bulkprov rerun RUN results.csv"
        )
        assert statuses(run) == [(2, "pending"), (3, "pending"), (4, "invalid")]
        assert run.columns == ("clientName", "backupsetName")


@pytest.mark.parametrize("whole", [True, False])
def test_marks_to_leave_rows_out_are_not_passed_over_where_they_mean_nothing(begun: Begun, *, whole: bool) -> None:
    """A file of rows to fix that was moved, or whose result columns were deleted: a marked row would be sent."""
    earlier = begun(outcomes=[REJECTED, REJECTED])
    marked = [dict(row) | {"skip": mark} for row, mark in zip(read(earlier.report("csv").results), "nx-", strict=True)]
    columns = tuple(marked[0]) if whole else ("clientName", "backupsetName", "sheetRow", "skip")
    wave(Path("moved.csv"), [tuple(row[name] for name in columns) for row in marked], columns)

    with begin_run("moved.csv", output=Path("again"), access=SIMULATED, reading=Reading()) as run:
        with pytest.raises(SheetError, match=r"^moved.csv: row 3 has a mark .* `bulkprov rerun RUN moved.csv`"):
            load_rows(run)
        assert (run.journal.size(), run.manifest.loaded) == (0, False)


def test_a_column_for_marks_without_any_means_nothing_where_no_run_is_corrected(begun: Begun) -> None:
    """A moved file of rows to fix: the new wave has the sheet's own columns, and faults name the file's cells."""
    earlier = begun(outcomes=[REJECTED, REJECTED])
    failed = earlier.report("csv").failed
    assert failed
    assert next(iter(read(failed)[0])) == "skip"
    failed.rename("moved.csv")

    with begin_run("moved.csv", output=Path("again"), access=SIMULATED, reading=Reading()) as run:
        load_rows(run)

        assert run.columns == ("clientName", "backupsetName")
        assert statuses(run) == [(2, "pending"), (3, "pending"), (4, "invalid")]
        (fault,) = list(run.rows())[2].faults
        assert (fault.column, fault.text[:3]) == (1, "C4:")
    with begin_rerun(earlier, "moved.csv", output=Path("rerun"), access=Access(), reading=Reading()) as rerun:
        load_rows(rerun, earlier)

        assert rerun.columns == run.columns
        assert list(rerun.rows())[2].faults[0].text[:3] == "C4:"


def test_a_file_that_cannot_be_understood_loads_nothing(begun: Begun) -> None:
    """All rows are taken in or none, and the earlier run is not superseded."""
    earlier = begun(outcomes=[CREATED, REJECTED])
    columns = ("clientName", "backupsetName", "sheetRow")
    wave(Path("fixed.csv"), [("c1", "b", "3"), ("c2", "c", "about 4")], columns)

    with begin_rerun(earlier, "fixed.csv", output=Path("again"), access=Access(), reading=Reading()) as run:
        with pytest.raises(SheetError, match="row 3: sheetRow is 'about 4'"):
            load_rows(run, earlier)
        assert (run.journal.size(), run.manifest.loaded, earlier.manifest.superseded_by) == (0, False, None)


def test_no_room_for_the_results_is_told_before_anything_is_sent(begun: Begun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are loaded, so that the run can go on once there is room."""
    run = begun(load=False)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(free=1000))

    for _ in range(2):
        with pytest.raises(StorageError, match=r"0 MB are free.*Nothing is sent before.*bulkprov resume"):
            load_rows(run)

    monkeypatch.undo()
    assert (load_rows(run), run.manifest.loaded) == ([], True)


@pytest.mark.parametrize(
    ("content", "options", "facts"),
    [
        (b"clientName,backupsetName\nc,n\n", {}, (",", "")),
        (b"\xef\xbb\xbfclientName;backupsetName\nc;n\n", {}, (";", "utf-8-sig")),
        ("clientName\tbackupsetName\nc\tn\n".encode("utf-16"), {}, ("\t", "utf-16")),
        ("clientName;backupsetName\nc;Köln\n".encode("cp1252"), {}, (";", "")),
        ("clientName;backupsetName\nc;Köln\n".encode("cp1252"), {"encoding": "cp1252"}, (";", "cp1252")),
    ],
)
def test_the_run_knows_how_its_sheet_was_written(
    tmp_path: Path, content: bytes, options: dict[str, str], facts: tuple[str, str]
) -> None:
    """A guess is not kept: results in UTF-8 are read again for certain. A rerun inherits it."""
    (tmp_path / "wave.csv").write_bytes(content)
    reading = Reading(**options)
    with begin_run(str(tmp_path / "wave.csv"), output=tmp_path / "a", access=SIMULATED, reading=reading) as run:
        load_rows(run)
        with begin_rerun(run, None, output=tmp_path / "b", access=Access(), reading=Reading()) as rerun:
            load_rows(rerun, run)

            for each in (run, rerun):
                assert (each.manifest.delimiter, each.manifest.encoding) == facts


def test_a_sheet_may_have_a_column_skip_of_its_own_beside_the_one_for_marks(tmp_path: Path) -> None:
    """What stands in its own is no mark; the other is empty, and is left out."""
    columns = ("skip (bulkprov)", "clientName", "backupsetName", "skip", "sheetRow")
    sheet = wave(tmp_path / "moved.csv", [("", "client001", "one", "later", "2")], columns)

    with begin_run(str(sheet), output=tmp_path / "run", access=SIMULATED, reading=Reading()) as run:
        load_rows(run)

        assert (statuses(run), "skip" in run.columns) == ([(2, "pending")], True)
