"""What scripts read."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bulkprov.cli.json_output import error_summary, runs_listed, summary, together
from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Status
from bulkprov.engine.operations import ROLLBACK, VERIFY
from bulkprov.runs.execute import as_it_stands
from bulkprov.runs.leftovers import Leftover
from bulkprov.runs.manifest import Manifest
from bulkprov.runs.overviews import Overview, overviews
from tests.cli.loaded import loaded


def test_an_object_has_the_same_keys_whether_its_command_worked_or_not(tmp_path: Path) -> None:
    """In the same order; a script need not ask which is there."""
    with loaded(tmp_path, ("client001", "one")) as run:
        worked = summary(run, as_it_stands(run), None)
    failed = error_summary("no such file", 2)

    assert list(worked) == list(failed)
    assert (failed["error"], failed["exit_code"], failed["rows"]) == ("no such file", 2, None)
    assert worked["journal"] == str(tmp_path / "run" / "journal.sqlite")


def test_a_status_of_a_run_is_there_at_zero_and_others_only_if_a_row_has_them(tmp_path: Path) -> None:
    """Created to pending; `rolled-back` and the statuses of plans come when they are needed."""
    with loaded(tmp_path, ("client001", "one"), ("client002", "")) as run:
        ended = as_it_stands(run)
        ended.statuses[Status.GONE] = 1
        told = summary(run, ended, None)

    assert {name: told[name] for name in ("created", "unknown", "invalid", "pending", "gone")} == {
        "created": 0,
        "unknown": 0,
        "invalid": 1,
        "pending": 1,
        "gone": 1,
    }
    assert "rolled-back" not in told
    assert told["rows_per_second"] is None, "nothing was done, so there is no speed"


def test_whether_a_run_was_audited_and_what_a_rollback_left_is_told_where_it_means_something(tmp_path: Path) -> None:
    """Elsewhere the key is there, without a value."""
    left = Leftover(sheet_row=2, want=BackupSet(client="client001", name="one"), ids=(931,), open=False)
    with loaded(tmp_path, ("client001", "one")) as run:
        created = as_it_stands(run)
        ends = {
            "audited": replace(created, audited=True),
            "owed": replace(created, audited=True, unaudited=1),
            "never": created,
            "rollback": replace(created, operation=ROLLBACK, leftovers=(left,)),
            "verification": replace(created, operation=VERIFY),
        }
        told = {name: summary(run, ended, None) for name, ended in ends.items()}

    assert {name: (each["audited"], each["unproven"]) for name, each in told.items()} == {
        "audited": (True, 0),
        "owed": (False, 0),
        "never": (None, 0),
        "rollback": (None, 1),
        "verification": (None, None),
    }


def test_of_several_runs_counts_are_summed_and_nothing_else() -> None:
    """A plan that was refused took no time, which is a whole number; it is no sum of theirs."""
    one = {"rows": 2, "created": 1, "seconds": 0, "audited": True, "unproven": None, "exit_code": 3, "error": "no"}
    two = {"rows": 3, "created": 2, "seconds": 1.5, "audited": None, "unproven": 4, "exit_code": 1, "error": None}

    told = together([one, two], 4)

    assert list(told) == ["schema", "runs", "rows", "created", "unproven", "next", "exit_code", "error"]
    assert (told["rows"], told["created"], told["unproven"], told["exit_code"]) == (5, 3, 4, 4)


def test_runs_are_listed_with_what_is_left_and_with_their_trouble(tmp_path: Path) -> None:
    """One that cannot be read is listed too."""
    with loaded(tmp_path, ("client001", "one"), ("client002", "")):
        pass
    held = Overview(
        folder=Path("held"), manifest=Manifest(), rows=0, statuses={}, trouble="another process works on it"
    )

    (listed, troubled) = runs_listed([*overviews(tmp_path), held])

    assert (listed["rows"], listed["done"], listed["left"], listed["error"]) == (2, 0, 1, None)
    assert (listed["server"], listed["invalid"], listed["runs"]) == ("simulator", 1, 1)
    assert datetime.fromisoformat(listed["started"]).tzinfo, "with its offset"
    assert (listed["discarded"], troubled["started"]) == (False, None)
    assert troubled["error"] == "another process works on it"
