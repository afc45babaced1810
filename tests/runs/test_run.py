import csv
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.engine.model import Evidence, Outcome, Reply, Standing, Status, Step
from bulkprov.engine.operations import CHECK, ROLLBACK
from bulkprov.errors import RunError
from bulkprov.journal.rows import Batch
from bulkprov.runs.execute import as_it_stands
from bulkprov.runs.run import Run
from bulkprov.runs.summary_facts import facts_of, unproven_rows
from bulkprov.settings import Access
from tests.runs.conftest import SIMULATED, settle

Begun = Callable[..., Run]

CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931), evidence=Evidence.PROVEN)
REJECTED = Outcome(status=Status.REJECTED, reply=Reply(5, "no"))
REAL = Access(server="https://cs.example.com/api")


def test_what_is_changed_in_a_manifest_is_there_when_the_run_is_opened_again(begun: Begun) -> None:
    """Other facts stay as they are."""
    run = begun()
    before = run.manifest

    run.update(results_format="csv", superseded_by=Path("/elsewhere"))
    run.close()

    with Run.open(Path("run")) as opened:
        assert opened.manifest == run.manifest
        assert (opened.manifest.results_format, opened.manifest.superseded_by) == ("csv", Path("/elsewhere"))
        assert (opened.manifest.sheet, opened.manifest.loaded_at) == (before.sheet, before.loaded_at)


def test_a_manifest_has_no_other_fields(begun: Begun) -> None:
    """A misspelt one is a bug."""
    with pytest.raises(TypeError):
        begun().update(result_format="csv")


def test_what_a_run_costs_is_added_up(begun: Begun) -> None:
    """Over all of its work; before any, nothing is known of it."""
    run = begun()
    assert (run.manifest.seconds, run.manifest.requests, run.manifest.finished) == (None, None, None)

    run.add_costs(seconds=1.5, requests=3, finished=2)
    run.add_costs(seconds=0.25, requests=1, finished=0)

    assert (run.manifest.seconds, run.manifest.requests, run.manifest.finished) == (1.75, 4, 2)


def test_only_one_process_at_a_time_has_a_run(begun: Begun) -> None:
    """Until it lets go."""
    run = begun()

    with pytest.raises(RunError, match="another process is working on run"):
        Run.open(Path("run"))

    run.close()
    Run.open(Path("run")).close()


def test_a_folder_without_a_journal_is_no_run() -> None:
    """Whether or not there is a folder."""
    with pytest.raises(RunError, match="nowhere contains no run"):
        Run.open(Path("nowhere"))


def test_a_run_with_a_damaged_manifest_is_let_go_of(begun: Begun) -> None:
    """It can be opened once it is mended."""
    begun().close()
    with closing(sqlite3.connect("run/journal.sqlite")) as db, db:
        db.execute("INSERT OR REPLACE INTO facts VALUES ('reading', 'soon')")

    with pytest.raises(RunError, match="is damaged"):
        Run.open(Path("run"))

    with closing(sqlite3.connect("run/journal.sqlite")) as db, db:
        db.execute("DELETE FROM facts WHERE name = 'reading'")


def test_a_run_whose_beginning_is_undone_leaves_nothing_behind(begun: Begun) -> None:
    """As long as its rows are not loaded, and this process began it."""
    begun("empty", load=False).unbegin()
    assert not Path("empty").exists()

    Path("notes").mkdir()
    Path("notes", "mine.txt").touch()
    begun("notes", load=False).unbegin()
    assert [path.name for path in Path("notes").iterdir()] == ["mine.txt"]

    Path("before").mkdir()
    for name in ("journal.sqlite.old", "run.log"):  # an earlier run, put aside by somebody
        Path("before", name).touch()
    begun("before").unbegin(unsent=True)
    assert sorted(path.name for path in Path("before").iterdir()) == ["journal.sqlite.old", "run.log"]


def test_the_beginning_of_a_run_with_rows_or_of_another_process_is_not_undone(begun: Begun) -> None:
    """Its journal stays."""
    run = begun("loaded")
    run.unbegin()
    assert run.journal.size() == 3

    begun("killed", load=False).close()
    with Run.open(Path("killed")) as opened:
        opened.unbegin()
        assert not opened.manifest.loaded
    assert Path("killed", "journal.sqlite").is_file()


def test_the_settings_are_completed_by_the_server_of_the_run(begun: Begun) -> None:
    """The simulator is one too."""
    real, simulated = begun("real", access=REAL), begun("simulated")

    assert real.access(Access()).server == REAL.server
    assert real.access(REAL) == REAL
    assert simulated.access(Access()) == SIMULATED


@pytest.mark.parametrize(
    ("access", "other"), [(REAL, SIMULATED), (SIMULATED, REAL), (REAL, Access(server="https://other.example.com/api"))]
)
def test_a_run_belongs_to_one_server(begun: Begun, access: Access, other: Access) -> None:
    """Another one is refused."""
    run = begun(access=access)

    with pytest.raises(RunError, match=r"^run belongs to the server "):
        run.access(other)


def test_counts_are_those_of_the_rows(begun: Begun) -> None:
    """Rows without an outcome are pending; those to roll back are the ones that the run made itself."""
    run = begun(outcomes=[CREATED])

    assert run.statuses() == {Status.CREATED: 1, Status.INVALID: 1, Status.PENDING: 1}
    assert (run.left(), run.invalid(), run.half_deleted()) == (1, 1, 0)
    assert (run.tally().rows, run.tally().statuses.total()) == (3, 2)
    assert (run.tally(ROLLBACK).rows, [row.sheet_row for row in run.to_roll_back()]) == (1, [2])


def test_what_is_perhaps_made_is_rolled_back_only_if_asked_and_is_left_over_otherwise(begun: Begun) -> None:
    """The counts of a rollback are those of the rows that it takes."""
    run = begun(outcomes=[CREATED, replace(CREATED, reply=Reply(0, "", 932), evidence=Evidence.PERHAPS)])

    assert [row.standing.target for row in run.to_roll_back()] == [931]
    assert [row.standing.target for row in run.to_roll_back(also_unproven=True)] == [931, 932]
    assert (run.tally(ROLLBACK).rows, run.tally(ROLLBACK, also_unproven=True).rows) == (1, 2)
    assert [(left.sheet_row, left.ids) for left in run.leftovers()] == [(3, (932,))]
    told = facts_of(run.manifest, run.folder, unaudited=0, unproven=unproven_rows(run.unproven(), 0))["unproven"]
    assert (as_it_stands(run).unproven, told) == (1, "of 1 row the set may have been made by others (see the notes)")
    assert run.journal.perhaps_created() == 1


def test_the_ids_of_further_things_are_told_with_candidates_or_without(begun: Begun) -> None:
    """As a rollback would take them."""
    facts = Standing(left=True, marked=(940, 941), candidates=(942,))
    run = begun(outcomes=[replace(CREATED, facts=facts), replace(CREATED, facts=replace(facts, marked=()))])

    assert list(run.further(also_unproven=False)) == [940, 941]
    assert list(run.further(also_unproven=True)) == [940, 941, 942, 942]
    assert [left.ids for left in run.leftovers()] == [(942,), (942,)]
    assert [left.ids for left in run.leftovers(rolled_back=True)] == [(940, 941, 942), (942,)]


def audited(run: Run) -> object:
    """What the Summary says of its audit."""
    return facts_of(run.manifest, run.folder, unaudited=run.unaudited()).get("audited")


def test_a_run_knows_what_it_has_created_and_no_audit_has_looked_at(begun: Begun) -> None:
    """The Summary says so; of a run that has created nothing it says nothing."""
    run = begun()
    assert (run.unaudited(), run.left_open(), audited(run)) == (0, 0, None)
    batch = Batch("run")
    for row in run.journal.todo(0, Standing(), {}):
        batch.intend(row.number, replace(row, standing=Standing(step=Step.ACT)), 10.0)
    run.journal.apply(batch)
    settle(run, CREATED)

    assert (run.unaudited(), run.left_open()) == (1, 1)
    assert audited(run) == "no: 1 row is still to be looked at again"
    run.update(audited=run.journal.last_nr())
    assert (run.unaudited(), audited(run)) == (0, "yes: whatever was created was looked at again")


def test_a_report_is_written_in_the_format_of_the_last_one(begun: Begun) -> None:
    """The first is a workbook; a folder that is opened again knows what was written."""
    run = begun(outcomes=[CREATED, REJECTED])
    assert run.report().results == Path("run", "results.xlsx")
    assert run.report("csv").results == Path("run", "results.csv")
    run.close()

    with Run.open(Path("run")) as opened:
        written = opened.report()
        assert (opened.format, written.results, written.failed) == (
            "csv",
            Path("run", "results.csv"),
            Path("run", "failed.csv"),
        )
        assert opened.manifest.digests.keys() == {"results.xlsx", "failed.xlsx", "results.csv", "failed.csv"}


@pytest.mark.parametrize("name", ["failed", "results"])
def test_rows_that_were_edited_are_kept_by_the_next_report(begun: Begun, name: str) -> None:
    """Since the digest of their file is not the one in the manifest; the file of all rows can be corrected too."""
    run = begun(outcomes=[CREATED, REJECTED])
    run.report("csv")
    with Path("run", f"{name}.csv").open("a") as file:
        file.write("c9,mine\n")

    written = run.report("csv")

    assert f"{name}.csv was edited" in written.said[0]
    assert Path("run", f"{name}-edited.csv").read_text().endswith("c9,mine\n")
    assert [path.name for path in Path("run").glob("*-edited.csv")] == [f"{name}-edited.csv"]


def test_a_plan_is_written_where_it_is_wanted_and_leaves_the_digests_alone(begun: Begun) -> None:
    """It has no file of rows to fix."""
    run = begun(outcomes=[CREATED, REJECTED])
    run.report("csv")
    digests = run.manifest.digests
    Path("plans").mkdir()

    written = run.report("csv", operation=CHECK, folder=Path("plans"))

    assert (written.results, written.failed) == (Path("plans", "plan.csv"), None)
    assert run.manifest.digests == digests
    with written.results.open(newline="") as file:
        assert [row["status"] for row in csv.DictReader(file)] == ["created", "rejected", "invalid"]


def test_reading_a_run_settles_nothing(begun: Begun) -> None:
    """However often it is looked at."""
    run = begun()
    settle(run)

    assert [result.status for result in run.results()] == ["pending", "pending", "invalid"]
    assert [row.sheet_row for row in run.rows()] == [2, 3, 4]
    assert run.history(9) is None
    assert run.left() == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no open file")
def test_no_other_process_can_take_up_a_run_while_its_beginning_is_undone(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its journal is held until it is gone."""
    run, there = begun("undone", load=False), list[bool]()
    close = run.journal.close

    def closed() -> None:
        there.append(run.journal.path.exists())
        close()

    monkeypatch.setattr(run.journal, "close", closed)
    run.unbegin()

    assert there
    assert not any(there)
